// Type inference of expressions.
//
// Enters: the nodes of one expression, in evaluation order. Leaves: their values, operations
// emitted; or a located error. One loop over the array, no recursion: every node finds its
// operands' values in values_. Example: `where(x > 0, x, 1)` with x: float32 emits x, 0 : float32,
// gt, 1 : float32, where. Tested by tests/unit/lang_infer_test.cpp.
#include "advice.h"
#include "inference.h"
#include "operations_string.h"

namespace me::lang {

Result<Value> Inference::expression(const ExprRange& range) {
  for (NodeId id = range.first; id <= range.root; ++id) {
    ME_TRY(values_[id], node(ast_.nodes[id]));
  }
  return values_[range.root];
}

std::vector<Value> Inference::arguments(const Node& n) const {
  std::vector<Value> args;
  for (std::uint32_t i = 0; i < n.arg_count; ++i) {
    args.push_back(values_[ast_.args[n.first_arg + i]]);
  }
  return args;
}

Result<Value> Inference::node(const Node& n) {
  Application use;
  use.span = n.span;
  switch (n.kind) {
    case NodeKind::Constant:
      return literal_value(ast_.constants[n.index], n.span, literal_target_, rules_);
    case NodeKind::Text: return text_value(emit_, ast_.texts[n.index], n.span);
    case NodeKind::Name: return name(n);
    case NodeKind::Call: return call(n);
    case NodeKind::Axes: return Value{};  // the call reads the syntax tree
    case NodeKind::Operation:
      use.op = n.op;
      use.typing = info_of(n.op).typing;
      break;
    case NodeKind::Conditional:
      use.op = Op::Where;
      use.typing = Typing::Where;
      break;
  }
  const std::vector<Value> args = arguments(n);
  use.args = args;
  ME_TRY(Value v, apply(emit_, rules_, use));
  v.span = n.span;
  return v;
}

Result<Value> Inference::parameter(std::uint32_t index, Span span) {
  const Param& p = params_[index];
  if (is_text(p.dtype)) {
    Value v;
    ME_TRY(v.type, text_type(p.dtype, p.itemsize, span));
    v.uniform = p.uniform;
    v.id = emit_.leaf(ExprKind::Param, p.dtype, index, span);
    program_.exprs[v.id].width = v.type.width;
    v.span = span;
    return v;
  }
  if (!is_number(p.dtype)) {
    const std::string dtype(name_of(p.dtype));
    return Diagnostic{Status::TypeError, span, dtype + " values are not supported", dtype, true};
  }
  Value v;
  v.type = {p.dtype, p.weak && rules_.weak_scalars};
  v.uniform = p.uniform;
  v.id = emit_.leaf(ExprKind::Param, p.dtype, index, span);
  v.span = span;
  return v;
}

Result<Value> Inference::name(const Node& n) {
  const Symbol symbol = resolved_.of_name[n.index];
  if (n.prefix == Prefix::None && symbol.kind == SymbolKind::Param) {
    return parameter(symbol.index, n.span);
  }
  if (n.prefix == Prefix::None && symbol.kind == SymbolKind::Local) {
    if (!locals_[symbol.index].known) {
      return Diagnostic{Status::TypeError, n.span,
                        "the dtype of '" + ast_.names[n.index] + "' cannot be determined", "",
                        true};
    }
    return read_local(symbol.index, n.span);
  }
  if (n.prefix == Prefix::None && symbol.kind == SymbolKind::Function) {
    return callout(symbol.index, {}, n.span);
  }
  if (n.prefix == Prefix::None && symbol.kind == SymbolKind::Index) {
    Value v;
    v.type = {DType::Int64, false};
    v.uniform = IndexSymbol::of(symbol.index).uniform();
    v.id = emit_.leaf(ExprKind::Index, DType::Int64, symbol.index, n.span);
    v.span = n.span;
    return v;
  }
  return literal_value(*constant_named(ast_.names[n.index]), n.span, literal_target_, rules_);
}

Result<Value> Inference::call(const Node& n) {
  const std::string& callee = ast_.names[n.index];
  const SymbolKind shadow = resolved_.of_name[n.index].kind;
  const Span name_span = callee_span(n);
  if (n.prefix == Prefix::None && (shadow == SymbolKind::Param || shadow == SymbolKind::Local)) {
    return Diagnostic{Status::TypeError, name_span,
                      "'" + callee + "' is a variable here and cannot be called", "", true};
  }
  const auto rule = function_rule(callee, rules_);
  if (!rule || !is_reduction(rule->typing)) ME_TRY_VOID(refuse_options(n));
  const auto user = n.prefix == Prefix::None ? callout_named(callee, signature_) : std::nullopt;
  if (user) return callout(*user, arguments(n), n.span);
  if (n.prefix == Prefix::None && is_cast_name(callee)) {
    if (n.arg_count != 1) {
      return Diagnostic{Status::ParseError, n.span,
                        "invalid cast intrinsic usage: int()/float()/bool() must be called as "
                        "functions of one argument",
                        "", true};
    }
    const Value v = arguments(n)[0];
    if (is_text(v.type.dtype) && callee != "bool") return not_for_text(callee + "()", v);
    return cast_value(emit_, rules_, callee, v, n.span);
  }
  const DType dtype = dtype_named(callee);
  if (is_number(dtype) && n.prefix != Prefix::Math && n.arg_count == 1) {
    Value v = arguments(n)[0];
    if (is_text(v.type.dtype) && !is_bool(dtype)) return not_for_text(callee + "()", v);
    v.id = emit_.cast(v, dtype);
    v.text = kNone;
    v.constant.reset();
    v.type = {dtype, false};
    v.span = n.span;
    return v;
  }
  if (n.prefix == Prefix::Math) {
    for (const FunctionRule& own : kMathFunctions) {
      if (own.name == callee) return function_call(n, own);
    }
  }
  if (rule) return function_call(n, *rule);
  if (rules_.bare_calls && n.arg_count == 0) {
    if (const auto c = constant_named(callee)) {
      return literal_value(*c, n.span, literal_target_, rules_);
    }
  }
  return unknown_function(n);
}

// A call of the user's function: doubles in, a double out, which takes the declared dtype.
Result<Value> Inference::callout(std::uint32_t index, std::span<const Value> args, Span span) {
  const Callout& c = signature_.callouts[index];
  if (args.size() != c.arity) {
    return Diagnostic{Status::ParseError, span,
                      c.name + "() takes " + std::to_string(c.arity) +
                          (c.arity == 1 ? " argument, got " : " arguments, got ") +
                          std::to_string(args.size()),
                      "", true};
  }
  Value v;
  v.uniform = c.pure;
  v.span = span;
  bool narrow = c.float_math && !args.empty();
  ExprId chain = kNone;
  for (const Value& a : args) {
    if (!is_numeric(a.type.dtype)) {
      return Diagnostic{Status::TypeError, a.span, c.name + "() takes numbers",
                        described(a.type), true};
    }
    narrow = narrow && a.type.dtype == DType::Float32;
    v.uniform = v.uniform && a.uniform;
    v.has_reduction = v.has_reduction || a.has_reduction;
    const ExprId value = emit_.cast(a, DType::Float64);
    const ExprId next = emit_.leaf(ExprKind::Argument, DType::Float64, 0, a.span);
    program_.exprs[next].args = {value, chain, kNone};
    chain = next;
  }
  const DType automatic = narrow ? DType::Float32 : DType::Float64;
  v.type = {c.result == DType::Auto ? automatic : c.result, false};
  v.id = emit_.leaf(ExprKind::Call, v.type.dtype, index, span);
  program_.exprs[v.id].args[0] = chain;
  return v;
}

// The name in a call, after np. or math.
Span Inference::callee_span(const Node& n) const {
  const std::string& callee = ast_.names[n.index];
  const std::size_t at = n.prefix == Prefix::None
                             ? n.span.begin
                             : ast_.source.find(callee, ast_.source.find('.', n.span.begin));
  return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + callee.size())};
}

