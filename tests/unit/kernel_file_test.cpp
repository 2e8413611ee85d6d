// Kernel files: what is saved is read back; every flipped byte and every truncation is refused; so are
// files of another ABI, build or format, and files that were made to mislead.
#include "jit/store/kernel_file.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "base/build_id.h"
#include "base/hash.h"
#include "ir/kernel_abi.h"
#include "jit/runtime/engine.h"
#include "unit/jit_fake_host.h"

using namespace me;
using namespace me::jit;

namespace {

constexpr int kBothWidths[] = {32, 64};

using Bytes = std::vector<std::uint8_t>;

Source source(std::string text, Tier tier = Tier::OptimizingJit) {
  Source s;
  s.text = std::move(text);
  s.signature.params.push_back({"a", DType::Float64, false, false});
  s.max_tier = tier;
  return s;
}

Bytes saved(const Source& s) {
  Engine engine;
  const auto kernel = engine.kernel(s);
  REQUIRE(static_cast<bool>(kernel));
  auto bytes = save(**kernel, kBothWidths);
  REQUIRE(static_cast<bool>(bytes));
  return *bytes;
}

std::string refusal(const Bytes& bytes) {
  const auto file = read(bytes);
  return file ? "" : file.error().message;
}

// The file with `from` replaced by `to`, of the same length, and a checksum that is right.
Bytes forged(Bytes bytes, std::string_view from, std::string_view to) {
  REQUIRE(from.size() == to.size());
  const std::string text(bytes.begin(), bytes.end());
  const std::size_t at = text.rfind(from);
  REQUIRE(at != std::string::npos);
  std::copy(to.begin(), to.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  const std::uint64_t sum = xxh64(std::span(bytes).first(bytes.size() - 16));
  std::memcpy(bytes.data() + bytes.size() - 16, &sum, 8);
  return bytes;
}

void reseal(Bytes& bytes) {
  const std::uint64_t sum = xxh64(std::span(bytes).first(bytes.size() - 16));
  std::memcpy(bytes.data() + bytes.size() - 16, &sum, 8);
}

}  // namespace

TEST_CASE("a file holds the source and the modules of both pointer widths") {
  Source s = source("sum(a) * a + b");
  s.signature.params.push_back({"b", DType::Int32, true, false});
  s.signature.params.push_back({"c", DType::Int64, true, true});
  s.signature.params.push_back({"name", DType::String, false, false, 32});
  s.signature.result = DType::Float32;
  s.dialect = lang::Dialect::Miniexpr;
  s.signature.params.pop_back();
  const Bytes bytes = saved(s);
  const auto file = read(bytes);
  REQUIRE(static_cast<bool>(file));
  CHECK(file->source.text == s.text);
  CHECK(file->source.dialect == s.dialect);
  CHECK(file->source.max_tier == s.max_tier);
  CHECK(file->source.signature.result == DType::Float32);
  REQUIRE(file->source.signature.params.size() == 3);
  CHECK(file->source.signature.params[1].name == "b");
  CHECK(file->source.signature.params[1].dtype == DType::Int32);
  CHECK(file->source.signature.params[1].uniform);
  CHECK(file->source.signature.params[2].weak);
  CHECK(cache_key(file->source) == cache_key(s));
  CHECK(static_cast<bool>(check_origin(*file)));
  REQUIRE(file->variants.size() == 2);
  Engine engine;
  const auto kernel = engine.kernel(s);
  for (const Modules& variant : file->variants) {
    const auto lowered = lower((*kernel)->program, variant.pointer_bits, Tier::OptimizingJit);
    REQUIRE(std::holds_alternative<Modules>(lowered));
    CHECK(variant.stages.size() == 2);
    CHECK(variant.stages == std::get<Modules>(lowered).stages);
  }
  CHECK(file->variants[0].pointer_bits == 32);
  CHECK(file->variants[1].pointer_bits == 64);
}

TEST_CASE("a file is a module of WebAssembly whose last section is the rest") {
  const Bytes bytes = saved(source("a + 1"));
  const auto file = read(bytes);
  REQUIRE(static_cast<bool>(file));
  const Bytes& first = file->variants.at(0).stages.at(0);
  REQUIRE(bytes.size() > first.size());
  CHECK(std::equal(first.begin(), first.end(), bytes.begin()));
  CHECK(bytes[first.size()] == 0);  // a custom section that reaches to the end
  std::size_t at = first.size() + 1;
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    length |= static_cast<std::size_t>(bytes[at] & 0x7f) << shift;
    if ((bytes[at++] & 0x80) == 0) break;
  }
  CHECK(at + length == bytes.size());
  CHECK(std::string(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                    bytes.begin() + static_cast<std::ptrdiff_t>(at) + 6) == "mejit");
  const auto text = manifest(bytes);
  REQUIRE(static_cast<bool>(text));
  CHECK(text->starts_with("mejit-kernel 1\nabi "));
  CHECK(text->ends_with("source 5\na + 1"));
}

