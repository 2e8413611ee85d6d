// Kernels of an engine for tests, from text.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jit/runtime/engine.h"

namespace me::test {

inline std::shared_ptr<const jit::Kernel> compiled(jit::Engine& engine, std::string text,
                                                   std::vector<Param> params,
                                                   jit::Tier tier = jit::Tier::Interpreter) {
  jit::Source s;
  s.text = std::move(text);
  s.signature.params = std::move(params);
  s.max_tier = tier;
  auto kernel = engine.kernel(std::move(s));
  if (!kernel) FAIL(kernel.error().message);
  return *kernel;
}

}  // namespace me::test
