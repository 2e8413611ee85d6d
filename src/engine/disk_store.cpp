// A directory as a store of values.
//
// Enters: keys and values, any bytes. Leaves: one file per entry, named after the hash of its key:
//   checksum (XXH64 of all that follows) | length of the key | key | value       two 64-bit words first
// Example: put("kernel", "k", {1, 2, 3}) writes d24ec4f1a98c6e5b-....kernel of 20 bytes. The key stands in
// the file, so that two keys with one hash replace each other and are never mistaken for each other.
//
// Files are written under a name of their own and renamed, so that there are only whole ones; the
// checksum finds what a full disk or a crashed machine leaves. Reading an entry makes it the newest;
// when the directory has more bytes than it may, the oldest entries go. All paths are relative to the
// open directory: nobody can put another one in its place.
// Tested by tests/unit/disk_store_test.cpp.
#include "disk_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/hash.h"

#if defined(__unix__) || defined(__APPLE__)
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define ME_HAVE_DIRECTORIES 1
#endif

namespace me::engine {

#ifdef ME_HAVE_DIRECTORIES
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kHeadBytes = 16;
constexpr std::uint64_t kMaxEntryBytes = std::uint64_t{1} << 28;
constexpr std::string_view kTemporary = ".writing-";
constexpr std::time_t kAbandonedSeconds = 3600;  // a file being written that is older has no writer

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string file_name(std::string_view kind, std::string_view key) {
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(key.data()),
                                            key.size());
  return hex_of(xxh64(bytes)) + hex_of(xxh64(bytes, 1)) + "." + std::string(kind);
}

std::uint64_t word_at(const Bytes& bytes, std::size_t at) {
  std::uint64_t word;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

void make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    mkdir(path.substr(0, end).c_str(), 0700);
  }
  mkdir(path.c_str(), 0700);
}

struct Entry {
  std::string name;
  std::uint64_t bytes;
  timespec used;
};

timespec changed(const struct stat& status) {
#ifdef __APPLE__
  return status.st_mtimespec;
#else
  return status.st_mtim;
#endif
}

// The entries of a directory; abandoned temporary files are removed on the way.
std::vector<Entry> entries_of(int directory) {
  std::vector<Entry> entries;
  const int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* list = again < 0 ? nullptr : fdopendir(again);
  if (list == nullptr) {
    if (again >= 0) close(again);
    return entries;
  }
  const std::time_t now = std::time(nullptr);
  while (const dirent* item = readdir(list)) {
    const std::string_view name = item->d_name;
    struct stat status;
    if (fstatat(directory, item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode)) {
      continue;
    }
    if (name.starts_with(kTemporary)) {
      if (now - status.st_mtime > kAbandonedSeconds) unlinkat(directory, item->d_name, 0);
    } else if (name.size() > 33 && name[32] == '.') {
      entries.push_back({std::string(name), static_cast<std::uint64_t>(status.st_size),
                         changed(status)});
    }
  }
  closedir(list);
  return entries;
}

}  // namespace

std::unique_ptr<DiskStore> DiskStore::open(const std::string& directory, std::uint64_t max_bytes,
                                           std::string* why_not) {
  make_directories(directory);
  File opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status;
  std::string reason;
  if (!opened || fstat(opened.fd(), &status) != 0) {
    reason = std::strerror(errno);
  } else if (status.st_uid != geteuid()) {
    reason = "it belongs to another user";
  } else if ((status.st_mode & 077) != 0) {
    reason = "other users may open it; its mode must be 0700";
  }
  if (reason.empty()) {
    return std::unique_ptr<DiskStore>(new DiskStore(opened.release(), directory, max_bytes));
  }
  if (why_not != nullptr) *why_not = directory + ": " + reason;
  return nullptr;
}

DiskStore::~DiskStore() { close(fd_); }

