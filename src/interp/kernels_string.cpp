// Strings over blocks: comparing, searching, cutting and joining.
//
// Enters: an operation and a family of strings. Leaves: a loop over elements. Comparison is by code units, a
// string that another one begins with is less. Positions count code units; an empty part is found at every
// position, as in Python. Example: split_part("a-b-c", "-", 1) is "b-c". Tested by tests/golden/strings and
// tests/python/test_strings.py.
#include "interp/kernels_string.h"

#include "interp/text_view.h"

namespace me::interp {
namespace {

constexpr std::size_t kAbsent = ~std::size_t{0};

template <class U>
bool same_units(const typename Unaligned<U>::type* a, const typename Unaligned<U>::type* b,
                std::size_t n) {
  return std::memcmp(a, b, n * sizeof(U)) == 0;
}

template <class U>
bool starts(TextView<U> s, TextView<U> x) {
  return x.size <= s.size && same_units<U>(s.units, x.units, x.size);
}

template <class U>
bool ends(TextView<U> s, TextView<U> x) {
  return x.size <= s.size && same_units<U>(s.units + (s.size - x.size), x.units, x.size);
}

template <class U>
std::size_t find(TextView<U> s, TextView<U> x, std::size_t from = 0) {
  if (x.size == 0) return from;
  for (std::size_t i = from; i + x.size <= s.size; ++i) {
    if (s[i] == x[0] && same_units<U>(s.units + i, x.units, x.size)) return i;
  }
  return kAbsent;
}

template <class U>
std::size_t rfind(TextView<U> s, TextView<U> x) {
  if (x.size > s.size) return kAbsent;
  for (std::size_t i = s.size - x.size + 1; i-- > 0;) {
    if (same_units<U>(s.units + i, x.units, x.size)) return i;
  }
  return kAbsent;
}

template <class U>
int order(TextView<U> a, TextView<U> b) {
  const std::size_t n = std::min(a.size, b.size);
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return a.size == b.size ? 0 : (a.size < b.size ? -1 : 1);
}

#define ME_TEXT_PREDICATE(Name, expression)                       \
  struct Name {                                                   \
    template <class U>                                            \
    static bool of(TextView<U> a, TextView<U> b) {                \
      return expression;                                          \
    }                                                             \
  };
ME_TEXT_PREDICATE(Lt, order(a, b) < 0)
ME_TEXT_PREDICATE(Le, order(a, b) <= 0)
ME_TEXT_PREDICATE(Gt, order(a, b) > 0)
ME_TEXT_PREDICATE(Ge, order(a, b) >= 0)
ME_TEXT_PREDICATE(Eq, a.size == b.size && starts(a, b))
ME_TEXT_PREDICATE(Ne, a.size != b.size || !starts(a, b))
ME_TEXT_PREDICATE(Contains, find(a, b) != kAbsent)
ME_TEXT_PREDICATE(StartsWith, starts(a, b))
ME_TEXT_PREDICATE(EndsWith, ends(a, b))
#undef ME_TEXT_PREDICATE

std::int64_t position(std::size_t at) {
  return at == kAbsent ? -1 : static_cast<std::int64_t>(at);
}

struct Find {
  template <class U>
  static std::int64_t of(TextView<U> s, TextView<U> x) {
    return position(find(s, x));
  }
};
struct Rfind {
  template <class U>
  static std::int64_t of(TextView<U> s, TextView<U> x) {
    return position(rfind(s, x));
  }
};
struct Count {
  template <class U>
  static std::int64_t of(TextView<U> s, TextView<U> x) {
    if (x.size == 0) return static_cast<std::int64_t>(s.size) + 1;
    std::int64_t count = 0;
    for (std::size_t at = find(s, x); at != kAbsent; at = find(s, x, at + x.size)) ++count;
    return count;
  }
};

// R results of two strings.
template <class F, class R, class U>
void measure2(const TextCall& call, void* out, const void* a, const void* b, const void*,
              std::size_t n) {
  typename Unaligned<R>::type* r = static_cast<typename Unaligned<R>::type*>(out);
  for (std::size_t i = 0; i < n; ++i) {
    r[i] = static_cast<R>(F::of(text_at<U>(a, call.a, i, call.ends_at_nul),
                                text_at<U>(b, call.b, i, call.ends_at_nul)));
  }
}

template <class U>
void length(const TextCall& call, void* out, const void* a, const void*, const void*,
            std::size_t n) {
  typename Unaligned<std::int64_t>::type* r = static_cast<typename Unaligned<std::int64_t>::type*>(out);
  for (std::size_t i = 0; i < n; ++i) {
    r[i] = static_cast<std::int64_t>(text_at<U>(a, call.a, i, call.ends_at_nul).size);
  }
}

// --- strings out ---------------------------------------------------------------------------------

struct Resize {
  template <class U>
  static void of(TextWriter<U>& out, TextView<U> a) {
    out.append(a);
  }
};
struct Concat {
  template <class U>
  static void of(TextWriter<U>& out, TextView<U> a, TextView<U> b) {
    out.append(a);
    out.append(b);
  }
};
struct RemovePrefix {
  template <class U>
  static void of(TextWriter<U>& out, TextView<U> s, TextView<U> x) {
    out.append(starts(s, x) ? s.part(x.size, s.size) : s);
  }
};
struct RemoveSuffix {
  template <class U>
  static void of(TextWriter<U>& out, TextView<U> s, TextView<U> x) {
    out.append(ends(s, x) ? s.part(0, s.size - x.size) : s);
  }
};

template <class F, class U>
void write1(const TextCall& call, void* out, const void* a, const void*, const void*,
            std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    F::of(to, text_at<U>(a, call.a, i, call.ends_at_nul));
  }
}

template <class F, class U>
void write2(const TextCall& call, void* out, const void* a, const void* b, const void*,
            std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    F::of(to, text_at<U>(a, call.a, i, call.ends_at_nul),
          text_at<U>(b, call.b, i, call.ends_at_nul));
  }
}

