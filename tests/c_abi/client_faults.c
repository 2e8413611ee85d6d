/* Faults of miniexpr 0.2.1 that nothing here may share: one function per fault, named after it.
 *
 * Example: integer division by zero ends the process there; here it is 0 in every mode. The table at the
 * end of this file lists them all with the part of the interface they belong to.
 */
#include <limits.h>
#include <pthread.h>

#include "client.h"

/* ---- grammar */

static void extra_arguments_are_dropped(void) {
  static const char* const texts[] = {"sum(x, y)", "min(x, y)", "max(x, y)", "sin(x, y)", "sqrt(x, y)",
                                      "abs(x, y)"};
  int i, error;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    CHECK_INT(compile_xy(texts[i], &error), ME_COMPILE_ERR_PARSE);
    CHECK_CONTAINS(me_get_last_error_message(), "takes 1 argument");
  }
}

static char* repeated(const char* part, size_t count, const char* tail) {
  const size_t size = strlen(part);
  char* text = (char*)malloc(size * count + strlen(tail) + 1);
  size_t i;
  for (i = 0; i < count; ++i) memcpy(text + i * size, part, size);
  strcpy(text + size * count, tail);
  return text;
}

static void deep_nesting_overflows_the_stack(void) {
  static const char* const parts[] = {"(", "-", "not ", "sin(", "abs ", "x**", "where(x,"};
  int i, error;
  for (i = 0; i < COUNT_OF(parts); ++i) {
    char* text = repeated(parts[i], 100000, "x");
    const int status = compile_xy(text, &error);
    CHECK(status == ME_COMPILE_ERR_PARSE || (status == 0 && strcmp(parts[i], "x**") == 0));
    free(text);
  }
}

static void big_integer_literals_lose_digits(void) {
  const int64_t a[1] = {0};
  const uint64_t u[1] = {0};
  operand v[1] = {{"a", ME_INT64, NULL}};
  int64_t out[1];
  uint64_t uout[1];
  v[0].data = a;
  CHECK_INT(evaluated("a + 9007199254740993", v, 1, 1, out), ME_INT64);
  CHECK(out[0] == 9007199254740993LL);
  CHECK_INT(evaluated("a + 9223372036854775807", v, 1, 1, out), ME_INT64);
  CHECK(out[0] == INT64_MAX);
  CHECK_INT(evaluated("a - 0x7fffffffffffffff", v, 1, 1, out), ME_INT64);
  CHECK(out[0] == -INT64_MAX);
  v[0].dtype = ME_UINT64;
  v[0].data = u;
  CHECK_INT(evaluated("a + 18446744073709551615", v, 1, 1, uout), ME_UINT64);
  CHECK(uout[0] == UINT64_MAX);
}

static void literals_beside_bools_are_bools(void) {
  const bool b[2] = {true, false};
  operand v[1] = {{"b", ME_BOOL, NULL}};
  double f[2];
  int32_t n[2];
  uint8_t t[2];
  v[0].data = b;
  CHECK_INT(evaluated("b + 1.5", v, 1, 2, f), ME_FLOAT64);
  CHECK(f[0] == 2.5 && f[1] == 1.5);
  CHECK_INT(evaluated("b + 1", v, 1, 2, n), ME_INT32);
  CHECK(n[0] == 2 && n[1] == 1);
  CHECK_INT(evaluated_as("b * 7", v, 1, ME_BOOL, 2, t), ME_BOOL);
  CHECK(t[0] == 1 && t[1] == 0);
}

static void negated_literals_are_float64(void) {
  const float a[1] = {2};
  operand v[1] = {{"a", ME_FLOAT32, NULL}};
  float out[1];
  v[0].data = a;
  CHECK_INT(evaluated("-0.5 * a", v, 1, 1, out), ME_FLOAT32);
  CHECK_DOUBLE(out[0], -1);
  CHECK_INT(evaluated("a + sqrt(4.0)", v, 1, 1, out), ME_FLOAT32);
  CHECK_DOUBLE(out[0], 4);
  CHECK_INT(evaluated("a * -2", v, 1, 1, out), ME_FLOAT32);
  CHECK_DOUBLE(out[0], -4);
}

