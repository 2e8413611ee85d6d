// Elements of string blocks: reading one without its padding, writing one with it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "interp/block.h"
#include "interp/kernels_string.h"

namespace me::interp {

// One string. Units lie at any address.
template <class U>
struct TextView {
  const typename Unaligned<U>::type* units;
  std::size_t size;

  U operator[](std::size_t i) const { return units[i]; }
  TextView part(std::size_t begin, std::size_t end) const { return {units + begin, end - begin}; }
};

template <class U>
TextView<U> text_at(const void* block, std::uint32_t width, std::size_t i, bool ends_at_nul) {
  const auto* units = static_cast<const typename Unaligned<U>::type*>(block) + i * width;
  std::size_t size = width;
  if (ends_at_nul) {
    size = 0;
    while (size < width && units[size] != 0) ++size;
  } else {
    while (size > 0 && units[size - 1] == 0) --size;
  }
  return {units, size};
}

// One element being written: what does not fit is cut off, the rest is padding.
template <class U>
class TextWriter {
 public:
  TextWriter(void* block, std::uint32_t width, std::size_t i)
      : units_(static_cast<typename Unaligned<U>::type*>(block) + i * width), width_(width) {}
  ~TextWriter() { std::memset(units_ + at_, 0, (width_ - at_) * sizeof(U)); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  void push(U unit) {
    if (at_ < width_) units_[at_++] = unit;
  }
  void append(TextView<U> text) {
    const std::size_t n = std::min<std::size_t>(text.size, width_ - at_);
    std::memcpy(units_ + at_, text.units, n * sizeof(U));
    at_ += n;
  }
  bool full() const { return at_ == width_; }

 private:
  typename Unaligned<U>::type* units_;
  std::size_t at_ = 0;
  std::size_t width_;
};

}  // namespace me::interp
