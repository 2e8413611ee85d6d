// Names of functions as small integers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "jit/kernel.h"

namespace me::jit {

using FunctionId = std::uint64_t;  // 0: none

// Get-or-create: a name or source has the same id for ever. Thread-safe.
class FunctionIds {
 public:
  FunctionId id_of(std::string_view name);
  std::string name_of(FunctionId id) const;  // empty: no such id
  std::uint64_t count() const;

  // The kernel that the id stands for from now on; the table does not keep it alive. Calls that were
  // counted before stay counted. False: no such id.
  bool bind(FunctionId id, const std::shared_ptr<const Kernel>& kernel);
  // Null: none was bound, or it is gone.
  std::shared_ptr<const Kernel> kernel_of(FunctionId id) const;

  // Calls of what the id stands for, whoever counted them.
  std::uint64_t calls(FunctionId id) const;
  // Counts calls of an id without a kernel; with one, record_calls (jit/runtime/tiers.h) is what promotes.
  void record(FunctionId id, std::uint64_t calls);

 private:
  struct Function {
    std::string name;
    std::weak_ptr<const Kernel> kernel;
    std::shared_ptr<Profile> profile;
    std::uint64_t before = 0;  // calls until the present kernel was bound, less those it had by itself
  };
  const Function* find(FunctionId id) const;  // with the mutex held

  mutable std::shared_mutex mutex_;  // of the following
  std::deque<Function> functions_;   // id - 1 is the index; never shrinks
  std::unordered_map<std::string_view, FunctionId> index_;  // of the names in functions_
};

}  // namespace me::jit
