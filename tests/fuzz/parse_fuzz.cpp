// Fuzz target: any bytes as a text of either dialect.
//
// Enters: the input, all of it source text. Leaves: nothing; the process ends if parsing breaks memory,
// trips an assertion, or an error does not point into the text. Example: "a if b els c" is a located
// syntax error in both dialects. What parses is printed, and its names are asked for. Proof: the
// ctests with the label fuzz, and long runs as HACKING.md has them.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/reader.h"
#include "lang/frontend.h"

namespace me::fuzz {
namespace {

void parse_as(std::string_view text, lang::Dialect dialect) {
  const auto ast = lang::parse(text, dialect);
  if (!ast) {
    const Diagnostic& d = ast.error();
    ME_FUZZ_CHECK(d.status != Status::Ok);
    ME_FUZZ_CHECK(d.span.begin <= d.span.end && d.span.end <= text.size());
    ME_FUZZ_CHECK(!d.message.empty() && d.message.find('\n') == std::string::npos);
    const std::string report = render(d, text, "expression");
    ME_FUZZ_CHECK(!report.empty() && report.size() < 2000);
    return;
  }
  ME_FUZZ_CHECK(!lang::print(*ast).empty());
  for (const std::string& name : lang::free_names(*ast)) ME_FUZZ_CHECK(!name.empty());
  ME_FUZZ_CHECK(lang::is_kernel(*ast) == lang::is_kernel_text(text));
}

}  // namespace
}  // namespace me::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  me::fuzz::parse_as(text, me::lang::Dialect::Numpy);
  me::fuzz::parse_as(text, me::lang::Dialect::Miniexpr);
  return 0;
}
