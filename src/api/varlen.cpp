// String results of variable length: offsets and tight data, as Arrow has them.
//
// Enters: an expression with a string result and its arrays. Leaves: offsets[n + 1] from 0 and the strings one
// behind the other, UTF-8 for ME_STRING, bytes as they are for ME_BYTES. Example: "a", "", "é" give the offsets
// 0 1 1 3 and three bytes. The strings are computed at their fixed width first, so that nothing is written to
// the caller's memory when an evaluation fails or the data do not fit. Tested by tests/c_abi/varlen.c.
#include <cstdint>
#include <cstring>
#include <vector>

#include "api/expr.h"
#include "api/guard.h"
#include "text/utf8.h"

namespace me::api {
namespace {

int refuse(const char* why) {
  set_error({Status::InvalidArg, {}, why, "", false}, "", "");
  return ME_EVAL_ERR_INVALID_ARG;
}

char32_t unit_at(const char* element, std::size_t i, DType t) {
  if (t == DType::Bytes) return static_cast<unsigned char>(element[i]);
  char32_t c;
  std::memcpy(&c, element + 4 * i, 4);
  return c;
}

// Number of units before the padding.
std::size_t units_of(const char* element, std::size_t width, DType t) {
  std::size_t n = 0;
  while (n < width && unit_at(element, n, t) != 0) ++n;
  return n;
}

int evaluate_varlen(const me_expr* expr, const void** vars, int n_vars, int nitems,
                    std::int64_t* offsets, char* data, std::size_t capacity,
                    std::size_t* data_used, const me_eval_params* params) {
  if (expr == nullptr) return ME_EVAL_ERR_NULL_EXPR;
  const DType t = expr->kernel->program.result;
  if (!is_text(t)) return refuse("the expression is no string");
  if (nitems <= 0) return refuse("block_nitems is not positive");
  if (offsets == nullptr || data_used == nullptr) return refuse("offsets or data_used is NULL");
  if (data == nullptr && capacity > 0) return refuse("data is NULL");
  const std::size_t itemsize = result_itemsize(*expr);
  const auto count = static_cast<std::size_t>(nitems);
  if (itemsize > SIZE_MAX / count) return ME_EVAL_ERR_OOM;
  std::vector<char> fixed(count * itemsize);
  if (const int status = me_eval(expr, vars, n_vars, fixed.data(), nitems, params); status != 0) {
    return status;
  }
  const std::size_t width = itemsize / unit_of(t);
  std::vector<std::int64_t> ends(count);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char* element = fixed.data() + i * itemsize;
    const std::size_t units = units_of(element, width, t);
    if (t == DType::Bytes) {
      total += static_cast<std::int64_t>(units);
    } else {
      for (std::size_t k = 0; k < units; ++k) {
        total += static_cast<std::int64_t>(text::utf8_length(unit_at(element, k, t)));
      }
    }
    ends[i] = total;
  }
  *data_used = static_cast<std::size_t>(total);
  if (static_cast<std::size_t>(total) > capacity) return refuse("the data do not fit data_capacity");
  offsets[0] = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char* element = fixed.data() + i * itemsize;
    const std::int64_t begin = offsets[i];
    offsets[i + 1] = ends[i];
    if (ends[i] == begin) continue;
    char* out = data + begin;
    if (t == DType::Bytes) {
      std::memcpy(out, element, static_cast<std::size_t>(ends[i] - begin));
      continue;
    }
    const std::size_t units = units_of(element, width, t);
    for (std::size_t k = 0; k < units; ++k) out += text::encode_utf8(unit_at(element, k, t), out);
  }
  return ME_EVAL_SUCCESS;
}

}  // namespace
}  // namespace me::api

extern "C" {

int me_eval_varlen(const me_expr* expr, const void** vars_block, int n_vars, int block_nitems,
                   int64_t* offsets, void* data, size_t data_capacity, size_t* data_used,
                   const me_eval_params* params) {
  return me::api::guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&] {
    return me::api::evaluate_varlen(expr, vars_block, n_vars, block_nitems, offsets,
                                    static_cast<char*>(data), data_capacity, data_used, params);
  });
}

size_t me_varlen_data_bound(const me_expr* expr, int block_nitems) {
  if (expr == nullptr || block_nitems <= 0) return 0;
  if (!me::is_text(expr->kernel->program.result)) return 0;
  const std::size_t itemsize = me::api::result_itemsize(*expr);
  const auto count = static_cast<std::size_t>(block_nitems);
  return itemsize > SIZE_MAX / count ? SIZE_MAX : itemsize * count;
}

}  // extern "C"
