// Modules of Wasmtime, from their bytes or from machine code that was kept for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/disk_store.h"
#include "engine/wasmtime_api.h"

namespace me::engine {

// Whose machine code a wasm engine can run, and where it is kept (null: nowhere).
struct MachineCode {
  const WasmtimeApi& api;
  std::string configuration;  // one word for each configuration of an engine
  DiskStore* store = nullptr;

  // The module; *loaded says whether its machine code came from the store. What was compiled is put
  // there. What the store holds runs without any check but the library's own.
  wt::Error* module(wt::Engine* engine, const std::uint8_t* bytes, std::size_t length,
                    wt::Module** out, bool* loaded) const;
};

}  // namespace me::engine
