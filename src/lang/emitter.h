// Values during inference, and their emission as typed expressions.
#pragma once

#include <initializer_list>
#include <optional>

#include "base/status.h"
#include "lang/constant.h"
#include "lang/promote.h"
#include "lang/typed.h"

namespace me::lang {

// What inference knows about one syntax node.
struct Value {
  Type type;
  ExprId id = kNone;                 // kNone: a constant, emitted where it is used
  std::optional<Constant> constant;  // the value of a literal or of arithmetic on literals
  std::uint32_t text = kNone;        // of a string literal: its number in TypedProgram::texts
  bool uniform = false;              // the same for every element
  bool has_reduction = false;
  Span span;
};

// "300 does not fit uint8", "float32": what messages call a value's type.
std::string described(const Type& type);

class Emitter {
 public:
  explicit Emitter(TypedProgram& program) : program_(program) {}

  ExprId leaf(ExprKind kind, DType dtype, std::uint32_t index, Span span);
  ExprId literal(Scalar value, Span span);
  ExprId op(Op op, DType dtype, Span span, std::initializer_list<ExprId> args);
  // A text of the program, and literals and operations that are strings.
  std::uint32_t add_text(const std::u32string& text);
  const std::u32string& text_of(std::uint32_t index) const { return program_.texts[index]; }
  ExprId text(std::uint32_t index, DType dtype, std::uint32_t width, Span span);
  ExprId text_op(Op op, DType dtype, std::uint32_t width, Span span,
                 std::initializer_list<ExprId> args);
  // A reduction, or the count of what one combines; `axes` as TypedExpr::index.
  ExprId reduction(Op op, DType dtype, Span span, ExprId x, std::uint32_t axes);
  ExprId count(ExprId x, std::uint32_t axes, Span span);
  std::uint32_t add_axes(Axes axes);
  // The value in dtype `t`, with the conversions of mixed arithmetic: a weak integer constant that
  // `t` cannot hold is a TypeError.
  Result<ExprId> as(const Value& v, DType t);
  // The value cast to `t` as int(), float32() or an explicit result dtype cast.
  ExprId cast(const Value& v, DType t);
  ExprId cast(ExprId id, DType t);
  // Strings are true when they are not empty.
  ExprId truth(const Value& v) { return cast(v, DType::Bool); }

 private:
  ExprId complex_literal(const Value& v, DType t);

  TypedProgram& program_;
};

}  // namespace me::lang
