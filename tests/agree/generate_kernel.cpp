// Random kernels: locals, nested control flow, early returns; every loop ends.
//
// Enters: a seed and a number. Leaves: a kernel whose locals are all assigned before the first
// branch, each with an expression of its own dtype, so that definite assignment and dtype rules
// hold by construction. `for` loops have small bounds; `while` loops count in a local of their own
// whose increment is the first statement of the body, where no `continue` can skip it.
#include "agree/generate.h"

namespace me::agree {
namespace {

struct Local {
  std::string name;
  DType dtype;
};

class KernelBuilder {
 public:
  KernelBuilder(Random& random, Program& program, bool plain)
      : random_(random), program_(program), scope_(random, program) {
    scope_.plain = plain;
  }

  void build() {
    program_.is_kernel = true;
    scope_.declare_params();
    scope_.kernel_forms = !scope_.plain;
    scope_.small = !scope_.plain && random_.percent(50);
    result_ = scope_.any_dtype();
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
      const DType t = i == 0 ? result_ : scope_.any_dtype();
      const std::string name(1, static_cast<char>('x' + i));
      program_.body.push_back(assign(name + " =", t, 2));
      scope_.add_local(name, t);
      locals_.push_back({name, t});
    }
    if (!scope_.plain && random_.percent(25)) {
      // What does not depend on the number of axes, in which layouts differ.
      for (const char* symbol : {"_i7", "_n7", "_flat_idx"}) scope_.add_local(symbol, DType::Int64);
    }
    // Reductions only at the top level and in conditions.
    scope_.reductions = false;
    const std::size_t statements = 1 + random_.below(3);
    for (std::size_t i = 0; i < statements; ++i) statement(&program_.body, 0);
    program_.body.push_back(return_of(2));
    // The counters of while loops start before everything else.
    program_.body.insert(program_.body.begin(), counters_.begin(), counters_.end());
  }

 private:
  Stmt assign(std::string head, DType t, unsigned depth) {
    return {Stmt::Form::Simple, std::move(head), {scope_.make(t, depth)}, "", {}, false};
  }
  Stmt return_of(unsigned depth) { return assign("return", result_, depth); }
  Expr condition() {
    scope_.reductions = random_.percent(15);
    Expr e = scope_.make(DType::Bool, 2);
    scope_.reductions = false;
    return e;
  }

  std::string compound_operator(DType t) {
    if (is_bool(t)) return random_.pick(std::vector<std::string>{"&=", "|=", "^="});
    std::vector<std::string> all = {"+=", "-=", "*="};
    if (program_.dialect == lang::Dialect::Numpy) all.insert(all.end(), {"//=", "%="});
    if (is_float(t)) all.push_back("/=");
    if (is_int(t)) all.insert(all.end(), {"&=", "|=", "^=", "<<=", ">>="});
    return random_.pick(all);
  }

  void simple(std::vector<Stmt>* into) {
    const Local& v = random_.pick(locals_);
    const std::size_t kind = random_.below(10);
    if (kind < 4) {
      into->push_back(assign(v.name + " " + compound_operator(v.dtype), v.dtype, 2));
    } else if (kind == 4 && locals_.size() > 1 && !scope_.plain) {
      // A swap of locals of one dtype.
      for (const Local& other : locals_) {
        if (&other == &v || other.dtype != v.dtype) continue;
        const std::string pair = v.name + ", " + other.name;
        into->push_back(
            {Stmt::Form::Text, pair + " = " + other.name + ", " + v.name, {}, "", {}, false});
        return;
      }
      into->push_back(assign(v.name + " =", v.dtype, 3));
    } else {
      into->push_back(assign(v.name + " =", v.dtype, 3));
    }
  }

  std::vector<Stmt> block(unsigned depth) {
    std::vector<Stmt> body;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) statement(&body, depth);
    return body;
  }

  void branch(std::vector<Stmt>* into, unsigned depth) {
    into->push_back({Stmt::Form::Block, "if", {condition()}, "", block(depth + 1), false});
    if (random_.percent(30)) {
      into->push_back({Stmt::Form::Block, "elif", {condition()}, "", block(depth + 1), false});
    }
    if (random_.percent(50)) {
      into->push_back({Stmt::Form::Block, "else", {}, "", block(depth + 1), false});
    }
  }