std::optional<Bytes> DiskStore::read_file(const std::string& name) {
  // What is run must be this user's own file, whoever could write to the directory once.
  const File file(openat(fd_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!file || fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
      static_cast<std::uint64_t>(status.st_size) > kMaxEntryBytes) {
    return std::nullopt;
  }
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = read(file.fd(), bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  futimens(file.fd(), nullptr);  // the newest now; where that is forbidden, it keeps its age
  return bytes;
}

std::optional<Bytes> DiskStore::get(std::string_view kind, std::string_view key) {
  const std::string name = file_name(kind, key);
  auto bytes = read_file(name);
  if (!bytes) return std::nullopt;
  const bool whole = bytes->size() >= kHeadBytes &&
                     word_at(*bytes, 0) == xxh64(std::span(*bytes).subspan(8)) &&
                     word_at(*bytes, 8) <= bytes->size() - kHeadBytes;
  if (!whole) {
    damaged_.fetch_add(1, std::memory_order_relaxed);
    unlinkat(fd_, name.c_str(), 0);
    return std::nullopt;
  }
  const auto length = static_cast<std::size_t>(word_at(*bytes, 8));
  const auto* text = reinterpret_cast<const char*>(bytes->data()) + kHeadBytes;
  if (std::string_view(text, length) != key) return std::nullopt;  // another key with this hash
  bytes->erase(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(kHeadBytes + length));
  return bytes;
}

bool DiskStore::write_file(const std::string& name, std::span<const std::uint8_t> bytes) {
  const std::string temporary = std::string(kTemporary) + std::to_string(getpid()) + "-" +
                                std::to_string(temporary_.fetch_add(1)) + "-" + name;
  File file(openat(fd_, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   0600));
  if (!file) return false;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t put = ::write(file.fd(), bytes.data() + at, bytes.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    at += static_cast<std::size_t>(put);
  }
  const bool closed = close(file.release()) == 0;
  if (at == bytes.size() && closed &&
      renameat(fd_, temporary.c_str(), fd_, name.c_str()) == 0) {
    return true;
  }
  unlinkat(fd_, temporary.c_str(), 0);
  return false;
}

bool DiskStore::put(std::string_view kind, std::string_view key,
                    std::span<const std::uint8_t> value) {
  if (kHeadBytes + key.size() + value.size() > std::min(kMaxEntryBytes, max_bytes_)) return false;
  Bytes bytes(kHeadBytes + key.size() + value.size());
  const std::uint64_t length = key.size();
  std::memcpy(bytes.data() + 8, &length, sizeof length);
  std::copy(key.begin(), key.end(), bytes.begin() + kHeadBytes);
  std::copy(value.begin(), value.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(kHeadBytes + key.size()));
  const std::uint64_t checksum = xxh64(std::span(bytes).subspan(8));
  std::memcpy(bytes.data(), &checksum, sizeof checksum);
  if (!write_file(file_name(kind, key), bytes)) return false;
  make_room(bytes.size());
  return true;
}

void DiskStore::remove(std::string_view kind, std::string_view key) {
  unlinkat(fd_, file_name(kind, key).c_str(), 0);
}

// Counts what was written; looks at the directory when this process has not yet, or when the sum says
// that there may be too much in it.
void DiskStore::make_room(std::uint64_t written) {
  bytes_.fetch_add(written, std::memory_order_relaxed);
  // One thread makes room for all. (In a forked child nobody may, if a thread of the parent was at it.)
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || (measured_ && bytes_ <= max_bytes_)) return;
  std::vector<Entry> entries = entries_of(fd_);
  measured_ = true;
  bytes_ = 0;
  for (const Entry& e : entries) bytes_ += e.bytes;
  if (bytes_ <= max_bytes_) return;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) {
              return std::pair(a.used.tv_sec, a.used.tv_nsec) <
                     std::pair(b.used.tv_sec, b.used.tv_nsec);
            });
  // Some room more than is needed, so that not every write has to look.
  const std::uint64_t wanted = max_bytes_ - max_bytes_ / 8;
  for (const Entry& e : entries) {
    if (bytes_ <= wanted) break;
    if (unlinkat(fd_, e.name.c_str(), 0) == 0 || errno == ENOENT) bytes_ -= e.bytes;
  }
}

#else

std::unique_ptr<DiskStore> DiskStore::open(const std::string& directory, std::uint64_t,
                                           std::string* why_not) {
  if (why_not != nullptr) *why_not = directory + ": this platform has no kernel cache on disk";
  return nullptr;
}

DiskStore::~DiskStore() = default;

std::optional<std::vector<std::uint8_t>> DiskStore::get(std::string_view, std::string_view) {
  return std::nullopt;
}

bool DiskStore::put(std::string_view, std::string_view, std::span<const std::uint8_t>) {
  return false;
}

void DiskStore::remove(std::string_view, std::string_view) {}

#endif

}  // namespace me::engine