static void pi_and_e_only_here_and_there(void) {
  const double pi = 3.141592653589793, e = 2.718281828459045;
  CHECK_DOUBLE(value_xy("pi", 3, 2), pi);
  CHECK_DOUBLE(value_xy("pi()", 3, 2), pi);
  CHECK_DOUBLE(value_xy("pi * x", 3, 2), pi * 3);
  CHECK_DOUBLE(value_xy("x * pi", 3, 2), 3 * pi);
  CHECK_DOUBLE(value_xy("e + pi", 3, 2), e + pi);
  CHECK_DOUBLE(value_xy("-e", 3, 2), -e);
  CHECK_DOUBLE(value_xy("sin(pi) + (pi)", 3, 2), sin(pi) + pi);
  {
    int error;
    CHECK_INT(compile_xy("pi x", &error), ME_COMPILE_ERR_PARSE);
  }
}

static double seven(void) { return 7; }
/* Through a pointer to function, so that no conversion of one to an object is needed. */
static const void* address_of_seven(void) {
  double (*function)(void) = seven;
  const void* address;
  memcpy(&address, &function, sizeof address);
  return address;
}

static void pure_functions_of_nothing_too(void) {
  static const char* const texts[] = {"f", "f()", "f * a", "a * f", "f() * a", "-f + f", "f a"};
  static const double expected[] = {7, 7, 14, 14, 14, 0, NAN};
  int i, k;
  for (k = 0; k < 2; ++k) {
    const double a[1] = {2};
    me_variable v[2] = {{"a", ME_FLOAT64, NULL, ME_VARIABLE, NULL, 0},
                        {"f", ME_FLOAT64, NULL, ME_FUNCTION0, NULL, 0}};
    v[1].address = address_of_seven();
    if (k == 1) v[1].type |= ME_FLAG_PURE;
    for (i = 0; i < COUNT_OF(texts); ++i) {
      const void* arrays[1];
      double out[1] = {-1};
      me_expr* expr = NULL;
      const int status = me_compile(texts[i], v, 2, ME_AUTO, NULL, &expr);
      arrays[0] = a;
      CHECK_INT(status, isnan(expected[i]) ? ME_COMPILE_ERR_PARSE : ME_COMPILE_SUCCESS);
      if (status != 0) continue;
      CHECK_INT(me_eval(expr, arrays, 1, out, 1, NULL), 0);
      CHECK_DOUBLE(out[0], expected[i]);
      me_free(expr);
    }
  }
}

/* ---- functions */

static void whole_numbers_go_through_double(void) {
  const uint64_t u[1] = {UINT64_MAX - 6};
  const int64_t s[1] = {-9007199254740993LL};
  static const char* const same[] = {"abs(a)", "floor(a)", "ceil(a)", "trunc(a)", "round(a)", "rint(a)"};
  operand v[1] = {{"a", ME_UINT64, NULL}};
  int i;
  for (i = 0; i < COUNT_OF(same); ++i) {
    uint64_t out[1] = {0};
    int64_t signed_out[1] = {0};
    v[0].dtype = ME_UINT64;
    v[0].data = u;
    CHECK_INT(evaluated(same[i], v, 1, 1, out), ME_UINT64);
    CHECK(out[0] == u[0]);
    v[0].dtype = ME_INT64;
    v[0].data = s;
    CHECK_INT(evaluated(same[i], v, 1, 1, signed_out), ME_INT64);
    CHECK(signed_out[0] == (i == 0 ? -s[0] : s[0]));
  }
}

