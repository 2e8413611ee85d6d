// The one place with the order of the stages.
//
// Enters: a Source. Leaves: a Kernel that the interpreter can run, plus host entries for its stages when
// there is a host and it takes them. ME_DUMP=ast,typed,ir,wasm prints what each stage made; the same
// text comes from stage_text. Tested by tests/golden and tests/agree.
#include "jit/compile.h"

#include <cstdio>
#include <set>

#include "base/env.h"
#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "jit/instantiate.h"
#include "lang/frontend.h"
#include "wasm/lower.h"

namespace me::jit {
namespace {

void dump(std::string_view stage, const std::string& text) {
  std::fprintf(stderr, "== %.*s ==\n%s\n", static_cast<int>(stage.size()), stage.data(),
               text.c_str());
}

std::vector<std::uint32_t> operands_read(const ir::Stage& stage) {
  std::set<std::uint32_t> slots;
  for (const ir::Inst& inst : stage.insts) {
    if (inst.kind == ir::InstKind::Operand) slots.insert(inst.index);
  }
  return {slots.begin(), slots.end()};
}

// The source whose compilation gives code of this tier: what its modules are kept under. Of all that
// promises another tier, nothing is left in it.
Source source_of_tier(const Source& source, Tier tier) {
  Source wanted = source;
  if (tier == source.max_tier) return wanted;
  wanted.max_tier = tier;
  wanted.fastest = false;
  return wanted;
}

// Whether modules that were found do for this tier.
bool serves(const Modules& found, const ir::Program& program, Tier tier) {
  return found.stages.size() == program.stages.size() &&
         (found.tier == Tier::BaselineJit) == (tier == Tier::BaselineJit);
}

// Gives the kernel code of the wished tier, all stages or none.
void compile_to_host(const Kernel& kernel, const HostPtr& host, const std::string& why_no_host,
                     Metrics& metrics, ModuleShelf* shelf) {
  const bool if_faster = kernel.source.fastest && (shelf == nullptr || !shelf->is_chosen());
  if (auto why = obstacle(kernel.program, kernel.source.max_tier, host, why_no_host, if_faster)) {
    return decline(kernel, metrics, std::move(*why));
  }
  const int pointer_bits = static_cast<int>(host->table().pointer_bits);
  auto modules = modules_of(kernel, kernel.source.max_tier, pointer_bits, shelf);
  if (auto* why = std::get_if<Decline>(&modules)) return decline(kernel, metrics, std::move(*why));
  auto code = instantiate(std::get<Modules>(std::move(modules)), host);
  if (auto* why = std::get_if<Decline>(&code)) return decline(kernel, metrics, std::move(*why));
  CodePtr& compiled = std::get<CodePtr>(code);
  metrics.add(Metric::JitCompiles, compiled->stages.size());
  compiled->times.count(metrics);
  kernel.code.install(std::move(compiled));
}

}  // namespace

std::variant<Modules, Decline> modules_of(const Kernel& kernel, Tier tier, int pointer_bits,
                                          ModuleShelf* shelf) {
  if (shelf == nullptr) return lower(kernel.program, pointer_bits, tier);
  const Source source = source_of_tier(kernel.source, tier);
  auto found = shelf->find(source, pointer_bits);
  if (found && serves(*found, kernel.program, tier)) return std::move(*found);
  auto made = lower(kernel.program, pointer_bits, tier);
  if (const auto* modules = std::get_if<Modules>(&made)) shelf->keep(source, *modules);
  return made;
}

void decline(const Kernel& kernel, Metrics& metrics, Decline why) {
  metrics.add(why.counter);
  if (env::trace()) std::fprintf(stderr, "[mejit] interpreter: %s\n", why.reason.c_str());
  kernel.code.set_decline(std::move(why.reason));
}

Steps<Result<std::shared_ptr<Kernel>>> prepare_steps(Source source, Metrics& metrics) {
  auto kernel = std::make_shared<Kernel>();
  kernel->source = std::move(source);
  const Source& s = kernel->source;

  PhaseTimer timer(kernel->times);
  auto parsing = lang::parse_steps(s.text, s.dialect);
  while (parsing.next()) co_await timer.step_of(Metric::ParseNs);
  const auto& ast = parsing.result();
  if (!ast) co_return ast.error();
  if (env::dumps("ast")) dump("ast", lang::print(*ast));
  co_await timer.step_of(Metric::ParseNs);
  auto inferring = lang::infer_steps(*ast, s.signature, s.dialect);
  while (inferring.next()) co_await timer.step_of(Metric::InferNs);
  const auto& typed = inferring.result();
  if (!typed) co_return typed.error();
  if (env::dumps("typed")) dump("typed", lang::print(*typed));
  co_await timer.step_of(Metric::InferNs);
  auto built = ir::build(*typed);
  if (!built) co_return built.error();
  kernel->program = std::move(*built);
  co_await timer.step_of(Metric::BuildNs);
  auto passes = ir::pass_steps(kernel->program);
  while (passes.next()) co_await timer.step_of(Metric::PassesNs);
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
    co_await timer.step_of(Metric::ScheduleNs);
  }
  kernel->plan = plan_calls(kernel->program);
  timer.end(Metric::ScheduleNs);
  metrics.add(Metric::Compiles);
  kernel->times.count(metrics);
  co_return kernel;
}

Result<std::shared_ptr<Kernel>> prepare(Source source, Metrics& metrics) {
  return prepare_steps(std::move(source), metrics).finish();
}

Result<std::shared_ptr<const Kernel>> compile(Source source, const HostPtr& host,
                                              const std::string& why_no_host,
                                              Metrics& metrics, ModuleShelf* shelf) {
  ME_TRY(std::shared_ptr<Kernel> kernel, prepare(std::move(source), metrics));
  if (kernel->source.policy == TierPolicy::Immediate) {
    compile_to_host(*kernel, host, why_no_host, metrics, shelf);
  }
  return std::shared_ptr<const Kernel>(std::move(kernel));
}

std::string stage_text(const Kernel& kernel, std::string_view stage) {
  const Source& s = kernel.source;
  if (stage == "ir") return ir::print(kernel.program);
  if (stage == "wasm") {
    std::string text;
    const CodePtr code = kernel.code.share();
    if (!code) return {};
    for (const CompiledStage& c : code->stages) text += wasm::to_text(c.bytes);
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
