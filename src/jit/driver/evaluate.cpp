// The driver: arrays in, arrays out, stage by stage.
//
// Enters: a kernel and strided arrays. Leaves: the output array, or the reason why not. Each stage runs
// over the items of its own space (jit/driver/call.h); reductions along axes fold what a stage computes, and
// programs with a script are run by it (jit/driver/script_run.h).
// Example: sum(a)*b over 10000 items is 3 calls of stage 0, one scalar, 3 calls of stage 1.
// Tested by tests/golden, tests/agree and tests/unit/evaluate_test.cpp.
#include "jit/driver/evaluate.h"

#include <algorithm>

#include "jit/driver/call.h"
#include "jit/driver/carried.h"
#include "jit/driver/script_run.h"
#include "jit/driver/shapes.h"

namespace me::jit {
namespace {

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
        case ir::OperandSource::Live: ME_ASSERT(!"continuations are not evaluated"); break;
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
    ME_TRY_VOID(run_script(engine, kernel, call, carried, in_order, targets));
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