static void parts_of_complex64_are_read_as_doubles(void) {
  const float c[8] = {1.5f, -2, 3, 4, -5, 6, 0.25f, -0.5f};
  static const char* const texts[] = {"real(c)", "imag(c)", "real(c) + imag(c)", "real(conj(c))"};
  operand v[1] = {{"c", ME_COMPLEX64, NULL}};
  double out[4];
  float narrow[4];
  int i, k;
  v[0].data = c;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    CHECK_INT(evaluated_as(texts[i], v, 1, ME_FLOAT64, 4, out), ME_FLOAT64);
    CHECK_INT(evaluated(texts[i], v, 1, 4, narrow), ME_FLOAT32);
    for (k = 0; k < 4; ++k) {
      const double re = c[2 * k], im = c[2 * k + 1];
      const double expected = i == 1 ? im : i == 2 ? re + im : re;
      CHECK_DOUBLE(out[k], expected);
      CHECK_DOUBLE(narrow[k], expected);
    }
  }
}

static void complex_results_refuse_arithmetic(void) {
  const double c[4] = {3, 4, -1, 0};
  operand v[1] = {{"c", ME_COMPLEX128, NULL}};
  double out[2];
  uint8_t truth[2];
  v[0].data = c;
  CHECK_INT(evaluated("abs(c) * real(c)", v, 1, 2, out), ME_FLOAT64);
  CHECK(out[0] == 15 && out[1] == -1);
  CHECK_INT(evaluated("abs(c) > real(c)", v, 1, 2, truth), ME_BOOL);
  CHECK(truth[0] == 1 && truth[1] == 1);
  CHECK_INT(evaluated("c == conj(c)", v, 1, 2, truth), ME_BOOL);
  CHECK(truth[0] == 0 && truth[1] == 1);
  CHECK_INT(evaluated_as("real(where(c == conj(c), c, -c))", v, 1, ME_FLOAT64, 2, out), ME_FLOAT64);
  CHECK(out[0] == -3 && out[1] == -1);
}

/* ---- dtypes */

static void sums_of_bools_are_two(void) {
  const bool a[4] = {false, false, true, true}, b[4] = {false, true, false, true};
  static const char* const texts[] = {"a + b", "-a", "a - b", "a * b", "a + a + a", "-(a + b)", "a << b"};
  operand v[2] = {{"a", ME_BOOL, NULL}, {"b", ME_BOOL, NULL}};
  int i, k;
  v[0].data = a;
  v[1].data = b;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    uint8_t out[4] = {9, 9, 9, 9};
    CHECK_INT(evaluated(texts[i], v, 2, 4, out), ME_BOOL);
    for (k = 0; k < 4; ++k) CHECK(out[k] <= 1);
    if (i == 0) CHECK(out[0] == 0 && out[1] == 1 && out[2] == 1 && out[3] == 1);
    if (i == 1) CHECK(out[0] == 0 && out[2] == 1);
  }
}

#define DIVIDE(type, dtype, minimum)                                                              \
  do {                                                                                            \
    const type a_[4] = {(type)(minimum), 7, (type)(minimum), 0};                                  \
    const type b_[4] = {(type)-1, 0, 0, 0};                                                       \
    static const char* const texts_[] = {"a / b", "a % b", "a // b",                              \
                                         "def k(a, b):\n    return a / b + a % b\n",              \
                                         "def k(a, b):\n    c = a\n    c //= b\n    return c\n"}; \
    operand v_[2] = {{"a", dtype, NULL}, {"b", dtype, NULL}};                                     \
    int i_;                                                                                       \
    v_[0].data = a_;                                                                              \
    v_[1].data = b_;                                                                              \
    for (i_ = 0; i_ < COUNT_OF(texts_); ++i_) {                                                   \
      type o_[4] = {1, 1, 1, 1};                                                                  \
      CHECK_INT(evaluated(texts_[i_], v_, 2, 4, o_), dtype);                                      \
      CHECK(o_[1] == 0 && o_[2] == 0 && o_[3] == 0);                                              \
    }                                                                                             \
  } while (0)

