// Where modules come from that need not be made: a kernel file, or the kernel cache on disk.
#pragma once

#include <optional>

#include "jit/instantiate.h"
#include "jit/kernel.h"

namespace me::jit {

// Optimised modules are ahead-of-time code; those of the baseline tier stay what they are, so that
// they can still be promoted.
constexpr Tier tier_when_found(Tier made) {
  return made == Tier::BaselineJit ? made : Tier::AotOptimized;
}

// All functions may be called from any thread.
class ModuleShelf {
 public:
  virtual ~ModuleShelf() = default;
  // The modules of exactly this source and pointer width, made by this build, in the tier that
  // tier_when_found gives.
  virtual std::optional<Modules> find(const Source& source, int pointer_bits) = 0;
  // Whether its modules run even where the interpreter may be faster: somebody has chosen them.
  virtual bool is_chosen() const { return false; }
  // What was made because find() gave nothing.
  virtual void keep(const Source& source, const Modules& modules) = 0;
};

}  // namespace me::jit
