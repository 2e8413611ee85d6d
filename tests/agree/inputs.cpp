// Values that break things: NaN, infinities, zeros of both signs, subnormals, halfway cases, huge
// angles, extremes of every integer width, and ordinary numbers between them.
//
// Enters: a program's parameters and a count. Leaves: bytes. Example: float64 items -0.0, 3.25,
// nan, 1e22.
#include "agree/inputs.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace me::agree {
namespace {

template <class F>
F random_float(Random& r) {
  using L = std::numeric_limits<F>;
  static const F kSpecial[] = {F(0),
                               F(-0.0),
                               L::quiet_NaN(),
                               L::infinity(),
                               -L::infinity(),
                               L::denorm_min(),
                               L::min(),
                               L::max(),
                               L::lowest(),
                               F(1),
                               F(-1),
                               F(0.5),
                               F(-0.5),
                               F(1.5),
                               F(2.5),
                               F(-2.5),
                               L::epsilon(),
                               F(1) - L::epsilon() / 2,
                               F(3.1415926535897931),
                               F(1.5707963267948966),
                               F(1e22),
                               F(-1e15),
                               F(2147483648.0),
                               F(9223372036854775807.0),
                               F(4503599627370497.5),
                               F(-745.2),
                               F(709.8),
                               F(171.5),
                               F(-170.5),
                               F(1.0e-310),
                               F(16777217)};
  switch (r.below(9)) {
    case 0:
    case 1:
      return kSpecial[r.below(std::size(kSpecial))];
    case 2:
      return static_cast<F>(r.between(-10, 10));
    case 3:
      return static_cast<F>(r.unit() * 2 - 1);
    case 4:
      return static_cast<F>((r.unit() - 0.5) * 1e3);
    case 5:
      return static_cast<F>(std::ldexp(r.unit() - 0.5, static_cast<int>(r.between(-40, 40))));
    case 6:
      return static_cast<F>(r.between(-64, 64)) * F(0.25);
    case 7: {
      // Any bit pattern but NaN payloads, which nothing is promised about.
      F value;
      const std::uint64_t bits = r.bits();
      std::memcpy(&value, &bits, sizeof value);
      return std::isnan(value) ? L::quiet_NaN() : value;
    }
    default:
      return static_cast<F>((r.unit() - 0.5) * 20);
  }
}

template <class I>
I random_int(Random& r) {
  using L = std::numeric_limits<I>;
  static const I kSpecial[] = {0,
                               1,
                               static_cast<I>(-1),
                               L::min(),
                               L::max(),
                               static_cast<I>(L::max() - 1),
                               static_cast<I>(L::min() + 1),
                               2,
                               7,
                               8,
                               31,
                               63,
                               64};
  switch (r.below(5)) {
    case 0:
      return kSpecial[r.below(std::size(kSpecial))];
    case 1:
      return static_cast<I>(r.bits());
    case 2:
      return static_cast<I>(r.between(0, 100));
    default:
      return static_cast<I>(r.between(L::is_signed ? -12 : 0, 12));
  }
}

template <class T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

void put_random(DType t, Random& r, bool plain_bools, char* at) {
  switch (t) {
    case DType::Bool: {
      const bool odd = !plain_bools && r.percent(5);
      put<std::uint8_t>(at, odd ? static_cast<std::uint8_t>(r.pick(std::vector<int>{2, 128, 255}))
                                : static_cast<std::uint8_t>(r.below(2)));
      break;
    }
    case DType::Int8:
      put(at, random_int<std::int8_t>(r));
      break;
    case DType::Int16:
      put(at, random_int<std::int16_t>(r));
      break;
    case DType::Int32:
      put(at, random_int<std::int32_t>(r));
      break;
    case DType::Int64:
      put(at, random_int<std::int64_t>(r));
      break;
    case DType::UInt8:
      put(at, random_int<std::uint8_t>(r));
      break;
    case DType::UInt16:
      put(at, random_int<std::uint16_t>(r));
      break;
    case DType::UInt32:
      put(at, random_int<std::uint32_t>(r));
      break;
    case DType::UInt64:
      put(at, random_int<std::uint64_t>(r));
      break;
    case DType::Float32:
      put(at, random_float<float>(r));
      break;
    case DType::Complex64:
      put(at, random_float<float>(r));
      put(at + 4, random_float<float>(r));
      break;
    case DType::Complex128:
      put(at, random_float<double>(r));
      put(at + 8, random_float<double>(r));
      break;
    default:
      put(at, random_float<double>(r));
      break;
  }
}

}  // namespace

std::int64_t random_count(Random& r) {
  static const std::vector<std::int64_t> kSmall = {0, 1, 2, 3, 5, 8, 15, 16, 17, 31};
  static const std::vector<std::int64_t> kLarge = {4095, 4096, 4097, 9001};
  const std::size_t kind = r.below(100);
  return kind < 60 ? r.pick(kSmall) : kind < 94 ? 100 : r.pick(kLarge);
}

Inputs make_inputs(const Program& p, std::int64_t count, Random& r, bool plain_bools) {
  Inputs in;
  in.count = count;
  for (const ParamDecl& param : p.params) {
    const bool single = param.uniform || (count != 1 && in.data.size() > 0 && r.percent(6));
    in.single.push_back(single);
    const std::size_t size = size_of(param.dtype);
    const auto items = static_cast<std::size_t>(single ? 1 : count);
    std::vector<char> bytes(items * size);
    for (std::size_t i = 0; i < items; ++i) {
      put_random(param.dtype, r, plain_bools, bytes.data() + i * size);
    }
    in.data.push_back(std::move(bytes));
  }
  return in;
}

Inputs only_item(const Program& p, const Inputs& from, std::int64_t index) {
  Inputs in;
  in.count = 1;
  in.single = from.single;
  for (std::size_t i = 0; i < p.params.size(); ++i) {
    const std::size_t size = size_of(p.params[i].dtype);
    const std::size_t at = from.single[i] ? 0 : static_cast<std::size_t>(index) * size;
    in.data.emplace_back(from.data[i].begin() + static_cast<std::ptrdiff_t>(at),
                         from.data[i].begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  return in;
}

}  // namespace me::agree
