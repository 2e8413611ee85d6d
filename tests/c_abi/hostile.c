/* Texts that want to break the compiler: every one gets a status, none a crash, a hang or a huge
 * message.
 *
 * Example: a million opening parentheses are ME_COMPILE_ERR_PARSE with a message of at most 255
 * bytes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "me_engine.h"
#include "miniexpr.h"

static const me_variable two[2] = {{"a", ME_FLOAT32, NULL, 0, NULL, 0},
                                   {"b", ME_INT32, NULL, 0, NULL, 0}};
static const me_param params[2] = {{"a", ME_FLOAT32, 0, 0}, {"b", ME_INT32, 0, 0}};

/* Compiles `length` bytes in both dialects; `text` ends with NUL. Returns the status of miniexpr.h.
 */
static int survive(const char* text, size_t length) {
  me_expr* expr = NULL;
  me_kernel* kernel = NULL;
  int error = 99;
  const int status = me_compile(text, two, 2, ME_AUTO, &error, &expr);
  const char* message = me_get_last_error_message();
  CHECK(status <= 0);
  CHECK((status == 0) == (expr != NULL));
  CHECK((status == 0) == (message == NULL));
  CHECK(message == NULL || strlen(message) <= 255);
  me_free(expr);
  if (me_kernel_compile(text, length, params, 2, NULL, &kernel) != 0) {
    const char* report = me_last_error_report();
    int lines = 0;
    CHECK(kernel == NULL);
    CHECK(report != NULL && strlen(report) < 2000);
    for (; report && *report; ++report) lines += *report == '\n';
    CHECK(lines <= 6);
  }
  me_kernel_free(kernel);
  return status;
}

static char* repeated(const char* part, size_t count, const char* tail) {
  const size_t size = strlen(part);
  char* text = malloc(size * count + strlen(tail) + 1);
  size_t i;
  for (i = 0; i < count; ++i) memcpy(text + i * size, part, size);
  strcpy(text + size * count, tail);
  return text;
}

static int survive_repeated(const char* part, size_t count, const char* tail) {
  char* text = repeated(part, count, tail);
  const int status = survive(text, strlen(text));
  free(text);
  return status;
}

static void nesting_and_length(void) {
  char* deep;
  size_t i;
  CHECK(survive_repeated("(", 1000000, "") < 0);
  CHECK(survive_repeated("(", 1000000, "a") < 0);
  CHECK(survive_repeated("-", 1000000, "a") < 0);
  CHECK(survive_repeated("~", 100000, "b") < 0);
  CHECK(survive_repeated("not ", 100000, "a") < 0);
  CHECK(survive_repeated("sin(", 100000, "a") < 0);
  CHECK(survive_repeated("a**", 100000, "a") <= 0);
  CHECK(survive_repeated("a if a else ", 50000, "a") <= 0);
  CHECK(survive_repeated("where(a,", 100000, "a") < 0);
  CHECK(survive_repeated("[", 100000, "") < 0);
  CHECK(survive_repeated("a+", 524000, "a") <= 0); /* 1 MB sum */
  CHECK(survive_repeated("a+b*", 2000, "a") <= 0);
  CHECK(survive_repeated("a", 3000000, "") < 0); /* one long name */
  CHECK(survive_repeated("1", 3000000, "") < 0); /* one long number */
  CHECK(survive_repeated(" ", 3000000, "") < 0);
  CHECK(survive_repeated("#", 100000, "\n") < 0);
  CHECK(survive_repeated("\n", 100000, "a") <= 0);
  CHECK(survive_repeated("a<", 10000, "b") <= 0);
  CHECK(survive_repeated("a,", 10000, "b") <= 0);
  deep = malloc(2000001);
  for (i = 0; i < 1000000; ++i) {
    deep[i] = '(';
    deep[1000000 + i] = ')';
  }
  deep[2000000] = '\0';
  CHECK(survive(deep, 2000000) < 0);
  free(deep);
}

