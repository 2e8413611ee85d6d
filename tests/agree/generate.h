// Random programs of the language, typed well enough that the front end takes nearly all of them.
#pragma once

#include "agree/program.h"
#include "agree/random.h"
#include "base/ops.h"

namespace me::agree {

// The dtype that the language gives `op` over these operands, or Auto if it refuses them.
DType result_of(Op op, const std::vector<DType>& args, lang::Dialect dialect);

// What expressions may refer to.
class Scope {
 public:
  Scope(Random& random, Program& program) : random_(random), program_(program) {}

  void declare_params();
  void add_local(std::string name, DType dtype) { locals_.push_back({std::move(name), dtype}); }
  void drop_locals(std::size_t keep) { locals_.resize(keep); }
  std::size_t local_count() const { return locals_.size(); }

  // An expression of exactly this dtype, at most `depth` operations deep.
  Expr make(DType dtype, unsigned depth);
  // A dtype that leaves of this scope have.
  DType any_dtype() { return random_.pick(palette_); }

  bool reductions = true;     // may appear
  bool kernel_forms = false;  // casts, the ternary and prefixed names may appear
  bool small = false;         // few elementary functions, which make up most of compile times
  bool plain = false;         // what every implementation of the language has, exactly: floats only

 private:
  struct Name {
    std::string text;
    DType dtype;
  };
  bool has_name(DType dtype) const;
  Expr leaf(DType dtype);
  Expr literal_beside(DType dtype, Op op);
  bool try_operation(DType wanted, unsigned depth, Expr* out);
  bool try_kernel_form(DType wanted, unsigned depth, Expr* out);

  Random& random_;
  Program& program_;
  std::vector<Name> names_;  // parameters
  std::vector<Name> locals_;
  std::vector<Name> weak_;  // weak parameters: stand for literals
  std::vector<DType> palette_;
};

// The program number `index` of a seed.
Program generate_expression(std::uint64_t seed, std::uint64_t index);
// `plain`: in the miniexpr dialect, of float parameters, with correctly rounded operations alone.
Program generate_kernel(std::uint64_t seed, std::uint64_t index, bool plain = false);
// An expression of few operations, most of which compile to few instructions.
Program generate_small(std::uint64_t seed, std::uint64_t index);

}  // namespace me::agree
