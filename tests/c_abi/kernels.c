/* Kernels (texts that start with `def`) through miniexpr.h, with and without the JIT.
 *
 * Example: a kernel over a and n that counts iterations per element gives the same items in both.
 */
#include <stdint.h>

#include "check.h"
#include "miniexpr.h"

enum { kItems = 5000 };
static double a[kItems], b[kItems], out[kItems], again[kItems];

static const me_variable d[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                                 {"b", ME_FLOAT64, NULL, 0, NULL, 0}};

/* Compiles over a and b, evaluates all items in both modes; returns the status, items in out. */
static int evaluated(const char* text) {
  const me_eval_params interpreter = {false, ME_SIMD_ULP_DEFAULT, ME_JIT_OFF};
  const void* vars[2];
  me_expr* expr = NULL;
  int error = 1;
  int status = me_compile(text, d, 2, ME_FLOAT64, &error, &expr);
  vars[0] = a;
  vars[1] = b;
  if (status != 0) {
    printf("%s%s\n", text, me_get_last_error_message());
    CHECK_INT(status, 0);
    return status;
  }
  status = me_eval(expr, vars, 2, out, kItems, NULL);
  CHECK_INT(me_eval(expr, vars, 2, again, kItems, &interpreter), status);
  if (status == 0) CHECK(memcmp(out, again, sizeof out) == 0);
  me_free(expr);
  return status;
}

#define EXPECT_ITEMS(formula)                                     \
  do {                                                            \
    int i, wrong = 0;                                             \
    for (i = 0; i < kItems; ++i) wrong += !(out[i] == (formula)); \
    CHECK_INT(wrong, 0);                                          \
  } while (0)

static double powers_below(double x, double limit) {
  int n;
  double v = x;
  for (n = 0; n < 20 && v < limit; ++n) v *= 2;
  return n;
}

static double collatz_like(double x, double y) {
  int i;
  double total = 0;
  for (i = 0; i < 8; ++i) {
    if (i == 2) continue;
    if (x + i > y) break;
    total += i;
  }
  return total;
}

static void control_flow(void) {
  CHECK_INT(evaluated("def k(a, b):\n    return a + b\n"), 0);
  EXPECT_ITEMS(a[i] + b[i]);
  CHECK_INT(evaluated("def k(a, b):\n"
                      "    if a > b:\n        return a\n"
                      "    elif a == b:\n        return 0.0\n"
                      "    else:\n        return b\n"),
            0);
  EXPECT_ITEMS(a[i] > b[i] ? a[i] : a[i] == b[i] ? 0 : b[i]);
  CHECK_INT(evaluated("def k(a, b):\n"
                      "    n = 0.0\n    v = a\n"
                      "    while n < 20 and v < b:\n        v = v * 2\n        n = n + 1\n"
                      "    return n\n"),
            0);
  EXPECT_ITEMS(powers_below(a[i], b[i]));
  CHECK_INT(evaluated("def k(a, b):\n"
                      "    total = 0.0\n"
                      "    for i in range(8):\n"
                      "        if i == 2:\n            continue\n"
                      "        if a + i > b:\n            break\n"
                      "        total += i\n"
                      "    return total\n"),
            0);
  EXPECT_ITEMS(collatz_like(a[i], b[i]));
  /* A condition over all items is one decision. */
  CHECK_INT(evaluated("def k(a, b):\n"
                      "    if any(a > 4998):\n        return b\n"
                      "    return a\n"),
            0);
  EXPECT_ITEMS(b[i]);
  /* Parameters in another order than the variables. */
  CHECK_INT(evaluated("def k(b, a):\n    return a - b\n"), 0);
  EXPECT_ITEMS(a[i] - b[i]);
  CHECK_INT(evaluated("# me:fp=strict\ndef k(a, b):\n    # a comment\n    x = a * b  # more\n    "
                      "return x + a\n"),
            0);
  EXPECT_ITEMS(a[i] * b[i] + a[i]);
}

static void run_time_errors(void) {
  /* An element without a return, a step of zero, a loop without an end. */
  CHECK_INT(evaluated("def k(a, b):\n    if a > 4000:\n        return b\n"),
            ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(evaluated("def k(a, b):\n    s = 0.0\n    for i in range(0, 5, int(a * 0)):\n        s "
                      "+= 1\n    return s\n"),
            ME_EVAL_ERR_INVALID_ARG);
}

static int refused(const char* text) {
  me_expr* expr = NULL;
  int error = 0;
  const int status = me_compile(text, d, 2, ME_FLOAT64, &error, &expr);
  CHECK(status < 0);
  CHECK(expr == NULL);
  CHECK(me_get_last_error_message() != NULL);
  me_free(expr);
  return error;
}

static void compile_errors(void) {
  CHECK(refused("def k(a, b):\n    return a +\n") > 0);
  CHECK(refused("def k(a, b):\n    return c\n") > 0);
  (void)refused("def k(a, b):\nreturn a\n");
  (void)refused("def k(a, b):\n    break\n    return a\n");
  (void)refused("def k(a, b):\n    return a\n  return b\n");
  (void)refused("def k(a, b):\n    if a:\n    return b\n");
  (void)refused("def k(a, b):\n    return a\nx = 1\n");
  (void)refused("def k(a, b):\n    def inner(c):\n        return c\n    return a\n");
  (void)refused("def k(a, a):\n    return a\n");
  (void)refused("def (a, b):\n    return a\n");
  (void)refused("def k(a, b)\n    return a\n");
  (void)refused("# me:fp=sloppy\ndef k(a, b):\n    return a\n");
  (void)refused("x = a + b");
  (void)refused("a; b");
}

static void no_inputs(void) {
  me_expr* expr = NULL;
  double r[3] = {0, 0, 0};
  CHECK_INT(me_compile("def k():\n    return 2.5\n", NULL, 0, ME_FLOAT64, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, NULL, 0, r, 3, NULL), 0);
  CHECK(r[0] == 2.5 && r[1] == 2.5 && r[2] == 2.5);
  me_free(expr);
}

static void dtypes(void) {
  const me_variable i64[1] = {{"n", ME_INT64, NULL, 0, NULL, 0}};
  const int64_t n[5] = {1, 2, 3, -4, 6};
  int64_t r[5];
  const void* vars[1];
  me_expr* expr = NULL;
  vars[0] = n;
  CHECK_INT(
      me_compile("def k(n):\n    c = 0\n    for i in range(n):\n        c += 1\n    return c\n",
                 i64, 1, ME_AUTO, NULL, &expr),
      0);
  CHECK_INT(me_get_dtype(expr), ME_INT64);
  CHECK_INT(me_eval(expr, vars, 1, r, 5, NULL), 0);
  CHECK(r[0] == 1 && r[1] == 2 && r[2] == 3 && r[3] == 0 && r[4] == 6);
  me_free(expr);
}

int main(void) {
  int i;
  for (i = 0; i < kItems; ++i) {
    a[i] = i;
    b[i] = (i * 7919) % kItems;
  }
  control_flow();
  run_time_errors();
  compile_errors();
  no_inputs();
  dtypes();
  return finish_checks();
}
