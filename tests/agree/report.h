// What a failure prints: the smallest program and inputs that still fail, as a golden case.
#pragma once

#include "agree/tiers.h"

namespace me::agree {

// Tries smaller programs and fewer items as long as some tier still differs from the interpreter.
void minimise(Program* p, Mismatch* m);
// The case in the format of tests/golden; the expected values are the interpreter's.
std::string golden_case(const Program& p, const Mismatch& m);
// One JSON line {number, kernel, text, count, params} with data in hexadecimal, for tests/python.
std::string json_case(const Program& p, const Inputs& in, std::uint64_t number);

}  // namespace me::agree
