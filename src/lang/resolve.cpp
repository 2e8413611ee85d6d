// Name resolution and control flow checks.
//
// Enters: a syntax tree and the declared parameters. Leaves: the meaning of every name, how many
// statements of each block can run, whether a path may end without return; or a located error.
// A name is, in this order: a parameter (or a local, if the kernel assigns it), a built-in
// constant. Example: in `if x > 0: y = 1` followed by `return y`, y may be unassigned: an error,
// unless the dialect allows incomplete paths. `while True` ends only through break, and a range of
// integer literals that is not empty runs its body at least once.
// Tested by tests/unit/lang_kernel_test.cpp.
#include "resolve.h"

#include <algorithm>
#include <unordered_map>

#include "advice.h"
#include "base/tuning.h"
#include "names.h"

namespace me::lang {
namespace {

// The set of locals that are assigned on every path to here; `reachable` is false after a jump.
struct Flow {
  std::vector<bool> assigned;
  bool reachable = true;
};

void merge(Flow& into, const Flow& other) {
  if (!other.reachable) return;
  if (!into.reachable) {
    into = other;
    return;
  }
  for (std::size_t i = 0; i < into.assigned.size(); ++i) {
    into.assigned[i] = into.assigned[i] && other.assigned[i];
  }
}

struct Loop {
  Flow breaks;     // merged states at break
  Flow continues;  // merged states at continue
};

class Resolver {
 public:
  Resolver(const Ast& ast, const Signature& signature, const Rules& rules)
      : ast_(ast), signature_(signature), rules_(rules) {}

  Result<Resolved> run() {
    ME_TRY_VOID(functions());
    ME_TRY_VOID(parameters());
    collect_locals();
    for (std::size_t i = 0; i < ast_.names.size(); ++i) {
      if (out_.of_name[i].kind != SymbolKind::None) continue;
      const auto callout = callout_named(ast_.names[i], signature_);
      if (rules_.bare_calls && callout && signature_.callouts[*callout].arity == 0) {
        out_.of_name[i] = {SymbolKind::Function, *callout};
        continue;
      }
      const auto index = ast_.kernel ? index_symbol_named(ast_.names[i]) : std::nullopt;
      if (index) out_.of_name[i] = {SymbolKind::Index, index->code()};
      if (constant_named(ast_.names[i])) out_.of_name[i].kind = SymbolKind::Constant;
    }
    out_.live.assign(ast_.blocks.size(), 0);
    Flow flow;
    flow.assigned.assign(out_.locals.size(), false);
    for (std::size_t i = 0; i < out_.locals.size(); ++i) {
      flow.assigned[i] = out_.locals[i].param != kNone;
    }
    ever_ = flow.assigned;
    ME_TRY_VOID(block(ast_.root, flow, nullptr));
    // Behind an endless loop a return counts for nothing: there would be no result dtype.
    if (!has_return_) {
      return error(ast_.name_span, "DSL kernel must return a value via a return statement");
    }
    if (flow.reachable) {
      if (!rules_.incomplete_paths) {
        return error(ast_.name_span, "kernel '" + ast_.name + "' may end without return",
                     "some path returns nothing");
      }
      out_.may_miss_return = true;
    }
    return std::move(out_);
  }

 private:
  static Diagnostic error(Span span, std::string message, std::string note = "") {
    return {Status::ParseError, span, std::move(message), std::move(note), true};
  }

