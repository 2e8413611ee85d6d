// Leaf results of a reduction stage, combined in the one defined order.
#pragma once

#include "ir/code.h"
#include "vmath/reduce_order.h"

namespace me::jit {

// Folds the leaves of one reduction as they come, first to last.
class LeafFold {
 public:
  explicit LeafFold(const ir::Reduction& reduction);
  void push(const void* slot);  // ir::kReductionSlotBytes as a kernel wrote them
  Scalar finish() const;        // of no leaves: the identity

 private:
  bool is_tree() const { return reduction_.dtype == DType::Float64 && !is_extremum(); }
  bool is_extremum() const { return reduction_.op == Op::Min || reduction_.op == Op::Max; }

  ir::Reduction reduction_;
  vmath::LeafTree<vmath::Add> sums_;
  vmath::LeafTree<vmath::Multiply> products_;
  Scalar value_;  // of everything but floating-point sums and products
};

}  // namespace me::jit
