// Speculation on operands that are one value.
//
// Enters: a legal program and a set of operands. Leaves: a legal program that has the same bits where those
// operands are the same for all items: what depends on them alone is uniform there.
// Example: a*exp(b) with b assumed is one exp for each call, and one multiplication for each item.
// Tested by tests/unit/assumption_test.cpp.
#include "ir/assume_uniform.h"

#include <algorithm>

#include "ir/rewrite.h"

namespace me::ir {
namespace {

// An operation on copies of uniform values, as a copy of their result.
bool is_of_splats(const Rewriter& rewriter, const Inst& inst) {
  if (inst.kind != InstKind::Op || inst.uniform) return false;
  return std::all_of(inst.args.begin(), inst.args.end(), [&](ValueId a) {
    return a == kNoValue || rewriter.at(a).kind == InstKind::Splat;
  });
}

}  // namespace

Program assume_uniform(Program program, std::uint64_t operands) {
  const std::size_t own = program.scalars.size();
  for (std::uint32_t k = 0; k < program.operands.size(); ++k) {
    const DType array = program.operands[k].dtype;
    for (std::uint8_t part = 0; part < 2; ++part) {
      ScalarSlot slot;
      slot.dtype = is_complex(array) ? part_of(array) : array;
      slot.source = ScalarSource::Operand;
      slot.param = k;
      slot.part = part;
      program.scalars.push_back(slot);
    }
  }
  for (Stage& stage : program.stages) {
    Rewriter rewriter(stage);
    for (ValueId id = 0; id < rewriter.old().size(); ++id) {
      Inst inst = rewriter.renumbered(id);
      const bool assumed = inst.kind == InstKind::Operand && inst.index < kAssumableOperands &&
                           (operands >> inst.index & 1) != 0;
      if (assumed) {
        const DType dtype = inst.dtype;
        inst.kind = InstKind::Scalar;
        inst.uniform = true;
        inst.index = static_cast<std::uint32_t>(scalar_of_operand(own, inst.index, inst.part));
        inst.part = 0;
        inst = make_splat(dtype, rewriter.append(inst));
      } else if (is_of_splats(rewriter, inst)) {
        for (ValueId& a : inst.args) {
          if (a != kNoValue) a = rewriter.at(a).args[0];
        }
        inst.uniform = true;
        inst = make_splat(inst.dtype, rewriter.append(inst));
      }
      rewriter.replace(id, rewriter.append(inst));
    }
  }
  return program;
}

}  // namespace me::ir
