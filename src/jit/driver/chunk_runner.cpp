// One thread's part of an evaluation, a chunk at a time.
//
// Enters: a stage, where its operands' items lie, where the results go. Leaves: results and a status.
// Operands that do not lie contiguously are copied chunk by chunk. A chunk that a kernel hands back
// (KernelStatus::Redo) is run again by the interpreter, whose slow paths give the same bits as anywhere
// else. Buffers stay with the thread, so that a call needs no memory of its own.
// Tested by tests/golden, tests/agree and tests/unit/evaluate_test.cpp.
#include "jit/driver/chunk_runner.h"

#include <algorithm>
#include <cstring>

#include "base/env.h"
#include "base/tuning.h"
#include "ir/assume_uniform.h"
#include "jit/runtime/tiers.h"
#include "vmath/tables.h"

namespace me::jit {
namespace {

static_assert(tuning::kChunkItems == ir::kLeafItems, "a chunk is one leaf of the reduction order");

constexpr std::size_t kChunkBytes = static_cast<std::size_t>(tuning::kChunkItems) * 16;

const void* biased(const void* p, std::int64_t bias) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(bias));
}

bool is_array(const ir::OperandSlot& slot) {
  return slot.source == ir::OperandSource::Param || slot.source == ir::OperandSource::Fold ||
         slot.source == ir::OperandSource::Carried;
}

template <class T>
void grow(std::vector<T>& v, std::size_t size) {
  if (v.size() < size) v.resize(size);
}

std::uint64_t* own_scalars(Scratch& scratch, std::size_t count) {
  grow(scratch.scalars, count);
  std::fill_n(scratch.scalars.begin(), count, 0);
  return scratch.scalars.data();
}

std::vector<std::unique_ptr<Scratch>>& pool_of_thread() {
  thread_local std::vector<std::unique_ptr<Scratch>> pool;
  return pool;
}

}  // namespace

char* Scratch::chunk(std::size_t i, std::size_t bytes) {
  grow(chunks, i + 1);
  Chunk& c = chunks[i];
  bytes = std::max(bytes, kChunkBytes);
  if (c.bytes < bytes) {
    c.bytes = 0;
    c.data = std::make_unique<char[]>(bytes);
    c.bytes = bytes;
  }
  return c.data.get();
}

void Scratch::drop_large_chunks() {
  for (Chunk& c : chunks) {
    if (c.bytes > tuning::kTextChunkBytes) c = {};
  }
}

ScratchLease::ScratchLease() {
  auto& pool = pool_of_thread();
  if (pool.empty()) pool.push_back(std::make_unique<Scratch>());
  scratch_ = std::move(pool.back());
  pool.pop_back();
}

ScratchLease::~ScratchLease() { pool_of_thread().push_back(std::move(scratch_)); }

ChunkRunner::ChunkRunner(Engine& engine, const Kernel& kernel, Tier max_tier)
    : engine_(engine),
      kernel_(kernel),
      scratch_(*lease_),
      use_(kernel.code),
      allows_code_(max_tier != Tier::Interpreter),
      is_profiled_(allows_code_ && kernel.source.policy == TierPolicy::Profiled),
      scalars_(own_scalars(scratch_, kernel.program.scalars.size() +
                                         (is_profiled_ ? 2 * kernel.program.operands.size() : 0))),
      while_cap_(kernel.plan.counts_while ? env::while_cap() : 0) {
  prepare();
  const Tier tier = code_ != nullptr ? code_->tier : Tier::Interpreter;
  kernel.profile->calls[static_cast<std::size_t>(tier)].fetch_add(1, std::memory_order_relaxed);
  if (tier == Tier::BaselineJit) engine.metrics().add(Metric::BaselineExecutions);
  if (tier == Tier::AotOptimized) engine.metrics().add(Metric::AotExecutions);
  if (is_profiled_) record_calls(engine, kernel, 1);
}

ChunkRunner::ChunkRunner(const ChunkRunner& main)
    : engine_(main.engine_),
      kernel_(main.kernel_),
      scratch_(*lease_),
      use_(main.kernel_.code),
      allows_code_(main.allows_code_),
      is_profiled_(main.is_profiled_),
      scalars_(main.scalars_),
      uniform_(main.uniform_),
      while_cap_(main.while_cap_) {
  prepare();
}

