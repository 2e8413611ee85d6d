// Runs kernels of the 64-bit-memory kind on native pointers.
//
// Enters: the bytes of a module that imports `env.memory` (64 bit, ME_HOST_MEMORY64_PAGES pages)
// and exports the kernel. Leaves: an entry for me_host::call, and results in the caller's arrays.
// Example: a module whose kernel adds two arrays gives entry e; call(e, {a', b', ctx'}, c, 4096),
// a' = a - 0x10000 and so on, writes c[i] = a[i] + b[i] with no copy anywhere.
//
// How: the engine asks us for every linear memory, and we answer with "it starts at address 0x10000
// and has 2^64 - 2^31 bytes". Nothing is mapped or reserved. Cranelift still compares every address
// with the size, but this size is a sign-extended 32-bit immediate, and accesses through one
// pointer at several small offsets share one comparison. (A size of 2^47 has to be loaded each
// time: 3.4 instead of 2.0 us for a loop of 4096 a*b+c, not unrolled.) The Spectre guard on heap
// accesses is off: it protects a sandbox that does not exist here and costs almost half the speed.
// Hardware faults inside kernel code become traps.
//
// Stores: instances live until their store is deleted and a store serves one thread at a time, so a
// store holds one instance of one kernel. A kernel keeps those that are idle (as many as threads
// ever ran it at once), one of them where a call gets it without a lock; a call borrows or makes one.
// Tested by tests/unit/engine_native_test.cpp.
#include "native_kernels.h"

#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/env.h"
#include "machine_code.h"
#include "wasmtime_api.h"

namespace me::engine {
namespace {

constexpr std::uintptr_t kBase = ME_HOST_MEMORY64_BASE;
constexpr std::uint64_t kMemoryBytes = std::uint64_t{ME_HOST_MEMORY64_PAGES} << 16;

// Text of the thread's last failure. Per thread, because a host is shared by threads.
thread_local std::string last_error_text;

// (module (memory (export "memory") i64 281474976677888 281474976677888))
constexpr std::uint8_t kMemoryModule[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x05, 0x10, 0x01, 0x05, 0x80, 0x80, 0xfe,
    0xff, 0xff, 0xff, 0x3f, 0x80, 0x80, 0xfe, 0xff, 0xff, 0xff, 0x3f, 0x07, 0x0a, 0x01, 0x06,
    0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00};

// (module (import "env" "memory" (memory i64 281474976677888 281474976677888))
//   (func (export "me_dsl_jit_kernel") (param i64 i64 i64) (result i32)   ;; *out = **operands + n
//     (i64.store (local.get 1) (i64.add (i64.load (i64.load (local.get 0))) (local.get 2)))
//     (i32.const 0)))
constexpr std::uint8_t kProbeModule[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x60, 0x03, 0x7e, 0x7e,
    0x7e, 0x01, 0x7f, 0x02, 0x1c, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x06, 0x6d, 0x65, 0x6d, 0x6f,
    0x72, 0x79, 0x02, 0x05, 0x80, 0x80, 0xfe, 0xff, 0xff, 0xff, 0x3f, 0x80, 0x80, 0xfe, 0xff,
    0xff, 0xff, 0x3f, 0x03, 0x02, 0x01, 0x00, 0x07, 0x15, 0x01, 0x11, 0x6d, 0x65, 0x5f, 0x64,
    0x73, 0x6c, 0x5f, 0x6a, 0x69, 0x74, 0x5f, 0x6b, 0x65, 0x72, 0x6e, 0x65, 0x6c, 0x00, 0x00,
    0x0a, 0x16, 0x01, 0x14, 0x00, 0x20, 0x01, 0x20, 0x00, 0x29, 0x03, 0x00, 0x29, 0x03, 0x00,
    0x20, 0x02, 0x7c, 0x37, 0x03, 0x00, 0x41, 0x00, 0x0b};

// Pointers become integers before the base is taken off: as pointer arithmetic this is undefined
// and compilers do use that.
std::uint64_t biased(const void* p) { return reinterpret_cast<std::uintptr_t>(p) - kBase; }

std::uint8_t* get_memory(void*, std::size_t* size, std::size_t* capacity) {
  *size = static_cast<std::size_t>(kMemoryBytes);
  *capacity = *size;
  return reinterpret_cast<std::uint8_t*>(kBase);
}

// Both callbacks' env is the WasmtimeApi.
wt::Error* refuse_growth(void* env, std::size_t) {
  return static_cast<const WasmtimeApi*>(env)->wasmtime_error_new("this memory cannot grow");
}

wt::Error* new_memory(void* env, const wt::MemoryType*, std::size_t minimum, std::size_t maximum,
                      std::size_t, std::size_t, wt::LinearMemory* out) {
  if (minimum != kMemoryBytes || maximum != kMemoryBytes) {
    return static_cast<const WasmtimeApi*>(env)->wasmtime_error_new(
        "only the memory over the address space can be made here");
  }
  *out = {env, get_memory, refuse_growth, nullptr};
  return nullptr;
}

// What a section would add that a kernel module may not have, as it is state of its own or writes
// to memory at instantiation; null for the ids of harmless sections.
const char* forbidden_section(std::uint8_t id) {
  switch (id) {
    case 4:
      return "tables";
    case 5:
      return "a memory of its own";
    case 8:
      return "a start function";
    case 9:
      return "elements";
    case 11:
      return "data";
    default:
      return nullptr;
  }
}

// Walks the sections of a module that the engine has validated; names the first forbidden one, or
// null.
const char* find_forbidden(const std::uint8_t* bytes, std::size_t len) {
  std::size_t at = 8;
  while (at < len) {
    const std::uint8_t id = bytes[at++];
    if (const char* what = forbidden_section(id)) return what;
    std::uint64_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at >= len || shift > 28) return nullptr;
      const std::uint8_t byte = bytes[at++];
      size |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) break;
    }
    if (size > len - at) return nullptr;
    at += static_cast<std::size_t>(size);
  }
  return nullptr;
}

