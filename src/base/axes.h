// Along which axes a reduction runs.
#pragma once

#include <cstdint>
#include <vector>

#include "diagnostic.h"

namespace me {

struct Axes {
  bool all = true;
  bool keepdims = false;           // the result has them, with one item each
  bool single = false;             // one integer, not a tuple: 0 and -1 are fine for a scalar too
  std::vector<std::int32_t> list;  // if not all; negative ones count from the last axis
  Span span;                       // of the argument that says so
  friend bool operator==(const Axes&, const Axes&) = default;
};

}  // namespace me