TEST_CASE("kernels without modules are saved as their source") {
  for (const Source& s : {source("a + 2", Tier::Interpreter), [] {
         Source text = source("upper(a)");
         text.signature.params[0] = {"a", DType::String, false, false, 16};
         return text;
       }()}) {
    const Bytes bytes = saved(s);
    const auto file = read(bytes);
    REQUIRE(static_cast<bool>(file));
    CHECK(file->variants.empty());
    CHECK(cache_key(file->source) == cache_key(s));
  }
}

TEST_CASE("kernels that call C functions are not saved") {
  Source s = source("f(a)");
  s.signature.callouts.push_back({"f", reinterpret_cast<const void*>(1), nullptr, 1});
  Engine engine;
  const auto kernel = engine.kernel(s);
  REQUIRE(static_cast<bool>(kernel));
  const auto bytes = save(**kernel, kBothWidths);
  REQUIRE_FALSE(static_cast<bool>(bytes));
  CHECK(bytes.error().message.find("C functions") != std::string::npos);
}

TEST_CASE("every flipped byte and every truncation is refused") {
  const Bytes whole = saved(source("sum(a) + a"));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes bytes = whole;
    for (const int bit : {0x01, 0x80, 0xff}) {
      bytes[i] = static_cast<std::uint8_t>(whole[i] ^ bit);
      if (refusal(bytes).empty()) FAIL_CHECK("flipped byte " << i);
    }
    bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
    if (refusal(bytes).empty()) FAIL_CHECK("cut to " << i);
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_FALSE(refusal(longer).empty());
  Bytes flipped = whole;
  flipped[20] ^= 1;
  CHECK(refusal(flipped).find("damaged") != std::string::npos);
  CHECK(refusal(Bytes(whole.begin(), whole.end() - 1)).find("part of one") != std::string::npos);
  CHECK(refusal({}).find("no kernel file") != std::string::npos);
}

TEST_CASE("changes under a right checksum never crash, and mostly do not pass") {
  const Bytes whole = saved(source("a + 1"));
  const auto good = read(whole);
  REQUIRE(static_cast<bool>(good));
  const std::size_t manifest_at = good->variants[0].stages[0].size();
  for (std::size_t i = manifest_at; i < whole.size() - 16; ++i) {
    for (const int bit : {0x01, 0x10, 0x80, 0xff}) {
      Bytes bytes = whole;
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ bit);
      reseal(bytes);
      const auto file = read(bytes);
      if (file) CHECK(file->variants.size() <= 2);
    }
  }
  // Offsets and lengths of all sizes.
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{whole.size()},
                                    std::uint64_t{1} << 31, ~std::uint64_t{0}}) {
    for (const std::size_t word : {32, 24}) {
      Bytes bytes = whole;
      std::memcpy(bytes.data() + bytes.size() - word, &value, 8);
      reseal(bytes);
      CHECK_FALSE(refusal(bytes).empty());
    }
  }
}

TEST_CASE("another format, ABI or build is named") {
  const Bytes whole = saved(source("a + 1"));
  CHECK(refusal(forged(whole, "mejit-kernel 1\n", "mejit-kernel 2\n")).find("format 2") !=
        std::string::npos);
  const std::string abi = "abi " + std::to_string(ir::kKernelAbi);
  auto file = read(forged(whole, abi + "\n", "abi 9\n"));
  REQUIRE(static_cast<bool>(file));
  auto verdict = check_origin(*file);
  REQUIRE_FALSE(static_cast<bool>(verdict));
  CHECK(verdict.error().message.find("kernel ABI 9") != std::string::npos);
  file = read(forged(whole, "build " + std::string(build_id()), "build 0123456789abcdef"));
  REQUIRE(static_cast<bool>(file));
  verdict = check_origin(*file);
  REQUIRE_FALSE(static_cast<bool>(verdict));
  CHECK(verdict.error().message.find("0123456789abcdef") != std::string::npos);
  CHECK(build_id().size() == 16);
}
