/* The interface of miniexpr.h itself: values, layouts, versions, statuses, offsets, messages.
 *
 * Example: me_compile("a + $", ...) is ME_COMPILE_ERR_PARSE with *error 5, the offset after the
 * offending character.
 */
#include <stddef.h>
#include <stdlib.h>

#include "check.h"
#include "miniexpr.h"

static int anchor_a, anchor_b;
static const me_variable two[2] = {{"a", ME_FLOAT64, &anchor_a, ME_VARIABLE, NULL, 0},
                                   {"b", ME_FLOAT64, &anchor_b, ME_VARIABLE, NULL, 0}};

static void values_and_layouts(void) {
  const me_dtype order[] = {ME_AUTO,      ME_BOOL,       ME_INT8,    ME_INT16,
                            ME_INT32,     ME_INT64,      ME_UINT8,   ME_UINT16,
                            ME_UINT32,    ME_UINT64,     ME_FLOAT32, ME_FLOAT64,
                            ME_COMPLEX64, ME_COMPLEX128, ME_STRING,  ME_BYTES};
  int i;
  for (i = 0; i < COUNT_OF(order); ++i) CHECK_INT(order[i], i);
  CHECK_INT(ME_VARIABLE, 0);
  CHECK_INT(ME_FUNCTION0, 8);
  CHECK_INT(ME_FUNCTION7, 15);
  CHECK_INT(ME_CLOSURE0, 16);
  CHECK_INT(ME_CLOSURE7, 23);
  CHECK_INT(ME_FLAG_PURE, 32);
  CHECK_INT(ME_FLAG_FLOAT_MATH, 64);
  CHECK_INT(ME_COMPILE_SUCCESS, 0);
  CHECK_INT(ME_COMPILE_ERR_OOM, -1);
  CHECK_INT(ME_COMPILE_ERR_PARSE, -2);
  CHECK_INT(ME_COMPILE_ERR_INVALID_ARG, -3);
  CHECK_INT(ME_COMPILE_ERR_COMPLEX_UNSUPPORTED, -4);
  CHECK_INT(ME_COMPILE_ERR_REDUCTION_INVALID, -5);
  CHECK_INT(ME_COMPILE_ERR_VAR_MIXED, -6);
  CHECK_INT(ME_COMPILE_ERR_VAR_UNSPECIFIED, -7);
  CHECK_INT(ME_COMPILE_ERR_INVALID_ARG_TYPE, -8);
  CHECK_INT(ME_COMPILE_ERR_MIXED_TYPE_NESTED, -9);
  CHECK_INT(ME_EVAL_SUCCESS, 0);
  CHECK_INT(ME_EVAL_ERR_OOM, -1);
  CHECK_INT(ME_EVAL_ERR_NULL_EXPR, -2);
  CHECK_INT(ME_EVAL_ERR_TOO_MANY_VARS, -3);
  CHECK_INT(ME_EVAL_ERR_VAR_MISMATCH, -4);
  CHECK_INT(ME_EVAL_ERR_INVALID_ARG, -5);
  CHECK_INT(ME_SIMD_ULP_DEFAULT, 0);
  CHECK_INT(ME_SIMD_ULP_1, 1);
  CHECK_INT(ME_SIMD_ULP_3_5, 2);
  CHECK_INT(ME_JIT_DEFAULT, 0);
  CHECK_INT(ME_JIT_ON, 1);
  CHECK_INT(ME_JIT_OFF, 2);
  CHECK_INT(ME_EVAL_BLOCK_NITEMS, 4096);
  CHECK_INT(ME_MAX_VARS, 128);
  CHECK_INT(ME_EVAL_ENABLE_BLOCKING, 1);
  CHECK_INT(ME_SIMD_ULP_DEFAULT_MODE, ME_SIMD_ULP_3_5);

  CHECK_INT(offsetof(me_variable, name), 0);
  CHECK(offsetof(me_variable, dtype) == sizeof(char*));
  CHECK(offsetof(me_variable, address) > offsetof(me_variable, dtype));
  CHECK(offsetof(me_variable, type) > offsetof(me_variable, address));
  CHECK(offsetof(me_variable, context) > offsetof(me_variable, type));
  CHECK(offsetof(me_variable, itemsize) > offsetof(me_variable, context));
  CHECK_INT(sizeof(me_variable), 6 * sizeof(void*));
  CHECK_INT(offsetof(me_eval_params, disable_simd), 0);
  CHECK_INT(offsetof(me_eval_params, simd_ulp_mode), 4);
  CHECK_INT(offsetof(me_eval_params, jit_mode), 8);
  CHECK_INT(sizeof(me_eval_params), 12);
  {
    const me_eval_params p = ME_EVAL_PARAMS_DEFAULTS;
    CHECK(!p.disable_simd && p.simd_ulp_mode == ME_SIMD_ULP_DEFAULT &&
          p.jit_mode == ME_JIT_DEFAULT);
  }
  CHECK(strcmp(me_version(), ME_VERSION_STRING) == 0);
  {
    char text[32];
    sprintf(text, "%d.%d.%d", ME_VERSION_MAJOR, ME_VERSION_MINOR, ME_VERSION_PATCH);
    CHECK(strncmp(ME_VERSION_STRING, text, strlen(text)) == 0);
  }
}

