/* Padded blocks of chunked arrays: positions, zeroed padding, valid counts, reductions, errors.
 *
 * Example: shape 3x5 in chunks of 2x4 and blocks of 2x2: chunk 3, block 0 holds one valid item.
 */
#include <stdint.h>

#include "check.h"
#include "miniexpr.h"

static const me_variable d[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                                 {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
static const int64_t shape[2] = {3, 5};
static const int32_t chunks[2] = {2, 4};
static const int32_t blocks[2] = {2, 2};

static me_expr* compiled(const char* text, me_dtype dtype) {
  me_expr* expr = NULL;
  int error = 1;
  const int status = me_compile_nd(text, d, 2, dtype, 2, shape, chunks, blocks, &error, &expr);
  if (status != 0) printf("'%s': %s\n", text, me_get_last_error_message());
  CHECK_INT(status, 0);
  return expr;
}

static void counts(void) {
  /* Chunk grid 2x2, block grid 1x2 of every chunk. */
  const int64_t expected[4][2] = {{4, 4}, {2, 0}, {2, 2}, {1, 0}};
  me_expr* expr = compiled("a", ME_AUTO);
  int64_t valid = -1;
  int chunk, block;
  for (chunk = 0; chunk < 4; ++chunk) {
    for (block = 0; block < 2; ++block) {
      CHECK_INT(me_nd_valid_nitems(expr, chunk, block, &valid), 0);
      CHECK_INT(valid, expected[chunk][block]);
    }
  }
  CHECK_INT(me_nd_valid_nitems(expr, 4, 0, &valid), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, 0, 2, &valid), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, -1, 0, &valid), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
}

static void positions_and_padding(void) {
  const double a[4] = {1, 2, 3, 4};
  const double b[4] = {10, 20, 30, 40};
  double out[5];
  const void* vars[2];
  int i;
  me_expr* expr = compiled("a + b", ME_AUTO);
  vars[0] = a;
  vars[1] = b;
  for (i = 0; i < 5; ++i) out[i] = -1;
  CHECK_INT(me_eval_nd(expr, vars, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 11 && out[1] == 22 && out[2] == 33 && out[3] == 44 && out[4] == -1);
  /* Chunk 1, block 0: column 4 of rows 0 and 1 is inside: the block's first column. */
  CHECK_INT(me_eval_nd(expr, vars, 2, out, 4, 1, 0, NULL), 0);
  CHECK(out[0] == 11 && out[1] == 0 && out[2] == 33 && out[3] == 0 && out[4] == -1);
  /* Chunk 3, block 1: all padding. */
  CHECK_INT(me_eval_nd(expr, vars, 2, out, 4, 3, 1, NULL), 0);
  CHECK(out[0] == 0 && out[1] == 0 && out[2] == 0 && out[3] == 0);
  CHECK_INT(me_eval_nd(expr, vars, 2, out, 3, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(expr, vars, 2, out, 4, 9, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(expr, vars, 2, NULL, 4, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(expr, vars, 3, out, 4, 0, 0, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  me_free(expr);

  /* Used variables need not be the first; constants need none. */
  expr = compiled("b + 1", ME_AUTO);
  vars[0] = b;
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK(out[0] == 11 && out[1] == 0 && out[2] == 31 && out[3] == 0);
  me_free(expr);
  expr = compiled("1 + 2", ME_FLOAT64);
  CHECK_INT(me_eval_nd(expr, NULL, 0, out, 4, 1, 0, NULL), 0);
  CHECK(out[0] == 3 && out[1] == 0 && out[2] == 3 && out[3] == 0);
  me_free(expr);
}

static void reductions(void) {
  const double a[4] = {1, 2, 3, 4};
  double out[4];
  const void* vars[1];
  me_expr* expr = compiled("sum(a)", ME_AUTO);
  vars[0] = a;
  out[1] = -1;
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK_DOUBLE(out[0], 4);
  CHECK_DOUBLE(out[1], -1);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 3, 1, NULL), 0);
  CHECK_DOUBLE(out[0], 0);
  me_free(expr);

  expr = compiled("sum(a) + a", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK(out[0] == 5 && out[1] == 0 && out[2] == 7 && out[3] == 0);
  me_free(expr);

  expr = compiled("sum(a) * 2", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK(out[0] == 8 && out[1] == 0 && out[2] == 8 && out[3] == 0);
  me_free(expr);

  /* All padding. */
  expr = compiled("prod(a)", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 3, 1, NULL), 0);
  CHECK_DOUBLE(out[0], 1);
  me_free(expr);
  expr = compiled("max(a)", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK_DOUBLE(out[0], 3);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 3, 1, NULL), 0);
  CHECK_DOUBLE(out[0], 0);
  me_free(expr);
  expr = compiled("min(a)", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 3, 1, NULL), 0);
  CHECK_DOUBLE(out[0], 0);
  me_free(expr);
  expr = compiled("mean(a)", ME_AUTO);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 1, 0, NULL), 0);
  CHECK_DOUBLE(out[0], 2);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 3, 1, NULL), 0);
  CHECK_DOUBLE(out[0], NAN);
  me_free(expr);
}

static void empty_and_deep(void) {
  const int64_t none[1] = {0};
  const int32_t four[1] = {4};
  int64_t deep_shape[40];
  int32_t deep_ones[40];
  double a[4] = {1, 2, 3, 4}, out[4];
  const void* vars[1];
  me_expr* expr = NULL;
  int i;
  vars[0] = a;
  CHECK_INT(me_compile_nd("a", d, 1, ME_AUTO, 1, none, four, four, NULL, &expr), 0);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
  for (i = 0; i < 40; ++i) {
    deep_shape[i] = 1;
    deep_ones[i] = 1;
  }
  expr = NULL;
  CHECK_INT(me_compile_nd("a", d, 1, ME_AUTO, 40, deep_shape, deep_ones, deep_ones, NULL, &expr),
            0);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 1, 0, 0, NULL), 0);
  CHECK_DOUBLE(out[0], 1);
  me_free(expr);
  /* Blocks whose size overflows are refused, not allocated. */
  deep_ones[0] = deep_ones[1] = deep_ones[2] = deep_ones[3] = 1 << 30;
  expr = NULL;
  CHECK_INT(me_compile_nd("a", d, 1, ME_AUTO, 4, deep_shape, deep_ones, deep_ones, NULL, &expr), 0);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 4, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
}

int main(void) {
  counts();
  positions_and_padding();
  reductions();
  empty_and_deep();
  return finish_checks();
}
