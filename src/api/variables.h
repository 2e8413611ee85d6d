// The me_variable array of a compile call, checked.
#pragma once

#include <vector>

#include "base/signature.h"
#include "base/status.h"
#include "miniexpr.h"

namespace me::api {

struct Variables {
  Signature signature;                 // plain variables in declaration order
  std::vector<const void*> addresses;  // one per parameter: the identity that the caller gave it
};

// The declared variables, or the first thing that is wrong with them.
Result<Variables> read_variables(const me_variable* variables, int count, me_dtype result);

}  // namespace me::api
