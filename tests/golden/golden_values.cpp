// Enters: text of golden files, or bytes of results. Leaves: scalars and back, compared by bits or
// by ulp. Example: "1 nan 0x1p-3" as float64 is three scalars and prints as "1 nan 0.125".
#include "golden_values.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace me::golden {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::optional<Scalar> parse_scalar(std::string_view token, DType t) {
  const std::string text(token);
  char* end = nullptr;
  if (is_bool(t)) {
    if (text == "true" || text == "1") return Scalar::of_int(t, 1);
    if (text == "false" || text == "0") return Scalar::of_int(t, 0);
    return std::nullopt;
  }
  if (is_float(t)) {
    const Scalar v = t == DType::Float32 ? Scalar::of_float(t, std::strtof(text.c_str(), &end))
                                         : Scalar::of_float(t, std::strtod(text.c_str(), &end));
    return *end == '\0' ? std::optional(v) : std::nullopt;
  }
  const std::uint64_t bits = is_signed_int(t)
                                 ? static_cast<std::uint64_t>(std::strtoll(text.c_str(), &end, 0))
                                 : std::strtoull(text.c_str(), &end, 0);
  const Scalar v = Scalar::of_int(t, static_cast<std::int64_t>(bits));
  if (*end != '\0' || v.bits != bits) return std::nullopt;  // does not fit
  return v;
}

// Appends the scalars of one value: "2" or "1e-3+2j" where the dtype is complex.
bool parse_item(std::string_view token, Values* values) {
  const DType part = values->part();
  if (!is_complex(values->dtype) || token.empty() || token.back() != 'j') {
    const auto v = parse_scalar(token, part);
    if (!v) return false;
    values->items.push_back(*v);
    if (is_complex(values->dtype)) values->items.push_back(Scalar::of_float(part, 0));
    return true;
  }
  std::size_t sign = token.size() - 1;
  const auto is_sign = [&](std::size_t at) {
    const bool exponent = at > 0 && (token[at - 1] == 'e' || token[at - 1] == 'p');
    return (token[at] == '+' || token[at] == '-') && !exponent;
  };
  while (sign > 0 && !is_sign(sign)) --sign;
  if (sign == 0) return false;
  const auto re = parse_scalar(token.substr(0, sign), part);
  const auto im = parse_scalar(token.substr(sign, token.size() - 1 - sign), part);
  if (!re || !im) return false;
  values->items.push_back(*re);
  values->items.push_back(*im);
  return true;
}

// "name(inside)" -> inside
std::optional<std::string_view> call_of(std::string_view token, std::string_view name) {
  if (!token.starts_with(name) || token.size() < name.size() + 2) return std::nullopt;
  if (token[name.size()] != '(' || token.back() != ')') return std::nullopt;
  return token.substr(name.size() + 1, token.size() - name.size() - 2);
}

// The next token: up to a blank, or through ")" if it opens a parenthesis.
std::string_view take_token(std::string_view* rest) {
  *rest = trimmed(*rest);
  std::size_t end = rest->find_first_of(" \t(");
  if (end != std::string_view::npos && (*rest)[end] == '(') {
    end = rest->find(')', end);
    if (end != std::string_view::npos) ++end;
  }
  const std::string_view token = rest->substr(0, end);
  rest->remove_prefix(token.size());
  return token;
}

// The place of a float on the line of its dtype's values.
std::int64_t rank(Scalar v) {
  const bool narrow = v.dtype == DType::Float32;
  const std::uint64_t sign = narrow ? 0x80000000u : 0x8000000000000000u;
  const std::int64_t magnitude = static_cast<std::int64_t>(v.bits & (sign - 1));
  return (v.bits & sign) != 0 ? -magnitude : magnitude;
}

}  // namespace

