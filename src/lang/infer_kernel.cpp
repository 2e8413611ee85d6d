// Type inference of statements, and infer() itself.
//
// Enters: a resolved syntax tree. Leaves: the typed program. A local's dtype is the join of all
// values assigned to it (or, by dialect, that of the first one). Values may depend on locals that
// are joined later, in loops, so the whole program is walked until nothing widens any more; only
// the last walk reports errors and its output is kept. Example, with x: float32:
//   acc = 0.0              acc: Python float
//   for i in range(3):     i: Python int
//     acc += x             acc: float32, also for the first assignment
// Tested by tests/unit/lang_kernel_test.cpp.
#include <algorithm>
#include <optional>
#include <set>

#include "base/tuning.h"
#include "frontend.h"
#include "inference.h"
#include "names.h"
#include "operations_string.h"
#include "parser.h"

namespace me::lang {
namespace {

// Each walk but the last widens some local, usually all at once; a chain of locals that widens one
// link per walk ends here.
constexpr unsigned kMaxPasses = 100;

}  // namespace

Result<Unit> Inference::check_signature() {
  params_ = signature_.params;
  bool any_auto = false;
  bool any_typed = false;
  for (const Param& p : params_) (p.dtype == DType::Auto ? any_auto : any_typed) = true;
  if (any_auto && any_typed) {
    return Diagnostic{Status::VarMixed, {}, "some variables have a dtype and some have none", "",
                      false};
  }
  if (any_auto && signature_.result == DType::Auto) {
    return Diagnostic{Status::VarUnspecified, {},
                      "neither the variables nor the result have a dtype", "", false};
  }
  const bool valued = is_number(signature_.result) || is_text(signature_.result);
  if (signature_.result != DType::Auto && !valued) {
    return Diagnostic{Status::TypeError, {},
                      "result dtype " + std::string(name_of(signature_.result)) +
                          " is not supported",
                      "", false};
  }
  for (Param& p : params_) {
    if (p.dtype == DType::Auto) p.dtype = signature_.result;
    if (is_text(p.dtype)) {
      auto type = text_type(p.dtype, p.itemsize, {});
      if (!type) {
        type.error().message = "'" + p.name + "': " + type.error().message;
        return std::move(type.error());
      }
    }
  }
  literal_target_ = signature_.result;
  if (literal_target_ == DType::Auto) {
    const auto first = std::find_if(params_.begin(), params_.end(),
                                    [](const Param& p) { return is_number(p.dtype); });
    if (first != params_.end()) literal_target_ = first->dtype;
  }
  return Unit{};
}

Steps<Result<TypedProgram>> Inference::steps() {
  if (auto good = check_signature(); !good) co_return std::move(good.error());
  values_.resize(ast_.nodes.size());
  locals_.resize(resolved_.locals.size());
  unsigned passes = 0;
  do {
    if (++passes > kMaxPasses) {
      const bool text = std::any_of(locals_.begin(), locals_.end(), [](const Joined& local) {
        return is_text(local.type.dtype);
      });
      co_return Diagnostic{Status::Limit, ast_.name_span,
                           text ? "a string local of this kernel would grow with every assignment"
                                : "the dtypes of this kernel's locals do not settle",
                           text ? "its width must be known: use another local" : "", true};
    }
    changed_ = false;
    // An error of an early walk may be gone when types have widened.
    static_cast<void>(walk());
    co_await between_steps;
  } while (changed_ && !locals_.empty());
  final_ = true;
  if (auto good = walk(); !good) co_return std::move(good.error());
  for (std::size_t i = 0; i < params_.size(); ++i) {
    if (is_number(params_[i].dtype) || is_text(params_[i].dtype)) continue;
    co_return Diagnostic{Status::TypeError, {},
                         std::string(name_of(params_[i].dtype)) + " values are not supported ('" +
                             params_[i].name + "')",
                         "", false};
  }
  co_return std::move(program_);
}

void Inference::begin_pass() {
  program_ = TypedProgram();
  program_.name = ast_.name;
  program_.is_kernel = ast_.kernel;
  program_.params = params_;
  program_.callouts = signature_.callouts;
  program_.fp = ast_.fp;
  program_.may_miss_return = resolved_.may_miss_return;
  program_.empty_extremum_is_error = rules_.empty_extremum_is_error;
  program_.text_ends_at_nul = rules_.text_ends_at_nul;
  program_.own_shapes = rules_.shaped_reductions && !ast_.kernel;
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    const Type& type = locals_[i].type;
    program_.locals.push_back({resolved_.locals[i].name, type.dtype, type.width});
  }
  block_depth_ = 0;
  returns_ = 0;
  else_flags_.clear();
  reductions_allowed_ = true;
}

