// Turns statuses into Python exceptions.
//
// Enters: the status of a C function, and the thread's last error behind it. Leaves: a Python exception
// made by mejit.errors, which owns the mapping from status to class. Example: compiling "a +" raises
// mejit.ParseError whose str() is the report with the underlined source.
// Tested by tests/python/test_errors.py.
#include "bind_errors.h"

#include "me_engine.h"

namespace py = pybind11;

namespace me::python {
namespace {

[[noreturn]] void raise(const char* maker, py::object report, py::object span, int status) {
  const py::object error = from_package("errors", maker)(report, span, status);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  throw py::error_already_set();
}

// Report and span as Python objects; sources may hold any bytes.
py::object last_report() {
  const char* text = me_last_error_report();
  if (text == nullptr || *text == '\0') text = "error: unknown";
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(text, static_cast<Py_ssize_t>(std::char_traits<char>::length(text)),
                           "replace"));
}

py::object last_span() {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (!me_last_error_span(&begin, &end)) return py::none();
  return py::make_tuple(begin, end);
}

}  // namespace

py::object from_package(const char* module, const char* name) {
  return py::module_::import((std::string("mejit.") + module).c_str()).attr(name);
}

void raise_compile_error(int status) {
  raise("compile_error", last_report(), last_span(), status);
}

void raise_engine_error(int status) {
  raise("engine_error", last_report(), last_span(), status);
}

void raise_evaluate_error(int status) {
  raise("evaluate_error", last_report(), last_span(), status);
}

void raise_evaluate_error(int status, const std::string& report) {
  raise("evaluate_error", py::str("error: " + report), py::none(), status);
}

}  // namespace me::python
