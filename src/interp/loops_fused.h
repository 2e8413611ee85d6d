// Two operations in one pass over a block: what the first computes never goes through memory. Each
// is rounded as if it stood alone.
//
// Example: a*b + c reads three blocks and writes one; with c uniform it reads two. Included by
// basic_loops.h only.
#pragma once

#include "interp/basic_kernels.h"
#include "interp/block.h"
#include "interp/loops_arith.h"
#include "interp/loops_compare.h"

namespace me::interp {
namespace {

// Elements of type T, or one that goes for all.
template <class T, bool kOne>
class Source {
 public:
  explicit Source(const void* p) : elements_(static_cast<Elements>(p)), one_(kOne ? *elements_ : T{}) {}
  T operator[](std::size_t i) const { return kOne ? one_ : static_cast<T>(elements_[i]); }

 private:
  using Elements = const typename Unaligned<T>::type*;
  Elements elements_;
  T one_;
};

struct SubFrom {
  template <class T>
  static T of(T a, T b) {
    return Sub::of(b, a);
  }
};

// out = (a Inner b) Outer c.
template <class Inner, class Outer, class T, unsigned kUniform>
void pair(void* out, const void* a, const void* b, const void* c, std::size_t n) {
  typename Unaligned<T>::type* r = static_cast<typename Unaligned<T>::type*>(out);
  const Source<T, (kUniform & 1) != 0> x(a);
  const Source<T, (kUniform & 2) != 0> y(b);
  const Source<T, (kUniform & 4) != 0> z(c);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) r[i] = Outer::of(Inner::of(x[i], y[i]), z[i]);
}

template <class Inner, class Outer, class T>
BlockFn pair_of(unsigned uniform) {
  switch (uniform) {
    case 0:
      return pair<Inner, Outer, T, 0>;
    case 2:
      return pair<Inner, Outer, T, 2>;
    case 4:
      return pair<Inner, Outer, T, 4>;
    case 6:
      return pair<Inner, Outer, T, 6>;
    default:
      return nullptr;
  }
}

template <class Inner, class T>
BlockFn pair_with_inner(Op outer, bool swapped, unsigned uniform) {
  if (outer == Op::Add) return pair_of<Inner, Add, T>(uniform);
  if (outer == Op::Mul) return pair_of<Inner, Mul, T>(uniform);
  if (outer != Op::Sub) return nullptr;
  return swapped ? pair_of<Inner, SubFrom, T>(uniform) : pair_of<Inner, Sub, T>(uniform);
}

template <class T>
BlockFn pair_of_type(Op inner, bool inner_swapped, Op outer, bool swapped, unsigned uniform) {
  if (inner == Op::Add) return pair_with_inner<Add, T>(outer, swapped, uniform);
  if (inner == Op::Mul) return pair_with_inner<Mul, T>(outer, swapped, uniform);
  if (inner != Op::Sub) return nullptr;
  return inner_swapped ? pair_with_inner<SubFrom, T>(outer, swapped, uniform)
                       : pair_with_inner<Sub, T>(outer, swapped, uniform);
}

BlockFn pair_loop(Op inner, bool inner_swapped, Op outer, bool swapped, DType t, unsigned uniform) {
  if (t == DType::Float64) {
    return pair_of_type<double>(inner, inner_swapped, outer, swapped, uniform);
  }
  if (t == DType::Float32) {
    return pair_of_type<float>(inner, inner_swapped, outer, swapped, uniform);
  }
  return nullptr;
}

// out = c and a F b.
template <class F, class T, unsigned kUniform>
void masked_comparison(void* out, const void* a, const void* b, const void* c, std::size_t n) {
  typename Unaligned<std::uint8_t>::type* r = static_cast<typename Unaligned<std::uint8_t>::type*>(out);
  const Source<T, false> x(a);
  const Source<T, (kUniform & 2) != 0> y(b);
  const Source<std::uint8_t, false> m(c);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    r[i] = static_cast<std::uint8_t>(m[i] & static_cast<std::uint8_t>(F::of(x[i], y[i])));
  }
}

// out = a F b ? c : d, which have elements of type R.
template <class F, class T, class R, unsigned kUniform>
void choice(void* out, const void* a, const void* b, const void* c, const void* d, std::size_t n) {
  typename Unaligned<R>::type* r = static_cast<typename Unaligned<R>::type*>(out);
  const Source<T, false> x(a);
  const Source<T, (kUniform & 2) != 0> y(b);
  const Source<R, false> yes(c), no(d);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    const R one = yes[i];
    const R other = no[i];
    r[i] = F::of(x[i], y[i]) ? one : other;
  }
}

// out = d ? a F b : c.
template <class F, class T, unsigned kUniform>
void masked(void* out, const void* a, const void* b, const void* c, const void* d, std::size_t n) {
  typename Unaligned<T>::type* r = static_cast<typename Unaligned<T>::type*>(out);
  const Source<T, (kUniform & 1) != 0> x(a);
  const Source<T, (kUniform & 2) != 0> y(b);
  const Source<T, false> otherwise(c);
  const Source<std::uint8_t, false> m(d);
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    const T value = F::of(x[i], y[i]);
    const T other = otherwise[i];
    r[i] = m[i] != 0 ? value : other;
  }
}

template <class F>
BlockFn masked_comparison_of(DType t, unsigned uniform) {
  return for_common_type(t, [uniform]<class T>() -> BlockFn {
    if (uniform == 0) return masked_comparison<F, T, 0>;
    return uniform == 2 ? masked_comparison<F, T, 2> : nullptr;
  });
}

BlockFn masked_comparison_loop(Op op, DType t, unsigned uniform) {
  return for_comparison(op, [=]<class F>() { return masked_comparison_of<F>(t, uniform); });
}

template <class F>
QuadFn choice_of(DType t, unsigned uniform) {
  return for_common_type(t, [uniform]<class T>() -> QuadFn {
    using R = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    if (uniform == 0) return choice<F, T, R, 0>;
    return uniform == 2 ? choice<F, T, R, 2> : nullptr;
  });
}

QuadFn choice_loop(Op op, DType t, unsigned uniform) {
  return for_comparison(op, [=]<class F>() { return choice_of<F>(t, uniform); });
}

template <class F>
QuadFn masked_of(DType t, unsigned uniform) {
  return for_common_type(t, [uniform]<class T>() -> QuadFn {
    if (uniform == 0) return masked<F, T, 0>;
    if (uniform == 1) return masked<F, T, 1>;
    return uniform == 2 ? masked<F, T, 2> : nullptr;
  });
}

QuadFn masked_loop(Op op, DType t, unsigned uniform) {
  if (op == Op::Add) return masked_of<Add>(t, uniform);
  if (op == Op::Sub) return masked_of<Sub>(t, uniform);
  if (op == Op::Mul) return masked_of<Mul>(t, uniform);
  return nullptr;
}

}  // namespace
}  // namespace me::interp
