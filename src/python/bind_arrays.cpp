// Buffers of Python objects as arrays of me_engine.h, without copies wherever that is possible.
//
// Enters: anything with the buffer protocol (NumPy arrays and scalars, array.array, memoryview),
// or a Python number, str or bytes. Leaves: me_array. Copied are items in the other byte order, items at odd
// addresses, float16 (read as float32), and safe conversions to a declared dtype. NumPy's headers are
// not needed: all of this is what the buffer protocol tells. Example: a[::-2] of float64 is data at its
// last item, shape (n/2,), strides (-16,).
// Tested by tests/python/test_arrays.py and test_buffers.py.
#include "bind_arrays.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "bind_errors.h"

namespace py = pybind11;

namespace me::python {
namespace {

struct DtypeRow {
  const char* name;
  const char* format;  // of Python's struct module
  std::size_t size;
};

// By me_dtype.
constexpr DtypeRow kDtypes[] = {
    {"auto", "", 0},    {"bool", "?", 1},    {"int8", "b", 1},       {"int16", "h", 2},
    {"int32", "i", 4},  {"int64", "q", 8},   {"uint8", "B", 1},      {"uint16", "H", 2},
    {"uint32", "I", 4}, {"uint64", "Q", 8},  {"float32", "f", 4},    {"float64", "d", 8},
    {"complex64", "Zf", 8}, {"complex128", "Zd", 16}, {"str", "w", 0}, {"bytes", "s", 0},
};

struct Format {
  me_dtype dtype;
  Storage storage;
};

me_dtype integer_of(std::size_t size, bool is_signed) {
  switch (size) {
    case 1: return is_signed ? ME_INT8 : ME_UINT8;
    case 2: return is_signed ? ME_INT16 : ME_UINT16;
    case 4: return is_signed ? ME_INT32 : ME_UINT32;
    case 8: return is_signed ? ME_INT64 : ME_UINT64;
    default: return ME_AUTO;
  }
}

// Reads a format of the struct module, as extended by NumPy; ME_AUTO: not one of ours.
Format parse_format(const char* text, std::size_t size) {
  const char* at = text ? text : "B";
  bool swapped = false;
  if (*at != '\0' && std::strchr("@=<>!", *at) != nullptr) {
    const bool little = std::endian::native == std::endian::little;
    swapped = little ? (*at == '>' || *at == '!') : *at == '<';
    ++at;
  }
  me_dtype dtype = ME_AUTO;
  Storage storage = swapped && size > 1 ? Storage::Swapped : Storage::Native;
  if (at[0] != '\0' && at[std::strlen(at) - 1] == 's') storage = Storage::Native;
  const bool one_letter = *at != '\0' && at[1] == '\0';
  if (at[0] == 'Z') {
    dtype = size == 8 ? ME_COMPLEX64 : size == 16 ? ME_COMPLEX128 : ME_AUTO;
  } else if (!one_letter) {
    const char last = *at == '\0' ? '\0' : at[std::strlen(at) - 1];
    const bool counted = *at >= '0' && *at <= '9';
    if (counted && last == 'w') dtype = ME_STRING;
    if (counted && last == 's') dtype = ME_BYTES;
  } else if (*at == '?') {
    dtype = ME_BOOL;
  } else if (std::strchr("bhilqn", *at) != nullptr) {
    dtype = integer_of(size, true);
  } else if (std::strchr("BHILQN", *at) != nullptr) {
    dtype = integer_of(size, false);
  } else if (*at == 'f') {
    dtype = ME_FLOAT32;
  } else if (*at == 'd') {
    dtype = ME_FLOAT64;
  } else if (*at == 'e' && !swapped) {
    dtype = ME_FLOAT32;
    storage = Storage::Half;
  } else if (*at == 'w') {
    dtype = ME_STRING;
  } else if (*at == 's') {
    dtype = ME_BYTES;
  }
  return {dtype, storage};
}

Format format_of(const Py_buffer& view) {
  return parse_format(view.format, static_cast<std::size_t>(view.itemsize));
}

[[noreturn]] void refuse_buffer(const Py_buffer& view) {
  const std::string format = view.format ? view.format : "B";
  throw py::type_error("arrays of format '" + format + "' are not supported");
}

[[noreturn]] void refuse_exporter(py::handle value) {
  // The exporter's own message says what it cannot do (datetime64, for example).
  py::error_already_set cause;
  throw py::type_error("a " + std::string(Py_TYPE(value.ptr())->tp_name) +
                       " of this kind is not supported: " + py::str(cause.value()).cast<std::string>());
}

void check_ndim(const Py_buffer& view) {
  if (view.ndim > ME_MAX_NDIM) {
    throw py::value_error("arrays of at most " + std::to_string(ME_MAX_NDIM) +
                          " dimensions are supported, not " + std::to_string(view.ndim));
  }
}

bool is_complex(me_dtype dtype) { return dtype == ME_COMPLEX64 || dtype == ME_COMPLEX128; }

// Complex items are pairs of floats.
std::size_t alignment_of(me_dtype dtype) {
  return is_complex(dtype) ? item_size(dtype) / 2 : item_size(dtype);
}

bool is_aligned(const Py_buffer& view, std::size_t alignment) {
  auto bits = reinterpret_cast<std::uintptr_t>(view.buf);
  for (int d = 0; d < view.ndim; ++d) {
    if (view.shape[d] > 1) bits |= static_cast<std::uintptr_t>(view.strides[d]);
  }
  return bits % alignment == 0;
}

std::int64_t item_count(const Extents& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

Extents c_strides(const Extents& shape, std::size_t size) {
  Extents strides(shape.size());
  auto stride = static_cast<std::int64_t>(size);
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= std::max<std::int64_t>(shape[d], 1);
  }
  return strides;
}

template <std::size_t kSize>
void move_item(const char* from, char* to, Storage storage) {
  if (storage == Storage::Swapped) {
    for (std::size_t i = 0; i < kSize; ++i) to[i] = from[kSize - 1 - i];
  } else {
    std::memcpy(to, from, kSize);
  }
}

// A complex item in the other byte order: each part is.
template <std::size_t kSize>
void move_pair(const char* from, char* to, Storage storage) {
  move_item<kSize / 2>(from, to, storage);
  move_item<kSize / 2>(from + kSize / 2, to + kSize / 2, storage);
}

void move_half(const char* from, char* to, Storage) {
  const auto value =
      static_cast<float>(PyFloat_Unpack2(from, std::endian::native == std::endian::little));
  std::memcpy(to, &value, sizeof value);
}

using MoveItem = void (*)(const char*, char*, Storage);

MoveItem mover(me_dtype dtype, std::size_t size, Storage storage) {
  if (storage == Storage::Half) return move_half;
  if (dtype == ME_COMPLEX64) return move_pair<8>;
  if (dtype == ME_COMPLEX128) return move_pair<16>;
  switch (size) {
    case 1: return move_item<1>;
    case 2: return move_item<2>;
    case 4: return move_item<4>;
    default: return move_item<8>;
  }
}

struct Place {
  char* data;
  const std::int64_t* strides;
};

// Copies axes [axis, ndim) of an array of that shape, item by item with move(from, to).
template <class Move>
void copy_items(Place to, Place from, const Extents& shape, std::size_t axis, const Move& move) {
  if (axis == shape.size()) return move(from.data, to.data);
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    copy_items(to, from, shape, axis + 1, move);
    to.data += to.strides[axis];
    from.data += from.strides[axis];
  }
}

// One string of `from_bytes` in an element of `to_bytes`: cut off or padded.
void move_text(const char* from, std::size_t from_bytes, char* to, std::size_t to_bytes,
               bool swapped) {
  const std::size_t bytes = std::min(from_bytes, to_bytes);
  if (swapped) {
    for (std::size_t i = 0; i < bytes; i += 4) move_item<4>(from + i, to + i, Storage::Swapped);
  } else {
    std::memcpy(to, from, bytes);
  }
  std::memset(to + bytes, 0, to_bytes - bytes);
}

bool is_python_scalar(py::handle value) {
  return PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr()) || PyComplex_Check(value.ptr());
}

