// The hosts that kernels run in.
//
// Enters: a host structure, a pair of helpers, or the path of a Wasmtime library. Leaves: the Host that
// new kernels are instantiated in. In wasm an entry of the helpers is an index of the function table,
// which is what a C function pointer is there, so that a kernel call is a plain indirect call.
// Tested by tests/unit/host_test.cpp and tests/side_module.
#include "jit/host.h"

#include <cstring>
#if ME_WITH_WASMTIME
#include <system_error>
#include <thread>
#endif

#include "base/env.h"
#if ME_WITH_WASMTIME
#include "engine/native_kernels.h"
#include "jit/signals_blocked.h"
#endif

namespace me::jit {
namespace {

class CustomHost final : public Host {
 public:
  explicit CustomHost(const me_host& table) : Host(table, "host") {}
};

#if defined(__wasm__)
// The helpers of me_register_wasm_jit_helpers behind the host structure.
class HelperHost final : public Host {
 public:
  HelperHost(InstantiateHelper instantiate, FreeHelper free)
      : Host({}, "wasm helpers"), instantiate_(instantiate), free_(free) {
    table_.abi_version = ME_HOST_ABI_VERSION;
    table_.struct_size = sizeof(me_host);
    table_.pointer_bits = 32;
    table_.address_bias = 0;
    table_.user = this;
    table_.instantiate = [](void* user, const std::uint8_t* bytes, std::size_t size) {
      auto* self = static_cast<HelperHost*>(user);
      const int index = self->instantiate_(bytes, static_cast<int>(size), 0);
      return static_cast<std::uintptr_t>(index > 0 ? index : 0);
    };
    table_.release = [](void* user, std::uintptr_t entry) {
      auto* self = static_cast<HelperHost*>(user);
      if (self->free_) self->free_(static_cast<int>(entry));
    };
    table_.call = [](void*, std::uintptr_t entry, const void* const* operands, void* out,
                     std::int64_t nitems) -> std::int32_t {
      using Kernel = std::int32_t (*)(const void* const*, void*, std::int32_t);
      return reinterpret_cast<Kernel>(entry)(operands, out, static_cast<std::int32_t>(nitems));
    };
    table_.last_error = [](void*) { return "the JIT helper refused the module"; };
  }

 private:
  InstantiateHelper instantiate_;
  FreeHelper free_;
};
#endif

#if ME_WITH_WASMTIME
class NativeHost final : public Host {
 public:
  explicit NativeHost(std::unique_ptr<engine::NativeKernels> kernels)
      : Host(kernels->host(), "wasmtime (" + kernels->library() + ")"),
        kernels_(std::move(kernels)),
        quick_(kernels_->quick_host()) {}
  const me_host& table_for(Tier tier) const override {
    return tier == Tier::BaselineJit ? quick_ : table_;
  }
  engine::NativeKernels& kernels() { return *kernels_; }

 private:
  std::unique_ptr<engine::NativeKernels> kernels_;
  me_host quick_;
};
#endif

}  // namespace

#if ME_WITH_WASMTIME
// Wasmtime on its way. Its thread touches nothing else of the HostChoice.
struct HostChoice::Preparation {
  std::string fallback;
  std::shared_ptr<engine::DiskStore> store;
  std::unique_ptr<engine::NativeKernels> kernels;  // what came of it, or why none
  std::string why_none;
  std::thread thread;

