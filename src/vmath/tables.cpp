// The one definition of the recipes' tables. Nothing enters; kTables leaves, initialised at compile
// time from the generated file. Example: entry 64 of exp2_table is 2^(32/64) and its correction.
// Checked by tests/accuracy, which would be off by many ulp with one wrong entry.
#include "vmath/tables.h"

namespace me::vmath {

#include "vmath/tables_data.inc"

}  // namespace me::vmath
