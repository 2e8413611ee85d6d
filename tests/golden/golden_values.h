// Arrays of one dtype as the golden files spell them: "1 2 nan", "iota(5)", "repeat(0.5, 3)", "'a' ''".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace me::golden {

// Of a complex dtype `items` holds real and imaginary parts in turn.
struct Values {
  DType dtype = DType::Auto;
  std::vector<Scalar> items;  // strings: equal ones have equal bits
  std::uint32_t width = 0;    // of strings, in code units
  std::size_t per_item() const { return is_complex(dtype) ? 2 : 1; }
  std::size_t count() const { return items.size() / per_item(); }
  DType part() const { return is_complex(dtype) ? part_of(dtype) : dtype; }
};

// Values separated by blanks: integers as in C (0x too), true and false (or 1 and 0), floats (hex
// floats, nan, inf), complex numbers as 1+2j, -0.0-infj or nan+0j. iota(n) stands for 0, 1, ... n-1
// and repeat(v, n) for n times v. Empty text: no items. Strings
// stand between single quotes, in UTF-8, with \xHH, \uHHHH, \UHHHHHHHH and \\ as escapes.
std::optional<Values> parse_values(std::string_view text, DType dtype, std::uint32_t width = 0);
// The shortest text that reads back as the same bits (any NaN is "nan").
std::string print_value(Scalar v);
// Item `i`: 2.5, or 1+2j.
std::string print_item(const Values& values, std::size_t i);
// Many equal values in a row are written with repeat().
std::string print_values(const Values& values);

// The items in array representation.
std::vector<unsigned char> to_bytes(const Values& values);
Values from_bytes(DType dtype, const std::vector<unsigned char>& bytes, std::uint32_t width = 0);

// Whether `got` is `want` up to `ulp` units in the last place. Any NaN is like any other; with
// ulp 0, -0.0 and 0.0 differ.
bool matches(Scalar want, Scalar got, double ulp);

}  // namespace me::golden
