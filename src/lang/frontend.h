// The front end's two stages: text to syntax tree, syntax tree and signature to typed program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/steps.h"
#include "lang/ast.h"
#include "lang/dialect.h"
#include "lang/typed.h"

namespace me::lang {

// Any bytes may come in; an error points into `text`. The tree keeps a copy of the text.
Result<Ast> parse(std::string_view text, Dialect dialect);
// The same in steps. What `text` views outlives them.
Steps<Result<Ast>> parse_steps(std::string_view text, Dialect dialect);

// A kernel's parameters are found in the signature by name, in any order; those of an expression
// may be more than it uses. TypedProgram::params has the signature's order.
Result<TypedProgram> infer(const Ast& ast, const Signature& signature, Dialect dialect);
// The same in steps. `ast` and `signature` outlive them.
Steps<Result<TypedProgram>> infer_steps(const Ast& ast, const Signature& signature, Dialect dialect);

// One line per node or statement, as tests and ME_DUMP show it.
std::string print(const Ast& ast);
std::string print(const TypedProgram& program);

bool is_kernel(const Ast& ast);
// Whether parse takes the text for a kernel: its first word, after comments and decorators, is def.
bool is_kernel_text(std::string_view text);

// Variable names of an expression in order of first appearance, without the constants pi, e, nan,
// inf, True and False; of a kernel its parameters in order.
std::vector<std::string> free_names(const Ast& ast);
// The same of a text. A kernel's statements are not looked at, which is quicker and finds no error in them.
Result<std::vector<std::string>> names_in(std::string_view text, Dialect dialect);

}  // namespace me::lang
