// Input arrays for generated programs: specials first of all.
#pragma once

#include <vector>

#include "agree/program.h"
#include "agree/random.h"

namespace me::agree {

struct Inputs {
  std::int64_t count = 0;  // items of the call
  // One per parameter: items in order; a parameter in `single` has one item that is broadcast.
  std::vector<std::vector<char>> data;
  std::vector<bool> single;
};

// `plain_bools`: only bytes 0 and 1, as NumPy has them.
Inputs make_inputs(const Program& p, std::int64_t count, Random& random, bool plain_bools);
// A number of items: mostly small ones, sometimes around a chunk's size.
std::int64_t random_count(Random& random);
// The same inputs with item `index` alone.
Inputs only_item(const Program& p, const Inputs& from, std::int64_t index);

}  // namespace me::agree
