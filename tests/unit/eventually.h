// Waiting in tests for what another thread does.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace me::test {

// Until it holds; false after a minute.
inline bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 60000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace me::test
