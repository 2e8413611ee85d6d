// Python objects as arrays of me_engine.h: the one file pair that knows buffers and their formats.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "me_engine.h"

namespace me::python {

using Extents = std::vector<std::int64_t>;

// How a buffer's items become items of a me_dtype.
enum class Storage {
  Native,   // as they are
  Swapped,  // the other byte order
  Half,     // float16, read as float32
};

// A dtype with the bytes per element of strings and bytes, 0 for others. Python knows it as one integer:
// dtype + 256 * itemsize.
struct ElementType {
  me_dtype dtype = ME_AUTO;
  std::size_t itemsize = 0;

  static ElementType of(std::int64_t code);
  std::int64_t code() const { return dtype + static_cast<std::int64_t>(itemsize) * 256; }
  bool is_text() const { return dtype == ME_STRING || dtype == ME_BYTES; }
  std::string name() const;  // "float64", "U8"
};

// What a Python value is to the compiler.
struct Described {
  ElementType type;
  std::uint32_t flags;  // of me_param: a Python number is uniform and weak, a str or 0-d uniform
};

// Raises TypeError for values that are neither numbers nor strings nor buffers of them.
Described describe(pybind11::handle value);

// Bytes of one item; 0 for dtypes without a fixed size.
std::size_t item_size(me_dtype dtype);
const char* dtype_name(me_dtype dtype);
std::string shape_text(const std::int64_t* shape, int ndim);

// A buffer held for its owner's life.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : view_(other.view_) { other.view_ = {}; }
  Buffer(const Buffer&) = delete;
  ~Buffer() { release(); }

  // Holds the buffer of `value` instead; false, with a Python exception set, if it gives none.
  bool acquire(pybind11::handle value, int flags);
  void release();
  const Py_buffer& operator*() const { return view_; }
  const Py_buffer* operator->() const { return &view_; }

 private:
  Py_buffer view_{};
};

// A value that is read during one evaluation. Holds the buffer, or a copy of it where the engine could
// not work on it directly (other byte order, unaligned, float16).
class Input {
 public:
  // The value as dtype `wanted`. A buffer of another dtype is converted where NumPy calls that a safe
  // cast (shorter strings are padded); a Python scalar takes `wanted` if it can. `name` is for messages.
  Input(pybind11::handle value, ElementType wanted, const char* name);
  Input(Input&&) noexcept;
  Input(const Input&) = delete;

  const me_array& array() const { return array_; }
  bool is_fortran_contiguous() const;

 private:
  void hold(pybind11::handle value);
  void point_at_buffer(Storage storage);
  void take_scalar(pybind11::handle value, me_dtype wanted, const char* name);
  void take_text(pybind11::handle value, ElementType wanted, const char* name);
  void copy_text(Storage storage);

  Buffer view_;
  me_array array_{};
  Extents shape_;
  Extents strides_;
  std::vector<char> copy_;
  alignas(16) char scalar_[16] = {};  // the largest dtype
};

// An array that receives the result.
class Output {
 public:
  Output(pybind11::handle value, ElementType result);
  Output(const Output&) = delete;

  // Where to evaluate a result of that shape: the array itself, or memory of our own, which finish()
  // then copies, repeated over the array's shape.
  const me_array& target(const Extents& result);
  void finish();

 private:
  Buffer view_;
  me_array array_{};
  Extents shape_;
  Extents strides_;
  Storage storage_ = Storage::Native;
  ElementType result_;
  bool direct_ = false;
  me_array temporary_{};
  Extents temporary_shape_;
  std::vector<char> memory_;
};

// The order of axes, outermost first, that a new result gets: NumPy's meaning of `order`, one of
// C, F, A and K. Empty means C order.
std::vector<int> axes_for(char order, const std::vector<Input>& inputs, int ndim);

void bind_arrays(pybind11::module_& module);

}  // namespace me::python
