// Blocks of complex numbers: taking them apart, putting them together, and reductions of pairs.
//
// Enters: elements as arrays hold them (real part, imaginary part), or blocks of parts. Leaves: the
// other form, or one pair per leaf. Example: 1+2j 3+4j has the real parts 1 3 and the imaginary
// parts 2 4; their product -5+10j is folded lane by lane as vmath/pair_order.h says.
// Tested by tests/golden/complex and tests/unit/interp_kernels_test.cpp.
#include <cstring>

#include "interp/kernels.h"
#include "ir/kernel_abi.h"
#include "vmath/pair_order.h"

namespace me::interp {
namespace {

using vmath::PairValue;

constexpr std::size_t kLanes = vmath::kReduceLanes;

template <class T, unsigned kPart>
void take_part(void* out, const void* a, const void*, const void*, std::size_t n) {
  typename Unaligned<T>::type* r = static_cast<typename Unaligned<T>::type*>(out);
  const typename Unaligned<T>::type* x = static_cast<const typename Unaligned<T>::type*>(a);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) r[i] = x[2 * i + kPart];
}

template <class T>
void interleave(void* out, const void* a, const void* b, const void*, std::size_t n) {
  typename Unaligned<T>::type* r = static_cast<typename Unaligned<T>::type*>(out);
  const typename Unaligned<T>::type* x = static_cast<const typename Unaligned<T>::type*>(a);
  const typename Unaligned<T>::type* y = static_cast<const typename Unaligned<T>::type*>(b);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    r[2 * i] = x[i];
    r[2 * i + 1] = y[i];
  }
}

template <class F>
struct FoldPairs {
  static_assert(sizeof(PairValue) * kLanes <= kAccumulatorBytes);
  static_assert(sizeof(PairValue) == ir::kReductionSlotBytes);

  static void begin(void* accumulator) {
    PairValue lanes[kLanes];
    for (PairValue& lane : lanes) lane = F::kIdentity;
    std::memcpy(accumulator, lanes, sizeof lanes);
  }

  static void add(void* accumulator, const void* a, const void* b, const void* c, std::size_t n) {
    const Unaligned<double>::type* re = static_cast<const Unaligned<double>::type*>(a);
    const Unaligned<double>::type* im = static_cast<const Unaligned<double>::type*>(c);
    const std::uint8_t* mask = static_cast<const std::uint8_t*>(b);
    PairValue lanes[kLanes];
    std::memcpy(lanes, accumulator, sizeof lanes);
    for (std::size_t i = 0; i < n; ++i) {
      const PairValue v = mask[i] != 0 ? PairValue{re[i], im[i]} : F::kIdentity;
      lanes[i % kLanes] = F::combine(lanes[i % kLanes], v);
    }
    std::memcpy(accumulator, lanes, sizeof lanes);
  }

  static void finish(const void* accumulator, void* result) {
    PairValue lanes[kLanes];
    std::memcpy(lanes, accumulator, sizeof lanes);
    const PairValue all = vmath::combine_lanes<F>(lanes);
    std::memcpy(result, &all, sizeof all);
  }
};

template <class F>
Reducer fold() {
  return {FoldPairs<F>::begin, FoldPairs<F>::add, FoldPairs<F>::finish};
}

}  // namespace

BlockFn part_kernel(std::size_t bytes, unsigned part) {
  if (bytes == 4) return part == 0 ? take_part<float, 0> : take_part<float, 1>;
  return part == 0 ? take_part<double, 0> : take_part<double, 1>;
}

BlockFn interleave_kernel(std::size_t bytes) {
  return bytes == 4 ? interleave<float> : interleave<double>;
}

Reducer pair_reducer(Op op) {
  if (op == Op::Prod) return fold<vmath::MultiplyPairs>();
  if (op == Op::Min) return fold<vmath::SmallerPair>();
  if (op == Op::Max) return fold<vmath::LargerPair>();
  return {};
}

}  // namespace me::interp
