// Which builds of the block kernels this processor can run, and which one is in force.
//
// All builds give the same bits (-ffp-contract=off, no libm), so which one runs is a matter of
// speed alone: the widest one that the processor has, as far as ME_SIMD allows.
#pragma once

#include <cstdint>
#include <string_view>

namespace me::interp {

enum class Simd : std::uint8_t { Bits128, Avx2, Avx512 };
constexpr int kSimdCount = 3;

// As ME_SIMD spells it: "128", "avx2", "avx512".
std::string_view name_of(Simd simd);
bool is_available(Simd simd);
Simd simd_in_force();

}  // namespace me::interp
