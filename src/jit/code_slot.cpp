// The slot of a kernel's code.
//
// Enters: code of any tier, from any thread, in the middle of evaluations too. Leaves: the code that the
// next chunk runs. Replaced code is freed by the last evaluation that ends: an evaluation counts itself
// before it loads, and code is unreachable before the count is read, in one total order of all four.
// Example: a long evaluation in baseline code, optimised code installed: its next chunk is optimised,
// the baseline code is released when it ends. Tested by tests/unit/code_slot_test.cpp.
#include "jit/code_slot.h"

#include <utility>

namespace me::jit {

bool CodeSlot::has_code() const {
  const CodePtr code = share();
  return code && !code->is_withdrawn();
}

CodePtr CodeSlot::share() const {
  const std::scoped_lock lock(mutex_);
  return owned_;
}

Tier CodeSlot::tier() const {
  const CodePtr code = share();
  return code && !code->is_withdrawn() ? code->tier : Tier::Interpreter;
}

void CodeSlot::install(CodePtr code) {
  {
    const std::scoped_lock lock(mutex_);
    exchange(std::move(code));
  }
  if (in_flight_.load() == 0) reclaim();
}

std::uint64_t CodeSlot::epoch() const {
  const std::scoped_lock lock(mutex_);
  return epoch_;
}

CodeSlot::Promotion CodeSlot::promote(CodePtr code, std::uint64_t epoch) {
  {
    const std::scoped_lock lock(mutex_);
    if (epoch != epoch_) return Promotion::Invalidated;
    if (owned_ && owned_->tier >= code->tier && !owned_->is_withdrawn()) return Promotion::HasBetter;
    exchange(std::move(code));
    decline_.clear();
  }
  if (in_flight_.load() == 0) reclaim();
  return Promotion::Installed;
}

void CodeSlot::invalidate(std::string why) {
  {
    const std::scoped_lock lock(mutex_);
    exchange(nullptr);
    ++epoch_;
    decline_ = std::move(why);
  }
  if (in_flight_.load() == 0) reclaim();
}

bool CodeSlot::invalidate_code(const Code* code, std::string why) {
  {
    const std::scoped_lock lock(mutex_);
    if (owned_.get() != code) return false;
    exchange(nullptr);
    ++epoch_;
    decline_ = std::move(why);
  }
  if (in_flight_.load() == 0) reclaim();
  return true;
}

void CodeSlot::exchange(CodePtr code) {
  if (owned_) retired_.reserve(retired_.size() + 1);  // nothing fails once evaluations can see it
  current_.store(code.get());
  std::swap(owned_, code);
  if (!code) return;
  retired_.push_back(std::move(code));
  has_retired_.store(true);
}

std::string CodeSlot::decline() const {
  const std::scoped_lock lock(mutex_);
  return decline_;
}

void CodeSlot::set_decline(std::string why) {
  const std::scoped_lock lock(mutex_);
  decline_ = std::move(why);
}

void CodeSlot::reclaim() {
  std::vector<CodePtr> dead;  // destroyed after the lock: releasing entries calls the host
  const std::scoped_lock lock(mutex_);
  if (in_flight_.load() != 0) return;
  dead.swap(retired_);
  has_retired_.store(false);
}

}  // namespace me::jit