// One store with one instance of one kernel. Used by one thread at a time.
class Instance {
 public:
  explicit Instance(const WasmtimeApi& api) : api_(api) {}
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() {
    if (store_ != nullptr) api_.wasmtime_store_delete(store_);
  }

  // False with the reason when the module is not a kernel.
  bool start(wt::Engine* engine, const wt::Module* memory_module, const wt::Module* module,
             std::string* why_not) {
    store_ = api_.wasmtime_store_new(engine, nullptr, nullptr);
    context_ = api_.wasmtime_store_context(store_);
    wt::Instance owner{};
    wt::Extern memory{};
    if (!instantiate(memory_module, nullptr, 0, &owner, why_not)) return false;
    if (!api_.wasmtime_instance_export_get(context_, &owner, "memory", 6, &memory)) {
      *why_not = "the memory over the address space cannot be made";
      return false;
    }
    wt::Instance instance{};
    if (!instantiate(module, &memory, 1, &instance, why_not)) return false;
    wt::Extern item{};
    if (!api_.wasmtime_instance_export_get(context_, &instance, ME_HOST_KERNEL_EXPORT,
                                           sizeof ME_HOST_KERNEL_EXPORT - 1, &item) ||
        item.kind != wt::kExternFunc) {
      *why_not = "the module exports no function " ME_HOST_KERNEL_EXPORT;
      return false;
    }
    if (!api_.takes_three_i64(context_, item.of.func)) {
      *why_not = ME_HOST_KERNEL_EXPORT " is not of type (i64, i64, i64) -> i32";
      return false;
    }
    func_ = item.of.func;
    return true;
  }

  std::int32_t call(std::uint64_t operands, std::uint64_t out, std::int64_t nitems) {
    wt::ValRaw values[3] = {};
    values[0].i64 = static_cast<std::int64_t>(operands);
    values[1].i64 = static_cast<std::int64_t>(out);
    values[2].i64 = nitems;
    wt::Trap* trap = nullptr;
    wt::Error* error = api_.wasmtime_func_call_unchecked(context_, &func_, values, 3, &trap);
    if (error == nullptr && trap == nullptr) return values[0].i32;
    if (error != nullptr) {
      last_error_text = "the engine cannot run the kernel: " + api_.take_message(error);
      return ME_HOST_FAILED;
    }
    last_error_text = "the kernel trapped: " + api_.take_message(trap);
    return ME_HOST_TRAPPED;
  }

