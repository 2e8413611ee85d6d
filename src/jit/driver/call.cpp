// One evaluation of one kernel.
//
// Enters: a stage and a walk over its items. Leaves: what it stores, or its reductions as scalars of later
// stages. A stage runs in chunks of kChunkItems (one leaf of the reduction order, jit/driver/chunk_runner.h).
// Example: sum(a) over 10000 items is 3 calls of its stage and one scalar.
// Tested by tests/golden, tests/agree and tests/unit/evaluate_test.cpp.
#include "jit/driver/call.h"

#include <algorithm>
#include <cstring>

#include "base/tuning.h"
#include "jit/driver/axis_fold.h"
#include "jit/driver/parallel.h"

namespace me::jit {

namespace {

// A kernel may give a chunk up (Redo, a trap) after it has written to it: the operands must still be
// there for the interpreter.
bool must_copy(const ChunkRunner& runner, const char* out) {
  return runner.compiled() && runner.is_operand(out);
}

}  // namespace

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
    : engine_(engine), kernel_(kernel), runner_(engine, kernel, max_tier) {}

int Call::threads_for(std::size_t stage, std::int64_t items, std::int64_t pieces) const {
  const int setting = thread_count();
  if (setting <= 1 || pieces <= 1) return 1;
  const std::int64_t per_item = kernel_.plan.work[stage];
  const std::int64_t enough = items / std::max<std::int64_t>(tuning::kWorkPerThread / per_item, 1);
  return static_cast<int>(std::clamp<std::int64_t>(std::min(enough, pieces), 1, setting));
}

ir::KernelStatus Call::run_pieces(int threads, std::int64_t count, const Work& work) {
  Pieces pieces(count);
  const auto draw = [&](ChunkRunner& runner) {
    for (std::int64_t piece; (piece = pieces.next()) >= 0;) {
      const ir::KernelStatus status = work(runner, piece);
      if (status != ir::KernelStatus::Done) pieces.fail(piece, status);
    }
  };
  run_in_threads(threads - 1, [&](bool is_caller) {
    if (is_caller) return draw(runner_);
    ChunkRunner runner(runner_);
    draw(runner);
  });
  return pieces.status();
}

template <class Chunk>
ir::KernelStatus Call::each_chunk(int threads, std::int64_t begin, std::int64_t end,
                                  std::int64_t step, const Chunk& chunk) {
  const auto run = [&](ChunkRunner& runner, std::int64_t from, std::int64_t to) {
    for (std::int64_t first = from; first < to; first += step) {
      if (stops_before(first)) return ir::KernelStatus::Interrupted;
      const ir::KernelStatus status = chunk(runner, first, std::min(step, to - first));
      if (status != ir::KernelStatus::Done) return status;
    }
    return ir::KernelStatus::Done;
  };
  if (threads <= 1) return run(runner_, begin, end);
  const std::int64_t chunks = (end - begin + step - 1) / step;
  const std::int64_t per_piece = std::clamp<std::int64_t>(chunks / (threads * 8), 1, 64) * step;
  const std::int64_t pieces = (end - begin + per_piece - 1) / per_piece;
  return run_pieces(threads, pieces, [&](ChunkRunner& runner, std::int64_t piece) {
    const std::int64_t from = begin + piece * per_piece;
    return run(runner, from, std::min(end, from + per_piece));
  });
}

void Call::set_scalar(std::size_t slot, Scalar value) {
  store_scalar(value, &runner_.scalars()[slot]);
}

void Call::set_scalar_bytes(std::size_t slot, const char* bytes) {
  std::memcpy(&runner_.scalars()[slot], bytes, ir::kScalarBytes);
}

template <class Value>
void Call::deliver(std::size_t stage, std::size_t reduction, const Value& value) {
  const auto& scalars = kernel_.program.scalars;
  for (std::size_t s = 0; s < scalars.size(); ++s) {
    if (scalars[s].source == ir::ScalarSource::Reduction && scalars[s].stage == stage &&
        scalars[s].reduction == reduction) {
      set_scalar(s, value(scalars[s].part));
    }
  }
}

template <class Operands>
Outcome Call::reduce_items(std::size_t stage, const Operands& operands, std::int64_t items) {
  runner_.begin_stage(stage, operands);
  const auto& reductions = kernel_.program.stages[stage].reductions;
  std::vector<char>& slots = runner_.scratch().slots;
  slots.resize(reductions.size() * ir::kReductionSlotBytes);
  const auto slot = [&](std::size_t r) { return &slots[r * ir::kReductionSlotBytes]; };
  if (items > 0 && items <= tuning::kChunkItems) {
    runner_.place_operands(stage, operands, 0, items);
    ME_TRY_VOID(outcome_of(runner_.run(stage, slots.data(), 0, items)));
    for (std::size_t r = 0; r < reductions.size(); ++r) {
      deliver(stage, r, [&](unsigned part) { return leaf_value(reductions[r], slot(r), part); });
    }
    return Unit{};
  }
  std::vector<LeafFold> folds(reductions.begin(), reductions.end());
  const std::int64_t leaves = (items + tuning::kChunkItems - 1) / tuning::kChunkItems;
  const int threads = threads_for(stage, items, leaves);
  const std::int64_t at_once =
      threads > 1 ? std::min(leaves, tuning::kLeavesAtOnce) * tuning::kChunkItems : tuning::kChunkItems;
  const std::size_t leaf_bytes = slots.size();
  slots.resize(leaf_bytes * static_cast<std::size_t>(at_once / tuning::kChunkItems));
  for (std::int64_t begin = 0; begin < items; begin += at_once) {
    const std::int64_t end = std::min(items, begin + at_once);
    const auto leaf = [&](std::int64_t first) {
      return &slots[leaf_bytes * static_cast<std::size_t>((first - begin) / tuning::kChunkItems)];
    };
    ME_TRY_VOID(outcome_of(each_chunk(
        threads, begin, end, tuning::kChunkItems,
        [&](ChunkRunner& runner, std::int64_t first, std::int64_t count) {
          runner.place_operands(stage, operands, first, count);
          return runner.run(stage, leaf(first), first, count);
        })));
    for (std::int64_t first = begin; first < end; first += tuning::kChunkItems) {
      for (std::size_t r = 0; r < folds.size(); ++r) {
        folds[r].push(leaf(first) + r * ir::kReductionSlotBytes);
      }
    }
  }
  for (std::size_t r = 0; r < folds.size(); ++r) {
    if (items == 0) ME_TRY_VOID(check_empty(reductions[r].op));
    deliver(stage, r, [&](unsigned part) { return folds[r].finish(part); });
  }
  return Unit{};
}

Outcome Call::reduce(std::size_t stage, const Walk& walk) {
  return reduce_items(stage, walk, walk.item_count());
}

Outcome Call::reduce(std::size_t stage, const FlatOperands& flat) {
  return reduce_items(stage, flat, flat.items);
}

Outcome Call::fold_runs(std::size_t stage, const Walk& walk, std::int64_t length, char* results) {
  runner_.begin_stage(stage, walk);
  const ir::Reduction& code = fold_of(stage);
  const std::int64_t count = walk.item_count() / length;
  const int threads = threads_for(stage, walk.item_count(), count);
  // Several pieces for each thread, as none is known to be as fast as the others.
  const std::int64_t step = threads > 1 ? std::max<std::int64_t>(count / (threads * 8), 1) : count;
  const auto fold_piece = [&](ChunkRunner& runner, std::int64_t piece) {
    const std::int64_t begin = piece * step;
    const std::int64_t end = std::min(count, begin + step) * length;
    RunFold fold(code, length, results + begin * static_cast<std::int64_t>(size_of(result_dtype(code))));
    for (std::int64_t first = begin * length; first < end;) {
      const std::int64_t items = fold.next(end - first);
      const char* values = nullptr;
      const auto status = compute(runner, stage, walk, first, items, &values);
      if (status != ir::KernelStatus::Done) return status;
      fold.push(values, items);
      first += items;
    }
    return ir::KernelStatus::Done;
  };
  return outcome_of(run_pieces(threads, (count + step - 1) / step, fold_piece));
}

Outcome Call::fold_rows(std::size_t stage, const Walk& walk, std::int64_t width, char* results) {
  runner_.begin_stage(stage, walk);
  const auto size = static_cast<std::int64_t>(size_of(result_dtype(fold_of(stage))));
  const std::int64_t turns = (width + tuning::kChunkItems - 1) / tuning::kChunkItems;
  const std::int64_t step = (width + turns - 1) / turns;
  const int threads = threads_for(stage, walk.item_count(), turns);
  return outcome_of(run_pieces(threads, turns, [&](ChunkRunner& runner, std::int64_t turn) {
    const std::int64_t at = turn * step;
    const std::int64_t n = std::min(step, width - at);
    if (n <= 0) return ir::KernelStatus::Done;
    return fold_columns(runner, stage, walk, {at, n, width}, results + at * size);
  }));
}

ir::KernelStatus Call::fold_columns(ChunkRunner& runner, std::size_t stage, const Walk& walk,
                                    Columns columns, char* results) const {
  const std::int64_t rows = walk.item_count() / columns.width;
  const std::int64_t at_once = columns.count == columns.width ? tuning::kChunkItems : columns.count;
  RowFold fold(kernel_.program.stages[stage].fold, columns.count, rows);
  fold.begin(columns.count);
  for (std::int64_t row = 0; row < rows;) {
    const std::int64_t count = fold.next(rows - row, at_once);
    const char* values = nullptr;
    const auto status = compute(runner, stage, walk, row * columns.width + columns.first,
                                count * columns.count, &values);
    if (status != ir::KernelStatus::Done) return status;
    fold.push(values, count);
    row += count;
  }
  fold.finish(results);
  return ir::KernelStatus::Done;
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
  runner_.begin_stage(stage, walk);
  const std::size_t operands = kernel_.program.operands.size();
  const ir::Stage& code = kernel_.program.stages[stage];
  const std::size_t item_bytes = size_of(ir::stored_dtype(kernel_.program, code),
                                         ir::stored_width(kernel_.program, code));
  const std::int64_t step = map_chunk_items(item_bytes);
  const std::int64_t items = walk.item_count();
  // Items that share memory are written in order.
  const int threads = walk.is_injective(out) ? threads_for(stage, items, items / step) : 1;
  return outcome_of(each_chunk(
      threads, 0, items, step, [&](ChunkRunner& runner, std::int64_t first, std::int64_t count) {
        runner.place_operands(stage, walk, first, count);
        char* const direct = walk.contiguous(out, first, count);
        const std::size_t bytes = static_cast<std::size_t>(count) * item_bytes;
        const bool copy = direct == nullptr || must_copy(runner, direct);
        char* const target = copy ? runner.scratch().chunk(operands, bytes) : direct;
        const ir::KernelStatus status = runner.run(stage, target, first, count);
        if (copy && status == ir::KernelStatus::Done) walk.scatter(out, first, count, target);
        return status;
      }));
}

Outcome Call::map(std::size_t stage, const FlatOperands& flat, char* out) {
  runner_.begin_stage(stage, flat);
  const std::size_t operands = kernel_.program.operands.size();
  const auto item_bytes = static_cast<std::int64_t>(size_of(kernel_.program.result));
  const int threads = threads_for(stage, flat.items, flat.items / tuning::kChunkItems);
  return outcome_of(each_chunk(
      threads, 0, flat.items, tuning::kChunkItems,
      [&](ChunkRunner& runner, std::int64_t first, std::int64_t count) {
        runner.place_operands(stage, flat, first, count);
        char* const direct = out + first * item_bytes;
        const bool copy = must_copy(runner, direct);
        char* const target = copy ? runner.scratch().chunk(operands) : direct;
        const ir::KernelStatus status = runner.run(stage, target, first, count);
        if (copy && status == ir::KernelStatus::Done) {
          std::memcpy(direct, target, static_cast<std::size_t>(count * item_bytes));
        }
        return status;
      }));
}

Outcome Call::map_one(std::size_t stage, void* out) {
  runner_.place_nothing();
  return outcome_of(runner_.run(stage, out, 0, 1));
}

std::int64_t Call::map_chunk_items(std::size_t widest) const {
  for (const ir::OperandSlot& slot : kernel_.program.operands) {
    widest = std::max(widest, size_of(slot.dtype, slot.width));
  }
  const auto fit = static_cast<std::int64_t>(tuning::kTextChunkBytes / std::max<std::size_t>(widest, 1));
  return std::clamp<std::int64_t>(fit, 1, tuning::kChunkItems);
}

ir::KernelStatus Call::compute(ChunkRunner& runner, std::size_t stage, const Walk& walk,
                               std::int64_t first, std::int64_t count, const char** values) const {
  if (stops_before(first)) return ir::KernelStatus::Interrupted;
  runner.place_operands(stage, walk, first, count);
  const ir::Stage& code = kernel_.program.stages[stage];
  const bool copies = code.insts.size() == 2 && !is_bool(code.fold.dtype) &&
                      code.insts[0].kind == ir::InstKind::Operand &&
                      kernel_.program.operands[code.insts[0].index].dtype == code.fold.dtype;
  if (copies) {
    *values = static_cast<const char*>(runner.operand(code.insts[0].index));
    return ir::KernelStatus::Done;
  }
  char* const chunk = runner.scratch().chunk(kernel_.program.operands.size());
  *values = chunk;
  return runner.run(stage, chunk, first, count);
}

Outcome Call::check_empty(Op op) const {
  if (!kernel_.program.empty_extremum_is_error) return Unit{};
  if (op != Op::Min && op != Op::Max && op != Op::Argmin && op != Op::Argmax) return Unit{};
  return failure(Status::EmptyReduction, "zero-size array to reduction operation " +
                                             std::string(info_of(op).spelling) +
                                             "() which has no identity");
}

}  // namespace me::jit