static void integer_division_by_zero_ends_the_process(void) {
  DIVIDE(int8_t, ME_INT8, INT8_MIN);
  DIVIDE(int16_t, ME_INT16, INT16_MIN);
  DIVIDE(int32_t, ME_INT32, INT32_MIN);
  DIVIDE(int64_t, ME_INT64, INT64_MIN);
  DIVIDE(uint8_t, ME_UINT8, 0);
  DIVIDE(uint16_t, ME_UINT16, 0);
  DIVIDE(uint32_t, ME_UINT32, 0);
  DIVIDE(uint64_t, ME_UINT64, 0);
  {
    const int32_t a[2] = {INT32_MIN, 9}, b[2] = {-1, -1};
    operand v[2] = {{"a", ME_INT32, NULL}, {"b", ME_INT32, NULL}};
    int32_t out[2];
    v[0].data = a;
    v[1].data = b;
    CHECK_INT(evaluated("a / b", v, 2, 2, out), ME_INT32);
    CHECK(out[0] == INT32_MIN && out[1] == -9); /* wraps */
    CHECK_INT(evaluated("a % b", v, 2, 2, out), ME_INT32);
    CHECK(out[0] == 0 && out[1] == 0);
    CHECK_INT(evaluated("a / 0", v, 2, 2, out), ME_INT32);
    CHECK(out[0] == 0 && out[1] == 0);
  }
}

static void modulo_of_big_integers_loses_digits(void) {
  const int64_t a[3] = {9007199254740993LL, INT64_MAX, INT64_MIN}, b[3] = {10, 1000, 7};
  operand v[2] = {{"a", ME_INT64, NULL}, {"b", ME_INT64, NULL}};
  int64_t out[3];
  int i;
  v[0].data = a;
  v[1].data = b;
  CHECK_INT(evaluated("a % b", v, 2, 3, out), ME_INT64);
  for (i = 0; i < 3; ++i) CHECK(out[i] == a[i] % b[i]);
}

/* ---- reductions */

static void an_expression_around_a_reduction_overruns_its_output(void) {
  /* All items are written, and not one more. */
  const double a[6] = {1, 2, 3, 4, 5, 6};
  double out[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  v[0].data = a;
  CHECK_INT(evaluated("sum(a) + 1", v, 1, 6, out), ME_FLOAT64);
  CHECK(out[0] == 22 && out[5] == 22 && out[6] == -1 && out[7] == -1);
  CHECK_INT(evaluated("sum(a)", v, 1, 6, out), ME_FLOAT64);
  CHECK(out[0] == 21 && out[1] == 22);
}

/* ---- blocks */

static me_expr* compiled_block(const char* text, int ndims, const int64_t* shape, const int32_t* chunk,
                               const int32_t* block, me_dtype output) {
  const me_variable v[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}, {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  CHECK_INT(me_compile_nd(text, v, 2, output, ndims, shape, chunk, block, NULL, &expr), 0);
  return expr;
}

static void reductions_of_padded_blocks_go_run_by_run(void) {
  const int64_t shape[2] = {2, 1};
  const int32_t two[2] = {2, 2};
  const double a[4] = {1, -50, 3, -70};
  const void* arrays[2];
  double out[4];
  me_expr* expr = compiled_block("sum(a) + a", 2, shape, two, two, ME_AUTO);
  arrays[0] = a;
  arrays[1] = a;
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 5 && out[1] == 0 && out[2] == 7 && out[3] == 0);
  me_free(expr);
  expr = compiled_block("a - mean(a) + max(b)", 2, shape, two, two, ME_AUTO);
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 2 && out[1] == 0 && out[2] == 4 && out[3] == 0);
  me_free(expr);
}

