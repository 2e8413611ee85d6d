// Shapes of domains, folds and results.
//
// Enters: a program and its inputs' shapes. Leaves: the space that each stage runs over, how many items
// each fold combines, the shapes of the arrays that folds leave. Example, `a - mean(a, axis=0)` with a
// of shape (3, 4): the mean's sum runs over (3, 4), combines 3 items and leaves (4,), and the
// difference runs over the broadcast shape of (3, 4) and (4,).
// Tested by tests/unit/evaluate_test.cpp and tests/python/test_reductions.py.
#include "jit/driver/shapes.h"

#include <algorithm>

namespace me::jit {
namespace {

Diagnostic axis_error(const Axes& axes, std::string message) {
  return {Status::Shape, axes.span, std::move(message), "", true};
}

// Marks the axes of a space of `ndim` dimensions.
Result<std::vector<bool>> reduced_axes(const ir::Domain& domain, int ndim) {
  std::vector<bool> reduced(static_cast<std::size_t>(ndim), !domain.array || domain.axes.all);
  if (!domain.array || domain.axes.all) return reduced;
  for (const std::int32_t axis : domain.axes.list) {
    if (ndim == 0 && domain.axes.single && (axis == 0 || axis == -1)) continue;
    if (axis >= ndim || axis < -ndim) {
      return axis_error(domain.axes, "axis " + std::to_string(axis) +
                                         " is out of bounds for an array of " +
                                         std::to_string(ndim) + " dimensions");
    }
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + ndim : axis);
    if (reduced[at]) return axis_error(domain.axes, "axis " + std::to_string(at) + " is given twice");
    reduced[at] = true;
  }
  return reduced;
}

ArrayView shape_without(const ArrayView& space, const std::vector<bool>& reduced, bool keepdims) {
  ArrayView result;
  for (int d = 0; d < space.ndim; ++d) {
    const bool gone = reduced[static_cast<std::size_t>(d)];
    if (gone && !keepdims) continue;
    result.shape[result.ndim++] = gone ? 1 : space.shape[d];
  }
  return result;
}

std::vector<bool> used_domains(const ir::Program& program) {
  std::vector<bool> used(program.domains.size(), false);
  for (std::size_t s = 0; s < program.stages.size(); ++s) {
    const ir::Stage& stage = program.stages[s];
    const bool one = s + 1 == program.stages.size() && program.result_uniform && stage.domain != 0;
    if (!one) used[stage.domain] = true;
  }
  for (const ir::ScalarSlot& slot : program.scalars) {
    if (slot.source == ir::ScalarSource::Count) used[slot.domain] = true;
  }
  return used;
}

}  // namespace

Result<std::vector<DomainShape>> shapes_of(const ir::Program& program,
                                           std::span<const ArrayView> inputs,
                                           const ArrayView* call) {
  const std::vector<bool> used = used_domains(program);
  std::vector<DomainShape> shapes(program.domains.size());
  std::vector<const ArrayView*> of_slot;
  for (const ir::OperandSlot& slot : program.operands) {
    of_slot.push_back(slot.source == ir::OperandSource::Param ? &inputs[slot.param] : nullptr);
  }
  // Operands that are results of folds belong to domains with lower numbers.
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!used[i]) continue;
    const ir::Domain& domain = program.domains[i];
    DomainShape& s = shapes[i];
    if (domain.whole_call) {
      s.space = *call;
    } else {
      std::vector<const ArrayView*> arrays;
      for (const std::uint32_t slot : domain.operands) arrays.push_back(of_slot[slot]);
      ME_TRY_VOID(broadcast(arrays, &s.space));
    }
    ME_TRY(s.is_reduced, reduced_axes(domain, s.space.ndim));
    for (int d = 0; d < s.space.ndim; ++d) {
      if (s.is_reduced[static_cast<std::size_t>(d)]) s.combined *= s.space.shape[d];
    }
    if (!domain.array) continue;
    s.result = shape_without(s.space, s.is_reduced, domain.axes.keepdims);
    if (domain.result == ir::kNoSlot) continue;
    s.result.dtype = program.operands[domain.result].dtype;
    s.result.set_c_order();
    of_slot[domain.result] = &s.result;
  }
  return shapes;
}

bool uses_whole_call(const ir::Program& program) {
  return used_domains(program)[0];
}

Outcome call_shape(const Kernel& kernel, std::span<const ArrayView> inputs, ArrayView* call) {
  std::vector<const ArrayView*> arrays;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!kernel.source.signature.params[i].uniform) arrays.push_back(&inputs[i]);
  }
  return broadcast(arrays, call);
}

Result<ArrayView> result_shape(const Kernel& kernel, std::span<const ArrayView> inputs) {
  const auto& params = kernel.source.signature.params;
  if (inputs.size() != params.size()) {
    return Diagnostic{Status::VarMismatch, {}, "the kernel takes " + std::to_string(params.size()) +
                                                   " arrays, " + std::to_string(inputs.size()) +
                                                   " were given", "", false};
  }
  ArrayView call;
  if (uses_whole_call(kernel.program)) ME_TRY_VOID(call_shape(kernel, inputs, &call));
  ME_TRY(const std::vector<DomainShape> shapes, shapes_of(kernel.program, inputs, &call));
  if (kernel.program.result_uniform) return ArrayView{};
  return shapes[kernel.program.stages.back().domain].space;
}

}  // namespace me::jit
