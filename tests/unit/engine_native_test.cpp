// Native kernels: Wasmtime loaded at run time, kernels on native pointers.
//
// Enters: kernels in text form, turned into modules by the library's own wat2wasm. Leaves: verdicts
// about me_host's contract: results equal C's bit for bit, bad modules and bad calls give reasons,
// a trap leaves the process alive, threads run one kernel at once, nothing leaks.
// The library is the one that ME_WASMTIME names, which then has to work, or the system's; without
// one only the tests of its absence run, and the others say that they were skipped.
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/env.h"
#include "base/hash.h"
#include "engine/disk_store.h"
#include "engine/native_kernels.h"
#include "engine/wasmtime_api.h"
#include "me_host.h"

namespace {

using me::engine::NativeKernels;

// The fault handlers that came with the engine. doctest puts its own in place for every test case,
// so a test that traps puts the engine's back while it runs.
constexpr int kFaults[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS};
struct sigaction engine_handlers[std::size(kFaults)];

void swap_handlers() {
  for (std::size_t i = 0; i < std::size(kFaults); ++i) {
    struct sigaction before;
    sigaction(kFaults[i], &engine_handlers[i], &before);
    engine_handlers[i] = before;
  }
}

class EngineHandlers {
 public:
  EngineHandlers() { swap_handlers(); }
  EngineHandlers(const EngineHandlers&) = delete;
  EngineHandlers& operator=(const EngineHandlers&) = delete;
  ~EngineHandlers() { swap_handlers(); }
};

// The engine for all tests of this file; null without a library.
NativeKernels* kernels() {
  static std::string why;
  static const std::unique_ptr<NativeKernels> shared = [] {
    auto made = NativeKernels::create(nullptr, &why);
    for (std::size_t i = 0; i < std::size(kFaults); ++i) {
      sigaction(kFaults[i], nullptr, &engine_handlers[i]);
    }
    return made;
  }();
  if (shared == nullptr && me::env::wasmtime_path()) FAIL_CHECK("the named engine fails: " << why);
  if (shared == nullptr) MESSAGE("skipped, no native engine: " << why);
  return shared.get();
}

#define ME_NEED_ENGINE(name)        \
  if (kernels() == nullptr) return; \
  const me_host name = kernels()->host()

std::vector<std::uint8_t> assemble(const std::string& text) {
  struct Bytes {
    std::size_t size;
    std::uint8_t* data;
  };
  void* library = dlopen(kernels()->library().c_str(), RTLD_NOW);
  REQUIRE(library != nullptr);
  const auto wat2wasm = reinterpret_cast<void* (*)(const char*, std::size_t, Bytes*)>(
      dlsym(library, "wasmtime_wat2wasm"));
  const auto drop = reinterpret_cast<void (*)(Bytes*)>(dlsym(library, "wasm_byte_vec_delete"));
  REQUIRE((wat2wasm != nullptr && drop != nullptr));
  Bytes bytes{};
  REQUIRE(wat2wasm(text.data(), text.size(), &bytes) == nullptr);
  std::vector<std::uint8_t> module(bytes.data, bytes.data + bytes.size);
  drop(&bytes);
  return module;
}

#define ME_TEXT2(x) #x
#define ME_TEXT(x) ME_TEXT2(x)
const char kMemory[] = "(import \"env\" \"memory\" (memory i64 " ME_TEXT(ME_HOST_MEMORY64_PAGES) " "
                       ME_TEXT(ME_HOST_MEMORY64_PAGES) "))";

// A module around the body of a kernel with parameters $ops $out $n.
std::string kernel_text(const std::string& body) {
  return std::string("(module ") + kMemory +
         R"((func (export "me_dsl_jit_kernel") (param $ops i64) (param $out i64) (param $n i64)
            (result i32) )" +
         body + "))";
}