[[noreturn]] void does_not_fit(py::handle value, me_dtype dtype, const char* name) {
  const std::string message = py::repr(value).cast<std::string>() + " does not fit " +
                              dtype_name(dtype) + ", the dtype of '" + name + "'";
  PyErr_SetString(PyExc_OverflowError, message.c_str());
  throw py::error_already_set();
}

template <class T>
void store(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

// Whether the 64 bits `value`, read as signed or unsigned, are a value of integer dtype T.
template <class T>
bool store_integer(char* to, std::int64_t value, bool is_unsigned64) {
  const auto narrow = static_cast<T>(value);
  store(to, narrow);
  if constexpr (std::is_same_v<T, std::uint64_t>) return is_unsigned64 || value >= 0;
  return !is_unsigned64 && static_cast<std::int64_t>(narrow) == value;
}

}  // namespace

bool Buffer::acquire(py::handle value, int flags) {
  release();
  return PyObject_GetBuffer(value.ptr(), &view_, flags | PyBUF_STRIDES | PyBUF_FORMAT) == 0;
}

void Buffer::release() {
  if (view_.obj != nullptr) PyBuffer_Release(&view_);
}

ElementType ElementType::of(std::int64_t code) {
  return {static_cast<me_dtype>(code % 256), static_cast<std::size_t>(code / 256)};
}

