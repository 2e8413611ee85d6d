/* Expressions through me_compile and me_eval: results, which arrays to pass, reductions, output
 * dtypes.
 *
 * Example: `b + 1` declared over a and b takes one array (b's) or both.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "miniexpr.h"

enum { kItems = 10000 };
static double a[kItems], b[kItems], out[kItems];

static me_expr* compiled(const char* text, const me_variable* variables, int count,
                         me_dtype dtype) {
  me_expr* expr = NULL;
  int error = 1;
  const int status = me_compile(text, variables, count, dtype, &error, &expr);
  if (status != 0) {
    const char* why = me_get_last_error_message();
    printf("'%s': %s\n", text, why ? why : "?");
  }
  CHECK_INT(status, 0);
  CHECK_INT(error, 0);
  return expr;
}

static void whole_arrays(void) {
  const me_variable variables[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                                    {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
  const me_eval_params modes[2] = {{false, ME_SIMD_ULP_DEFAULT, ME_JIT_DEFAULT},
                                   {true, ME_SIMD_ULP_1, ME_JIT_OFF}};
  const void* vars[2];
  const int counts[] = {0, 1, 7, 4095, 4096, 4097, kItems};
  me_expr* expr = compiled("where(a > b, a * 2 - b, sqrt(a))", variables, 2, ME_AUTO);
  int m, c, i;
  vars[0] = a;
  vars[1] = b;
  CHECK_INT(me_get_dtype(expr), ME_FLOAT64);
  for (m = 0; m < 2; ++m) {
    for (c = 0; c < COUNT_OF(counts); ++c) {
      int wrong = 0;
      for (i = 0; i < kItems; ++i) out[i] = -1;
      CHECK_INT(me_eval(expr, vars, 2, out, counts[c], &modes[m]), 0);
      for (i = 0; i < kItems; ++i) {
        const double expected = i >= counts[c] ? -1 : a[i] > b[i] ? a[i] * 2 - b[i] : sqrt(a[i]);
        wrong += out[i] != expected;
      }
      CHECK_INT(wrong, 0);
    }
  }
  me_free(expr);
}

static void which_arrays(void) {
  static int id_a, id_b;
  const me_variable by_name[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                                  {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
  const me_variable by_address[2] = {{"a", ME_FLOAT64, &id_a, 0, NULL, 0},
                                     {"b", ME_FLOAT64, &id_b, 0, NULL, 0}};
  const void* vars[2];
  me_expr* expr = compiled("b + 1", by_name, 2, ME_AUTO);
  vars[0] = b;
  CHECK_INT(me_eval(expr, vars, 1, out, 3, NULL), 0);
  CHECK_DOUBLE(out[2], b[2] + 1);
  vars[0] = a;
  vars[1] = b;
  CHECK_INT(me_eval(expr, vars, 2, out, 3, NULL), 0);
  CHECK_DOUBLE(out[2], b[2] + 1);
  CHECK_INT(me_eval(expr, vars, 0, out, 3, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  me_free(expr);

  /* Without addresses: declaration order. */
  expr = compiled("b - a", by_name, 2, ME_AUTO);
  CHECK_INT(me_eval(expr, vars, 2, out, 3, NULL), 0);
  CHECK_DOUBLE(out[2], b[2] - a[2]);
  me_free(expr);

  /* With an address for each: order of first appearance. */
  expr = compiled("b - a", by_address, 2, ME_AUTO);
  vars[0] = b;
  vars[1] = a;
  CHECK_INT(me_eval(expr, vars, 2, out, 3, NULL), 0);
  CHECK_DOUBLE(out[2], b[2] - a[2]);
  me_free(expr);

  /* Names of functions may be variables. */
  {
    const me_variable shadow[1] = {{"sin", ME_FLOAT64, NULL, 0, NULL, 0}};
    expr = compiled("sin * 2", shadow, 1, ME_AUTO);
    vars[0] = a;
    CHECK_INT(me_eval(expr, vars, 1, out, 3, NULL), 0);
    CHECK_DOUBLE(out[2], a[2] * 2);
    me_free(expr);
  }
  /* No variables at all. */
  expr = compiled("2 + 3 * 4", NULL, 0, ME_FLOAT64);
  CHECK_INT(me_eval(expr, NULL, 0, out, 3, NULL), 0);
  CHECK_DOUBLE(out[0], 14);
  CHECK_DOUBLE(out[2], 14);
  me_free(expr);
}