 private:
  bool instantiate(const wt::Module* module, const wt::Extern* imports, std::size_t count,
                   wt::Instance* out, std::string* why_not) {
    wt::Trap* trap = nullptr;
    wt::Error* error = api_.wasmtime_instance_new(context_, module, imports, count, out, &trap);
    if (error == nullptr && trap == nullptr) return true;
    *why_not = error != nullptr ? api_.take_message(error) : api_.take_message(trap);
    return false;
  }

  const WasmtimeApi& api_;
  wt::Store* store_ = nullptr;
  wt::Context* context_ = nullptr;
  wt::Func func_{};
};

}  // namespace

struct NativeKernels::Impl {
  // Machine code of other processes.
  struct Kept {
    std::mutex mutex;
    std::shared_ptr<DiskStore> store;  // guarded by mutex
    std::atomic<std::uint64_t> loaded{0};
    std::atomic<std::uint64_t> compiled{0};
  };

  // An engine with its settings, and the memory that its instances import.
  struct Compiler {
    const WasmtimeApi& api;
    Kept& kept;
    std::string configuration;  // in a word
    wt::Engine* engine = nullptr;
    wt::Module* memory_module = nullptr;

    Compiler(const WasmtimeApi& table, Kept& code) : api(table), kept(code) {}
    Compiler(const Compiler&) = delete;
    Compiler& operator=(const Compiler&) = delete;
    ~Compiler() {
      if (memory_module != nullptr) api.wasmtime_module_delete(memory_module);
      if (engine != nullptr) api.wasm_engine_delete(engine);
    }
    bool start(bool quick, std::string* why_not);
    // A module from its bytes, or from the machine code that is kept for them.
    wt::Error* compile(const std::uint8_t* bytes, std::size_t len, wt::Module** out) const {
      std::shared_ptr<DiskStore> store;
      {
        const std::lock_guard lock(kept.mutex);
        store = kept.store;
      }
      bool was_kept = false;
      const MachineCode code{api, configuration, store.get()};
      wt::Error* error = code.module(engine, bytes, len, out, &was_kept);
      if (error == nullptr) {
        (was_kept ? kept.loaded : kept.compiled).fetch_add(1, std::memory_order_relaxed);
      }
      return error;
    }
  };

  // A compiled module and its idle instances.
  struct Kernel {
    const Compiler& compiler;
    wt::Module* module = nullptr;
    std::atomic<Instance*> ready{nullptr};        // an idle one, for calls that take no lock
    std::mutex mutex;
    std::vector<std::unique_ptr<Instance>> idle;  // further ones, guarded by mutex

    explicit Kernel(const Compiler& c) : compiler(c) {}
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    ~Kernel() {
      delete ready.load();
      idle.clear();
      if (module != nullptr) compiler.api.wasmtime_module_delete(module);
    }

    std::unique_ptr<Instance> borrow(std::string* why_not) {
      if (Instance* const taken = ready.exchange(nullptr, std::memory_order_acquire)) {
        return std::unique_ptr<Instance>(taken);
      }
      {
        const std::lock_guard lock(mutex);
        if (!idle.empty()) {
          auto instance = std::move(idle.back());
          idle.pop_back();
          return instance;
        }
      }
      auto instance = std::make_unique<Instance>(compiler.api);
      if (!instance->start(compiler.engine, compiler.memory_module, module, why_not)) {
        return nullptr;
      }
      return instance;
    }

    void give_back(std::unique_ptr<Instance> instance) {
      Instance* none = nullptr;
      if (ready.compare_exchange_strong(none, instance.get(), std::memory_order_acq_rel)) {
        instance.release();  // NOLINT(bugprone-unused-return-value): `ready` owns it now
        return;
      }
      const std::lock_guard lock(mutex);
      idle.push_back(std::move(instance));
    }
  };

  std::shared_ptr<const WasmtimeApi> api;
  Kept kept;
  Compiler best;
  Compiler quick;  // started at first use
  std::once_flag quick_once;
  std::mutex mutex;
  std::unordered_map<std::uintptr_t, std::unique_ptr<Kernel>> kernels;  // guarded by mutex

