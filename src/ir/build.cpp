// Builds the IR of a typed program.
//
// Enters: a TypedProgram. Leaves: a legal Program: statements as masked regions (ir/spmd),
// operations of the language as those of RULES.md (ir/expand), reductions in stages of their own
// (ir/stages).
// Example: the typed `a*2 + sum(a)` gives the two stages printed at the top of ir/code.h.
// Tested by tests/unit/ir_build_test.cpp.
#include "ir/build.h"

#include <algorithm>

#include "base/status.h"
#include "base/tuning.h"
#include "ir/build_expr.h"
#include "ir/divergence.h"
#include "ir/emit.h"
#include "ir/passes/passes.h"
#include "ir/pipeline.h"
#include "ir/rewrite.h"
#include "ir/script.h"
#include "ir/spmd.h"
#include "ir/stages.h"

namespace me::ir {
namespace {

// The arrays whose broadcast shape the result of an expression has: those that the root is made of,
// and those that the text does not mention.
Domain result_domain(const lang::TypedProgram& typed, const Slots& slots) {
  Domain d;
  d.whole_call = false;
  d.operands = slots.sources(typed.blocks[typed.root].back().expr);
  std::vector<bool> mentioned(typed.params.size(), false);
  for (const lang::TypedExpr& e : typed.exprs) {
    if (e.kind == lang::ExprKind::Param) mentioned[e.index] = true;
  }
  for (std::uint32_t i = 0; i < typed.params.size(); ++i) {
    if (!mentioned[i] && !typed.params[i].uniform) d.operands.push_back(slots.slot_of(i));
  }
  std::sort(d.operands.begin(), d.operands.end());
  return d;
}

// A uniform result is computed once, without elements. If their paths may fail (a while loop without end)
// they are walked before, in a stage that stores nothing of use.
void check_all_elements(Program& program) {
  Stage check = program.stages.back();
  const auto may_fail = [](const Inst& i) {
    return !i.uniform && (i.kind == InstKind::LeaveUnless || i.kind == InstKind::Fail);
  };
  if (std::none_of(check.insts.begin(), check.insts.end(), may_fail)) return;
  ME_ASSERT(check.insts.back().kind == InstKind::Store);
  check.insts.pop_back();
  Emitter emit(check);
  emit.store(emit.boolean(true));
  check.target = static_cast<std::uint32_t>(program.carried.size());
  program.carried.push_back({".checked", DType::Bool, false});
  drop_varying_regions(program.stages.back());
  const auto last = static_cast<std::uint32_t>(program.stages.size() - 1);
  for (std::uint32_t i = 0; program.script.empty() && i < last; ++i) {
    program.script.push_back({CommandKind::Run, i, 0});
  }
  program.stages.insert(program.stages.end() - 1, std::move(check));
  program.script.push_back({CommandKind::Run, last, 0});
}

}  // namespace

Result<Program> build(const lang::TypedProgram& typed) {
  Program program;
  program.name = typed.name;
  program.result = typed.result;
  program.result_width = typed.result_width;
  program.texts = typed.texts;
  program.text_ends_at_nul = typed.text_ends_at_nul;
  program.empty_extremum_is_error = typed.empty_extremum_is_error;
  program.root_is_reduction = typed.reduction_root;
  Slots slots(typed, program);
  Stage whole;
  ME_TRY_VOID(emit_statements(typed, slots, whole));
  program.has_reduction = std::any_of(whole.insts.begin(), whole.insts.end(), is_reduction_op);
  if (needs_script(whole) && program.calls.empty() && program.prints.empty()) {
    // Reductions that are the same in every iteration need none.
    Stage moved = whole;
    forward_locals(moved);
    merge_common_subexpressions(moved);
    hoist_invariants(moved);
    if (!needs_script(moved)) whole = std::move(moved);
  }
  if (needs_script(whole)) {
    write_script(program, std::move(whole));
  } else {
    const bool shaped = program.has_reduction && typed.own_shapes;
    const std::uint32_t domain = shaped ? slots.domain(result_domain(typed, slots)) : 0;
    if (!split_stages(program, std::move(whole), {kResultTarget}, domain)) {
      return Diagnostic{Status::Limit, {},
                        "more than " + std::to_string(tuning::kMaxStages) +
                            " reductions along axes or of different shapes",
                        "", false};
    }
  }
  update_result_uniform(program);
  // What is one value per element by its text stays so: x**0, too, is made of x.
  if (find_divergence(typed).varying_result) program.result_uniform = false;
  if (program.result_uniform) check_all_elements(program);
  return program;
}

}  // namespace me::ir
