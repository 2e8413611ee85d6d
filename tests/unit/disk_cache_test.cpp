// The kernel cache on disk: another engine finds what one has compiled; every part of a source is part
// of the key; damage and other programs' entries are made again; nothing that it does is an error.
#include "jit/store/disk_cache.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/tuning.h"
#include "jit/runtime/engine.h"
#include "unit/jit_fake_host.h"

using namespace me;
using namespace me::jit;
namespace fs = std::filesystem;

namespace {

constexpr int kBothWidths[] = {32, 64};

struct Folder {
  std::string path = (fs::temp_directory_path() / "me-cache-XXXXXX").string();
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() { fs::remove_all(path); }
};

Source source(std::string text) {
  Source s;
  s.text = std::move(text);
  s.signature.params.push_back({"a", DType::Float64, false, false});
  return s;
}

// A process of its own, as far as the cache can tell.
struct Process {
  test::FakeHost fake;
  Engine engine;

  explicit Process(const Folder& folder) {
    const me_host table = fake.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    REQUIRE(static_cast<bool>(engine.use_disk_cache(folder.path, tuning::kDiskCacheBytes)));
  }
  std::shared_ptr<const Kernel> kernel(const Source& s) {
    auto made = engine.kernel(s);
    REQUIRE(static_cast<bool>(made));
    return *made;
  }
  std::uint64_t count(Metric m) { return engine.metrics().get(m); }
};

Tier tier_of(const Kernel& kernel) { return kernel.code.tier(); }

}  // namespace

TEST_CASE("a second process finds the modules, and they are the same") {
  const Folder folder;
  Process first(folder);
  const auto made = first.kernel(source("sum(a) * a"));
  CHECK(tier_of(*made) == Tier::OptimizingJit);
  CHECK(first.count(Metric::DiskMisses) == 1);
  CHECK(first.count(Metric::DiskWrites) == 1);
  first.kernel(source("sum(a) * a"));  // in memory
  CHECK(first.count(Metric::DiskMisses) == 1);

  Process second(folder);
  const auto found = second.kernel(source("sum(a) * a"));
  CHECK(tier_of(*found) == Tier::AotOptimized);
  CHECK(second.count(Metric::DiskHits) == 1);
  CHECK(second.count(Metric::DiskMisses) == 0);
  CHECK(second.count(Metric::DiskWrites) == 0);
  const CodePtr one = made->code.share();
  const CodePtr two = found->code.share();
  REQUIRE(one->stages.size() == two->stages.size());
  for (std::size_t i = 0; i < one->stages.size(); ++i) {
    CHECK(one->stages[i].bytes == two->stages[i].bytes);
  }
}

TEST_CASE("any other source is another entry") {
  const Folder folder;
  Process first(folder);
  first.kernel(source("a + 1"));
  Process second(folder);
  const std::function<void(Source&)> changes[] = {
      [](Source& s) { s.text = "a + 2"; },
      [](Source& s) { s.dialect = lang::Dialect::Miniexpr; },
      [](Source& s) { s.max_tier = Tier::BaselineJit; },
      [](Source& s) { s.signature.result = DType::Float32; },
      [](Source& s) { s.signature.params[0].dtype = DType::Float32; },
      [](Source& s) { s.signature.params[0].uniform = true; },
      [](Source& s) { s.signature.params.push_back({"b", DType::Int8, false, false}); },
  };
  std::uint64_t misses = 0;
  for (const auto& change : changes) {
    Source s = source("a + 1");
    change(s);
    second.kernel(s);
    CHECK(second.count(Metric::DiskMisses) == ++misses);
  }
  second.kernel(source("a + 1"));
  CHECK(second.count(Metric::DiskHits) == 1);
}

