// The engine and its kernel cache.
//
// Enters: a Source. Leaves: a shared kernel; the same Source gives the same kernel until kCacheKernels
// others have been used since, or the host has changed. Two threads that miss at the same time compile
// twice, and the first result wins. Tested by tests/unit/engine_test.cpp.
#include "jit/engine.h"

#include <cstdio>
#include <type_traits>

#include "base/tuning.h"

namespace me::jit {
namespace {

// Bytes that are equal for equal sources only: numbers as they lie in memory, texts behind their length.
class KeyWriter {
 public:
  explicit KeyWriter(std::size_t bytes) { key_.reserve(bytes); }
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T>
  void put(T value) {
    key_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(text.size());
    key_ += text;
  }
  std::string take() { return std::move(key_); }

 private:
  std::string key_;
};

std::string key_of(const Source& s, std::uint64_t host_generation) {
  constexpr std::size_t kBytesOfParam = 48;
  KeyWriter key(64 + s.text.size() +
                kBytesOfParam * (s.signature.params.size() + 2 * s.signature.callouts.size()));
  key.put(host_generation);
  key.put(s.dialect);
  key.put(s.max_tier);
  key.put(s.fastest);
  key.put(s.signature.result);
  key.put(s.signature.params.size());
  for (const Param& p : s.signature.params) {
    key.put(p.name);
    key.put(p.dtype);
    key.put(p.uniform);
    key.put(p.weak);
    key.put(p.itemsize);
  }
  key.put(s.signature.callouts.size());
  for (const Callout& c : s.signature.callouts) {
    key.put(c.name);
    key.put(c.address);
    key.put(c.context);
    key.put(c.arity);
    key.put(c.result);
    key.put(c.closure);
    key.put(c.pure);
    key.put(c.float_math);
  }
  key.put(s.text);
  return key.take();
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
