// The typing rules of strings and bytes.
//
// Enters: an operation with string operands. Leaves: operands of one family (a literal takes the family
// that it meets), the operation emitted, and the result's width: the longest string that can come out, at
// least 1, never more than tuning::kMaxTextBytes. Example: s + "ab" with s: string<U8> is string<U10>;
// replace(s, "a", "xyz") is string<U24>; case mapping keeps the width and cuts off what does not fit.
// Strings and bytes never mix, nor do strings and numbers. Tested by tests/golden/strings and
// tests/python/test_strings.py.
#include "lang/operations_string.h"

#include <algorithm>
#include <array>

#include "base/tuning.h"

namespace me::lang {
namespace {

std::string family(const Type& type) {
  if (type.dtype == DType::String) return "string";
  return type.dtype == DType::Bytes ? "bytes" : described(type);
}

Diagnostic error(Span span, std::string message, std::string note = "") {
  return {Status::TypeError, span, std::move(message), std::move(note), true};
}

Result<std::uint32_t> checked_width(DType t, std::uint64_t width, Span span) {
  if (width > tuning::kMaxTextBytes / unit_of(t)) {
    return Diagnostic{Status::Limit, span,
                      "strings of up to " + std::to_string(width) + " characters can come out here",
                      "the limit is " + std::to_string(tuning::kMaxTextBytes / unit_of(t)), true};
  }
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(width, 1));
}

bool is_literal(const Value& v) { return v.text != kNone; }

// A literal in family `t`.
Result<Value> converted(Emitter& emit, const Value& v, DType t) {
  if (v.type.dtype == t) return v;
  if (t == DType::String || !is_literal(v)) {
    return error(v.span, "string and bytes do not mix", type_text(v.type.dtype, v.type.width));
  }
  const std::u32string& text = emit.text_of(v.text);
  if (!std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x80; })) {
    return error(v.span, "a literal that is not ASCII cannot meet bytes",
                 type_text(v.type.dtype, v.type.width));
  }
  Value out = v;
  out.type.dtype = t;
  out.id = emit.text(v.text, t, v.type.width, v.span);
  return out;
}

class TextTyper {
 public:
  TextTyper(Emitter& emit, const Application& use)
      : emit_(emit), use_(use), args_(use.args.begin(), use.args.end()) {}

  Result<Value> run() {
    switch (use_.op) {
      case Op::Add: return concat();
      case Op::Mul: return repeat();
      case Op::Lt:
      case Op::Le:
      case Op::Gt:
      case Op::Ge:
      case Op::Eq:
      case Op::Ne: return strings(2, DType::Bool);
      case Op::Contains:
      case Op::StartsWith:
      case Op::EndsWith: return strings(2, DType::Bool);
      case Op::Find:
      case Op::Rfind:
      case Op::TextCount: return strings(2, DType::Int64);
      case Op::TextLen: return strings(1, DType::Int64);
      case Op::Lower:
      case Op::Upper:
      case Op::Title:
      case Op::Capitalize:
      case Op::Swapcase:
      case Op::Strip:
      case Op::Lstrip:
      case Op::Rstrip: return keep_width(1);
      case Op::RemovePrefix:
      case Op::RemoveSuffix: return keep_width(2);
      case Op::Replace: return replace();
      case Op::Substr: return substr();
      case Op::SplitPart: return split_part();
      case Op::Where: return where();
      default: return refused();
    }
  }

 private:
  const Value& text_operand() const {
    return *std::find_if(args_.begin(), args_.end(),
                         [](const Value& v) { return is_text(v.type.dtype); });
  }

  std::string called() const {
    const std::string name(use_.op == Op::Neg ? "-" : info_of(use_.op).spelling);
    return use_.function ? name + "()" : "'" + name + "'";
  }

