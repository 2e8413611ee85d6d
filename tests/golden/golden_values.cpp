// Enters: text of golden files, or bytes of results. Leaves: scalars and back, compared by bits or
// by ulp. Example: "1 nan 0x1p-3" as float64 is three scalars and prints as "1 nan 0.125".
#include "golden_values.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>

#include "text/utf8.h"

namespace me::golden {
namespace {

// Every string that a test has met has a number, the empty one 0.
struct Texts {
  std::vector<std::u32string> all = {U""};
  std::map<std::u32string, std::uint64_t> number = {{U"", 0}};

  Scalar scalar(DType t, const std::u32string& text) {
    const auto [at, fresh] = number.try_emplace(text, all.size());
    if (fresh) all.push_back(text);
    return {t, at->second};
  }
};
Texts& texts() {
  static Texts t;
  return t;
}

std::optional<Scalar> parse_text(std::string_view token, DType t) {
  if (token.size() < 2 || token.front() != '\'' || token.back() != '\'') return std::nullopt;
  token = token.substr(1, token.size() - 2);
  std::u32string out;
  for (std::size_t i = 0; i < token.size();) {
    if (token[i] == '\\' && i + 1 < token.size()) {
      const char c = token[i + 1];
      const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
      if (digits == 0) {
        out.push_back(static_cast<unsigned char>(c));
      } else {
        const std::string hex(token.substr(i + 2, digits));
        out.push_back(static_cast<char32_t>(std::strtoul(hex.c_str(), nullptr, 16)));
      }
      i += 2 + digits;
    } else {
      std::size_t length = 1;
      out.push_back(text::decode_utf8(token, i, &length));
      i += length;
    }
  }
  return texts().scalar(t, out);
}

std::string print_text(const std::u32string& text) {
  std::string out = "'";
  for (const char32_t c : text) {
    char escaped[16];
    if (c == '\\' || c == '\'' || c == ';') {
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(c));
    } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(c));
    } else if (!text::is_character(c)) {
      std::snprintf(escaped, sizeof escaped, "\\U%08x", static_cast<unsigned>(c));
    } else {
      escaped[text::encode_utf8(c, escaped)] = '\0';
    }
    out += escaped;
  }
  return out + "'";
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::optional<Scalar> parse_scalar(std::string_view token, DType t) {
  if (is_text(t)) return parse_text(token, t);
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

// The next token: up to a blank, through ")" if it opens a parenthesis, or a quoted string.
std::string_view take_token(std::string_view* rest) {
  *rest = trimmed(*rest);
  if (rest->starts_with("'")) {
    std::size_t end = 1;
    while (end < rest->size() && (*rest)[end] != '\'') end += (*rest)[end] == '\\' ? 2 : 1;
    const std::string_view token = rest->substr(0, end + 1);
    rest->remove_prefix(token.size());
    return token;
  }
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

std::optional<Values> parse_values(std::string_view text, DType dtype, std::uint32_t width) {
  Values values{dtype, {}, width};
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
  if (is_text(v.dtype)) return print_text(texts().all[v.bits]);
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
  const std::size_t size = size_of(values.part(), values.width);
  std::vector<unsigned char> bytes(values.items.size() * size);
  for (std::size_t i = 0; i < values.items.size(); ++i) {
    if (!is_text(values.dtype)) {
      store_scalar(values.items[i], bytes.data() + i * size);
      continue;
    }
    const std::u32string& text = texts().all[values.items[i].bits];
    const std::size_t unit = unit_of(values.dtype);
    for (std::size_t k = 0; k < text.size() && k < values.width; ++k) {
      std::memcpy(bytes.data() + i * size + k * unit, &text[k], unit);
    }
  }
  return bytes;
}

Values from_bytes(DType dtype, const std::vector<unsigned char>& bytes, std::uint32_t width) {
  Values values{dtype, {}, width};
  const std::size_t size = size_of(values.part(), width);
  for (std::size_t i = 0; i + size <= bytes.size(); i += size) {
    if (!is_text(dtype)) {
      values.items.push_back(load_scalar(values.part(), bytes.data() + i));
      continue;
    }
    std::u32string text;
    for (std::size_t k = 0; k < width; ++k) {
      char32_t c = 0;
      std::memcpy(&c, bytes.data() + i + k * unit_of(dtype), unit_of(dtype));
      text.push_back(c);
    }
    while (!text.empty() && text.back() == 0) text.pop_back();
    values.items.push_back(texts().scalar(dtype, text));
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