std::int64_t integer_at(const void* block, std::size_t i) {
  return static_cast<const typename Unaligned<std::int64_t>::type*>(block)[i];
}

template <class U>
void repeat(const TextCall& call, void* out, const void* a, const void* b, const void*,
            std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    const TextView<U> s = text_at<U>(a, call.a, i, call.ends_at_nul);
    if (s.size == 0) continue;
    for (std::int64_t k = integer_at(b, i); k > 0 && !to.full(); --k) to.append(s);
  }
}

template <class U>
void replace(const TextCall& call, void* out, const void* a, const void* b, const void* c,
             std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    const TextView<U> s = text_at<U>(a, call.a, i, call.ends_at_nul);
    const TextView<U> from = text_at<U>(b, call.b, i, call.ends_at_nul);
    const TextView<U> by = text_at<U>(c, call.c, i, call.ends_at_nul);
    std::size_t done = 0;
    for (std::size_t at = from.size == 0 ? kAbsent : find(s, from); at != kAbsent;
         at = find(s, from, done)) {
      to.append(s.part(done, at));
      to.append(by);
      done = at + from.size;
    }
    to.append(s.part(done, s.size));
  }
}

template <class U>
void substr(const TextCall& call, void* out, const void* a, const void* b, const void* c,
            std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    const TextView<U> s = text_at<U>(a, call.a, i, call.ends_at_nul);
    const auto size = static_cast<std::int64_t>(s.size);
    std::int64_t begin = integer_at(b, i);
    if (begin < 0) begin = begin < -size ? 0 : begin + size;
    begin = std::min(begin, size);
    const std::int64_t count = std::clamp<std::int64_t>(integer_at(c, i), 0, size - begin);
    to.append(s.part(static_cast<std::size_t>(begin), static_cast<std::size_t>(begin + count)));
  }
}

