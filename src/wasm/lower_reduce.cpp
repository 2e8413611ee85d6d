// Reductions of up to one leaf of items.
//
// Enters: a value per element, perhaps with a mask. Leaves: one accumulator lane per element of the
// vector, folded at the end in the order of vmath/reduce_order.h, and stored in the reduction's
// slot. Example: sum of float64 has 8 lanes in 4 registers: (r0+r2)+(r1+r3), then low + high half.
// Lanes past the end of the last vector are undone for sums and products; the others do not mind a
// repeated element. Tested by tests/unit/wasm_run_test.cpp.
#include <limits>

#include "base/status.h"
#include "wasm/convert.h"
#include "wasm/lowering.h"
#include "wasm/simd.h"

namespace me::wasm {
namespace {

bool counts_every_item(Op op) { return op == Op::Sum || op == Op::Prod; }

// Of bools the largest is whether any is true, the smallest whether all are.
bool is_any(Op op) { return op == Op::Any || op == Op::Max; }

std::uint64_t identity_bits(Op op, DType t) {
  if (op == Op::Sum) return 0;
  if (op == Op::Prod) return is_float(t) ? Scalar::of_float(t, 1.0).bits : 1;
  if (is_bool(t)) return is_any(op) ? 0 : ~std::uint64_t{0};
  if (is_float(t)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return Scalar::of_float(t, op == Op::Min ? infinity : -infinity).bits;
  }
  const std::uint64_t sign = std::uint64_t{1} << (bits_of(t) - 1);
  if (is_signed_int(t)) return op == Op::Min ? sign - 1 : sign;
  return op == Op::Min ? ~std::uint64_t{0} : 0;
}

Op combining(Op op) {
  switch (op) {
    case Op::Sum:
      return Op::Add;
    case Op::Prod:
      return Op::Mul;
    case Op::Min:
      return Op::Minimum;
    case Op::Max:
      return Op::Maximum;
    default:
      throw Unsupported("not a reduction: " + std::string(info_of(op).name));
  }
}

Node combine(Code& c, Op op, DType t, Local a, Local b) {
  if (is_bool(t)) return c.binary(is_any(op) ? bn::OrVec128 : bn::AndVec128, a, b);
  return simd(c, combining(op), t, a, b);
}

struct Parts {
  Local re, im;
};

// vmath/pair_order.h in registers.
Parts combine_pairs(Code& c, Op op, Parts a, Parts b) {
  constexpr DType t = DType::Float64;
  const auto keep2 = [&](Op o, Local x, Local y) { return c.keep(simd(c, o, t, x, y)); };
  if (op == Op::Prod) {
    const Local rr = keep2(Op::Mul, a.re, b.re);
    const Local ii = keep2(Op::Mul, a.im, b.im);
    const Local ri = keep2(Op::Mul, a.re, b.im);
    const Local ir = keep2(Op::Mul, a.im, b.re);
    return {keep2(Op::Sub, rr, ii), keep2(Op::Add, ri, ir)};
  }
  const auto test = [&](Op o, Local x, Local y) { return c.keep(simd_compare(c, o, t, x, y)); };
  const auto both = [&](bn::BinaryOp o, Local x, Local y) { return c.keep(c.binary(o, x, y)); };
  const bool smaller = op == Op::Min;
  const Local beats = test(smaller ? Op::Lt : Op::Gt, a.re, b.re);
  const Local known = test(Op::Eq, b.im, b.im);
  const Local tie = test(Op::Eq, a.re, b.re);
  const Local in_tie = test(smaller ? Op::Le : Op::Ge, a.im, b.im);
  const Local nan_re = test(Op::Ne, a.re, a.re);
  const Local nan_im = test(Op::Ne, a.im, a.im);
  const Local wins = both(bn::OrVec128, both(bn::AndVec128, beats, known),
                          both(bn::AndVec128, tie, in_tie));
  const Local first = both(bn::OrVec128, wins, both(bn::OrVec128, nan_re, nan_im));
  return {c.keep(c.bitselect(first, a.re, b.re)), c.keep(c.bitselect(first, a.im, b.im))};
}

std::uint64_t pair_identity(Op op, bool imag) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (op == Op::Prod) return Scalar::of_float(DType::Float64, imag ? 0.0 : 1.0).bits;
  return Scalar::of_float(DType::Float64, op == Op::Min ? infinity : -infinity).bits;
}

}  // namespace