std::string ElementType::name() const {
  if (dtype == ME_STRING) return "U" + std::to_string(itemsize / 4);
  if (dtype == ME_BYTES) return "S" + std::to_string(itemsize);
  return dtype_name(dtype);
}

std::size_t item_size(me_dtype dtype) { return kDtypes[dtype].size; }
const char* dtype_name(me_dtype dtype) { return kDtypes[dtype].name; }

std::string shape_text(const std::int64_t* shape, int ndim) {
  std::string text = "(";
  for (int d = 0; d < ndim; ++d) text += (d > 0 ? ", " : "") + std::to_string(shape[d]);
  return text + (ndim == 1 ? ",)" : ")");
}

Described describe(py::handle value) {
  if (PyUnicode_Check(value.ptr())) {
    const Py_ssize_t length = PyUnicode_GetLength(value.ptr());
    return {{ME_STRING, static_cast<std::size_t>(std::max<Py_ssize_t>(length, 1)) * 4},
            ME_PARAM_UNIFORM};
  }
  if (PyBytes_Check(value.ptr())) {
    const Py_ssize_t length = PyBytes_Size(value.ptr());
    return {{ME_BYTES, static_cast<std::size_t>(std::max<Py_ssize_t>(length, 1))}, ME_PARAM_UNIFORM};
  }
  if (PyObject_CheckBuffer(value.ptr())) {
    Buffer view;
    if (!view.acquire(value, 0)) refuse_exporter(value);
    const Format format = format_of(*view);
    if (format.dtype == ME_AUTO) refuse_buffer(*view);
    const std::uint32_t flags = ME_PARAM_UNIFORM;
    ElementType type{format.dtype, 0};
    if (type.is_text()) type.itemsize = static_cast<std::size_t>(view->itemsize);
    return {type, view->ndim == 0 ? flags : 0};
  }
  constexpr std::uint32_t kPython = ME_PARAM_UNIFORM | ME_PARAM_WEAK;
  if (PyBool_Check(value.ptr())) return {{ME_BOOL, 0}, kPython};
  if (PyFloat_Check(value.ptr())) return {{ME_FLOAT64, 0}, kPython};
  if (PyLong_Check(value.ptr())) {
    int overflow = 0;
    PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow == 0) return {{ME_INT64, 0}, kPython};
    const bool fits = overflow > 0 && PyLong_AsUnsignedLongLong(value.ptr()) !=
                                          static_cast<unsigned long long>(-1);
    const bool is_largest = PyErr_Occurred() == nullptr && overflow > 0;
    PyErr_Clear();
    if (fits || is_largest) return {{ME_UINT64, 0}, kPython};
    PyErr_SetString(PyExc_OverflowError, "integers of more than 64 bits are not supported");
    throw py::error_already_set();
  }
  if (PyComplex_Check(value.ptr())) return {{ME_COMPLEX128, 0}, kPython};
  throw py::type_error("a " + std::string(Py_TYPE(value.ptr())->tp_name) +
                       " is neither a number nor an array");
}

