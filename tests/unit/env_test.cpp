// Environment variables: defaults, parsing, nonsense.
#include "base/env.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "base/tuning.h"

using namespace me;

namespace {

// Sets a variable for the life of the object.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    if (value)
      setenv(name, value, 1);
    else
      unsetenv(name);
  }
  ~Setting() {
    if (old_)
      setenv(name_, old_->c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("ME_DUMP is a comma list") {
  {
    const Setting none("ME_DUMP", nullptr);
    CHECK_FALSE(env::dumps("ir"));
  }
  const Setting some("ME_DUMP", "ast,ir");
  CHECK(env::dumps("ast"));
  CHECK(env::dumps("ir"));
  CHECK_FALSE(env::dumps("wasm"));
  CHECK_FALSE(env::dumps("i"));
  const Setting all("ME_DUMP", "all");
  CHECK(env::dumps("wasm"));
  const Setting odd("ME_DUMP", ",,ir,");
  CHECK(env::dumps("ir"));
}

TEST_CASE("flags are on unless 0") {
  const Setting unset("ME_DSL_JIT", nullptr);
  CHECK(env::jit_enabled());
  const Setting off("ME_DSL_JIT", "0");
  CHECK_FALSE(env::jit_enabled());
  const Setting on("ME_DSL_JIT", "yes");
  CHECK(env::jit_enabled());
  const Setting quiet("ME_DSL_TRACE", nullptr);
  CHECK_FALSE(env::trace());
  const Setting loud("ME_DSL_TRACE", "1");
  CHECK(env::trace());
}

TEST_CASE("the iteration cap is a whole number or the default") {
  const Setting unset("ME_DSL_WHILE_MAX_ITERS", nullptr);
  CHECK(env::while_cap() == tuning::kDefaultWhileCap);
  const Setting small("ME_DSL_WHILE_MAX_ITERS", "17");
  CHECK(env::while_cap() == 17);
  const Setting off("ME_DSL_WHILE_MAX_ITERS", "-1");
  CHECK(env::while_cap() == -1);
  for (const char* text : {"x", "12x", "1e3", "", "99999999999999999999999"}) {
    const Setting bad("ME_DSL_WHILE_MAX_ITERS", text);
    CHECK(env::while_cap() == tuning::kDefaultWhileCap);
  }
}

TEST_CASE("ME_WASMTIME is a path or nothing") {
  const Setting set("ME_WASMTIME", "/somewhere/libwasmtime.so");
  CHECK(env::wasmtime_path() == "/somewhere/libwasmtime.so");
  const Setting unset("ME_WASMTIME", "");
  CHECK_FALSE(env::wasmtime_path().has_value());
}

TEST_CASE("the kernel cache's directory is asked for, never there by itself") {
  const Setting home("HOME", "/home/somebody");
  const Setting xdg("XDG_CACHE_HOME", nullptr);
  const Setting unset("ME_CACHE", nullptr);
  const Setting nowhere("ME_CACHE_DIR", nullptr);
  CHECK_FALSE(env::cache_directory().has_value());
  CHECK(env::conventional_cache_directory() == "/home/somebody/.cache/mejit");
  {
    const Setting on("ME_CACHE", "1");
    CHECK(env::cache_directory() == "/home/somebody/.cache/mejit");
    const Setting relative("XDG_CACHE_HOME", "below");
    CHECK(env::cache_directory() == "/home/somebody/.cache/mejit");
    const Setting elsewhere("XDG_CACHE_HOME", "/var/fast");
    CHECK(env::cache_directory() == "/var/fast/mejit");
  }
  const Setting chosen("ME_CACHE_DIR", "/tmp/kernels");
  CHECK(env::cache_directory() == "/tmp/kernels");
  const Setting off("ME_CACHE", "0");
  CHECK_FALSE(env::cache_directory().has_value());
}
