// How the kernels of this folder see a block: element types, loops over elements, choice by dtype.
//
// A block is an array of at most tuning::kInterpBlockItems elements in array representation. bool
// is a byte 0 or 1 here: operands are normalised when they are loaded. Addresses need no alignment,
// so that operands are read where they are. `out` may be the very address of an input with elements
// of the same size; the loops promise the compiler that nothing else overlaps.
//
// The loops have internal linkage: files built for other instruction sets have copies of their own,
// which a linker must not merge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/dtype.h"

#if defined(__clang__)
#define ME_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ME_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace me::interp {

// One operation over n elements; unused inputs are null. A uniform value is a block of one element.
using BlockFn = void (*)(void* out, const void* a, const void* b, const void* c, std::size_t n);
// The same with four inputs.
using QuadFn = void (*)(void* out, const void* a, const void* b, const void* c, const void* d,
                        std::size_t n);

template <DType D>
struct LaneOf;
#define ME_LANE(D, T)       \
  template <>               \
  struct LaneOf<DType::D> { \
    using type = T;         \
  };
ME_LANE(Bool, std::uint8_t)
ME_LANE(Int8, std::int8_t)
ME_LANE(Int16, std::int16_t)
ME_LANE(Int32, std::int32_t)
ME_LANE(Int64, std::int64_t)
ME_LANE(UInt8, std::uint8_t)
ME_LANE(UInt16, std::uint16_t)
ME_LANE(UInt32, std::uint32_t)
ME_LANE(UInt64, std::uint64_t)
ME_LANE(Float32, float)
ME_LANE(Float64, double)
#undef ME_LANE
template <DType D>
using Lane = typename LaneOf<D>::type;

// T as it lies in a caller's array: any address, any declared type.
template <class T>
struct Unaligned {
  typedef T type __attribute__((aligned(1), may_alias));
};

// Unsigned arithmetic in which a T can be computed modulo 2^width without promotion to int.
template <class T>
using Wide = std::conditional_t<sizeof(T) <= 4, std::uint32_t, std::uint64_t>;

namespace {

// The loops: out[i] = F::of(a[i], ...), elements of type T in, R out.
template <class F, class R, class T>
void map1(void* out, const void* a, const void*, const void*, std::size_t n) {
  typename Unaligned<R>::type* r = static_cast<typename Unaligned<R>::type*>(out);
  const typename Unaligned<T>::type* x = static_cast<const typename Unaligned<T>::type*>(a);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) r[i] = static_cast<R>(F::of(static_cast<T>(x[i])));
}

// Bits of kUniform: 1 if `a`, 2 if `b` is one element that goes for all.
template <class F, class R, class T, unsigned kUniform = 0>
void map2(void* out, const void* a, const void* b, const void*, std::size_t n) {
  typename Unaligned<R>::type* r = static_cast<typename Unaligned<R>::type*>(out);
  const typename Unaligned<T>::type* x = static_cast<const typename Unaligned<T>::type*>(a);
  const typename Unaligned<T>::type* y = static_cast<const typename Unaligned<T>::type*>(b);
  const T x0 = (kUniform & 1) != 0 ? static_cast<T>(x[0]) : T{};
  const T y0 = (kUniform & 2) != 0 ? static_cast<T>(y[0]) : T{};
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    const T left = (kUniform & 1) != 0 ? x0 : static_cast<T>(x[i]);
    const T right = (kUniform & 2) != 0 ? y0 : static_cast<T>(y[i]);
    r[i] = static_cast<R>(F::of(left, right));
  }
}

// f.template operator()<D>() for the numeric dtype `t`; nothing for the others.
template <class F>
auto for_dtype(DType t, F f) -> decltype(f.template operator()<DType::Bool>()) {
  switch (t) {
    case DType::Bool:
      return f.template operator()<DType::Bool>();
    case DType::Int8:
      return f.template operator()<DType::Int8>();
    case DType::Int16:
      return f.template operator()<DType::Int16>();
    case DType::Int32:
      return f.template operator()<DType::Int32>();
    case DType::Int64:
      return f.template operator()<DType::Int64>();
    case DType::UInt8:
      return f.template operator()<DType::UInt8>();
    case DType::UInt16:
      return f.template operator()<DType::UInt16>();
    case DType::UInt32:
      return f.template operator()<DType::UInt32>();
    case DType::UInt64:
      return f.template operator()<DType::UInt64>();
    case DType::Float32:
      return f.template operator()<DType::Float32>();
    case DType::Float64:
      return f.template operator()<DType::Float64>();
    case DType::Auto:
    case DType::Complex64:
    case DType::Complex128:
    case DType::String:
    case DType::Bytes:
      break;
  }
  return {};
}

// F over T,T -> T for the dtypes of a class; null outside of it.
template <class F>
BlockFn unary_of_integers(DType t) {
  return for_dtype(t, []<DType D>() -> BlockFn {
    if constexpr (D != DType::Bool && std::is_integral_v<Lane<D>>) {
      return map1<F, Lane<D>, Lane<D>>;
    } else {
      return nullptr;
    }
  });
}

template <class F>
BlockFn unary_of_floats(DType t) {
  return for_dtype(t, []<DType D>() -> BlockFn {
    if constexpr (std::is_floating_point_v<Lane<D>>) {
      return map1<F, Lane<D>, Lane<D>>;
    } else {
      return nullptr;
    }
  });
}

template <class F>
BlockFn binary_of_integers(DType t) {
  return for_dtype(t, []<DType D>() -> BlockFn {
    if constexpr (D != DType::Bool && std::is_integral_v<Lane<D>>) {
      return map2<F, Lane<D>, Lane<D>>;
    } else {
      return nullptr;
    }
  });
}

template <class F>
BlockFn binary_of_floats(DType t) {
  return for_dtype(t, []<DType D>() -> BlockFn {
    if constexpr (std::is_floating_point_v<Lane<D>>) {
      return map2<F, Lane<D>, Lane<D>>;
    } else {
      return nullptr;
    }
  });
}

// f.template operator()<T>() for the types whose loops have forms of their own: with uniform
// operands, or fused with another operation. Null for the others.
template <class F>
auto for_common_type(DType t, F f) -> decltype(f.template operator()<double>()) {
  if (t == DType::Float64) return f.template operator()<double>();
  if (t == DType::Float32) return f.template operator()<float>();
  if (t == DType::Int64) return f.template operator()<std::int64_t>();
  if (t == DType::Int32) return f.template operator()<std::int32_t>();
  return nullptr;
}

// F over one uniform operand (bit 1: the first, 2: the second) and one block. R: void for the
// operands' type.
template <class F, class R = void>
BlockFn with_uniform(DType t, unsigned uniform) {
  return for_common_type(t, [uniform]<class T>() -> BlockFn {
    using Result = std::conditional_t<std::is_void_v<R>, T, R>;
    if (uniform == 1) return map2<F, Result, T, 1>;
    return uniform == 2 ? map2<F, Result, T, 2> : nullptr;
  });
}

}  // namespace
}  // namespace me::interp