void Lowering::begin_reductions() {
  for (const ir::Reduction& r : stage_.reductions) {
    Accumulator acc{r.op, r.dtype, {}, {}};
    if (acc.is_pair()) {
      const unsigned parts = shape_of(false).registers(64);
      for (unsigned i = 0; i < 2 * parts; ++i) {
        acc.registers.push_back(
            code_.copy(code_.splat_bits(64, pair_identity(r.op, i >= parts))));
        acc.saved.push_back(code_.add_local(bn::Type::v128));
      }
      accumulators_.push_back(std::move(acc));
      continue;
    }
    const unsigned width = is_bool(r.dtype) ? plan_.widest : bits_of(r.dtype);
    const Local identity = code_.splat_bits(width, identity_bits(r.op, r.dtype));
    const unsigned count = shape_of(false).registers(width);
    for (unsigned i = 0; i < count; ++i) {
      acc.registers.push_back(code_.copy(identity));
      if (counts_every_item(r.op)) acc.saved.push_back(code_.add_local(bn::Type::v128));
    }
    accumulators_.push_back(std::move(acc));
  }
}

void Lowering::reduce_pairs(const ir::Inst& inst) {
  const Accumulator& acc = accumulators_[inst.index];
  const Registers mask = mask_registers(values_[inst.args[1]], 64);
  const Registers& re = values_[inst.args[0]].registers;
  const Registers& im = values_[inst.args[2]].registers;
  const Local unit_re = code_.splat_bits(64, pair_identity(acc.op, false));
  const Local unit_im = code_.splat_bits(64, pair_identity(acc.op, true));
  for (std::size_t i = 0; i < re.size(); ++i) {
    const Local x = code_.keep(code_.bitselect(mask[i], re[i], unit_re));
    const Local y = code_.keep(code_.bitselect(mask[i], im[i], unit_im));
    const Local acc_re = acc.registers[i];
    const Local acc_im = acc.registers[i + re.size()];
    const Parts r = combine_pairs(code_, acc.op, {acc_re, acc_im}, {x, y});
    code_.set(acc_re, code_.get(r.re));
    code_.set(acc_im, code_.get(r.im));
  }
}

void Lowering::reduce(const ir::Inst& inst) {
  const Accumulator& acc = accumulators_[inst.index];
  if (acc.is_pair()) return reduce_pairs(inst);
  const Value& value = values_[inst.args[0]];
  const unsigned width = is_bool(acc.dtype) ? plan_.widest : bits_of(acc.dtype);
  Registers registers = is_bool(acc.dtype) ? mask_registers(value, width) : value.registers;
  if (inst.args[1] != ir::kNoValue) {
    const Registers mask = mask_registers(values_[inst.args[1]], width);
    const Local identity = code_.splat_bits(width, identity_bits(acc.op, acc.dtype));
    for (std::size_t i = 0; i < registers.size(); ++i) {
      registers[i] = code_.keep(code_.bitselect(mask[i], registers[i], identity));
    }
  }
  for (std::size_t i = 0; i < registers.size(); ++i) {
    code_.set(acc.registers[i], combine(code_, acc.op, acc.dtype, acc.registers[i], registers[i]));
  }
}

void Lowering::save_accumulators() {
  for (const Accumulator& acc : accumulators_) {
    for (std::size_t i = 0; i < acc.saved.size(); ++i) {
      code_.set(acc.saved[i], code_.get(acc.registers[i]));
    }
  }
}

