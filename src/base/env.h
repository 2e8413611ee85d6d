// The environment variables that mejit reads, each once per call site: the only getenv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace me::env {

// ME_DUMP: comma list of ast, typed, ir, wasm; prints each stage to stderr.
bool dumps(std::string_view stage);
// ME_DSL_JIT: "0" keeps every kernel in the interpreter.
bool jit_enabled();
// ME_DSL_TRACE: any value but "0" prints compile and fall-back decisions to stderr.
bool trace();
// ME_DSL_WHILE_MAX_ITERS: iterations of one while loop per element; <= 0 means no limit.
std::int64_t while_cap();
// ME_LOOP_ENTRY_WORK: after how much work in the interpreter, in steps times items, a loop is entered in
// code that the kernel has; 0 is at its first repetition, where tests want it.
std::int64_t loop_entry_work();
// ME_TIER_DICE: a seed; at random chunks the interpreter runs although there is code, and loops are entered at
// random repetitions. For tests: no result changes. 0, the default: nothing is left to chance.
std::uint64_t tier_dice();
// ME_WASMTIME: path of the Wasmtime library for native kernels.
std::optional<std::string> wasmtime_path();
// ME_WASMTIME_QUICK: any value but "0" has Wasmtime make machine code fast instead of fast machine code.
bool quick_machine_code();
// ME_NUM_THREADS: threads of an evaluation; 0 is all processors, the default 1.
int num_threads();
// ME_SIMD: the widest vectors for the interpreter's elementary functions: 128, avx2 or avx512.
std::optional<std::string> simd();
// Where the kernel cache on disk is wished: ME_CACHE_DIR, or with ME_CACHE=1 the conventional directory.
// Nothing if neither is set, or ME_CACHE=0.
std::optional<std::string> cache_directory();
// mejit below XDG_CACHE_HOME or ~/.cache; nothing without a home.
std::optional<std::string> conventional_cache_directory();

}  // namespace me::env
