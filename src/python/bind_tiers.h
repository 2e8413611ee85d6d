// Tiers of kernels, and function ids.
#pragma once

#include <pybind11/pybind11.h>

#include "bind_kernel.h"

namespace me::python {

// Compiles for a tier now; raises why there is no code.
void promote(const Kernel& kernel, int tier);
// What the kernel's profile has counted, by name.
pybind11::dict stats(const Kernel& kernel);

void bind_tiers(pybind11::module_& module);

}  // namespace me::python