// out[i] = a[i] * b[i] + a[i], two lanes at a time; n must be even.
std::string multiply_add() {
  return kernel_text(R"(
    (local $a i64) (local $b i64) (local $i i64) (local $end i64)
    (local.set $a (i64.load (local.get $ops)))
    (local.set $b (i64.load offset=8 (local.get $ops)))
    (local.set $end (i64.shl (local.get $n) (i64.const 3)))
    (if (i64.eqz (local.get $end)) (then (return (i32.const 0))))
    (loop $next
      (v128.store align=1 (i64.add (local.get $out) (local.get $i))
        (f64x2.add
          (f64x2.mul (v128.load align=1 (i64.add (local.get $a) (local.get $i)))
                     (v128.load align=1 (i64.add (local.get $b) (local.get $i))))
          (v128.load align=1 (i64.add (local.get $a) (local.get $i)))))
      (local.set $i (i64.add (local.get $i) (i64.const 16)))
      (br_if $next (i64.lt_u (local.get $i) (local.get $end))))
    (i32.const 0))");
}

std::uintptr_t load(const me_host& host, const std::string& text) {
  const auto module = assemble(text);
  const std::uintptr_t entry = host.instantiate(host.user, module.data(), module.size());
  INFO("refused: " << host.last_error(host.user));
  CHECK(entry != 0);
  return entry;
}

const void* biased(const me_host& host, const void* p) {
  return reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                       static_cast<std::uintptr_t>(host.address_bias));
}

std::int32_t run(const me_host& host, std::uintptr_t entry, const double* a, const double* b,
                 double* out, std::int64_t n) {
  const void* words[2] = {biased(host, a), biased(host, b)};
  return host.call(host.user, entry, words, out, n);
}

bool refused_because(const me_host& host, const std::vector<std::uint8_t>& module,
                     const char* part) {
  const std::uintptr_t entry = host.instantiate(host.user, module.data(), module.size());
  const std::string reason = host.last_error(host.user);
  INFO("reason: " << reason);
  CHECK(reason.find(part) != std::string::npos);
  if (entry != 0) host.release(host.user, entry);
  return entry == 0;
}

long resident_kib() {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * 4;
}

}  // namespace

TEST_CASE("native kernels: a library that is not there gives a reason") {
  std::string why;
  CHECK(NativeKernels::create("/nowhere/libwasmtime.so", &why) == nullptr);
  CHECK(why.find("/nowhere/libwasmtime.so") != std::string::npos);
  CHECK(NativeKernels::create("/nowhere/libwasmtime.so", nullptr) == nullptr);
  CHECK(me::engine::WasmtimeApi::load("/nowhere/libwasmtime.so", &why) == nullptr);
}

TEST_CASE("native kernels: some other library gives a reason") {
  std::string why;
  CHECK(NativeKernels::create("libm.so.6", &why) == nullptr);
  CHECK(why.find("no function") != std::string::npos);
}

TEST_CASE("native kernels: the host structure is complete") {
  ME_NEED_ENGINE(host);
  CHECK(host.abi_version == ME_HOST_ABI_VERSION);
  CHECK(host.struct_size == sizeof(me_host));
  CHECK(host.pointer_bits == 64);
  CHECK(host.address_bias == -0x10000);
  CHECK(host.last_error(host.user) != nullptr);
}

TEST_CASE("native kernels: results equal C at any address, in place too") {
  ME_NEED_ENGINE(host);
  const std::uintptr_t entry = load(host, multiply_add());
  std::vector<unsigned char> a_bytes(4096 * 8 + 8), b_bytes(4096 * 8 + 8), out_bytes(4096 * 8 + 8);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<double> expected(4096);
    for (std::size_t i = 0; i < 4096; ++i) {
      const double a = std::ldexp(1.0 + static_cast<double>(i) / 3.0, static_cast<int>(i % 60));
      const double b = 1.0 / (static_cast<double>(i) - 7.5);
      std::memcpy(&a_bytes[shift + 8 * i], &a, 8);
      std::memcpy(&b_bytes[shift + 8 * i], &b, 8);
      const double product = a * b;
      expected[i] = product + a;
    }
    const auto at = [shift](std::vector<unsigned char>& bytes) {
      return reinterpret_cast<double*>(bytes.data() + shift);
    };
    CHECK(run(host, entry, at(a_bytes), at(b_bytes), at(out_bytes), 4096) == 0);
    CHECK(std::memcmp(at(out_bytes), expected.data(), 4096 * 8) == 0);
    CHECK(run(host, entry, at(a_bytes), at(b_bytes), at(a_bytes), 4096) == 0);
    CHECK(std::memcmp(at(a_bytes), expected.data(), 4096 * 8) == 0);
  }
  CHECK(run(host, entry, nullptr, nullptr, nullptr, 0) == 0);
  host.release(host.user, entry);
}

