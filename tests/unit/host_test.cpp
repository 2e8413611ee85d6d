// Which host is in force, one that another thread loads among them, and that entries are given back exactly once.
#include "jit/host.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "unit/jit_fake_host.h"

using namespace me;
using me::jit::Entry;
using me::jit::HostChoice;
using me::jit::HostPtr;

TEST_CASE("a host that was set is used until it is taken back") {
  test::FakeHost fake;
  HostChoice choice;
  const std::uint64_t before = choice.generation();
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(choice.set(&table)));
  CHECK(choice.generation() != before);
  const HostPtr host = choice.current();
  REQUIRE(host);
  CHECK(host->table().user == &fake);
  CHECK(choice.description() == "host");
  REQUIRE(static_cast<bool>(choice.set(nullptr)));
  const HostPtr other = choice.current();
  CHECK((other == nullptr || other->table().user != &fake));
}

TEST_CASE("incomplete hosts are refused and change nothing") {
  test::FakeHost fake;
  HostChoice choice;
  const std::uint64_t before = choice.generation();
  const auto refused = [&](auto change) {
    me_host table = fake.table();
    change(table);
    return !choice.set(&table);
  };
  CHECK(refused([](me_host& h) { h.abi_version = 99; }));
  CHECK(refused([](me_host& h) { h.struct_size = 8; }));
  CHECK(refused([](me_host& h) { h.pointer_bits = 16; }));
  CHECK(refused([](me_host& h) { h.pointer_bits = sizeof(void*) == 8 ? 32 : 64; }));
  CHECK(refused([](me_host& h) { h.instantiate = nullptr; }));
  CHECK(refused([](me_host& h) { h.call = nullptr; }));
  CHECK(refused([](me_host& h) { h.last_error = nullptr; }));
  CHECK(choice.generation() == before);
  // A host that never frees is fine.
  CHECK_FALSE(refused([](me_host& h) { h.release = nullptr; }));
}

TEST_CASE("entries are released once, however often they move") {
  test::FakeHost fake;
  HostChoice choice;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(choice.set(&table)));
  const std::uint8_t bytes[] = {0};
  {
    const HostPtr host = choice.current();
    Entry a(host, host->table().instantiate(&fake, bytes, 1));
    Entry b(std::move(a));
    CHECK_FALSE(static_cast<bool>(a));
    CHECK(static_cast<bool>(b));
    Entry c;
    c = std::move(b);
    CHECK(c.address_bias() == table.address_bias);
    CHECK(fake.alive.size() == 1);
    c = Entry(host, host->table().instantiate(&fake, bytes, 1));
    // The host that made an entry outlives its withdrawal.
    REQUIRE(static_cast<bool>(choice.set(nullptr)));
  }
  CHECK(fake.instantiated == 2);
  CHECK(fake.alive.empty());
}

TEST_CASE("registering the same helpers again changes nothing") {
  HostChoice choice;
  const auto instantiate = [](const unsigned char*, int, int) { return 0; };
  const auto free = [](int) {};
  choice.set_helpers(instantiate, free);
  const std::uint64_t once = choice.generation();
  choice.set_helpers(instantiate, free);
  CHECK(choice.generation() == once);
  choice.set_helpers(nullptr, nullptr);
  CHECK(choice.generation() != once);
}

TEST_CASE("a Wasmtime that is not there is said so") {
  HostChoice choice;
  const auto done = choice.use_wasmtime("/nonexistent/libwasmtime.so");
  REQUIRE_FALSE(static_cast<bool>(done));
  CHECK(done.error().message.find("/nonexistent/libwasmtime.so") != std::string::npos);
  CHECK(choice.current() == nullptr);
  CHECK(choice.description().rfind("none: ", 0) == 0);
}

#ifndef __EMSCRIPTEN__
namespace {

// The environment's ME_WASMTIME, put back at the end.
struct WasmtimePath {
  const std::string before = std::getenv("ME_WASMTIME") ? std::getenv("ME_WASMTIME") : "";
  ~WasmtimePath() { set(before); }
  static void set(const std::string& path) {
    if (path.empty()) unsetenv("ME_WASMTIME");
    else setenv("ME_WASMTIME", path.c_str(), 1);
  }
};

}  // namespace

TEST_CASE("who asks for a host that is being loaded waits for it") {
  const bool available = HostChoice().current() != nullptr;
  HostChoice choice;
  const std::uint64_t before = choice.generation();
  choice.prepare_wasmtime(nullptr);
  CHECK(choice.generation() != before);
  choice.prepare_wasmtime(nullptr);  // nothing more
  std::vector<HostPtr> got(3);
  {
    std::vector<std::thread> threads;
    for (HostPtr& each : got) threads.emplace_back([&] { each = choice.current(); });
    for (std::thread& thread : threads) thread.join();
  }
  for (const HostPtr& each : got) CHECK(each == got[0]);
  CHECK((got[0] != nullptr) == available);
  CHECK(choice.description().rfind(available ? "wasmtime (" : "none: ", 0) == 0);
  CHECK(static_cast<bool>(choice.use_wasmtime(nullptr)) == available);
  CHECK(choice.generation() == before + 1);  // what was loaded is not loaded again
}

TEST_CASE("what is prepared comes from the search, else from the other path") {
  WasmtimePath path;
  WasmtimePath::set("/nonexistent/libwasmtime.so");
  {
    HostChoice choice;
    choice.prepare_wasmtime("/nowhere/libwasmtime.so");
    CHECK(choice.current() == nullptr);
    CHECK(choice.description().find("/nonexistent/libwasmtime.so") != std::string::npos);
    CHECK(choice.description().find("/nowhere/libwasmtime.so") != std::string::npos);
  }
  if (path.before.empty()) return;
  HostChoice choice;
  choice.prepare_wasmtime(path.before.c_str());
  CHECK(choice.current() != nullptr);
  WasmtimePath::set(path.before);
  HostChoice other;
  other.prepare_wasmtime("/nowhere/libwasmtime.so");
  CHECK(other.current() != nullptr);
}

TEST_CASE("a host that is being loaded is waited for by its end, by a fork and by another store") {
  { HostChoice().prepare_wasmtime(nullptr); }
  HostChoice choice;
  choice.prepare_wasmtime(nullptr);
  choice.hold();
  choice.let_go();
  choice.keep_machine_code(nullptr);
  test::FakeHost fake;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(choice.set(&table)));
  choice.prepare_wasmtime(nullptr);  // not needed
  CHECK(choice.description() == "host");
}
#endif
