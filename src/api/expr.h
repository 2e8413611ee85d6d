// What stands behind an me_expr, shared by the files that make, evaluate and describe one.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "api/nd_geometry.h"
#include "jit/kernel.h"
#include "miniexpr.h"

// A program with the caller's view of its variables. Immutable after compile.
struct me_expr {
  std::shared_ptr<const me::jit::Kernel> kernel;
  // The arrays of a short call, which passes only the variables that an expression uses: for each the
  // parameter it is. Empty for kernels.
  std::vector<std::size_t> used;
  // For each parameter the one whose array it shares in a short call: itself, or the first variable
  // with the same address.
  std::vector<std::size_t> same_as;
  std::vector<std::size_t> read;  // the parameters whose items the program looks at
  // All variables have an address of their own: arrays always come in the order of `used`.
  bool by_first_appearance = false;
  bool is_kernel = false;
  // The result is that of a reduction alone: one item is written, whatever the number of items.
  bool one_item = false;
  std::optional<me::api::NdGeometry> nd;
};

namespace me::api {

// Bytes per item of the result and of a parameter.
inline std::size_t result_itemsize(const me_expr& e) {
  return size_of(e.kernel->program.result, e.kernel->program.result_width);
}

}  // namespace me::api
