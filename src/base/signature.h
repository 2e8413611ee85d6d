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
  // Its dtype is Bool, Int64, UInt64, Float64 or Complex128.
  bool weak = false;
  // Bytes per element of strings and bytes; 0 otherwise.
  std::size_t itemsize = 0;
};

// A C function that texts may call by name. It takes doubles, with the context before them if it is
// a closure, and returns a double.
struct Callout {
  std::string name;
  const void* address = nullptr;
  void* context = nullptr;
  unsigned arity = 0;
  DType result = DType::Auto;  // of a call; Auto: float64, or what a float function has
  bool closure = false;
  bool pure = false;           // calls with equal arguments are equal and have no effect
  bool float_math = false;     // an Auto result is that of a float function: float32 stays float32
};

struct Signature {
  std::vector<Param> params;
  std::vector<Callout> callouts;
  DType result = DType::Auto;  // Auto: as inferred
};

}  // namespace me
