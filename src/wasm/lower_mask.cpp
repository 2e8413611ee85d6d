// Masks: their widths, and whether any lane is set.
//
// Enters: masks, which are all ones or all zeros per lane. Leaves: masks of another width, or an
// i32. Example: with 4 lanes a 64-bit mask is two registers; narrowing it to 32 bits takes the even
// words of both. Widening extends signs. Tested by tests/unit/wasm_ops_test.cpp.
#include "wasm/convert.h"

namespace me::wasm {
namespace {

struct Steps {
  bn::UnaryOp low, high;  // from this width to twice it
  bn::BinaryOp narrow;    // from this width to half of it
};

Steps steps_of(unsigned width) {
  if (width == 8) {
    return {bn::ExtendLowSVecI8x16ToVecI16x8, bn::ExtendHighSVecI8x16ToVecI16x8, bn::InvalidBinary};
  }
  if (width == 16) {
    return {bn::ExtendLowSVecI16x8ToVecI32x4, bn::ExtendHighSVecI16x8ToVecI32x4,
            bn::NarrowSVecI16x8ToVecI8x16};
  }
  return {bn::ExtendLowSVecI32x4ToVecI64x2, bn::ExtendHighSVecI32x4ToVecI64x2,
          bn::NarrowSVecI32x4ToVecI16x8};
}

// -1 and 0 survive saturation, so that narrowing 32 and 16 bits is one instruction.
Node narrow_pair(Code& c, unsigned width, Local low, Local high) {
  if (width == 64) {
    return c.shuffle(low, high, {0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27});
  }
  return c.binary(steps_of(width).narrow, low, high);
}

}  // namespace

Registers mask_of_width(Code& c, Shape shape, const Registers& mask, unsigned from, unsigned to) {
  Registers now = mask;
  for (unsigned width = from; width < to; width *= 2) {
    const Steps steps = steps_of(width);
    const unsigned count = shape.registers(width * 2);
    Registers wide;
    for (const Local r : now) {
      wide.push_back(c.keep(c.unary(steps.low, r)));
      if (count == 2 * now.size()) wide.push_back(c.keep(c.unary(steps.high, r)));
    }
    now = std::move(wide);
  }
  for (unsigned width = from; width > to; width /= 2) {
    Registers narrow;
    for (std::size_t i = 0; i < now.size(); i += 2) {
      narrow.push_back(c.keep(narrow_pair(c, width, now[i], now[now.size() == 1 ? i : i + 1])));
    }
    now = std::move(narrow);
  }
  return now;
}

Node any_lane(Code& c, const Value& mask) {
  // Lanes past the elements of a partial register hold anything: widen until there are none.
  unsigned width = mask.width;
  while (!mask.shape.uniform() && mask.shape.lanes * width < 128) width *= 2;
  const Registers full = mask_of_width(c, mask.shape, mask.registers, mask.width, width);
  if (mask.splat) return c.any_true(full[0]);
  Local all = full[0];
  for (std::size_t i = 1; i < full.size(); ++i) all = c.keep(c.binary(bn::OrVec128, all, full[i]));
  return c.any_true(all);
}

}  // namespace me::wasm
