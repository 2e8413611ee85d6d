// Evaluating through include/miniexpr.h.
//
// Enters: an me_expr, the caller's arrays by position, for padded blocks also a chunk and a block number.
// Leaves: results in the caller's buffer. Padded ND blocks are evaluated as strided sub-arrays, which is
// all that makes reductions over them right.
// Example: a 2x2 block of which one column {1, 3} is valid gives 5, 7 in that column for sum(a) + a.
// Tested by tests/c_abi.
#include <algorithm>
#include <cstring>

#include "api/expr.h"
#include "api/guard.h"
#include "jit/engine.h"
#include "jit/evaluate.h"

namespace me::api {
namespace {

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
    for (std::size_t p = 0; p < e.same_as.size(); ++p) (*by_param)[p] = (*by_param)[e.same_as[p]];
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

}  // extern "C"
