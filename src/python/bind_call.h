// Calls of kernels that need no conversions.
#pragma once

#include <pybind11/pybind11.h>

#include "bind_kernel.h"

namespace me::python {

// The kernel over `values`, one per parameter, if they are plain NumPy arrays of one shape in C order (and
// Python floats or ints for Python scalars), and `out` (or null) is such an array too: then true, and
// *result is a new reference, or null with an exception. False, and nothing has happened, for all else.
bool call_quickly(const Kernel& kernel, PyObject* const* values, PyObject* out, PyObject** result);

// The kernel of an instance of Callable or a subclass that was attached, else null.
const Kernel* kernel_of(PyObject* callable);

void bind_call(pybind11::module_& module);

}  // namespace me::python