TEST_CASE("damaged entries are removed, counted and made again") {
  const Folder folder;
  Process(folder).kernel(source("a - 1"));
  for (const auto& item : fs::directory_iterator(folder.path)) {
    std::fstream file(item.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x7f');
  }
  Process second(folder);
  CHECK(tier_of(*second.kernel(source("a - 1"))) == Tier::OptimizingJit);
  CHECK(second.count(Metric::DiskDamaged) == 1);
  CHECK(second.count(Metric::DiskMisses) == 1);
  CHECK(second.count(Metric::DiskWrites) == 1);
  Process third(folder);
  CHECK(tier_of(*third.kernel(source("a - 1"))) == Tier::AotOptimized);
}

TEST_CASE("without modules or with C functions nothing is written") {
  const Folder folder;
  Process process(folder);
  Source interpreted = source("a + 1");
  interpreted.max_tier = Tier::Interpreter;
  process.kernel(interpreted);
  Source calls = source("f(a)");
  calls.signature.callouts.push_back({"f", reinterpret_cast<const void*>(1), nullptr, 1});
  process.kernel(calls);
  CHECK(process.count(Metric::DiskWrites) == 0);
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("a directory that cannot be used switches the cache off and says why") {
  Engine engine;
  CHECK(engine.disk_cache().description() == "off");
  const auto done = engine.use_disk_cache("/dev/null/below", 1 << 20);
  REQUIRE_FALSE(static_cast<bool>(done));
  CHECK(done.error().message.find("/dev/null/below") != std::string::npos);
  CHECK(engine.disk_cache().description().starts_with("off: "));
  CHECK(static_cast<bool>(engine.kernel(source("a"))));
}

TEST_CASE("a file's modules serve the engine that loads it; another build's only its source") {
  test::FakeHost fake;
  Engine engine;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
  const auto bytes = save(**engine.kernel(source("a * 7")), kBothWidths);
  REQUIRE(static_cast<bool>(bytes));
  auto file = read(*bytes);
  REQUIRE(static_cast<bool>(file));
  auto loaded = engine.load(*file, false);
  REQUIRE(static_cast<bool>(loaded));
  CHECK(tier_of(**loaded) == Tier::AotOptimized);
  file->build = "another";
  CHECK_FALSE(static_cast<bool>(engine.load(*file, false)));
  CHECK(*engine.kernel(source("a * 7")) == *loaded);
  Engine fresh;
  REQUIRE(static_cast<bool>(fresh.hosts().set(&table)));
  loaded = fresh.load(*file, true);
  REQUIRE(static_cast<bool>(loaded));
  CHECK(tier_of(**loaded) == Tier::OptimizingJit);
}

TEST_CASE("a deferred kernel is interpreted until it is given code") {
  test::FakeHost fake;
  Engine engine;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
  const auto kernel = *engine.deferred(source("sum(a) + a"));
  CHECK_FALSE(kernel->code.has_code());
  const int widths[] = {static_cast<int>(table.pointer_bits)};
  const auto file = read(*save(*kernel, widths));
  REQUIRE(static_cast<bool>(file));
  const auto other = read(*save(**engine.deferred(source("sum(a) - a")), widths));

  // Refused code is released, and the kernel stays as it is.
  const auto offer = [&](const KernelFile& from, std::vector<std::uintptr_t> entries) {
    fake.alive.insert(entries.begin(), entries.end());
    return static_cast<bool>(engine.adopt(kernel, from, entries));
  };
  CHECK_FALSE(offer(*other, {1, 2}));
  CHECK_FALSE(offer(*file, {1}));
  CHECK_FALSE(offer(*file, {1, 0}));
  fake.alive.erase(0);
  CHECK_FALSE(offer(KernelFile{}, {1, 2}));
  CHECK(fake.alive.empty());
  CHECK_FALSE(kernel->code.has_code());

  CHECK(offer(*file, {1, 2}));
  CHECK(kernel->code.tier() == Tier::AotOptimized);
  CHECK(fake.alive.size() == 2);
  CHECK(kernel->code.share()->stages[1].bytes == file->variants[0].stages[1]);
  CHECK(*engine.kernel(source("sum(a) + a")) == kernel);
  CHECK(*engine.deferred(source("sum(a) + a")) == kernel);
  CHECK(offer(*file, {3, 4}));  // replaced
  CHECK(fake.alive.count(1) == 0);
}
