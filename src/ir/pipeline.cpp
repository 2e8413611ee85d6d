// The order of the passes.
//
// Enters: a legal program. Leaves: a legal program with the same bits and fewer or cheaper
// instructions. Rounds repeat while they make progress (one pass opens the way for another), but
// not for ever: large programs would pay for it in compile time. Debug builds check the program
// after each pass.
// Example: `x*1 + sum(a)/sum(a)` loses the product, and its reduction stage has one Reduce.
// Tested by tests/unit/ir_passes_test.cpp.
#include "ir/pipeline.h"

#include "base/status.h"
#include "ir/passes/passes.h"
#include "ir/verify.h"

namespace me::ir {
namespace {

constexpr int kMaxRounds = 4;

struct Pass {
  const char* name;
  void (*run)(Stage&);
};

constexpr Pass kPasses[] = {
#define ME_PASS(function, file, help) {file, function},
#include "ir/passes/passes.def"
};

bool same(const Inst& a, const Inst& b) {
  return a.kind == b.kind && a.op == b.op && a.dtype == b.dtype && a.width == b.width &&
         a.uniform == b.uniform && a.args == b.args && a.index == b.index &&
         a.part == b.part && a.value == b.value;
}

bool same(const std::vector<Inst>& a, const std::vector<Inst>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

void check([[maybe_unused]] const Program& program, [[maybe_unused]] const Stage& stage,
           [[maybe_unused]] const char* pass) {
#ifndef NDEBUG
  const std::string broken = verify(program, stage);
  if (broken.empty()) return;
  std::fprintf(stderr, "mejit: pass %s: %s\n", pass, broken.c_str());
  ME_ASSERT(false);
#endif
}

}  // namespace

Steps<Unit> pass_steps(Program& program) {
  for (Stage& stage : program.stages) {
    for (int round = 0; round < kMaxRounds; ++round) {
      const std::vector<Inst> before = stage.insts;
      for (const Pass& pass : kPasses) {
        pass.run(stage);
        check(program, stage, pass.name);
        co_await between_steps;
      }
      if (same(before, stage.insts)) break;
    }
    restore_masked_sets(stage);
    check(program, stage, "remask");
  }
  co_return Unit{};
}

void run_passes(Program& program) { pass_steps(program).finish(); }

void update_result_uniform(Program& program) {
  const Stage& last = program.stages.back();
  for (const Inst& inst : last.insts) {
    if (inst.kind != InstKind::Store) continue;
    const auto is_splat = [&](ValueId v) {
      return v == kNoValue || last.insts[v].kind == InstKind::Splat;
    };
    program.result_uniform = is_splat(inst.args[0]) && is_splat(inst.args[1]);
  }
}

}  // namespace me::ir