void Lowering::drop_missing_lanes() {
  // Sums and products have 64-bit lanes: registers hold the elements 2i and 2i+1.
  Local rest = 0;
  for (const Accumulator& acc : accumulators_) {
    if (acc.saved.empty()) continue;
    if (rest == 0) {
      Node items = code_.get(frame_.rest);
      if (!code_.memory64()) items = code_.make().makeUnary(bn::ExtendUInt32, items);
      rest = code_.keep(code_.make().makeUnary(bn::SplatVecI64x2, items));
    }
    for (std::size_t i = 0; i < acc.saved.size(); ++i) {
      const std::size_t at = acc.is_pair() ? i % (acc.saved.size() / 2) : i;
      Bits128 index{};
      index[0] = static_cast<std::uint8_t>(2 * at);
      index[8] = static_cast<std::uint8_t>(2 * at + 1);
      const Local there = code_.keep(code_.binary(bn::LtSVecI64x2, code_.vector(index), rest));
      code_.set(acc.registers[i], code_.bitselect(there, acc.registers[i], acc.saved[i]));
    }
  }
}

void Lowering::finish_pairs(std::size_t k) {
  const Accumulator& acc = accumulators_[k];
  const std::size_t parts = acc.registers.size() / 2;
  std::vector<Parts> r;
  for (std::size_t i = 0; i < parts; ++i) r.push_back({acc.registers[i], acc.registers[i + parts]});
  for (std::size_t half = parts / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) r[i] = combine_pairs(code_, acc.op, r[i], r[i + half]);
  }
  const auto upper = [&](Local v) {
    return code_.keep(
        code_.shuffle(v, v, {8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7}));
  };
  const Parts all = combine_pairs(code_, acc.op, r[0], {upper(r[0].re), upper(r[0].im)});
  code_.store_low(64, frame_.out, k * ir::kReductionSlotBytes, all.re);
  code_.store_low(64, frame_.out, k * ir::kReductionSlotBytes + 8, all.im);
}

void Lowering::finish_reductions() {
  for (std::size_t k = 0; k < accumulators_.size(); ++k) {
    const Accumulator& acc = accumulators_[k];
    if (acc.is_pair()) {
      finish_pairs(k);
      continue;
    }
    Registers r = acc.registers;
    for (std::size_t half = r.size() / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) {
        r[i] = code_.keep(combine(code_, acc.op, acc.dtype, r[i], r[i + half]));
      }
    }
    Local all = r[0];
    if (is_bool(acc.dtype)) {
      if (!is_any(acc.op)) all = code_.keep(code_.unary(bn::NotVec128, all));
      Node set = code_.any_true(all);
      if (!is_any(acc.op)) set = code_.make().makeUnary(bn::EqZInt32, set);
      Node slot = code_.make().makeUnary(bn::ExtendUInt32, set);
      all = code_.keep(code_.make().makeUnary(bn::SplatVecI64x2, slot));
    } else {
      const unsigned width = bits_of(acc.dtype);
      for (unsigned lanes = shape_of(false).used_lanes(width) / 2; lanes > 0; lanes /= 2) {
        std::array<std::uint8_t, 16> moved;
        for (unsigned b = 0; b < 16; ++b) {
          moved[b] = static_cast<std::uint8_t>((b + lanes * width / 8) % 16);
        }
        const Local upper = code_.keep(code_.shuffle(all, all, moved));
        all = code_.keep(combine(code_, acc.op, acc.dtype, all, upper));
      }
      // Nothing but the value in the slot.
      if (width < 64) {
        const Local low = code_.vector64((std::uint64_t{1} << width) - 1);
        all = code_.keep(code_.binary(bn::AndVec128, all, low));
      }
    }
    code_.store_low(64, frame_.out, k * ir::kReductionSlotBytes, all);
  }
}

}  // namespace me::wasm