Input::Input(py::handle value, ElementType type, const char* name) {
  const me_dtype wanted = type.dtype;
  if (PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr())) {
    take_text(value, type, name);
    return;
  }
  if (!PyObject_CheckBuffer(value.ptr()) && is_python_scalar(value)) {
    take_scalar(value, wanted, name);
    return;
  }
  py::object held = py::reinterpret_borrow<py::object>(value);
  if (!PyObject_CheckBuffer(value.ptr())) held = from_package("arrays", "as_buffer")(value);
  hold(held);
  Format format = format_of(*view_);
  if (format.dtype == ME_AUTO) refuse_buffer(*view_);
  if (format.dtype != wanted) {
    const py::object converted =
        from_package("arrays", "converted")(held, static_cast<int>(format.dtype),
                                            static_cast<int>(wanted), name);
    hold(converted);
    format = format_of(*view_);
  }
  array_.dtype = wanted;
  array_.itemsize = type.itemsize;
  if (type.is_text() && static_cast<std::size_t>(view_->itemsize) > type.itemsize) {
    const ElementType given{format.dtype, static_cast<std::size_t>(view_->itemsize)};
    throw py::type_error("'" + std::string(name) + "' takes " + type.name() + ", not " +
                         given.name() + ": that is no safe conversion");
  }
  point_at_buffer(format.storage);
}

Input::Input(Input&& other) noexcept
    : view_(std::move(other.view_)),
      array_(other.array_),
      shape_(std::move(other.shape_)),
      strides_(std::move(other.strides_)),
      copy_(std::move(other.copy_)) {
  std::memcpy(scalar_, other.scalar_, sizeof scalar_);
  if (other.array_.data == other.scalar_) array_.data = scalar_;
  array_.shape = shape_.data();
  array_.strides = strides_.data();
}

void Input::hold(py::handle value) {
  if (!view_.acquire(value, 0)) refuse_exporter(value);
  check_ndim(*view_);
}

void Input::point_at_buffer(Storage storage) {
  shape_.assign(view_->shape, view_->shape + view_->ndim);
  strides_.assign(view_->strides, view_->strides + view_->ndim);
  array_.data = view_->buf;
  array_.ndim = view_->ndim;
  const std::size_t size = item_size(array_.dtype);
  if (array_.itemsize != 0) {
    copy_text(storage);
  } else if (storage != Storage::Native || !is_aligned(*view_, alignment_of(array_.dtype))) {
    const Extents packed = c_strides(shape_, size);
    copy_.resize(static_cast<std::size_t>(item_count(shape_)) * size);
    if (!copy_.empty()) {
      copy_items({copy_.data(), packed.data()}, {static_cast<char*>(view_->buf), strides_.data()},
                 shape_, 0, [&, move = mover(array_.dtype, size, storage)](const char* from, char* to) {
                   move(from, to, storage);
                 });
    }
    strides_ = packed;
    array_.data = copy_.data();
  }
  array_.shape = shape_.data();
  array_.strides = strides_.data();
}

// Strings of another byte order, or shorter than declared.
void Input::copy_text(Storage storage) {
  const auto given = static_cast<std::size_t>(view_->itemsize);
  if (storage == Storage::Native && given == array_.itemsize) return;
  const Extents packed = c_strides(shape_, array_.itemsize);
  copy_.resize(static_cast<std::size_t>(item_count(shape_)) * array_.itemsize + 1);
  copy_items({copy_.data(), packed.data()}, {static_cast<char*>(view_->buf), strides_.data()},
             shape_, 0, [&](const char* from, char* to) {
               move_text(from, given, to, array_.itemsize, storage == Storage::Swapped);
             });
  strides_ = packed;
  array_.data = copy_.data();
}