Outcome Inference::walk() {
  begin_pass();
  program_.blocks.emplace_back();
  std::vector<TypedStmt> start;
  ME_TRY_VOID(start_locals(start));
  ME_TRY(const BlockId body, block(ast_.root));
  std::vector<TypedStmt>& root = program_.blocks[body];
  root.insert(root.begin(), start.begin(), start.end());
  std::swap(program_.blocks.front(), root);
  program_.blocks.pop_back();
  program_.root = 0;
  program_.result = signature_.result != DType::Auto ? signature_.result : result_.type.dtype;
  program_.result_width = is_text(program_.result) ? result_.type.width : 0;
  return Unit{};
}

// A parameter that the kernel assigns is a local that starts with the parameter's value. One that some
// path reads first starts as zero (its dtype is known in the final pass, the only one that counts).
Outcome Inference::start_locals(std::vector<TypedStmt>& out) {
  for (std::uint32_t i = 0; i < resolved_.locals.size(); ++i) {
    const std::uint32_t param = resolved_.locals[i].param;
    const DType dtype = locals_[i].type.dtype;
    if (resolved_.locals[i].starts_zero && dtype != DType::Auto) {
      TypedStmt zero;
      zero.kind = StmtKind::Assign;
      zero.index = i;
      zero.span = ast_.name_span;
      const ExprId nothing = emit_.literal(Scalar::of_int(DType::Bool, 0), ast_.name_span);
      zero.expr = is_text(dtype) ? emit_.text(0, dtype, locals_[i].type.width, ast_.name_span)
                                 : emit_.cast(nothing, dtype);
      out.push_back(zero);
    }
    if (param == kNone) continue;
    ME_TRY(const Value v, parameter(param, ast_.name_span));
    ME_TRY_VOID(store(i, v, ast_.name_span, out));
  }
  return Unit{};
}

Result<BlockId> Inference::block(BlockId id) {
  std::vector<TypedStmt> out;
  for (std::size_t i = 0; i < resolved_.live[id]; ++i) {
    Outcome done = statement(ast_.blocks[id][i], out);
    if (!done && final_) return std::move(done.error());
  }
  program_.blocks.push_back(std::move(out));
  return static_cast<BlockId>(program_.blocks.size() - 1);
}

