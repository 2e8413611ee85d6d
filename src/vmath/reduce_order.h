// The one order in which all tiers combine floating-point sums and products.
//
// Items are cut into leaves of kLeafItems in logical (C-order) index order. Inside a leaf item i is
// folded into lane i mod kLanes, each lane from its first item to its last; float32 items are
// folded in float64. The lanes combine as ((l0 l4)(l2 l6))((l1 l5)(l3 l7)). Leaves combine in a binary tree
// in the manner of a binary counter: two subtrees of equal size join as soon as there are two, what
// is left over joins from the smallest to the largest. Missing and masked-out items are the identity.
// So a result depends on the number and order of items only, never on tier, vector width, block size,
// threads or strides; and the error of a sum grows with the logarithm of the number of items.
// Tested by tests/unit/reduce_order_test.cpp.
#pragma once

#include <array>
#include <cstdint>

namespace me::vmath {

constexpr std::int64_t kLeafItems = 4096;
constexpr int kLanes = 8;

struct Add {
  static constexpr double kIdentity = 0.0;
  static double of(double a, double b) { return a + b; }
};

struct Multiply {
  static constexpr double kIdentity = 1.0;
  static double of(double a, double b) { return a * b; }
};

// A leaf's lanes to the leaf's value.
template <class F>
double combine_lanes(const std::array<double, kLanes>& l) {
  return F::of(F::of(F::of(l[0], l[4]), F::of(l[2], l[6])),
               F::of(F::of(l[1], l[5]), F::of(l[3], l[7])));
}

// Leaves to the whole, one at a time, in O(log n) memory.
template <class F>
class LeafTree {
 public:
  void push(double leaf) {
    std::uint64_t carry = count_++;
    int level = 0;
    for (; carry & 1; carry >>= 1) leaf = F::of(subtrees_[level++], leaf);
    subtrees_[level] = leaf;
  }

  double finish() const {
    double total = F::kIdentity;
    bool any = false;
    int level = 0;
    for (std::uint64_t left = count_; left != 0; left >>= 1, ++level) {
      if ((left & 1) == 0) continue;
      total = any ? F::of(subtrees_[level], total) : subtrees_[level];
      any = true;
    }
    return total;
  }

 private:
  std::array<double, 64> subtrees_{};  // subtrees_[k]: 2^k leaves, in use if bit k of count_ is set
  std::uint64_t count_ = 0;
};

}  // namespace me::vmath
