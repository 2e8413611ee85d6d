// The passes, each over one stage and each in the file of its name. They keep the stage legal and
// never change a bit of the result (RULES.md).
#pragma once

#include "ir/code.h"

namespace me::ir {

#define ME_PASS(function, file, help) void function(Stage& stage);
#include "ir/passes/passes.def"

// Not part of the rounds: the last step of the pipeline, which forward_locals would undo.
void restore_masked_sets(Stage& stage);

}  // namespace me::ir