  explicit Impl(std::shared_ptr<const WasmtimeApi> table)
      : api(std::move(table)), best(*api, kept), quick(*api, kept) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool start(std::string* why_not) {
    return best.start(env::quick_machine_code(), why_not) && prove(why_not);
  }

  // The compiler that takes less time and makes slower code; the other one where it cannot be had.
  const Compiler& quick_compiler() {
    std::call_once(quick_once, [this] {
      std::string why_not;
      quick.start(true, &why_not);
    });
    return quick.memory_module != nullptr ? quick : best;
  }

  // Reads and writes the heap and the stack through a kernel.
  bool prove(std::string* why_not) {
    const std::uintptr_t entry = instantiate(best, kProbeModule, sizeof kProbeModule);
    if (entry == 0) {
      *why_not = "native memory cannot be reached: " + last_error_text;
      return false;
    }
    const auto on_heap = std::make_unique<std::uint64_t>(0x1122334455667788);
    const void* words[1] = {reinterpret_cast<const void*>(biased(on_heap.get()))};
    std::uint64_t on_stack = 0;
    const std::int32_t status = call(entry, words, &on_stack, 3);
    release(entry);
    if (status == 0 && on_stack == *on_heap + 3) return true;
    *why_not = "native memory cannot be reached: " +
               (status < 0 ? last_error_text : std::string("a kernel reads or writes elsewhere"));
    return false;
  }

  std::uintptr_t instantiate(const Compiler& compiler, const std::uint8_t* bytes,
                             std::size_t len) {
    if (bytes == nullptr) return refused("no module");
    auto kernel = std::make_unique<Kernel>(compiler);
    if (wt::Error* error = compiler.compile(bytes, len, &kernel->module)) {
      return refused(api->take_message(error));
    }
    if (const char* what = find_forbidden(bytes, len)) {
      return refused(std::string("a kernel module may not have ") + what);
    }
    std::string reason;
    auto instance = kernel->borrow(&reason);
    if (instance == nullptr) return refused(reason);
    kernel->give_back(std::move(instance));
    const auto entry = reinterpret_cast<std::uintptr_t>(kernel.get());
    const std::lock_guard lock(mutex);
    kernels.emplace(entry, std::move(kernel));
    return entry;
  }

  void release(std::uintptr_t entry) {
    std::unique_ptr<Kernel> last;  // deleted after the lock is given up
    const std::lock_guard lock(mutex);
    const auto found = kernels.find(entry);
    if (found == kernels.end()) return;
    last = std::move(found->second);
    kernels.erase(found);
  }

  std::int32_t call(std::uintptr_t entry, const void* const* operands, void* out,
                    std::int64_t nitems) {
    if (entry == 0) return bad_call("no kernel");
    if (nitems < 0) return bad_call("a negative number of items");
    const std::uint64_t operands_at = biased(operands);
    const std::uint64_t out_at = biased(out);
    if (operands_at >= kMemoryBytes) return bad_call("the operands lie outside the memory");
    if (out_at >= kMemoryBytes && nitems > 0) return bad_call("the output lies outside the memory");
    Kernel& kernel = *reinterpret_cast<Kernel*>(entry);
    std::string reason;
    auto instance = kernel.borrow(&reason);
    if (instance == nullptr) {
      last_error_text = "no further instance of the kernel: " + reason;
      return ME_HOST_FAILED;
    }
    const std::int32_t status = instance->call(operands_at, out_at, nitems);
    kernel.give_back(std::move(instance));
    return status;
  }

  static std::uintptr_t refused(std::string reason) {
    last_error_text = std::move(reason);
    return 0;
  }

  static std::int32_t bad_call(const char* reason) {
    last_error_text = reason;
    return ME_HOST_BAD_CALL;
  }
};