std::optional<Values> parse_values(std::string_view text, DType dtype) {
  Values values{dtype, {}};
  std::string_view rest = trimmed(text);
  while (!rest.empty()) {
    const std::string_view token = take_token(&rest);
    if (const auto inside = call_of(token, "iota")) {
      const auto count = parse_scalar(trimmed(*inside), DType::Int64);
      if (!count) return std::nullopt;
      for (std::int64_t i = 0; i < count->as_int(); ++i) {
        values.items.push_back(cast_scalar(Scalar::of_int(DType::Int64, i), values.part()));
        if (is_complex(dtype)) values.items.push_back(Scalar::of_float(values.part(), 0));
      }
    } else if (const auto pair = call_of(token, "repeat")) {
      const std::size_t comma = pair->find(',');
      if (comma == std::string_view::npos) return std::nullopt;
      Values one{dtype, {}};
      const auto count = parse_scalar(trimmed(pair->substr(comma + 1)), DType::Int64);
      if (!parse_item(trimmed(pair->substr(0, comma)), &one) || !count) return std::nullopt;
      for (std::int64_t i = 0; i < count->as_int(); ++i) {
        values.items.insert(values.items.end(), one.items.begin(), one.items.end());
      }
    } else if (!parse_item(token, &values)) {
      return std::nullopt;
    }
    rest = trimmed(rest);
  }
  return values;
}

std::string print_value(Scalar v) {
  if (is_bool(v.dtype)) return v.bits != 0 ? "true" : "false";
  char text[64];
  std::to_chars_result end{};
  if (v.dtype == DType::Float64) {
    if (std::isnan(v.as_double())) return "nan";
    end = std::to_chars(text, text + sizeof text, v.as_double());
  } else if (v.dtype == DType::Float32) {
    if (std::isnan(v.as_double())) return "nan";
    end = std::to_chars(text, text + sizeof text, static_cast<float>(v.as_double()));
  } else if (is_signed_int(v.dtype)) {
    end = std::to_chars(text, text + sizeof text, v.as_int());
  } else {
    end = std::to_chars(text, text + sizeof text, v.bits);
  }
  const std::string printed(text, end.ptr);
  return printed == "-0" && is_float(v.dtype) ? "-0.0" : printed;
}

std::string print_item(const Values& values, std::size_t i) {
  if (!is_complex(values.dtype)) return print_value(values.items[i]);
  const std::string im = print_value(values.items[2 * i + 1]);
  return print_value(values.items[2 * i]) + (im.front() == '-' ? "" : "+") + im + "j";
}

std::string print_values(const Values& values) {
  std::string out;
  for (std::size_t i = 0; i < values.count();) {
    const std::string text = print_item(values, i);
    std::size_t same = 1;
    while (i + same < values.count() && print_item(values, i + same) == text) ++same;
    out += out.empty() ? "" : " ";
    if (same > 8) {
      out += "repeat(" + text + ", " + std::to_string(same) + ")";
      i += same;
    } else {
      out += text;
      ++i;
    }
  }
  return out;
}

std::vector<unsigned char> to_bytes(const Values& values) {
  const std::size_t size = size_of(values.part());
  std::vector<unsigned char> bytes(values.items.size() * size);
  for (std::size_t i = 0; i < values.items.size(); ++i) {
    store_scalar(values.items[i], bytes.data() + i * size);
  }
  return bytes;
}

Values from_bytes(DType dtype, const std::vector<unsigned char>& bytes) {
  Values values{dtype, {}};
  const std::size_t size = size_of(values.part());
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    values.items.push_back(load_scalar(values.part(), bytes.data() + i));
  }
  return values;
}

bool matches(Scalar want, Scalar got, double ulp) {
  if (!is_float(want.dtype)) return want == got;
  if (std::isnan(want.as_double())) return std::isnan(got.as_double());
  if (ulp == 0) return want == got;
  if (std::isnan(got.as_double())) return false;
  return std::fabs(static_cast<double>(rank(want)) - static_cast<double>(rank(got))) <= ulp;
}

}  // namespace me::golden
