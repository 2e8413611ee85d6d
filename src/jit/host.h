// Where kernels run: the me_host in force, and RAII handles for what it instantiated.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/status.h"
#include "jit/tier.h"
#include "me_host.h"

namespace me::engine {
class DiskStore;
}

namespace me::jit {

// One host. Kernels hold it, so that a host which was withdrawn lives as long as kernels that it made.
class Host {
 public:
  virtual ~Host() = default;
  const me_host& table() const { return table_; }
  // To instantiate kernels of one tier with; everything else is the same as in table().
  virtual const me_host& table_for(Tier) const { return table_; }
  const std::string& description() const { return description_; }
  // No kernel is called from now on; entries are still released.
  void withdraw() { withdrawn_.store(true, std::memory_order_relaxed); }
  bool is_withdrawn() const { return withdrawn_.load(std::memory_order_relaxed); }

 protected:
  Host(me_host table, std::string description)
      : table_(table), description_(std::move(description)) {}
  me_host table_;
  std::string description_;

 private:
  std::atomic<bool> withdrawn_{false};
};
using HostPtr = std::shared_ptr<Host>;

// A kernel inside a host; released at the end of its life.
class Entry {
 public:
  Entry() = default;
  Entry(HostPtr host, std::uintptr_t handle) : host_(std::move(host)), handle_(handle) {}
  Entry(Entry&& other) noexcept
      : host_(std::move(other.host_)), handle_(std::exchange(other.handle_, 0)) {}
  Entry& operator=(Entry&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Entry() {
    if (handle_ != 0 && host_->table().release) {
      host_->table().release(host_->table().user, handle_);
    }
  }
  explicit operator bool() const { return handle_ != 0; }
  std::int32_t call(const void* const* operands, void* out, std::int64_t nitems) const {
    const me_host& h = host_->table();
    return h.call(h.user, handle_, operands, out, nitems);
  }
  std::int64_t address_bias() const { return host_->table().address_bias; }

 private:
  HostPtr host_;
  std::uintptr_t handle_ = 0;
};

// The two functions of me_register_wasm_jit_helpers.
using InstantiateHelper = int (*)(const unsigned char* bytes, int length, int bridge);
using FreeHelper = void (*)(int index);

// Chooses the host: one that was set, else helpers (in wasm), else Wasmtime (natively, loaded at first
// use), else none. Thread-safe.
class HostChoice {
 public:
  HostChoice();
  ~HostChoice();
  HostChoice(const HostChoice&) = delete;
  HostChoice& operator=(const HostChoice&) = delete;

  // The host for a new kernel, or null; description() then says why.
  HostPtr current();
  // Changes whenever current() may answer differently: part of the kernel cache's key.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // The host that was withdrawn last, or null: what was made for it is released by it.
  HostPtr withdrawn();

  Outcome set(const me_host* host);  // null: back to the built-in choice
  void set_helpers(InstantiateHelper instantiate, FreeHelper free);
  Outcome use_wasmtime(const char* library);
  // Begins to load Wasmtime in a thread of its own; who asks for the host meanwhile waits for it. Loads
  // `fallback` (may be null) where the search finds none. Nothing where there is a host already, or no
  // thread is to be had.
  void prepare_wasmtime(const char* fallback);
  // Around a fork: nothing is being loaded, and nobody else is inside this object.
  void hold();
  void let_go();
  // Where Wasmtime's machine code is kept; null: nowhere.
  void keep_machine_code(std::shared_ptr<engine::DiskStore> store);
  std::string description();

 private:
  struct Preparation;

  // The following are called with the mutex held.
  void settle();  // waits for what prepare_wasmtime() began
  HostPtr built_in();
  bool load_native(const char* library);  // null: ME_WASMTIME, then the system's; false: why_none_

  mutable std::mutex mutex_;
  HostPtr custom_;
  HostPtr helpers_;
  HostPtr native_;
  HostPtr withdrawn_;
  InstantiateHelper instantiate_ = nullptr;
  FreeHelper free_ = nullptr;
  bool native_tried_ = false;
  std::unique_ptr<Preparation> preparation_;
  std::shared_ptr<engine::DiskStore> store_;
  std::string why_none_ = "no JIT helpers registered";
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace me::jit