Outcome Inference::statement(const Statement& s, std::vector<TypedStmt>& out) {
  const bool has_condition = s.kind == SyntaxKind::If || s.kind == SyntaxKind::For ||
                             s.kind == SyntaxKind::While;
  reductions_allowed_ = at_top() || has_condition || rules_.body_reductions;
  TypedStmt jump;
  jump.span = s.span;
  switch (s.kind) {
    case SyntaxKind::Assign: return assign(s, out);
    case SyntaxKind::Augmented: return augmented(s, out);
    case SyntaxKind::Evaluate: {
      const std::size_t before = program_.exprs.size();
      ME_TRY(const Value v, expression(s.exprs[0]));
      if (calls_impure(s.exprs[0])) {
        TypedStmt keep;
        keep.kind = StmtKind::Assign;
        keep.span = s.span;
        ME_TRY(keep.expr, emit_.as(v, v.type.dtype));
        keep.index = hidden_local(v.type.dtype);
        out.push_back(keep);
        return Unit{};
      }
      program_.exprs.resize(before);  // the value has no user
      return Unit{};
    }
    case SyntaxKind::If: return if_statement(s, out);
    case SyntaxKind::For: return for_statement(s, out);
    case SyntaxKind::While: return while_statement(s, out);
    case SyntaxKind::Break:
      jump.kind = StmtKind::Break;
      if (else_flags_.back() != kNone) set_flag(else_flags_.back(), false, s.span, out);
      break;
    case SyntaxKind::Continue: jump.kind = StmtKind::Continue; break;
    case SyntaxKind::Return: return return_statement(s, out);
    case SyntaxKind::Print: return print_statement(s, out);
  }
  out.push_back(jump);
  return Unit{};
}

void Inference::widen(Joined& joined, const Value& v) {
  const Joined before = joined;
  if (!joined.known) {
    joined.known = true;
    joined.type = v.type;
    // A local that starts as a literal beside complex variables is to take complex values later.
    const bool open = !rules_.locals_join && &joined != &result_ && v.constant &&
                      !is_bool(v.type.dtype);
    if (open && is_complex(literal_target_)) joined.type.dtype = literal_target_;
    joined.literal = v.text != kNone;
  } else if (is_text(v.type.dtype) && is_text(joined.type.dtype) &&
             v.type.dtype != joined.type.dtype && (joined.literal || v.text != kNone)) {
    // A literal takes the family of the strings that it meets.
    const std::uint32_t width = std::max(v.type.width, joined.type.width);
    if (joined.literal) joined.type.dtype = v.type.dtype;
    if (rules_.locals_join || &joined == &result_) joined.type.width = width;
    joined.literal = false;
  } else if (rules_.locals_join || &joined == &result_) {
    joined.type = join(joined.type, v.type, rules_);
  }
  joined.uniform = joined.uniform && v.uniform && at_top();
  changed_ = changed_ || before.known != joined.known || before.type != joined.type ||
             before.uniform != joined.uniform;
  if (v.text == kNone) joined.literal = false;
}

Value Inference::read_local(std::uint32_t local, Span span) {
  Value v;
  v.type = locals_[local].type;
  v.uniform = locals_[local].uniform;
  v.id = emit_.leaf(ExprKind::Local, v.type.dtype, local, span);
  program_.exprs[v.id].width = v.type.width;
  v.span = span;
  return v;
}

std::uint32_t Inference::hidden_local(DType dtype, std::uint32_t width) {
  program_.locals.push_back({"$" + std::to_string(program_.locals.size()), dtype, width});
  return static_cast<std::uint32_t>(program_.locals.size() - 1);
}

Outcome Inference::store(std::uint32_t local, const Value& v, Span span,
                         std::vector<TypedStmt>& out) {
  widen(locals_[local], v);
  TypedStmt s;
  s.kind = StmtKind::Assign;
  s.index = local;
  s.span = span;
  const Type& type = locals_[local].type;
  if (is_text(type.dtype) || is_text(v.type.dtype)) {
    ME_TRY(s.expr, text_as(emit_, v, type, "'" + resolved_.locals[local].name + "'"));
  } else {
    ME_TRY(s.expr, emit_.as(v, type.dtype));
  }
  out.push_back(s);
  return Unit{};
}

// Whether the expression reads one of the first `count` names.
bool Inference::reads_any(const ExprRange& range, const std::vector<Target>& names,
                          std::size_t count) const {
  std::set<std::uint32_t> set;
  for (std::size_t i = 0; i < count; ++i) set.insert(names[i].name);
  for (NodeId id = range.first; id <= range.root; ++id) {
    const Node& n = ast_.nodes[id];
    if (n.kind == NodeKind::Name && n.prefix == Prefix::None && set.contains(n.index)) return true;
  }
  return false;
}

