// Work in steps: a coroutine that gives the thread back between them, so that an event loop can turn.
//
//   Steps<int> count(int n) {
//     int sum = 0;
//     for (int i = 0; i < n; ++i) { sum += i; co_await between_steps; }
//     co_return sum;
//   }
//   int sum = count(9).finish();                  // all at once; or next() after next()
//
// Parameters that are references must outlive the steps. Destroying them half-way drops what was done.
// Tested by tests/unit/steps_test.cpp.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

namespace me {

inline constexpr std::suspend_always between_steps{};

template <class T>
class [[nodiscard]] Steps {
 public:
  struct promise_type {
    std::optional<T> result;

    Steps get_return_object() { return Steps(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(T value) { result.emplace(std::move(value)); }
    void unhandled_exception() { throw; }  // to the caller of next()
  };

  Steps(Steps&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Steps& operator=(Steps&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Steps() {
    if (handle_) handle_.destroy();
  }

  // Does a step; false: it was the last one. Throws what the work throws, which ends it.
  bool next() {
    if (!handle_.done()) handle_.resume();
    return !handle_.done();
  }
  // After the last step, unless that has thrown.
  T& result() { return *handle_.promise().result; }
  // Does what is left.
  T finish() {
    while (next()) {
    }
    return std::move(result());
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Steps(Handle handle) : handle_(handle) {}

  Handle handle_;
};

}  // namespace me
