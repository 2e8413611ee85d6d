// A directory as a store: what was put is found, also by another process; damage is noticed and
// removed; nobody else's directory is used; old entries go; writers do not disturb readers.
#include "engine/disk_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using me::engine::DiskStore;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

// A directory of the test's own, gone at its end.
struct Place {
  fs::path path;
  Place() {
    std::string name = (fs::temp_directory_path() / "me-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Place() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(directory)) files.push_back(item.path());
  return files;
}

Bytes filled(std::size_t size, std::uint8_t value) { return Bytes(size, value); }

}  // namespace

TEST_CASE("values are found by key and kind, by this store and the next") {
  const Place place;
  const std::string directory = place / "a/b";
  {
    const auto store = DiskStore::open(directory, 1 << 20, nullptr);
    REQUIRE(store != nullptr);
    CHECK((fs::status(directory).permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK_FALSE(store->get("kernel", "one").has_value());
    CHECK(store->put("kernel", "one", Bytes{1, 2, 3}));
    CHECK(store->put("code", "one", Bytes{4}));
    CHECK(store->put("kernel", "", Bytes{}));
    CHECK(store->put("kernel", "two", Bytes{5}));
    CHECK(store->put("kernel", "two", Bytes{6}));
  }
  const auto store = DiskStore::open(directory, 1 << 20, nullptr);
  REQUIRE(store != nullptr);
  CHECK(store->get("kernel", "one") == Bytes{1, 2, 3});
  CHECK(store->get("code", "one") == Bytes{4});
  CHECK(store->get("kernel", "") == Bytes{});
  CHECK(store->get("kernel", "two") == Bytes{6});
  CHECK_FALSE(store->get("code", "two").has_value());
  store->remove("kernel", "two");
  CHECK_FALSE(store->get("kernel", "two").has_value());
  CHECK(store->damaged() == 0);
}

TEST_CASE("any flipped byte and any truncation is noticed, and the entry removed") {
  const Place place;
  const auto store = DiskStore::open(place / "s", 1 << 20, nullptr);
  REQUIRE(store != nullptr);
  REQUIRE(store->put("kernel", "key", Bytes{1, 2, 3, 4, 5}));
  const fs::path file = files_in(place / "s").at(0);
  std::ifstream in(file, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  std::uint64_t damaged = 0;
  const auto check = [&](const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
    CHECK_FALSE(store->get("kernel", "key").has_value());
    CHECK_FALSE(fs::exists(file));
    CHECK(store->damaged() == ++damaged);
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string content = whole;
    content[i] = static_cast<char>(content[i] ^ 0x10);
    check(content);
    check(whole.substr(0, i));
  }
  check(whole + "x");
  std::ofstream(file, std::ios::binary) << whole;
  CHECK(store->get("kernel", "key") == Bytes{1, 2, 3, 4, 5});
}

TEST_CASE("directories that are not this user's alone are refused, with the reason") {
  const Place place;
  std::string why;
  fs::create_directory(place / "open");
  fs::permissions(place / "open", fs::perms::owner_all | fs::perms::group_read);
  CHECK(DiskStore::open(place / "open", 1 << 20, &why) == nullptr);
  CHECK(why.find("0700") != std::string::npos);
  std::ofstream(place / "file") << "x";
  CHECK(DiskStore::open(place / "file", 1 << 20, &why) == nullptr);
  CHECK(why.find("file") != std::string::npos);
  CHECK(DiskStore::open(place / "file/below", 1 << 20, &why) == nullptr);
  if (geteuid() != 0) CHECK(DiskStore::open("/", 1 << 20, &why) == nullptr);
}

TEST_CASE("a directory that cannot be written is read only, and that is no failure") {
  const Place place;
  const std::string directory = place / "s";
  {
    const auto store = DiskStore::open(directory, 1 << 20, nullptr);
    REQUIRE(store->put("kernel", "key", Bytes{7}));
  }
  if (geteuid() == 0) return;  // root writes everywhere
  fs::permissions(directory, fs::perms::owner_read | fs::perms::owner_exec);
  const auto store = DiskStore::open(directory, 1 << 20, nullptr);
  REQUIRE(store != nullptr);
  CHECK(store->get("kernel", "key") == Bytes{7});
  CHECK_FALSE(store->put("kernel", "other", Bytes{8}));
  fs::permissions(directory, fs::perms::owner_all);
}

TEST_CASE("a directory that disappears is an empty one that takes nothing") {
  const Place place;
  const auto store = DiskStore::open(place / "s", 1 << 20, nullptr);
  REQUIRE(store->put("kernel", "key", Bytes{7}));
  fs::remove_all(place / "s");
  CHECK_FALSE(store->get("kernel", "key").has_value());
  CHECK_FALSE(store->put("kernel", "key", Bytes{8}));
}

TEST_CASE("entries that were used longest ago make room") {
  const Place place;
  const auto store = DiskStore::open(place / "s", 10'000, nullptr);
  for (const char* key : {"a", "b", "c"}) {
    REQUIRE(store->put("kernel", key, filled(3000, 1)));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(store->get("kernel", "a").has_value());  // now the newest
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  REQUIRE(store->put("kernel", "d", filled(3000, 1)));
  CHECK(store->get("kernel", "a").has_value());
  CHECK_FALSE(store->get("kernel", "b").has_value());
  CHECK(store->get("kernel", "d").has_value());
  std::uint64_t sum = 0;
  for (const fs::path& file : files_in(place / "s")) sum += fs::file_size(file);
  CHECK(sum <= 10'000);
  CHECK_FALSE(store->put("kernel", "large", filled(20'000, 1)));
  CHECK(store->get("kernel", "d").has_value());
}

TEST_CASE("what a writer that died left behind is removed") {
  const Place place;
  const auto store = DiskStore::open(place / "s", 1 << 20, nullptr);
  const fs::path old = fs::path(place / "s") / ".writing-1-0-x.kernel";
  const fs::path fresh = fs::path(place / "s") / ".writing-2-0-x.kernel";
  std::ofstream(old) << "half";
  std::ofstream(fresh) << "half";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(3));
  REQUIRE(store->put("kernel", "key", Bytes{7}));
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(fresh));
}

TEST_CASE("processes and threads that write and read one key see whole values") {
  const Place place;
  const std::string directory = place / "s";
  const auto work = [&directory](std::uint8_t mine) {
    const auto store = DiskStore::open(directory, 50'000, nullptr);
    if (store == nullptr) return 1;
    for (int i = 0; i < 300; ++i) {
      const std::string key = std::to_string(i % 3);
      store->put("kernel", key, filled(1000 + mine * 100u, mine));
      const auto value = store->get("kernel", key);
      if (!value) continue;
      const Bytes whole = filled(1000 + value->front() * 100u, value->front());
      if (*value != whole) return 2;
    }
    return store->damaged() == 0 ? 0 : 3;
  };
  std::vector<pid_t> children;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(work(i));
    children.push_back(child);
  }
  CHECK(work(4) == 0);
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}
