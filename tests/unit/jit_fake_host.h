// A host for tests: accepts modules (or not), counts, and runs whatever the test says.
#pragma once

#include <functional>
#include <set>

#include "me_host.h"

namespace me::test {

struct FakeHost {
  int instantiated = 0;
  int called = 0;
  bool accepts = true;
  int accepts_until = 1 << 30;  // so many instantiations in all
  std::set<std::uintptr_t> alive;
  std::function<std::int32_t(void* out, std::int64_t nitems)> behaviour;

  me_host table() {
    me_host h{};
    h.abi_version = ME_HOST_ABI_VERSION;
    h.struct_size = sizeof(me_host);
    h.pointer_bits = sizeof(void*) * 8;
    h.address_bias = sizeof(void*) == 8 ? -ME_HOST_MEMORY64_BASE : 0;
    h.user = this;
    h.instantiate = [](void* user, const std::uint8_t*, std::size_t) -> std::uintptr_t {
      auto* self = static_cast<FakeHost*>(user);
      if (!self->accepts || self->instantiated >= self->accepts_until) return 0;
      const auto entry = static_cast<std::uintptr_t>(++self->instantiated);
      self->alive.insert(entry);
      return entry;
    };
    h.release = [](void* user, std::uintptr_t entry) {
      static_cast<FakeHost*>(user)->alive.erase(entry);
    };
    h.call = [](void* user, std::uintptr_t entry, const void* const*, void* out,
                std::int64_t nitems) -> std::int32_t {
      auto* self = static_cast<FakeHost*>(user);
      ++self->called;
      if (self->alive.count(entry) == 0 || !self->behaviour) return ME_HOST_TRAPPED;
      return self->behaviour(out, nitems);
    };
    h.last_error = [](void*) { return "the fake host said no"; };
    return h;
  }
};

}  // namespace me::test
