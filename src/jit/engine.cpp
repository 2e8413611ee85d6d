// The engine and its kernel cache.
//
// Enters: a Source. Leaves: a shared kernel; the same Source gives the same kernel until kCacheKernels
// others have been used since, or the host has changed. Two threads that miss at the same time compile
// twice, and the first result wins. Tested by tests/unit/engine_test.cpp.
#include "jit/engine.h"

#include <cstdio>

#include "base/tuning.h"

namespace me::jit {
namespace {

std::string key_of(const Source& s, std::uint64_t host_generation) {
  std::string key = std::to_string(host_generation);
  key += static_cast<char>('a' + static_cast<int>(s.dialect));
  key += static_cast<char>('a' + static_cast<int>(s.max_tier) + (s.fastest ? 8 : 0));
  key += static_cast<char>('a' + static_cast<int>(s.signature.result));
  for (const Param& p : s.signature.params) {
    key += std::to_string(p.name.size()) + ":" + p.name;
    key += static_cast<char>('a' + static_cast<int>(p.dtype));
    key += static_cast<char>('a' + (p.uniform ? 1 : 0) + (p.weak ? 2 : 0));
    key += std::to_string(p.itemsize) + ",";
  }
  for (const Callout& c : s.signature.callouts) {
    key += "(" + std::to_string(c.name.size()) + ":" + c.name;
    key += std::to_string(reinterpret_cast<std::uintptr_t>(c.address)) + "," +
           std::to_string(reinterpret_cast<std::uintptr_t>(c.context)) + ",";
    key += static_cast<char>('a' + static_cast<int>(c.arity));
    key += static_cast<char>('a' + static_cast<int>(c.result));
    key += static_cast<char>('a' + (c.closure ? 1 : 0) + (c.pure ? 2 : 0) + (c.float_math ? 4 : 0));
  }
  key += "\n";
  key += s.text;
  return key;
}

}  // namespace

Result<std::shared_ptr<const Kernel>> Engine::kernel(Source source) {
  const HostPtr host = source.max_tier == Tier::Interpreter ? nullptr : hosts_.current();
  const std::string key = key_of(source, hosts_.generation());
  {
    const std::scoped_lock lock(mutex_);
    if (const auto it = index_.find(key); it != index_.end()) {
      recent_.splice(recent_.begin(), recent_, it->second);
      metrics_.add(Metric::CacheHits);
      return it->second->second;
    }
  }
  ME_TRY(auto kernel, compile(std::move(source), host, host ? "" : hosts_.description(), metrics_));
  std::list<Cached> dropped;  // destroyed after the lock: releasing entries calls the host
  const std::scoped_lock lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end()) return it->second->second;
  recent_.emplace_front(key, kernel);
  index_.emplace(recent_.front().first, recent_.begin());
  while (recent_.size() > tuning::kCacheKernels) {
    index_.erase(recent_.back().first);
    dropped.splice(dropped.begin(), recent_, std::prev(recent_.end()));
  }
  return kernel;
}

void Engine::set_print_sink(PrintSink sink, void* user) {
  const std::scoped_lock lock(print_mutex_);
  print_sink_ = sink;
  print_user_ = user;
}

void Engine::print(const std::string& text) {
  PrintSink sink = nullptr;
  void* user = nullptr;
  {
    const std::scoped_lock lock(print_mutex_);
    sink = print_sink_;
    user = print_user_;
  }
  if (sink != nullptr) sink(user, text.data(), text.size());
  else std::fwrite(text.data(), 1, text.size(), stdout);
}

Engine& default_engine() {
  // Never destroyed: kernels may be freed by other objects' destructors at process exit.
  static auto* engine = new Engine;
  return *engine;
}

}  // namespace me::jit
