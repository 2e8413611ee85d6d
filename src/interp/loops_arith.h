// Arithmetic and bit operations over blocks, with the semantics of ir/RULES.md: integers wrap,
// division by zero gives 0, shift counts outside the width give 0 or the sign.
//
// Example: FloorDivide of int8 -128 by -1 is -128, its Mod 0. No operation has undefined behaviour
// for any input: integers are computed unsigned. Included by basic_loops.h only.
#pragma once

#include "interp/block.h"

namespace me::interp {
namespace {

struct Add {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a + b;
    else
      return static_cast<T>(static_cast<Wide<T>>(a) + static_cast<Wide<T>>(b));
  }
};

struct Sub {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a - b;
    else
      return static_cast<T>(static_cast<Wide<T>>(a) - static_cast<Wide<T>>(b));
  }
};

struct Mul {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return a * b;
    else
      return static_cast<T>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
  }
};

struct Div {
  template <class T>
  static T of(T a, T b) {
    return a / b;
  }
};

struct Neg {
  template <class T>
  static T of(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return -a;
    else
      return static_cast<T>(Wide<T>{0} - static_cast<Wide<T>>(a));
  }
};

struct Abs {
  template <class T>
  static T of(T a) {
    if constexpr (std::is_floating_point_v<T>)
      return sizeof(T) == 4 ? __builtin_fabsf(static_cast<float>(a))
                            : static_cast<T>(__builtin_fabs(static_cast<double>(a)));
    else if constexpr (std::is_signed_v<T>)
      return a < 0 ? Neg::of(a) : a;
    else
      return a;
  }
};

// The quotient rounded to zero; the remainder belongs to it: a == q * b + r modulo 2^width.
struct DivTrunc {
  template <class T>
  static T of(T a, T b) {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return Neg::of(a);
    }
    return static_cast<T>(a / b);
  }
};

struct Fmod {
  template <class T>
  static T of(T a, T b) {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
    }
    return static_cast<T>(a % b);
  }
};

struct FloorDivide {
  template <class T>
  static T of(T a, T b) {
    const T q = DivTrunc::of(a, b);
    if constexpr (std::is_signed_v<T>) {
      if (Fmod::of(a, b) != 0 && (a < 0) != (b < 0)) return static_cast<T>(q - 1);
    }
    return q;
  }
};

struct Mod {
  template <class T>
  static T of(T a, T b) {
    const T r = Fmod::of(a, b);
    if constexpr (std::is_signed_v<T>) {
      if (r != 0 && (a < 0) != (b < 0)) return static_cast<T>(r + b);
    }
    return r;
  }
};

struct Pow {
  template <class T>
  static T of(T base, T exponent) {
    if constexpr (std::is_signed_v<T>) {
      if (exponent < 0) {
        if (base == 1) return 1;
        if (base == -1) return (exponent & 1) != 0 ? -1 : 1;
        return 0;
      }
    }
    Wide<T> result = 1;
    Wide<T> square = static_cast<Wide<T>>(base);
    for (auto e = static_cast<std::make_unsigned_t<T>>(exponent); e != 0; e >>= 1) {
      if ((e & 1) != 0) result *= square;
      square *= square;
    }
    return static_cast<T>(result);
  }
};

struct BitAnd {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
struct BitNot {
  template <class T>
  static T of(T a) {
    return static_cast<T>(~a);
  }
};
struct LogicalNot {
  template <class T>
  static T of(T a) {
    return static_cast<T>(a ^ 1);
  }
};

template <class T>
constexpr int kWidth = static_cast<int>(sizeof(T)) * 8;

// A count is good if it is below the width when read as unsigned: negative ones are huge then.
template <class T>
bool good_count(T count) {
  return static_cast<std::make_unsigned_t<T>>(count) < static_cast<unsigned>(kWidth<T>);
}

struct Shl {
  template <class T>
  static T of(T a, T count) {
    const Wide<T> shifted = static_cast<Wide<T>>(a)
                            << (static_cast<unsigned>(count) & (kWidth<T> - 1));
    return good_count(count) ? static_cast<T>(shifted) : T{0};
  }
};

struct Shr {
  template <class T>
  static T of(T a, T count) {
    if constexpr (std::is_signed_v<T>) {
      const unsigned most = kWidth<T> - 1;
      return static_cast<T>(a >> (good_count(count) ? static_cast<unsigned>(count) : most));
    } else {
      const T shifted = static_cast<T>(a >> (static_cast<unsigned>(count) & (kWidth<T> - 1)));
      return good_count(count) ? shifted : T{0};
    }
  }
};

// F for integers and floats alike.
template <class F>
BlockFn unary_of_numbers(DType t) {
  return is_float(t) ? unary_of_floats<F>(t) : unary_of_integers<F>(t);
}
template <class F>
BlockFn binary_of_numbers(DType t) {
  return is_float(t) ? binary_of_floats<F>(t) : binary_of_integers<F>(t);
}
// F for integers and for bools as bytes 0 and 1.
template <class F>
BlockFn binary_of_bits(DType t) {
  return is_bool(t) ? map2<F, std::uint8_t, std::uint8_t> : binary_of_integers<F>(t);
}

BlockFn arithmetic_loop(Op op, DType t, unsigned uniform) {
  if (uniform != 0) {
    if (op == Op::Add) return with_uniform<Add>(t, uniform);
    if (op == Op::Sub) return with_uniform<Sub>(t, uniform);
    if (op == Op::Mul) return with_uniform<Mul>(t, uniform);
    return op == Op::Div && is_float(t) ? with_uniform<Div>(t, uniform) : nullptr;
  }
  if (op == Op::Add) return binary_of_numbers<Add>(t);
  if (op == Op::Sub) return binary_of_numbers<Sub>(t);
  if (op == Op::Mul) return binary_of_numbers<Mul>(t);
  if (op == Op::Div) return binary_of_floats<Div>(t);
  if (op == Op::DivTrunc) return binary_of_integers<DivTrunc>(t);
  if (op == Op::FloorDivide) return binary_of_integers<FloorDivide>(t);
  if (op == Op::Mod) return binary_of_integers<Mod>(t);
  if (op == Op::Fmod) return binary_of_integers<Fmod>(t);
  if (op == Op::Pow) return binary_of_integers<Pow>(t);
  if (op == Op::Neg) return unary_of_numbers<Neg>(t);
  if (op == Op::Abs) return unary_of_numbers<Abs>(t);
  if (op == Op::BitAnd) return binary_of_bits<BitAnd>(t);
  if (op == Op::BitOr) return binary_of_bits<BitOr>(t);
  if (op == Op::BitXor) return binary_of_bits<BitXor>(t);
  if (op == Op::BitNot) {
    return is_bool(t) ? map1<LogicalNot, std::uint8_t, std::uint8_t> : unary_of_integers<BitNot>(t);
  }
  if (op == Op::Shl) return binary_of_integers<Shl>(t);
  if (op == Op::Shr) return binary_of_integers<Shr>(t);
  return nullptr;
}

}  // namespace
}  // namespace me::interp
