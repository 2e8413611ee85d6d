// What moves a kernel from tier to tier: requests, its profile, and what takes its code away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "jit/runtime/compile_job.h"
#include "jit/runtime/engine.h"
#include "jit/kernel.h"

namespace me::jit {

// A job that nobody has begun, for the engine's host.
CompileJobPtr make_job(Engine& engine, const Kernel& kernel, Tier tier);

// Compiles now; the kernel's code when it is of this tier or a better one, else null: the kernel's
// decline says why.
CodePtr compile_to(Engine& engine, const Kernel& kernel, Tier tier);

// Compiles in the engine's queue.
CompileJobPtr compile_async(Engine& engine, const Kernel& kernel, Tier tier);

// Back to the interpreter: at once for new evaluations, from their next chunk on for those under way,
// and code that is being compiled now will not be installed. Kernels of the Profiled policy start anew.
void invalidate(Engine& engine, const Kernel& kernel);

// The same, because `code` turned out not to work; nothing if it was replaced already.
void deoptimize(Engine& engine, const Kernel& kernel, const Code* code, std::string why);

// The same, because an evaluation brings operands, by slot, that the code assumes to be one value and that
// are not. The kernel's code assumes nothing from then on.
void break_assumption(Engine& engine, const Kernel& kernel, const Code* code, std::uint64_t operands);

// An evaluation begins, or calls that were made elsewhere: promotes when that is deserved.
void record_calls(Engine& engine, const Kernel& kernel, std::uint64_t calls);

// `items` items went or will go through `stage`.
void record_work(Engine& engine, const Kernel& kernel, std::size_t stage, std::int64_t items);

// The interpreter has done `work` steps times items in a loop.
void record_steps(Engine& engine, const Kernel& kernel, std::int64_t work);

// Whether evaluations pick their code anew at this item: where a chunk begins.
bool is_osr_edge(std::int64_t offset);

// Whether an evaluation may move to the kernel's code at this item.
bool can_osr(const Kernel& kernel, std::int64_t offset);

}  // namespace me::jit
