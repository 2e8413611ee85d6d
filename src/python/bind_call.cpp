// The type that makes calls of kernels cheap: mejit.Kernel's base.
//
// Enters: the arguments of a call as Python's vectorcall protocol passes them, without a tuple or dict.
// Leaves: the result, if the arguments are arrays as most are; else what the method `_call` of the subclass
// gives, which takes everything. Example: k(x, y, out=z) with three float64 arrays reads their
// structures and calls me_kernel_eval.
// Tested by tests/python/test_calls.py.
#include "bind_call.h"

#include <structmember.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "bind_numpy.h"

namespace py = pybind11;

namespace me::python {
namespace {

constexpr std::size_t kQuickParams = 16;

struct Callable {
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject* owner;  // the _core.Kernel that `kernel` is in; null before _attach
  const Kernel* kernel;
};

// A Python number as a parameter's value.
bool take_number(PyObject* value, const Param& p, const Kernel& kernel, std::int64_t* slot) {
  if (p.dtype == ME_FLOAT64 && PyFloat_CheckExact(value)) {
    const double number = PyFloat_AS_DOUBLE(value);
    std::memcpy(slot, &number, sizeof number);
    return true;
  }
  if (p.dtype != ME_INT64 || !p.is_weak() || !PyLong_CheckExact(value)) return false;
  int overflow = 0;
  *slot = PyLong_AsLongLongAndOverflow(value, &overflow);
  const me_array array{slot, ME_INT64, 0, nullptr, nullptr, 0};
  return overflow == 0 && kernel.integers_hold(array);
}

bool same_shape(const NumpyArray& a, const NumpyArray& b) {
  return a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape);
}

// The arguments of an evaluation. Not copied: arrays point into it.
struct Arguments {
  std::array<me_array, kQuickParams> arrays;
  std::array<std::int64_t, kQuickParams> numbers;
  std::array<std::int64_t, ME_MAX_NDIM> shape;
  NumpyArray first;
  std::int64_t items = 1;

  bool take(const Kernel& kernel, PyObject* const* values) {
    const auto& params = kernel.params();
    if (params.size() > kQuickParams) return false;
    bool any = false;
    for (std::size_t i = 0; i < params.size(); ++i) {
      const Param& p = params[i];
      if (p.is_uniform()) {
        if (!take_number(values[i], p, kernel, &numbers[i])) return false;
        arrays[i] = {&numbers[i], p.dtype, 0, nullptr, nullptr, 0};
        continue;
      }
      NumpyArray a;
      if (!read_numpy(values[i], &a) || a.dtype != p.dtype || !a.c_order) return false;
      if (!any) first = a;
      else if (!same_shape(a, first)) return false;
      any = true;
      arrays[i] = {a.data, a.dtype, a.ndim, shape.data(), nullptr, 0};
    }
    if (!any) return false;
    for (int d = 0; d < first.ndim; ++d) items *= shape[static_cast<std::size_t>(d)] = first.shape[d];
    return true;
  }
};

bool result_fits(const NumpyArray& out, const NumpyArray& like, me_dtype dtype, bool is_scalar) {
  const bool shape = is_scalar ? out.ndim == 0 : same_shape(out, like);
  return shape && out.dtype == dtype && out.c_order && out.writable;
}

}  // namespace

bool call_quickly(const Kernel& kernel, PyObject* const* values, PyObject* out, PyObject** result) {
  const ElementType type = kernel.type();
  Arguments arguments;
  if (type.is_text() || !kernel.keeps_shape() || !arguments.take(kernel, values)) return false;
  const bool is_scalar = kernel.is_scalar() || arguments.first.ndim == 0;
  alignas(16) char scalar[16];
  NumpyArray to{scalar, type.dtype, 0, nullptr, true, true};
  PyObject* array = nullptr;
  if (out != nullptr) {
    if (!read_numpy(out, &to)) return false;
    if (!result_fits(to, arguments.first, type.dtype, kernel.is_scalar())) return false;
    array = Py_NewRef(out);
  } else if (!is_scalar) {
    array = new_numpy_array(type.dtype, arguments.first.ndim, arguments.first.shape);
    *result = nullptr;
    if (array == nullptr || !read_numpy(array, &to)) return true;
  }
  const me_array target{to.data, to.dtype, to.ndim, arguments.shape.data(), nullptr, 0};
  try {
    kernel.evaluate(arguments.arrays.data(), target, arguments.items);
  } catch (py::error_already_set& error) {
    error.restore();
    Py_XDECREF(array);
    *result = nullptr;
    return true;
  }
  *result = array != nullptr ? array : new_numpy_scalar(type.dtype, scalar);
  return true;
}

