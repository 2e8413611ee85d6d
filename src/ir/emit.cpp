// Appends instructions to a stage.
//
// Enters: requests for operations over existing values. Leaves: instructions at the stage's end
// that obey the uniformity rule of RULES.md.
// Example: op(Mul, Float64, {%0 varying, %1 uniform}) appends `%2 = splat %1` and `%3 = mul %0 %2`.
// Tested by tests/unit/ir_build_test.cpp.
#include "ir/emit.h"

#include <utility>

#include "base/status.h"

namespace me::ir {

ValueId Emitter::append(Inst inst) {
  stage_.insts.push_back(inst);
  return static_cast<ValueId>(stage_.insts.size() - 1);
}

ValueId Emitter::operand(std::uint32_t index, DType dtype, std::uint32_t width,
                         std::uint8_t part) {
  Inst i;
  i.width = width;
  i.kind = InstKind::Operand;
  i.dtype = dtype;
  i.part = part;
  i.index = index;
  return append(i);
}

ValueId Emitter::scalar(std::uint32_t index, DType dtype) {
  Inst i;
  i.kind = InstKind::Scalar;
  i.dtype = dtype;
  i.uniform = true;
  i.index = index;
  return append(i);
}

ValueId Emitter::constant(Scalar value, std::uint32_t width) {
  Inst i;
  i.width = width;
  i.kind = InstKind::Const;
  i.dtype = value.dtype;
  i.uniform = true;
  i.value = value;
  return append(i);
}

ValueId Emitter::number(DType dtype, double v) {
  return is_float(dtype) ? real(dtype, v) : integer(dtype, static_cast<std::int64_t>(v));
}

ValueId Emitter::op(Op op, DType dtype, std::initializer_list<ValueId> args) {
  ME_ASSERT(args.size() <= 3);
  bool uniform = true;
  for (ValueId a : args) uniform = uniform && is_uniform(a);
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = dtype;
  i.uniform = uniform;
  std::size_t n = 0;
  for (ValueId a : args) i.args[n++] = uniform ? a : splat(a);
  return append(i);
}

ValueId Emitter::text_op(Op op, DType dtype, std::uint32_t width,
                         const std::array<ValueId, 3>& args) {
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = dtype;
  i.width = width;
  i.uniform = true;
  for (ValueId a : args) i.uniform = i.uniform && (a == kNoValue || is_uniform(a));
  for (std::size_t k = 0; k < args.size() && args[k] != kNoValue; ++k) {
    i.args[k] = i.uniform ? args[k] : splat(args[k]);
  }
  return append(i);
}

ValueId Emitter::both(ValueId a, ValueId b) {
  if (a == kNoValue) return b;
  if (b == kNoValue) return a;
  return op(Op::BitAnd, DType::Bool, {a, b});
}

ValueId Emitter::cast(ValueId v, DType to) {
  if (dtype(v) == to) return v;
  const Inst& from = stage_.insts[v];
  if (from.kind == InstKind::Const) return constant(cast_scalar(from.value, to));
  return op(Op::Cast, to, {v});
}

ValueId Emitter::splat(ValueId v) {
  if (!is_uniform(v)) return v;
  Inst i;
  i.kind = InstKind::Splat;
  i.dtype = dtype(v);
  i.width = width(v);
  i.args[0] = v;
  return append(i);
}

ValueId Emitter::fold(Op op, DType dtype, ValueId v, std::uint32_t domain) {
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = dtype;
  i.index = domain;
  i.args[0] = splat(v);
  return append(i);
}

ValueId Emitter::reduction(Op op, DType dtype, ValueId v, ValueId mask, std::uint32_t domain) {
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = dtype;
  i.uniform = true;
  i.index = domain;
  i.args[0] = splat(v);
  if (mask != kNoValue) i.args[1] = splat(mask);
  return append(i);
}

ValueId Emitter::pair_fold(Op op, ValueId re, ValueId im, std::uint8_t part,
                           std::uint32_t domain) {
  const ValueId x = splat(re);
  const ValueId y = splat(im);
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = DType::Float64;
  i.index = domain;
  i.part = part;
  i.args = {x, kNoValue, y};
  return append(i);
}

ValueId Emitter::pair_reduction(Op op, ValueId re, ValueId im, ValueId mask, std::uint8_t part,
                                std::uint32_t domain) {
  const ValueId x = splat(re);
  const ValueId y = splat(im);
  const ValueId m = splat(mask == kNoValue ? boolean(true) : mask);
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = DType::Float64;
  i.uniform = true;
  i.index = domain;
  i.part = part;
  i.args = {x, m, y};
  return append(i);
}

LocalId Emitter::add_local(std::string name, DType dtype, bool uniform, std::uint32_t width) {
  stage_.locals.push_back({std::move(name), dtype, uniform, width});
  return static_cast<LocalId>(stage_.locals.size() - 1);
}

ValueId Emitter::get(LocalId local) {
  Inst i;
  i.kind = InstKind::Get;
  i.dtype = stage_.locals[local].dtype;
  i.width = stage_.locals[local].width;
  i.uniform = stage_.locals[local].uniform;
  i.index = local;
  return append(i);
}

void Emitter::set(LocalId local, ValueId value, ValueId mask) {
  const bool uniform = stage_.locals[local].uniform;
  ME_ASSERT(!uniform || (is_uniform(value) && mask == kNoValue));
  Inst i;
  i.kind = InstKind::Set;
  i.uniform = uniform;
  i.index = local;
  i.args[0] = uniform ? value : splat(value);
  if (mask != kNoValue) i.args[1] = splat(mask);
  append(i);
}

void Emitter::begin_if(ValueId condition) {
  Inst i;
  i.kind = InstKind::If;
  i.uniform = is_uniform(condition);
  i.args[0] = condition;
  append(i);
  ++depth_;
}

void Emitter::begin_loop() {
  Inst i;
  i.kind = InstKind::Loop;
  append(i);
  ++depth_;
}

void Emitter::end() {
  Inst i;
  i.kind = InstKind::End;
  append(i);
  --depth_;
}

void Emitter::leave_unless(ValueId condition) {
  Inst i;
  i.kind = InstKind::LeaveUnless;
  i.uniform = is_uniform(condition);
  i.args[0] = condition;
  append(i);
}

void Emitter::tick(TickKind kind) {
  Inst i;
  i.kind = InstKind::Tick;
  i.index = static_cast<std::uint32_t>(kind);
  append(i);
}

void Emitter::fail(KernelStatus status, ValueId condition) {
  Inst i;
  i.kind = InstKind::Fail;
  i.uniform = is_uniform(condition);
  i.args[0] = condition;
  i.index = static_cast<std::uint32_t>(status);
  append(i);
}

void Emitter::store(ValueId value, ValueId imag) {
  const ValueId re = splat(value);
  Inst i;
  i.kind = InstKind::Store;
  i.args[0] = re;
  if (imag != kNoValue) i.args[1] = splat(imag);
  append(i);
}

void Emitter::call(std::uint32_t site) {
  Inst i;
  i.kind = InstKind::Call;
  i.index = site;
  append(i);
}

void Emitter::print(std::uint32_t site) {
  Inst i;
  i.kind = InstKind::Print;
  i.index = site;
  append(i);
}

const Scalar* Emitter::constant_of(ValueId v) const {
  const Inst* i = &stage_.insts[v];
  if (i->kind == InstKind::Splat) i = &stage_.insts[i->args[0]];
  return i->kind == InstKind::Const ? &i->value : nullptr;
}

}  // namespace me::ir
