// Every difference between the two dialects, as data. Nothing else in the front end asks which
// dialect it is in; the rest of the library knows none.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/dtype.h"
#include "base/diagnostic.h"
#include "base/ops.h"

namespace me::lang {

enum class Dialect : std::uint8_t { Numpy, Miniexpr };

// A call name whose meaning is a dialect's own; it goes before the names of ops.def.
struct FunctionRule {
  std::string_view name;
  Op op;
  Typing typing;
  bool wide = false;  // integers become float64 whatever their width
  unsigned optional = 0;  // arguments that may follow those that ops.def counts
};

struct Rules {
  // Grammar
  bool power_first;     // -a**2 is -(a**2) and ** groups to the right; else (-a)**2, to the left
  bool chains;          // a < b < c is (a < b) and (b < c); else (a < b) < c
  bool comma_lists;     // "a, b" evaluates to b
  bool bare_calls;      // sin a
  bool c_logic;         // && || !
  bool leading_zeros;   // 007 is 7

  // Dtypes
  DType (*promote)(DType, DType);
  bool weak_scalars;           // literals and Python scalars adapt to arrays (NEP 50);
                               // else literals take the dtype of the output or the first parameter
  bool true_division;          // int / int is float64; else it is rounded to zero
  Op percent;                  // what % applies
  bool negative_power_error;   // int ** negative literal is an error; else it is a float64 power
  bool bool_is_logical;        // + * on bools are or, and; - and unary - are errors, // % ** << >>
                               // give int8; else arithmetic is done on 0 and 1 and gives bool again
  bool float_bits;             // & | ^ ~ << >> take floats through int64; else an error
  bool narrow_floats;          // float functions of 8- and 16-bit integers give float32
  bool truncates_binary;       // float functions of two integers are cut back to the integer dtype
  bool float32_mean;           // mean of float32 is float32, not float64
  bool round_bool_to_float;    // round(bool) is float32, not bool
  bool exact_mixed_compare;    // int64 against uint64 compares values, not float64 roundings
  bool ldexp_whole;            // the second operand of ldexp must be an integer
  bool int_keeps_unsigned;     // int(x) of an unsigned integer keeps its dtype, not int64
  std::span<const FunctionRule> functions;

  // Strings
  bool bytes_prefix;           // b"x" is bytes and no string; else the prefix says nothing
  bool text_ends_at_nul;       // at the first NUL; else NULs at the end are padding
  Status malformed_text;       // of a string literal that is not closed or has a bad escape

  // Reductions
  bool nested_reductions;        // sum(x - mean(x))
  bool body_reductions;          // in bodies of if, for and while, not only in their conditions
  bool scalar_reductions;        // the sum of one scalar is that scalar, not n times it
  bool shaped_reductions;        // in expressions: axis=, keepdims=, and the shape of what is reduced;
                                 // else reductions combine all items of the call
  bool empty_extremum_is_error;  // min and max of nothing
  bool complex_extremum;         // min and max of complex numbers, which order by real part first

  // Kernels
  bool locals_join;          // a local's dtype joins all its values; else the first one decides
  bool truncates_bounds;     // range() takes floats, rounded to zero; else an error
  bool incomplete_paths;     // a path may end without return, or read (as 0) what another assigned
};

constexpr FunctionRule kNumpyFunctions[] = {
    {"complex", Op::Complex, Typing::FloatResult},
    {"remainder", Op::Mod, Typing::Arithmetic},
    {"round", Op::Rint, Typing::KeepDType, false, 1},
    {"around", Op::Rint, Typing::KeepDType, false, 1},
    {"rint", Op::Rint, Typing::FloatResult},
    {"fabs", Op::Abs, Typing::FloatResult},
    {"sinc", Op::Sinc, Typing::FloatResult, true},
    {"fac", Op::Fac, Typing::FloatResult, true},
    {"factorial", Op::Fac, Typing::FloatResult, true},
    {"ncr", Op::Ncr, Typing::FloatResult, true},
    {"npr", Op::Npr, Typing::FloatResult, true},
    {"isclose", Op::IsClose, Typing::Close, false, 2},
};

// After `math.`, where Python's module differs from NumPy.
constexpr FunctionRule kMathFunctions[] = {
    {"remainder", Op::RemainderFloat, Typing::FloatResult},
};

constexpr FunctionRule kMiniexprFunctions[] = {
    {"complex", Op::Complex, Typing::FloatResult},
    {"remainder", Op::RemainderFloat, Typing::FloatResult},
    {"round", Op::RoundAway, Typing::KeepDType},
    {"isclose", Op::IsClose, Typing::Close, false, 2},
};

constexpr Rules kNumpyRules = {
    .power_first = true,
    .chains = true,
    .comma_lists = false,
    .bare_calls = false,
    .c_logic = false,
    .leading_zeros = false,
    .promote = promote_numpy,
    .weak_scalars = true,
    .true_division = true,
    .percent = Op::Mod,
    .negative_power_error = true,
    .bool_is_logical = true,
    .float_bits = false,
    .narrow_floats = true,
    .truncates_binary = false,
    .float32_mean = true,
    .round_bool_to_float = true,
    .exact_mixed_compare = true,
    .ldexp_whole = true,
    .int_keeps_unsigned = true,
    .functions = kNumpyFunctions,
    .bytes_prefix = true,
    .text_ends_at_nul = false,
    .malformed_text = Status::ParseError,
    .nested_reductions = true,
    .body_reductions = true,
    .scalar_reductions = true,
    .shaped_reductions = true,
    .empty_extremum_is_error = true,
    .complex_extremum = true,
    .locals_join = true,
    .truncates_bounds = false,
    .incomplete_paths = false,
};

constexpr Rules kMiniexprRules = {
    .power_first = false,
    .chains = false,
    .comma_lists = true,
    .bare_calls = true,
    .c_logic = true,
    .leading_zeros = true,
    .promote = promote_miniexpr,
    .weak_scalars = false,
    .true_division = false,
    .percent = Op::Fmod,
    .negative_power_error = false,
    .bool_is_logical = false,
    .float_bits = true,
    .narrow_floats = false,
    .truncates_binary = true,
    .float32_mean = false,
    .round_bool_to_float = false,
    .exact_mixed_compare = false,
    .ldexp_whole = false,
    .int_keeps_unsigned = false,
    .functions = kMiniexprFunctions,
    .bytes_prefix = false,
    .text_ends_at_nul = true,
    .malformed_text = Status::TypeError,
    .nested_reductions = false,
    .body_reductions = false,
    .scalar_reductions = false,
    .shaped_reductions = false,
    .empty_extremum_is_error = false,
    .complex_extremum = false,
    .locals_join = false,
    .truncates_bounds = true,
    .incomplete_paths = true,
};

inline const Rules& rules_of(Dialect d) {
  return d == Dialect::Numpy ? kNumpyRules : kMiniexprRules;
}

}  // namespace me::lang
