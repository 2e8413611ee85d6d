// Common subexpression elimination.
//
// Enters: a stage. Leaves: the stage where each pure computation is done once per scope: a value of
// an enclosing region serves the regions inside it, never the other way round. Operands of
// commutative operations are put in order first.
// Example: `%2 = mul %0 %1` and `%3 = mul %1 %0` become one.
// Tested by tests/unit/ir_passes_test.cpp.
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

bool is_commutative(Op op) {
  switch (op) {
    case Op::Add:
    case Op::Mul:
    case Op::BitAnd:
    case Op::BitOr:
    case Op::BitXor:
    case Op::Eq:
    case Op::Ne:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Fmin:
    case Op::Fmax: return true;
    default: return false;
  }
}

struct Hash {
  std::size_t operator()(const Inst& i) const {
    std::uint64_t h = 0;
    const auto mix = [&h](std::uint64_t v) {
      h = (h ^ v) * 0x9e3779b97f4a7c15u;
      h ^= h >> 32;
    };
    mix(static_cast<std::uint64_t>(i.kind) << 16 | static_cast<std::uint64_t>(i.op) << 8 |
        static_cast<std::uint64_t>(i.dtype));
    mix(static_cast<std::uint64_t>(i.index) << 9 | i.part << 1 | (i.uniform ? 1 : 0));
    mix(i.width);
    for (ValueId a : i.args) mix(a);
    mix(i.value.bits);
    return static_cast<std::size_t>(h);
  }
};

struct Equal {
  bool operator()(const Inst& a, const Inst& b) const {
    return a.kind == b.kind && a.op == b.op && a.dtype == b.dtype && a.width == b.width &&
           a.uniform == b.uniform && a.args == b.args && a.index == b.index &&
           a.part == b.part && a.value == b.value;
  }
};

}  // namespace

void merge_common_subexpressions(Stage& stage) {
  Rewriter rewriter(stage);
  std::unordered_map<Inst, ValueId, Hash, Equal> known;
  std::vector<std::vector<Inst>> scopes(1);  // what each open region has made known
  for (ValueId id = 0; id < rewriter.old().size(); ++id) {
    Inst inst = rewriter.renumbered(id);
    if (inst.kind == InstKind::End) {
      for (const Inst& i : scopes.back()) known.erase(i);
      scopes.pop_back();
    }
    if (!is_pure(inst)) {
      rewriter.replace(id, rewriter.append(inst));
      if (opens_region(inst)) scopes.emplace_back();
      continue;
    }
    const bool swaps = inst.kind == InstKind::Op && is_commutative(inst.op);
    if (swaps && inst.args[0] > inst.args[1]) std::swap(inst.args[0], inst.args[1]);
    const auto found = known.find(inst);
    if (found != known.end()) {
      rewriter.replace(id, found->second);
      continue;
    }
    const ValueId fresh = rewriter.append(inst);
    rewriter.replace(id, fresh);
    known.emplace(inst, fresh);
    scopes.back().push_back(inst);
  }
}

}  // namespace me::ir