void Input::take_text(py::handle value, ElementType wanted, const char* name) {
  const Described given = describe(value);
  if (given.type.dtype != wanted.dtype || given.type.itemsize > wanted.itemsize) {
    throw py::type_error("'" + std::string(name) + "' takes " + wanted.name() + ", not " +
                         given.type.name());
  }
  copy_.assign(wanted.itemsize + 4, 0);
  if (wanted.dtype == ME_STRING) {
    const auto room = static_cast<Py_ssize_t>(wanted.itemsize / 4);
    std::vector<Py_UCS4> units(static_cast<std::size_t>(room));
    if (PyUnicode_AsUCS4(value.ptr(), units.data(), room, 0) == nullptr) {
      throw py::error_already_set();
    }
    const auto length = static_cast<std::size_t>(PyUnicode_GetLength(value.ptr()));
    std::memcpy(copy_.data(), units.data(), length * 4);
  } else {
    std::memcpy(copy_.data(), PyBytes_AsString(value.ptr()),
                static_cast<std::size_t>(PyBytes_Size(value.ptr())));
  }
  array_.data = copy_.data();
  array_.dtype = wanted.dtype;
  array_.itemsize = wanted.itemsize;
}

void Input::take_scalar(py::handle value, me_dtype wanted, const char* name) {
  array_.data = scalar_;
  array_.dtype = wanted;
  if (is_complex(wanted)) {
    const Py_complex number = PyComplex_AsCComplex(value.ptr());
    if (number.real == -1.0 && PyErr_Occurred()) throw py::error_already_set();
    const float single[2] = {static_cast<float>(number.real), static_cast<float>(number.imag)};
    if (wanted == ME_COMPLEX128) std::memcpy(scalar_, &number, sizeof number);
    else std::memcpy(scalar_, single, sizeof single);
    return;
  }
  const bool is_float = PyFloat_Check(value.ptr());
  if ((wanted == ME_FLOAT64 || wanted == ME_FLOAT32) && !PyComplex_Check(value.ptr())) {
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred()) throw py::error_already_set();
    if (wanted == ME_FLOAT64) store(scalar_, number);
    else store(scalar_, static_cast<float>(number));
    return;
  }
  if (is_float || PyComplex_Check(value.ptr()) || (wanted == ME_BOOL && !PyBool_Check(value.ptr()))) {
    throw py::type_error("'" + std::string(name) + "' takes " + dtype_name(wanted) + ", not a Python " +
                         Py_TYPE(value.ptr())->tp_name);
  }
  int overflow = 0;
  auto bits = static_cast<std::int64_t>(PyLong_AsLongLongAndOverflow(value.ptr(), &overflow));
  if (overflow > 0) {
    bits = static_cast<std::int64_t>(PyLong_AsUnsignedLongLong(value.ptr()));
    if (PyErr_Occurred()) overflow = -1;
    PyErr_Clear();
  }
  bool fits = false;
  const bool large = overflow > 0;
  switch (wanted) {
    case ME_BOOL: store(scalar_, static_cast<std::uint8_t>(bits)); fits = true; break;
    case ME_INT8: fits = store_integer<std::int8_t>(scalar_, bits, large); break;
    case ME_INT16: fits = store_integer<std::int16_t>(scalar_, bits, large); break;
    case ME_INT32: fits = store_integer<std::int32_t>(scalar_, bits, large); break;
    case ME_INT64: fits = store_integer<std::int64_t>(scalar_, bits, large); break;
    case ME_UINT8: fits = store_integer<std::uint8_t>(scalar_, bits, large); break;
    case ME_UINT16: fits = store_integer<std::uint16_t>(scalar_, bits, large); break;
    case ME_UINT32: fits = store_integer<std::uint32_t>(scalar_, bits, large); break;
    case ME_UINT64: fits = store_integer<std::uint64_t>(scalar_, bits, large); break;
    default: break;
  }
  if (!fits || overflow < 0) does_not_fit(value, wanted, name);
}

bool Input::is_fortran_contiguous() const {
  const std::size_t size = array_.itemsize != 0 ? array_.itemsize : item_size(array_.dtype);
  auto expected = static_cast<std::int64_t>(size);
  for (int d = 0; d < array_.ndim; ++d) {
    if (array_.shape[d] == 0) return true;
    if (array_.shape[d] != 1 && array_.strides[d] != expected) return false;
    expected *= array_.shape[d];
  }
  return true;
}

