// Failures of the C functions as the exceptions of mejit.errors.
#pragma once

#include <pybind11/pybind11.h>

namespace me::python {

// The current thread's last error of mejit, with the status that a C function returned. They must be
// called before anything else of mejit on this thread.
[[noreturn]] void raise_compile_error(int status);
[[noreturn]] void raise_evaluate_error(int status);
[[noreturn]] void raise_engine_error(int status);

// mejit.errors.EvaluateError for what the binding itself finds wrong with the arrays.
[[noreturn]] void raise_evaluate_error(int status, const std::string& report);

// The member `name` of the package's module mejit.<module>.
pybind11::object from_package(const char* module, const char* name);

}  // namespace me::python