// a, b = b, a goes through hidden locals where a later value reads an earlier target.
Outcome Inference::assign(const Statement& s, std::vector<TypedStmt>& out) {
  bool crossed = false;
  for (std::size_t i = 1; i < s.exprs.size() && !crossed; ++i) {
    crossed = reads_any(s.exprs[i], s.targets, i);
  }
  std::vector<Value> held;
  for (std::size_t i = 0; i < s.exprs.size(); ++i) {
    ME_TRY(Value v, expression(s.exprs[i]));
    if (!crossed) {
      ME_TRY_VOID(store(resolved_.of_name[s.targets[i].name].index, v, s.span, out));
      continue;
    }
    if (!v.constant) {
      TypedStmt hold;
      hold.kind = StmtKind::Assign;
      hold.span = v.span;
      hold.expr = v.id;
      hold.index = hidden_local(v.type.dtype, v.type.width);
      out.push_back(hold);
      v.id = hold.index;  // the local until it is read below
    }
    held.push_back(v);
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    Value v = held[i];
    if (!v.constant) {
      v.id = emit_.leaf(ExprKind::Local, v.type.dtype, held[i].id, v.span);
      program_.exprs[v.id].width = v.type.width;
    }
    ME_TRY_VOID(store(resolved_.of_name[s.targets[i].name].index, v, s.span, out));
  }
  return Unit{};
}

Outcome Inference::augmented(const Statement& s, std::vector<TypedStmt>& out) {
  const std::uint32_t local = resolved_.of_name[s.targets[0].name].index;
  ME_TRY(const Value right, expression(s.exprs[0]));
  if (!locals_[local].known) {
    return Diagnostic{Status::TypeError, s.targets[0].span,
                      "the dtype of '" + resolved_.locals[local].name + "' cannot be determined",
                      "", true};
  }
  const Value args[] = {read_local(local, s.targets[0].span), right};
  Application use;
  use.op = s.op;
  use.typing = info_of(s.op).typing;
  use.args = args;
  use.span = s.span;
  ME_TRY(const Value v, apply(emit_, rules_, use));
  return store(local, v, s.span, out);
}

Outcome Inference::if_statement(const Statement& s, std::vector<TypedStmt>& out) {
  TypedStmt t;
  t.kind = StmtKind::If;
  t.span = s.span;
  ME_TRY(const Value condition, expression(s.exprs[0]));
  t.expr = emit_.truth(condition);
  ++block_depth_;
  ME_TRY(t.body, block(s.body));
  if (s.orelse != kNone) {
    ME_TRY(t.orelse, block(s.orelse));
  }
  --block_depth_;
  out.push_back(t);
  return Unit{};
}

Outcome Inference::while_statement(const Statement& s, std::vector<TypedStmt>& out) {
  TypedStmt t;
  t.kind = StmtKind::While;
  t.span = s.span;
  ME_TRY(const Value condition, expression(s.exprs[0]));
  t.expr = emit_.truth(condition);
  ++block_depth_;
  ME_TRY(t.body, loop_body(s, out));
  --block_depth_;
  out.push_back(t);
  return loop_else(s, out);
}

void Inference::set_flag(std::uint32_t flag, bool value, Span span,
                         std::vector<TypedStmt>& out) {
  TypedStmt t;
  t.kind = StmtKind::Assign;
  t.index = flag;
  t.span = span;
  t.expr = emit_.literal({DType::Bool, value ? 1u : 0u}, span);
  out.push_back(t);
}

// The body of a loop; with an else part, a flag before the loop that its breaks clear.
Result<BlockId> Inference::loop_body(const Statement& s, std::vector<TypedStmt>& out) {
  std::uint32_t flag = kNone;
  if (s.orelse != kNone) {
    flag = hidden_local(DType::Bool);
    set_flag(flag, true, s.span, out);
  }
  else_flags_.push_back(flag);
  Result<BlockId> body = block(s.body);
  if (s.orelse == kNone) else_flags_.pop_back();
  return body;
}

