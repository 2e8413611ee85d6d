// The Wasmtime C API, loaded at run time: one table of function pointers, checked by a self-test.
// mejit neither links against the library nor needs its headers; the few layouts that cross the
// boundary are declared here and checked before anything relies on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace me::engine {

class DiskStore;

// The API's types. Those without members are opaque and owned as each function says.
namespace wt {
struct Config;
struct Engine;
struct Module;
struct Store;
struct Context;
struct Error;
struct Trap;
struct FuncType;
struct ValType;
struct MemoryType;

struct ByteVec {
  std::size_t size;
  char* data;
};
struct ValTypeVec {
  std::size_t size;
  ValType** data;
};

// A handle inside a store. Two words; the first names the store.
struct Instance {
  std::uint64_t store_id;
  std::size_t id;
};
struct Func {
  std::uint64_t store_id;
  void* id;
};

enum ExternKind : std::uint8_t { kExternFunc = 0, kExternMemory = 3 };
// An export or import. The library writes and reads at most 32 bytes of it; only `kind` and, for
// functions, `func` are looked at here. Never put two of them in an array.
struct Extern {
  std::uint8_t kind;
  union {
    Func func;
    std::uint64_t words[7];
  } of;
};

// An argument or result slot of an unchecked call: 16 bytes in every build of the library, unlike
// the checked value, whose size depends on how the library was built.
union ValRaw {
  std::int32_t i32;
  std::int64_t i64;
  double f64;
  std::uint64_t v128[2];
};
static_assert(sizeof(ValRaw) == 16 && alignof(ValRaw) == 8);

enum ValKind : std::uint8_t { kValI32 = 0, kValI64 = 1 };
enum Strategy : std::uint8_t { kStrategyCranelift = 1 };
enum OptLevel : std::uint8_t { kOptNone = 0, kOptSpeed = 1 };
enum TrapCode : std::uint8_t {
  kTrapStackOverflow = 0,
  kTrapMemoryOutOfBounds = 1,
  kTrapIntegerOverflow = 6,
  kTrapDivisionByZero = 7,
  kTrapBadConversion = 8,
  kTrapUnreachable = 9,
};

// Linear memories made by the embedder.
struct LinearMemory {
  void* env;
  std::uint8_t* (*get_memory)(void* env, std::size_t* byte_size, std::size_t* byte_capacity);
  Error* (*grow_memory)(void* env, std::size_t new_size);
  void (*finalizer)(void* env);
};
struct MemoryCreator {
  void* env;
  Error* (*new_memory)(void* env, const MemoryType* type, std::size_t minimum, std::size_t maximum,
                       std::size_t reserved_bytes, std::size_t guard_bytes, LinearMemory* out);
  void (*finalizer)(void* env);
};
}  // namespace wt

// The table. Immutable once loaded; may be used from any thread.
struct WasmtimeApi {
#define ME_WASMTIME_FUNCTION(result, symbol, parameters) result(*symbol) parameters = nullptr;
#include "wasmtime_functions.def"

  std::string library;  // the name under which the library was found
  // Which file that is: path, size and time of change. Another library, another identity.
  std::string identity;

  // Loads the library and runs the self-test. The library is looked for
  //   at `path`, when given (not null, not empty): there and nowhere else;
  //   else where the environment variable ME_WASMTIME says: there and nowhere else;
  //   else under the names that the system's loader knows.
  // Null when there is none or it does not pass, and then *why_not says why. A library that was
  // loaded stays loaded until the process ends (it installs signal handlers).
  // `store`, if given, keeps the machine code of the self-test.
  static std::shared_ptr<const WasmtimeApi> load(const char* path, std::string* why_not,
                                                 DiskStore* store = nullptr);

  // Text of an error or trap, which is deleted.
  std::string take_message(wt::Error* error) const;
  std::string take_message(wt::Trap* trap) const;
  // Whether `func` has type (i64, i64, i64) -> i32: an unchecked call of another is undefined.
  bool takes_three_i64(wt::Context* context, const wt::Func& func) const;
};

}  // namespace me::engine