  // A combination that has no meaning, at the string among the operands.
  Diagnostic refused() const {
    const Value& at = text_operand();
    const std::string note = type_text(at.type.dtype, at.type.width);
    const char* verb = nullptr;
    switch (use_.op) {
      case Op::Add: verb = "added"; break;
      case Op::Sub: verb = "subtracted"; break;
      case Op::Mul: verb = "multiplied"; break;
      case Op::Div:
      case Op::DivTrunc:
      case Op::FloorDivide:
      case Op::Mod:
      case Op::Fmod: verb = "divided"; break;
      case Op::Lt:
      case Op::Le:
      case Op::Gt:
      case Op::Ge:
      case Op::Eq:
      case Op::Ne: verb = "compared"; break;
      case Op::Where: verb = "combined"; break;
      default: break;
    }
    if (verb == nullptr || args_.size() < 2) return not_for_text(called(), at);
    const Value& a = args_[args_.size() - 2];
    const Value& b = args_.back();
    return error(at.span, family(a.type) + " and " + family(b.type) + " cannot be " + verb, note);
  }

  // The first `count` operands in one family of strings.
  Result<DType> unify(std::size_t count, std::size_t first = 0) {
    DType t = DType::Auto;
    for (const bool literals : {false, true}) {
      for (std::size_t i = first; i < first + count; ++i) {
        const Value& v = args_[i];
        if (!is_text(v.type.dtype)) {
          if (info_of(use_.op).typing != Typing::Text) return refused();
          return error(v.span, called() + " needs a string here, not " + described(v.type),
                       described(v.type));
        }
        if (is_literal(v) != literals) continue;
        if (t == DType::Auto) t = v.type.dtype;
        ME_TRY(args_[i], converted(emit_, v, t));
      }
    }
    return t;
  }

  Result<ExprId> whole(std::size_t i, const char* what) {
    const Value& v = args_[i];
    if (!is_int(v.type.dtype)) {
      return error(v.span, std::string(what) + " must be an integer, not " + family(v.type),
                   described(v.type));
    }
    return emit_.as(v, DType::Int64);
  }

  Value result(Type type, ExprId id) const { return use_.result(type, id); }

  Result<Value> text_result(Op op, DType t, std::uint64_t width,
                            std::initializer_list<ExprId> ids) {
    ME_TRY(const std::uint32_t w, checked_width(t, width, use_.span));
    return result({t, false, w}, emit_.text_op(op, t, w, use_.span, ids));
  }

  // Operations of `count` strings whose result is no string.
  Result<Value> strings(std::size_t count, DType to) {
    ME_TRY_VOID(unify(count));
    const ExprId second = count > 1 ? args_[1].id : kNone;
    return result({to, false}, emit_.op(use_.op, to, use_.span, {args_[0].id, second}));
  }

  Result<Value> keep_width(std::size_t count) {
    ME_TRY(const DType t, unify(count));
    const ExprId second = count > 1 ? args_[1].id : kNone;
    return text_result(use_.op, t, args_[0].type.width, {args_[0].id, second});
  }

  Result<Value> concat() {
    ME_TRY(const DType t, unify(2));
    return text_result(Op::TextConcat, t, std::uint64_t{args_[0].type.width} + args_[1].type.width,
                       {args_[0].id, args_[1].id});
  }

  Result<Value> repeat() {
    if (!is_text(args_[0].type.dtype)) std::swap(args_[0], args_[1]);
    const Value& times = args_[1];
    if (!is_int(times.type.dtype)) return refused();
    if (!times.constant) {
      return error(times.span, "a string can be repeated by an integer literal only",
                   described(times.type));
    }
    ME_TRY(const ExprId count, emit_.as(times, DType::Int64));
    const Int128 n = std::clamp<Int128>(times.constant->integer, 0, tuning::kMaxTextBytes);
    const Type t = args_[0].type;
    return text_result(Op::TextRepeat, t.dtype, t.width * static_cast<std::uint64_t>(n),
                       {args_[0].id, count});
  }

