// What a fuzz target reads its choices from: the input's bytes in order, zeros after its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace me::fuzz {

class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::uint8_t byte() { return at_ < end_ ? *at_++ : 0; }
  bool empty() const { return at_ == end_; }
  // Up to the next newline, which is read too, or to the end.
  std::string_view line() {
    const std::uint8_t* begin = at_;
    while (at_ < end_ && *at_ != '\n') ++at_;
    const auto length = static_cast<std::size_t>(at_ - begin);
    if (at_ < end_) ++at_;
    return {reinterpret_cast<const char*>(begin), length};
  }
  std::string_view rest() {
    return {reinterpret_cast<const char*>(at_), static_cast<std::size_t>(end_ - at_)};
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// Ends the process, which is how a fuzzer learns of a finding.
#define ME_FUZZ_CHECK(condition)                                                            \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);   \
      std::abort();                                                                         \
    }                                                                                       \
  } while (false)

}  // namespace me::fuzz
