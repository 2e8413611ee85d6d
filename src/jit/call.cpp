// One evaluation of one kernel.
//
// Enters: a stage and a walk over its items. Leaves: what it stores, or its reductions as scalars of later
// stages. A stage runs in chunks of kChunkItems (one leaf of the reduction order); operands that do not lie
// contiguously are copied chunk by chunk. A chunk that a kernel hands back (KernelStatus::Redo) is run
// again by the interpreter, whose slow paths give the same bits as anywhere else.
// Example: sum(a) over 10000 items is 3 calls of its stage and one scalar.
// Tested by tests/golden, tests/agree and tests/unit/evaluate_test.cpp.
#include "jit/call.h"

#include <algorithm>
#include <cstring>

#include "base/env.h"
#include "base/tuning.h"
#include "interp/vm.h"
#include "jit/axis_fold.h"
#include "vmath/tables.h"

namespace me::jit {
namespace {

static_assert(tuning::kChunkItems == ir::kLeafItems, "a chunk is one leaf of the reduction order");

constexpr std::size_t kChunkBytes = static_cast<std::size_t>(tuning::kChunkItems) * 16;
// Chunks of strings that are computed one by one stay below this; a reduction needs whole leaves.
constexpr std::size_t kTextChunkBytes = 1 << 20;

const void* biased(const void* p, std::int64_t bias) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(bias));
}

bool is_array(const ir::OperandSlot& slot) {
  return slot.source == ir::OperandSource::Param || slot.source == ir::OperandSource::Fold ||
         slot.source == ir::OperandSource::Carried;
}

}  // namespace

// Buffers of one evaluation, kept by the thread for the next one.
struct Scratch {
  interp::Workspace workspace;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t bytes = 0;
  };
  std::vector<Chunk> chunks;  // gathered operands, then the output
  std::vector<char> tail;                       // KernelContext::scratch
  std::vector<std::uint64_t> scalars;
  std::vector<const void*> native_operands;
  std::vector<const void*> kernel_operands;
  std::vector<char> slots;  // results of a leaf

  char* chunk(std::size_t i, std::size_t bytes = kChunkBytes) {
    if (chunks.size() <= i) chunks.resize(i + 1);
    Chunk& c = chunks[i];
    if (c.bytes < bytes || c.data == nullptr) {
      c.bytes = 0;
      c.data = std::make_unique<char[]>(std::max(bytes, kChunkBytes));
      c.bytes = std::max(bytes, kChunkBytes);
    }
    return c.data.get();
  }
  void drop_large_chunks() {
    for (Chunk& c : chunks) {
      if (c.bytes > kTextChunkBytes) c = {};
    }
  }
};

namespace {

std::vector<std::unique_ptr<Scratch>>& pool_of_thread() {
  thread_local std::vector<std::unique_ptr<Scratch>> pool;
  return pool;
}

}  // namespace

ScratchLease::ScratchLease() {
  auto& pool = pool_of_thread();
  if (pool.empty()) pool.push_back(std::make_unique<Scratch>());
  scratch_ = std::move(pool.back());
  pool.pop_back();
}

ScratchLease::~ScratchLease() { pool_of_thread().push_back(std::move(scratch_)); }

Diagnostic failure(Status status, std::string message) {
  return {status, {}, std::move(message), "", false};
}

Outcome outcome_of(ir::KernelStatus status) {
  switch (status) {
    case ir::KernelStatus::Done:
    case ir::KernelStatus::Redo: return Unit{};
    case ir::KernelStatus::WhileCap:
      return failure(Status::WhileCap, "a while loop reached its iteration limit");
    case ir::KernelStatus::Interrupted: return failure(Status::Interrupted, "interrupted");
    case ir::KernelStatus::ZeroStep:
      return failure(Status::ZeroStep, "range() step must not be zero");
    case ir::KernelStatus::MissingReturn:
      return failure(Status::MissingReturn, "an element took a path without return");
  }
  return failure(Status::InvalidArg, "unknown kernel status");
}

Call::Call(Engine& engine, const Kernel& kernel, Tier max_tier)
    : engine_(engine),
      kernel_(kernel),
      scratch_(*lease_),
      use_(kernel.code),
      allows_code_(max_tier != Tier::Interpreter) {
  const std::size_t operands = kernel.program.operands.size();
  scratch_.tail.resize((operands + 1) * ir::kTailSlotBytes);
  scratch_.scalars.assign(kernel.program.scalars.size(), 0);
  scratch_.native_operands.resize(operands + 1);
  scratch_.kernel_operands.resize(operands + 1);
  native_ = context(0);
  scratch_.native_operands[operands] = &native_;
  place_nothing();
  follow_code();
}

Call::~Call() { scratch_.drop_large_chunks(); }

void Call::set_scalar(std::size_t slot, Scalar value) {
  store_scalar(value, &scratch_.scalars[slot]);
}

void Call::set_scalar_bytes(std::size_t slot, const char* bytes) {
  std::memcpy(&scratch_.scalars[slot], bytes, ir::kScalarBytes);
}

