// Element types: sizes, names, both promotion tables, scalar conversion.
//
// The promotion tables are written out in full here, as NumPy's result_type prints them.
#include "base/dtype.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

using namespace me;

namespace {

constexpr DType kOrder[] = {DType::Bool,   DType::Int8,    DType::Int16,  DType::Int32,
                            DType::Int64,  DType::UInt8,   DType::UInt16, DType::UInt32,
                            DType::UInt64, DType::Float32, DType::Float64};
// b = bool, 1 2 4 8 = signed, u v w x = unsigned of those sizes, f d = floats.
constexpr char kLetters[] = "b1248uvwxfd";
constexpr const char* kNumpy[] = {
    "b1248uvwxfd",  // bool
    "11248248dfd",  // int8
    "22248248dfd",  // int16
    "44448448ddd",  // int32
    "88888888ddd",  // int64
    "u2248uvwxfd",  // uint8
    "v4448vvwxfd",  // uint16
    "w8888wwwxdd",  // uint32
    "xddddxxxxdd",  // uint64
    "fffddffddfd",  // float32
    "ddddddddddd",  // float64
};

DType of_letter(char c) { return kOrder[std::strchr(kLetters, c) - kLetters]; }

Scalar f64(double v) { return Scalar::of_float(DType::Float64, v); }

}  // namespace

TEST_CASE("names and sizes follow the table") {
  CHECK(name_of(DType::Float32) == "float32");
  CHECK(dtype_named("uint16") == DType::UInt16);
  CHECK(dtype_named("nothing") == DType::Auto);
  CHECK(size_of(DType::Bool) == 1);
  CHECK(size_of(DType::Complex128) == 16);
  CHECK(size_of(DType::Auto) == 0);
  CHECK(int_of_size(2, false) == DType::UInt16);
  CHECK(int_of_size(8, true) == DType::Int64);
  for (const DType t : kOrder) {
    CHECK(dtype_named(name_of(t)) == t);
    CHECK(is_numeric(t));
    CHECK((is_bool(t) || is_int(t) || is_float(t)));
  }
  CHECK(static_cast<int>(DType::Bytes) == 15);
}

TEST_CASE("promotion, NumPy 2") {
  for (std::size_t i = 0; i < std::size(kOrder); ++i) {
    for (std::size_t j = 0; j < std::size(kOrder); ++j) {
      CAPTURE(name_of(kOrder[i]));
      CAPTURE(name_of(kOrder[j]));
      CHECK(promote_numpy(kOrder[i], kOrder[j]) == of_letter(kNumpy[i][j]));
    }
  }
  CHECK(promote_numpy(DType::String, DType::Int8) == DType::Auto);
  CHECK(promote_numpy(DType::Auto, DType::Int8) == DType::Auto);
}

TEST_CASE("promotion, miniexpr: NumPy's but for signed integers beside narrower unsigned ones") {
  for (const DType a : kOrder) {
    for (const DType b : kOrder) {
      CAPTURE(name_of(a));
      CAPTURE(name_of(b));
      CHECK(promote_miniexpr(a, b) == promote_miniexpr(b, a));
      const DType s = is_signed_int(a) ? a : b;
      const DType u = is_signed_int(a) ? b : a;
      if (is_signed_int(s) && is_unsigned_int(u) && size_of(s) > size_of(u)) continue;
      CHECK(promote_miniexpr(a, b) == promote_numpy(a, b));
    }
  }
  CHECK(promote_miniexpr(DType::Int16, DType::UInt8) == DType::Int32);
  CHECK(promote_miniexpr(DType::Int32, DType::UInt8) == DType::Int64);
  CHECK(promote_miniexpr(DType::UInt16, DType::Int32) == DType::Int64);
  CHECK(promote_miniexpr(DType::Int64, DType::UInt8) == DType::Float64);
  CHECK(promote_miniexpr(DType::Int64, DType::UInt16) == DType::Float64);
  CHECK(promote_miniexpr(DType::Int64, DType::UInt32) == DType::Float64);
}

TEST_CASE("casts truncate, saturate and wrap") {
  CHECK(cast_scalar(f64(300.7), DType::UInt8).as_int() == 255);
  CHECK(cast_scalar(f64(-1.5), DType::UInt8).as_int() == 0);
  CHECK(cast_scalar(f64(-2.9), DType::Int8).as_int() == -2);
  CHECK(cast_scalar(f64(1e30), DType::Int64).as_int() == INT64_MAX);
  CHECK(cast_scalar(f64(-1e30), DType::Int64).as_int() == INT64_MIN);
  CHECK(cast_scalar(f64(9223372036854775808.0), DType::UInt64).bits == 9223372036854775808u);
  CHECK(cast_scalar(f64(18446744073709551616.0), DType::UInt64).bits == UINT64_MAX);
  CHECK(cast_scalar(f64(std::nan("")), DType::Int32).as_int() == 0);
  CHECK(cast_scalar(f64(std::nan("")), DType::Bool).bits == 1);
  CHECK(cast_scalar(f64(-0.0), DType::Bool).bits == 0);
  CHECK(cast_scalar(f64(0.25), DType::Bool).bits == 1);
  CHECK(cast_scalar(Scalar::of_int(DType::Int32, 300), DType::UInt8).as_int() == 44);
  CHECK(cast_scalar(Scalar::of_int(DType::Int32, -1), DType::UInt16).as_int() == 65535);
  CHECK(cast_scalar(Scalar::of_int(DType::Int32, -1), DType::UInt64).bits == UINT64_MAX);
  CHECK(cast_scalar(Scalar::of_int(DType::Int64, 256), DType::Bool).bits == 1);
  CHECK(cast_scalar(Scalar{DType::UInt64, UINT64_MAX}, DType::Float64).as_double() == 0x1p64);
}

TEST_CASE("64-bit integers become float32 with one rounding") {
  // Halfway between two floats but for a last bit that a detour over float64 would lose.
  const std::int64_t v = (std::int64_t{1} << 62) + (std::int64_t{1} << 38) + 1;
  CHECK(cast_scalar(Scalar::of_int(DType::Int64, v), DType::Float32).as_double() ==
        static_cast<double>(static_cast<float>(v)));
  const std::uint64_t u = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 39) + 1;
  CHECK(cast_scalar(Scalar{DType::UInt64, u}, DType::Float32).as_double() ==
        static_cast<double>(static_cast<float>(u)));
}

TEST_CASE("scalars travel through memory") {
  unsigned char memory[8];
  const Scalar all[] = {Scalar::of_int(DType::Int8, -5),
                        Scalar::of_int(DType::UInt16, 65535),
                        Scalar::of_int(DType::Int64, INT64_MIN),
                        Scalar::of_float(DType::Float32, -0.0),
                        f64(std::numeric_limits<double>::denorm_min()),
                        Scalar::of_int(DType::Bool, 1)};
  for (const Scalar& s : all) {
    store_scalar(s, memory);
    CHECK(load_scalar(s.dtype, memory) == s);
  }
  memory[0] = 200;
  CHECK(load_scalar(DType::Bool, memory).bits == 1);  // any non-zero byte is true
  CHECK(Scalar::of_int(DType::Int8, 200).as_int() == -56);
}
