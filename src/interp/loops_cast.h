// Conversions over blocks, every numeric dtype to every other: integers wrap; floats to integers
// truncate and saturate, NaN gives 0; anything to bool is `!= 0`, NaN too.
//
// Example: float32 300.7 to uint8 is 255, -inf to int16 is -32768. Included by basic_loops.h only.
#pragma once

#include <limits>

#include "interp/block.h"

namespace me::interp {
namespace {

template <DType From, DType To>
struct Convert {
  using Source = Lane<From>;
  using Target = Lane<To>;

  static Target of(Source v) {
    if constexpr (To == DType::Bool) {
      return v != 0;
    } else if constexpr (std::is_floating_point_v<Source> && std::is_integral_v<Target>) {
      return saturated(static_cast<double>(v));
    } else {
      return static_cast<Target>(v);
    }
  }

 private:
  static Target saturated(double v) {
    if constexpr (sizeof(Target) == 8) {
      // The limits are not float64 values, the powers of two just outside are.
      constexpr double kAbove = std::is_signed_v<Target> ? 0x1p63 : 0x1p64;
      constexpr double kBelow = std::is_signed_v<Target> ? -0x1p63 : 0.0;
      if (v >= kAbove) return std::numeric_limits<Target>::max();
      if (v > kBelow) return static_cast<Target>(v);
      return v <= kBelow ? std::numeric_limits<Target>::min() : Target{0};
    } else {
      using Through =
          std::conditional_t<std::is_same_v<Target, std::uint32_t>, std::int64_t, std::int32_t>;
      constexpr double kMax = std::numeric_limits<Target>::max();
      constexpr double kMin = std::numeric_limits<Target>::min();
      v = v == v ? v : 0.0;
      v = v < kMax ? v : kMax;
      v = v > kMin ? v : kMin;
      return static_cast<Target>(static_cast<Through>(v));
    }
  }
};

BlockFn cast_loop(DType from, DType to) {
  return for_dtype(from, [to]<DType From>() -> BlockFn {
    return for_dtype(
        to, []<DType To>() -> BlockFn { return map1<Convert<From, To>, Lane<To>, Lane<From>>; });
  });
}

}  // namespace
}  // namespace me::interp