static double reduce(const char* text, int count) {
  const me_variable variables[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  const void* vars[1];
  double result[2] = {-7, -7};
  me_expr* expr = compiled(text, variables, 1, ME_FLOAT64);
  vars[0] = a;
  CHECK_INT(me_eval(expr, vars, 1, result, count, NULL), 0);
  CHECK_DOUBLE(result[1], -7); /* one item only */
  me_free(expr);
  return result[0];
}

static void reductions(void) {
  const me_variable d[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  const me_variable i32[1] = {{"a", ME_INT32, NULL, 0, NULL, 0}};
  const me_variable u8[1] = {{"a", ME_UINT8, NULL, 0, NULL, 0}};
  const me_variable f32[1] = {{"a", ME_FLOAT32, NULL, 0, NULL, 0}};
  const void* vars[1];
  me_expr* expr;
  int i;

  CHECK_DOUBLE(reduce("sum(a)", kItems), (double)kItems * (kItems - 1) / 2);
  CHECK_DOUBLE(reduce("max(a)", kItems), kItems - 1);
  CHECK_DOUBLE(reduce("min(a)", kItems), 0);
  CHECK_DOUBLE(reduce("mean(a)", 5), 2);
  CHECK_DOUBLE(reduce("prod(a + 1)", 5), 120);
  CHECK_DOUBLE(reduce("sum(a > 1)", 5), 3);
  CHECK_DOUBLE(reduce("sum(1)", 5), 5);
  CHECK_DOUBLE(reduce("any(a)", 5), 1);
  CHECK_DOUBLE(reduce("all(a)", 5), 0);
  /* Nothing: the identities. */
  CHECK_DOUBLE(reduce("sum(a)", 0), 0);
  CHECK_DOUBLE(reduce("prod(a)", 0), 1);
  CHECK_DOUBLE(reduce("mean(a)", 0), NAN);
  CHECK_DOUBLE(reduce("any(a)", 0), 0);
  CHECK_DOUBLE(reduce("all(a)", 0), 1);
  CHECK_DOUBLE(reduce("min(a)", 0), INFINITY);
  CHECK_DOUBLE(reduce("max(a)", 0), -INFINITY);

  /* A reduction inside a larger expression: every item is written. */
  expr = compiled("sum(a) * 2", d, 1, ME_AUTO);
  vars[0] = a;
  CHECK_INT(me_eval(expr, vars, 1, out, 5, NULL), 0);
  for (i = 0; i < 5; ++i) CHECK_DOUBLE(out[i], 20);
  me_free(expr);
  expr = compiled("a - max(a)", d, 1, ME_AUTO);
  CHECK_INT(me_eval(expr, vars, 1, out, 5, NULL), 0);
  CHECK_DOUBLE(out[0], -4);
  me_free(expr);

  /* Result dtypes. */
  expr = compiled("sum(a)", i32, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_INT64);
  {
    const int32_t x[3] = {INT32_MAX, INT32_MAX, 1};
    int64_t r = 0;
    vars[0] = x;
    CHECK_INT(me_eval(expr, vars, 1, &r, 3, NULL), 0);
    CHECK_INT(r, 2LL * INT32_MAX + 1);
  }
  me_free(expr);
  expr = compiled("sum(a)", u8, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_UINT64);
  me_free(expr);
  expr = compiled("sum(a)", f32, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_FLOAT32);
  me_free(expr);
  expr = compiled("mean(a)", f32, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_FLOAT64);
  me_free(expr);
  expr = compiled("max(a)", i32, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_INT32);
  {
    int32_t r = 0;
    CHECK_INT(me_eval(expr, vars, 1, &r, 0, NULL), 0);
    CHECK_INT(r, INT32_MIN);
  }
  me_free(expr);
  expr = compiled("any(a > 1)", i32, 1, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_BOOL);
  CHECK_INT(me_get_itemsize(expr), 1);
  me_free(expr);
}

static void output_dtypes(void) {
  const me_variable untyped[1] = {{"a", ME_AUTO, NULL, 0, NULL, 0}};
  const me_variable d[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  const me_variable i32[2] = {{"a", ME_INT32, NULL, 0, NULL, 0}, {"b", ME_INT32, NULL, 0, NULL, 0}};
  const double x[5] = {-2.7, 2.7, NAN, 1e30, 0};
  const int32_t n[4] = {7, -7, 5, INT32_MIN}, m[4] = {2, 2, 0, -1};
  const void* vars[2];
  int32_t ints[5];
  uint8_t small[5];
  float singles[5];
  double doubles[4];
  me_expr* expr;
  vars[0] = x;

  expr = compiled("a", d, 1, ME_INT32);
  CHECK_INT(me_eval(expr, vars, 1, ints, 5, NULL), 0);
  CHECK_INT(ints[0], -2);
  CHECK_INT(ints[1], 2);
  CHECK_INT(ints[2], 0);
  CHECK_INT(ints[3], INT32_MAX);
  me_free(expr);
  expr = compiled("a", d, 1, ME_BOOL);
  CHECK_INT(me_eval(expr, vars, 1, small, 5, NULL), 0);
  CHECK_INT(small[0], 1);
  CHECK_INT(small[2], 1);
  CHECK_INT(small[4], 0);
  me_free(expr);
  expr = compiled("a > 1", d, 1, ME_FLOAT32);
  CHECK_INT(me_get_dtype(expr), ME_FLOAT32);
  CHECK_INT(me_eval(expr, vars, 1, singles, 5, NULL), 0);
  CHECK_DOUBLE(singles[1], 1);
  CHECK_DOUBLE(singles[4], 0);
  me_free(expr);

  /* Variables without a dtype take the output's. */
  expr = compiled("a * 2", untyped, 1, ME_FLOAT32);
  singles[0] = 1.25f;
  vars[0] = singles;
  {
    float r = 0;
    CHECK_INT(me_eval(expr, vars, 1, &r, 1, NULL), 0);
    CHECK_DOUBLE(r, 2.5);
  }
  me_free(expr);

  /* C division, without its traps. */
  vars[0] = n;
  vars[1] = m;
  expr = compiled("a / b", i32, 2, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_INT32);
  CHECK_INT(me_eval(expr, vars, 2, ints, 4, NULL), 0);
  CHECK_INT(ints[0], 3);
  CHECK_INT(ints[1], -3);
  CHECK_INT(ints[2], 0);
  CHECK_INT(ints[3], INT32_MIN);
  me_free(expr);
  /* With a float output: typed operands divide as integers, a literal takes the output's dtype. */
  expr = compiled("a / b", i32, 2, ME_FLOAT64);
  CHECK_INT(me_eval(expr, vars, 2, doubles, 4, NULL), 0);
  CHECK_DOUBLE(doubles[0], 3);
  me_free(expr);
  expr = compiled("a / 2", i32, 1, ME_FLOAT64);
  CHECK_INT(me_eval(expr, vars, 1, doubles, 4, NULL), 0);
  CHECK_DOUBLE(doubles[0], 3.5);
  me_free(expr);
}

int main(void) {
  int i;
  for (i = 0; i < kItems; ++i) {
    a[i] = i;
    b[i] = (i * 7919) % kItems;
  }
  whole_arrays();
  which_arrays();
  reductions();
  output_dtypes();
  return finish_checks();
}