ChunkRunner::~ChunkRunner() {
  if (jit_chunks_ != 0) engine_.metrics().add(Metric::JitChunks, jit_chunks_);
  scratch_.drop_large_chunks();
}

void ChunkRunner::prepare() {
  const std::size_t operands = kernel_.program.operands.size();
  grow(scratch_.tail, (operands + 1) * ir::kTailSlotBytes);
  grow(scratch_.native_operands, operands + 1);
  grow(scratch_.kernel_operands, operands + 1);
  native_ = context(0);
  scratch_.native_operands[operands] = &native_;
  place_all_nowhere();
  follow_code();
}

void ChunkRunner::follow_code() {
  const Code* now = allows_code_ ? use_.current() : nullptr;
  if (now != nullptr && now->is_withdrawn()) {
    deoptimize(engine_, kernel_, now, "the host was withdrawn");
    now = nullptr;
  }
  if (now != nullptr && (now->assumed & ~uniform_) != 0) {
    break_assumption(engine_, kernel_, now, now->assumed & ~uniform_);
    now = nullptr;
  }
  if (now != nullptr && engine_.dice().falls(128)) now = nullptr;
  if (now == code_) return;
  code_ = now;
  if (now != nullptr && ran_chunks_) {
    kernel_.profile->osr_entries.fetch_add(1, std::memory_order_relaxed);
    engine_.metrics().add(Metric::OsrEntries);
  }
  if (code_ == nullptr) return;
  bias_ = code_->address_bias();
  biased_ = context(bias_);
  const std::size_t operands = kernel_.program.operands.size();
  for (std::size_t i = 0; i < operands; ++i) place(i, scratch_.native_operands[i]);
  scratch_.kernel_operands[operands] = biased(&biased_, bias_);
}

ir::KernelContext ChunkRunner::context(std::int64_t bias) const {
  const auto address = [&](const void* p) {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(biased(p, bias)));
  };
  ir::KernelContext c{};
  c.tables = address(&vmath::kTables);
  c.scalars = address(scalars_);
  c.scratch = address(scratch_.tail.data());
  c.interrupt = address(&engine_.interrupt_flag());
  c.while_cap = while_cap_;
  return c;
}

void ChunkRunner::place(std::size_t operand, const void* data) {
  scratch_.native_operands[operand] = data;
  scratch_.kernel_operands[operand] = biased(data, bias_);
}

template <class ItemOf>
void ChunkRunner::see_operands(std::size_t stage, std::int64_t items, ItemOf uniform_item) {
  filled_ = 0;
  redo_streak_ = 0;
  uniform_ = ~std::uint64_t{0};
  // No other kernel's code assumes anything, and without items there is nothing to look at.
  if (!is_profiled_ || items == 0) return;
  std::uint64_t seen = 0;
  for (const std::uint32_t i : kernel_.reads[stage]) {
    const ir::OperandSlot& slot = kernel_.program.operands[i];
    if (i >= ir::kAssumableOperands) break;
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char* const item = slot.source == ir::OperandSource::Param ? uniform_item(i) : nullptr;
    if (item == nullptr) {
      uniform_ &= ~bit;
      continue;
    }
    seen |= bit;
    const unsigned parts = is_complex(slot.dtype) ? 2 : 1;
    const std::size_t bytes = size_of(slot.dtype) / parts;
    for (unsigned part = 0; part < parts && !is_text(slot.dtype); ++part) {
      const std::size_t at = ir::scalar_of_operand(kernel_.program.scalars.size(), i, part);
      std::memcpy(&scalars_[at], item + part * bytes, bytes);
    }
  }
  if (items <= 1) return;  // says nothing
  kernel_.profile->uniform.fetch_or(seen, std::memory_order_relaxed);
  kernel_.profile->varied.fetch_or(~uniform_, std::memory_order_relaxed);
}

void ChunkRunner::begin_stage(std::size_t stage, const Walk& walk) {
  see_operands(stage, walk.item_count(),
               [&](std::size_t i) { return walk.is_uniform(i) ? walk.first_item(i) : nullptr; });
}

