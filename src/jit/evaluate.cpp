// The driver: arrays in, arrays out, chunk by chunk through compiled kernels or the interpreter.
//
// Enters: a kernel and strided arrays. Leaves: the output array, or the reason why not. Each stage runs
// over all items in chunks of kChunkItems (one leaf of the reduction order); operands that do not lie
// contiguously are copied chunk by chunk. A chunk that a kernel hands back (KernelStatus::Redo) is run
// again by the interpreter, whose slow paths give the same bits as anywhere else.
// Example: sum(a)*b over 10000 items is 3 calls of stage 0, one scalar, 3 calls of stage 1.
// Tested by tests/golden, tests/agree and tests/unit/evaluate_test.cpp.
#include "jit/evaluate.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/env.h"
#include "base/tuning.h"
#include "interp/vm.h"
#include "ir/kernel_abi.h"
#include "jit/axis_fold.h"
#include "jit/carried.h"
#include "jit/reductions.h"
#include "jit/shapes.h"
#include "vmath/tables.h"

namespace me::jit {
namespace {

static_assert(tuning::kChunkItems == ir::kLeafItems, "a chunk is one leaf of the reduction order");

constexpr std::size_t kChunkBytes = static_cast<std::size_t>(tuning::kChunkItems) * 16;
// Chunks of strings that are computed one by one stay below this; a reduction needs whole leaves.
constexpr std::size_t kTextChunkBytes = 1 << 20;

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

// The buffers of this thread that no evaluation uses: a C function that a kernel calls may evaluate another.
class ScratchLease {
 public:
  ScratchLease() : pool_(pool_of_thread()) {
    if (pool_.empty()) pool_.push_back(std::make_unique<Scratch>());
    scratch_ = std::move(pool_.back());
    pool_.pop_back();
  }
  ~ScratchLease() { pool_.push_back(std::move(scratch_)); }
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  Scratch& operator*() const { return *scratch_; }

 private:
  using Pool = std::vector<std::unique_ptr<Scratch>>;
  static Pool& pool_of_thread() {
    thread_local Pool pool;
    return pool;
  }
  Pool& pool_;
  std::unique_ptr<Scratch> scratch_;
};

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

const void* biased(const void* p, std::int64_t bias) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(bias));
}

bool is_array(const ir::OperandSlot& slot) {
  return slot.source == ir::OperandSource::Param || slot.source == ir::OperandSource::Fold ||
         slot.source == ir::OperandSource::Carried;
}

// One evaluation of one kernel.
class Call {
 public:
  Call(Engine& engine, const Kernel& kernel, Tier max_tier)
      : engine_(engine),
        kernel_(kernel),
        scratch_(*lease_),
        compiled_(max_tier != Tier::Interpreter && !kernel.compiled.empty()) {
    const std::size_t operands = kernel.program.operands.size();
    scratch_.tail.resize((operands + 1) * ir::kTailSlotBytes);
    scratch_.scalars.assign(kernel.program.scalars.size(), 0);
    scratch_.native_operands.resize(operands + 1);
    scratch_.kernel_operands.resize(operands + 1);
    native_ = context(0);
    if (compiled_) {
      bias_ = kernel.compiled.front().entry.address_bias();
      biased_ = context(bias_);
    }
    scratch_.native_operands[operands] = &native_;
    scratch_.kernel_operands[operands] = biased(&biased_, bias_);
    place_nothing();
  }

