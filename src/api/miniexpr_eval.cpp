// Evaluating through include/miniexpr.h.
//
// Enters: an me_expr, the caller's arrays by position, for padded blocks also a chunk and a block number.
// Leaves: results in the caller's buffer. Padded ND blocks are evaluated as strided sub-arrays, which is
// all that makes reductions over them right.
// Example: a 2x2 block of which one column {1, 3} is valid gives 5, 7 in that column for sum(a) + a.
// Tested by tests/c_abi.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "api/expr.h"
#include "api/guard.h"
#include "base/small_array.h"
#include "base/tuning.h"
#include "jit/runtime/engine.h"
#include "jit/driver/evaluate.h"
#include "jit/driver/flat.h"

namespace me::api {
namespace {

int refuse(int status, std::string why) {
  set_error({Status::InvalidArg, {}, std::move(why), "", false}, "", "");
  return status;
}

int refuse(std::string why) { return refuse(ME_EVAL_ERR_INVALID_ARG, std::move(why)); }

// One parameter's data for `count` items: the caller's array, or zeros if it gave none.
jit::ArrayView operand(const void* data, const Param& p, std::int64_t count) {
  static char zeros[tuning::kMaxTextBytes] = {};
  auto view = jit::ArrayView::flat(data ? const_cast<void*>(data) : zeros, p.dtype, count,
                                   is_text(p.dtype) ? p.itemsize : 0);
  if (data == nullptr) view.strides[0] = 0;
  return view;
}

jit::ArrayView result_view(const me_expr& e, void* output, std::int64_t count) {
  const DType t = e.kernel->program.result;
  return jit::ArrayView::flat(output, t, count, is_text(t) ? result_itemsize(e) : 0);
}

// The arrays by parameter; null for declared variables that were not passed.
using Data = SmallArray<const void*, 32>;

std::size_t param_count(const me_expr* expr) {
  return expr->kernel->source.signature.params.size();
}

int bind(const me_expr& e, const void** vars, int n_vars, Data& by_param) {
  const std::size_t declared = by_param.size();
  if (n_vars > ME_MAX_VARS) {
    return refuse(ME_EVAL_ERR_TOO_MANY_VARS,
                  "more than " + std::to_string(ME_MAX_VARS) + " arrays were given");
  }
  if (n_vars < 0 || (n_vars > 0 && vars == nullptr)) return refuse("vars_block is missing");
  const auto given = static_cast<std::size_t>(n_vars);
  std::fill(by_param.begin(), by_param.end(), nullptr);
  const bool as_used = given == e.used.size() && (given != declared || e.by_first_appearance);
  if (as_used) {
    for (std::size_t i = 0; i < given; ++i) by_param[e.used[i]] = vars[i];
    for (std::size_t p = 0; p < e.same_as.size(); ++p) by_param[p] = by_param[e.same_as[p]];
    return ME_EVAL_SUCCESS;
  }
  if (given == declared) {
    std::copy_n(vars, given, by_param.begin());
    return ME_EVAL_SUCCESS;
  }
  std::string wanted = std::to_string(declared);
  if (e.used.size() != declared && !e.is_kernel) {
    wanted = std::to_string(e.used.size()) + " or " + wanted;
  }
  return refuse(ME_EVAL_ERR_VAR_MISMATCH,
                "the expression takes " + wanted + " arrays, " + std::to_string(given) +
                    " were given");
}

// A missing array that the program would read is refused; one that it never reads may be missing.
int check_arrays(const me_expr& e, const Data& by_param) {
  for (const std::size_t p : e.read) {
    if (by_param[p] != nullptr) continue;
    return refuse("the array of '" + e.kernel->source.signature.params[p].name + "' is NULL");
  }
  return ME_EVAL_SUCCESS;
}

jit::Tier tier_of(const me_eval_params* params) {
  return params && params->jit_mode == ME_JIT_OFF ? jit::Tier::Interpreter
                                                  : jit::Tier::AotOptimized;
}

int finish(const Outcome& done) {
  if (done) return ME_EVAL_SUCCESS;
  set_error(done.error(), "", "");
  return eval_code_of(done.error().status);
}

int run(const me_expr& e, const std::vector<jit::ArrayView>& inputs, const jit::ArrayView& out,
        const me_eval_params* params, std::int64_t items,
        const jit::IndexSpace* where = nullptr) {
  return finish(jit::evaluate(jit::default_engine(), *e.kernel, inputs, out, tier_of(params), items,
                              where));
}

// Copies item 0 over all items of `out`.
void repeat_first(const jit::ArrayView& out, std::size_t itemsize) {
  constexpr std::int64_t kRow = 512;
  const std::int64_t total = out.item_count();
  std::vector<char> row(static_cast<std::size_t>(std::min(kRow, total)) * itemsize);
  for (std::size_t at = 0; at < row.size(); at += itemsize) {
    std::memcpy(row.data() + at, out.data, itemsize);
  }
  jit::Walk walk(out);
  const std::size_t to = walk.add(out);
  for (std::int64_t at = 0; at < total; at += kRow) {
    walk.scatter(to, at, std::min(kRow, total - at), row.data());
  }
}

bool fills_all(const me_expr& e) { return e.kernel->program.result_uniform && !e.one_item; }

// Whether the program asks where its items lie in the array.
bool knows_positions(const ir::Program& p) {
  const auto is_position = [](const ir::OperandSlot& s) {
    return s.source != ir::OperandSource::Param;
  };
  const auto is_extent = [](const ir::ScalarSlot& s) {
    return s.source == ir::ScalarSource::Extent || s.source == ir::ScalarSource::Ndim;
  };
  return std::any_of(p.operands.begin(), p.operands.end(), is_position) ||
         std::any_of(p.scalars.begin(), p.scalars.end(), is_extent);
}

int evaluate_flat(const me_expr* expr, const void** vars, int n_vars, void* output, int nitems,
                  const me_eval_params* params) {
  if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
  if (nitems < 0) return refuse("block_nitems is negative");
  if (output == nullptr) return refuse("output_block is NULL");
  Data data(param_count(expr));
  if (const int status = bind(*expr, vars, n_vars, data); status != 0) return status;
  if (nitems == 0 && !expr->one_item) return ME_EVAL_SUCCESS;
  if (nitems > 0) {
    if (const int status = check_arrays(*expr, data); status != 0) return status;
  }
  const jit::FlatCall flat{data.data(), output, nitems};
  if (jit::takes_flat(*expr->kernel, flat)) {
    const int status = finish(jit::evaluate_flat(jit::default_engine(), *expr->kernel, flat,
                                                 tier_of(params)));
    if (status == ME_EVAL_SUCCESS && fills_all(*expr)) {
      repeat_first(result_view(*expr, output, nitems), result_itemsize(*expr));
    }
    return status;
  }
  const auto& declared = expr->kernel->source.signature.params;
  std::vector<jit::ArrayView> inputs;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    inputs.push_back(operand(data[i], declared[i], nitems));
  }
  const auto out = result_view(*expr, output, nitems);
  const int status = run(*expr, inputs, out, params, nitems);
  if (status == ME_EVAL_SUCCESS && fills_all(*expr)) repeat_first(out, result_itemsize(*expr));
  return status;
}

// What an expression whose root is a reduction gives when there is nothing to reduce: zero, not the
// identity, for min and max (documented behaviour of padding blocks).
bool zero_for_nothing(const ir::Program& p) {
  return std::all_of(p.scalars.begin(), p.scalars.end(), [&p](const ir::ScalarSlot& s) {
    if (s.source != ir::ScalarSource::Reduction) return true;
    const Op op = p.stages[s.stage].reductions[s.reduction].op;
    return op == Op::Min || op == Op::Max;
  });
}

int evaluate_nd(const me_expr* expr, const void** vars, int n_vars, void* output, int nitems,
                std::int64_t nchunk, std::int64_t nblock, const me_eval_params* params) {
  if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
  if (!expr->nd) return refuse("the expression was compiled without chunks and blocks");
  if (output == nullptr) return refuse("output_block is NULL");
  const NdGeometry& nd = *expr->nd;
  if (nd.ndim() > NdGeometry::kMaxDims) {
    return refuse("blocks have at most " + std::to_string(NdGeometry::kMaxDims) + " dimensions");
  }
  const std::int64_t padded = nd.block_items();
  if (nitems < padded) return refuse("the buffers are smaller than a padded block");
  const auto extents = nd.valid_extents(nchunk, nblock);
  if (!extents) return refuse("there is no such chunk or block");
  Data data(param_count(expr));
  if (const int status = bind(*expr, vars, n_vars, data); status != 0) return status;

  const ir::Program& program = expr->kernel->program;
  const std::size_t itemsize = result_itemsize(*expr);
  const std::int64_t valid = count_of(*extents);
  if (valid == 0 && !expr->one_item) {
    std::memset(output, 0, static_cast<std::size_t>(padded) * itemsize);
    return ME_EVAL_SUCCESS;
  }
  if (valid == 0 && zero_for_nothing(program)) {
    std::memset(output, 0, itemsize);
    return ME_EVAL_SUCCESS;
  }
  const auto& declared = expr->kernel->source.signature.params;
  std::vector<jit::ArrayView> inputs;
  if (valid == 0) {
    for (const Param& p : declared) inputs.push_back(operand(nullptr, p, 0));
    return run(*expr, inputs, result_view(*expr, output, 0), params, 0);
  }
  if (const int status = check_arrays(*expr, data); status != 0) return status;
  if (nd.ndim() > jit::kMaxNdim && knows_positions(program)) {
    return refuse("positions are known in at most " + std::to_string(jit::kMaxNdim) +
                  " dimensions");
  }
  for (std::size_t i = 0; i < declared.size(); ++i) {
    jit::ArrayView view = valid_view(nd, *extents, const_cast<void*>(data[i]), declared[i].dtype,
                                     is_text(declared[i].dtype) ? declared[i].itemsize : 0);
    if (data[i] == nullptr) {
      view.data = operand(nullptr, declared[i], 1).data;
      std::fill_n(view.strides.begin(), view.ndim, 0);
    }
    inputs.push_back(view);
  }
  const jit::ArrayView out = valid_view(nd, *extents, output, program.result,
                                        is_text(program.result) ? itemsize : 0);
  jit::IndexSpace where{};
  const std::vector<std::int64_t> origin = nd.block_origin(nchunk, nblock);
  const std::size_t known = std::min<std::size_t>(nd.ndim(), jit::kMaxNdim);
  std::copy_n(nd.shape.begin(), known, where.shape.begin());
  std::copy_n(origin.begin(), known, where.start.begin());
  const int status = run(*expr, inputs, out, params, valid, &where);
  if (status != ME_EVAL_SUCCESS || expr->one_item) return status;
  if (fills_all(*expr)) repeat_first(out, itemsize);
  zero_padding(nd, *extents, output, itemsize);
  return ME_EVAL_SUCCESS;
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
    const std::int64_t n = me::api::count_of(*extents);
    if (n == INT64_MAX) return me::api::refuse("the block has more items than can be counted");
    *valid_nitems = n;
    return ME_EVAL_SUCCESS;
  });
}

}  // extern "C"
