// The table of function ids.
//
// Enters: names or sources, from any thread. Leaves: ids from 1 on. Example: id_of("f") in eight threads
// is one id. Tested by tests/unit/tiers_test.cpp and tests/stress.
#include "jit/runtime/function_ids.h"

#include <mutex>

namespace me::jit {

FunctionId FunctionIds::id_of(std::string_view name) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto it = index_.find(name); it != index_.end()) return it->second;
  }
  const std::unique_lock lock(mutex_);
  if (const auto it = index_.find(name); it != index_.end()) return it->second;
  functions_.push_back({std::string(name), {}, std::make_shared<Profile>()});
  const FunctionId id = functions_.size();
  index_.emplace(functions_.back().name, id);
  return id;
}

std::string FunctionIds::name_of(FunctionId id) const {
  const std::shared_lock lock(mutex_);
  const Function* f = find(id);
  return f ? f->name : "";
}

std::uint64_t FunctionIds::count() const {
  const std::shared_lock lock(mutex_);
  return functions_.size();
}

bool FunctionIds::bind(FunctionId id, const std::shared_ptr<const Kernel>& kernel) {
  const std::unique_lock lock(mutex_);
  if (find(id) == nullptr) return false;
  Function& f = functions_[id - 1];
  // Unsigned: it may wrap, the sum does not.
  f.before += f.profile->total_calls() - kernel->profile->total_calls();
  f.kernel = kernel;
  f.profile = kernel->profile;
  return true;
}

std::shared_ptr<const Kernel> FunctionIds::kernel_of(FunctionId id) const {
  const std::shared_lock lock(mutex_);
  const Function* f = find(id);
  return f ? f->kernel.lock() : nullptr;
}

std::uint64_t FunctionIds::calls(FunctionId id) const {
  const std::shared_lock lock(mutex_);
  const Function* f = find(id);
  return f ? f->before + f->profile->total_calls() : 0;
}

void FunctionIds::record(FunctionId id, std::uint64_t calls) {
  const std::shared_lock lock(mutex_);
  if (const Function* f = find(id)) f->profile->recorded += calls;
}

const FunctionIds::Function* FunctionIds::find(FunctionId id) const {
  return id == 0 || id > functions_.size() ? nullptr : &functions_[id - 1];
}

}  // namespace me::jit