  ~Call() { scratch_.drop_large_chunks(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool compiled() const { return compiled_; }

  void set_scalar(std::size_t slot, Scalar value) {
    store_scalar(value, &scratch_.scalars[slot]);
  }

  // A value in array representation.
  void set_scalar_bytes(std::size_t slot, const char* bytes) {
    std::memcpy(&scratch_.scalars[slot], bytes, ir::kScalarBytes);
  }

  // Walks have an array for each operand slot.
  Outcome reduce(std::size_t stage, const Walk& walk) {
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

  // A fold whose walk goes through the items of one result after the other.
  Outcome fold_runs(std::size_t stage, const Walk& walk, std::int64_t length, char* results) {
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

  // A fold whose walk goes through rows of items, one for each of `width` results; so many results
  // that a row is longer than a chunk are folded in turns.
  Outcome fold_rows(std::size_t stage, const Walk& walk, std::int64_t width, char* results) {
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

  const ir::Reduction& fold_of(std::size_t stage) const {
    return kernel_.program.stages[stage].fold;
  }

  // A fold of no items, to `count` results.
  Outcome fold_nothing(std::size_t stage, std::int64_t count, char* results) {
    const ir::Reduction& code = kernel_.program.stages[stage].fold;
    ME_TRY_VOID(check_empty(code.op));
    const std::size_t size = size_of(result_dtype(code));
    if (count > 0) fold_identity(code, results);
    for (std::int64_t i = 1; i < count; ++i) {
      std::memcpy(results + static_cast<std::size_t>(i) * size, results, size);
    }
    return Unit{};
  }

  // The last stage, to array `out` of the walk.
  Outcome map(std::size_t stage, const Walk& walk, std::size_t out) {
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
      const bool aliased = compiled_ && direct != nullptr && is_operand(direct);
      const std::size_t bytes = static_cast<std::size_t>(count) * item_bytes;
      char* const target =
          direct == nullptr || aliased ? scratch_.chunk(operands, bytes) : direct;
      ME_TRY_VOID(outcome_of(run(stage, target, first, count)));
      if (target != direct) walk.scatter(out, first, count, target);
    }
    return Unit{};
  }

  // The last stage of a uniform result: one item, no operand is read.
  Outcome map_one(std::size_t stage, void* out) {
    place_nothing();
    return outcome_of(run(stage, out, 0, 1));
  }

 private:
  // Items of one call of a map stage: fewer than a leaf where strings are wide.
  std::int64_t map_chunk_items(std::size_t widest) const {
    for (const ir::OperandSlot& slot : kernel_.program.operands) {
      widest = std::max(widest, size_of(slot.dtype, slot.width));
    }
    const auto fit = static_cast<std::int64_t>(kTextChunkBytes / std::max<std::size_t>(widest, 1));
    return std::clamp<std::int64_t>(fit, 1, tuning::kChunkItems);
  }

  ir::KernelContext context(std::int64_t bias) const {
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

  void place(std::size_t operand, const void* data) {
    scratch_.native_operands[operand] = data;
    scratch_.kernel_operands[operand] = biased(data, bias_);
  }

  // Operands that nobody reads have an address nevertheless.
  void place_nothing() {
    alignas(16) static constexpr char kNothing[16] = {};
    for (std::size_t i = 0; i < kernel_.program.operands.size(); ++i) place(i, kNothing);
  }

  void place_operands(std::size_t stage, const Walk& walk, std::int64_t first,
                      std::int64_t count) {
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

  // The values that a fold's stage stores for items [first, first + count).
  Outcome compute(std::size_t stage, const Walk& walk, std::int64_t first, std::int64_t count,
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

  bool is_operand(const char* data) const {
    const auto& all = scratch_.native_operands;
    return std::find(all.begin(), all.end() - 1, data) != all.end() - 1;
  }

  ir::KernelStatus run(std::size_t stage, void* out, std::int64_t first, std::int64_t count) {
    native_.first_item = first;
    if (compiled_) {
      biased_.first_item = first;
      const std::int32_t status = kernel_.compiled[stage].entry.call(
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

  Outcome check_empty(Op op) const {
    if (!kernel_.program.empty_extremum_is_error) return Unit{};
    if (op != Op::Min && op != Op::Max && op != Op::Argmin && op != Op::Argmax) return Unit{};
    return failure(Status::EmptyReduction, "zero-size array to reduction operation " +
                                               std::string(info_of(op).spelling) +
                                               "() which has no identity");
  }

  void deliver(std::size_t stage, std::size_t reduction, const LeafFold& fold) {
    const auto& scalars = kernel_.program.scalars;
    for (std::size_t s = 0; s < scalars.size(); ++s) {
      if (scalars[s].source == ir::ScalarSource::Reduction && scalars[s].stage == stage &&
          scalars[s].reduction == reduction) {
        set_scalar(s, fold.finish(scalars[s].part));
      }
    }
  }

  Engine& engine_;
  const Kernel& kernel_;
  ScratchLease lease_;
  Scratch& scratch_;
  bool compiled_;
  std::int64_t bias_ = 0;
  ir::KernelContext native_{};
  ir::KernelContext biased_{};
};

// Runs a program's script over the items of a walk.
class ScriptRun {
 public:
  ScriptRun(Engine& engine, const Kernel& kernel, Call& call, Carried& carried, Walk& walk)
      : engine_(engine),
        kernel_(kernel),
        program_(kernel.program),
        call_(call),
        carried_(carried),
        walk_(walk),
        iterations_(program_.counter_count, 0),
        scalar_of_(program_.carried.size(), 0),
        operand_of_(program_.carried.size(), 0) {
    for (std::size_t s = 0; s < program_.scalars.size(); ++s) {
      const ir::ScalarSlot& slot = program_.scalars[s];
      if (slot.source == ir::ScalarSource::Carried) scalar_of_[slot.param] = s;
    }
    for (std::size_t i = 0; i < program_.operands.size(); ++i) {
      const ir::OperandSlot& slot = program_.operands[i];
      if (slot.source == ir::OperandSource::Carried) operand_of_[slot.param] = i;
    }
  }

  // `target`: the walk's array for the back of each varying entry.
  Outcome run(const std::vector<std::size_t>& target) {
    for (std::size_t at = 0; at < program_.script.size();) {
      const ir::Command& c = program_.script[at++];
      switch (c.kind) {
        case ir::CommandKind::Run: ME_TRY_VOID(stage(c.index, target)); break;
        case ir::CommandKind::Commit:
          carried_.commit([&](std::uint32_t entry) { show(entry, target); });
          break;
        case ir::CommandKind::EnterLoop: iterations_[c.index] = 0; break;
        case ir::CommandKind::Jump: at = c.target; break;
        case ir::CommandKind::JumpUnless:
          if (!carried_.is_true(c.index)) at = c.target;
          break;
        case ir::CommandKind::Tick: ME_TRY_VOID(tick(c)); break;
        case ir::CommandKind::Fail:
          if (!carried_.is_true(c.index)) break;
          return outcome_of(static_cast<ir::KernelStatus>(c.target));
        case ir::CommandKind::Call: {
          const ir::CallSite& site = program_.calls[c.index];
          carried_.call(site, kernel_.source.signature.callouts[site.callout]);
          show(site.result, target);
          break;
        }
        case ir::CommandKind::Print:
          engine_.print(carried_.text_of(program_.prints[c.index]));
          break;
      }
    }
    return Unit{};
  }

 private:
  Outcome stage(std::size_t index, const std::vector<std::size_t>& target) {
    const ir::Stage& stage = program_.stages[index];
    if (stage.is_reduction()) return call_.reduce(index, walk_);
    carried_.stored(stage.target);
    if (program_.carried[stage.target].uniform) {
      return call_.map_one(index, carried_.back(stage.target));
    }
    return call_.map(index, walk_, target[stage.target]);
  }

  // Stages read the entry's front from now on.
  void show(std::uint32_t entry, const std::vector<std::size_t>& target) {
    if (program_.carried[entry].uniform) {
      call_.set_scalar_bytes(scalar_of_[entry], carried_.front(entry));
      return;
    }
    walk_.rebind(operand_of_[entry], carried_.front(entry));
    walk_.rebind(target[entry], carried_.back(entry));
  }

  Outcome tick(const ir::Command& c) {
    const std::int64_t cap = env::while_cap();
    const bool counts = c.target == static_cast<std::uint32_t>(ir::TickKind::While);
    if (counts && cap > 0 && ++iterations_[c.index] > cap) {
      return outcome_of(ir::KernelStatus::WhileCap);
    }
    if (engine_.interrupt_flag() != 0) return outcome_of(ir::KernelStatus::Interrupted);
    return Unit{};
  }

  Engine& engine_;
  const Kernel& kernel_;
  const ir::Program& program_;
  Call& call_;
  Carried& carried_;
  Walk& walk_;
  std::vector<std::int64_t> iterations_;
  std::vector<std::size_t> scalar_of_;   // per uniform entry
  std::vector<std::size_t> operand_of_;  // per varying entry
};

bool same_layout(const ArrayView& a, const ArrayView& b) {
  if (a.data != b.data || a.ndim != b.ndim || a.item_bytes() != b.item_bytes()) return false;
  // A string is written while others are read: its kernels do not go through their items in step.
  if (is_text(a.dtype) || is_text(b.dtype)) return false;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] != b.shape[d] || a.strides[d] != b.strides[d]) return false;
  }
  return true;
}

bool same_shape(const ArrayView& a, const ArrayView& b) {
  return a.ndim == b.ndim && std::equal(a.shape.begin(), a.shape.begin() + a.ndim, b.shape.begin());
}

bool overlap(const ArrayView& a, const ArrayView& b) {
  const ByteRange x = bytes_of(a);
  const ByteRange y = bytes_of(b);
  return x.begin < y.end && y.begin < x.end;
}

// A C-order copy of `a` in `memory`.
ArrayView copy_of(const ArrayView& a, std::vector<char>& memory) {
  memory.resize(static_cast<std::size_t>(a.item_count()) * a.item_bytes());
  Walk walk(a);
  const std::size_t index = walk.add(a);
  walk.gather(index, 0, a.item_count(), memory.data());
  ArrayView copy = a;
  copy.data = memory.data();
  copy.set_c_order();
  return copy;
}

// The values of index symbols over the items of a call.
class Index {
 public:
  // `where`: nullptr if the items are all there are.
  Index(const ArrayView& space, const IndexSpace* where) : ndim_(space.ndim) {
    std::uint64_t step = 1;  // wraps for arrays that no memory holds
    std::uint64_t flat = 0;
    for (int d = ndim_; d-- > 0;) {
      extent_[d] = where ? where->shape[d] : space.shape[d];
      start_[d] = where ? where->start[d] : 0;
      flat_step_[d] = static_cast<std::int64_t>(step);
      flat += static_cast<std::uint64_t>(start_[d]) * step;
      step *= static_cast<std::uint64_t>(extent_[d]);
    }
    flat_start_ = static_cast<std::int64_t>(flat);
  }

  std::int64_t extent(std::uint32_t axis) const {
    return axis < static_cast<std::uint32_t>(ndim_) ? extent_[axis] : 1;
  }
  std::int64_t ndim() const { return ndim_; }

  void add_flat(Walk& walk) const { walk.add_index(flat_start_, flat_step_); }
  void add_to(Walk& walk, const ir::OperandSlot& slot) const {
    if (slot.source == ir::OperandSource::FlatIndex) return add_flat(walk);
    Extents steps{};
    const bool exists = slot.param < static_cast<std::uint32_t>(ndim_);
    if (exists) steps[slot.param] = 1;
    walk.add_index(exists ? start_[slot.param] : 0, steps);
  }

 private:
  int ndim_;
  Extents extent_{};
  Extents start_{};
  Extents flat_step_{};
  std::int64_t flat_start_ = 0;
};

// An array of all items of the space.
ArrayView carried_view(const ArrayView& space, char* data, DType dtype, std::uint32_t width) {
  ArrayView view = space;
  view.data = data;
  view.dtype = dtype;
  view.itemsize = is_text(dtype) ? size_of(dtype, width) : 0;
  view.set_c_order();
  return view;
}

Outcome check(const Kernel& kernel, std::span<const ArrayView> inputs, const ArrayView& out) {
  const auto& params = kernel.source.signature.params;
  if (inputs.size() != params.size()) {
    return failure(Status::VarMismatch, "the kernel takes " + std::to_string(params.size()) +
                                            " arrays, " + std::to_string(inputs.size()) +
                                            " were given");
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const DType want = params[i].dtype;
    if (want != DType::Auto && inputs[i].dtype != want) {
      return failure(Status::TypeError, "'" + params[i].name + "' was compiled as " +
                                            std::string(name_of(want)) + ", not " +
                                            std::string(name_of(inputs[i].dtype)));
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t want = params[i].itemsize;
    if (!is_text(params[i].dtype) || inputs[i].itemsize == want) continue;
    return failure(Status::TypeError, "'" + params[i].name + "' was compiled with " +
                                          std::to_string(want) + " bytes per string, not " +
                                          std::to_string(inputs[i].itemsize));
  }
  const std::size_t item_bytes = size_of(kernel.program.result, kernel.program.result_width);
  if (out.dtype == kernel.program.result && out.item_bytes() != item_bytes) {
    return failure(Status::TypeError, "the result has " + std::to_string(item_bytes) +
                                          " bytes per string, not " +
                                          std::to_string(out.item_bytes()));
  }
  if (out.dtype != kernel.program.result) {
    return failure(Status::TypeError, "the result is " + std::string(name_of(kernel.program.result)) +
                                          ", not " + std::string(name_of(out.dtype)));
  }
  return Unit{};
}

// `a` laid over `space`, with axes in another order.
ArrayView transposed(const ArrayView& a, const ArrayView& space, const std::vector<int>& order) {
  ArrayView t = a;
  t.ndim = space.ndim;
  const int shift = space.ndim - a.ndim;
  for (int to = 0; to < space.ndim; ++to) {
    const int d = order[static_cast<std::size_t>(to)] - shift;
    const bool repeated = d < 0 || a.shape[d] != space.shape[d + shift];
    t.shape[to] = space.shape[d + shift];
    t.strides[to] = repeated ? 0 : a.strides[d];
  }
  return t;
}

// The axis along which the arrays' items lie closest; the last of several.
int fastest_axis(const ArrayView& space, const std::vector<ArrayView>& arrays) {
  int best = space.ndim - 1;
  std::uint64_t least = ~std::uint64_t{0};
  for (int axis = space.ndim; axis-- > 0;) {
    std::uint64_t steps = 0;
    for (const ArrayView& a : arrays) {
      const int d = axis - (space.ndim - a.ndim);
      if (d < 0 || a.shape[d] == 1) continue;
      const std::int64_t step = a.strides[d];
      steps += step < 0 ? -static_cast<std::uint64_t>(step) : static_cast<std::uint64_t>(step);
    }
    if (steps == 0 || steps >= least) continue;
    least = steps;
    best = axis;
  }
  return best;
}

// Folds a stage's values along the reduced axes into `result`. The walk follows the arrays' layout:
// results one by one where a result's items lie closest, rows of results else.
Outcome fold_axes(Call& call, std::size_t stage, const DomainShape& shape,
                  const std::vector<ArrayView>& operands, const std::vector<bool>& reads,
                  const ArrayView& result) {
  const ArrayView& space = shape.space;
  const std::int64_t results = result.item_count();
  if (shape.combined == 0) return call.fold_nothing(stage, results, result.data);
  if (results == 0) return Unit{};
  std::vector<ArrayView> arrays;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (reads[i]) arrays.push_back(operands[i]);
  }
  const int fastest = fastest_axis(space, arrays);
  const bool by_rows = results > 1 && !is_complex(call.fold_of(stage).dtype) &&
                       !shape.is_reduced[static_cast<std::size_t>(std::max(fastest, 0))];
  std::vector<int> order;
  for (const bool reduced : {by_rows, !by_rows}) {
    for (int d = 0; d < space.ndim; ++d) {
      if (shape.is_reduced[static_cast<std::size_t>(d)] == reduced) order.push_back(d);
    }
  }
  Walk walk(transposed(space, space, order));
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (reads[i]) walk.add(transposed(operands[i], space, order));
    else walk.add_index(0, {});
  }
  walk.simplify();
  return by_rows ? call.fold_rows(stage, walk, results, result.data)
                 : call.fold_runs(stage, walk, shape.combined, result.data);
}

}  // namespace

Outcome evaluate(Engine& engine, const Kernel& kernel, std::span<const ArrayView> inputs,
                 const ArrayView& out, Tier max_tier, std::int64_t items, const IndexSpace* where) {
  const ir::Program& program = kernel.program;
  ME_TRY_VOID(check(kernel, inputs, out));

  // The call is that of all arrays, read by the program or not: a kernel's sum(a | -1) counts a's items.
  ArrayView call_space;
  if (uses_whole_call(program)) {
    ME_TRY_VOID(call_shape(kernel, inputs, &call_space));
    const auto& params = kernel.source.signature.params;
    const bool no_arrays = std::all_of(params.begin(), params.end(),
                                       [](const Param& p) { return p.uniform; });
    if (no_arrays && items >= 0) {
      call_space = ArrayView::flat(nullptr, DType::Bool, items);
    } else if (no_arrays && !program.result_uniform) {
      call_space = out;
    }
  }
  ME_TRY(const std::vector<DomainShape> shapes, shapes_of(program, inputs, &call_space));
  const std::size_t last = program.stages.size() - 1;
  const ArrayView& result_space = shapes[program.stages[last].domain].space;
  if (!program.result_uniform && !same_shape(result_space, out)) {
    return failure(Status::Shape, "the output does not have the operands' shape");
  }

  // Operands that the output overlaps in any way but exactly are copied first.
  std::vector<std::vector<char>> memory;  // of copies and of the results of folds
  memory.reserve(program.operands.size());
  std::vector<ArrayView> operands(program.operands.size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (program.operands[i].source == ir::OperandSource::Param) {
      operands[i] = inputs[program.operands[i].param];
    }
  }
  for (const std::uint32_t slot : kernel.reads[last]) {
    const ArrayView& a = operands[slot];
    if (program.operands[slot].source != ir::OperandSource::Param || program.result_uniform) continue;
    if (overlap(a, out) && !same_layout(a, out)) operands[slot] = copy_of(a, memory.emplace_back());
  }

  const Index index(call_space, where);
  Call call(engine, kernel, max_tier);
  for (std::size_t s = 0; s < program.scalars.size(); ++s) {
    const ir::ScalarSlot& slot = program.scalars[s];
    if (slot.source == ir::ScalarSource::Count) {
      call.set_scalar(s, Scalar::of_int(DType::Int64, shapes[slot.domain].combined));
    } else if (slot.source == ir::ScalarSource::Param) {
      const char* part = inputs[slot.param].data + slot.part * size_of(slot.dtype);
      call.set_scalar(s, load_scalar(slot.dtype, part));
    } else if (slot.source == ir::ScalarSource::Extent) {
      call.set_scalar(s, Scalar::of_int(DType::Int64, index.extent(slot.param)));
    } else if (slot.source == ir::ScalarSource::Ndim) {
      call.set_scalar(s, Scalar::of_int(DType::Int64, index.ndim()));
    }
  }

  // The operands that a stage reads, over its space; the others are in the walk for their places.
  Carried carried(program, shapes[0].space.item_count());
  const auto walk_over = [&](const ArrayView& space, const std::vector<bool>& reads) {
    Walk walk(space);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const ir::OperandSlot& slot = program.operands[i];
      if (!reads[i]) {
        walk.add_index(0, {});
        continue;
      }
      switch (slot.source) {
        case ir::OperandSource::Param:
        case ir::OperandSource::Fold: walk.add(operands[i]); break;
        case ir::OperandSource::Position:
        case ir::OperandSource::FlatIndex: index.add_to(walk, slot); break;
        case ir::OperandSource::Item: Index(space, nullptr).add_flat(walk); break;
        case ir::OperandSource::Carried:
          walk.add(carried_view(space, carried.front(slot.param), slot.dtype, slot.width));
          break;
      }
    }
    return walk;
  };
  const auto reads_of = [&](std::size_t stage) {
    std::vector<bool> reads(operands.size(), false);
    for (const std::uint32_t slot : kernel.reads[stage]) reads[slot] = true;
    return reads;
  };

  engine.metrics().add(call.compiled() ? Metric::JitExecutions : Metric::InterpreterExecutions);
  if (!program.script.empty()) {
    // The order of items is C order for scripts, whatever the layout.
    Walk in_order = walk_over(call_space, std::vector<bool>(operands.size(), true));
    std::vector<std::size_t> targets(program.carried.size(), 0);
    for (std::uint32_t i = 0; i < targets.size(); ++i) {
      const ir::Local& local = program.carried[i];
      if (local.uniform) continue;
      targets[i] = in_order.add(carried_view(call_space, carried.back(i), local.dtype, local.width));
    }
    in_order.simplify();
    ME_TRY_VOID(ScriptRun(engine, kernel, call, carried, in_order).run(targets));
  } else {
    for (std::size_t s = 0; s < last; ++s) {
      const ir::Stage& stage = program.stages[s];
      const DomainShape& shape = shapes[stage.domain];
      if (stage.is_fold()) {
        ArrayView& result = operands[program.domains[stage.domain].result];
        result = shape.result;
        std::vector<char>& bytes = memory.emplace_back();
        bytes.resize(static_cast<std::size_t>(result.item_count()) * size_of(result.dtype));
        result.data = bytes.data();
        ME_TRY_VOID(fold_axes(call, s, shape, operands, reads_of(s), result));
        continue;
      }
      // The order of items is C order, whatever the layout.
      Walk in_order = walk_over(shape.space, reads_of(s));
      in_order.simplify();
      ME_TRY_VOID(call.reduce(s, in_order));
    }
  }
  if (program.result_uniform) return call.map_one(last, out.data);
  Walk any_order = walk_over(result_space, reads_of(last));
  const std::size_t target = any_order.add(out);
  any_order.simplify(target);
  return call.map(last, any_order, target);
}

}  // namespace me::jit
