// A directory of values by key, shared by processes: what a kernel cache keeps between them.
//
// Values may be machine code, so that the directory must be the user's own and closed to others. Nothing
// here fails loudly: what cannot be read is absent, what cannot be written is not kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace me::engine {

class DiskStore {
 public:
  // Opens `directory`, which is made if it is not there (with the directories above it). Null when it is
  // not a directory, is not owned by this user, or lets others in; *why_not then says so.
  static std::unique_ptr<DiskStore> open(const std::string& directory, std::uint64_t max_bytes,
                                         std::string* why_not);
  ~DiskStore();
  DiskStore(const DiskStore&) = delete;
  DiskStore& operator=(const DiskStore&) = delete;

  // All may be called from any thread, and by any number of processes on one directory. `kind` is one
  // word that ends file names ("kernel"); the same key may have a value of each kind.
  // The value as it was put, or nothing; a damaged entry is removed.
  std::optional<std::vector<std::uint8_t>> get(std::string_view kind, std::string_view key);
  // Whether it was written. A reader sees the old value, the new one or none, never a mixture. May remove
  // the entries that were used longest ago, to keep their sum below max_bytes.
  bool put(std::string_view kind, std::string_view key, std::span<const std::uint8_t> value);
  void remove(std::string_view kind, std::string_view key);

  const std::string& directory() const { return directory_; }
  std::uint64_t damaged() const { return damaged_.load(std::memory_order_relaxed); }

 private:
  DiskStore(int fd, std::string directory, std::uint64_t max_bytes)
      : fd_(fd), directory_(std::move(directory)), max_bytes_(max_bytes) {}
  std::optional<std::vector<std::uint8_t>> read_file(const std::string& name);
  bool write_file(const std::string& name, std::span<const std::uint8_t> bytes);
  void make_room(std::uint64_t written);

  int fd_;
  std::string directory_;
  std::uint64_t max_bytes_;
  std::atomic<std::uint64_t> damaged_{0};
  std::atomic<std::uint32_t> temporary_{0};  // numbers the names of files being written
  std::atomic<std::uint64_t> bytes_{0};  // in the directory, as far as this process knows
  std::mutex mutex_;                     // of who makes room
  bool measured_ = false;                // guarded by mutex_
};

}  // namespace me::engine
