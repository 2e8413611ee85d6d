// The typed program: what type inference hands to the IR. Every conversion is an explicit Cast,
// every name is resolved, every operation has final operand and result dtypes, both dialects look
// the same.
//
// Expressions sit in one array in evaluation order (operands before users), so that any walk is a
// loop. Statements are a tree of blocks whose depth the parser has bounded (tuning.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/axes.h"
#include "base/diagnostic.h"
#include "base/dtype.h"
#include "base/ops.h"
#include "base/signature.h"

namespace me::lang {

using ExprId = std::uint32_t;
using BlockId = std::uint32_t;
constexpr std::uint32_t kNone = 0xffffffffu;

enum class ExprKind : std::uint8_t {
  Literal,  // value
  Param,    // index = parameter
  Local,    // index = local, current value
  Count,    // number of items that reductions over args[0] combine, int64, uniform
  Index,    // the index symbol whose code is `index`, int64
  Call,     // of Signature::callouts[index]; args[0] = its last Argument, or none
  Argument, // args[0] = a float64, args[1] = the Argument before it, or none
  Op,       // op(args): operands already have the dtypes that ir/RULES.md demands. Reductions too.
};

// Where an element lies: position on axis 0..7, extent of axis 0..7, number of axes, C-order index.
struct IndexSymbol {
  enum Kind : std::uint8_t { Position, Extent, Ndim, FlatIndex };
  Kind kind = Position;
  std::uint8_t axis = 0;
  bool uniform() const { return kind == Extent || kind == Ndim; }
  std::uint32_t code() const { return static_cast<std::uint32_t>(kind) * 8 + axis; }
  static IndexSymbol of(std::uint32_t code) {
    return {static_cast<Kind>(code / 8), static_cast<std::uint8_t>(code % 8)};
  }
};

struct TypedExpr {
  ExprKind kind = ExprKind::Literal;
  Op op = Op::Cast;
  DType dtype = DType::Auto;
  std::uint32_t width = 0;  // of strings and bytes, in code units
  std::array<ExprId, 3> args = {kNone, kNone, kNone};
  // Of a reduction or a Count: 0 for all items, which become one value, or TypedProgram::axes[index - 1].
  std::uint32_t index = 0;
  Scalar value;
  Span span;
};

enum class StmtKind : std::uint8_t {
  Assign,    // local `index` = expr (same dtype)
  If,        // expr is bool; body, orelse (kNone: no else)
  For,       // local `index` takes start, start+step, ... before stop; all int64; body
  While,     // expr is bool; body
  Break,
  Continue,
  Return,    // expr has the result dtype
  Print,     // TypedProgram::prints[index]
};

struct TypedStmt {
  StmtKind kind = StmtKind::Return;
  std::uint32_t index = 0;
  // The expressions of this statement are exprs [first_expr, ...]; `expr` is the root.
  ExprId expr = kNone;                               // value or condition
  ExprId start = kNone, stop = kNone, step = kNone;  // For
  BlockId body = kNone, orelse = kNone;
  Span span;
};

struct TypedLocal {
  std::string name;
  DType dtype = DType::Auto;
  std::uint32_t width = 0;
};

// print(): texts around and between uniform values.
struct TypedPrint {
  std::vector<std::string> texts;  // one more than args
  std::vector<ExprId> args;
};

// `# me:fp=`: what the code generator may do to floats beyond the bits of strict evaluation.
enum class FpMode : std::uint8_t { Strict, Contract, Fast };

struct TypedProgram {
  std::string name;  // the kernel's name, or "expression"
  bool is_kernel = false;
  std::vector<Callout> callouts;
  std::vector<TypedPrint> prints;
  std::vector<Param> params;  // dtypes filled in; weak parameters keep their storage dtype
  std::vector<TypedLocal> locals;
  std::vector<TypedExpr> exprs;
  std::vector<std::vector<TypedStmt>> blocks;
  BlockId root = 0;  // an expression is one Return
  DType result = DType::Auto;
  std::uint32_t result_width = 0;
  // What string literals stand for (Scalar::bits is the index); the first is empty.
  std::vector<std::u32string> texts = {U""};
  // Some path may end without a return (miniexpr dialect only; an error in numpy): evaluation then
  // fails with MissingReturn if an element takes it.
  bool may_miss_return = false;
  // An empty min/max is an error (numpy) or gives the identity (miniexpr).
  bool empty_extremum_is_error = true;
  // A string ends at its first NUL (miniexpr); else NULs at its end are padding (numpy).
  bool text_ends_at_nul = false;
  bool reduction_root = false;  // the only value returned is a call of a reduction
  // A reduction combines the items of its operands' broadcast shape; else those of the call.
  bool own_shapes = false;
  std::vector<Axes> axes;  // of reductions whose result is an array
  FpMode fp = FpMode::Strict;
};

}  // namespace me::lang
