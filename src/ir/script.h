// Programs that need more than one pass over the elements after the other.
#pragma once

#include "ir/code.h"

namespace me::ir {

// Whether `whole` has a reduction in a Loop, a Call or a Print.
bool needs_script(const Stage& whole);

// `whole` is a map stage with reductions, Calls and Prints in line; the locals that CallSite and PrintSite
// mention are its own. Fills in stages, script, carried locals and their slots.
void write_script(Program& program, Stage whole);

}  // namespace me::ir
