/* Reductions: dtypes, nothing to reduce, NaN, what is written, nesting.
 *
 * Example: sum(a) over float32 {1, 2, 3} is float32 6 and writes one item; sum(a) * 2 writes all three.
 */
#include "client.h"

enum { kGuard = 0x5a };

/* sum, prod, mean, min, max of {1, 2, 3} in a dtype, each in the dtype that it must have. */
#define DTYPES(type, dtype, sum_type, sum_dtype)                                             \
  do {                                                                                       \
    const type a_[3] = {(type)1, (type)2, (type)3};                                          \
    operand v_[1] = {{"a", dtype, NULL}};                                                    \
    sum_type s_[3];                                                                          \
    double m_[3];                                                                            \
    type e_[3];                                                                              \
    v_[0].data = a_;                                                                         \
    CHECK_INT(evaluated("sum(a)", v_, 1, 3, s_), sum_dtype);                                 \
    CHECK(s_[0] == (sum_type)6);                                                             \
    CHECK_INT(evaluated("prod(a)", v_, 1, 3, s_), sum_dtype);                                \
    CHECK(s_[0] == (sum_type)6);                                                             \
    CHECK_INT(evaluated("mean(a)", v_, 1, 3, m_), ME_FLOAT64);                               \
    CHECK_DOUBLE(m_[0], 2);                                                                  \
    CHECK_INT(evaluated("min(a)", v_, 1, 3, e_), dtype);                                     \
    CHECK(e_[0] == (type)1);                                                                 \
    CHECK_INT(evaluated("max(a)", v_, 1, 3, e_), dtype);                                     \
    CHECK(e_[0] == (type)3);                                                                 \
  } while (0)

static void result_dtypes(void) {
  DTYPES(int8_t, ME_INT8, int64_t, ME_INT64);
  DTYPES(int16_t, ME_INT16, int64_t, ME_INT64);
  DTYPES(int32_t, ME_INT32, int64_t, ME_INT64);
  DTYPES(int64_t, ME_INT64, int64_t, ME_INT64);
  DTYPES(uint8_t, ME_UINT8, uint64_t, ME_UINT64);
  DTYPES(uint16_t, ME_UINT16, uint64_t, ME_UINT64);
  DTYPES(uint32_t, ME_UINT32, uint64_t, ME_UINT64);
  DTYPES(uint64_t, ME_UINT64, uint64_t, ME_UINT64);
  DTYPES(float, ME_FLOAT32, float, ME_FLOAT32);
  DTYPES(double, ME_FLOAT64, double, ME_FLOAT64);
}

static void of_bools(void) {
  const bool a[4] = {true, false, true, true};
  operand v[1] = {{"a", ME_BOOL, NULL}};
  int64_t s[4];
  bool b[4];
  double m[4];
  v[0].data = a;
  CHECK_INT(evaluated("sum(a)", v, 1, 4, s), ME_INT64);
  CHECK(s[0] == 3);
  CHECK_INT(evaluated("prod(a)", v, 1, 4, s), ME_INT64);
  CHECK(s[0] == 0);
  CHECK_INT(evaluated("mean(a)", v, 1, 4, m), ME_FLOAT64);
  CHECK_DOUBLE(m[0], 0.75);
  CHECK_INT(evaluated("any(a)", v, 1, 4, b), ME_BOOL);
  CHECK(b[0]);
  CHECK_INT(evaluated("all(a)", v, 1, 4, b), ME_BOOL);
  CHECK(!b[0]);
  CHECK_INT(evaluated("min(a)", v, 1, 4, b), ME_BOOL);
  CHECK(!b[0]);
}

