// Where a kernel's code is put, and where evaluations pick it up while it may be replaced at any time.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "jit/code.h"

namespace me::jit {

// Thread-safe. Code that was replaced lives until no evaluation is under way, so that evaluations need
// neither a lock nor a count of their own for the code they hold.
class CodeSlot {
 public:
  CodeSlot() = default;
  CodeSlot(const CodeSlot&) = delete;
  CodeSlot& operator=(const CodeSlot&) = delete;

  // An evaluation under way. What current() gives stays valid until the end of the Use; one Use may
  // serve several threads. Costs two atomic additions.
  class Use {
   public:
    explicit Use(CodeSlot& slot) : slot_(slot) { slot_.in_flight_.fetch_add(1); }
    ~Use() { slot_.leave(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    // The code now, or null: the interpreter. One load.
    const Code* current() const { return slot_.current_.load(); }

   private:
    CodeSlot& slot_;
  };

  // The code as others than evaluations hold it; null: the interpreter.
  CodePtr share() const;
  bool has_code() const;  // that may be called
  Tier tier() const;

  // Evaluations take it from their next chunk on; null: back to the interpreter.
  void install(CodePtr code);

  // Counts invalidations: code is for the epoch in which its compilation began.
  std::uint64_t epoch() const;
  enum class Promotion { Installed, HasBetter, Invalidated };
  // Installs code that is of a better tier than what is there, in its epoch only.
  Promotion promote(CodePtr code, std::uint64_t epoch);
  // Back to the interpreter; compilations under way are for nothing. The reason becomes the decline.
  void invalidate(std::string why);
  // The same if `code` is what is there; false otherwise.
  bool invalidate_code(const Code* code, std::string why);

  // Why there is no code, or none of a better tier; empty if nobody tried or nothing stood in the way.
  std::string decline() const;
  void set_decline(std::string why);

 private:
  void leave() {
    if (in_flight_.fetch_sub(1) == 1 && has_retired_.load()) reclaim();
  }
  void exchange(CodePtr code);  // with the mutex held
  void reclaim();

  std::atomic<const Code*> current_{nullptr};  // owned_
  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<bool> has_retired_{false};
  mutable std::mutex mutex_;  // of the following
  CodePtr owned_;
  std::vector<CodePtr> retired_;
  std::string decline_;
  std::uint64_t epoch_ = 0;
};

}  // namespace me::jit
