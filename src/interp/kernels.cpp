// The kernels of the build in force.
//
// Enters: an operation and its dtypes. Leaves: a loop over blocks, or null where ir/RULES.md allows
// none. Example: kernel_for(Op::Add, Float64, Float64) on a processor with AVX2 is an addition of
// four lanes at a time. Tested by tests/unit/interp_kernels_test.cpp.
#include "interp/kernels.h"

#include <cstring>

#include "interp/recipes.h"
#include "interp/simd.h"

namespace me::interp {
namespace {

const BasicKernels& in_force() {
  static const BasicKernels& chosen = basic_kernels(simd_in_force());
  return chosen;
}

}  // namespace

const BasicKernels& basic_kernels([[maybe_unused]] Simd simd) {
#if defined(__x86_64__)
  if (simd == Simd::Avx2) return basic_avx2();
  if (simd == Simd::Avx512) return basic_avx512();
#endif
  return basic_128();
}

BlockFn arithmetic_kernel(Op op, DType t, unsigned uniform) {
  return in_force().arithmetic(op, t, uniform);
}
BlockFn compare_kernel(Op op, DType t, unsigned uniform) {
  return in_force().comparison(op, t, uniform);
}
BlockFn extremum_kernel(Op op, DType t, unsigned uniform) {
  return in_force().extremum(op, t, uniform);
}
BlockFn cast_kernel(DType from, DType to) { return in_force().cast(from, to); }
BlockFn select_kernel(std::size_t bytes, unsigned uniform) {
  return in_force().select(bytes, uniform);
}
BlockFn splat_kernel(std::size_t bytes) { return in_force().splat(bytes); }
BlockFn copy_kernel(std::size_t bytes) { return in_force().copy(bytes); }
BlockFn load_bool_kernel() { return in_force().load_bool(); }

bool any_true(const void* bools, std::size_t n) { return std::memchr(bools, 1, n) != nullptr; }

BlockFn math_kernel(Op op, DType t) {
  if (const BlockFn f = in_force().rounding(op, t)) return f;
  if (info_of(op).impl != Impl::math) return nullptr;
  const RecipeKernel* recipe = find_recipe(recipe_of(op));
  if (recipe == nullptr) return nullptr;
  if (t == DType::Float64) return recipe->kernel;
  return t == DType::Float32 ? recipe->single : nullptr;
}

BlockFn kernel_for(Op op, DType result, DType operand, unsigned uniform) {
  if (op == Op::Where) return select_kernel(size_of(result), uniform >> 1);
  if (const BlockFn f = compare_kernel(op, operand, uniform)) {
    return result == DType::Bool ? f : nullptr;
  }
  if (operand == result) {
    if (const BlockFn f = arithmetic_kernel(op, result, uniform)) return f;
    if (const BlockFn f = extremum_kernel(op, result, uniform)) return f;
  }
  if (uniform != 0) return nullptr;
  if (op == Op::Cast) return cast_kernel(operand, result);
  return operand == result ? math_kernel(op, result) : nullptr;
}

BlockFn pair_kernel(Op inner, bool inner_swapped, Op outer, bool swapped, DType t,
                    unsigned uniform) {
  return in_force().pair(inner, inner_swapped, outer, swapped, t, uniform);
}
BlockFn masked_comparison_kernel(Op op, DType t, unsigned uniform) {
  return in_force().masked_comparison(op, t, uniform);
}
QuadFn choice_kernel(Op op, DType t, unsigned uniform) { return in_force().choice(op, t, uniform); }
QuadFn masked_kernel(Op op, DType t, unsigned uniform) { return in_force().masked(op, t, uniform); }

Reducer reducer_for(Op op, DType t) {
  return is_complex(t) ? pair_reducer(op) : in_force().reducer(op, t);
}

}  // namespace me::interp
