// The entry points of include/miniexpr.h.
//
// Enters: C arguments of any quality. Leaves: status codes, and results in the caller's buffers. Compilation
// is synchronous, so that me_expr_has_jit_kernel is true straight after it. Padded ND blocks are
// evaluated as strided sub-arrays, which is all that makes reductions over them right.
// Tested by tests/c_abi.
#include "miniexpr.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "api/guard.h"
#include "api/nd_geometry.h"
#include "ir/print.h"
#include "jit/engine.h"
#include "jit/evaluate.h"
#include "lang/frontend.h"

// A program with the caller's view of its variables.
struct me_expr {
  std::shared_ptr<const me::jit::Kernel> kernel;
  // For each array that me_eval may be given instead of all declared ones: the parameter it is.
  std::vector<std::size_t> used;
  // All variables have an address of their own: arrays always come in the order of `used`.
  bool by_first_appearance = false;
  std::optional<me::api::NdGeometry> nd;
};

namespace me::api {
namespace {

Diagnostic whole(Status status, std::string message) {
  return {status, {}, std::move(message), "", false};
}

bool is_string(me_dtype t) { return t == ME_STRING || t == ME_BYTES; }
bool is_complex(me_dtype t) { return t == ME_COMPLEX64 || t == ME_COMPLEX128; }

// The declared variables as a signature, or the first thing that is wrong with them.
Result<Signature> signature_of(const me_variable* variables, int count, me_dtype result) {
  Signature s;
  if (result < ME_AUTO || result > ME_BYTES) {
    return whole(Status::InvalidArg, "unknown output dtype");
  }
  if (is_complex(result)) {
    return whole(Status::ComplexUnsupported, "complex results are not supported");
  }
  int untyped = 0;
  for (int i = 0; i < count; ++i) {
    const me_variable& v = variables[i];
    if (v.name == nullptr) return whole(Status::InvalidArg, "a variable has no name");
    const std::string name = v.name;
    if (v.type != ME_VARIABLE) {
      if (v.address == nullptr) {
        return whole(Status::InvalidArg, "function '" + name + "' has no address");
      }
      return whole(Status::InvalidArg, "'" + name + "': C functions cannot be called yet");
    }
    if (v.dtype < ME_AUTO || v.dtype > ME_BYTES) {
      return whole(Status::InvalidArg, "variable '" + name + "' has an unknown dtype");
    }
    if (is_complex(v.dtype)) {
      return whole(Status::ComplexUnsupported, "'" + name + "': complex is not supported");
    }
    if (is_string(v.dtype)) {
      const std::size_t unit = v.dtype == ME_STRING ? 4 : 1;
      if (v.itemsize == 0 || v.itemsize % unit != 0) {
        return whole(Status::TypeError, "string variable '" + name + "' needs a valid itemsize");
      }
    }
    untyped += v.dtype == ME_AUTO;
    s.params.push_back({name, static_cast<DType>(v.dtype), false, false});
  }
  if (untyped != 0 && untyped != count) {
    return whole(Status::VarMixed, "either all variables have a dtype or none");
  }
  if (untyped != 0 && result == ME_AUTO) {
    return whole(Status::VarUnspecified,
                 "variables without dtype need an explicit output dtype");
  }
  for (Param& p : s.params) {
    if (p.dtype == DType::Auto) p.dtype = static_cast<DType>(result);
  }
  s.result = static_cast<DType>(result);
  return s;
}

int offset_for_c(const Diagnostic& d, bool is_kernel) {
  if (!d.has_location) return -1;
  if (is_kernel) return static_cast<int>(d.span.begin);
  const bool syntax = d.status == Status::ParseError || d.status == Status::Limit;
  return syntax ? std::max(1, static_cast<int>(d.span.end)) : -1;
}

Result<std::unique_ptr<me_expr>> build(const char* text, const me_variable* variables, int count,
                                       me_dtype dtype, int jit_mode) {
  ME_TRY(Signature signature, signature_of(variables, count, dtype));
  auto expr = std::make_unique<me_expr>();
  jit::Source source;
  source.text = text;
  source.signature = signature;
  source.dialect = lang::Dialect::Miniexpr;
  source.max_tier = jit_mode == ME_JIT_OFF ? jit::Tier::Interpreter : jit::Tier::OptimizingJit;
  ME_TRY(const lang::Ast ast, lang::parse(source.text, source.dialect));
  ME_TRY(expr->kernel, jit::default_engine().kernel(std::move(source)));

  if (!lang::is_kernel(ast)) {
    const std::vector<std::string> names = lang::free_names(ast);
    bool addresses = count > 0;
    for (int i = 0; i < count; ++i) addresses = addresses && variables[i].address != nullptr;
    for (const std::string& name : names) {
      const auto it = std::find_if(signature.params.begin(), signature.params.end(),
                                   [&](const Param& p) { return p.name == name; });
      if (it != signature.params.end()) {
        expr->used.push_back(static_cast<std::size_t>(it - signature.params.begin()));
      }
    }
    if (addresses) {
      expr->by_first_appearance = true;
    } else {
      std::sort(expr->used.begin(), expr->used.end());
    }
  }
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

// One parameter's data for `count` items: the caller's array, or zeros if it gave none.
jit::ArrayView operand(const void* data, DType dtype, std::int64_t count) {
  static char zeros[16] = {};
  auto view = jit::ArrayView::flat(data ? const_cast<void*>(data) : zeros, dtype, count);
  if (data == nullptr) view.strides[0] = 0;
  return view;
}

// vars_block by parameter; null entries for declared variables that were not passed.
int bind(const me_expr& e, const void** vars, int n_vars, std::vector<const void*>* by_param) {
  const std::size_t declared = e.kernel->source.signature.params.size();
  if (n_vars < 0) return ME_EVAL_ERR_INVALID_ARG;
  if (n_vars > ME_MAX_VARS) return ME_EVAL_ERR_TOO_MANY_VARS;
  const auto given = static_cast<std::size_t>(n_vars);
  if (given > 0 && vars == nullptr) return ME_EVAL_ERR_INVALID_ARG;
  by_param->assign(declared, nullptr);
  const bool as_used = given == e.used.size() && (given != declared || e.by_first_appearance);
  if (as_used) {
    for (std::size_t i = 0; i < given; ++i) (*by_param)[e.used[i]] = vars[i];
    return ME_EVAL_SUCCESS;
  }
  if (given != declared) return ME_EVAL_ERR_VAR_MISMATCH;
  std::copy_n(vars, given, by_param->begin());
  return ME_EVAL_SUCCESS;
}

jit::Tier tier_of(const me_eval_params* params) {
  return params && params->jit_mode == ME_JIT_OFF ? jit::Tier::Interpreter
                                                  : jit::Tier::AotOptimized;
}

int run(const me_expr& e, const std::vector<jit::ArrayView>& inputs, const jit::ArrayView& out,
        const me_eval_params* params, std::int64_t items,
        const jit::IndexSpace* where = nullptr) {
  const auto done = jit::evaluate(jit::default_engine(), *e.kernel, inputs, out, tier_of(params),
                                  items, where);
  if (done) return ME_EVAL_SUCCESS;
  set_error(done.error(), "", "");
  return eval_code_of(done.error().status);
}

// Copies item 0 of `out` over the `count` items that follow from `strides` of the view.
void repeat_first(const jit::ArrayView& out) {
  jit::ArrayView first = out;
  std::fill_n(first.shape.begin(), first.ndim, 1);
  char item[16];
  std::memcpy(item, out.data, size_of(out.dtype));
  first.data = item;
  jit::Walk walk(out);
  const std::size_t from = walk.add(first);
  const std::size_t to = walk.add(out);
  char buffer[4096 * 8];
  const std::int64_t total = out.item_count();
  for (std::int64_t at = 0; at < total; at += 4096) {
    const std::int64_t n = std::min<std::int64_t>(4096, total - at);
    walk.gather(from, at, n, buffer);
    walk.scatter(to, at, n, buffer);
  }
}

bool fills_all(const ir::Program& p) { return p.result_uniform && !p.root_is_reduction; }

int evaluate_flat(const me_expr* expr, const void** vars, int n_vars, void* output, int nitems,
                  const me_eval_params* params) {
  if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
  if (nitems < 0 || output == nullptr) return ME_EVAL_ERR_INVALID_ARG;
  std::vector<const void*> data;
  if (const int status = bind(*expr, vars, n_vars, &data); status != 0) return status;
  const ir::Program& program = expr->kernel->program;
  const auto& declared = expr->kernel->source.signature.params;
  std::vector<jit::ArrayView> inputs;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    inputs.push_back(operand(data[i], declared[i].dtype, nitems));
  }
  const auto out = jit::ArrayView::flat(output, program.result, nitems);
  if (nitems == 0 && !program.root_is_reduction) return ME_EVAL_SUCCESS;
  const int status = run(*expr, inputs, out, params, nitems);
  if (status == ME_EVAL_SUCCESS && fills_all(program)) repeat_first(out);
  return status;
}

int evaluate_nd(const me_expr* expr, const void** vars, int n_vars, void* output, int nitems,
                std::int64_t nchunk, std::int64_t nblock, const me_eval_params* params) {
  if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
  if (!expr->nd || output == nullptr || expr->nd->ndim() > jit::kMaxNdim) {
    return ME_EVAL_ERR_INVALID_ARG;
  }
  const std::int64_t padded = expr->nd->block_items();
  const auto extents = expr->nd->valid_extents(nchunk, nblock);
  if (!extents || nitems < padded) return ME_EVAL_ERR_INVALID_ARG;
  std::vector<const void*> data;
  if (const int status = bind(*expr, vars, n_vars, &data); status != 0) return status;

  const ir::Program& program = expr->kernel->program;
  const auto& declared = expr->kernel->source.signature.params;
  const jit::ArrayView out = valid_view(*expr->nd, *extents, output, program.result);
  const std::int64_t valid = out.item_count();
  if (!program.root_is_reduction) {
    std::memset(output, 0, static_cast<std::size_t>(padded) * size_of(program.result));
    if (valid == 0) return ME_EVAL_SUCCESS;
  } else if (valid == 0) {
    // Nothing to compare: zero, not the identity (documented behaviour of padding blocks).
    const Op op = program.stages.front().reductions.front().op;
    if (op == Op::Min || op == Op::Max) {
      std::memset(output, 0, size_of(program.result));
      return ME_EVAL_SUCCESS;
    }
  }
  std::vector<jit::ArrayView> inputs;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    jit::ArrayView view = valid_view(*expr->nd, *extents, const_cast<void*>(data[i]),
                                     declared[i].dtype);
    if (data[i] == nullptr) {
      view.data = operand(nullptr, declared[i].dtype, 1).data;
      std::fill_n(view.strides.begin(), view.ndim, 0);
    }
    inputs.push_back(view);
  }
  jit::IndexSpace where;
  const std::vector<std::int64_t> origin = expr->nd->block_origin(nchunk, nblock);
  std::copy_n(expr->nd->shape.begin(), expr->nd->ndim(), where.shape.begin());
  std::copy_n(origin.begin(), origin.size(), where.start.begin());
  const int status = run(*expr, inputs, out, params, valid, &where);
  if (status == ME_EVAL_SUCCESS && fills_all(program)) repeat_first(out);
  return status;
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

const char* me_get_last_error_message(void) {
  const me::api::LastError& e = me::api::last_error();
  return e.present && e.message[0] != '\0' ? e.message : nullptr;
}

int me_eval(const me_expr* expr, const void** vars_block, int n_vars, void* output_block,
            int block_nitems, const me_eval_params* params) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&] {
    return me::api::evaluate_flat(expr, vars_block, n_vars, output_block, block_nitems, params);
  });
}