  void for_loop(std::vector<Stmt>* into, unsigned depth) {
    const std::string variable = "i" + std::to_string(loops_++);
    static const std::vector<std::string> kRanges = {"range(3)", "range(1, 5)", "range(6, 0, -2)",
                                                     "range(0)", "range(2, 9, 3)"};
    std::string range = random_.pick(kRanges);
    // Per-element bounds: a small integer parameter, at most 6 times.
    for (const ParamDecl& p : program_.params) {
      if (is_int(p.dtype) && random_.percent(30)) range = "range(" + p.name + " % 6)";
    }
    const std::size_t visible = scope_.local_count();
    scope_.add_local(variable, DType::Int64);
    Stmt loop{Stmt::Form::Block, "for " + variable + " in " + range, {}, "", {}, false};
    loop.body = loop_body(depth);
    scope_.drop_locals(visible);
    into->push_back(std::move(loop));
  }

  void while_loop(std::vector<Stmt>* into, unsigned depth) {
    const std::string counter = "n" + std::to_string(loops_++);
    const std::string limit = std::to_string(1 + random_.below(7));
    counters_.push_back({Stmt::Form::Text, counter + " = 0", {}, "", {}, true});
    Stmt loop{Stmt::Form::Block, "while", {}, "", {}, false};
    Expr enough{Expr::Form::Infix,
                "<",
                DType::Bool,
                {{Expr::Form::Leaf, counter, DType::Int64, {}},
                 {Expr::Form::Leaf, limit, DType::Int64, {}}}};
    loop.exprs.push_back({Expr::Form::Infix, "and", DType::Bool, {std::move(enough), condition()}});
    loop.body = loop_body(depth);
    loop.body.insert(loop.body.begin(),
                     Stmt{Stmt::Form::Text, counter + " += 1", {}, "", {}, true});
    into->push_back(std::move(loop));
  }

  std::vector<Stmt> loop_body(unsigned depth) {
    std::vector<Stmt> body = block(depth + 1);
    if (random_.percent(50)) {
      // A leaving statement under a condition; more of the body may follow it.
      static const std::vector<std::string> kLeave = {"break", "continue"};
      Stmt leave{Stmt::Form::Block, "if", {condition()}, "", {}, false};
      leave.body.push_back({Stmt::Form::Text, random_.pick(kLeave), {}, "", {}, false});
      const auto at = static_cast<std::ptrdiff_t>(random_.below(body.size() + 1));
      // Not between an if and its else.
      const bool splits = static_cast<std::size_t>(at) < body.size() &&
                          (body[static_cast<std::size_t>(at)].head == "elif" ||
                           body[static_cast<std::size_t>(at)].head == "else");
      body.insert(splits ? body.end() : body.begin() + at, std::move(leave));
    }
    return body;
  }

  void statement(std::vector<Stmt>* into, unsigned depth) {
    const std::size_t kind = random_.below(100);
    if (depth >= 3 || kind < 45) return simple(into);
    if (kind < 65) return branch(into, depth);
    if (kind < 80) return for_loop(into, depth);
    if (kind < 92) return while_loop(into, depth);
    if (depth == 0) return simple(into);
    // An early return, always under a condition so that what follows stays reachable.
    Stmt guard{Stmt::Form::Block, "if", {condition()}, "", {}, false};
    guard.body.push_back(return_of(2));
    into->push_back(std::move(guard));
  }

  Random& random_;
  Program& program_;
  Scope scope_;
  DType result_ = DType::Auto;
  std::vector<Local> locals_;
  std::vector<Stmt> counters_;
  unsigned loops_ = 0;
};

}  // namespace

Program generate_kernel(std::uint64_t seed, std::uint64_t index, bool plain) {
  Random random(seed * 7000003 + index + 0x5eed);
  Program p;
  p.dialect = !plain && random.percent(75) ? lang::Dialect::Numpy : lang::Dialect::Miniexpr;
  KernelBuilder(random, p, plain).build();
  return p;
}

}  // namespace me::agree
