// Fuzz target: type inference and everything behind it, up to the interpreter.
//
// Enters: a line of types, then the text. The line's first byte chooses the dialect (even: numpy), the
// second the result's dtype, each further one declares a parameter a, b, c ...: '@' + dtype is an
// array, '`' + dtype a uniform value, '0' to '3' a weak one. Example: "@@KJ\na + b*2" adds a float64
// and a float32 array. Leaves: nothing; the process ends if memory is broken, an assertion trips, or
// the IR is illegal before or after its passes. Programs whose loops are short are evaluated over a
// few items. Proof: the ctests with the label fuzz, and long runs as HACKING.md has them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz/reader.h"
#include "ir/build.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "lang/frontend.h"
#include "me_engine.h"

namespace me::fuzz {
namespace {

constexpr std::size_t kMaxDeclared = 8;
constexpr std::int64_t kItems = 5;
constexpr std::size_t kWidth = 3;  // of strings, in characters
constexpr std::size_t kMaxLoops = 2;
constexpr double kMaxSteps = 30;

struct Task {
  lang::Dialect dialect = lang::Dialect::Numpy;
  Signature signature;
  std::string text;
};

Task task_of(const std::uint8_t* data, std::size_t size) {
  Reader in(data, size);
  Task t;
  Reader types(nullptr, 0);
  const std::string_view line = in.line();
  types = Reader(reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  t.dialect = types.byte() % 2 == 0 ? lang::Dialect::Numpy : lang::Dialect::Miniexpr;
  t.signature.result = static_cast<DType>(types.byte() & 15);
  while (!types.empty() && t.signature.params.size() < kMaxDeclared) {
    static constexpr DType kWeak[] = {DType::Bool, DType::Int64, DType::UInt64, DType::Float64};
    const std::uint8_t c = types.byte();
    Param p;
    p.name = std::string(1, static_cast<char>('a' + t.signature.params.size()));
    p.weak = c < '@';
    p.uniform = p.weak || (c & 32) != 0;
    p.dtype = p.weak ? kWeak[c & 3] : static_cast<DType>((c & 15) == 0 ? 1 : c & 15);
    if (p.dtype == DType::String) p.itemsize = 4 * kWidth;
    if (p.dtype == DType::Bytes) p.itemsize = kWidth;
    t.signature.params.push_back(std::move(p));
  }
  t.text = in.rest();
  return t;
}

// Loops that end soon: counted ones with small literal bounds; the cap of while loops is set low.
bool ends_soon(const lang::TypedProgram& p) {
  std::size_t loops = 0;
  const auto small = [&](lang::ExprId id) {
    const lang::TypedExpr& e = p.exprs[id];
    return e.kind == lang::ExprKind::Literal && std::abs(e.value.as_double()) <= kMaxSteps;
  };
  for (const auto& block : p.blocks) {
    for (const lang::TypedStmt& s : block) {
      loops += s.kind == lang::StmtKind::While || s.kind == lang::StmtKind::For;
      if (s.kind == lang::StmtKind::For && !(small(s.start) && small(s.stop))) return false;
    }
  }
  return loops <= kMaxLoops;
}

void check_error(const Diagnostic& d, std::string_view text) {
  ME_FUZZ_CHECK(d.status != Status::Ok && !d.message.empty());
  if (d.has_location) ME_FUZZ_CHECK(d.span.begin <= d.span.end && d.span.end <= text.size());
  ME_FUZZ_CHECK(render(d, text, "expression").size() < 2000);
}

void evaluate(const Task& t, DType result) {
  std::vector<me_param> params;
  for (const Param& p : t.signature.params) {
    std::uint32_t flags = 0;
    if (p.uniform) flags |= ME_PARAM_UNIFORM;
    if (p.weak) flags |= ME_PARAM_WEAK;
    params.push_back({p.name.c_str(), static_cast<me_dtype>(p.dtype), flags, p.itemsize});
  }
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.dialect =
      t.dialect == lang::Dialect::Numpy ? ME_DIALECT_NUMPY : ME_DIALECT_MINIEXPR;
  options.result = static_cast<me_dtype>(t.signature.result);
  options.max_tier = ME_TIER_INTERPRETER;
  me_kernel* kernel = nullptr;
  ME_FUZZ_CHECK(me_kernel_compile(t.text.data(), t.text.size(), params.data(),
                                  static_cast<int>(params.size()), &options, &kernel) == 0);
  ME_FUZZ_CHECK(me_kernel_dtype(kernel) == static_cast<me_dtype>(result));

  // Items of plain bytes: every bit pattern is a value; bools are read as bytes.
  static const std::uint8_t kPattern[] = {0, 1, 0xff, 0x7f, 0x80, 3, 0xf0, 0x3f, 42};
  const std::int64_t shape[1] = {kItems};
  std::vector<std::vector<std::uint8_t>> memory;
  std::vector<me_array> arrays;
  bool varying = false;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Param& p = t.signature.params[i];
    const std::size_t item = p.itemsize != 0 ? p.itemsize : size_of(p.dtype);
    const std::size_t bytes = item * (p.uniform ? 1 : kItems);
    std::vector<std::uint8_t>& m = memory.emplace_back(bytes);
    for (std::size_t k = 0; k < bytes; ++k) m[k] = kPattern[(k * 5 + i) % std::size(kPattern)];
    varying = varying || !p.uniform;
    arrays.push_back({m.data(), params[i].dtype, p.uniform ? 0 : 1, p.uniform ? nullptr : shape,
                      nullptr, p.itemsize});
  }
  const bool single = me_kernel_is_scalar(kernel) || !varying;
  const std::size_t item = me_kernel_itemsize(kernel);
  std::vector<std::uint8_t> out(item * (single ? 1 : kItems));
  const me_array to = {out.data(), static_cast<me_dtype>(result), single ? 0 : 1,
                       single ? nullptr : shape, nullptr, item};
  const int status = me_kernel_eval(kernel, arrays.data(), static_cast<int>(arrays.size()), &to,
                                    ME_TIER_INTERPRETER);
  if (status != 0) ME_FUZZ_CHECK(me_get_last_error_message() != nullptr);
  me_kernel_free(kernel);
}

void one(const std::uint8_t* data, std::size_t size) {
  const Task t = task_of(data, size);
  const auto ast = lang::parse(t.text, t.dialect);
  if (!ast) return check_error(ast.error(), t.text);
  const auto typed = lang::infer(*ast, t.signature, t.dialect);
  if (!typed) return check_error(typed.error(), t.text);
  ME_FUZZ_CHECK(!lang::print(*typed).empty());
  const auto program = ir::build(*typed);
  if (!program) return check_error(program.error(), t.text);
  const std::string illegal = ir::verify(*program);
  if (!illegal.empty()) std::fprintf(stderr, "%s\n%s\n", illegal.c_str(), ir::print(*program).c_str());
  ME_FUZZ_CHECK(illegal.empty());
  if (ends_soon(*typed)) evaluate(t, typed->result);
}

}  // namespace
}  // namespace me::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("ME_DSL_WHILE_MAX_ITERS", "30", 1);
  setenv("ME_DSL_JIT", "0", 1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  me::fuzz::one(data, size);
  return 0;
}