Output::Output(py::handle value, ElementType result) : result_(result) {
  const me_dtype dtype = result.dtype;
  if (!PyObject_CheckBuffer(value.ptr())) {
    throw py::type_error("out is a " + std::string(Py_TYPE(value.ptr())->tp_name) +
                         ", not an array");
  }
  if (!view_.acquire(value, PyBUF_WRITABLE)) {
    PyErr_Clear();
    throw py::value_error("out is read-only or of an unsupported kind");
  }
  const Format format = format_of(*view_);
  if (format.dtype == ME_AUTO || format.storage == Storage::Half) refuse_buffer(*view_);
  if (format.dtype != dtype) {
    throw py::type_error("out is " + std::string(dtype_name(format.dtype)) + ", the result " +
                         dtype_name(dtype));
  }
  check_ndim(*view_);
  storage_ = format.storage;
  shape_.assign(view_->shape, view_->shape + view_->ndim);
  strides_.assign(view_->strides, view_->strides + view_->ndim);
  array_ = {view_->buf, dtype, view_->ndim, shape_.data(), strides_.data(), 0};
  if (result.is_text()) array_.itemsize = static_cast<std::size_t>(view_->itemsize);
}

const me_array& Output::target(const Extents& result) {
  direct_ = result == shape_ && storage_ == Storage::Native &&
            array_.itemsize == result_.itemsize &&
            (result_.is_text() || is_aligned(*view_, alignment_of(array_.dtype)));
  if (direct_) return array_;
  bool repeats = result.size() <= shape_.size();
  for (std::size_t i = 1; repeats && i <= result.size(); ++i) {
    const std::int64_t extent = result[result.size() - i];
    repeats = extent == 1 || extent == shape_[shape_.size() - i];
  }
  if (!repeats) {
    raise_evaluate_error(
        ME_EVAL_ERR_INVALID_ARG,
        "out has shape " + shape_text(shape_.data(), static_cast<int>(shape_.size())) +
            ", the result " + shape_text(result.data(), static_cast<int>(result.size())));
  }
  temporary_shape_ = result;
  memory_.resize(std::max<std::size_t>(
      static_cast<std::size_t>(item_count(result)) *
          (result_.is_text() ? result_.itemsize : item_size(array_.dtype)),
      16));
  temporary_ = {memory_.data(), array_.dtype, static_cast<int>(temporary_shape_.size()),
                temporary_shape_.data(), nullptr, result_.itemsize};
  return temporary_;
}

void Output::finish() {
  if (direct_ || item_count(shape_) == 0) return;
  const bool text = result_.is_text();
  const std::size_t size = text ? result_.itemsize : item_size(array_.dtype);
  const Extents packed = c_strides(temporary_shape_, size);
  Extents from(shape_.size(), 0);
  const std::size_t shift = shape_.size() - temporary_shape_.size();
  for (std::size_t d = 0; d < packed.size(); ++d) {
    if (temporary_shape_[d] != 1) from[shift + d] = packed[d];
  }
  const Place target{static_cast<char*>(view_->buf), strides_.data()};
  const Place source{memory_.data(), from.data()};
  if (text) {
    copy_items(target, source, shape_, 0, [&](const char* item, char* to) {
      move_text(item, size, to, array_.itemsize, storage_ == Storage::Swapped);
    });
  } else {
    copy_items(target, source, shape_, 0, [&, move = mover(array_.dtype, size, storage_)](const char* item,
                                                                            char* to) {
      move(item, to, storage_);
    });
  }
}

namespace {

// The order of axes that follows the inputs' own layouts: an axis goes outside another when some
// input steps over it in larger strides and none disagrees; axes in doubt keep C order.
std::vector<int> axes_like_inputs(const std::vector<Input>& inputs, int ndim) {
  const auto stride = [&](const me_array& a, int axis) -> std::int64_t {
    const int d = axis - (ndim - a.ndim);
    return d < 0 || a.shape[d] == 1 ? 0 : std::abs(a.strides[d]);
  };
  enum class Verdict { Unknown, Stay, Swap };
  // What the inputs say about `inner` standing right of `outer`.
  const auto verdict = [&](int outer, int inner) {
    Verdict result = Verdict::Unknown;
    for (const Input& input : inputs) {
      const std::int64_t so = stride(input.array(), outer);
      const std::int64_t si = stride(input.array(), inner);
      if (so == 0 || si == 0) continue;
      if (so >= si) return Verdict::Stay;
      result = Verdict::Swap;
    }
    return result;
  };
  std::vector<int> axes;
  for (int axis = 0; axis < ndim; ++axis) {
    std::size_t at = axes.size();
    for (std::size_t i = axes.size(); i-- > 0;) {
      const Verdict v = verdict(axes[i], axis);
      if (v == Verdict::Stay) break;
      if (v == Verdict::Swap) at = i;
    }
    axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(at), axis);
  }
  return axes;
}

}  // namespace

