// Generated kernels at native speed: compiled by Wasmtime, run on native pointers without copies.
//
// There is no sandbox here. A kernel's memory is the address space of the process, so `instantiate`
// must only ever see modules that this library's own code generator wrote. Guests (UDFs) never come
// here; they have an engine and a memory of their own.
#pragma once

#include <memory>
#include <string>

#include "engine/disk_store.h"
#include "me_host.h"

namespace me::engine {

class NativeKernels {
 public:
  // Loads Wasmtime (where from: WasmtimeApi::load; `library` may be null), makes an engine and
  // proves with a small kernel that native memory can be read and written. Null when any of this is
  // not to be had on this machine; *why_not then says why in one line. Takes a few milliseconds.
  // `store`: see keep_machine_code.
  static std::unique_ptr<NativeKernels> create(const char* library, std::string* why_not,
                                               std::shared_ptr<DiskStore> store = nullptr);

  // Frees all kernels that are left. No call may be running and no host() may be used afterwards.
  ~NativeKernels();

  NativeKernels(const NativeKernels&) = delete;
  NativeKernels& operator=(const NativeKernels&) = delete;

  // The host structure (include/me_host.h): pointer_bits 64, bias -ME_HOST_MEMORY64_BASE. It
  // borrows this object. Every function may be called from any thread, and one kernel by several
  // threads at the same time: they run in parallel, each on an instance of its own.
  me_host host();

  // The same host, except that `instantiate` takes about a third of the time and makes code that runs
  // half as fast again: for kernels that may not be needed for long. Entries serve both.
  me_host quick_host();

  // Machine code is kept in `store` from now on, and taken from there instead of being compiled; null:
  // no longer. What the store holds runs without any check but the library's own.
  void keep_machine_code(std::shared_ptr<DiskStore> store);
  // Modules whose machine code came from the store, and such as were compiled.
  std::uint64_t modules_loaded() const;
  std::uint64_t modules_compiled() const;

  // The library in use, as it was found: a path or a bare file name.
  const std::string& library() const;

 private:
  struct Impl;
  explicit NativeKernels(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace me::engine
