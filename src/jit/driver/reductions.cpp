// Combining the leaves of a reduction.
//
// Enters: a reduction's dtype and operation, one slot per leaf. Leaves: the scalar. Integer sums and products
// wrap, any and all are bools, minima and maxima propagate NaN and order -0 before +0: all of these
// do not depend on an order. Example: leaves 3.0 and nan of a max give nan.
// Tested by tests/unit/reductions_test.cpp.
#include "jit/driver/reductions.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/status.h"

namespace me::jit {
namespace {

// The least or greatest value of a dtype.
Scalar limit(DType t, bool greatest) {
  if (is_float(t)) {
    const double inf = std::numeric_limits<double>::infinity();
    return Scalar::of_float(t, greatest ? inf : -inf);
  }
  if (is_bool(t)) return {t, greatest ? 1u : 0u};
  const unsigned bits = bits_of(t);
  if (is_unsigned_int(t)) return {t, greatest ? ~std::uint64_t{0} >> (64 - bits) : 0};
  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  return Scalar::of_int(t, static_cast<std::int64_t>(greatest ? top - 1 : top));
}

Scalar identity(const ir::Reduction& r) {
  switch (r.op) {
    case Op::Prod: return cast_scalar(Scalar::of_int(DType::Int64, 1), r.dtype);
    case Op::Min: return limit(r.dtype, true);
    case Op::Max: return limit(r.dtype, false);
    case Op::All: return {DType::Bool, 1};
    default: return {r.dtype, 0};
  }
}

// Whether `a` comes before `b`; -0 before +0.
bool before(Scalar a, Scalar b) {
  if (is_float(a.dtype)) {
    const double x = a.as_double();
    const double y = b.as_double();
    return x < y || (x == y && std::signbit(x) && !std::signbit(y));
  }
  return is_unsigned_int(a.dtype) ? a.bits < b.bits : a.as_int() < b.as_int();
}

bool is_nan(Scalar s) { return is_float(s.dtype) && std::isnan(s.as_double()); }

Scalar fold(const ir::Reduction& r, Scalar a, Scalar b) {
  switch (r.op) {
    case Op::Sum: return {r.dtype, a.bits + b.bits};
    case Op::Prod: return {r.dtype, a.bits * b.bits};
    case Op::Any: return {r.dtype, a.bits | b.bits};
    case Op::All: return {r.dtype, a.bits & b.bits};
    case Op::Min:
      if (is_nan(a) || is_nan(b)) return is_nan(a) ? a : b;
      return before(b, a) ? b : a;
    case Op::Max:
      if (is_nan(a) || is_nan(b)) return is_nan(a) ? a : b;
      return before(a, b) ? b : a;
    default: break;
  }
  ME_ASSERT(!"a reduction");
  return a;
}

}  // namespace

LeafFold::LeafFold(const ir::Reduction& reduction) : reduction_(reduction) {
  if (!is_pair()) value_ = identity(reduction);
}

void LeafFold::push(const void* slot) {
  if (is_pair()) {
    vmath::PairValue pair;
    std::memcpy(&pair, slot, sizeof pair);
    if (reduction_.op == Op::Prod) pair_products_.push(pair);
    else if (reduction_.op == Op::Min) smaller_pairs_.push(pair);
    else larger_pairs_.push(pair);
    return;
  }
  const Scalar leaf = load_scalar(reduction_.dtype, slot);
  if (!is_tree()) value_ = fold(reduction_, value_, leaf);
  else if (reduction_.op == Op::Sum) sums_.push(leaf.as_double());
  else products_.push(leaf.as_double());
}

vmath::PairValue LeafFold::finish_pair() const {
  if (reduction_.op == Op::Prod) return pair_products_.finish();
  return reduction_.op == Op::Min ? smaller_pairs_.finish() : larger_pairs_.finish();
}

Scalar LeafFold::finish(unsigned part) const {
  if (is_pair()) {
    const vmath::PairValue pair = finish_pair();
    return Scalar::of_float(DType::Float64, part == 0 ? pair.re : pair.im);
  }
  if (!is_tree()) return value_;
  const double total = reduction_.op == Op::Sum ? sums_.finish() : products_.finish();
  return Scalar::of_float(DType::Float64, total);
}

Scalar leaf_value(const ir::Reduction& reduction, const void* slot, unsigned part) {
  if (!is_complex(reduction.dtype)) return load_scalar(reduction.dtype, slot);
  const auto* const parts = static_cast<const char*>(slot);
  return load_scalar(DType::Float64, parts + part * sizeof(double));
}

}  // namespace me::jit
