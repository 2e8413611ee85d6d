// NumPy arrays through the part of their layout that NumPy keeps stable, and its table of functions.
//
// Enters: any object. Leaves: address, dtype and shape if it is a plain array of numbers. Example:
// np.arange(6.).reshape(2, 3) is float64, ndim 2, C order. NumPy is not imported before the first of its
// arrays comes along, and never needed.
// Tested by tests/python/test_calls.py.
#include "bind_numpy.h"

#include <pybind11/numpy.h>

#include <array>
#include <cstring>

namespace py = pybind11;

namespace me::python {
namespace {

using Numpy = py::detail::npy_api;

// What is used of NumPy's table of functions, from the places that its ABI keeps for it. The look-up of
// pybind11 has Python compare version numbers first, which takes as long as a whole first evaluation.
struct Functions {
  decltype(Numpy::PyArray_Type_) ndarray;
  decltype(Numpy::PyArray_DescrFromType_) descr_from_type;
  decltype(Numpy::PyArray_Scalar_) scalar;
  decltype(Numpy::PyArray_NewFromDescr_) new_from_descr;

  explicit Functions(void* const* table) {
    take(ndarray, table[2]);
    take(descr_from_type, table[45]);
    take(scalar, table[60]);
    take(new_from_descr, table[94]);
  }

  // Throws where there is no NumPy.
  static const Functions& get() {
    static const Functions* found = nullptr;
    if (found == nullptr) found = new Functions(table());
    return *found;
  }

 private:
  template <class T>
  static void take(T& member, void* entry) {
    member = reinterpret_cast<T>(entry);
  }

  static void* const* table() {
    for (const char* name : {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"}) {
      const py::str key(name);
      const auto module = py::reinterpret_steal<py::object>(PyImport_GetModule(key.ptr()));
      if (!module) continue;
      const auto capsule = module.attr("_ARRAY_API");
      void* const found = PyCapsule_GetPointer(py::object(capsule).ptr(), nullptr);
      if (found == nullptr) throw py::error_already_set();
      return static_cast<void* const*>(found);
    }
    throw py::import_error("NumPy is not there");
  }
};

constexpr me_dtype integer_of(std::size_t size, bool is_signed) {
  switch (size) {
    case 1: return is_signed ? ME_INT8 : ME_UINT8;
    case 2: return is_signed ? ME_INT16 : ME_UINT16;
    case 4: return is_signed ? ME_INT32 : ME_UINT32;
    default: return is_signed ? ME_INT64 : ME_UINT64;
  }
}

// By NumPy's type number.
constexpr std::array<me_dtype, 16> kDtypes = {
    ME_BOOL,
    ME_INT8,
    ME_UINT8,
    ME_INT16,
    ME_UINT16,
    integer_of(sizeof(int), true),
    integer_of(sizeof(int), false),
    integer_of(sizeof(long), true),
    integer_of(sizeof(long), false),
    ME_INT64,
    ME_UINT64,
    ME_FLOAT32,
    ME_FLOAT64,
    ME_AUTO,  // long double
    ME_COMPLEX64,
    ME_COMPLEX128,
};

int type_number(me_dtype dtype) {
  // Several C types may have these widths: NumPy's own names.
  switch (dtype) {
    case ME_INT32: return Numpy::NPY_INT32_;
    case ME_UINT32: return Numpy::NPY_UINT32_;
    case ME_INT64: return Numpy::NPY_INT64_;
    case ME_UINT64: return Numpy::NPY_UINT64_;
    default: break;
  }
  for (std::size_t i = 0; i < kDtypes.size(); ++i) {
    if (kDtypes[i] == dtype) return static_cast<int>(i);
  }
  return Numpy::NPY_OBJECT_;
}

bool is_ndarray(PyObject* value) {
  static PyTypeObject* ndarray = nullptr;
  if (ndarray == nullptr) {
    if (std::strcmp(Py_TYPE(value)->tp_name, "numpy.ndarray") != 0) return false;
    try {
      ndarray = Functions::get().ndarray;
    } catch (const py::error_already_set&) {
      return false;
    } catch (const std::exception&) {
      PyErr_Clear();
      return false;
    }
  }
  return Py_TYPE(value) == ndarray;
}

}  // namespace

bool read_numpy(PyObject* value, NumpyArray* array) {
  if (!is_ndarray(value)) return false;
  const auto* const a = py::detail::array_proxy(value);
  const auto* const descr = py::detail::array_descriptor_proxy(a->descr);
  if (descr->byteorder != '=' && descr->byteorder != '|') return false;
  const auto number = static_cast<std::size_t>(descr->type_num);
  if (number >= kDtypes.size() || kDtypes[number] == ME_AUTO) return false;
  if ((a->flags & Numpy::NPY_ARRAY_ALIGNED_) == 0 || a->nd > ME_MAX_NDIM) return false;
  *array = {a->data,
            kDtypes[number],
            a->nd,
            a->dimensions,
            (a->flags & Numpy::NPY_ARRAY_C_CONTIGUOUS_) != 0,
            (a->flags & Numpy::NPY_ARRAY_WRITEABLE_) != 0};
  return true;
}

PyObject* new_numpy_array(me_dtype dtype, int ndim, const py::ssize_t* shape) {
  const Functions& numpy = Functions::get();
  PyObject* const descr = numpy.descr_from_type(type_number(dtype));
  if (descr == nullptr) return nullptr;
  return numpy.new_from_descr(numpy.ndarray, descr, ndim, shape, nullptr, nullptr, 0, nullptr);
}

PyObject* new_numpy_scalar(me_dtype dtype, void* data) {
  const Functions& numpy = Functions::get();
  PyObject* const descr = numpy.descr_from_type(type_number(dtype));
  if (descr == nullptr) return nullptr;
  PyObject* const scalar = numpy.scalar(data, descr, nullptr);
  Py_DECREF(descr);
  return scalar;
}

}  // namespace me::python