  void run() noexcept {
    try {
      kernels = engine::NativeKernels::create(nullptr, &why_none, store);
      if (kernels || fallback.empty()) return;
      std::string why;
      kernels = engine::NativeKernels::create(fallback.c_str(), &why, store);
      why_none += "; " + why;
    } catch (const std::exception&) {
      why_none = "out of memory";
    }
  }
};

void HostChoice::prepare_wasmtime(const char* fallback) {
  const std::scoped_lock lock(mutex_);
  if (custom_ || native_ || preparation_) return;
  auto preparation = std::make_unique<Preparation>();
  if (fallback != nullptr) preparation->fallback = fallback;
  preparation->store = store_;
  try {
    const SignalsBlocked blocked;
    preparation->thread = std::thread([p = preparation.get()] { p->run(); });
  } catch (const std::system_error&) {
    return;  // loaded at first use, then
  }
  preparation_ = std::move(preparation);
  ++generation_;
}

void HostChoice::settle() {
  if (!preparation_) return;
  const auto done = std::move(preparation_);
  done->thread.join();
  native_tried_ = true;
  if (done->kernels) native_ = std::make_shared<NativeHost>(std::move(done->kernels));
  else why_none_ = std::move(done->why_none);
}

bool HostChoice::load_native(const char* library) {
  native_tried_ = true;
  const auto path = env::wasmtime_path();
  const char* chosen = library ? library : path ? path->c_str() : nullptr;
  auto kernels = engine::NativeKernels::create(chosen, &why_none_, store_);
  if (kernels) native_ = std::make_shared<NativeHost>(std::move(kernels));
  return native_ != nullptr;
}
#else
struct HostChoice::Preparation {};
void HostChoice::prepare_wasmtime(const char*) {}
void HostChoice::settle() {}
#endif

HostChoice::HostChoice() = default;

HostChoice::~HostChoice() { settle(); }

void HostChoice::hold() {
  mutex_.lock();
  settle();
}

void HostChoice::let_go() { mutex_.unlock(); }

HostPtr HostChoice::built_in() {
  settle();
  if (helpers_) return helpers_;
#if ME_WITH_WASMTIME
  if (!native_tried_) load_native(nullptr);
#endif
  return native_;
}

HostPtr HostChoice::current() {
  const std::scoped_lock lock(mutex_);
  return custom_ ? custom_ : built_in();
}

HostPtr HostChoice::withdrawn() {
  const std::scoped_lock lock(mutex_);
  return withdrawn_;
}

Outcome HostChoice::set(const me_host* host) {
  if (host != nullptr) {
    const bool whole = host->abi_version == ME_HOST_ABI_VERSION &&
                       host->struct_size >= sizeof(me_host) && host->instantiate && host->call &&
                       host->last_error &&
                       (host->pointer_bits == 32 || host->pointer_bits == 64) &&
                       host->pointer_bits == sizeof(void*) * 8;
    if (!whole) {
      Diagnostic d{Status::InvalidArg, {}, "the host structure is incomplete or of another ABI version",
                   "", false};
      return d;
    }
  }
  const std::scoped_lock lock(mutex_);
  if (host == nullptr && custom_) {
    custom_->withdraw();
    withdrawn_ = custom_;
  }
  custom_ = host ? std::make_shared<CustomHost>(*host) : nullptr;
  ++generation_;
  return Unit{};
}

void HostChoice::set_helpers(InstantiateHelper instantiate, FreeHelper free) {
  const std::scoped_lock lock(mutex_);
  if (instantiate == instantiate_ && free == free_) return;
  instantiate_ = instantiate;
  free_ = free;
  ++generation_;
#if defined(__wasm__)
  if (instantiate == nullptr && helpers_) {
    helpers_->withdraw();
    withdrawn_ = helpers_;
  }
  helpers_ = instantiate ? std::make_shared<HelperHost>(instantiate, free) : nullptr;
#endif
}

Outcome HostChoice::use_wasmtime([[maybe_unused]] const char* library) {
#if ME_WITH_WASMTIME
  const std::scoped_lock lock(mutex_);
  settle();
  if (native_) return Unit{};
  if (!load_native(library)) return Diagnostic{Status::InvalidArg, {}, why_none_, "", false};
  ++generation_;
  return Unit{};
#else
  return Diagnostic{Status::InvalidArg, {}, "this build runs no kernels through Wasmtime", "", false};
#endif
}

void HostChoice::keep_machine_code(std::shared_ptr<engine::DiskStore> store) {
  const std::scoped_lock lock(mutex_);
  settle();
  store_ = std::move(store);
#if ME_WITH_WASMTIME
  if (native_) static_cast<NativeHost&>(*native_).kernels().keep_machine_code(store_);
#endif
}

std::string HostChoice::description() {
  const HostPtr host = current();
  if (host) return host->description();
  const std::scoped_lock lock(mutex_);
  return "none: " + why_none_;
}

}  // namespace me::jit