static void of_complex_numbers(void) {
  const float a[6] = {1, 1, 2, -1, 0, 3}; /* 1+1j, 2-1j, 3j */
  operand v[1] = {{"a", ME_COMPLEX64, NULL}};
  float s[6];
  double m[6];
  bool b[3];
  int error = 0;
  me_variable variables[1];
  me_expr* expr = NULL;
  v[0].data = a;
  CHECK_INT(evaluated("sum(a)", v, 1, 3, s), ME_COMPLEX64);
  CHECK(s[0] == 3 && s[1] == 3);
  CHECK_INT(evaluated("prod(a)", v, 1, 3, s), ME_COMPLEX64);
  CHECK(s[0] == -3 && s[1] == 9);
  CHECK_INT(evaluated("mean(a)", v, 1, 3, m), ME_COMPLEX128);
  CHECK(m[0] == 1 && m[1] == 1);
  CHECK_INT(evaluated("all(a)", v, 1, 3, b), ME_BOOL);
  CHECK(b[0]);
  declare(v, 1, variables);
  CHECK_INT(me_compile("min(a)", variables, 1, ME_AUTO, &error, &expr), ME_COMPILE_ERR_REDUCTION_INVALID);
  CHECK_INT(me_compile("max(a)", variables, 1, ME_AUTO, &error, &expr), ME_COMPILE_ERR_REDUCTION_INVALID);
}

/* A reduction of `type` over no items. */
#define OF_NOTHING(text, dtype, type, result, value)              \
  do {                                                            \
    operand v_[1] = {{"a", dtype, ""}};                           \
    type r_[1];                                                   \
    memset(r_, kGuard, sizeof r_);                                \
    CHECK_INT(evaluated(text, v_, 1, 0, r_), result);             \
    CHECK(r_[0] == (type)(value));                                \
  } while (0)

static void of_nothing(void) {
  double m[1];
  operand v[1] = {{"a", ME_FLOAT64, ""}};
  OF_NOTHING("sum(a)", ME_FLOAT64, double, ME_FLOAT64, 0);
  OF_NOTHING("sum(a)", ME_INT32, int64_t, ME_INT64, 0);
  OF_NOTHING("prod(a)", ME_FLOAT32, float, ME_FLOAT32, 1);
  OF_NOTHING("any(a)", ME_INT8, bool, ME_BOOL, false);
  OF_NOTHING("all(a)", ME_INT8, bool, ME_BOOL, true);
  OF_NOTHING("min(a)", ME_INT32, int32_t, ME_INT32, INT32_MAX);
  OF_NOTHING("max(a)", ME_INT32, int32_t, ME_INT32, INT32_MIN);
  OF_NOTHING("min(a)", ME_UINT8, uint8_t, ME_UINT8, 255);
  OF_NOTHING("max(a)", ME_UINT8, uint8_t, ME_UINT8, 0);
  OF_NOTHING("min(a)", ME_FLOAT64, double, ME_FLOAT64, INFINITY);
  OF_NOTHING("max(a)", ME_FLOAT64, double, ME_FLOAT64, -INFINITY);
  CHECK_INT(evaluated("mean(a)", v, 1, 0, m), ME_FLOAT64);
  CHECK(isnan(m[0]));
}

static void not_a_number(void) {
  const double a[3] = {0, NAN, 0};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  bool b[3];
  v[0].data = a;
  CHECK_INT(evaluated("min(a) != min(a)", v, 1, 3, b), ME_BOOL);
  CHECK(b[0] && b[2]);
  CHECK_INT(evaluated("max(a) != max(a)", v, 1, 3, b), ME_BOOL);
  CHECK(b[0] && b[2]);
  CHECK_INT(evaluated("any(a)", v, 1, 3, b), ME_BOOL);
  CHECK(b[0]);
  CHECK_INT(evaluated("all(a)", v, 1, 3, b), ME_BOOL);
  CHECK(!b[0]);
}