/* Compiles and expects a status; returns *error. */
static int refused(const char* text, const me_variable* variables, int count, me_dtype dtype,
                   int status) {
  int error = 12345;
  me_expr* expr = (me_expr*)&anchor_a;
  CHECK_INT(me_compile(text, variables, count, dtype, &error, &expr), status);
  CHECK(expr == NULL);
  CHECK(me_get_last_error_message() != NULL);
  CHECK(me_get_last_error_message() == NULL || strlen(me_get_last_error_message()) <= 255);
  if (expr != NULL && expr != (me_expr*)&anchor_a) me_free(expr);
  return error;
}

static void null_handling(void) {
  me_expr* expr = NULL;
  int error = 7;
  CHECK_INT(me_get_dtype(NULL), ME_AUTO);
  CHECK_INT(me_get_itemsize(NULL), 0);
  CHECK(!me_expr_has_jit_kernel(NULL));
  me_free(NULL);
  me_print(NULL);
  CHECK_INT(me_compile(NULL, two, 2, ME_FLOAT64, &error, &expr), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(error, -1);
  CHECK_INT(me_compile("a", two, 2, ME_FLOAT64, &error, NULL), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_compile("a", NULL, 2, ME_FLOAT64, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_compile("a", two, -1, ME_FLOAT64, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_compile("a + b", two, 2, ME_FLOAT64, NULL, &expr), 0);
  CHECK(expr != NULL && me_get_last_error_message() == NULL);
  CHECK_INT(me_get_dtype(expr), ME_FLOAT64);
  CHECK_INT(me_get_itemsize(expr), 8);
  {
    double x[2] = {1, 2}, out[2];
    const void* vars[2];
    const void* many[ME_MAX_VARS + 2];
    int i;
    vars[0] = x;
    vars[1] = x;
    for (i = 0; i < COUNT_OF(many); ++i) many[i] = x;
    CHECK_INT(me_eval(NULL, vars, 2, out, 2, NULL), ME_EVAL_ERR_NULL_EXPR);
    CHECK_INT(me_eval(expr, vars, 2, NULL, 2, NULL), ME_EVAL_ERR_INVALID_ARG);
    CHECK_INT(me_eval(expr, vars, 2, out, -1, NULL), ME_EVAL_ERR_INVALID_ARG);
    CHECK_INT(me_eval(expr, vars, 1, out, 2, NULL), ME_EVAL_ERR_VAR_MISMATCH);
    CHECK_INT(me_eval(expr, vars, 3, out, 2, NULL), ME_EVAL_ERR_VAR_MISMATCH);
    CHECK_INT(me_eval(expr, many, ME_MAX_VARS + 1, out, 2, NULL), ME_EVAL_ERR_TOO_MANY_VARS);
    CHECK(me_eval(expr, NULL, 2, out, 2, NULL) < 0);
    CHECK_INT(me_eval(expr, vars, 2, out, 2, NULL), 0);
    CHECK_DOUBLE(out[1], 4);
    /* An expression without geometry has no blocks. */
    CHECK_INT(me_eval_nd(expr, vars, 2, out, 2, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
    CHECK_INT(me_eval_nd(NULL, vars, 2, out, 2, 0, 0, NULL), ME_EVAL_ERR_NULL_EXPR);
    CHECK_INT(me_nd_valid_nitems(NULL, 0, 0, NULL), ME_EVAL_ERR_NULL_EXPR);
    CHECK_INT(me_eval_varlen(NULL, vars, 2, 2, NULL, NULL, 0, NULL, NULL), ME_EVAL_ERR_NULL_EXPR);
    CHECK_INT(me_eval_varlen(expr, vars, 2, 2, NULL, NULL, 0, NULL, NULL), ME_EVAL_ERR_INVALID_ARG);
    CHECK_INT(me_varlen_data_bound(expr, 2), 0);
    CHECK_INT(me_varlen_data_bound(NULL, 2), 0);
  }
  me_free(expr);
}

static void statuses_and_offsets(void) {
  const me_variable untyped[2] = {{"a", ME_AUTO, NULL, 0, NULL, 0},
                                  {"b", ME_AUTO, NULL, 0, NULL, 0}};
  const me_variable mixed[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                                {"b", ME_AUTO, NULL, 0, NULL, 0}};
  const me_variable bad_string[1] = {{"s", ME_STRING, NULL, 0, NULL, 3}};
  const me_variable no_string[1] = {{"s", ME_BYTES, NULL, 0, NULL, 0}};
  const me_variable function[1] = {{"f", ME_FLOAT64, NULL, ME_FUNCTION1, NULL, 0}};
  const me_variable unnamed[1] = {{NULL, ME_FLOAT64, NULL, 0, NULL, 0}};
  const me_variable strange[1] = {{"a", (me_dtype)99, NULL, 0, NULL, 0}};
  const int64_t shape[1] = {4};
  const int32_t chunk[1] = {4}, zero[1] = {0};
  me_expr* expr = NULL;
  int error = 3;

  CHECK_INT(refused("", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE), 1);
  CHECK(refused("   ", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE) >= 1);
  CHECK_INT(refused("a + $", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE), 5);
  CHECK(refused("a +", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE) >= 3);
  CHECK(refused("(a + b", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE) >= 6);
  CHECK(refused("a b", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE) == 3);
  CHECK_INT(refused("a + b", untyped, 2, ME_AUTO, ME_COMPILE_ERR_VAR_UNSPECIFIED), -1);
  CHECK_INT(refused("a + b", mixed, 2, ME_FLOAT64, ME_COMPILE_ERR_VAR_MIXED), -1);
  CHECK_INT(refused("a + b", mixed, 2, ME_AUTO, ME_COMPILE_ERR_VAR_MIXED), -1);
  CHECK_INT(refused("s", bad_string, 1, ME_AUTO, ME_COMPILE_ERR_INVALID_ARG_TYPE), -1);
  CHECK_INT(refused("s", no_string, 1, ME_AUTO, ME_COMPILE_ERR_INVALID_ARG_TYPE), -1);
  CHECK_INT(refused("f(1)", function, 1, ME_FLOAT64, ME_COMPILE_ERR_INVALID_ARG), -1);
  CHECK_INT(refused("1", unnamed, 1, ME_FLOAT64, ME_COMPILE_ERR_INVALID_ARG), -1);
  CHECK_INT(refused("a", strange, 1, ME_AUTO, ME_COMPILE_ERR_INVALID_ARG), -1);
  CHECK_INT(refused("a", two, 2, (me_dtype)77, ME_COMPILE_ERR_INVALID_ARG), -1);
  CHECK_INT(refused("sum(sum(a))", two, 2, ME_AUTO, ME_COMPILE_ERR_REDUCTION_INVALID), -1);
  CHECK_INT(refused("sum(a + max(b))", two, 2, ME_AUTO, ME_COMPILE_ERR_REDUCTION_INVALID), -1);
  CHECK(refused("missing + 1", two, 2, ME_AUTO, ME_COMPILE_ERR_PARSE) >= 1);
  CHECK_CONTAINS(me_get_last_error_message(), "missing");

  CHECK_INT(me_compile_nd("a", two, 1, ME_AUTO, 0, shape, chunk, chunk, &error, &expr), -3);
  CHECK_INT(error, -1);
  CHECK_INT(me_compile_nd("a", two, 1, ME_AUTO, 1, shape, zero, chunk, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", two, 1, ME_AUTO, 1, shape, chunk, zero, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", two, 1, ME_AUTO, 1, NULL, chunk, chunk, &error, &expr), -3);
  CHECK_INT(me_compile_nd_jit("a", two, 1, ME_AUTO, 1, shape, chunk, chunk, 9, &error, &expr), -3);
  CHECK(expr == NULL);
  CHECK_INT(
      me_compile_nd_jit("a", two, 1, ME_AUTO, 1, shape, chunk, chunk, ME_JIT_OFF, &error, &expr),
      0);
  CHECK_INT(error, 0);
  CHECK(!me_expr_has_jit_kernel(expr));
  me_free(expr);
}

static void kernel_messages(void) {
  const me_variable reserved[1] = {{"_i0", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* none = NULL;
  CHECK(me_compile("def k(a):\n    return a\n", two, 2, ME_AUTO, NULL, &none) < 0);
  CHECK_CONTAINS(me_get_last_error_message(),
                 "DSL input count mismatch: function expects 1 parameter(s), got 2");
  CHECK(me_compile("def k(a, z):\n    return a\n", two, 2, ME_AUTO, NULL, &none) < 0);
  CHECK_CONTAINS(me_get_last_error_message(), "missing DSL input for parameter 'z'");
  CHECK(me_compile("def k(_i0):\n    return 1\n", reserved, 1, ME_AUTO, NULL, &none) < 0);
  CHECK_CONTAINS(me_get_last_error_message(), "DSL input variable '_i0' uses a reserved name");
  CHECK(none == NULL);
  {
    me_expr* expr = NULL;
    CHECK(me_compile("def k(a, b):\n    return int + a\n", two, 2, ME_AUTO, NULL, &expr) < 0);
    CHECK_CONTAINS(me_get_last_error_message(), "invalid cast intrinsic usage");
    CHECK(me_compile("def k(a, b):\n    x = a\n", two, 2, ME_AUTO, NULL, &expr) < 0);
    CHECK_CONTAINS(me_get_last_error_message(),
                   "DSL kernel must return a value via a return statement");
  }
}

int main(void) {
  values_and_layouts();
  null_handling();
  statuses_and_offsets();
  kernel_messages();
  return finish_checks();
}
