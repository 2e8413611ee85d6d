// The engine and its kernel cache.
//
// Enters: a Source. Leaves: a shared kernel; the same Source gives the same kernel until kCacheKernels
// others have been used since, or the host has changed. Two threads that miss at the same time compile
// twice, and the first result wins. Tested by tests/unit/engine_test.cpp.
#include "jit/runtime/engine.h"

#include <cstdio>
#include <cstdlib>
#include <type_traits>

#if defined(__unix__) && !defined(__EMSCRIPTEN__) || defined(__APPLE__)
#include <pthread.h>
#define ME_HAVE_FORK 1
#endif

#include "base/env.h"
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
  key.put(s.policy);
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

Diagnostic refused(const char* why) { return {Status::InvalidArg, {}, why, "", false}; }

// The modules of one kernel file.
class FileShelf final : public ModuleShelf {
 public:
  explicit FileShelf(std::vector<Modules> variants) : variants_(std::move(variants)) {}
  std::optional<Modules> find(const Source&, int pointer_bits) override {
    for (Modules& variant : variants_) {
      if (variant.pointer_bits != pointer_bits) continue;
      variant.tier = tier_when_found(variant.tier);
      return variant;
    }
    return std::nullopt;
  }
  void keep(const Source&, const Modules&) override {}
  bool is_chosen() const override { return !variants_.empty(); }

 private:
  std::vector<Modules> variants_;
};

}  // namespace

Engine::Engine() {
  const auto directory = env::cache_directory();
  // Where it cannot be had, disk_cache().description() says why.
  if (directory) (void)use_disk_cache(*directory, tuning::kDiskCacheBytes);
}

Outcome Engine::use_disk_cache(const std::string& directory, std::uint64_t max_bytes) {
  auto done = disk_.use(directory, max_bytes);
  hosts_.keep_machine_code(disk_.store());
  return done;
}

Result<std::shared_ptr<const Kernel>> Engine::load(KernelFile file, bool recompile) {
  const Outcome origin = check_origin(file);
  if (!origin && recompile) return kernel(std::move(file.source));
  if (!origin) return origin.error();
  const bool interpreted = file.source.max_tier == Tier::Interpreter;
  const HostPtr host = interpreted ? nullptr : hosts_.current();
  const std::string key = key_of(file.source, hosts_.generation());
  FileShelf shelf(std::move(file.variants));
  ME_TRY(auto kernel, compile(std::move(file.source), host, host ? "" : hosts_.description(),
                              metrics_, &shelf));
  return remember(key, std::move(kernel), true);
}

Result<std::shared_ptr<const Kernel>> Engine::kernel(Source source) {
  const HostPtr host = source.max_tier == Tier::Interpreter ? nullptr : hosts_.current();
  const std::string key = key_of(source, hosts_.generation());
  if (auto known = remembered(key)) {
    metrics_.add(Metric::CacheHits);
    return known;
  }
  ME_TRY(auto kernel, compile(std::move(source), host, host ? "" : hosts_.description(), metrics_,
                              &disk_));
  return remember(key, std::move(kernel), false);
}

Result<std::shared_ptr<const Kernel>> Engine::deferred(Source source) {
  return deferred_steps(std::move(source)).finish();
}

Steps<Result<std::shared_ptr<const Kernel>>> Engine::deferred_steps(Source source) {
  if (auto known = remembered(key_of(source, hosts_.generation()))) {
    metrics_.add(Metric::CacheHits);
    co_return known;
  }
  auto steps = prepare_steps(std::move(source), metrics_);
  while (steps.next()) co_await between_steps;
  if (!steps.result()) co_return std::move(steps.result().error());
  co_return std::shared_ptr<const Kernel>(std::move(*steps.result()));
}

Outcome Engine::adopt(const std::shared_ptr<const Kernel>& kernel, KernelFile file,
                      std::span<const std::uintptr_t> entries) {
  const HostPtr host = hosts_.current();
  const HostPtr owner = host ? host : hosts_.withdrawn();
  auto code = std::make_shared<Code>();
  if (owner) {
    for (const std::uintptr_t entry : entries) code->stages.push_back({Entry(owner, entry), {}});
  }
  if (!host) return refused("there is no host that the code could be in");
  if (cache_key(file.source) != cache_key(kernel->source)) {
    return refused("the code is that of another kernel");
  }
  auto modules = FileShelf(std::move(file.variants))
                     .find(kernel->source, static_cast<int>(host->table().pointer_bits));
  if (!modules || modules->stages.size() != entries.size() ||
      entries.size() != kernel->program.stages.size()) {
    return refused("the code has another number of stages than the kernel");
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i] == 0) return refused("a stage has no code");
    code->stages[i].bytes = std::move(modules->stages[i]);
  }
  code->tier = modules->tier;
  code->host = host;
  metrics_.add(Metric::JitCompiles, entries.size());
  kernel->code.install(std::move(code));
  remember(key_of(kernel->source, hosts_.generation()), kernel, true);
  return Unit{};
}

std::shared_ptr<const Kernel> Engine::remembered(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto it = index_.find(key);
  if (it == index_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, it->second);
  return it->second->second;
}

std::shared_ptr<const Kernel> Engine::remember(const std::string& key,
                                               std::shared_ptr<const Kernel> kernel, bool replace) {
  std::list<Cached> dropped;  // destroyed after the lock: releasing entries calls the host
  const std::scoped_lock lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end()) {
    if (!replace) return it->second->second;
    dropped.splice(dropped.begin(), recent_, it->second);
    index_.erase(it);
  }
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
  static auto* engine = [] {
    // The compiler's thread may not outlive what Binaryen keeps in static objects, nor the one that
    // loads Wasmtime what the loader keeps.
    std::atexit([] {
      default_engine().queue().end();
      default_engine().hosts().hold();
      default_engine().hosts().let_go();
    });
#ifdef ME_HAVE_FORK
    // A child has one thread: what others were loading, or had locked, would stay so.
    pthread_atfork([] { default_engine().hosts().hold(); },
                   [] { default_engine().hosts().let_go(); },
                   [] { default_engine().hosts().let_go(); });
#endif
    return new Engine;
  }();
  return *engine;
}

}  // namespace me::jit
