// Which process this is: state that threads share is of the process that made it.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace me::jit {

// Builds without threads do not fork.
inline std::int64_t this_process() {
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
  return 0;
#else
  return getpid();
#endif
}

}  // namespace me::jit