std::vector<int> axes_for(char order, const std::vector<Input>& inputs, int ndim) {
  if (ndim < 2 || order == 'C') return {};
  const bool all_fortran =
      std::all_of(inputs.begin(), inputs.end(),
                  [](const Input& input) { return input.is_fortran_contiguous(); });
  std::vector<int> reversed(static_cast<std::size_t>(ndim));
  for (int d = 0; d < ndim; ++d) reversed[static_cast<std::size_t>(d)] = ndim - 1 - d;
  if (order == 'F') return reversed;
  if (order == 'A') return all_fortran ? reversed : std::vector<int>{};
  std::vector<int> axes = axes_like_inputs(inputs, ndim);
  if (std::is_sorted(axes.begin(), axes.end())) axes.clear();
  return axes;
}

namespace {

// Memory of a result where there is no NumPy; memoryview(ResultBuffer(...)) is what users get.
class ResultBuffer {
 public:
  ResultBuffer(std::int64_t code, Extents shape, const std::vector<int>& axes)
      : type_(ElementType::of(code)),
        size_(type_.is_text() ? type_.itemsize : item_size(type_.dtype)),
        shape_(std::move(shape)),
        strides_(shape_.size()),
        format_(kDtypes[type_.dtype].format) {
    if (type_.dtype == ME_STRING) format_ = std::to_string(type_.itemsize / 4) + "w";
    if (type_.dtype == ME_BYTES) format_ = std::to_string(type_.itemsize) + "s";
    if (size_ == 0) throw py::value_error("not a dtype of results");
    std::vector<int> order = axes;
    if (order.empty()) {
      for (std::size_t d = 0; d < shape_.size(); ++d) order.push_back(static_cast<int>(d));
    }
    auto stride = static_cast<std::int64_t>(size_);
    for (std::size_t i = order.size(); i-- > 0;) {
      const auto axis = static_cast<std::size_t>(order.at(i));
      strides_.at(axis) = stride;
      stride *= std::max<std::int64_t>(shape_.at(axis), 1);
    }
    memory_.resize(static_cast<std::size_t>(item_count(shape_)) * size_ + 1);
  }

  py::buffer_info info() {
    const std::vector<py::ssize_t> shape(shape_.begin(), shape_.end());
    const std::vector<py::ssize_t> strides(strides_.begin(), strides_.end());
    return py::buffer_info(memory_.data(), static_cast<py::ssize_t>(size_),
                           format_, static_cast<py::ssize_t>(shape.size()), shape,
                           strides);
  }

 private:
  ElementType type_;
  std::size_t size_;
  Extents shape_;
  Extents strides_;
  std::string format_;
  std::vector<char> memory_;
};

}  // namespace

void bind_arrays(py::module_& module) {
  module.def(
      "describe",
      [](const py::object& value) {
        const Described d = describe(value);
        return std::pair(d.type.code(), static_cast<int>(d.flags));
      },
      py::arg("value"),
      "dtype and parameter flags of a number or an array; TypeError for anything else.");
  py::class_<ResultBuffer>(module, "ResultBuffer", py::buffer_protocol(),
                           "Memory of a result; memoryview() of it is the result.")
      .def(py::init([](std::int64_t dtype, const py::sequence& shape, const py::sequence& axes) {
             Extents extents;
             for (const py::handle extent : shape) extents.push_back(extent.cast<std::int64_t>());
             std::vector<int> order;
             for (const py::handle axis : axes) order.push_back(axis.cast<int>());
             return new ResultBuffer(dtype, std::move(extents), order);
           }),
           py::arg("dtype"), py::arg("shape"), py::arg("axes"))
      .def_buffer(&ResultBuffer::info);
}

}  // namespace me::python