static void of_expressions(void) {
  const int32_t a[5] = {1, 2, 3, 4, 5};
  operand v[1] = {{"a", ME_INT32, NULL}};
  int64_t s[5];
  v[0].data = a;
  CHECK_INT(evaluated("sum(a > 1)", v, 1, 5, s), ME_INT64);
  CHECK(s[0] == 4);
  CHECK_INT(evaluated("sum(a * a - a)", v, 1, 5, s), ME_INT64);
  CHECK(s[0] == 40);
  CHECK_INT(evaluated("sum(1) + a * 0", v, 1, 5, s), ME_INT64);
  CHECK(s[0] == 5 && s[4] == 5);
}

static void nested(void) {
  int error = 0;
  CHECK_INT(compile_xy("sum(x - mean(x))", &error), ME_COMPILE_ERR_REDUCTION_INVALID);
  CHECK_INT(error, -1);
  CHECK_INT(compile_xy("max(sum(x) + y)", &error), ME_COMPILE_ERR_REDUCTION_INVALID);
  CHECK_INT(compile_xy("sum(x) * max(y)", &error), ME_COMPILE_SUCCESS);
}

static void what_is_written(void) {
  const double a[3] = {1, 2, 3};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  double r[3];
  double untouched;
  v[0].data = a;
  memset(r, kGuard, sizeof r);
  memset(&untouched, kGuard, sizeof untouched);
  CHECK_INT(evaluated("sum(a)", v, 1, 3, r), ME_FLOAT64);
  CHECK(r[0] == 6 && memcmp(&r[1], &untouched, 8) == 0 && memcmp(&r[2], &untouched, 8) == 0);
  CHECK_INT(evaluated("sum(a) * 2", v, 1, 3, r), ME_FLOAT64);
  CHECK(r[0] == 12 && r[1] == 12 && r[2] == 12);
  CHECK_INT(evaluated("a - min(a)", v, 1, 3, r), ME_FLOAT64);
  CHECK(r[0] == 0 && r[1] == 1 && r[2] == 2);
}

static void explicit_output(void) {
  const double a[3] = {1.5, 2.5, 4.9};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  int32_t r[3];
  float f[3];
  v[0].data = a;
  CHECK_INT(evaluated_as("sum(a)", v, 1, ME_INT32, 3, r), ME_INT32);
  CHECK_INT(r[0], 8);
  CHECK_INT(evaluated_as("mean(a)", v, 1, ME_FLOAT32, 3, f), ME_FLOAT32);
  CHECK(f[0] == (float)(8.9 / 3));
}

static void long_blocks(void) {
  enum { kItems = 100000 };
  static float a[kItems];
  operand v[1] = {{"a", ME_FLOAT32, NULL}};
  static float r[kItems];
  me_variable variables[1];
  me_expr* expr = NULL;
  const void* arrays[1];
  int error = 0, i;
  for (i = 0; i < kItems; ++i) a[i] = 0.1f;
  declare(v, 1, variables);
  arrays[0] = a;
  CHECK_INT(me_compile("sum(a)", variables, 1, ME_AUTO, &error, &expr), ME_COMPILE_SUCCESS);
  CHECK_INT(me_eval(expr, arrays, 1, r, kItems, NULL), ME_EVAL_SUCCESS);
  CHECK(r[0] == (float)((double)kItems * (double)0.1f)); /* float32 is accumulated in float64 */
  me_free(expr);
}

int main(void) {
  static const rule rules[] = {
      {"sum, prod, mean, min and max have their dtypes", result_dtypes},
      {"bools count as 0 and 1", of_bools},
      {"complex numbers add, multiply and average, and have no order", of_complex_numbers},
      {"of no items there is the identity, and a mean that is NaN", of_nothing},
      {"min and max are NaN where there is one; NaN is true", not_a_number},
      {"any expression may be reduced, constants are repeated", of_expressions},
      {"a reduction in a reduction is refused", nested},
      {"a reduction alone writes one item, in an expression all", what_is_written},
      {"the output's dtype is cast to", explicit_output},
      {"float32 sums are right to the last digit", long_blocks},
  };
  return RUN_RULES("reductions", rules);
}
