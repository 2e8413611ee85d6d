// Machine code between processes.
//
// Enters: the bytes of a module. Leaves: the module. The key of what is kept is the library's identity,
// the engine's configuration and all of the module's bytes. Wasmtime notes version, configuration and
// processor features in what it serialises, and refuses what does not fit; such an entry is removed.
// Example: a kernel of 600 bytes is 10 KB of machine code, loaded in 40 us instead of compiled in 1600.
// Tested by tests/unit/engine_native_test.cpp.
#include "engine/machine_code.h"

namespace me::engine {
namespace {

constexpr std::string_view kKind = "code";

bool load(const MachineCode& kept, wt::Engine* engine, const std::string& key, wt::Module** out) {
  const auto code = kept.store->get(kKind, key);
  if (!code) return false;
  wt::Error* error =
      kept.api.wasmtime_module_deserialize(engine, code->data(), code->size(), out);
  if (error == nullptr) return true;
  // Of another processor, for example, on a home directory that machines share.
  kept.api.wasmtime_error_delete(error);
  kept.store->remove(kKind, key);
  return false;
}

void keep(const MachineCode& kept, const std::string& key, wt::Module* module) {
  wt::ByteVec code{};
  if (wt::Error* error = kept.api.wasmtime_module_serialize(module, &code)) {
    kept.api.wasmtime_error_delete(error);
    return;
  }
  kept.store->put(kKind, key, {reinterpret_cast<const std::uint8_t*>(code.data), code.size});
  kept.api.wasm_byte_vec_delete(&code);
}

}  // namespace

wt::Error* MachineCode::module(wt::Engine* engine, const std::uint8_t* bytes, std::size_t length,
                               wt::Module** out, bool* loaded) const {
  std::string key;
  *loaded = false;
  if (store != nullptr && !api.identity.empty()) {
    key = api.identity + "\n" + configuration + "\n" +
          std::string(reinterpret_cast<const char*>(bytes), length);
    *loaded = load(*this, engine, key, out);
    if (*loaded) return nullptr;
  }
  wt::Error* error = api.wasmtime_module_new(engine, bytes, length, out);
  if (error == nullptr && !key.empty()) keep(*this, key, *out);
  return error;
}

}  // namespace me::engine
