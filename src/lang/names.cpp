// Built-in names, and suggestions for misspelled ones.
//
// Enters: a name. Leaves: the constant, function rule or reservation it stands for, or the known
// name nearest to it. Example: "sim" is nothing, and its nearest function name is "sin".
// Tested by tests/unit/lang_error_test.cpp.
#include "names.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace me::lang {

std::optional<Constant> constant_named(std::string_view name) {
  if (name == "pi") return Constant::of_float(3.141592653589793);
  if (name == "e") return Constant::of_float(2.718281828459045);
  if (name == "nan") return Constant::of_float(std::numeric_limits<double>::quiet_NaN());
  if (name == "inf") return Constant::of_float(std::numeric_limits<double>::infinity());
  if (name == "True") return Constant::of_bool(true);
  if (name == "False") return Constant::of_bool(false);
  return std::nullopt;
}

std::optional<FunctionRule> function_rule(std::string_view name, const Rules& rules) {
  for (const FunctionRule& row : rules.functions) {
    if (row.name == name) return row;
  }
  const auto op = function_named(name);
  if (!op) return std::nullopt;
  return FunctionRule{name, *op, info_of(*op).typing};
}

bool is_cast_name(std::string_view name) {
  return name == "int" || name == "float" || name == "bool";
}

bool is_index_symbol(std::string_view name) {
  if (name == "_ndim" || name == "_flat_idx") return true;
  return name.size() > 2 && name[0] == '_' && (name[1] == 'i' || name[1] == 'n') &&
         name.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

std::optional<IndexSymbol> index_symbol_named(std::string_view name) {
  if (name == "_ndim") return IndexSymbol{IndexSymbol::Ndim, 0};
  if (name == "_flat_idx") return IndexSymbol{IndexSymbol::FlatIndex, 0};
  if (!is_index_symbol(name) || name.size() != 3 || name[2] > '7') return std::nullopt;
  return IndexSymbol{name[1] == 'i' ? IndexSymbol::Position : IndexSymbol::Extent,
                     static_cast<std::uint8_t>(name[2] - '0')};
}

std::optional<std::uint32_t> callout_named(std::string_view name, const Signature& signature) {
  for (std::size_t i = 0; i < signature.callouts.size(); ++i) {
    if (signature.callouts[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

bool is_reserved(std::string_view name) {
  return is_cast_name(name) || is_index_symbol(name) || name == "print" || name == "def" ||
         name == "return" || name == "True" || name == "False" || name == "None";
}

namespace {

bool same_but_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  // Names longer than any built-in are nobody's misspelling, and the table below stays small.
  if (name.size() > 24) return "";
  for (const std::string& candidate : candidates) {
    if (same_but_case(name, candidate)) return candidate;
  }
  std::string best;
  std::size_t best_distance = name.size() <= 3 ? 2 : 3;
  std::vector<std::size_t> row;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 26) continue;
    row.resize(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t change = diagonal + (name[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
      }
    }
    // As many changes as letters make any name of any other.
    const std::size_t distance = row.back();
    if (distance >= name.size() || distance >= candidate.size()) continue;
    const bool shorter = distance == best_distance && candidate.size() < best.size();
    if (distance < best_distance || shorter) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> callable_names(const Rules& rules) {
  std::vector<std::string> all;
  for (const FunctionRule& row : rules.functions) all.emplace_back(row.name);
  for (const OpName& row : function_names()) all.emplace_back(row.spelling);
  return all;
}

}  // namespace me::lang