Outcome Call::reduce(std::size_t stage, const Walk& walk) {
  const ir::Stage& code = kernel_.program.stages[stage];
  scratch_.slots.resize(code.reductions.size() * ir::kReductionSlotBytes);
  std::vector<LeafFold> folds(code.reductions.begin(), code.reductions.end());
  const std::int64_t items = walk.item_count();
  for (std::int64_t first = 0; first < items; first += tuning::kChunkItems) {
    const std::int64_t count = std::min(tuning::kChunkItems, items - first);
    place_operands(stage, walk, first, count);
    ME_TRY_VOID(outcome_of(run(stage, scratch_.slots.data(), first, count)));
    for (std::size_t r = 0; r < folds.size(); ++r) {
      folds[r].push(&scratch_.slots[r * ir::kReductionSlotBytes]);
    }
  }
  for (std::size_t r = 0; r < folds.size(); ++r) {
    if (items == 0) ME_TRY_VOID(check_empty(code.reductions[r].op));
    deliver(stage, r, folds[r]);
  }
  return Unit{};
}

Outcome Call::fold_runs(std::size_t stage, const Walk& walk, std::int64_t length, char* results) {
  RunFold fold(kernel_.program.stages[stage].fold, length, results);
  const std::int64_t items = walk.item_count();
  for (std::int64_t first = 0; first < items;) {
    const std::int64_t count = fold.next(items - first);
    const char* values = nullptr;
    ME_TRY_VOID(compute(stage, walk, first, count, &values));
    fold.push(values, count);
    first += count;
  }
  return Unit{};
}

Outcome Call::fold_rows(std::size_t stage, const Walk& walk, std::int64_t width, char* results) {
  const ir::Reduction& code = kernel_.program.stages[stage].fold;
  const auto size = static_cast<std::int64_t>(size_of(result_dtype(code)));
  const std::int64_t turns = (width + tuning::kChunkItems - 1) / tuning::kChunkItems;
  const std::int64_t step = (width + turns - 1) / turns;
  const std::int64_t rows = walk.item_count() / width;
  RowFold fold(code, step, rows);
  for (std::int64_t at = 0; at < width; at += step) {
    const std::int64_t n = std::min(step, width - at);
    fold.begin(n);
    for (std::int64_t row = 0; row < rows;) {
      const std::int64_t count = turns == 1 ? fold.next(rows - row, tuning::kChunkItems) : 1;
      const char* values = nullptr;
      ME_TRY_VOID(compute(stage, walk, row * width + at, count * n, &values));
      fold.push(values, count);
      row += count;
    }
    fold.finish(results + at * size);
  }
  return Unit{};
}

const ir::Reduction& Call::fold_of(std::size_t stage) const {
  return kernel_.program.stages[stage].fold;
}

Outcome Call::fold_nothing(std::size_t stage, std::int64_t count, char* results) {
  const ir::Reduction& code = kernel_.program.stages[stage].fold;
  ME_TRY_VOID(check_empty(code.op));
  const std::size_t size = size_of(result_dtype(code));
  if (count > 0) fold_identity(code, results);
  for (std::int64_t i = 1; i < count; ++i) {
    std::memcpy(results + static_cast<std::size_t>(i) * size, results, size);
  }
  return Unit{};
}

Outcome Call::map(std::size_t stage, const Walk& walk, std::size_t out) {
  const std::size_t operands = kernel_.program.operands.size();
  const ir::Stage& code = kernel_.program.stages[stage];
  const std::size_t item_bytes = size_of(ir::stored_dtype(kernel_.program, code),
                                         ir::stored_width(kernel_.program, code));
  const std::int64_t step = map_chunk_items(item_bytes);
  const std::int64_t items = walk.item_count();
  for (std::int64_t first = 0; first < items; first += step) {
    const std::int64_t count = std::min(step, items - first);
    place_operands(stage, walk, first, count);
    char* const direct = walk.contiguous(out, first, count);
    // A kernel may give a chunk up (Redo, a trap) after it has written to it: the operands must
    // still be there for the interpreter.
    const bool aliased = code_ != nullptr && direct != nullptr && is_operand(direct);
    const std::size_t bytes = static_cast<std::size_t>(count) * item_bytes;
    char* const target =
        direct == nullptr || aliased ? scratch_.chunk(operands, bytes) : direct;
    ME_TRY_VOID(outcome_of(run(stage, target, first, count)));
    if (target != direct) walk.scatter(out, first, count, target);
  }
  return Unit{};
}

Outcome Call::map_one(std::size_t stage, void* out) {
  follow_code();
  place_nothing();
  return outcome_of(run(stage, out, 0, 1));
}

std::int64_t Call::map_chunk_items(std::size_t widest) const {
  for (const ir::OperandSlot& slot : kernel_.program.operands) {
    widest = std::max(widest, size_of(slot.dtype, slot.width));
  }
  const auto fit = static_cast<std::int64_t>(kTextChunkBytes / std::max<std::size_t>(widest, 1));
  return std::clamp<std::int64_t>(fit, 1, tuning::kChunkItems);
}

