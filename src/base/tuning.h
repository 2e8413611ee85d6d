// Limits and thresholds in one place. Nothing here changes a result; limits may refuse an input.
#pragma once

#include <cstddef>
#include <cstdint>

namespace me::tuning {

// Front end: refuse absurd texts before they cost memory or stack.
constexpr std::size_t kMaxSourceBytes = 1 << 20;  // 1 MiB of expression or kernel text
constexpr unsigned kMaxNesting = 200;             // parentheses, calls, unary chains; recursion depth
constexpr std::size_t kMaxNodes = 1 << 16;        // AST nodes of one program
constexpr unsigned kMaxBlockNesting = 31;         // nested statements of a kernel
constexpr std::size_t kMaxParams = 1024;          // declared variables
// Strings: bytes of one element, whatever computes it.
constexpr std::size_t kMaxTextBytes = 1 << 16;
constexpr std::size_t kMaxStages = 256;           // passes over the data: reductions that cannot share one
// Back ends
constexpr std::size_t kMaxJitInstructions = 20000;  // larger programs stay in the interpreter: code
                                                    // generation time grows with size
// Of machine code in one loop, roughly: engines take a time for it that grows faster than it does.
constexpr std::size_t kMaxJitCode = 20000;
constexpr std::int64_t kDefaultWhileCap = 10'000'000;  // iterations of one while loop per element

// Evaluation: one chunk is one leaf of the reduction order (vmath/reduce_order.h), small enough for
// L1/L2 caches and for V8 to replace baseline code between calls.
constexpr std::int64_t kChunkItems = 4096;
// Chunks of strings that are computed one by one stay below this; a reduction needs whole leaves.
constexpr std::size_t kTextChunkBytes = 1 << 20;
// The interpreter runs a chunk in blocks of this many items: with 8-byte lanes a block is 4 KiB, so
// that a dozen live values stay in a 64 KiB share of L2 and the operands in L1.
constexpr std::int64_t kInterpBlockItems = 512;
// Strings wider than 8 bytes make blocks shorter (but not than 8 items): bytes of one buffer.
constexpr std::size_t kInterpTextBytes = 1 << 16;

// The choice between interpreter and JIT (jit/tier_choice.h): how often a loop's body counts, and which
// part of the JIT's estimated cost the interpreter's must stay below.
constexpr double kEstimatedIterations = 8;
constexpr double kInterpreterMargin = 0.85;

// Threads: an evaluation gets one more for every such amount of work, in simple instructions, so that
// waking it does not cost more than it does.
constexpr std::int64_t kWorkPerThread = 1 << 18;
constexpr int kMaxThreads = 256;
// Leaves of a reduction that threads compute before they are combined.
constexpr std::int64_t kLeavesAtOnce = 4096;

// Promotion by profile, in items times instructions, of which the interpreter does some 1e9 a second;
// a call costs about as much as kCallWork of them.
constexpr std::uint64_t kCallWork = 1 << 9;
constexpr std::uint64_t kBaselineWork = 1 << 20;     // about 1 ms
constexpr std::uint64_t kOptimizingWork = 1 << 23;   // about 8 ms
// Loops that are interpreted, in steps times items: how much is done between two looks at the profile and
// at new code, and after how much in one chunk the rest is worth code of its own (about 2 ms).
constexpr std::int64_t kLoopPatience = 1 << 18;
constexpr std::int64_t kLoopEntryWork = 1 << 21;
// After so many chunks in a row that code has handed back for their slow paths, an evaluation leaves the
// others to the interpreter at once, but for one in kRedoRetry.
constexpr unsigned kRedoStreak = 4;
constexpr unsigned kRedoRetry = 32;
// Kernels whose code failed so often are not promoted by their profile any more.
constexpr std::uint64_t kMaxDeoptimizations = 3;

// Kernels that the engine's cache keeps; a kernel is some kilobytes.
constexpr std::size_t kCacheKernels = 256;
// The kernel cache on disk: modules of some kilobytes, machine code of some tens of them.
constexpr std::uint64_t kDiskCacheBytes = std::uint64_t{256} << 20;

}  // namespace me::tuning
