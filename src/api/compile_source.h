// What C callers compile: their arguments as a Source, and the error of a text that is refused.
#pragma once

#include <cstddef>
#include <string_view>

#include "jit/kernel.h"
#include "me_engine.h"

namespace me::api {

lang::Dialect dialect_of(me_dialect d);

// 0, or the status of the error that is set. options NULL: the defaults.
int compile_source(const char* text, std::size_t length, const me_param* params, int param_count,
                   const me_compile_options* options, jit::Source* out);

// Sets the error and gives its status.
int refuse_compile(const char* why);
int refuse_compile(const Diagnostic& why, std::string_view text);

}  // namespace me::api
