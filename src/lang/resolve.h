// What every name of a syntax tree stands for, and which paths a kernel's control flow has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/signature.h"
#include "base/status.h"
#include "lang/ast.h"
#include "lang/dialect.h"

namespace me::lang {

enum class SymbolKind : std::uint8_t { None, Param, Local, Constant, Index, Function };

struct Symbol {
  SymbolKind kind = SymbolKind::None;
  std::uint32_t index = 0;  // of the parameter (signature order) or local; code of the index symbol,
                            // callout
};

struct LocalName {
  std::string name;
  std::uint32_t param = kNone;  // the parameter that it starts as, if the kernel assigns one
  bool starts_zero = false;     // some path reads it before it assigns it, as the dialect allows
};

struct Resolved {
  std::vector<Symbol> of_name;            // by Ast::names id
  std::vector<LocalName> locals;
  std::vector<std::size_t> live;          // by block: statements that can run, from the first
  bool may_miss_return = false;
};

// Checks the parameters against the signature, every name against what is known at its place, that
// locals are assigned before they are read and that a kernel returns.
Result<Resolved> resolve(const Ast& ast, const Signature& signature, const Rules& rules);

}  // namespace me::lang