void ChunkRunner::begin_stage(std::size_t stage, const FlatOperands& flat) {
  see_operands(stage, flat.items, [&](std::size_t i) { return flat.items == 1 ? flat.data[i] : nullptr; });
}

const char* ChunkRunner::gathered(std::size_t i, const Walk& walk, std::int64_t first, std::int64_t count) {
  const std::uint64_t bit = i < ir::kAssumableOperands && walk.is_uniform(i) ? std::uint64_t{1} << i : 0;
  if (count > filled_items_ || filled_ == 0) {
    filled_ = 0;
    filled_items_ = count;
  }
  char* const chunk = scratch_.chunk(i, static_cast<std::size_t>(count) * kernel_.plan.item_bytes[i]);
  if ((filled_ & bit) == 0) walk.gather(i, first, count, chunk);
  filled_ |= bit;
  return chunk;
}

void ChunkRunner::place_nothing() {
  follow_code();
  place_all_nowhere();
}

void ChunkRunner::place_all_nowhere() {
  alignas(16) static constexpr char kNothing[16] = {};
  for (std::size_t i = 0; i < kernel_.program.operands.size(); ++i) place(i, kNothing);
}

void ChunkRunner::place_operands(std::size_t stage, const Walk& walk, std::int64_t first,
                                 std::int64_t count) {
  if (is_profiled_) record_work(engine_, kernel_, stage, count);
  follow_code();
  for (const std::uint32_t i : kernel_.reads[stage]) {
    if (!is_array(kernel_.program.operands[i])) {
      walk.fill(i, first, count, reinterpret_cast<std::int64_t*>(scratch_.chunk(i)));
      place(i, scratch_.chunk(i));
      continue;
    }
    const char* const data = walk.contiguous(i, first, count);
    place(i, data != nullptr ? data : gathered(i, walk, first, count));
  }
}

void ChunkRunner::place_operands(std::size_t stage, const FlatOperands& flat, std::int64_t first,
                                 std::int64_t count) {
  if (is_profiled_) record_work(engine_, kernel_, stage, count);
  follow_code();
  for (const std::uint32_t i : kernel_.reads[stage]) {
    place(i, flat.data[i] + first * static_cast<std::int64_t>(kernel_.plan.item_bytes[i]));
  }
}

bool ChunkRunner::is_operand(const void* data) const {
  const auto begin = scratch_.native_operands.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(kernel_.program.operands.size());
  return std::find(begin, end, data) != end;
}

bool ChunkRunner::expects_redo() {
  return redo_streak_ >= tuning::kRedoStreak && ++spared_chunks_ % tuning::kRedoRetry != 0;
}

ir::KernelStatus ChunkRunner::run(std::size_t stage, void* out, std::int64_t first,
                                  std::int64_t count) {
  native_.first_item = first;
  ran_chunks_ = true;
  if (code_ != nullptr && !expects_redo()) {
    biased_.first_item = first;
    const std::int32_t status = code_->stages[stage].entry.call(
        scratch_.kernel_operands.data(), out, count);
    ++jit_chunks_;
    redo_streak_ = status == static_cast<std::int32_t>(ir::KernelStatus::Redo) ? redo_streak_ + 1 : 0;
    // A host that failed (a trap, no memory) loses the chunk and the code, not the result.
    if (status > 0 && status != static_cast<std::int32_t>(ir::KernelStatus::Redo)) {
      return static_cast<ir::KernelStatus>(status);
    }
    if (status == 0) return ir::KernelStatus::Done;
    engine_.metrics().add(Metric::RedoneChunks);
    if (status < 0) {
      const me_host& host = code_->host->table();
      deoptimize(engine_, kernel_, code_,
                 "the host failed: " + std::string(host.last_error(host.user)));
    }
  }
  if (allows_code_ && code_ == nullptr && kernel_.stages[stage].counter_count > 0 &&
      kernel_.stages[stage].reductions.empty()) {
    return run_watched({engine_, kernel_, use_, is_profiled_, scratch_.native_operands.data(), native_,
                        scratch_.workspace, scratch_.entry},
                       stage, out, count);
  }
  return interp::run(kernel_.stages[stage], scratch_.native_operands.data(), out, count,
                     scratch_.workspace);
}

}  // namespace me::jit