static void blocks_want_the_first_variables(void) {
  const int64_t shape[1] = {3};
  const int32_t four[1] = {4};
  const double a[4] = {1, 2, 3, 4}, b[4] = {10, 20, 30, 40};
  const void* arrays[2];
  double out[4];
  me_expr* expr = compiled_block("b + 1", 1, shape, four, four, ME_AUTO);
  arrays[0] = b;
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 11 && out[2] == 31 && out[3] == 0);
  arrays[0] = a;
  arrays[1] = b;
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 11 && out[2] == 31 && out[3] == 0);
  me_free(expr);
  expr = compiled_block("a + 1", 1, shape, four, four, ME_AUTO);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 2 && out[2] == 4);
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 2 && out[2] == 4);
  me_free(expr);
  expr = compiled_block("2 * 3 + 1", 1, shape, four, four, ME_FLOAT64);
  CHECK_INT(me_eval_nd(expr, NULL, 0, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 7 && out[2] == 7 && out[3] == 0);
  me_free(expr);
}

static void large_trees_lose_nodes_in_blocks(void) {
  const int64_t shape[1] = {3};
  const int32_t four[1] = {4};
  const double a[4] = {1, 2, 3, 4}, b[4] = {10, 20, 30, 40};
  const void* arrays[2];
  double out[4];
  char* text = repeated("a + (b + ", 30, "0)");
  char* wide = repeated("a + b * 2 + ", 200, "0");
  char* whole = (char*)malloc(strlen(text) + 64);
  me_expr* expr;
  size_t used;
  int i;
  strcpy(whole, text);
  used = strlen(whole);
  for (i = 1; i < 30; ++i) whole[used++] = ')';
  whole[used] = '\0';
  arrays[0] = a;
  arrays[1] = b;
  expr = compiled_block(whole, 1, shape, four, four, ME_AUTO);
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 330 && out[2] == 990 && out[3] == 0);
  me_free(expr);
  expr = compiled_block(wide, 1, shape, four, four, ME_AUTO);
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, 4, 0, 0, NULL), 0);
  CHECK(out[0] == 4200 && out[2] == 12600 && out[3] == 0);
  me_free(expr);
  free(text);
  free(wide);
  free(whole);
}

static void many_references_of_mixed_dtypes_overflow_the_stack(void) {
  const float x[3] = {1, 2, 3};
  const int32_t n[3] = {10, 20, 30};
  operand v[2] = {{"a", ME_FLOAT32, NULL}, {"b", ME_INT32, NULL}};
  double out[3];
  char* text = repeated("a+b+", 100, "0");
  v[0].data = x;
  v[1].data = n;
  CHECK_INT(evaluated(text, v, 2, 3, out), ME_FLOAT64);
  CHECK(out[0] == 1100 && out[1] == 2200 && out[2] == 3300);
  free(text);
  text = repeated("a+b+", 1000, "0");
  CHECK_INT(evaluated(text, v, 2, 3, out), ME_FLOAT64);
  CHECK(out[0] == 11000 && out[2] == 33000);
  free(text);
}

/* ---- strings */

static void predicates_cannot_be_reduced(void) {
  const uint32_t s[3][2] = {{'x', 0}, {'a', 'b'}, {'A', 0}};
  static const char* const texts[] = {"any(s == 'x')", "all(s == 'x')", "sum(s == 'x')", "any(startswith(s, 'a'))",
                                      "any(upper(s) == 'AB')", "sum(contains(lower(s), 'a'))",
                                      "any(s < 'B')"};
  static const int expected[] = {1, 0, 1, 1, 1, 2, 1};
  me_variable v[1] = {{"s", ME_STRING, NULL, ME_VARIABLE, NULL, 8}};
  const void* arrays[1];
  int i;
  arrays[0] = s;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    me_expr* expr = NULL;
    int64_t out[2] = {0, -1};
    CHECK_INT(me_compile(texts[i], v, 1, ME_INT64, NULL, &expr), 0);
    CHECK_INT(me_eval(expr, arrays, 1, out, 3, NULL), 0);
    CHECK_INT(out[0], expected[i]);
    CHECK_INT(out[1], -1);
    me_free(expr);
  }
}

