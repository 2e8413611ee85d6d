// The kernel cache on disk: modules between processes, and where hosts keep their machine code.
//
// Nothing in it ever fails: what cannot be read is made again, what cannot be written is not kept.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/metrics.h"
#include "base/status.h"
#include "jit/module_shelf.h"

namespace me::engine {
class DiskStore;
}

namespace me::jit {

class DiskCache final : public ModuleShelf {
 public:
  explicit DiskCache(Metrics& metrics) : metrics_(metrics) {}

  // Uses `directory`; empty: none. An error says why the directory cannot be used; then there is none.
  Outcome use(const std::string& directory, std::uint64_t max_bytes);
  // The directory, or "off", or why it is.
  std::string description();
  // What the directory holds; null: off.
  std::shared_ptr<engine::DiskStore> store();

  std::optional<Modules> find(const Source& source, int pointer_bits) override;
  void keep(const Source& source, const Modules& modules) override;

 private:
  Metrics& metrics_;
  std::mutex mutex_;
  std::shared_ptr<engine::DiskStore> store_;
  std::string why_off_ = "off";
};

}  // namespace me::jit
