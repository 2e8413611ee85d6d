/* Messages that callers of miniexpr match on, and the life of the last error.
 *
 * Example: a kernel of two parameters over one variable says "DSL input count mismatch: function
 * expects 2 parameter(s), got 1".
 */
#include <pthread.h>

#include "client.h"
#include "me_engine.h"

static const me_variable one[1] = {{"x", ME_FLOAT64, NULL, 0, NULL, 0}};
static const me_variable both[2] = {{"x", ME_FLOAT64, NULL, 0, NULL, 0},
                                    {"y", ME_FLOAT64, NULL, 0, NULL, 0}};

static int refused(const char* text, const me_variable* v, int count, const char* part) {
  me_expr* expr = NULL;
  int error = 12345;
  const int status = me_compile(text, v, count, ME_AUTO, &error, &expr);
  CHECK(status < 0 && expr == NULL && error != 12345);
  CHECK_CONTAINS(me_get_last_error_message(), part);
  return status;
}

static void inputs_of_kernels(void) {
  static const char* const reserved[] = {"print", "int", "float", "bool", "def", "return", "_ndim",
                                         "_flat_idx", "_i0", "_i7", "_n0", "_n12"};
  char text[64], part[96];
  int i;
  refused("def k(x, y):\n    return x\n", one, 1,
          "DSL input count mismatch: function expects 2 parameter(s), got 1");
  refused("def k(x):\n    return x\n", both, 2,
          "DSL input count mismatch: function expects 1 parameter(s), got 2");
  refused("def k():\n    return 1\n", one, 1,
          "DSL input count mismatch: function expects 0 parameter(s), got 1");
  refused("def k(x, z):\n    return x\n", both, 2, "missing DSL input for parameter 'z'");
  for (i = 0; i < COUNT_OF(reserved); ++i) {
    me_variable v[1] = {{"", ME_FLOAT64, NULL, 0, NULL, 0}};
    v[0].name = reserved[i];
    sprintf(part, "DSL input variable '%s' uses a reserved name", reserved[i]);
    refused("def k(x):\n    return x\n", v, 1, part);
    if (strcmp(reserved[i], "def") == 0 || strcmp(reserved[i], "return") == 0) continue;
    sprintf(text, "def k(%s):\n    return 1\n", reserved[i]);
    refused(text, v, 1, part);
  }
}

static void casts_and_returns(void) {
  static const char part[] =
      "invalid cast intrinsic usage: int()/float()/bool() must be called as functions";
  refused("def k(x):\n    return int + x\n", one, 1, part);
  refused("def k(x):\n    return x * float\n", one, 1, part);
  refused("def k(x):\n    return bool\n", one, 1, part);
  refused("def k(x):\n    return int(x, 2)\n", one, 1, part);
  refused("def k(x):\n    return float()\n", one, 1, part);
  refused("def k(x):\n    y = x\n", one, 1, "DSL kernel must return a value via a return statement");
  refused("def k(x):\n    return x\nreturn x\n", one, 1, "unexpected content after function");
}

static void nested_reductions_fail(void) {
  static const char* const texts[] = {"sum(sum(x))", "sum(x + max(x))", "mean(x - mean(x))",
                                      "any(x > min(x))", "prod(1 + sum(x))"};
  int i;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    CHECK_INT(refused(texts[i], one, 1, "reduction"), ME_COMPILE_ERR_REDUCTION_INVALID);
  }
}

static void names_in_use(void) {
  CHECK_DOUBLE(value_xy("fac(5.0)", 3, 2), 120);
  CHECK_DOUBLE(value_xy("ln(e)", 3, 2), 1);
  CHECK_DOUBLE(value_xy("arcsin(0 * x)", 3, 2), 0);
  CHECK_DOUBLE(value_xy("arctan2(0 * x, y)", 3, 2), 0);
  CHECK_DOUBLE(value_xy("arccosh(x - y)", 3, 2), 0);
}

static void cleared_at_each_compile(void) {
  me_expr* expr = NULL;
  CHECK(me_compile("x +", one, 1, ME_AUTO, NULL, &expr) < 0);
  CHECK(me_get_last_error_message() != NULL);
  CHECK_INT(me_compile("x + 1", one, 1, ME_AUTO, NULL, &expr), 0);
  CHECK(me_get_last_error_message() == NULL);
  me_free(expr);
}

