// Illegal programs and what the verifier says about them.
#include "ir/verify.h"

#include <doctest/doctest.h>

#include "ir/emit.h"

namespace me::ir {
namespace {

Program program_with(DType operand) {
  Program p;
  p.operands.push_back({operand, 0});
  p.result = DType::Float64;
  p.stages.emplace_back();
  return p;
}

TEST_CASE("a legal program") {
  Program p = program_with(DType::Float64);
  Emitter emit(p.stages[0]);
  emit.store(emit.operand(0, DType::Float64));
  CHECK(verify(p) == "");
}

TEST_CASE("dtypes") {
  Program p = program_with(DType::Float32);
  Emitter emit(p.stages[0]);
  const ValueId x = emit.operand(0, DType::Float32);
  emit.op(Op::Tan, DType::Float32, {x});
  CHECK(verify(p) == "stage 0: %1: operation or operand dtypes");

  Program q = program_with(DType::Float32);
  Emitter other(q.stages[0]);
  other.store(other.operand(0, DType::Float32));
  CHECK(verify(q) == "stage 0: %1: dtype of the result");
}

TEST_CASE("uniformity") {
  Program p = program_with(DType::Float64);
  Emitter emit(p.stages[0]);
  emit.store(emit.operand(0, DType::Float64));
  p.stages[0].insts[0].uniform = true;
  CHECK(verify(p) == "stage 0: %0: operands are varying");
}

TEST_CASE("scope") {
  Program p = program_with(DType::Float64);
  Emitter emit(p.stages[0]);
  emit.begin_if(emit.boolean(true));
  const ValueId x = emit.operand(0, DType::Float64);
  emit.end();
  emit.store(x);
  CHECK(verify(p) == "stage 0: %4: operand is not in scope");
}

TEST_CASE("structure") {
  Program p = program_with(DType::Float64);
  Emitter emit(p.stages[0]);
  emit.begin_loop();
  emit.begin_if(emit.boolean(true));
  emit.leave_unless(emit.boolean(true));
  CHECK(verify(p) == "stage 0: %4: leave_unless stands directly in a loop");

  Program q = program_with(DType::Float64);
  Emitter other(q.stages[0]);
  other.store(other.operand(0, DType::Float64));
  other.begin_loop();
  CHECK(verify(q) == "stage 0: a region is not ended");

  Program none = program_with(DType::Float64);
  CHECK(verify(none) == "stage 0: number of stores");
}

TEST_CASE("reductions") {
  Program p = program_with(DType::Float32);
  p.stages[0].reductions.push_back({Op::Sum, DType::Float32});
  CHECK(verify(p) == "stage 0: the last stage is the only one with the result");
  Emitter emit(p.stages[0]);
  emit.operand(0, DType::Float32);
  Inst reduce;
  reduce.kind = InstKind::Reduce;
  reduce.args[0] = 0;
  p.stages[0].insts.push_back(reduce);
  CHECK(verify(p, p.stages[0]) == "dtype of reduction sum");
}

TEST_CASE("complex arrays are read and stored by their parts") {
  Program p = program_with(DType::Float32);
  p.operands[0].dtype = DType::Complex64;
  p.result = DType::Complex64;
  Emitter emit(p.stages[0]);
  const ValueId re = emit.operand(0, DType::Float32, 0, 0);
  const ValueId im = emit.operand(0, DType::Float32, 0, 1);
  emit.store(re, im);
  CHECK(verify(p) == "");
  p.stages[0].insts.back().args[1] = kNoValue;
  CHECK(verify(p) == "stage 0: %2: number of stored values");
  p.stages[0].insts.back().args[1] = im;
  p.stages[0].insts[1].dtype = DType::Complex64;
  CHECK(verify(p) == "stage 0: %1: dtype of operand");
}

}  // namespace
}  // namespace me::ir
