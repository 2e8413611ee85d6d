// Compiling through include/miniexpr.h.
//
// Enters: C arguments of any quality. Leaves: an me_expr, or a status, an offset and the thread's last
// error. Compilation is synchronous, so that me_expr_has_jit_kernel is true straight after it.
// Example: `b - a` over variables that all have an address takes its arrays in the order b, a.
// Tested by tests/c_abi.
#include <algorithm>
#include <utility>

#include "api/expr.h"
#include "api/guard.h"
#include "api/variables.h"
#include "jit/runtime/engine.h"
#include "lang/frontend.h"

namespace me::api {
namespace {

Diagnostic whole(Status status, std::string message) {
  return {status, {}, std::move(message), "", false};
}

int offset_for_c(const Diagnostic& d, bool is_kernel) {
  if (!d.has_location) return -1;
  if (is_kernel) return static_cast<int>(d.span.begin);
  const bool syntax = d.status == Status::ParseError || d.status == Status::Limit;
  return syntax ? std::max(1, static_cast<int>(d.span.end)) : -1;
}

// How a short call of the expression passes its arrays.
void order_arrays(const lang::Ast& ast, const Variables& variables, bool declaration_order,
                  me_expr* expr) {
  const auto& params = variables.signature.params;
  const auto& addresses = variables.addresses;
  const bool identified =
      std::find(addresses.begin(), addresses.end(), nullptr) == addresses.end();
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto first = std::find(addresses.begin(), addresses.end(), addresses[i]);
    expr->same_as.push_back(
        identified ? static_cast<std::size_t>(first - addresses.begin()) : i);
  }
  for (const std::string& name : lang::free_names(ast)) {
    const auto it = std::find_if(params.begin(), params.end(),
                                 [&](const Param& p) { return p.name == name; });
    if (it == params.end()) continue;
    const std::size_t param = expr->same_as[static_cast<std::size_t>(it - params.begin())];
    if (std::find(expr->used.begin(), expr->used.end(), param) == expr->used.end()) {
      expr->used.push_back(param);
    }
  }
  expr->by_first_appearance = identified && !declaration_order;
  if (!expr->by_first_appearance) std::sort(expr->used.begin(), expr->used.end());
}

std::vector<std::size_t> read_params(const ir::Program& program) {
  std::vector<bool> read(program.operands.size(), false);
  for (const ir::Stage& stage : program.stages) {
    for (const ir::Inst& inst : stage.insts) {
      if (inst.kind == ir::InstKind::Operand) read[inst.index] = true;
    }
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const ir::OperandSlot& slot = program.operands[i];
    if (read[i] && slot.source == ir::OperandSource::Param) out.push_back(slot.param);
  }
  return out;
}

Result<std::unique_ptr<me_expr>> build(const char* text, const me_variable* variables, int count,
                                       me_dtype dtype, int jit_mode) {
  ME_TRY(const Variables declared, read_variables(variables, count, dtype));
  auto expr = std::make_unique<me_expr>();
  jit::Source source;
  source.text = text;
  source.signature = declared.signature;
  source.dialect = lang::Dialect::Miniexpr;
  source.max_tier = jit_mode == ME_JIT_OFF ? jit::Tier::Interpreter : jit::Tier::OptimizingJit;
  source.fastest = jit_mode == ME_JIT_DEFAULT;
  ME_TRY(const lang::Ast ast, lang::parse(source.text, source.dialect));
  ME_TRY(expr->kernel, jit::default_engine().kernel(std::move(source)));
  expr->read = read_params(expr->kernel->program);
  expr->is_kernel = lang::is_kernel(ast);
  const ir::Program& program = expr->kernel->program;
  expr->one_item = program.root_is_reduction && program.result_uniform;
  if (!expr->is_kernel) order_arrays(ast, declared, jit_mode == ME_JIT_ON, expr.get());
  return expr;
}

int compile(const char* text, const me_variable* variables, int count, me_dtype dtype,
            int jit_mode, std::optional<NdGeometry> nd, int* error, me_expr** out) {
  const auto fail = [&](const Diagnostic& d, std::string_view source) {
    const bool kernel = lang::is_kernel_text(source);
    set_error(d, source, kernel ? "kernel" : "expression");
    if (error) *error = offset_for_c(d, kernel);
    return compile_code_of(d.status);
  };
  if (error) *error = 0;
  if (out) *out = nullptr;
  if (text == nullptr || out == nullptr || count < 0 || (count > 0 && variables == nullptr)) {
    return fail(whole(Status::InvalidArg, "a required argument is NULL or negative"), "");
  }
  auto expr = build(text, variables, count, dtype, jit_mode);
  if (!expr) return fail(expr.error(), text);
  (*expr)->nd = std::move(nd);
  *out = expr->release();
  return ME_COMPILE_SUCCESS;
}

}  // namespace
}  // namespace me::api

using me::api::guarded;

extern "C" {

int me_compile(const char* expression, const me_variable* variables, int var_count,
               me_dtype dtype, int* error, me_expr** out) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    return me::api::compile(expression, variables, var_count, dtype, ME_JIT_DEFAULT, std::nullopt,
                            error, out);
  });
}

int me_compile_nd_jit(const char* expression, const me_variable* variables, int var_count,
                      me_dtype dtype, int ndims, const int64_t* shape,
                      const int32_t* chunkshape, const int32_t* blockshape, int jit_mode,
                      int* error, me_expr** out) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&]() -> int {
    const auto refuse = [&](const char* why) {
      me::api::set_error({me::Status::InvalidArg, {}, why, "", false}, "", "");
      if (error) *error = -1;
      if (out) *out = nullptr;
      return ME_COMPILE_ERR_INVALID_ARG;
    };
    if (ndims < 1 || !shape || !chunkshape || !blockshape) {
      return refuse("ND geometry needs at least one dimension and three shapes");
    }
    if (jit_mode < ME_JIT_DEFAULT || jit_mode > ME_JIT_OFF) return refuse("unknown jit_mode");
    me::api::NdGeometry nd;
    for (int d = 0; d < ndims; ++d) {
      if (shape[d] < 0 || chunkshape[d] <= 0 || blockshape[d] <= 0) {
        return refuse("ND extents must not be negative, those of chunks and blocks not zero");
      }
      nd.shape.push_back(shape[d]);
      nd.chunk.push_back(chunkshape[d]);
      nd.block.push_back(blockshape[d]);
    }
    return me::api::compile(expression, variables, var_count, dtype, jit_mode, std::move(nd),
                            error, out);
  });
}

int me_compile_nd(const char* expression, const me_variable* variables, int var_count,
                  me_dtype dtype, int ndims, const int64_t* shape, const int32_t* chunkshape,
                  const int32_t* blockshape, int* error, me_expr** out) {
  return me_compile_nd_jit(expression, variables, var_count, dtype, ndims, shape, chunkshape,
                           blockshape, ME_JIT_DEFAULT, error, out);
}

}  // extern "C"
