// Calls of reductions: their arguments axis=, keepdims= and ddof=.
//
// Enters: a call such as sum(a, axis=(0, -1), keepdims=True). Leaves: its value, with the axes in the
// typed program; or an error located at the argument at fault. Axes are literals, because the number
// of dimensions of every intermediate result follows from them; they need shapes, which a kernel's
// parameters do not have. Example: `sum(a, 1)` emits `sum %0 axes 1`.
// Tested by tests/unit/lang_infer_test.cpp and tests/golden/errors.
#include <algorithm>

#include "inference.h"

namespace me::lang {
namespace {

Diagnostic error(Span span, std::string message, std::string note = "") {
  return {Status::ParseError, span, std::move(message), std::move(note), true};
}

bool takes_ddof(Op op) {
  return op == Op::Std || op == Op::Var || op == Op::Nanstd || op == Op::Nanvar;
}

}  // namespace

Result<Value> Inference::reduction_call(const Node& n, const FunctionRule& rule) {
  if (!reductions_allowed_) {
    return Diagnostic{Status::ReductionInvalid, n.span,
                      "a reduction must stand outside the bodies of if, for and while",
                      "assign it to a local before", true};
  }
  ME_TRY(const ReduceOptions options, reduce_options(n, rule));
  const Value args[] = {values_[ast_.args[n.first_arg]]};
  Application use;
  use.op = rule.op;
  use.typing = rule.typing;
  use.function = true;
  use.args = args;
  use.span = n.span;
  return reduce(emit_, rules_, use, options);
}

bool Inference::is_reduction_call(const Node& n) const {
  if (n.kind != NodeKind::Call) return false;
  const auto rule = function_rule(ast_.names[n.index], rules_);
  return rule && is_reduction(rule->typing);
}

Result<ReduceOptions> Inference::reduce_options(const Node& n, const FunctionRule& rule) const {
  const std::string& callee = ast_.names[n.index];
  const auto arg = [&](std::uint32_t i) { return ast_.args[n.first_arg + i]; };
  const bool second_is_axis = rules_.shaped_reductions && n.arg_count == 2 &&
                              (ast_.nodes[arg(1)].kind == NodeKind::Axes ||
                               values_[arg(1)].constant.has_value());
  if (n.arg_count != 1 && !second_is_axis) {
    const bool pair = n.arg_count == 2;
    return error(n.span,
                 callee + "() takes 1 argument, got " + std::to_string(n.arg_count),
                 pair && rule.op == Op::Min                  ? "write minimum(a, b)"
                 : pair && rule.op == Op::Max                ? "write maximum(a, b)"
                 : pair && rules_.shaped_reductions          ? "axis must be a literal"
                                                             : "");
  }
  if (ast_.nodes[arg(0)].kind == NodeKind::Axes) {
    return error(ast_.nodes[arg(0)].span, "tuples are not supported");
  }
  ReduceOptions options;
  if (second_is_axis) ME_TRY_VOID(read_axis(arg(1), rule, options));
  for (std::uint32_t i = 0; i < n.keyword_count; ++i) {
    const Keyword& k = ast_.keywords[n.first_keyword + i];
    const std::string& name = ast_.names[k.name];
    if (name == "axis") {
      if (second_is_axis) return error(k.span, "'axis' is given twice");
      ME_TRY_VOID(read_axis(k.value, rule, options));
    } else if (name == "keepdims") {
      ME_TRY_VOID(read_keepdims(k.value, options));
    } else if (takes_ddof(rule.op) && (name == "ddof" || name == "correction")) {
      ME_TRY_VOID(read_ddof(k.value, options));
    } else {
      return unknown_keyword(k, rule);
    }
  }
  if (!options.array) return options;
  if (!program_.own_shapes) {
    return error(options.axes.span,
                 std::string(options.axes.keepdims && options.axes.all ? "keepdims=" : "axis=") +
                     " needs array shapes: write it in an expression");
  }
  return options;
}

Outcome Inference::read_axis(NodeId id, const FunctionRule& rule, ReduceOptions& options) const {
  const Node& n = ast_.nodes[id];
  Axes& axes = options.axes;
  axes.span = n.span;
  axes.all = false;
  if (n.kind == NodeKind::Axes) {
    const AxesLiteral& literal = ast_.axes[n.index];
    if (literal.none) {
      axes.all = true;
      return Unit{};
    }
    if (rule.typing == Typing::IndexReduction) {
      return error(n.span, std::string(rule.name) + "() takes one axis");
    }
    axes.list = literal.list;
    std::vector<std::int32_t> sorted = axes.list;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) {
      return error(n.span, "axis " + std::to_string(*twice) + " is given twice");
    }
  } else {
    const auto& constant = values_[id].constant;
    if (!constant) return error(n.span, "axis must be a literal: an integer, a tuple or None");
    if (constant->kind != Constant::Kind::Int || !fits(*constant, DType::Int32)) {
      return error(n.span, "axis must be an integer, a tuple of integers or None");
    }
    axes.list = {static_cast<std::int32_t>(to_scalar(*constant, DType::Int64).as_int())};
    axes.single = true;
  }
  options.array = true;
  return Unit{};
}

Outcome Inference::read_keepdims(NodeId id, ReduceOptions& options) const {
  const auto& constant = values_[id].constant;
  if (ast_.nodes[id].kind == NodeKind::Axes || !constant || constant->is_float()) {
    return error(ast_.nodes[id].span, "keepdims must be True or False");
  }
  if (constant->integer == 0) return Unit{};
  options.axes.keepdims = true;
  if (!options.array) {
    options.axes.all = true;
    options.axes.span = ast_.nodes[id].span;
  }
  options.array = true;
  return Unit{};
}

Outcome Inference::read_ddof(NodeId id, ReduceOptions& options) const {
  const auto& constant = values_[id].constant;
  if (ast_.nodes[id].kind == NodeKind::Axes || !constant) {
    return error(ast_.nodes[id].span, "ddof must be a number");
  }
  options.ddof = constant->as_double();
  return Unit{};
}

Diagnostic Inference::unknown_keyword(const Keyword& k, const FunctionRule& rule) const {
  std::vector<std::string> known = {"axis", "keepdims"};
  if (takes_ddof(rule.op)) known.insert(known.end(), {"ddof", "correction"});
  const std::string& name = ast_.names[k.name];
  const std::string near = nearest_name(name, known);
  std::string list;
  for (const std::string& word : known) list += (list.empty() ? "" : ", ") + word;
  return error({k.span.begin, k.span.begin + static_cast<std::uint32_t>(name.size())},
               std::string(rule.name) + "() takes no keyword '" + name.substr(0, 40) + "'",
               near.empty() ? "there are " + list : "did you mean '" + near + "'?");
}

}  // namespace me::lang
