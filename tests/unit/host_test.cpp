// Which host is in force, and that entries are given back exactly once.
#include "jit/host.h"

#include <doctest/doctest.h>

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
