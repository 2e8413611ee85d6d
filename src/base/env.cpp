// Environment variables: names, defaults and parsing.
//
// Enters: the process environment. Leaves: typed settings, e.g. ME_DUMP=ast,ir -> dumps("ir") is true.
// Tested by tests/unit/env_test.cpp.
#include "env.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "tuning.h"

namespace me::env {
namespace {

std::optional<std::string> get(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

// The variable as a whole number, or `otherwise`.
std::int64_t number(const char* name, std::int64_t otherwise) {
  const auto text = get(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return otherwise;
  return value;
}

}  // namespace

bool dumps(std::string_view stage) {
  const auto list = get("ME_DUMP");
  if (!list) return false;
  std::string_view rest = *list;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    if (item == stage || item == "all") return true;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

bool jit_enabled() { return get("ME_DSL_JIT").value_or("1") != "0"; }

bool trace() { return get("ME_DSL_TRACE").value_or("0") != "0"; }

std::int64_t while_cap() { return number("ME_DSL_WHILE_MAX_ITERS", tuning::kDefaultWhileCap); }

std::int64_t loop_entry_work() {
  return std::max<std::int64_t>(number("ME_LOOP_ENTRY_WORK", tuning::kLoopEntryWork), 0);
}

std::uint64_t tier_dice() {
  return static_cast<std::uint64_t>(number("ME_TIER_DICE", std::int64_t{0}));
}

int num_threads() {
  const auto value = number("ME_NUM_THREADS", std::int64_t{1});
  return value < 0 ? 1 : static_cast<int>(std::min<std::int64_t>(value, tuning::kMaxThreads));
}

std::optional<std::string> wasmtime_path() { return get("ME_WASMTIME"); }

bool quick_machine_code() { return get("ME_WASMTIME_QUICK").value_or("0") != "0"; }

std::optional<std::string> simd() { return get("ME_SIMD"); }

std::optional<std::string> cache_directory() {
  const auto wished = get("ME_CACHE");
  if (wished == "0") return std::nullopt;
  if (auto directory = get("ME_CACHE_DIR")) return directory;
  return wished ? conventional_cache_directory() : std::nullopt;
}

std::optional<std::string> conventional_cache_directory() {
  // XDG: a relative path is invalid and is ignored.
  if (const auto xdg = get("XDG_CACHE_HOME"); xdg && xdg->front() == '/') return *xdg + "/mejit";
  if (const auto home = get("HOME")) return *home + "/.cache/mejit";
  return std::nullopt;
}

}  // namespace me::env