template <class U>
void split_part(const TextCall& call, void* out, const void* a, const void* b, const void* c,
                std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<U> to(out, call.out, i);
    const TextView<U> s = text_at<U>(a, call.a, i, call.ends_at_nul);
    const TextView<U> separator = text_at<U>(b, call.b, i, call.ends_at_nul);
    const std::size_t at = separator.size == 0 ? kAbsent : find(s, separator);
    const bool head = integer_at(c, i) <= 0;
    if (head) {
      to.append(s.part(0, at == kAbsent ? s.size : at));
    } else if (at != kAbsent) {
      to.append(s.part(at + separator.size, s.size));
    }
  }
}

template <class U>
void select(const TextCall& call, void* out, const void* a, const void* b, const void* c,
            std::size_t n) {
  const std::size_t bytes = call.out * sizeof(U);
  const auto* mask = static_cast<const unsigned char*>(a);
  char* to = static_cast<char*>(out);
  for (std::size_t i = 0; i < n; ++i) {
    const char* from = static_cast<const char*>(mask[i] != 0 ? b : c) + i * bytes;
    std::memmove(to + i * bytes, from, bytes);
  }
}

template <class U>
void splat(const TextCall& call, void* out, const void* a, const void*, const void*,
           std::size_t n) {
  const std::size_t bytes = call.out * sizeof(U);
  for (std::size_t i = 0; i < n; ++i) std::memcpy(static_cast<char*>(out) + i * bytes, a, bytes);
}

template <class U>
void copy(const TextCall& call, void* out, const void* a, const void*, const void*,
          std::size_t n) {
  std::memmove(out, a, n * call.out * sizeof(U));
}

template <class U>
TextFn kernel(Op op) {
  switch (op) {
    case Op::Lt: return measure2<Lt, std::uint8_t, U>;
    case Op::Le: return measure2<Le, std::uint8_t, U>;
    case Op::Gt: return measure2<Gt, std::uint8_t, U>;
    case Op::Ge: return measure2<Ge, std::uint8_t, U>;
    case Op::Eq: return measure2<Eq, std::uint8_t, U>;
    case Op::Ne: return measure2<Ne, std::uint8_t, U>;
    case Op::Contains: return measure2<Contains, std::uint8_t, U>;
    case Op::StartsWith: return measure2<StartsWith, std::uint8_t, U>;
    case Op::EndsWith: return measure2<EndsWith, std::uint8_t, U>;
    case Op::Find: return measure2<Find, std::int64_t, U>;
    case Op::Rfind: return measure2<Rfind, std::int64_t, U>;
    case Op::TextCount: return measure2<Count, std::int64_t, U>;
    case Op::TextLen: return length<U>;
    case Op::TextResize: return write1<Resize, U>;
    case Op::TextConcat: return write2<Concat, U>;
    case Op::TextRepeat: return repeat<U>;
    case Op::RemovePrefix: return write2<RemovePrefix, U>;
    case Op::RemoveSuffix: return write2<RemoveSuffix, U>;
    case Op::Replace: return replace<U>;
    case Op::Substr: return substr<U>;
    case Op::SplitPart: return split_part<U>;
    case Op::Where: return select<U>;
    default: return nullptr;
  }
}

}  // namespace

TextFn text_kernel(Op op, DType t) {
  const TextFn fn = t == DType::String ? kernel<std::uint32_t>(op) : kernel<std::uint8_t>(op);
  return fn != nullptr ? fn : text_case_kernel(op, t);
}

TextFn text_splat_kernel(DType t) {
  return t == DType::String ? splat<std::uint32_t> : splat<std::uint8_t>;
}

TextFn text_copy_kernel(DType t) {
  return t == DType::String ? copy<std::uint32_t> : copy<std::uint8_t>;
}

}  // namespace me::interp
