// Expressions of evaluate() that were seen before.
#pragma once

#include <pybind11/pybind11.h>

namespace me::python {

void bind_expression(pybind11::module_& module);

}  // namespace me::python