ir::KernelContext Call::context(std::int64_t bias) const {
  const auto address = [&](const void* p) {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(biased(p, bias)));
  };
  ir::KernelContext c{};
  c.tables = address(&vmath::kTables);
  c.scalars = address(scratch_.scalars.data());
  c.scratch = address(scratch_.tail.data());
  c.interrupt = address(&engine_.interrupt_flag());
  c.while_cap = env::while_cap();
  return c;
}

void Call::follow_code() {
  const Code* const now = allows_code_ ? use_.current() : nullptr;
  if (now == code_) return;
  code_ = now;
  if (code_ == nullptr) return;
  bias_ = code_->address_bias();
  biased_ = context(bias_);
  const std::size_t operands = kernel_.program.operands.size();
  for (std::size_t i = 0; i < operands; ++i) place(i, scratch_.native_operands[i]);
  scratch_.kernel_operands[operands] = biased(&biased_, bias_);
}

void Call::place(std::size_t operand, const void* data) {
  scratch_.native_operands[operand] = data;
  scratch_.kernel_operands[operand] = biased(data, bias_);
}

void Call::place_nothing() {
  alignas(16) static constexpr char kNothing[16] = {};
  for (std::size_t i = 0; i < kernel_.program.operands.size(); ++i) place(i, kNothing);
}

void Call::place_operands(std::size_t stage, const Walk& walk, std::int64_t first,
                    std::int64_t count) {
  follow_code();
  for (const std::uint32_t i : kernel_.reads[stage]) {
    if (!is_array(kernel_.program.operands[i])) {
      walk.fill(i, first, count, reinterpret_cast<std::int64_t*>(scratch_.chunk(i)));
      place(i, scratch_.chunk(i));
      continue;
    }
    const char* data = walk.contiguous(i, first, count);
    if (data == nullptr) {
      const ir::OperandSlot& slot = kernel_.program.operands[i];
      const std::size_t item_bytes = size_of(slot.dtype, slot.width);
      char* const chunk = scratch_.chunk(i, static_cast<std::size_t>(count) * item_bytes);
      walk.gather(i, first, count, chunk);
      data = chunk;
    }
    place(i, data);
  }
}

Outcome Call::compute(std::size_t stage, const Walk& walk, std::int64_t first, std::int64_t count,
                const char** values) {
  place_operands(stage, walk, first, count);
  const ir::Stage& code = kernel_.program.stages[stage];
  const bool copies = code.insts.size() == 2 && !is_bool(code.fold.dtype) &&
                      code.insts[0].kind == ir::InstKind::Operand &&
                      kernel_.program.operands[code.insts[0].index].dtype == code.fold.dtype;
  if (copies) {
    *values = static_cast<const char*>(scratch_.native_operands[code.insts[0].index]);
    return Unit{};
  }
  char* const chunk = scratch_.chunk(kernel_.program.operands.size());
  *values = chunk;
  return outcome_of(run(stage, chunk, first, count));
}

bool Call::is_operand(const char* data) const {
  const auto& all = scratch_.native_operands;
  return std::find(all.begin(), all.end() - 1, data) != all.end() - 1;
}

ir::KernelStatus Call::run(std::size_t stage, void* out, std::int64_t first, std::int64_t count) {
  native_.first_item = first;
  if (code_ != nullptr) {
    biased_.first_item = first;
    const std::int32_t status = code_->stages[stage].entry.call(
        scratch_.kernel_operands.data(), out, count);
    engine_.metrics().add(Metric::JitChunks);
    // A host that failed (a trap, no memory) loses the chunk, not the result.
    if (status > 0 && status != static_cast<std::int32_t>(ir::KernelStatus::Redo)) {
      return static_cast<ir::KernelStatus>(status);
    }
    if (status == 0) return ir::KernelStatus::Done;
    engine_.metrics().add(Metric::RedoneChunks);
  }
  return interp::run(kernel_.stages[stage], scratch_.native_operands.data(), out, count,
                     scratch_.workspace);
}

Outcome Call::check_empty(Op op) const {
  if (!kernel_.program.empty_extremum_is_error) return Unit{};
  if (op != Op::Min && op != Op::Max && op != Op::Argmin && op != Op::Argmax) return Unit{};
  return failure(Status::EmptyReduction, "zero-size array to reduction operation " +
                                             std::string(info_of(op).spelling) +
                                             "() which has no identity");
}

void Call::deliver(std::size_t stage, std::size_t reduction, const LeafFold& fold) {
  const auto& scalars = kernel_.program.scalars;
  for (std::size_t s = 0; s < scalars.size(); ++s) {
    if (scalars[s].source == ir::ScalarSource::Reduction && scalars[s].stage == stage &&
        scalars[s].reduction == reduction) {
      set_scalar(s, fold.finish(scalars[s].part));
    }
  }
}

}  // namespace me::jit
