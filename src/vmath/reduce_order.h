// The one defined order of floating-point sums and products. It depends on the number of items
// only: not on tier, vector width, block size, threads or strides.
//
// 1. A leaf is 4096 consecutive items of the whole call (the last one may be shorter); item i of
// the
//    call belongs to leaf i / 4096.
// 2. Within a leaf, lane k (0..7) starts with the identity and takes the items whose index is k
//    modulo 8, first to last. float32 items accumulate in float64. Inactive items count as the
//    identity.
// 3. The lanes of a leaf are combined as ((l0+l4) + (l2+l6)) + ((l1+l5) + (l3+l7)).
// 4. Leaf results are combined like a binary counter: two results of 2^k leaves make one of
// 2^(k+1),
//    earlier leaves on the left; what is left at the end is combined from the smallest (latest) to
//    the largest. No leaves give the identity.
#pragma once

#include <cstddef>
#include <cstdint>

namespace me::vmath {

inline constexpr std::size_t kLeafSize = 4096;
inline constexpr std::size_t kReduceLanes = 8;

struct Add {
  static constexpr double kIdentity = 0.0;
  static double combine(double a, double b) { return a + b; }
};

struct Multiply {
  static constexpr double kIdentity = 1.0;
  static double combine(double a, double b) { return a * b; }
};

// Rule 3.
template <class F, class T>
T combine_lanes(const T (&lanes)[kReduceLanes]) {
  T l04 = F::combine(lanes[0], lanes[4]);
  T l15 = F::combine(lanes[1], lanes[5]);
  T l26 = F::combine(lanes[2], lanes[6]);
  T l37 = F::combine(lanes[3], lanes[7]);
  return F::combine(F::combine(l04, l26), F::combine(l15, l37));
}

// Rule 4. Takes leaf results first to last.
template <class F, class T = double>
class LeafTree {
 public:
  void push(T leaf) {
    std::uint64_t count = count_++;
    int level = 0;
    for (; count & 1; count >>= 1) leaf = F::combine(partial_[level++], leaf);
    partial_[level] = leaf;
  }

  T finish() const {
    if (count_ == 0) return F::kIdentity;
    int level = 0;
    while ((count_ >> level & 1) == 0) ++level;
    T result = partial_[level];
    for (++level; count_ >> level != 0; ++level) {
      if (count_ >> level & 1) result = F::combine(partial_[level], result);
    }
    return result;
  }

 private:
  std::uint64_t count_ = 0;
  T partial_[64] = {};  // partial_[k]: of 2^k leaves, where bit k of count_ is set
};

}  // namespace me::vmath