int me_eval_nd(const me_expr* expr, const void** vars_block, int n_vars, void* output_block,
               int block_nitems, int64_t nchunk, int64_t nblock, const me_eval_params* params) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&] {
    return me::api::evaluate_nd(expr, vars_block, n_vars, output_block, block_nitems, nchunk,
                                nblock, params);
  });
}

int me_nd_valid_nitems(const me_expr* expr, int64_t nchunk, int64_t nblock,
                       int64_t* valid_nitems) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&]() -> int {
    if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
    if (valid_nitems == nullptr || !expr->nd) return ME_EVAL_ERR_INVALID_ARG;
    const auto extents = expr->nd->valid_extents(nchunk, nblock);
    if (!extents) return ME_EVAL_ERR_INVALID_ARG;
    std::int64_t n = 1;
    for (const std::int64_t extent : *extents) n *= extent;
    *valid_nitems = n;
    return ME_EVAL_SUCCESS;
  });
}

int me_eval_varlen(const me_expr* expr, const void**, int, int, int64_t*, void*, size_t, size_t*,
                   const me_eval_params*) {
  // No expression has a string result yet, and others are refused.
  return expr == nullptr ? ME_EVAL_ERR_NULL_EXPR : ME_EVAL_ERR_INVALID_ARG;
}

size_t me_varlen_data_bound(const me_expr*, int) { return 0; }

void me_print(const me_expr* n) {
  if (n == nullptr) return;
  guarded<int>(0, 0, [&] {
    std::fputs(me::ir::print(n->kernel->program).c_str(), stdout);
    return 0;
  });
}

void me_free(me_expr* n) { delete n; }

me_dtype me_get_dtype(const me_expr* expr) {
  return expr ? static_cast<me_dtype>(expr->kernel->program.result) : ME_AUTO;
}

size_t me_get_itemsize(const me_expr* expr) {
  return expr ? me::size_of(expr->kernel->program.result) : 0;
}

bool me_expr_has_jit_kernel(const me_expr* expr) {
  return expr != nullptr && !expr->kernel->compiled.empty();
}

void me_register_wasm_jit_helpers(me_wasm_jit_instantiate_helper instantiate_helper,
                                  me_wasm_jit_free_helper free_helper) {
  guarded<int>(0, 0, [&] {
    me::jit::default_engine().hosts().set_helpers(instantiate_helper, free_helper);
    return 0;
  });
}

const char* me_version(void) { return ME_VERSION_STRING; }

}  // extern "C"