Diagnostic Inference::unknown_function(const Node& n) const {
  const std::string& callee = ast_.names[n.index];
  const Span span = callee_span(n);
  if (callee == "print") {
    return {Status::ParseError, span, "print() is a statement of kernels", "", true};
  }
  if (callee == "range") {
    return {Status::ParseError, span, "range() belongs into a for statement", "", true};
  }
  const std::string near = nearest_name(callee, callable_names(rules_));
  std::string note = advice_on_name(callee);
  if (note.empty() && !near.empty()) note = "did you mean '" + near + "'?";
  const std::string shown = callee.size() <= 60 ? callee : callee.substr(0, 57) + "...";
  return {Status::ParseError, span, "unknown function '" + shown + "'", note, true};
}

// How a function is called that got the wrong number of arguments.
static std::string advice_on_arguments(const std::string& callee, Op op) {
  if (op == Op::Min) return "write minimum(a, b)";
  if (op == Op::Max) return "write maximum(a, b)";
  if (op == Op::Log) return "log of x to base b is log(x)/log(b)";
  const std::string_view help = info_of(op).help;
  const std::size_t close = help.find(')');
  const bool shows_call = help.starts_with(callee + "(") && close != std::string_view::npos;
  return shows_call ? "write " + std::string(help.substr(0, close + 1)) : "";
}

Result<Value> Inference::function_call(const Node& n, const FunctionRule& rule) {
  if (is_reduction(rule.typing)) return reduction_call(n, rule);
  const std::string& callee = ast_.names[n.index];
  const unsigned arity = info_of(rule.op).arity;
  if (n.arg_count < arity || n.arg_count > arity + rule.optional) {
    return Diagnostic{Status::ParseError, n.span,
                      callee + "() takes " + std::to_string(arity) +
                          (arity == 1 ? " argument, got " : " arguments, got ") +
                          std::to_string(n.arg_count),
                      advice_on_arguments(callee, rule.op), true};
  }
  const std::vector<Value> args = arguments(n);
  Application use;
  use.op = rule.op;
  use.typing = rule.typing;
  use.wide = rule.wide;
  use.function = true;
  use.args = args;
  use.span = n.span;
  ME_TRY(Value v, apply(emit_, rules_, use));
  bool scalars = n.prefix == Prefix::Math;
  for (const Value& a : args) scalars = scalars && a.type.weak;
  // math.sin of Python scalars is a Python float.
  if (scalars && v.type.dtype != DType::Float32 && v.type.dtype != DType::Complex64) {
    v.type.weak = true;
  }
  v.span = n.span;
  return v;
}

Outcome Inference::refuse_options(const Node& n) const {
  const auto is_axes = [&](NodeId id) { return ast_.nodes[id].kind == NodeKind::Axes; };
  for (std::uint32_t i = 0; i < n.arg_count; ++i) {
    const NodeId id = ast_.args[n.first_arg + i];
    if (!is_axes(id)) continue;
    const bool none = ast_.axes[ast_.nodes[id].index].none;
    return Diagnostic{Status::ParseError, ast_.nodes[id].span,
                      none ? "None is not a value" : "tuples are not supported", "", true};
  }
  if (n.keyword_count == 0) return Unit{};
  const Keyword& k = ast_.keywords[n.first_keyword];
  return Diagnostic{Status::ParseError, k.span,
                    ast_.names[n.index] + "() takes no keyword arguments", "", true};
}

}  // namespace me::lang
