// Which locals differ between elements, and where the set of running elements does.
#pragma once

#include <vector>

#include "ir/emit.h"
#include "lang/typed.h"

namespace me::ir {

// How a block may be left other than at its end.
struct Exits {
  bool breaks = false;     // out of the loop around the block
  bool continues = false;  // to the next iteration of the loop around the block
  bool returns = false;
  bool any() const { return breaks || continues || returns; }
};

struct Divergence {
  std::vector<bool> varying_local;  // per local of the typed program
  // Per block that is a loop's body: elements leave the loop, or skip a part of an iteration, at
  // different times.
  std::vector<bool> varying_loop;
  bool varying_return = false;  // some return is taken by a part of the elements
  bool varying_result = false;
  std::vector<Exits> block_exits;  // per block

  Exits exits_of(const lang::TypedStmt& stmt) const;
};

Divergence find_divergence(const lang::TypedProgram& typed);

}  // namespace me::ir
