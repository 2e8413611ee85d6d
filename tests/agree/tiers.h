// Running a program in every tier and layout through me_engine.h, and comparing bits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agree/inputs.h"
#include "me_engine.h"

namespace me::agree {

struct KernelFree {
  void operator()(me_kernel* k) const { me_kernel_free(k); }
};
using KernelPtr = std::unique_ptr<me_kernel, KernelFree>;

// Compiled for a tier; null when refused, `why` is then the report and `status` the code.
KernelPtr compile(const Program& p, me_tier tier, int* status, std::string* why);

// How arrays lie in memory.
enum class Layout {
  Contiguous,   // the reference
  Strided,      // gaps, other signs
  Transposed,   // two axes, Fortran order
  InPlace,      // the output is an input
  Overlapping,  // the output is an input moved by one item
};

struct Outcome {
  int status = 0;
  DType dtype = DType::Auto;
  std::vector<char> bytes;  // the result's items in logical order
  bool ran = true;          // false: this layout does not exist for this program
};
// Evaluates; `random` draws strides.
Outcome run(const me_kernel* kernel, const Program& p, const Inputs& in, me_tier tier,
            Layout layout, Random& random);

// The first item that differs, -1 if none does; any NaN equals any NaN. -2: statuses differ.
std::int64_t first_difference(const Outcome& a, const Outcome& b);

struct Mismatch {
  bool found = false;
  std::string what;  // "optimizing JIT, strided: item 3"
  Inputs inputs;
  Outcome expected;
  Outcome got;
  std::int64_t item = 0;
};

struct TierRun {
  bool accepted = false;
  std::string refusal;  // report of a refused program
  std::string decline;  // first tier that a compiled kernel was declined by, and why
  unsigned jit_kernels = 0;
  unsigned evaluations[3] = {};
  Mismatch mismatch;
};
// Everything about one program: `seed` draws inputs and layouts.
TierRun check(const Program& p, std::uint64_t seed);
// Only over these inputs, contiguously: does any tier differ?
Mismatch compare_over(const Program& p, const Inputs& in);

}  // namespace me::agree