  // The user's functions. In expressions their names go before built-in ones.
  Outcome functions() {
    const auto& all = signature_.callouts;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Callout& c = all[i];
      const auto refuse = [&](Status status, const std::string& why) {
        return Diagnostic{status, {}, "function '" + c.name + "' " + why, "", false};
      };
      if (c.address == nullptr) return refuse(Status::InvalidArg, "has no address");
      if (c.result != DType::Auto && !is_number(c.result)) {
        return refuse(Status::TypeError, "cannot return " + std::string(name_of(c.result)));
      }
      const auto same = [&](const auto& other) { return other.name == c.name; };
      const auto& params = signature_.params;
      if (std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), same) ||
          std::any_of(params.begin(), params.end(), same)) {
        return refuse(Status::InvalidArg, "has the name of another variable");
      }
      if (!ast_.kernel) continue;
      if (c.result == DType::Auto) {
        return refuse(Status::InvalidArg, "needs a return dtype to be called in a kernel");
      }
      if (is_reserved(c.name)) return refuse(Status::InvalidArg, "uses a reserved name");
      if (function_rule(c.name, rules_) || constant_named(c.name)) {
        return refuse(Status::InvalidArg, "has the name of a builtin");
      }
    }
    return Unit{};
  }

  Outcome parameters() {
    out_.of_name.assign(ast_.names.size(), {});
    std::unordered_map<std::string_view, std::uint32_t> declared;
    for (std::uint32_t i = 0; i < signature_.params.size(); ++i) {
      const std::string& name = signature_.params[i].name;
      if (ast_.kernel && is_reserved(name)) {
        return Diagnostic{Status::InvalidArg, {}, "DSL input variable '" + name +
                          "' uses a reserved name", "", false};
      }
      declared.emplace(name, i);
    }
    if (!ast_.kernel) {
      for (std::size_t i = 0; i < ast_.names.size(); ++i) {
        const auto it = declared.find(ast_.names[i]);
        if (it != declared.end()) out_.of_name[i] = {SymbolKind::Param, it->second};
      }
      return Unit{};
    }
    if (ast_.params.size() != signature_.params.size()) {
      return error(ast_.name_span, "DSL input count mismatch: function expects " +
                                       std::to_string(ast_.params.size()) +
                                       " parameter(s), got " +
                                       std::to_string(signature_.params.size()));
    }
    for (const Target& p : ast_.params) {
      const auto it = declared.find(ast_.names[p.name]);
      if (it == declared.end()) {
        return error(p.span, "missing DSL input for parameter '" + ast_.names[p.name] + "'");
      }
      out_.of_name[p.name] = {SymbolKind::Param, it->second};
    }
    return Unit{};
  }

  void collect_locals() {
    for (const auto& block : ast_.blocks) {
      for (const Statement& s : block) {
        for (const Target& t : s.targets) add_local(t.name);
      }
    }
  }

  void add_local(std::uint32_t name) {
    Symbol& symbol = out_.of_name[name];
    if (symbol.kind == SymbolKind::Local) return;
    const std::uint32_t param = symbol.kind == SymbolKind::Param ? symbol.index : kNone;
    symbol = {SymbolKind::Local, static_cast<std::uint32_t>(out_.locals.size())};
    out_.locals.push_back({ast_.names[name], param});
  }

  Outcome block(BlockId id, Flow& flow, Loop* loop) {
    const auto& statements = ast_.blocks[id];
    for (const Statement& s : statements) {
      if (!flow.reachable) break;
      ++out_.live[id];
      ME_TRY_VOID(statement(s, flow, loop));
    }
    return Unit{};
  }

  Outcome statement(const Statement& s, Flow& flow, Loop* loop) {
    if (s.kind == SyntaxKind::Augmented) ME_TRY_VOID(read(s.targets[0], flow));
    for (const ExprRange& e : s.exprs) {
      const Node& root = ast_.nodes[e.root];
      compares_unknown_ = s.kind == SyntaxKind::Evaluate && root.kind == NodeKind::Operation &&
                          root.op == Op::Eq;
      ME_TRY_VOID(expression(e, flow));
    }
    switch (s.kind) {
      case SyntaxKind::Assign:
      case SyntaxKind::Augmented:
        for (const Target& t : s.targets) assign(t, flow);
        break;
      case SyntaxKind::Evaluate:
      case SyntaxKind::Print: break;
      case SyntaxKind::If: {
        Flow other = flow;
        ME_TRY_VOID(block(s.body, flow, loop));
        if (s.orelse != kNone) ME_TRY_VOID(block(s.orelse, other, loop));
        merge(flow, other);
        break;
      }
      case SyntaxKind::For:
      case SyntaxKind::While: ME_TRY_VOID(loop_statement(s, flow, loop)); break;
      case SyntaxKind::Break:
        merge(loop->breaks, flow);
        flow.reachable = false;
        break;
      case SyntaxKind::Continue:
        merge(loop->continues, flow);
        flow.reachable = false;
        break;
      case SyntaxKind::Return:
        has_return_ = true;
        flow.reachable = false;
        break;
    }
    return Unit{};
  }

  Outcome loop_statement(const Statement& s, Flow& flow, Loop* outer) {
    Loop own;
    own.breaks.reachable = own.continues.reachable = false;
    Flow body = flow;
    if (s.kind == SyntaxKind::For) assign(s.targets[0], body);
    ME_TRY_VOID(block(s.body, body, &own));
    merge(body, own.continues);
    if (s.kind == SyntaxKind::While && is_true(s.exprs[0])) {
      flow.reachable = false;
    } else if (s.kind == SyntaxKind::For && runs_once(s)) {
      flow = body;
    }
    if (s.orelse != kNone) ME_TRY_VOID(block(s.orelse, flow, outer));
    merge(flow, own.breaks);
    return Unit{};
  }

  bool is_true(const ExprRange& e) const {
    const Node& n = ast_.nodes[e.root];
    if (n.kind == NodeKind::Constant) {
      const Constant& c = ast_.constants[n.index];
      return c.is_integer() ? c.integer != 0 : c.real != 0 || c.imag != 0;
    }
    return n.kind == NodeKind::Name && out_.of_name[n.index].kind == SymbolKind::Constant &&
           ast_.names[n.index] == "True";
  }

  // Whether the bounds are integer literals of a range that is not empty.
  bool runs_once(const Statement& s) const {
    Int128 bounds[3] = {0, 0, 1};
    for (std::size_t i = 0; i < s.exprs.size(); ++i) {
      const Node* n = &ast_.nodes[s.exprs[i].root];
      const bool minus = n->kind == NodeKind::Operation && n->op == Op::Neg;
      if (minus) n = &ast_.nodes[ast_.args[n->first_arg]];
      if (n->kind != NodeKind::Constant || !ast_.constants[n->index].is_integer()) return false;
      const Int128 v = ast_.constants[n->index].integer;
      bounds[s.exprs.size() == 1 ? 1 : i] = minus ? -v : v;
    }
    return bounds[2] > 0 ? bounds[0] < bounds[1] : bounds[2] < 0 && bounds[0] > bounds[1];
  }

  void assign(const Target& t, Flow& flow) {
    const std::uint32_t local = out_.of_name[t.name].index;
    flow.assigned[local] = true;
    ever_[local] = true;
  }

  Outcome read(const Target& name, const Flow& flow) {
    const Symbol symbol = out_.of_name[name.name];
    const std::string& text = ast_.names[name.name];
    if (symbol.kind == SymbolKind::None) return unknown(name);
    if (symbol.kind != SymbolKind::Local || flow.assigned[symbol.index]) return Unit{};
    if (rules_.incomplete_paths && ever_[symbol.index]) {
      out_.locals[symbol.index].starts_zero = true;
      return Unit{};
    }
    return error(name.span, ever_[symbol.index]
                                ? "'" + text + "' may be read before it is assigned"
                                : "'" + text + "' is read before it is assigned",
                 ever_[symbol.index] ? "not assigned on every path to here" : "");
  }

  Outcome expression(const ExprRange& e, const Flow& flow) {
    for (NodeId id = e.first; id <= e.root; ++id) {
      const Node& n = ast_.nodes[id];
      if (n.kind != NodeKind::Name) continue;
      if (n.prefix != Prefix::None) {
        if (!constant_named(ast_.names[n.index])) return unknown({n.index, n.span});
        continue;
      }
      ME_TRY_VOID(read({n.index, n.span}, flow));
    }
    return Unit{};
  }

  Diagnostic unknown(const Target& name) const {
    const std::string& text = ast_.names[name.name];
    if (is_cast_name(text)) {
      return error(name.span,
                   "invalid cast intrinsic usage: int()/float()/bool() must be called as "
                   "functions");
    }
    if (is_index_symbol(text)) {
      return error(name.span, "unknown name '" + text + "'",
                   index_symbol_named(text) ? "index symbols exist in kernels only"
                                            : "the index symbols are _i0.._i7 and _n0.._n7");
    }
    if (function_rule(text, rules_) || callout_named(text, signature_)) {
      return error(name.span, "function '" + text + "' is not called", "write " + text + "(...)");
    }
    std::vector<std::string> known = {"pi", "nan", "inf", "True", "False"};
    for (const Param& p : signature_.params) known.push_back(p.name);
    for (const LocalName& l : out_.locals) known.push_back(l.name);
    const std::string near = nearest_name(text, known);
    std::string note = advice_on_name(text);
    if (compares_unknown_) note = "write = to assign";
    else if (note.empty() && !near.empty()) note = "did you mean '" + near + "'?";
    const std::string shown = text.size() <= 60 ? text : text.substr(0, 57) + "...";
    return error(name.span, "unknown name '" + shown + "'", note);
  }

  const Ast& ast_;
  const Signature& signature_;
  const Rules& rules_;
  Resolved out_;
  std::vector<bool> ever_;  // locals with an assignment before here in the text
  bool has_return_ = false;
  bool compares_unknown_ = false;  // in a statement `x == value`, whose value nobody takes
};

}  // namespace

Result<Resolved> resolve(const Ast& ast, const Signature& signature, const Rules& rules) {
  return Resolver(ast, signature, rules).run();
}

}  // namespace me::lang
