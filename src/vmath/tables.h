// The static tables of the recipes, all in one block so that one base address reaches them.
//
// A recipe names a table by its byte offset in kTables. Compiled kernels receive the address of
// kTables in their context. generate/tables.py writes the numbers.
#pragma once

#include <cstddef>

namespace me::vmath {

struct alignas(16) Tables {
  double exp2_table[2 * 256];  // pairs: relative correction of 2^(j/128), its value
  double log_table[2 * 128];   // pairs: c_j, leading part of -log c_j
  double log_low[128];         // rest of -log c_j
  double atan_table[2 * 65];   // pairs: atan(j/64), leading part and rest
  double erf_table[2 * 385];   // pairs: erf(j/64), leading part and rest
  double erf_slope[385];       // derivative of erf at j/64
  double erf_slope_less_one[385];
  double tanh_table[2 * 134];  // pairs: tanh c at the centres of intervals, leading part and rest
  double tanh_slope[2 * 134];  // pairs: derivative of tanh at c, and c
  double cbrt_table[2 * 4];    // pairs: cube root of 2^j, 2^j
};

extern const Tables kTables;

inline constexpr std::size_t kExp2Table = offsetof(Tables, exp2_table);
inline constexpr std::size_t kLogTable = offsetof(Tables, log_table);
inline constexpr std::size_t kLogLow = offsetof(Tables, log_low);
inline constexpr std::size_t kAtanTable = offsetof(Tables, atan_table);
inline constexpr std::size_t kErfTable = offsetof(Tables, erf_table);
inline constexpr std::size_t kErfSlope = offsetof(Tables, erf_slope);
inline constexpr std::size_t kErfSlopeLessOne = offsetof(Tables, erf_slope_less_one);
inline constexpr std::size_t kTanhTable = offsetof(Tables, tanh_table);
inline constexpr std::size_t kCbrtTable = offsetof(Tables, cbrt_table);
inline constexpr std::size_t kTanhSlope = offsetof(Tables, tanh_slope);

}  // namespace me::vmath
