// An array whose length is known when it is made: short ones need no memory but the stack's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace me {

// Elements are not initialized.
template <class T, std::size_t kInline>
class SmallArray {
 public:
  explicit SmallArray(std::size_t size)
      : heap_(size > kInline ? std::make_unique_for_overwrite<T[]>(size) : nullptr),
        data_(heap_ ? heap_.get() : inline_.data()),
        size_(size) {}
  SmallArray(const SmallArray&) = delete;
  SmallArray& operator=(const SmallArray&) = delete;

  std::size_t size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  std::array<T, kInline> inline_;
  std::unique_ptr<T[]> heap_;
  T* data_;
  std::size_t size_;
};

}  // namespace me
