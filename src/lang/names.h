// What names mean before any parameter shadows them: constants, functions, reserved words; and the
// nearest known name for an unknown one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/signature.h"
#include "lang/constant.h"
#include "lang/dialect.h"
#include "lang/typed.h"

namespace me::lang {

// pi, e, nan, inf, True, False.
std::optional<Constant> constant_named(std::string_view name);

// The function called `name` in this dialect.
std::optional<FunctionRule> function_rule(std::string_view name, const Rules& rules);

// int, float, bool: the casts of kernels, reserved as variable names there.
bool is_cast_name(std::string_view name);
// _i0 _n0 _ndim _flat_idx and their like.
bool is_index_symbol(std::string_view name);
// The symbol called `name`: _i0.._i7, _n0.._n7, _ndim, _flat_idx.
std::optional<IndexSymbol> index_symbol_named(std::string_view name);
// The user's function called `name`.
std::optional<std::uint32_t> callout_named(std::string_view name, const Signature& signature);
// What no parameter or local of a kernel may be called.
bool is_reserved(std::string_view name);

// The candidate most like `name` if it is near enough to be a typing error, else "".
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);
// All names a call may use, for nearest_name.
std::vector<std::string> callable_names(const Rules& rules);

}  // namespace me::lang