TEST_CASE("native kernels: the stack, static data and mapped pages are reached") {
  ME_NEED_ENGINE(host);
  const std::uintptr_t entry = load(host, multiply_add());
  static const double on_data[2] = {3, 5};
  const double on_stack[2] = {7, 11};
  void* pages = mmap(nullptr, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(pages != MAP_FAILED);
  auto* out = reinterpret_cast<double*>(static_cast<char*>(pages) + 65536 - 16);
  CHECK(run(host, entry, on_data, on_stack, out, 2) == 0);
  CHECK(out[0] == 24);
  CHECK(out[1] == 60);
  munmap(pages, 65536);
  host.release(host.user, entry);
}

TEST_CASE("native kernels: a kernel's own status comes back") {
  ME_NEED_ENGINE(host);
  const std::uintptr_t entry = load(host, kernel_text("(i32.wrap_i64 (local.get $n))"));
  double out = 0;
  for (int n = 0; n <= 5; ++n) CHECK(run(host, entry, nullptr, nullptr, &out, n) == n);
  host.release(host.user, entry);
}

TEST_CASE("native kernels: wild pointers trap and the process goes on") {
  ME_NEED_ENGINE(host);
  const EngineHandlers handlers;
  const std::uintptr_t entry = load(host, multiply_add());
  std::vector<double> a(16, 2.0), out(16, 0.0);
  void* no_access = mmap(nullptr, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(no_access != MAP_FAILED);
  // Null, the first byte of the memory, a page without access, the system's half of the address
  // space, no address at all, the last word.
  for (const std::uintptr_t address :
       {std::uintptr_t{0}, std::uintptr_t{0x10000}, reinterpret_cast<std::uintptr_t>(no_access),
        std::uintptr_t{0xffff800000000000}, std::uintptr_t{0x1234567812345678},
        std::uintptr_t{0xfffffffffffffff8}}) {
    const auto* wild = reinterpret_cast<const double*>(address);
    for (int repeat = 0; repeat < 3; ++repeat) {
      CHECK(run(host, entry, a.data(), wild, out.data(), 16) == ME_HOST_TRAPPED);
      CHECK(std::string(host.last_error(host.user)).find("out of bounds") != std::string::npos);
    }
  }
  CHECK(run(host, entry, a.data(), a.data(), out.data(), 16) == 0);
  CHECK(out[15] == 6.0);
  munmap(no_access, 65536);

  const std::uintptr_t stop = load(host, kernel_text("(unreachable)"));
  CHECK(run(host, stop, a.data(), a.data(), out.data(), 16) == ME_HOST_TRAPPED);
  CHECK(std::string(host.last_error(host.user)).find("unreachable") != std::string::npos);
  host.release(host.user, stop);
  host.release(host.user, entry);
}

TEST_CASE("native kernels: bad calls are refused") {
  ME_NEED_ENGINE(host);
  const std::uintptr_t entry = load(host, multiply_add());
  double out[2] = {};
  const void* words[2] = {biased(host, out), biased(host, out)};
  CHECK(host.call(host.user, 0, words, out, 2) == ME_HOST_BAD_CALL);
  CHECK(host.call(host.user, entry, words, out, -2) == ME_HOST_BAD_CALL);
  CHECK(std::string(host.last_error(host.user)).find("negative") != std::string::npos);
  CHECK(host.call(host.user, entry, nullptr, out, 2) == ME_HOST_BAD_CALL);
  CHECK(host.call(host.user, entry, words, nullptr, 2) == ME_HOST_BAD_CALL);
  // The text of a failure belongs to the thread that met it.
  CHECK(host.call(host.user, entry, words, out, -2) == ME_HOST_BAD_CALL);
  std::thread([&] { host.call(host.user, 0, words, out, 2); }).join();
  CHECK(std::string(host.last_error(host.user)).find("negative") != std::string::npos);
  host.release(host.user, entry);
  host.release(host.user, 0);
}

TEST_CASE("native kernels: what is not a kernel is refused with a reason") {
  ME_NEED_ENGINE(host);
  CHECK(host.instantiate(host.user, nullptr, 0) == 0);
  CHECK(refused_because(host, {}, ""));
  CHECK(refused_because(host, {1, 2, 3, 4, 5, 6, 7, 8, 9}, "magic"));
  // Cut anywhere before the end of the code, which the custom section of names follows.
  const auto whole = assemble(multiply_add());
  const std::string bytes(whole.begin(), whole.end());
  const std::size_t code_end = bytes.rfind("name") - 3;
  for (std::size_t len = 0; len < code_end; ++len) {
    CHECK(host.instantiate(host.user, whole.data(), len) == 0);
  }
  const std::string memory = kMemory;
  const std::string good =
      R"((func (export "me_dsl_jit_kernel") (param i64 i64 i64) (result i32) (i32.const 0)))";
  const auto module = [&](const std::string& text) { return assemble("(module " + text + ")"); };
  CHECK(refused_because(host, module(good), "import"));  // no memory, but one is given
  CHECK(refused_because(host, module(memory), "exports no function"));
  CHECK(refused_because(
      host,
      module(memory + R"((func (export "me_dsl_jit_kernel") (param i32 i32 i32) (result i32)
                           (i32.const 0)))"),
      "not of type"));
  CHECK(refused_because(host, module(R"((import "env" "memory" (memory 0)))" + good), "memory"));
  CHECK(refused_because(host, module(R"((import "env" "f" (func)))" + good), "type"));
  CHECK(refused_because(host, module(memory + good + "(table 1 funcref)"), "tables"));
  CHECK(refused_because(host, module(memory + good + R"((data (i64.const 64) "x"))"), "data"));
  CHECK(refused_because(host, module(memory + good + "(func $s) (start $s)"), "start function"));
  CHECK(refused_because(host, module(memory + good + "(memory 1)"), "memory of its own"));
}

TEST_CASE("native kernels: several threads run one kernel and make others") {
  ME_NEED_ENGINE(host);
  const std::uintptr_t entry = load(host, multiply_add());
  const auto module = assemble(multiply_add());
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      std::vector<double> a(512, static_cast<double>(t + 1)), b(512, 3.0), out(512);
      for (int round = 0; round < 400; ++round) {
        const bool own = round % 50 == 0;
        const std::uintptr_t use =
            own ? host.instantiate(host.user, module.data(), module.size()) : entry;
        if (use == 0 || run(host, use, a.data(), b.data(), out.data(), 512) != 0 ||
            out[511] != 4.0 * static_cast<double>(t + 1)) {
          ++wrong[t];
        }
        if (host.call(host.user, use, nullptr, out.data(), -1) != ME_HOST_BAD_CALL) ++wrong[t];
        if (own) host.release(host.user, use);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const int count : wrong) CHECK(count == 0);
  host.release(host.user, entry);
}

TEST_CASE("native kernels: those made quickly run like the others") {
  ME_NEED_ENGINE(host);
  const me_host quick = kernels()->quick_host();
  const auto module = assemble(multiply_add());
  std::vector<double> a(16, 2.0), b(16, 3.0), quickly(16), well(16);
  const std::uintptr_t fast = quick.instantiate(quick.user, module.data(), module.size());
  const std::uintptr_t best = host.instantiate(host.user, module.data(), module.size());
  REQUIRE(fast != 0);
  CHECK(run(host, fast, a.data(), b.data(), quickly.data(), 16) == 0);  // either host runs either
  CHECK(run(quick, best, a.data(), b.data(), well.data(), 16) == 0);
  CHECK(quickly == well);
  host.release(host.user, fast);
  quick.release(quick.user, best);
}

TEST_CASE("native kernels: a thousand kernels come and go without a leak") {
  ME_NEED_ENGINE(host);
  const auto module = assemble(multiply_add());
  std::vector<double> a(16, 2.0), out(16);
  const auto cycles = [&](int count) {
    int failed = 0;
    for (int i = 0; i < count; ++i) {
      const std::uintptr_t entry = host.instantiate(host.user, module.data(), module.size());
      if (run(host, entry, a.data(), a.data(), out.data(), 16) != 0) ++failed;
      host.release(host.user, entry);
    }
    return failed;
  };
  CHECK(cycles(100) == 0);
  const long before = resident_kib();
  CHECK(cycles(1000) == 0);
#ifdef __SANITIZE_ADDRESS__  // holds freed memory back, and looks for leaks itself at the end
  CHECK(before > 0);
#else
  CHECK(resident_kib() - before < 4096);
#endif
}

TEST_CASE("native kernels: an engine may end while kernels are left") {
  std::string why;
  ME_NEED_ENGINE(shared);
  auto own = NativeKernels::create(kernels()->library().c_str(), &why);
  REQUIRE(own != nullptr);
  const me_host host = own->host();
  CHECK(load(host, multiply_add()) != 0);
  CHECK(shared.user != host.user);
}

TEST_CASE("native kernels: machine code is kept, found again, and made again when damaged") {
  if (kernels() == nullptr) return;
  std::string path = (std::filesystem::temp_directory_path() / "me-code-XXXXXX").string();
  REQUIRE(mkdtemp(path.data()) != nullptr);
  const std::string text = multiply_add();
  const auto module = assemble(text);
  // Another process, as far as the store can tell. Gives how many modules it loaded and compiled.
  const auto process = [&] {
    std::shared_ptr<me::engine::DiskStore> store =
        me::engine::DiskStore::open(path, 1 << 24, nullptr);
    REQUIRE(store != nullptr);
    const auto engine = NativeKernels::create(kernels()->library().c_str(), nullptr, store);
    REQUIRE(engine != nullptr);
    const me_host host = engine->host();
    const std::uintptr_t entry = host.instantiate(host.user, module.data(), module.size());
    REQUIRE(entry != 0);
    const double a[2] = {2, 3};
    const double b[2] = {5, 7};
    double out[2] = {};
    CHECK(run(host, entry, a, b, out, 2) == 0);
    CHECK((out[0] == 12 && out[1] == 24));
    host.release(host.user, entry);
    return std::pair(engine->modules_loaded(), engine->modules_compiled());
  };
  const auto first = process();
  CHECK(first.first == 0);
  CHECK(first.second == 3);  // the memory, the probe, the kernel
  const auto second = process();
  CHECK(second.first == 3);
  CHECK(second.second == 0);
  for (const auto& item : std::filesystem::directory_iterator(path)) {
    std::fstream file(item.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file.put('\x55');
  }
  CHECK(process().second == 3);
  CHECK(process().second == 0);
  std::filesystem::remove_all(path);
}

TEST_CASE("native kernels: what the library does not take for machine code is compiled") {
  if (kernels() == nullptr) return;
  std::string path = (std::filesystem::temp_directory_path() / "me-code-XXXXXX").string();
  REQUIRE(mkdtemp(path.data()) != nullptr);
  std::shared_ptr<me::engine::DiskStore> store =
      me::engine::DiskStore::open(path, 1 << 24, nullptr);
  REQUIRE(NativeKernels::create(kernels()->library().c_str(), nullptr, store) != nullptr);
  // Whole entries of the store, with a right checksum: another version's, say.
  for (const auto& item : std::filesystem::directory_iterator(path)) {
    std::ifstream in(item.path(), std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    std::uint64_t key = 0;
    std::memcpy(&key, bytes.data() + 8, 8);
    bytes.resize(16 + key + 100);
    const std::uint64_t sum = me::xxh64(me::bytes_of(bytes.substr(8)));
    std::memcpy(bytes.data(), &sum, 8);
    std::ofstream(item.path(), std::ios::binary) << bytes;
  }
  const auto engine = NativeKernels::create(kernels()->library().c_str(), nullptr, store);
  REQUIRE(engine != nullptr);
  CHECK(engine->modules_compiled() == 2);
  CHECK(store->damaged() == 0);
  engine->keep_machine_code(nullptr);
  CHECK(load(engine->host(), multiply_add()) != 0);
  CHECK(engine->modules_compiled() == 3);
  std::filesystem::remove_all(path);
}
