// Bit counts, divisors and combinations as basic operations.
//
// Enters: values of integer dtypes, or float64 that stand for whole numbers. Leaves: the value of
// an equivalent sequence, with a loop where the number of steps depends on the values. Such loops
// end: Euclid's after at most 93 steps, that of combinations after at most 64, since the product at
// least doubles with every factor.
// Example: gcd of int8 -12 and 18 runs over uint8: (12, 18), (18, 12), (12, 6), (6, 0).
// Tested by tests/unit/ir_expand_test.cpp and tests/golden/functions/whole.txt.
#include "ir/expand_whole.h"

#include <limits>

namespace me::ir {
namespace {

constexpr int kLargestFactorial = 20;  // that 64 bits hold
constexpr double kMaxCount = 4294967295.0;

DType unsigned_of(DType t) { return int_of_size(size_of(t), false); }

// |x| as an unsigned number of the same width: that of the minimum fits too.
ValueId magnitude(Emitter& emit, DType t, ValueId x) {
  if (is_unsigned_int(t)) return x;
  return emit.cast(emit.op(Op::Abs, t, {x}), unsigned_of(t));
}

ValueId divisor_of_magnitudes(Emitter& emit, DType u, ValueId x, ValueId y) {
  const bool uniform = emit.is_uniform(x) && emit.is_uniform(y);
  const LocalId a = emit.add_local(".gcd_a", u, uniform);
  const LocalId b = emit.add_local(".gcd_b", u, uniform);
  emit.set(a, x);
  emit.set(b, y);
  emit.begin_loop();
  const ValueId old_a = emit.get(a);
  const ValueId old_b = emit.get(b);
  const ValueId more = emit.compare(Op::Ne, {old_b, emit.integer(u, 0)});
  emit.leave_unless(more);
  emit.set(a, emit.where({more, old_b, old_a}));
  emit.set(b, emit.op(Op::Mod, u, {old_a, old_b}));  // stays 0 for lanes that are done
  emit.end();
  return emit.get(a);
}

}  // namespace

// The sums of 1, 2 and 4 neighbouring bits, then of all bytes by a product.
ValueId bit_count(Emitter& emit, DType t, ValueId value) {
  const DType u = unsigned_of(t);
  const auto pattern = [&](std::uint64_t bits) {
    return emit.integer(u, static_cast<std::int64_t>(bits));
  };
  const auto shifted = [&](ValueId v, int n) { return emit.op(Op::Shr, u, {v, pattern(n)}); };
  const auto masked = [&](ValueId v, std::uint64_t bits) {
    return emit.op(Op::BitAnd, u, {v, pattern(bits)});
  };
  ValueId x = magnitude(emit, t, value);
  x = emit.op(Op::Sub, u, {x, masked(shifted(x, 1), 0x5555555555555555)});
  const ValueId pairs = masked(x, 0x3333333333333333);
  x = emit.op(Op::Add, u, {pairs, masked(shifted(x, 2), 0x3333333333333333)});
  x = masked(emit.op(Op::Add, u, {x, shifted(x, 4)}), 0x0f0f0f0f0f0f0f0f);
  if (bits_of(u) > 8) {
    x = emit.op(Op::Mul, u, {x, pattern(0x0101010101010101)});
    x = shifted(x, static_cast<int>(bits_of(u)) - 8);
  }
  return emit.cast(x, t);
}

ValueId common_divisor(Emitter& emit, DType t, ValueId x, ValueId y) {
  const ValueId a = magnitude(emit, t, x);
  const ValueId b = magnitude(emit, t, y);
  return emit.cast(divisor_of_magnitudes(emit, unsigned_of(t), a, b), t);
}

// a / gcd * b; a divisor of 0 means that both are 0, and 0/0 is 0.
ValueId common_multiple(Emitter& emit, DType t, ValueId x, ValueId y) {
  const DType u = unsigned_of(t);
  const ValueId a = magnitude(emit, t, x);
  const ValueId b = magnitude(emit, t, y);
  const ValueId divisor = divisor_of_magnitudes(emit, u, a, b);
  const ValueId part = emit.op(Op::DivTrunc, u, {a, divisor});
  return emit.cast(emit.op(Op::Mul, u, {part, b}), t);
}

// The product of all k <= x; each factor is exact, and so are all products up to 20!.
ValueId factorial(Emitter& emit, ValueId x) {
  const DType t = DType::Float64;
  const auto number = [&](double v) { return emit.real(t, v); };
  ValueId product = number(1);
  for (int k = 2; k <= kLargestFactorial; ++k) {
    const ValueId in = emit.compare(Op::Ge, {x, number(k)});
    product = emit.op(Op::Mul, t, {product, emit.where({in, number(k), number(1)})});
  }
  const ValueId small = emit.compare(Op::Lt, {x, number(kLargestFactorial + 1)});
  const ValueId bounded =
      emit.where({small, product, number(std::numeric_limits<double>::infinity())});
  const ValueId defined = emit.compare(Op::Ge, {x, number(0)});
  return emit.where({defined, bounded, number(std::numeric_limits<double>::quiet_NaN())});
}

ValueId combinations(Emitter& emit, ValueId n, ValueId r) {
  const DType f = DType::Float64;
  const DType u = DType::UInt64;
  const bool uniform = emit.is_uniform(n) && emit.is_uniform(r);
  const auto real = [&](double v) { return emit.real(f, v); };
  const auto whole = [&](std::int64_t v) { return emit.integer(u, v); };
  // NaN compares false everywhere.
  const ValueId order = emit.compare(Op::Le, {r, n});
  const ValueId defined = emit.both(emit.compare(Op::Ge, {r, real(0)}), order);
  const ValueId counts = emit.compare(Op::Le, {n, real(kMaxCount)});
  const ValueId valid = emit.both(defined, counts);
  const ValueId all = emit.where({valid, emit.cast(n, u), whole(0)});
  const ValueId some = emit.where({valid, emit.cast(r, u), whole(0)});
  const ValueId others = emit.op(Op::Sub, u, {all, some});
  const ValueId fewer = emit.op(Op::Minimum, u, {some, others});
  const ValueId base = emit.op(Op::Sub, u, {all, fewer});

  const LocalId product = emit.add_local(".ncr", u, uniform);
  const LocalId step = emit.add_local(".ncr_step", u, uniform);
  const LocalId inside = emit.add_local(".ncr_fits", DType::Bool, uniform);
  emit.set(product, whole(1));
  emit.set(step, whole(1));
  emit.set(inside, emit.boolean(true));
  emit.begin_loop();
  const ValueId k = emit.get(step);
  const ValueId so_far = emit.get(product);
  const ValueId in_range = emit.compare(Op::Le, {k, fewer});
  const ValueId more = emit.both(in_range, emit.get(inside));
  emit.leave_unless(more);
  const ValueId factor = emit.op(Op::Add, u, {base, k});
  const ValueId room = emit.op(Op::DivTrunc, u, {whole(-1), factor});
  const ValueId fits = emit.compare(Op::Le, {so_far, room});
  const ValueId next =
      emit.op(Op::DivTrunc, u, {emit.op(Op::Mul, u, {so_far, factor}), k});
  emit.set(product, emit.where({emit.both(more, fits), next, so_far}));
  emit.set(step, emit.op(Op::Add, u, {k, whole(1)}));
  emit.set(inside, emit.where({more, fits, emit.get(inside)}));
  emit.end();

  const ValueId value = emit.cast(emit.get(product), f);
  const ValueId finite = emit.both(emit.get(inside), counts);
  const ValueId bounded =
      emit.where({finite, value, real(std::numeric_limits<double>::infinity())});
  return emit.where({defined, bounded, real(std::numeric_limits<double>::quiet_NaN())});
}

}  // namespace me::ir
