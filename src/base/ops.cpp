// The operation table: ops.def expanded into OpInfo rows and a name index.
//
// Enters: nothing but the table. Leaves: info_of(Op::Atan2).arity == 2, function_named("arctan2") == Atan2.
// Tested by tests/unit/ops_test.cpp (spellings are unique, every alias resolves).
#include "ops.h"

#include <algorithm>
#include <vector>

namespace me {
namespace {

constexpr OpInfo kOps[] = {
#define ME_OP(Id, spelling, arity, typing, ulp, impl, help) \
  {#Id, spelling, arity, Typing::typing, ulp, Impl::impl, help},
#include "ops.def"
};

bool is_name(std::string_view s) {
  if (s.empty() || s == "and" || s == "or" || s == "not") return false;
  const char c = s.front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

const std::vector<OpName>& names() {
  static const std::vector<OpName> table = [] {
    std::vector<OpName> all;
    for (std::size_t i = 0; i < kOpCount; ++i) {
      if (is_name(kOps[i].spelling)) all.push_back({kOps[i].spelling, static_cast<Op>(i)});
    }
#define ME_ALIAS(spelling, Id) all.push_back({spelling, Op::Id});
#include "ops.def"
    return all;
  }();
  return table;
}

}  // namespace

const OpInfo& info_of(Op op) { return kOps[static_cast<std::size_t>(op)]; }

std::string_view recipe_of(Op op) {
  if (op == Op::PowFloat) return "pow";
  if (op == Op::FmodFloat) return "fmod";
  if (op == Op::RemainderFloat) return "remainder";
  if (op == Op::ModFloat) return "mod";
  if (op == Op::FloorDivideFloat) return "floor_divide";
  return info_of(op).spelling;
}

std::optional<Op> function_named(std::string_view name) {
  const auto& table = names();
  const auto it = std::find_if(table.begin(), table.end(),
                               [&](const OpName& row) { return row.spelling == name; });
  if (it == table.end()) return std::nullopt;
  return it->op;
}

std::span<const OpName> function_names() { return names(); }

}  // namespace me