/* ---- kernels */

static double kernel_x(const char* body, double x) {
  char text[512];
  sprintf(text, "def k(x, y):\n%s", body);
  return value_xy(text, x, 2);
}

static void compiled_loops_never_end(void) {
  const char* text = "def k(x):\n    while x > 0:\n        x = x + 1\n    return x\n";
  const double x[2] = {1, 2};
  const me_variable v[1] = {{"x", ME_FLOAT64, NULL, 0, NULL, 0}};
  const void* arrays[1];
  double out[2];
  me_expr* expr = NULL;
  me_eval_params interpreter = {false, ME_SIMD_ULP_DEFAULT, ME_JIT_OFF};
  arrays[0] = x;
  CHECK_INT(me_compile(text, v, 1, ME_AUTO, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, arrays, 1, out, 1, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_CONTAINS(me_get_last_error_message(), "iteration limit");
  CHECK_INT(me_eval(expr, arrays, 1, out, 1, &interpreter), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
}

static void casts_truncate_their_operands_first(void) {
  CHECK_DOUBLE(kernel_x("    return x * 0 + int(x * 1.5)\n", 3), 4);
  CHECK_DOUBLE(kernel_x("    return x * 0 + int(x * 1.5)\n", 1), 1);
  CHECK_DOUBLE(kernel_x("    return x * 0 + int(x * 2.5)\n", 1.5), 3);
  CHECK_DOUBLE(kernel_x("    return x * 0 + int(x)**2\n", 3.7), 9);
  CHECK_DOUBLE(kernel_x("    return x * 0 + int(x)**2\n", -4.2), 16);
}

static void unassigned_locals_read_any_memory(void) {
  int i;
  for (i = 0; i < 10; ++i) {
    CHECK_DOUBLE(kernel_x("    if x > 2:\n        z = x\n    return z\n", 1), 0);
    CHECK_DOUBLE(kernel_x("    if x > 2:\n        z = x\n    return z\n", 3), 3);
  }
}

static void constants_break_kernels(void) {
  CHECK_DOUBLE(kernel_x("    return pi * x\n", 3), 3.141592653589793 * 3);
  CHECK_DOUBLE(kernel_x("    return e + x\n", 3), 2.718281828459045 + 3);
  CHECK_DOUBLE(kernel_x("    z = pi\n    return z\n", 3), 3.141592653589793);
}

static void compiled_kernels_follow_precedence_of_c(void) {
  /* evaluated() compares both modes; these are the values of the expression grammar. */
  CHECK_DOUBLE(kernel_x("    return not x > 2\n", 3), 0);
  CHECK_DOUBLE(kernel_x("    return not x > 2\n", 1), 1);
  CHECK_DOUBLE(kernel_x("    return !x == y\n", 2), value_xy("!x == y", 2, 2));
  CHECK_DOUBLE(kernel_x("    return x | y == 3\n", 1), 1);
  CHECK_DOUBLE(kernel_x("    return x & y == 3\n", 3), 0);
  CHECK_DOUBLE(kernel_x("    return x & y == 2\n", 3), 1);
  CHECK_DOUBLE(kernel_x("    return -x**2\n", 3), 9);
}

static void loop_variables_differ_between_engines(void) {
  CHECK_DOUBLE(kernel_x("    z = 0.0\n    for i in range(3):\n        z = z + 1\n    return i * 1.0\n", 1), 2);
  CHECK_DOUBLE(kernel_x("    z = 0.0\n    for i in range(4):\n        z = z + 1\n        i = i + 2\n    return z\n",
                        1), 4);
  CHECK_DOUBLE(kernel_x("    for i in range(4):\n        i = i * 10\n    return i * 1.0\n", 1), 30);
}

/* Compiling in several threads at once races over unlocked tables there. */
static void* compile_much(void* argument) {
  int* wrong = (int*)argument;
  int i;
  for (i = 0; i < 40; ++i) {
    const me_variable v[1] = {{"x", ME_FLOAT64, NULL, 0, NULL, 0}};
    const double x[1] = {2};
    const void* arrays[1];
    double out[1] = {0};
    char text[96];
    me_expr* expr = NULL;
    arrays[0] = x;
    sprintf(text, "def k(x):\n    y = x * %d\n    return y + 1\n", i % 10);
    if (me_compile(text, v, 1, ME_AUTO, NULL, &expr) != 0 || me_eval(expr, arrays, 1, out, 1, NULL) != 0 ||
        out[0] != 2 * (i % 10) + 1) {
      ++*wrong;
    }
    me_free(expr);
  }
  return NULL;
}

static void concurrent_compilation_races(void) {
  pthread_t thread[6];
  int wrong[6] = {0, 0, 0, 0, 0, 0};
  int i;
  for (i = 0; i < 6; ++i) CHECK_INT(pthread_create(&thread[i], NULL, compile_much, &wrong[i]), 0);
  for (i = 0; i < 6; ++i) {
    pthread_join(thread[i], NULL);
    CHECK_INT(wrong[i], 0);
  }
}

int main(void) {
  static const rule rules[] = {
      {"grammar: extra arguments of one-argument functions are errors", extra_arguments_are_dropped},
      {"grammar: deep nesting is refused", deep_nesting_overflows_the_stack},
      {"grammar: integer literals are exact to 64 bits", big_integer_literals_lose_digits},
      {"grammar: literals beside bools keep their value and dtype", literals_beside_bools_are_bools},
      {"grammar: negated literals and constant calls keep float32", negated_literals_are_float64},
      {"grammar: pi and e stand anywhere", pi_and_e_only_here_and_there},
      {"grammar: functions of nothing stand anywhere, pure or not", pure_functions_of_nothing_too},
      {"functions: parts of complex64 are float32", parts_of_complex64_are_read_as_doubles},
      {"functions: arithmetic on parts of complex numbers", complex_results_refuse_arithmetic},
      {"functions: 64-bit integers are exact", whole_numbers_go_through_double},
      {"dtypes: bools are 0 or 1 after arithmetic", sums_of_bools_are_two},
      {"dtypes: integer division by zero is 0", integer_division_by_zero_ends_the_process},
      {"dtypes: modulo of 64-bit integers is exact", modulo_of_big_integers_loses_digits},
      {"reductions: an expression around one writes exactly its items",
       an_expression_around_a_reduction_overruns_its_output},
      {"blocks: reductions see all valid items of a padded block",
       reductions_of_padded_blocks_go_run_by_run},
      {"blocks: any subset of the variables may be used, or none", blocks_want_the_first_variables},
      {"blocks: trees of any size", large_trees_lose_nodes_in_blocks},
      {"evaluation: any number of references of mixed dtypes",
       many_references_of_mixed_dtypes_overflow_the_stack},
      {"strings: predicates are reduced and computed strings compared", predicates_cannot_be_reduced},
      {"kernels: while loops end, compiled too", compiled_loops_never_end},
      {"kernels: casts apply to the value of their operand", casts_truncate_their_operands_first},
      {"kernels: a local that a path does not assign is 0", unassigned_locals_read_any_memory},
      {"kernels: constants in kernels", constants_break_kernels},
      {"kernels: one precedence in all engines", compiled_kernels_follow_precedence_of_c},
      {"kernels: loop variables after and inside the loop", loop_variables_differ_between_engines},
      {"kernels: compilation in several threads", concurrent_compilation_races},
  };
  return RUN_RULES("faults", rules);
}