/* 200 terms of two dtypes: they fit, and the sum is right. */
static void many_terms(void) {
  char* text = repeated("a+b+", 100, "0");
  float x[3] = {1, 2, 3};
  int32_t n[3] = {10, 20, 30};
  double out[3] = {0, 0, 0};
  const void* vars[2];
  me_expr* expr = NULL;
  vars[0] = x;
  vars[1] = n;
  CHECK_INT(me_compile(text, two, 2, ME_FLOAT64, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, vars, 2, out, 3, NULL), 0);
  CHECK_DOUBLE(out[0], 1100);
  CHECK_DOUBLE(out[2], 3300);
  me_free(expr);
  free(text);
}

static void bytes(void) {
  static const char nul[] = "a +\0 b";
  static const char* const texts[] = {"\xff\xfe",
                                      "a + \xc3",
                                      "a \xe2\x82 b",
                                      "\xed\xa0\x80",
                                      "caf\xc3\xa9 + 1",
                                      "a + \x01",
                                      "a\x7f",
                                      "\"unterminated",
                                      "'\\x'",
                                      "'\\u12'",
                                      "\"\xff\"",
                                      "b'\xc3\xa9'",
                                      "a ? b : c",
                                      "a[0]",
                                      "a.b",
                                      "a := 1",
                                      "lambda: a",
                                      "a @ b",
                                      "$",
                                      "`",
                                      "\\",
                                      "0x",
                                      "0b2",
                                      "1e",
                                      "1e999999999",
                                      "1_",
                                      "1__0",
                                      "0x1p",
                                      "1.2.3",
                                      "9e9e9",
                                      "99999999999999999999999999",
                                      "a < ",
                                      "a not in b",
                                      "sum()",
                                      "sum(a, b, a)",
                                      "where(a)",
                                      "fma(a, b)",
                                      "()",
                                      "def",
                                      "def k",
                                      "def k(",
                                      "def k(a, b):",
                                      "def k(a, b): return a",
                                      "def k(a,b):\n\treturn a\n        return b",
                                      "def k(a, b):\n  if a:\n    if b:\n   return a\n  return b\n",
                                      "return a",
                                      "for i in a",
                                      "if a: b",
                                      "pass",
                                      "import os",
                                      "print(a)",
                                      "a = b",
                                      "a == = b",
                                      "**a",
                                      "a ** ** b",
                                      "//",
                                      "a // / b",
                                      "()()",
                                      "sin sin sin",
                                      ",",
                                      "a,,b",
                                      "not",
                                      "or a",
                                      "a or",
                                      "-",
                                      "~",
                                      "sin(a",
                                      "sin a)",
                                      "True +",
                                      "pi pi",
                                      "e(1)",
                                      "nan()",
                                      "inf a"};
  size_t i;
  CHECK(survive(nul, sizeof nul - 1) <
        0); /* the C string ends early; the sized text has a NUL in it */
  for (i = 0; i < sizeof texts / sizeof texts[0]; ++i) (void)survive(texts[i], strlen(texts[i]));
  /* Every byte value, in the middle of an expression. */
  for (i = 1; i < 256; ++i) {
    char text[] = "a + ? + b";
    text[4] = (char)i;
    (void)survive(text, strlen(text));
  }
}

static void deep_kernels(void) {
  char* text = malloc(400 * 500);
  size_t used;
  int depth, i;
  /* 100 nested ifs: refused by a limit or compiled, in any case answered. */
  used = (size_t)sprintf(text, "def k(a, b):\n");
  for (depth = 1; depth <= 100; ++depth) {
    for (i = 0; i < depth; ++i) text[used++] = ' ';
    used += (size_t)sprintf(text + used, "if a > %d:\n", depth);
  }
  for (i = 0; i < 101; ++i) text[used++] = ' ';
  used += (size_t)sprintf(text + used, "return a\n return b\n");
  CHECK(survive(text, used) < 0);
  /* 5,000 assignments. */
  free(text);
  text = repeated("    x = x * 2 + 1\n", 5000, "    return x\n");
  {
    char* whole = malloc(strlen(text) + 64);
    sprintf(whole, "def k(a, b):\n    x = a\n%s", text);
    CHECK(survive(whole, strlen(whole)) <= 0);
    free(whole);
  }
  free(text);
}

int main(void) {
  nesting_and_length();
  many_terms();
  bytes();
  deep_kernels();
  return finish_checks();
}
