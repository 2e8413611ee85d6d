// Finds, loads and checks the Wasmtime library.
//
// Enters: a path, the variable ME_WASMTIME, or nothing. Leaves: a WasmtimeApi whose every pointer
// is set and whose value layout was seen to work, or a sentence that says what is in the way.
// Example: load("/nowhere.so", &why) is null, why = "/nowhere.so: cannot open shared object...".
//
// The library exports no version. What bounds it from below is the table (a library that lacks one
// function is refused), and what guards against the layouts of another version is the self-test: it
// compiles and calls a function without memory, (a, b, c) -> i32((3*a - (b - c)) >> 16), whose
// result needs all three 64-bit arguments in their places.
// Tested by tests/unit/engine_native_test.cpp.
#include "wasmtime_api.h"

#include <cstring>
#include <vector>

#include "base/env.h"
#include "machine_code.h"

#if defined(__unix__) || defined(__APPLE__)
#include <dlfcn.h>
#include <sys/stat.h>
#define ME_HAVE_DLOPEN 1
#endif

namespace me::engine {
namespace {

#ifdef ME_HAVE_DLOPEN
void* open_library(const std::string& name, std::string* why_not) {
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    *why_not = reason != nullptr ? reason : name + ": cannot be loaded";
  }
  return handle;
}

void* find_symbol(void* handle, const char* name) { return dlsym(handle, name); }

// The file that `address` was loaded from.
std::string file_identity(const void* address) {
  Dl_info info;
  struct stat status;
  if (dladdr(address, &info) == 0 || stat(info.dli_fname, &status) != 0) return {};
  return std::string(info.dli_fname) + "\n" + std::to_string(status.st_size) + "\n" +
         std::to_string(status.st_mtime);
}
#else
void* open_library(const std::string& name, std::string* why_not) {
  *why_not = name + ": this platform does not load libraries at run time";
  return nullptr;
}

void* find_symbol(void*, const char*) { return nullptr; }

std::string file_identity(const void*) { return {}; }
#endif

#ifdef __APPLE__
constexpr const char* kSystemNames[] = {"libwasmtime.dylib"};
#else
constexpr const char* kSystemNames[] = {"libwasmtime.so"};
#endif

std::vector<std::string> candidates(const char* path) {
  if (path != nullptr && *path != '\0') return {path};
  if (auto from_env = env::wasmtime_path()) return {*from_env};
  return {std::begin(kSystemNames), std::end(kSystemNames)};
}

// Fills the table; false when a symbol is missing.
bool fill(void* handle, WasmtimeApi* api, std::string* why_not) {
  const char* missing = nullptr;
#define ME_WASMTIME_FUNCTION(result, symbol, parameters)                              \
  api->symbol = reinterpret_cast<result(*) parameters>(find_symbol(handle, #symbol)); \
  if (api->symbol == nullptr && missing == nullptr) missing = #symbol;
#include "wasmtime_functions.def"
  if (missing == nullptr) return true;
  *why_not = api->library + ": no function " + missing + "; this Wasmtime is too old or incomplete";
  return false;
}

// (module (func (export "f") (param i64 i64 i64) (result i32)
//   (i32.wrap_i64 (i64.shr_u (i64.sub (i64.mul (local.get 0) (i64.const 3))
//                                     (i64.sub (local.get 1) (local.get 2)))
//                            (i64.const 16)))))
constexpr std::uint8_t kSelfTestModule[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x60, 0x03,
    0x7e, 0x7e, 0x7e, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01,
    0x66, 0x00, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00, 0x20, 0x00, 0x42, 0x03, 0x7e,
    0x20, 0x01, 0x20, 0x02, 0x7d, 0x7d, 0x42, 0x10, 0x88, 0xa7, 0x0b};

// Owns what the self-test makes.
struct SelfTest {
  const WasmtimeApi& api;
  wt::Engine* engine = nullptr;
  wt::Module* module = nullptr;
  wt::Store* store = nullptr;

  explicit SelfTest(const WasmtimeApi& table) : api(table) {}
  SelfTest(const SelfTest&) = delete;
  SelfTest& operator=(const SelfTest&) = delete;
  ~SelfTest() {
    if (store != nullptr) api.wasmtime_store_delete(store);
    if (module != nullptr) api.wasmtime_module_delete(module);
    if (engine != nullptr) api.wasm_engine_delete(engine);
  }

  // Empty when the library behaves as the declarations say, else what does not.
  std::string run(DiskStore* store_of_code) {
    wt::Config* config = api.wasm_config_new();
    api.wasmtime_config_parallel_compilation_set(config, false);
    engine = api.wasm_engine_new_with_config(config);
    bool loaded = false;
    const MachineCode code{api, "self-test", store_of_code};
    if (wt::Error* error = code.module(engine, kSelfTestModule, sizeof kSelfTestModule, &module,
                                       &loaded)) {
      return "cannot compile: " + api.take_message(error);
    }
    store = api.wasmtime_store_new(engine, nullptr, nullptr);
    wt::Context* context = api.wasmtime_store_context(store);
    wt::Instance instance{};
    wt::Trap* trap = nullptr;
    wt::Error* error = api.wasmtime_instance_new(context, module, nullptr, 0, &instance, &trap);
    if (error != nullptr) return "cannot instantiate: " + api.take_message(error);
    if (trap != nullptr) return "cannot instantiate: " + api.take_message(trap);

    wt::Extern item;
    std::memset(static_cast<void*>(&item), 0xaa, sizeof item);
    if (!api.wasmtime_instance_export_get(context, &instance, "f", 1, &item)) {
      return "an export is not found";
    }
    if (item.kind != wt::kExternFunc || item.of.func.store_id != instance.store_id) {
      return "exports are laid out differently";
    }
    if (!api.takes_three_i64(context, item.of.func)) return "function types read differently";

    const std::int64_t a = 0x0123456789abcdef;
    const std::int64_t b = 0x00fedcba98765432;
    const std::int64_t c = 0x1111222233334444;
    wt::ValRaw values[3] = {};
    values[0].i64 = a;
    values[1].i64 = b;
    values[2].i64 = c;
    error = api.wasmtime_func_call_unchecked(context, &item.of.func, values, 3, &trap);
    if (error != nullptr) return "cannot call: " + api.take_message(error);
    if (trap != nullptr) return "cannot call: " + api.take_message(trap);
    const auto expected =
        static_cast<std::int32_t>(static_cast<std::uint64_t>(3 * a - (b - c)) >> 16);
    return values[0].i32 == expected ? "" : "a call returns a wrong value";
  }
};

std::string trap_text(std::uint8_t code) {
  switch (code) {
    case wt::kTrapStackOverflow:
      return "stack overflow";
    case wt::kTrapMemoryOutOfBounds:
      return "memory access out of bounds";
    case wt::kTrapIntegerOverflow:
      return "integer overflow";
    case wt::kTrapDivisionByZero:
      return "integer division by zero";
    case wt::kTrapBadConversion:
      return "conversion of a float that has no integer value";
    case wt::kTrapUnreachable:
      return "unreachable code";
    default:
      return "trap " + std::to_string(code);
  }
}

}  // namespace

std::shared_ptr<const WasmtimeApi> WasmtimeApi::load(const char* path, std::string* why_not,
                                                     DiskStore* store) {
  std::string reasons;
  for (const std::string& name : candidates(path)) {
    std::string reason;
    if (void* handle = open_library(name, &reason)) {
      auto api = std::make_shared<WasmtimeApi>();
      api->library = name;
      if (fill(handle, api.get(), &reason)) {
        api->identity = file_identity(reinterpret_cast<const void*>(api->wasm_config_new));
        reason = SelfTest(*api).run(store);
        if (reason.empty()) return api;
        reason = name + ": self-test failed: " + reason;
      }
    }
    if (!reasons.empty()) reasons += "; ";
    reasons += reason;
  }
  if (why_not != nullptr) *why_not = reasons;
  return nullptr;
}

std::string WasmtimeApi::take_message(wt::Error* error) const {
  wt::ByteVec text{};
  wasmtime_error_message(error, &text);
  std::string message(text.data, text.size);
  wasm_byte_vec_delete(&text);
  wasmtime_error_delete(error);
  return message;
}

std::string WasmtimeApi::take_message(wt::Trap* trap) const {
  std::uint8_t code = 0;
  const bool known = wasmtime_trap_code(trap, &code);
  wasm_trap_delete(trap);
  return known ? trap_text(code) : "trap of an unknown kind";
}

bool WasmtimeApi::takes_three_i64(wt::Context* context, const wt::Func& func) const {
  wt::FuncType* type = wasmtime_func_type(context, &func);
  const wt::ValTypeVec* params = wasm_functype_params(type);
  const wt::ValTypeVec* results = wasm_functype_results(type);
  bool ok = params->size == 3 && results->size == 1;
  for (std::size_t i = 0; ok && i < 3; ++i) {
    ok = wasm_valtype_kind(params->data[i]) == wt::kValI64;
  }
  ok = ok && wasm_valtype_kind(results->data[0]) == wt::kValI32;
  wasm_functype_delete(type);
  return ok;
}

}  // namespace me::engine
