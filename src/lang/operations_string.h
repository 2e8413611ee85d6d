// Typing of strings and bytes: families, widths, and the operations on them.
#pragma once

#include "lang/operations.h"
#include "lang/text_literal.h"

namespace me::lang {

// Whether apply() must hand the use to apply_text(): operations of strings, and others that would
// compute with a string (its truth is for everybody).
bool is_text_use(const Application& use);
Result<Value> apply_text(Emitter& emit, const Rules& rules, const Application& use);

// The value of a string literal.
Result<Value> text_value(Emitter& emit, const TextLiteral& literal, Span span);

// The value as it is stored where values of type `to` are: strings padded to its width; a TypeError for
// another family, or a number where `to` is a string (and the other way round). `where` names the place in
// messages.
Result<ExprId> text_as(Emitter& emit, const Value& v, const Type& to, const std::string& where);

// "name() is not defined for string", at the string operand.
Diagnostic not_for_text(std::string_view name, const Value& v);

// The type of a parameter or result of `bytes` per element; a TypeError if that is no size, or too large.
Result<Type> text_type(DType family, std::size_t bytes, Span span);

}  // namespace me::lang
