// Leaf results of a reduction stage, combined in the one defined order.
#pragma once

#include "ir/code.h"
#include "vmath/pair_order.h"

namespace me::jit {

// Folds the leaves of one reduction as they come, first to last.
class LeafFold {
 public:
  explicit LeafFold(const ir::Reduction& reduction);
  void push(const void* slot);  // ir::kReductionSlotBytes as a kernel wrote them
  // Of no leaves: the identity. `part`: 1 is the imaginary part, of reductions of complex numbers.
  Scalar finish(unsigned part = 0) const;

 private:
  bool is_tree() const { return reduction_.dtype == DType::Float64 && !is_extremum(); }
  bool is_pair() const { return is_complex(reduction_.dtype); }
  vmath::PairValue finish_pair() const;
  bool is_extremum() const { return reduction_.op == Op::Min || reduction_.op == Op::Max; }

  ir::Reduction reduction_;
  vmath::LeafTree<vmath::Add> sums_;
  vmath::LeafTree<vmath::Multiply> products_;
  vmath::LeafTree<vmath::MultiplyPairs, vmath::PairValue> pair_products_;
  vmath::LeafTree<vmath::SmallerPair, vmath::PairValue> smaller_pairs_;
  vmath::LeafTree<vmath::LargerPair, vmath::PairValue> larger_pairs_;
  Scalar value_;  // of everything but floating-point sums and products
};

// What LeafFold gives for that one leaf.
Scalar leaf_value(const ir::Reduction& reduction, const void* slot, unsigned part);

}  // namespace me::jit