bool NativeKernels::Impl::Compiler::start(bool quick, std::string* why_not) {
  wt::Config* config = api.wasm_config_new();
  api.wasmtime_config_strategy_set(config, wt::kStrategyCranelift);
  api.wasmtime_config_cranelift_opt_level_set(config, quick ? wt::kOptNone : wt::kOptSpeed);
  if (quick) {
    api.wasmtime_config_cranelift_flag_set(config, "regalloc_algorithm", "single_pass");
  }
  api.wasmtime_config_cranelift_flag_set(config, "enable_heap_access_spectre_mitigation",
                                          "false");
  api.wasmtime_config_wasm_simd_set(config, true);
  api.wasmtime_config_wasm_memory64_set(config, true);
  api.wasmtime_config_signals_based_traps_set(config, true);
  api.wasmtime_config_memory_may_move_set(config, false);
  api.wasmtime_config_memory_init_cow_set(config, false);
  // A kernel is one function: nothing to share out, and a thread pool does not survive fork().
  api.wasmtime_config_parallel_compilation_set(config, false);
  // Nothing unwinds through a kernel; the registry of unwind tables is one list for the process.
  api.wasmtime_config_native_unwind_info_set(config, false);
  wt::MemoryCreator creator{const_cast<WasmtimeApi*>(&api), new_memory, nullptr};
  api.wasmtime_config_host_memory_creator_set(config, &creator);
  engine = api.wasm_engine_new_with_config(config);
  configuration = quick ? "quick" : "speed";
  if (wt::Error* error = compile(kMemoryModule, sizeof kMemoryModule, &memory_module)) {
    *why_not = "64-bit memories are not supported: " + api.take_message(error);
    return false;
  }
  return true;
}

namespace {

// The four functions of me_host: exceptions (out of memory) end here.
template <class R, class F>
R guarded(R failure, F&& body) noexcept {
  try {
    return body();
  } catch (const std::exception&) {
    last_error_text.assign("out of memory");  // fits without an allocation
    return failure;
  }
}

}  // namespace

NativeKernels::NativeKernels(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NativeKernels::~NativeKernels() = default;

std::unique_ptr<NativeKernels> NativeKernels::create(const char* library, std::string* why_not,
                                                     std::shared_ptr<DiskStore> store) {
  std::string reason;
  if (sizeof(void*) != 8) {
    reason = "native kernels need 64-bit pointers";
  } else if (auto api = WasmtimeApi::load(library, &reason, store.get())) {
    auto impl = std::make_unique<Impl>(std::move(api));
    impl->kept.store = std::move(store);
    if (impl->start(&reason)) {
      return std::unique_ptr<NativeKernels>(new NativeKernels(std::move(impl)));
    }
  }
  if (why_not != nullptr) *why_not = reason;
  return nullptr;
}

void NativeKernels::keep_machine_code(std::shared_ptr<DiskStore> store) {
  const std::lock_guard lock(impl_->kept.mutex);
  impl_->kept.store = std::move(store);
}

std::uint64_t NativeKernels::modules_loaded() const {
  return impl_->kept.loaded.load(std::memory_order_relaxed);
}

std::uint64_t NativeKernels::modules_compiled() const {
  return impl_->kept.compiled.load(std::memory_order_relaxed);
}

const std::string& NativeKernels::library() const { return impl_->api->library; }

me_host NativeKernels::host() {
  me_host h{};
  h.abi_version = ME_HOST_ABI_VERSION;
  h.struct_size = sizeof(me_host);
  h.pointer_bits = 64;
  h.address_bias = -static_cast<std::int64_t>(ME_HOST_MEMORY64_BASE);
  h.user = impl_.get();
  h.instantiate = [](void* user, const std::uint8_t* bytes, std::size_t len) {
    return guarded(std::uintptr_t{0},
                   [&] {
                     auto& impl = *static_cast<Impl*>(user);
                     return impl.instantiate(impl.best, bytes, len);
                   });
  };
  h.release = [](void* user, std::uintptr_t entry) { static_cast<Impl*>(user)->release(entry); };
  h.call = [](void* user, std::uintptr_t entry, const void* const* operands, void* out,
              std::int64_t nitems) {
    return guarded(std::int32_t{ME_HOST_FAILED}, [&] {
      return static_cast<Impl*>(user)->call(entry, operands, out, nitems);
    });
  };
  h.last_error = [](void*) { return last_error_text.c_str(); };
  return h;
}

me_host NativeKernels::quick_host() {
  me_host h = host();
  h.instantiate = [](void* user, const std::uint8_t* bytes, std::size_t len) {
    return guarded(std::uintptr_t{0}, [&] {
      auto& impl = *static_cast<Impl*>(user);
      return impl.instantiate(impl.quick_compiler(), bytes, len);
    });
  };
  return h;
}

}  // namespace me::engine
