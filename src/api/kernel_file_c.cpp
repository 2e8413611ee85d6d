// Kernel files and the kernel cache on disk, for C callers.
//
// Enters: kernels, or bytes of any quality. Leaves: a file's bytes, kernels, or what is wrong in the
// thread's last error. Tested by tests/c_abi/kernel_files.c and tests/python/test_kernel_file.py.
#include <optional>
#include <string>

#include "api/guard.h"
#include "api/kernel_handle.h"
#include "base/env.h"
#include "base/tuning.h"
#include "jit/runtime/engine.h"
#include "jit/store/kernel_file.h"
#include "me_engine.h"

static_assert(ME_MAX_STAGES == me::tuning::kMaxStages);

namespace me::api {
namespace {

int refuse(const Diagnostic& why) {
  set_error(why, "", "");
  return compile_code_of(why.status);
}

int refuse(const char* why) { return refuse({Status::InvalidArg, {}, why, "", false}); }

std::span<const std::uint8_t> span_of(const void* bytes, std::size_t size) {
  return {static_cast<const std::uint8_t*>(bytes), size};
}

}  // namespace
}  // namespace me::api

using me::api::guarded;

extern "C" {

size_t me_kernel_save(const me_kernel* kernel, uint32_t pointer_bits, char** bytes) {
  me::api::clear_error();
  return guarded<size_t>(0, 0, [&]() -> size_t {
    if (bytes) *bytes = nullptr;
    if (kernel == nullptr || bytes == nullptr ||
        (pointer_bits != 0 && pointer_bits != 32 && pointer_bits != 64)) {
      me::api::refuse("a required argument is NULL, or the pointer width is none");
      return 0;
    }
    std::vector<int> widths = {32, 64};
    if (pointer_bits != 0) widths = {static_cast<int>(pointer_bits)};
    const auto file = me::jit::save(*kernel->kernel, widths);
    if (!file) {
      me::api::refuse(file.error());
      return 0;
    }
    *bytes = me::api::give({reinterpret_cast<const char*>(file->data()), file->size()});
    if (*bytes == nullptr) throw std::bad_alloc();
    return file->size();
  });
}

int me_kernel_load(const void* bytes, size_t size, uint32_t flags, me_kernel** out) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&]() -> int {
    if (out) *out = nullptr;
    if (bytes == nullptr || out == nullptr || (flags & ~ME_LOAD_RECOMPILE) != 0) {
      return me::api::refuse("a required argument is NULL, or a flag is unknown");
    }
    auto file = me::jit::read(me::api::span_of(bytes, size));
    if (!file) return me::api::refuse(file.error());
    auto kernel =
        me::jit::default_engine().load(std::move(*file), (flags & ME_LOAD_RECOMPILE) != 0);
    if (!kernel) return me::api::refuse(kernel.error());
    *out = new me_kernel{std::move(*kernel)};
    return ME_COMPILE_SUCCESS;
  });
}

char* me_kernel_key(const me_kernel* kernel) {
  return guarded<char*>(nullptr, nullptr, [&]() -> char* {
    return kernel ? me::api::give(me::jit::cache_key(kernel->kernel->source)) : nullptr;
  });
}

int me_kernel_file_modules(const void* bytes, size_t size, uint32_t pointer_bits, size_t* places,
                           int capacity) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&]() -> int {
    if (bytes == nullptr || capacity < 0 || (capacity > 0 && places == nullptr)) {
      return me::api::refuse("a required argument is NULL or negative");
    }
    const auto span = me::api::span_of(bytes, size);
    const auto file = me::jit::read(span);
    if (!file) return me::api::refuse(file.error());
    const auto origin = me::jit::check_origin(*file);
    if (!origin) return me::api::refuse(origin.error());
    int count = 0;
    while (const auto place = me::jit::locate(*file, span, static_cast<int>(pointer_bits),
                                              static_cast<size_t>(count))) {
      if (count < capacity) {
        places[2 * count] = place->begin;
        places[2 * count + 1] = place->size;
      }
      ++count;
    }
    return count;
  });
}

int me_kernel_adopt(me_kernel* kernel, const void* file, size_t size, const uintptr_t* entries,
                    int count) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&]() -> int {
    if (kernel == nullptr || entries == nullptr || count < 0) {
      return me::api::refuse("a required argument is NULL or negative");
    }
    // What cannot be read has no modules; the engine then refuses and releases the entries.
    me::jit::KernelFile parts;
    if (auto known = me::jit::read(me::api::span_of(file, file != nullptr ? size : 0))) {
      if (me::jit::check_origin(*known)) parts = std::move(*known);
    }
    const auto done = me::jit::default_engine().adopt(
        kernel->kernel, std::move(parts), {entries, static_cast<size_t>(count)});
    return done ? ME_COMPILE_SUCCESS : me::api::refuse(done.error());
  });
}

char* me_kernel_file_manifest(const void* bytes, size_t size) {
  me::api::clear_error();
  return guarded<char*>(nullptr, nullptr, [&]() -> char* {
    if (bytes == nullptr) return nullptr;
    const auto text = me::jit::manifest(me::api::span_of(bytes, size));
    if (text) return me::api::give(*text);
    me::api::refuse(text.error());
    return nullptr;
  });
}

bool me_kernel_param_at(const me_kernel* kernel, int index, me_param* out) {
  if (kernel == nullptr || out == nullptr || index < 0) return false;
  const auto& params = kernel->kernel->source.signature.params;
  if (static_cast<size_t>(index) >= params.size()) return false;
  const me::Param& p = params[static_cast<size_t>(index)];
  std::uint32_t flags = 0;
  if (p.uniform) flags |= ME_PARAM_UNIFORM;
  if (p.weak) flags |= ME_PARAM_WEAK;
  *out = {p.name.c_str(), static_cast<me_dtype>(p.dtype), flags, p.itemsize};
  return true;
}

bool me_kernel_options(const me_kernel* kernel, me_compile_options* out) {
  if (kernel == nullptr || out == nullptr || out->struct_size < sizeof *out) return false;
  const me::jit::Source& source = kernel->kernel->source;
  out->dialect = static_cast<me_dialect>(source.dialect);
  out->result = static_cast<me_dtype>(source.signature.result);
  out->max_tier = source.fastest ? ME_TIER_FASTEST : static_cast<me_tier>(source.max_tier);
  if (source.policy == me::jit::TierPolicy::Profiled) out->max_tier = ME_TIER_AUTO;
  return true;
}

int me_use_kernel_cache(const char* directory, uint64_t max_bytes) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&]() -> int {
    auto chosen = directory ? std::optional<std::string>(directory)
                            : me::env::conventional_cache_directory();
    if (!chosen) return me::api::refuse("no kernel cache: neither XDG_CACHE_HOME nor HOME is set");
    const auto done = me::jit::default_engine().use_disk_cache(
        *chosen, max_bytes != 0 ? max_bytes : me::tuning::kDiskCacheBytes);
    return done ? ME_COMPILE_SUCCESS : me::api::refuse(done.error());
  });
}

const char* me_kernel_cache_description(void) {
  thread_local std::string text;
  return guarded<const char*>("", "", [&] {
    text = me::jit::default_engine().disk_cache().description();
    return text.c_str();
  });
}

}  // extern "C"
