// The choice between the builds of the block kernels.
//
// Enters: the processor and ME_SIMD. Leaves: the build in force. Example: on a processor with
// AVX-512 and ME_SIMD=avx2 it is Avx2. Builds under the sanitizers take the 128-bit one unless told
// otherwise: it is the one that they check throughout.
// Tested by tests/unit/interp_builds_test.cpp.
#include "interp/simd.h"

#include <string>

#include "base/env.h"

namespace me::interp {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ME_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ME_SANITIZED 1
#endif

#if defined(ME_SANITIZED)
constexpr std::string_view kWidestUnlessTold = "128";
#else
constexpr std::string_view kWidestUnlessTold = "avx512";
#endif

Simd choose() {
  const std::string widest = env::simd().value_or(std::string(kWidestUnlessTold));
  Simd chosen = Simd::Bits128;
  for (int i = 0; i < kSimdCount; ++i) {
    const Simd simd = static_cast<Simd>(i);
    if (is_available(simd)) chosen = simd;
    if (widest == name_of(simd)) break;
  }
  return chosen;
}

}  // namespace

std::string_view name_of(Simd simd) {
  switch (simd) {
    case Simd::Bits128: return "128";
    case Simd::Avx2: return "avx2";
    case Simd::Avx512: return "avx512";
  }
  return "";
}

bool is_available(Simd simd) {
  if (simd == Simd::Bits128) return true;
#if defined(__x86_64__)
  if (simd == Simd::Avx2) return __builtin_cpu_supports("avx2");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

Simd simd_in_force() {
  static const Simd chosen = choose();
  return chosen;
}

}  // namespace me::interp
