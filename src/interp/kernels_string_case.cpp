// Strings over blocks: case mapping and white space.
//
// Enters: an operation and a family. Leaves: a loop over elements. Strings have Python's case mapping with
// characters that become two or three and the sigma at the end of a word; what no longer fits the element is
// cut off: upper("straße") in six characters is "STRASS". Bytes map ASCII letters alone. Tested by
// tests/golden/strings and tests/python/test_strings.py.
#include "interp/kernels_string.h"

#include "interp/text_view.h"
#include "text/case.h"

namespace me::interp {
namespace {

struct Unicode {
  using Unit = std::uint32_t;
  using View = TextView<Unit>;
  using Writer = TextWriter<Unit>;

  static void push(Writer& out, const text::Mapped& m) {
    for (unsigned k = 0; k < m.count; ++k) out.push(m.units[k]);
  }
  static void upper(Writer& out, View s, std::size_t i) { push(out, text::to_upper(s[i])); }
  static void title(Writer& out, View s, std::size_t i) { push(out, text::to_title(s[i])); }
  static void lower(Writer& out, View s, std::size_t i) {
    if (s[i] == text::kCapitalSigma) {
      out.push(ends_word(s, i) ? text::kFinalSigma : text::kSmallSigma);
    } else {
      push(out, text::to_lower(s[i]));
    }
  }
  // A letter before it and none behind it, but for characters that do not count.
  static bool ends_word(View s, std::size_t at) {
    std::size_t before = at;
    while (before > 0 && text::is_case_ignorable(s[before - 1])) --before;
    if (before == 0 || !text::is_cased(s[before - 1])) return false;
    std::size_t behind = at + 1;
    while (behind < s.size && text::is_case_ignorable(s[behind])) ++behind;
    return behind == s.size || !text::is_cased(s[behind]);
  }
  static bool is_upper(Unit c) { return text::is_upper(c); }
  static bool is_lower(Unit c) { return text::is_lower(c); }
  static bool is_cased(Unit c) { return text::is_cased(c); }
  static bool is_space(Unit c) { return text::is_space(c); }
};

struct Ascii {
  using Unit = std::uint8_t;
  using View = TextView<Unit>;
  using Writer = TextWriter<Unit>;

  static bool is_upper(Unit c) { return c >= 'A' && c <= 'Z'; }
  static bool is_lower(Unit c) { return c >= 'a' && c <= 'z'; }
  static bool is_cased(Unit c) { return is_upper(c) || is_lower(c); }
  static bool is_space(Unit c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static void upper(Writer& out, View s, std::size_t i) {
    out.push(is_lower(s[i]) ? static_cast<Unit>(s[i] - 32) : s[i]);
  }
  static void title(Writer& out, View s, std::size_t i) { upper(out, s, i); }
  static void lower(Writer& out, View s, std::size_t i) {
    out.push(is_upper(s[i]) ? static_cast<Unit>(s[i] + 32) : s[i]);
  }
};

struct Upper {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    for (std::size_t i = 0; i < s.size; ++i) L::upper(out, s, i);
  }
};
struct Lower {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    for (std::size_t i = 0; i < s.size; ++i) L::lower(out, s, i);
  }
};
struct Title {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    bool inside = false;  // behind a letter
    for (std::size_t i = 0; i < s.size; ++i) {
      if (inside) {
        L::lower(out, s, i);
      } else {
        L::title(out, s, i);
      }
      inside = L::is_cased(s[i]);
    }
  }
};
struct Capitalize {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    if (s.size > 0) L::title(out, s, 0);
    for (std::size_t i = 1; i < s.size; ++i) L::lower(out, s, i);
  }
};
struct Swapcase {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    for (std::size_t i = 0; i < s.size; ++i) {
      if (L::is_upper(s[i])) {
        L::lower(out, s, i);
      } else if (L::is_lower(s[i])) {
        L::upper(out, s, i);
      } else {
        out.push(s[i]);
      }
    }
  }
};

template <bool kLeft, bool kRight>
struct Strip {
  template <class L>
  static void of(typename L::Writer& out, typename L::View s) {
    std::size_t begin = 0;
    std::size_t end = s.size;
    while (kLeft && begin < end && L::is_space(s[begin])) ++begin;
    while (kRight && end > begin && L::is_space(s[end - 1])) --end;
    out.append(s.part(begin, end));
  }
};

template <class F, class L>
void each(const TextCall& call, void* out, const void* a, const void*, const void*,
          std::size_t n) {
  using Unit = typename L::Unit;
  for (std::size_t i = 0; i < n; ++i) {
    TextWriter<Unit> to(out, call.out, i);
    F::template of<L>(to, text_at<Unit>(a, call.a, i, call.ends_at_nul));
  }
}

template <class L>
TextFn kernel(Op op) {
  switch (op) {
    case Op::Lower: return each<Lower, L>;
    case Op::Upper: return each<Upper, L>;
    case Op::Title: return each<Title, L>;
    case Op::Capitalize: return each<Capitalize, L>;
    case Op::Swapcase: return each<Swapcase, L>;
    case Op::Strip: return each<Strip<true, true>, L>;
    case Op::Lstrip: return each<Strip<true, false>, L>;
    case Op::Rstrip: return each<Strip<false, true>, L>;
    default: return nullptr;
  }
}

}  // namespace

TextFn text_case_kernel(Op op, DType t) {
  return t == DType::String ? kernel<Unicode>(op) : kernel<Ascii>(op);
}

}  // namespace me::interp
