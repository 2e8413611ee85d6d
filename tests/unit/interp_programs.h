// Hand-built IR stages for the interpreter's tests, and a run over whole arrays.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "interp/schedule.h"
#include "interp/vm.h"
#include "ir/code.h"

namespace me::test {

using ir::Inst;
using ir::InstKind;
using ir::kNoValue;
using ir::ValueId;

// Appends instructions to the last stage of a program; each method returns the new value.
struct Builder {
  ir::Program program;

  explicit Builder(DType result, std::initializer_list<DType> operands = {}) {
    program.result = result;
    std::uint32_t param = 0;
    for (const DType t : operands) program.operands.push_back({t, param++});
    program.stages.emplace_back();
  }
  ir::Stage& stage() { return program.stages.back(); }

  Inst& add(InstKind kind, ValueId a = kNoValue, ValueId b = kNoValue, ValueId c = kNoValue) {
    Inst& inst = stage().insts.emplace_back();
    inst.kind = kind;
    inst.args = {a, b, c};
    return inst;
  }
  ValueId value(Inst& inst, DType t, bool uniform) {
    inst.dtype = t;
    inst.uniform = uniform;
    return static_cast<ValueId>(stage().insts.size() - 1);
  }
  DType dtype(ValueId v) { return stage().insts[v].dtype; }
  bool uniform(ValueId v) { return stage().insts[v].uniform; }

  ValueId operand(std::uint32_t index) {
    Inst& inst = add(InstKind::Operand);
    inst.index = index;
    return value(inst, program.operands[index].dtype, false);
  }
  ValueId scalar(DType t) {
    Inst& inst = add(InstKind::Scalar);
    inst.index = static_cast<std::uint32_t>(program.scalars.size());
    program.scalars.push_back({});
    program.scalars.back().dtype = t;
    return value(inst, t, true);
  }
  ValueId constant(Scalar v) {
    Inst& inst = add(InstKind::Const);
    inst.value = v;
    return value(inst, v.dtype, true);
  }
  ValueId number(double v) { return constant(Scalar::of_float(DType::Float64, v)); }
  ValueId splat(ValueId v) {
    const DType t = dtype(v);
    return value(add(InstKind::Splat, v), t, false);
  }
  ValueId op(Op op, DType t, ValueId a, ValueId b = kNoValue, ValueId c = kNoValue) {
    const bool is_uniform = uniform(a);
    Inst& inst = add(InstKind::Op, a, b, c);
    inst.op = op;
    return value(inst, t, is_uniform);
  }
  std::uint32_t local(DType t, bool uniform = false) {
    stage().locals.push_back({"x", t, uniform});
    return static_cast<std::uint32_t>(stage().locals.size() - 1);
  }
  ValueId get(std::uint32_t local) {
    Inst& inst = add(InstKind::Get);
    inst.index = local;
    return value(inst, stage().locals[local].dtype, stage().locals[local].uniform);
  }
  void set(std::uint32_t local, ValueId v, ValueId mask = kNoValue) {
    add(InstKind::Set, v, mask).index = local;
  }
  void begin_if(ValueId condition) { add(InstKind::If, condition); }
  void begin_loop() { add(InstKind::Loop); }
  void end() { add(InstKind::End); }
  void leave_unless(ValueId condition) { add(InstKind::LeaveUnless, condition); }
  void tick(std::uint32_t kind = 0) { add(InstKind::Tick).index = kind; }
  void fail(ir::KernelStatus status, ValueId condition) {
    add(InstKind::Fail, condition).index = static_cast<std::uint32_t>(status);
  }
  void store(ValueId v) { add(InstKind::Store, v); }
  std::uint32_t reduction(Op op, DType t) {
    stage().reductions.push_back({op, t});
    return static_cast<std::uint32_t>(stage().reductions.size() - 1);
  }
  void reduce(std::uint32_t index, ValueId v, ValueId mask = kNoValue) {
    add(InstKind::Reduce, v, mask).index = index;
  }
};

struct Call {
  std::int64_t while_cap = 0;
  std::uint32_t interrupt = 0;
  std::vector<std::uint64_t> scalars;
};

inline ir::KernelStatus run(const Builder& b, std::initializer_list<const void*> inputs, void* out,
                            std::int64_t n, const Call& call = {}) {
  const interp::StageProgram program = interp::schedule(b.program, 0);
  ir::KernelContext context{};
  context.scalars = reinterpret_cast<std::uintptr_t>(call.scalars.data());
  context.interrupt = reinterpret_cast<std::uintptr_t>(&call.interrupt);
  context.while_cap = call.while_cap;
  std::vector<const void*> operands(inputs);
  operands.push_back(&context);
  interp::Workspace workspace;
  return interp::run(program, operands.data(), out, n, workspace);
}

}  // namespace me::test