static void at_most_255_bytes(void) {
  /* A long word of two-byte characters in the message: cut, and never inside a character. */
  char name[700], text[800];
  int shift, i;
  for (shift = 0; shift < 4; ++shift) {
    me_variable v[1] = {{"", ME_FLOAT64, NULL, 0, NULL, 0}};
    me_expr* expr = NULL;
    const char* message;
    size_t length;
    memset(name, 'a', sizeof name);
    for (i = shift; i + 1 < 600; i += 2) memcpy(name + i, "\xc3\xa9", 2);
    name[600] = '\0';
    v[0].name = name;
    v[0].type = ME_FUNCTION1; /* no address: the message names it */
    sprintf(text, "1 + 1");
    CHECK_INT(me_compile(text, v, 1, ME_FLOAT64, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG);
    message = me_get_last_error_message();
    length = message ? strlen(message) : 0;
    CHECK(length > 200 && length <= 255);
    for (i = 0; message && message[i] != '\0'; ++i) {
      const unsigned char c = (unsigned char)message[i];
      if (c == 0xc3) CHECK((unsigned char)message[i + 1] == 0xa9);
    }
  }
}

static void* fail_elsewhere(void* unused) {
  me_expr* expr = NULL;
  (void)unused;
  if (me_get_last_error_message() != NULL) return (void*)"it sees another thread's message";
  if (me_compile("1 +", NULL, 0, ME_FLOAT64, NULL, &expr) >= 0) return (void*)"it compiled";
  return me_get_last_error_message() ? NULL : (void*)"no message";
}

static void each_thread_has_its_own(void) {
  char before[256];
  pthread_t thread;
  void* wrong = NULL;
  refused("zz + 1", one, 1, "zz");
  strcpy(before, me_get_last_error_message());
  CHECK_INT(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
  pthread_join(thread, &wrong);
  CHECK(wrong == NULL);
  CHECK(strcmp(before, me_get_last_error_message()) == 0);
}

static void evaluation_says_why(void) {
  const double x[2] = {1, 2};
  double out[2];
  const void* arrays[3];
  me_expr* expr = NULL;
  arrays[0] = arrays[1] = arrays[2] = x;
  CHECK_INT(me_compile("x + y", both, 2, ME_AUTO, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, arrays, 3, out, 2, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  CHECK_CONTAINS(me_get_last_error_message(), "2 arrays, 3 were given");
  CHECK_INT(me_eval(expr, arrays, 200, out, 2, NULL), ME_EVAL_ERR_TOO_MANY_VARS);
  CHECK_CONTAINS(me_get_last_error_message(), "128");
  me_free(expr);
  expr = NULL;
  CHECK_INT(me_compile("def k(x):\n    s = 0.0\n    for i in range(0, 3, int(x) - 1):\n        s += 1\n"
                       "    return s\n", one, 1, ME_AUTO, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, arrays, 1, out, 2, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_CONTAINS(me_get_last_error_message(), "range");
  me_free(expr);
}

/* Kernels: the offset is that of the statement or of the error inside it. */
static void offsets_in_kernels(void) {
  const char* text = "def k(x):\n    y = x\n    z = y + foo\n    return z\n";
  int error = -7;
  me_expr* expr = NULL;
  CHECK(me_compile(text, one, 1, ME_AUTO, &error, &expr) < 0);
  CHECK_INT(error, (int)(strstr(text, "foo") - text));
  CHECK_INT(me_compile("def k(x):\n    return x\n", both, 2, ME_AUTO, &error, &expr),
            ME_COMPILE_ERR_PARSE);
  CHECK(error >= 0);
}

static void reports(void) {
  me_expr* expr = NULL;
  const char* report;
  CHECK(me_compile("x + yy", both, 2, ME_AUTO, NULL, &expr) < 0);
  report = me_last_error_report();
  CHECK_CONTAINS(report, "error: unknown name 'yy'\n  --> expression:1:5\n   | x + yy\n   |     ^^");
  CHECK(me_compile("def k(x):\n    return xx\n", one, 1, ME_AUTO, NULL, &expr) < 0);
  report = me_last_error_report();
  CHECK_CONTAINS(report, "  --> kernel:2:12\n   |     return xx\n   |            ^^");
}

int main(void) {
  static const rule rules[] = {
      {"inputs of kernels: count, missing and reserved names", inputs_of_kernels},
      {"casts as functions, return, one function", casts_and_returns},
      {"a reduction inside a reduction does not compile", nested_reductions_fail},
      {"fac, ln and the arc names", names_in_use},
      {"the message is cleared at each compile", cleared_at_each_compile},
      {"it has at most 255 bytes and ends between characters", at_most_255_bytes},
      {"each thread has its own", each_thread_has_its_own},
      {"failing evaluations say why", evaluation_says_why},
      {"offsets in kernels", offsets_in_kernels},
      {"reports underline the span", reports},
  };
  return RUN_RULES("messages", rules);
}
