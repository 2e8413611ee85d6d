// The front end in one call, for its tests.
#pragma once

#include <sstream>
#include <string>

#include "lang/frontend.h"

namespace me::lang_test {

using lang::Dialect;

// "x:float32 n:int64:uniform k:int64:weak" as a signature; `result` is a dtype name or "".
inline Signature signature(const std::string& text, const std::string& result = "") {
  Signature s;
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    Param p;
    std::istringstream parts(word);
    std::string part;
    std::getline(parts, p.name, ':');
    while (std::getline(parts, part, ':')) {
      if (part == "uniform") p.uniform = true;
      if (part == "weak") p.weak = p.uniform = true;
      if (part != "uniform" && part != "weak") p.dtype = dtype_named(part);
      if (part[0] == 'U' || part[0] == 'S') {  // strings: U8, S3
        p.dtype = part[0] == 'U' ? DType::String : DType::Bytes;
        p.itemsize = unit_of(p.dtype) * std::stoul(part.substr(1));
      }
    }
    s.params.push_back(p);
  }
  s.result = dtype_named(result);
  return s;
}

inline Result<lang::TypedProgram> front(const std::string& text, const std::string& params,
                                        Dialect dialect = Dialect::Numpy,
                                        const std::string& result = "") {
  ME_TRY(const lang::Ast ast, lang::parse(text, dialect));
  return lang::infer(ast, signature(params, result), dialect);
}

inline std::string error_text(const Diagnostic& d, const std::string& text) {
  std::string out(name_of(d.status));
  if (d.has_location) {
    const LineColumn at = locate(text, d.span.begin);
    out += " " + std::to_string(at.line) + ":" + std::to_string(at.column);
  }
  out += " " + d.message;
  return d.note.empty() ? out : out + " [" + d.note + "]";
}

// The printed typed program, or "status line:column message [note]".
inline std::string typed(const std::string& text, const std::string& params,
                         Dialect dialect = Dialect::Numpy, const std::string& result = "") {
  const auto program = front(text, params, dialect, result);
  return program ? lang::print(*program) : error_text(program.error(), text);
}

// The result dtype's name, or the error as typed() gives it.
inline std::string dtype_of(const std::string& text, const std::string& params,
                            Dialect dialect = Dialect::Numpy, const std::string& result = "") {
  const auto program = front(text, params, dialect, result);
  return program ? std::string(name_of(program->result)) : error_text(program.error(), text);
}

inline std::string parsed(const std::string& text, Dialect dialect = Dialect::Numpy) {
  const auto ast = lang::parse(text, dialect);
  return ast ? lang::print(*ast) : error_text(ast.error(), text);
}

}  // namespace me::lang_test