Outcome Inference::loop_else(const Statement& s, std::vector<TypedStmt>& out) {
  if (s.orelse == kNone) return Unit{};
  TypedStmt t;
  t.kind = StmtKind::If;
  t.span = s.span;
  t.expr = emit_.leaf(ExprKind::Local, DType::Bool, else_flags_.back(), s.span);
  else_flags_.pop_back();
  ++block_depth_;
  ME_TRY(t.body, block(s.orelse));
  --block_depth_;
  out.push_back(t);
  return Unit{};
}

Result<ExprId> Inference::bound(const ExprRange& range) {
  ME_TRY(const Value v, expression(range));
  if (is_text(v.type.dtype)) return not_for_text("range()", v);
  if (!is_int(v.type.dtype) && !is_bool(v.type.dtype) && !rules_.truncates_bounds) {
    return Diagnostic{Status::TypeError, v.span, "range() needs integers, not " + described(v.type),
                      described(v.type), true};
  }
  if (v.constant && v.constant->is_integer() && !fits(*v.constant, DType::Int64)) {
    return Diagnostic{Status::TypeError, v.span, to_string(*v.constant) + " does not fit int64", "",
                      true};
  }
  return emit_.cast(v, DType::Int64);
}

Outcome Inference::for_statement(const Statement& s, std::vector<TypedStmt>& out) {
  TypedStmt t;
  t.kind = StmtKind::For;
  t.span = s.span;
  const bool from_zero = s.exprs.size() == 1;
  if (from_zero) {
    t.start = emit_.literal(Scalar::of_int(DType::Int64, 0), s.span);
  } else {
    ME_TRY(t.start, bound(s.exprs[0]));
  }
  ME_TRY(t.stop, bound(s.exprs[from_zero ? 0 : 1]));
  if (s.exprs.size() == 3) {
    ME_TRY(t.step, bound(s.exprs[2]));
  } else {
    t.step = emit_.literal(Scalar::of_int(DType::Int64, 1), s.span);
  }
  const std::uint32_t local = resolved_.of_name[s.targets[0].name].index;
  ++block_depth_;
  Value counter;
  counter.type = {DType::Int64, rules_.weak_scalars};
  counter.span = s.targets[0].span;
  widen(locals_[local], counter);
  if (is_text(locals_[local].type.dtype)) {
    return Diagnostic{Status::TypeError, counter.span,
                      "'" + resolved_.locals[local].name + "' is a string and cannot count", "",
                      true};
  }
  // A loop variable that takes other values too may need another dtype than the counter's.
  const bool direct = locals_[local].type.dtype == DType::Int64;
  t.index = direct ? local : hidden_local(DType::Int64);
  TypedStmt copy;
  if (!direct) {
    copy.kind = StmtKind::Assign;
    copy.index = local;
    copy.span = counter.span;
    const ExprId value = emit_.leaf(ExprKind::Local, DType::Int64, t.index, counter.span);
    copy.expr = emit_.cast(value, locals_[local].type.dtype);
  }
  ME_TRY(t.body, loop_body(s, out));
  if (!direct) {
    std::vector<TypedStmt>& body = program_.blocks[t.body];
    body.insert(body.begin(), copy);
  }
  --block_depth_;
  out.push_back(t);
  return loop_else(s, out);
}

Outcome Inference::print_statement(const Statement& s, std::vector<TypedStmt>& out) {
  TypedPrint p;
  p.texts = s.texts;
  for (const ExprRange& e : s.exprs) {
    ME_TRY(const Value v, expression(e));
    if (!is_numeric(v.type.dtype)) {
      return Diagnostic{Status::TypeError, v.span, "print() takes numbers and plain strings",
                        described(v.type), true};
    }
    ME_TRY(const ExprId id, emit_.as(v, v.type.dtype));
    p.args.push_back(id);
  }
  TypedStmt t;
  t.kind = StmtKind::Print;
  t.span = s.span;
  t.index = static_cast<std::uint32_t>(program_.prints.size());
  program_.prints.push_back(std::move(p));
  out.push_back(t);
  return Unit{};
}

