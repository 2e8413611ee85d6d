// Kernels kept on disk.
//
// Enters: a source. Leaves: its modules, if this build has put them there, in this process or another. An
// entry is a kernel file (jit/store/kernel_file) of one pointer width under the source's cache key; one that
// cannot be read, or is another program's, is removed, counted and made again.
// Example: ME_CACHE_DIR=/tmp/k; the second process that compiles "a + 1" counts disk_hits 1.
// Tested by tests/unit/disk_cache_test.cpp and tests/python/test_kernel_file.py.
#include "jit/store/disk_cache.h"

#include "jit/store/kernel_file.h"
#if ME_WITH_WASMTIME
#include "engine/disk_store.h"
#endif

namespace me::jit {

#if ME_WITH_WASMTIME
namespace {

constexpr std::string_view kKind = "kernel";

std::string key_for(const Source& source, int pointer_bits) {
  return cache_key(source) + "\n" + std::to_string(pointer_bits);
}

}  // namespace

Outcome DiskCache::use(const std::string& directory, std::uint64_t max_bytes) {
  const std::scoped_lock lock(mutex_);
  store_ = nullptr;
  why_off_ = "off";
  if (directory.empty()) return Unit{};
  std::string why;
  store_ = engine::DiskStore::open(directory, max_bytes, &why);
  if (store_ != nullptr) return Unit{};
  why_off_ = "off: " + why;
  return Diagnostic{Status::InvalidArg, {}, "no kernel cache: " + why, "", false};
}

std::shared_ptr<engine::DiskStore> DiskCache::store() {
  const std::scoped_lock lock(mutex_);
  return store_;
}

std::string DiskCache::description() {
  const auto used = store();
  if (used) return used->directory();
  const std::scoped_lock lock(mutex_);
  return why_off_;
}

std::optional<Modules> DiskCache::find(const Source& source, int pointer_bits) {
  const auto used = store();
  if (!used || !source.signature.callouts.empty()) return std::nullopt;
  const std::string key = key_for(source, pointer_bits);
  const std::uint64_t damaged_before = used->damaged();
  if (const auto bytes = used->get(kKind, key)) {
    auto file = read(*bytes);
    if (file && check_origin(*file) && file->variants.size() == 1 &&
        file->variants[0].pointer_bits == pointer_bits) {
      metrics_.add(Metric::DiskHits);
      file->variants[0].tier = tier_when_found(file->variants[0].tier);
      return std::move(file->variants[0]);
    }
    used->remove(kKind, key);
    metrics_.add(Metric::DiskDamaged);
  } else if (used->damaged() != damaged_before) {
    metrics_.add(Metric::DiskDamaged);
  }
  metrics_.add(Metric::DiskMisses);
  return std::nullopt;
}

void DiskCache::keep(const Source& source, const Modules& modules) {
  const auto used = store();
  if (!used || !source.signature.callouts.empty()) return;
  const auto bytes = write(file_of(source, {modules}));
  if (used->put(kKind, key_for(source, modules.pointer_bits), bytes)) {
    metrics_.add(Metric::DiskWrites);
  }
}

#else

Outcome DiskCache::use(const std::string& directory, std::uint64_t) {
  if (directory.empty()) return Unit{};
  return Diagnostic{Status::InvalidArg, {},
                    "no kernel cache on disk here: the page's storage serves instead", "", false};
}

std::shared_ptr<engine::DiskStore> DiskCache::store() { return nullptr; }
std::string DiskCache::description() { return why_off_; }
std::optional<Modules> DiskCache::find(const Source&, int) { return std::nullopt; }
void DiskCache::keep(const Source&, const Modules&) {}

#endif

}  // namespace me::jit
