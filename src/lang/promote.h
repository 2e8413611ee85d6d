// Result dtypes: how operand types combine in each dialect.
#pragma once

#include <span>

#include "base/dtype.h"
#include "lang/dialect.h"

namespace me::lang {

// A dtype, and whether it is a Python scalar's that adapts to arrays (NEP 50): Bool, Int64, UInt64,
// Float64 or Complex128 then.
struct Type {
  DType dtype = DType::Auto;
  bool weak = false;
  std::uint32_t width = 0;  // of strings and bytes, in code units
  friend bool operator==(const Type&, const Type&) = default;
};

// The common type of operands; weak if all are.
Type join(Type a, Type b, const Rules& rules);
Type join(std::span<const Type> types, const Rules& rules);

// The dtype in which a float function computes on operands of these types: float32 or float64.
// `wide`: no integer is narrow enough for float32.
DType float_dtype(std::span<const Type> types, bool wide, const Rules& rules);

}  // namespace me::lang
