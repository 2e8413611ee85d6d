/* User C functions and closures in expressions and kernels, and print(). */
#include "check.h"
#include "miniexpr.h"

/* Functions as the addresses that me_variable takes. */
#define ADDRESS(f) ((const void *)(uintptr_t)(f))

static int calls;

static double zero(void) { return 7.0; }
static double next_number(void) { return ++calls; }
static double twice(double x) {
  ++calls;
  return 2 * x;
}
static double weigh(double a, double b) { return a * 10 + b; }
static double seven(double a, double b, double c, double d, double e, double f, double g) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g;
}
static double scaled(void *context, double x) { return *(const double *)context * x; }
static double plain_context(void *context) { return *(const double *)context; }

/* Evaluates another kernel while one runs. */
static double nested(double x) {
  const me_variable v[1] = {{"y", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr *inner = NULL;
  double in[3] = {x, x + 1, x + 2};
  double out[3] = {0, 0, 0};
  const void *data[1] = {in};
  if (me_compile("y * y + 1", v, 1, ME_AUTO, NULL, &inner) != 0) return -1;
  const int status = me_eval(inner, data, 1, out, 3, NULL);
  me_free(inner);
  return status == 0 ? out[2] : -2;
}

static me_variable function(const char *name, me_dtype dtype, const void *address, int type,
                            void *context) {
  me_variable v = {name, dtype, address, type, context, 0};
  return v;
}

/* Compiles, evaluates over a, b and checks item by item. */
static void expect(const char *text, const me_variable *v, int n, const double *want, int line) {
  static const double a[5] = {1, 2, 3, 4, 5};
  static const double b[5] = {5, 4, 3, 2, 1};
  const void *data[2] = {a, b};
  double out[5] = {0, 0, 0, 0, 0};
  me_expr *e = NULL;
  int error = 0;
  const int status = me_compile(text, v, n, ME_FLOAT64, &error, &e);
  if (status != 0) {
    printf("line %d: %s: %d %s\n", line, text, status, me_get_last_error_message());
    ++checks_failed;
    return;
  }
  const int done = me_eval(e, data, 2, out, 5, NULL);
  me_free(e);
  for (int i = 0; i < 5; ++i) {
    if (done == 0 && out[i] == want[i]) continue;
    printf("line %d: %s: status %d, item %d is %g, not %g\n", line, text, done, i, out[i], want[i]);
    ++checks_failed;
    return;
  }
  ++checks_passed;
}

static void refuse(const char *text, const me_variable *v, int n, int code, const char *message,
                   int line) {
  me_expr *e = NULL;
  int error = 0;
  const int status = me_compile(text, v, n, ME_AUTO, &error, &e);
  const char *said = me_get_last_error_message();
  if (status != code || e != NULL || said == NULL || strstr(said, message) == NULL) {
    printf("line %d: %s: status %d, '%s'\n", line, text, status, said ? said : "");
    ++checks_failed;
  } else {
    ++checks_passed;
  }
  me_free(e);
}

#define EXPECT(text, v, n, ...) \
  expect(text, v, n, (const double[5]){__VA_ARGS__}, __LINE__)
#define REFUSE(text, v, n, code, message) refuse(text, v, n, code, message, __LINE__)

int main(void) {
  static double factor = 3;
  me_variable v[3] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}, {"b", ME_FLOAT64, NULL, 0, NULL, 0}};

  /* Every arity and closures, in expressions and kernels. */
  v[2] = function("f", ME_FLOAT64, ADDRESS(zero), ME_FUNCTION0, NULL);
  EXPECT("a + f() + b * 0", v, 3, 8, 9, 10, 11, 12);
  EXPECT("a + f + b * 0", v, 3, 8, 9, 10, 11, 12);
  EXPECT("f * a + b * 0", v, 3, 7, 14, 21, 28, 35);
  v[2] = function("f", ME_FLOAT64, ADDRESS(zero), ME_FUNCTION0 | ME_FLAG_PURE, NULL);
  EXPECT("f * a + b * 0", v, 3, 7, 14, 21, 28, 35);
  EXPECT("def k(a, b):\n    return f() + a\n", v, 3, 8, 9, 10, 11, 12);
  v[2] = function("f", ME_FLOAT64, ADDRESS(weigh), ME_FUNCTION2, NULL);
  EXPECT("f(a, b) + 0.5", v, 3, 15.5, 24.5, 33.5, 42.5, 51.5);
  EXPECT("def k(a, b):\n    if a > b:\n        return f(a, b)\n    return f(f(b, a), 1)\n", v, 3,
         511, 421, 331, 42, 51);
  v[2] = function("f", ME_FLOAT64, ADDRESS(seven), ME_FUNCTION7, NULL);
  EXPECT("f(a, b, 1, 2, 3, 4, 5)", v, 3, 96, 95, 94, 93, 92);
  v[2] = function("f", ME_FLOAT64, ADDRESS(scaled), ME_CLOSURE1 | ME_FLAG_PURE, &factor);
  EXPECT("f(a) + b", v, 3, 8, 10, 12, 14, 16);
  EXPECT("f(2) + a + b * 0", v, 3, 7, 8, 9, 10, 11);
  EXPECT("sum(f(a)) + b", v, 3, 50, 49, 48, 47, 46);
  v[2] = function("f", ME_FLOAT64, ADDRESS(plain_context), ME_CLOSURE0, &factor);
  EXPECT("f() + a + b * 0", v, 3, 4, 5, 6, 7, 8);

  /* Another name in an expression may be a builtin's. */
  v[2] = function("sin", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  EXPECT("sin(a) + b * 0", v, 3, 2, 4, 6, 8, 10);

  /* The return dtype is the function's. */
  v[2] = function("f", ME_INT32, ADDRESS(scaled), ME_CLOSURE1, &factor);
  {
    static double half = 0.5;
    v[2].context = &half;
    EXPECT("def k(a, b):\n    return f(a) * 1\n", v, 3, 0, 1, 1, 2, 2);
  }

  /* Only for elements that are on, and once for each. */
  v[2] = function("f", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  calls = 0;
  EXPECT("def k(a, b):\n    if a > 3:\n        return f(a)\n    return b\n", v, 3, 5, 4, 3, 8, 10);
  CHECK(calls == 2);
  calls = 0;
  EXPECT("def k(a, b):\n    i = 0\n    while i < a:\n        i = f(i) + 1\n    return i\n", v, 3, 1,
         3, 3, 7, 7);
  CHECK(calls == 1 + 2 + 2 + 3 + 3);
  calls = 0;
  EXPECT("def k(a, b):\n    f(a)\n    return b\n", v, 3, 5, 4, 3, 2, 1);
  CHECK(calls == 5);
  calls = 0;
  v[2] = function("f", ME_FLOAT64, ADDRESS(next_number), ME_FUNCTION0, NULL);
  EXPECT("def k(a, b):\n    return f() * 10 + a\n", v, 3, 11, 22, 33, 44, 55);

  /* A function may evaluate another kernel. */
  v[2] = function("f", ME_FLOAT64, ADDRESS(nested), ME_FUNCTION1, NULL);
  EXPECT("f(a) * 1 + b * 0", v, 3, 10, 17, 26, 37, 50);

  /* Refusals. */
  v[2] = function("f", ME_FLOAT64, NULL, ME_FUNCTION1, NULL);
  REFUSE("f(a)", v, 3, ME_COMPILE_ERR_INVALID_ARG, "has no address");
  v[2] = function("f", ME_STRING, ADDRESS(twice), ME_FUNCTION1, NULL);
  v[2].itemsize = 8;
  REFUSE("f(a)", v, 3, ME_COMPILE_ERR_INVALID_ARG_TYPE, "cannot return str");
  REFUSE("def k(a, b):\n    return f(a)\n", v, 3, ME_COMPILE_ERR_INVALID_ARG_TYPE,
         "cannot return str");
  v[2] = function("f", ME_AUTO, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("def k(a, b):\n    return f(a)\n", v, 3, ME_COMPILE_ERR_INVALID_ARG, "return dtype");
  v[2] = function("sum", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("def k(a, b):\n    return sum(a)\n", v, 3, ME_COMPILE_ERR_INVALID_ARG, "builtin");
  v[2] = function("print", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("def k(a, b):\n    return a\n", v, 3, ME_COMPILE_ERR_INVALID_ARG, "reserved");
  v[2] = function("_i0", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("def k(a, b):\n    return a\n", v, 3, ME_COMPILE_ERR_INVALID_ARG, "reserved");
  v[2] = function("b", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("def k(a, b):\n    return a\n", v, 3, ME_COMPILE_ERR_INVALID_ARG, "another variable");
  v[2] = function("f", ME_FLOAT64, ADDRESS(twice), ME_FUNCTION1, NULL);
  REFUSE("f(a, b)", v, 3, ME_COMPILE_ERR_PARSE, "takes 1 argument");
  REFUSE("def k(a, b):\n    return f\n", v, 3, ME_COMPILE_ERR_PARSE, "not called");
  return finish_checks();
}
