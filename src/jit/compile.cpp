// The one place with the order of the stages.
//
// Enters: a Source. Leaves: a Kernel that the interpreter can run, plus host entries for its stages when
// there is a host and it takes them. ME_DUMP=ast,typed,ir,wasm prints what each stage made; the same
// text comes from stage_text. Tested by tests/golden and tests/agree.
#include "jit/compile.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/env.h"
#include "base/tuning.h"
#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "lang/frontend.h"
#include "wasm/lower.h"

namespace me::jit {
namespace {

void dump(std::string_view stage, const std::string& text) {
  std::fprintf(stderr, "== %.*s ==\n%s\n", static_cast<int>(stage.size()), stage.data(),
               text.c_str());
}

wasm::Target target_for(const Kernel& kernel, const me_host& host) {
  return {host.pointer_bits == 64, kernel.source.max_tier >= Tier::OptimizingJit ? 1 : 0};
}

std::size_t instruction_count(const ir::Program& program) {
  std::size_t count = 0;
  for (const ir::Stage& stage : program.stages) count += stage.insts.size();
  return count;
}

bool has_text(const ir::Program& program) {
  const auto is_text_slot = [](const auto& slot) { return is_text(slot.dtype); };
  if (std::any_of(program.operands.begin(), program.operands.end(), is_text_slot)) return true;
  return std::any_of(program.stages.begin(), program.stages.end(), [&](const ir::Stage& stage) {
    return std::any_of(stage.insts.begin(), stage.insts.end(), is_text_slot);
  });
}

std::vector<std::uint32_t> operands_read(const ir::Stage& stage) {
  std::set<std::uint32_t> slots;
  for (const ir::Inst& inst : stage.insts) {
    if (inst.kind == ir::InstKind::Operand) slots.insert(inst.index);
  }
  return {slots.begin(), slots.end()};
}

void decline(Kernel& kernel, Metrics& metrics, Metric why, std::string reason) {
  kernel.compiled.clear();
  kernel.decline = std::move(reason);
  metrics.add(why);
  if (env::trace()) {
    std::fprintf(stderr, "[mejit] interpreter: %s\n", kernel.decline.c_str());
  }
}

// Moves the kernel to the host, all stages or none.
void instantiate(Kernel& kernel, const HostPtr& host, std::string why_no_host, Metrics& metrics) {
  if (kernel.source.max_tier == Tier::Interpreter) {
    return decline(kernel, metrics, Metric::DeclineDisabled, "the caller asked for the interpreter");
  }
  if (!env::jit_enabled()) {
    return decline(kernel, metrics, Metric::DeclineDisabled, "ME_DSL_JIT=0");
  }
  if (has_text(kernel.program)) {
    return decline(kernel, metrics, Metric::DeclineStrings, "strings");
  }
  if (!host) return decline(kernel, metrics, Metric::DeclineNoHost, std::move(why_no_host));
  if (instruction_count(kernel.program) > tuning::kMaxJitInstructions) {
    return decline(kernel, metrics, Metric::DeclineSize, "the program is too large to compile");
  }
  const me_host& table = host->table();
  for (std::size_t i = 0; i < kernel.program.stages.size(); ++i) {
    auto lowered = wasm::lower(kernel.program, i, target_for(kernel, table));
    if (auto* declined = std::get_if<wasm::Decline>(&lowered)) {
      return decline(kernel, metrics, Metric::DeclineUnsupported, declined->reason);
    }
    auto& module = std::get<wasm::Module>(lowered);
    kernel.times += module.times;
    if (env::dumps("wasm")) dump("wasm", wasm::to_text(module.bytes));
    PhaseTimer timer(kernel.times);
    const std::uintptr_t handle =
        table.instantiate(table.user, module.bytes.data(), module.bytes.size());
    timer.end(Metric::InstantiateNs);
    if (handle == 0) {
      return decline(kernel, metrics, Metric::DeclineHostRefused, table.last_error(table.user));
    }
    CompiledStage stage;
    stage.entry = Entry(host, handle);
    stage.bytes = std::move(module.bytes);
    kernel.compiled.push_back(std::move(stage));
    metrics.add(Metric::JitCompiles);
  }
  kernel.tier = kernel.source.max_tier;
  kernel.host = host->description();
}

}  // namespace

Result<std::shared_ptr<const Kernel>> compile(Source source, const HostPtr& host,
                                              std::string why_no_host, Metrics& metrics) {
  auto kernel = std::make_shared<Kernel>();
  kernel->source = std::move(source);
  const Source& s = kernel->source;

  PhaseTimer timer(kernel->times);
  ME_TRY(const lang::Ast ast, lang::parse(s.text, s.dialect));
  timer.end(Metric::ParseNs);
  if (env::dumps("ast")) dump("ast", lang::print(ast));
  ME_TRY(const lang::TypedProgram typed, lang::infer(ast, s.signature, s.dialect));
  timer.end(Metric::InferNs);
  if (env::dumps("typed")) dump("typed", lang::print(typed));
  ME_TRY(kernel->program, ir::build(typed));
  timer.end(Metric::BuildNs);
  ir::run_passes(kernel->program);
  timer.end(Metric::PassesNs);
  if (env::dumps("ir")) dump("ir", ir::print(kernel->program));
#ifndef NDEBUG
  const std::string illegal = ir::verify(kernel->program);
  if (!illegal.empty()) std::fprintf(stderr, "%s\n", illegal.c_str());
  ME_ASSERT(illegal.empty());
#endif
  for (std::size_t i = 0; i < kernel->program.stages.size(); ++i) {
    kernel->stages.push_back(interp::schedule(kernel->program, i));
    kernel->reads.push_back(operands_read(kernel->program.stages[i]));
  }
  timer.end(Metric::ScheduleNs);
  metrics.add(Metric::Compiles);
  instantiate(*kernel, host, std::move(why_no_host), metrics);
  kernel->times.count(metrics);
  return std::shared_ptr<const Kernel>(std::move(kernel));
}

std::string stage_text(const Kernel& kernel, std::string_view stage) {
  const Source& s = kernel.source;
  if (stage == "ir") return ir::print(kernel.program);
  if (stage == "wasm") {
    std::string text;
    for (const CompiledStage& c : kernel.compiled) text += wasm::to_text(c.bytes);
    return text;
  }
  if (stage != "ast" && stage != "typed") return {};
  const auto ast = lang::parse(s.text, s.dialect);
  if (!ast) return {};
  if (stage == "ast") return lang::print(*ast);
  const auto typed = lang::infer(*ast, s.signature, s.dialect);
  return typed ? lang::print(*typed) : std::string{};
}

}  // namespace me::jit
