// The operations of the language as an enum with an info table, expanded from ops.def.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace me {

enum class Op : std::uint8_t {
#define ME_OP(Id, spelling, arity, typing, ulp, impl, help) Id,
#include "ops.def"
};

// How type inference treats an operation; the rules themselves are lang/infer's.
enum class Typing : std::uint8_t {
  Arithmetic,      // promote both; bool by dialect
  Divide,          // true division (numpy) or C division (miniexpr) of integers
  FloorDivide,     // promote both
  Power,           // promote both; integer powers stay integers
  Negate,          // keeps dtype; bool by dialect
  Bitwise,         // integers and bool
  Shift,           // integers
  Compare,         // promote both, result bool
  Logical,         // any numeric, result bool
  Where,           // condition to bool, promote the arms
  KeepDType,       // result dtype = operand dtype
  Select,          // promote all, result the same
  FloatResult,     // floats stay, integers and bool become float64 (numpy: by width)
  DoubleResult,    // float64 whatever the operands
  FloatPredicate,  // as FloatResult, result bool
  Whole,           // integers; bool as int8
  Close,           // isclose: tolerances are optional, result bool
  SumReduction,    // signed and bool -> int64, unsigned -> uint64, floats keep
  KeepReduction,   // result dtype = operand dtype
  BoolReduction,   // result bool
  MeanReduction,   // float64, or float32 for float32 in numpy
  IndexReduction,  // int64 positions
  CountReduction,  // int64
  Text,            // operands are strings or bytes: lang/operations_string
  Internal,
};

inline bool is_reduction(Typing t) {
  return t >= Typing::SumReduction && t <= Typing::CountReduction;
}

enum class Impl : std::uint8_t { basic, math, expand, reduce, text, front };

struct OpInfo {
  std::string_view name;      // enum spelling, for dumps and counters: "Atan2"
  std::string_view spelling;  // what users write: "atan2", "+"
  unsigned arity;
  Typing typing;
  double ulp;
  Impl impl;
  std::string_view help;
};

constexpr std::size_t kOpCount = 0
#define ME_OP(Id, spelling, arity, typing, ulp, impl, help) +1
#include "ops.def"
    ;

const OpInfo& info_of(Op op);
// vmath's name of an operation of kind `math`: its spelling, but for those behind an operator.
std::string_view recipe_of(Op op);
// The function called `name` (spelling or alias; operators' symbols and words are not functions).
std::optional<Op> function_named(std::string_view name);
// Every name a call may use, in table order: spellings first, then aliases.
struct OpName {
  std::string_view spelling;
  Op op;
};
std::span<const OpName> function_names();

}  // namespace me
