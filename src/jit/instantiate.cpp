// The two steps from a program to code.
//
// Enters: a program that the interpreter can run, a pointer width and a tier; then a host. Leaves: the
// bytes of one module for each stage; then their entries. Example: sum(a) - a is two modules, and code
// with two entries. Strings and programs that are too large are declined before any work.
// ME_DUMP=wasm prints the modules. Tested by tests/unit/instantiate_test.cpp and tests/golden.
#include "jit/instantiate.h"

#include <algorithm>
#include <cstdio>

#include "base/env.h"
#include "base/tuning.h"
#include "jit/tier_choice.h"
#include "wasm/lower.h"

namespace me::jit {
namespace {

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

}  // namespace

std::optional<Decline> unfit(const ir::Program& program) {
  if (has_text(program)) return Decline{Metric::DeclineStrings, "strings"};
  if (instruction_count(program) > tuning::kMaxJitInstructions) {
    return Decline{Metric::DeclineSize, "the program is too large to compile"};
  }
  return std::nullopt;
}

std::optional<Decline> obstacle(const ir::Program& program, Tier tier, const HostPtr& host,
                                const std::string& why_no_host, bool if_faster) {
  if (tier == Tier::Interpreter) {
    return Decline{Metric::DeclineDisabled, "the caller asked for the interpreter"};
  }
  if (!env::jit_enabled()) return Decline{Metric::DeclineDisabled, "ME_DSL_JIT=0"};
  if (auto why = unfit(program)) return why;
  if (!host) return Decline{Metric::DeclineNoHost, why_no_host};
  if (if_faster) {
    const interp::Simd simd = interp::simd_in_force();
    const TierCosts costs = estimate(program, simd);
    if (interpreter_is_faster(costs)) {
      return Decline{Metric::DeclineSlower, reason_for_interpreter(costs, simd)};
    }
  }
  return std::nullopt;
}

Steps<std::variant<Modules, Decline>> lower_steps(const ir::Program& program, int pointer_bits,
                                                  Tier tier) {
  if (auto why = unfit(program)) co_return std::move(*why);
  const wasm::Target target{pointer_bits == 64, tier == Tier::BaselineJit ? 0 : 1};
  Modules modules;
  modules.tier = tier;
  modules.pointer_bits = pointer_bits;
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    auto steps = wasm::lower_steps(program, i, target);
    while (steps.next()) co_await between_steps;
    auto& lowered = steps.result();
    if (auto* declined = std::get_if<wasm::Decline>(&lowered)) {
      co_return Decline{Metric::DeclineUnsupported, std::move(declined->reason)};
    }
    auto& module = std::get<wasm::Module>(lowered);
    modules.times += module.times;
    if (env::dumps("wasm")) {
      std::fprintf(stderr, "== wasm ==\n%s\n", wasm::to_text(module.bytes).c_str());
    }
    modules.stages.push_back(std::move(module.bytes));
    co_await between_steps;
  }
  co_return modules;
}

std::variant<Modules, Decline> lower(const ir::Program& program, int pointer_bits, Tier tier) {
  return lower_steps(program, pointer_bits, tier).finish();
}

std::variant<CodePtr, Decline> instantiate(Modules modules, const HostPtr& host) {
  const me_host& table = host->table_for(modules.tier);
  if (static_cast<int>(table.pointer_bits) != modules.pointer_bits) {
    return Decline{Metric::DeclineHostRefused, "the host takes modules of another pointer width"};
  }
  auto code = std::make_shared<Code>();
  code->tier = modules.tier;
  code->host = host;
  code->times = modules.times;
  code->assumed = modules.assumed;
  PhaseTimer timer(code->times);
  for (std::vector<std::uint8_t>& bytes : modules.stages) {
    const std::uintptr_t handle = table.instantiate(table.user, bytes.data(), bytes.size());
    if (handle == 0) return Decline{Metric::DeclineHostRefused, table.last_error(table.user)};
    code->stages.push_back({Entry(host, handle), std::move(bytes)});
  }
  timer.end(Metric::InstantiateNs);
  return CodePtr(std::move(code));
}

}  // namespace me::jit
