// A program as Python hands it over, and the library's texts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "me_engine.h"

namespace me::python {

struct TextFree {
  void operator()(char* text) const { me_text_free(text); }
};
using Text = std::unique_ptr<char, TextFree>;

struct Param {
  std::string name;
  me_dtype dtype;
  std::uint32_t flags;
  std::size_t itemsize;
  bool is_uniform() const { return (flags & ME_PARAM_UNIFORM) != 0; }
  bool is_weak() const { return (flags & ME_PARAM_WEAK) != 0; }
};

// Raises ValueError if the lists differ in length.
std::vector<Param> params_of(const std::vector<std::string>& names,
                             const std::vector<std::int64_t>& dtypes,
                             const std::vector<std::uint32_t>& flags);

// `compile` is me_kernel_compile or me_kernel_compile_deferred; `text` is UTF-8; other Python threads run
// meanwhile. The caller frees the kernel. Raises what mejit.errors makes of a program that is refused.
me_kernel* compile_program(decltype(&me_kernel_compile) compile, const std::string& text,
                           const std::vector<Param>& params, int dialect, std::int64_t result,
                           int tier);
// The same in steps, without code; the first me_steps_next says what is wrong with the text.
me_steps* compile_program_steps(const std::string& text, const std::vector<Param>& params, int dialect,
                                std::int64_t result, int tier);

}  // namespace me::python
