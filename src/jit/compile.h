// The compiler as one function: text in, kernel out.
#pragma once

#include <memory>
#include <variant>

#include "base/metrics.h"
#include "base/steps.h"
#include "jit/kernel.h"
#include "jit/module_shelf.h"

namespace me::jit {

// Compiles; `host` null means interpreter only, `why_no_host` then says why. Never fails because of
// the JIT: what it cannot take is counted by reason and stays in the interpreter. Modules are taken from
// `shelf`, where it is given and has them.
Result<std::shared_ptr<const Kernel>> compile(Source source, const HostPtr& host,
                                              const std::string& why_no_host,
                                              Metrics& metrics, ModuleShelf* shelf = nullptr);

// The kernel's modules for one tier: from `shelf`, where it is given and has them, or made now and put
// there.
std::variant<Modules, Decline> modules_of(const Kernel& kernel, Tier tier, int pointer_bits,
                                          ModuleShelf* shelf);

// Counts, and keeps for explain(), why the kernel has no code.
void decline(const Kernel& kernel, Metrics& metrics, Decline why);

// The kernel without code: the interpreter runs it.
Result<std::shared_ptr<Kernel>> prepare(Source source, Metrics& metrics);
// The same in steps, a phase or a part of one each. `metrics` outlives them.
Steps<Result<std::shared_ptr<Kernel>>> prepare_steps(Source source, Metrics& metrics);

// The text form of a stage of compilation: "ast", "typed", "ir", "wasm"; empty if there is none.
std::string stage_text(const Kernel& kernel, std::string_view stage);

}  // namespace me::jit
