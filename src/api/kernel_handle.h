// What stands behind an me_kernel, and how texts and bytes are given to C callers.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "jit/kernel.h"

struct me_kernel {
  std::shared_ptr<const me::jit::Kernel> kernel;
};

namespace me::api {

// A copy with a NUL behind it, to be ended with me_text_free; null without memory.
inline char* give(std::string_view text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace me::api