// Whether dropping the value would drop something that a C function does.
bool Inference::calls_impure(const ExprRange& range) const {
  for (NodeId id = range.first; id <= range.root; ++id) {
    const Node& n = ast_.nodes[id];
    if (n.kind != NodeKind::Call && n.kind != NodeKind::Name) continue;
    const auto user = callout_named(ast_.names[n.index], signature_);
    if (user && !signature_.callouts[*user].pure) return true;
  }
  return false;
}

Outcome Inference::return_statement(const Statement& s, std::vector<TypedStmt>& out) {
  ME_TRY(const Value v, expression(s.exprs[0]));
  const bool only = ++returns_ == 1 && at_top();
  program_.reduction_root = only && is_reduction_call(ast_.nodes[s.exprs[0].root]);
  widen(result_, v);
  TypedStmt t;
  t.kind = StmtKind::Return;
  t.span = s.span;
  const DType wished = signature_.result;
  const bool text = is_text(v.type.dtype) || is_text(result_.type.dtype) || is_text(wished);
  if (text) {
    const Type to = {wished != DType::Auto ? wished : result_.type.dtype, false,
                     result_.type.width};
    ME_TRY(t.expr, text_as(emit_, v, to, "the result"));
  } else {
    ME_TRY(t.expr, emit_.as(v, result_.type.dtype));
    if (wished != DType::Auto) t.expr = emit_.cast(t.expr, wished);
  }
  out.push_back(t);
  return Unit{};
}

// The tree again, with the names that a declaration takes from functions called without
// parentheses.
static Result<Ast> parse_with_variables(const Ast& ast, const Signature& signature,
                                        const Rules& rules) {
  std::set<std::string> variables;
  for (const Param& p : signature.params) variables.insert(p.name);
  for (const auto& block : ast.blocks) {
    for (const Statement& s : block) {
      for (const Target& t : s.targets) variables.insert(ast.names[t.name]);
    }
  }
  const bool clash =
      std::any_of(ast.bare_callees.begin(), ast.bare_callees.end(),
                  [&](std::uint32_t name) { return variables.contains(ast.names[name]); });
  if (!clash) return ast;
  ME_TRY(Tokens tokens, tokenize(ast.source, rules.malformed_text));
  return Parser(ast.source, std::move(tokens), rules, std::move(variables)).run();
}

Steps<Result<TypedProgram>> infer_steps(const Ast& ast, const Signature& signature, Dialect dialect) {
  const Rules& rules = rules_of(dialect);
  if (signature.params.size() > tuning::kMaxParams) {
    co_return Diagnostic{Status::Limit, {},
                         "more than " + std::to_string(tuning::kMaxParams) + " variables", "",
                         false};
  }
  std::optional<Ast> again;
  if (!ast.bare_callees.empty()) {
    auto parsed = parse_with_variables(ast, signature, rules);
    if (!parsed) co_return std::move(parsed.error());
    again = std::move(*parsed);
    co_await between_steps;
  }
  const Ast& tree = again ? *again : ast;
  auto names = resolve(tree, signature, rules);
  if (!names) co_return std::move(names.error());
  co_await between_steps;
  Inference inference(tree, signature, rules, std::move(*names));
  auto steps = inference.steps();
  while (steps.next()) co_await between_steps;
  co_return std::move(steps.result());
}

Result<TypedProgram> infer(const Ast& ast, const Signature& signature, Dialect dialect) {
  return infer_steps(ast, signature, dialect).finish();
}

}  // namespace me::lang
