// What a caller declares before compiling: the parameters and the wished result dtype.
#pragma once

#include <string>
#include <vector>

#include "dtype.h"

namespace me {

struct Param {
  std::string name;
  DType dtype = DType::Auto;
  // One value for the whole call instead of an array: reaches kernels as a scalar.
  bool uniform = false;
  // A Python scalar in NEP 50's sense (numpy dialect only): adapts to the arrays it meets.
  // Its dtype is Bool, Int64, UInt64 or Float64.
  bool weak = false;
};

struct Signature {
  std::vector<Param> params;
  DType result = DType::Auto;  // Auto: as inferred
};

}  // namespace me