  // Of the old text's occurrences at most floor(width / length) fit beside each other.
  Result<Value> replace() {
    ME_TRY(const DType t, unify(3));
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
      if (is_literal(args_[i])) continue;
      return error(args_[i].span, "replace() needs literals for the old and the new text",
                   type_text(t, args_[i].type.width));
    }
    const std::uint64_t from = emit_.text_of(args_[1].text).size();
    const std::uint64_t to = emit_.text_of(args_[2].text).size();
    if (from == 0) return error(args_[1].span, "the text to replace must not be empty");
    const std::uint64_t width = args_[0].type.width;
    const std::uint64_t growth = to > from ? (width / from) * (to - from) : 0;
    return text_result(use_.op, t, width + growth, {args_[0].id, args_[1].id, args_[2].id});
  }

  Result<Value> substr() {
    ME_TRY(const DType t, unify(1));
    ME_TRY(const ExprId start, whole(1, "the start of substr()"));
    ME_TRY(const ExprId length, whole(2, "the length of substr()"));
    std::uint64_t width = args_[0].type.width;
    if (args_[2].constant) {
      const Int128 n = args_[2].constant->integer;
      width = n <= 0 ? 1 : static_cast<std::uint64_t>(std::min<Int128>(n, width));
    }
    return text_result(use_.op, t, width, {args_[0].id, start, length});
  }

  Result<Value> split_part() {
    ME_TRY(const DType t, unify(2));
    ME_TRY(const ExprId part, whole(2, "the part of split_part()"));
    return text_result(use_.op, t, args_[0].type.width, {args_[0].id, args_[1].id, part});
  }

  Result<Value> where() {
    const bool both = is_text(args_[1].type.dtype) && is_text(args_[2].type.dtype);
    if (!both) return refused();
    ME_TRY(const DType t, unify(2, 1));
    const Type to = {t, false, std::max(args_[1].type.width, args_[2].type.width)};
    const ExprId condition = emit_.truth(args_[0]);
    ME_TRY(const ExprId yes, text_as(emit_, args_[1], to, ""));
    ME_TRY(const ExprId no, text_as(emit_, args_[2], to, ""));
    return text_result(Op::Where, t, to.width, {condition, yes, no});
  }

  Emitter& emit_;
  const Application& use_;
  std::vector<Value> args_;
};

}  // namespace

bool is_text_use(const Application& use) {
  if (use.typing == Typing::Text) return true;
  if (use.typing == Typing::Logical) return false;
  const std::size_t first = use.typing == Typing::Where ? 1 : 0;
  return std::any_of(use.args.begin() + static_cast<std::ptrdiff_t>(first), use.args.end(),
                     [](const Value& v) { return is_text(v.type.dtype); });
}

Result<Value> apply_text(Emitter& emit, const Rules&, const Application& use) {
  return TextTyper(emit, use).run();
}

Result<Value> text_value(Emitter& emit, const TextLiteral& literal, Span span) {
  const DType t = literal.bytes ? DType::Bytes : DType::String;
  Value v;
  ME_TRY(const std::uint32_t width, checked_width(t, literal.text.size(), span));
  v.type = {t, false, width};
  v.text = emit.add_text(literal.text);
  v.id = emit.text(v.text, t, width, span);
  v.uniform = true;
  v.span = span;
  return v;
}

Result<ExprId> text_as(Emitter& emit, const Value& v, const Type& to, const std::string& where) {
  if (!is_text(v.type.dtype) || !is_text(to.dtype)) {
    const bool text = is_text(v.type.dtype);
    return error(v.span, where + " is " + family(to) + ", this is " + family(v.type),
                 text ? type_text(v.type.dtype, v.type.width) : described(v.type));
  }
  ME_TRY(const Value same, converted(emit, v, to.dtype));
  if (same.type.width > to.width) {
    return error(v.span,
                 where + " has room for strings of " + std::to_string(to.width) +
                     ", as first assigned, not of " + std::to_string(same.type.width),
                 type_text(same.type.dtype, same.type.width));
  }
  if (same.type.width == to.width) return same.id;
  if (is_literal(same)) return emit.text(same.text, to.dtype, to.width, v.span);
  return emit.text_op(Op::TextResize, to.dtype, to.width, v.span, {same.id});
}

Diagnostic not_for_text(std::string_view name, const Value& v) {
  return error(v.span, std::string(name) + " is not defined for " + family(v.type),
               type_text(v.type.dtype, v.type.width));
}

Result<Type> text_type(DType t, std::size_t bytes, Span span) {
  const bool fits = bytes <= tuning::kMaxTextBytes;
  if (is_itemsize(t, bytes) && fits) {
    return Type{t, false, static_cast<std::uint32_t>(bytes / unit_of(t))};
  }
  return Diagnostic{Status::TypeError, span,
                    std::to_string(bytes) + " bytes are no valid itemsize of " +
                        std::string(t == DType::String ? "strings" : "bytes"),
                    fits ? "" : "the limit is " + std::to_string(tuning::kMaxTextBytes), false};
}

}  // namespace me::lang
