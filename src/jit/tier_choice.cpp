// Costs of operations by tier, and the choice that follows.
//
// Enters: a program and the build of the interpreter's kernels that is in force. Leaves: estimated costs.
// The table holds measured nanoseconds per float64 element (4096 elements, one processor of 2023): only their
// ratios matter, and only where they are far from 1. Example: sin(a) costs 5.0 compiled and 1.8 with AVX-512,
// so that the interpreter runs it there; a*b+c is a tie, and is compiled.
// Tested by tests/unit/tier_choice_test.cpp.
#include "jit/tier_choice.h"

#include <cstdio>

#include "base/tuning.h"

namespace me::jit {
namespace {

struct Cost {
  double jit, avx2, avx512;
};

// Loads, arithmetic, comparisons, masks, stores: fused in registers there, in L1 here.
constexpr Cost kBasic = {0.06, 0.11, 0.07};
// What waits for the one divider of the processor takes as long in all vector widths.
constexpr Cost kDivision = {0.7, 0.7, 0.7};
// Of a function that has no row.
constexpr Cost kFunction = {5.0, 2.8, 2.2};

struct Row {
  Op op;
  Cost cost;
};
constexpr Row kFunctions[] = {
    {Op::Exp, {2.0, 1.6, 1.4}},       {Op::Exp2, {2.5, 1.7, 1.5}},
    {Op::Expm1, {4.3, 2.5, 2.1}},     {Op::Log, {3.8, 1.8, 1.2}},
    {Op::Log2, {4.8, 2.1, 1.4}},      {Op::Log10, {5.4, 2.3, 1.5}},
    {Op::Log1p, {5.3, 2.4, 1.5}},     {Op::Sin, {4.9, 2.5, 1.8}},
    {Op::Cos, {5.3, 2.5, 1.9}},       {Op::Tan, {9.6, 4.5, 3.4}},
    {Op::Asin, {4.9, 2.2, 1.6}},      {Op::Atan, {6.7, 3.9, 3.1}},
    {Op::Atan2, {8.6, 5.1, 3.9}},     {Op::Sinh, {9.3, 4.9, 3.4}},
    {Op::Cosh, {3.4, 2.0, 1.7}},      {Op::Tanh, {7.5, 3.8, 3.1}},
    {Op::Asinh, {8.8, 4.0, 3.2}},     {Op::Cbrt, {6.9, 3.0, 2.2}},
    {Op::PowFloat, {11.7, 5.4, 4.2}}, {Op::Hypot, {4.0, 2.3, 1.2}},
    {Op::Erf, {6.4, 3.0, 2.4}},       {Op::Erfc, {18.6, 7.5, 5.9}},
    {Op::Tgamma, {35, 14.7, 11.7}},   {Op::Lgamma, {38, 18.5, 14.4}},
    {Op::ModFloat, {3.9, 1.9, 1.7}},  {Op::FloorDivideFloat, {6.5, 2.7, 2.2}},
};

Cost cost_of(Op op) {
  if (op == Op::Div || op == Op::Sqrt) return kDivision;
  if (info_of(op).impl != Impl::math) return kBasic;
  for (const Row& row : kFunctions) {
    if (row.op == op) return row.cost;
  }
  return kFunction;
}

double in_build(const Cost& cost, interp::Simd simd) {
  switch (simd) {
    case interp::Simd::Bits128: break;
    case interp::Simd::Avx2: return cost.avx2;
    case interp::Simd::Avx512: return cost.avx512;
  }
  return cost.jit + kBasic.jit;  // the same instructions, through memory
}

}  // namespace

TierCosts estimate(const ir::Program& program, interp::Simd simd) {
  TierCosts total;
  for (const ir::Stage& stage : program.stages) {
    double times = 1;
    std::vector<double> around;  // of the open regions
    for (const ir::Inst& inst : stage.insts) {
      const bool opens = inst.kind == ir::InstKind::If || inst.kind == ir::InstKind::Loop;
      if (opens) around.push_back(times);
      if (inst.kind == ir::InstKind::Loop) times *= tuning::kEstimatedIterations;
      if (inst.kind == ir::InstKind::End) {
        times = around.back();
        around.pop_back();
      }
      const bool computes = inst.kind == ir::InstKind::Op || inst.kind == ir::InstKind::Set ||
                            inst.kind == ir::InstKind::Reduce;
      if (!computes || inst.uniform) continue;
      const Cost cost = inst.kind == ir::InstKind::Op ? cost_of(inst.op) : kBasic;
      const double lanes = inst.dtype == DType::Float32 ? 0.5 : 1;  // of a vector's work
      total.jit += times * lanes * cost.jit;
      total.interpreter += times * lanes * in_build(cost, simd);
    }
  }
  return total;
}

bool interpreter_is_faster(const TierCosts& costs) {
  return costs.interpreter < tuning::kInterpreterMargin * costs.jit;
}

std::string reason_for_interpreter(const TierCosts& costs, interp::Simd simd) {
  char text[120];
  std::snprintf(text, sizeof text,
                "the interpreter is faster here (%.*s kernels: an estimated %.1f against %.1f ns per element)",
                static_cast<int>(name_of(simd).size()), name_of(simd).data(), costs.interpreter, costs.jit);
  return text;
}

}  // namespace me::jit