namespace {

// vectorcall: k(values...), k(values..., out=array), and everything else through the method _call.
PyObject* call(PyObject* self, PyObject* const* arguments, std::size_t flags, PyObject* names) {
  const auto* const callable = reinterpret_cast<const Callable*>(self);
  const auto count = static_cast<std::size_t>(PyVectorcall_NARGS(flags));
  if (callable->kernel != nullptr && callable->kernel->params().size() == count) {
    bool plain = true;
    PyObject* out = nullptr;
    if (names != nullptr && PyTuple_GET_SIZE(names) > 0) {
      plain = PyTuple_GET_SIZE(names) == 1 &&
              PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "out") == 0;
      out = arguments[count] == Py_None ? nullptr : arguments[count];
    }
    PyObject* result = nullptr;
    if (plain && call_quickly(*callable->kernel, arguments, out, &result)) return result;
  }
  PyObject* const general = PyObject_GetAttrString(self, "_call");
  if (general == nullptr) return nullptr;
  PyObject* const result = PyObject_Vectorcall(general, arguments, count, names);
  Py_DECREF(general);
  return result;
}

PyObject* make(PyTypeObject* type, PyObject*, PyObject*) {
  PyObject* const self = type->tp_alloc(type, 0);
  if (self != nullptr) reinterpret_cast<Callable*>(self)->vectorcall = call;
  return self;
}

void destroy(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  Py_XDECREF(reinterpret_cast<Callable*>(self)->owner);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* attach(PyObject* self, PyObject* core) {
  auto* const callable = reinterpret_cast<Callable*>(self);
  if (!py::isinstance<Kernel>(core)) {
    PyErr_SetString(PyExc_TypeError, "_attach takes a _core.Kernel");
    return nullptr;
  }
#if PY_VERSION_HEX < 0x030c0000
  // Older Pythons do not let classes written in Python inherit it.
  PyTypeObject* const type = Py_TYPE(self);
  if (type->tp_call == PyVectorcall_Call) type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
#endif
  callable->kernel = py::cast<const Kernel*>(py::handle(core));
  PyObject* const former = std::exchange(callable->owner, Py_NewRef(core));
  Py_XDECREF(former);
  Py_RETURN_NONE;
}

PyObject* attached(PyObject* self, void*) {
  PyObject* const owner = reinterpret_cast<Callable*>(self)->owner;
  if (owner != nullptr) return Py_NewRef(owner);
  PyErr_SetString(PyExc_AttributeError, "no kernel was attached");
  return nullptr;
}

PyMethodDef methods[] = {
    {"_attach", attach, METH_O, "_attach(core: Kernel) -> None\n\nMakes calls run that kernel."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef properties[] = {
    {"_core", attached, nullptr, "The kernel that was attached.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Callable, vectorcall), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("What calls run a kernel; base of mejit.Kernel.")},
    {Py_tp_new, reinterpret_cast<void*>(make)},
    {Py_tp_dealloc, reinterpret_cast<void*>(destroy)},
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {Py_tp_members, members},
    {0, nullptr}};

PyType_Spec spec = {"mejit._core.Callable", sizeof(Callable), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL, slots};

PyTypeObject* callable_type = nullptr;

}  // namespace

const Kernel* kernel_of(PyObject* callable) {
  if (!PyObject_TypeCheck(callable, callable_type)) return nullptr;
  return reinterpret_cast<const Callable*>(callable)->kernel;
}

void bind_call(py::module_& module) {
  const auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type) throw py::error_already_set();
  callable_type = reinterpret_cast<PyTypeObject*>(type.ptr());
  module.add_object("Callable", type);
}

}  // namespace me::python
