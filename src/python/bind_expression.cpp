// The memory of evaluate(): which kernel an expression's text and the dtypes of its variables gave.
//
// Enters: the caller's namespaces. Leaves: the result, if these dtypes were met before under this text;
// else NotImplemented, and mejit.expr goes the long way and has the kernel remembered. Example: with a and
// b float64 arrays, the second evaluate("a + b") is two look-ups, two comparisons and the kernel's call.
// Tested by tests/python/test_calls.py.
#include "bind_expression.h"

#include <algorithm>
#include <array>
#include <vector>

#include "bind_call.h"
#include "bind_numpy.h"

namespace py = pybind11;

namespace me::python {
namespace {

constexpr std::size_t kNames = 16;
constexpr std::size_t kVariants = 4;  // dtypes remembered for a text

// dtype + 256 * parameter flags; kAbsent: a constant that no variable shadows.
using Codes = std::array<std::int16_t, kNames>;
constexpr std::int16_t kAbsent = -1;

std::int16_t code_of(me_dtype dtype, int flags) {
  return static_cast<std::int16_t>(dtype + 256 * flags);
}

// False for all but plain arrays and Python numbers.
bool code_of(PyObject* value, std::int16_t* code) {
  constexpr int kPython = ME_PARAM_UNIFORM | ME_PARAM_WEAK;
  NumpyArray array;
  if (read_numpy(value, &array)) {
    *code = code_of(array.dtype, array.ndim == 0 ? ME_PARAM_UNIFORM : 0);
    return true;
  }
  if (PyFloat_CheckExact(value)) {
    *code = code_of(ME_FLOAT64, kPython);
    return true;
  }
  if (!PyLong_CheckExact(value)) return false;
  int overflow = 0;
  PyLong_AsLongLongAndOverflow(value, &overflow);
  *code = code_of(ME_INT64, kPython);
  return overflow == 0;
}

// The variable, or null without an exception if there is none; anything else raises.
py::object look_up(PyObject* scope, PyObject* name) {
  if (PyDict_CheckExact(scope)) {
    PyObject* const value = PyDict_GetItemWithError(scope, name);
    if (value == nullptr && PyErr_Occurred()) throw py::error_already_set();
    return py::reinterpret_borrow<py::object>(value);
  }
  // A __missing__ must not make a value up, or keep it.
  const int exists = PySequence_Contains(scope, name);
  if (exists < 0) throw py::error_already_set();
  if (exists == 0) return {};
  PyObject* const value = PyObject_GetItem(scope, name);
  if (value == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(value);
}

py::object not_implemented() { return py::reinterpret_borrow<py::object>(Py_NotImplemented); }

class Expression {
 public:
  // `names` must be there, `constants` are for variables that shadow them.
  Expression(const py::tuple& names, const py::tuple& constants)
      : names_(names + constants), needed_(py::len(names)) {}

  void remember(const py::dict& values, const py::object& kernel) {
    const std::size_t count = py::len(names_);
    if (count > kNames || kernel_of(kernel.ptr()) == nullptr) return;
    Variant variant{{}, me_host_generation(), kernel};
    for (std::size_t i = 0; i < count; ++i) {
      PyObject* const value = PyDict_GetItemWithError(values.ptr(), name(i));
      variant.codes[i] = kAbsent;
      if (value == nullptr && i < needed_) return;
      if (value != nullptr && !code_of(value, &variant.codes[i])) return;
    }
    const auto same = [&](const Variant& v) { return v.codes == variant.codes; };
    variants_.erase(std::remove_if(variants_.begin(), variants_.end(), same), variants_.end());
    if (variants_.size() == kVariants) variants_.erase(variants_.begin());
    variants_.push_back(std::move(variant));
  }

  py::object run(const py::object& local, const py::object& global, const py::object& out) const {
    const std::size_t count = py::len(names_);
    if (count > kNames) return not_implemented();
    std::array<py::object, kNames> held;
    std::array<PyObject*, kNames> values;
    std::size_t given = 0;
    Codes codes{};
    for (std::size_t i = 0; i < count; ++i) {
      py::object value = look_up(local.ptr(), name(i));
      if (!value) value = look_up(global.ptr(), name(i));
      codes[i] = kAbsent;
      if (!value) {
        if (i < needed_) return not_implemented();
        continue;
      }
      if (!code_of(value.ptr(), &codes[i])) return not_implemented();
      values[given] = value.ptr();
      held[given++] = std::move(value);
    }
    const std::uint64_t generation = me_host_generation();
    for (const Variant& variant : variants_) {
      if (variant.codes != codes || variant.generation != generation) continue;
      const py::object kernel = variant.kernel;  // held: the call may lead back to remember()
      return call(kernel.ptr(), values.data(), given, out.is_none() ? nullptr : out.ptr());
    }
    return not_implemented();
  }

 private:
  struct Variant {
    Codes codes;
    std::uint64_t generation;
    py::object kernel;
  };

  PyObject* name(std::size_t i) const {
    return PyTuple_GET_ITEM(names_.ptr(), static_cast<Py_ssize_t>(i));
  }

  // A Python integer that some array's dtype cannot hold is for the long way.
  static py::object call(PyObject* kernel, PyObject** values, std::size_t count, PyObject* out) {
    PyObject* result = nullptr;
    if (!call_quickly(*kernel_of(kernel), values, out, &result)) {
      std::array<PyObject*, kNames + 1> arguments;
      std::copy_n(values, count, arguments.begin());
      arguments[count] = out;
      static PyObject* const with_out = PyTuple_Pack(1, PyUnicode_InternFromString("out"));
      result = PyObject_Vectorcall(kernel, arguments.data(), count, out ? with_out : nullptr);
    }
    if (result == nullptr) {
      if (!PyErr_ExceptionMatches(PyExc_OverflowError)) throw py::error_already_set();
      PyErr_Clear();
      return not_implemented();
    }
    return py::reinterpret_steal<py::object>(result);
  }

  py::tuple names_;
  std::size_t needed_;
  std::vector<Variant> variants_;
};

}  // namespace

void bind_expression(py::module_& module) {
  py::class_<Expression>(module, "Expression", "Kernels of one text, by the dtypes of its variables.")
      .def(py::init<const py::tuple&, const py::tuple&>(), py::arg("names"), py::arg("constants"))
      .def("remember", &Expression::remember, py::arg("values"), py::arg("kernel"),
           "Takes the kernel from now on where variables have the dtypes of these values.")
      .def("run", &Expression::run, py::arg("local"), py::arg("global_"), py::arg("out"),
           "Evaluates over the namespaces' variables; NotImplemented if their dtypes are new.");
}

}  // namespace me::python
