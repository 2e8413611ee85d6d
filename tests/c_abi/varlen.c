/* me_eval_varlen and me_varlen_data_bound: offsets and tight data of string results.
 *
 * Example: "a", "" and "e with acute" give the offsets 0 1 1 3 and the bytes 61 c3 a9.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "miniexpr.h"

static const me_variable string[1] = {{"s", ME_STRING, NULL, 0, NULL, 8}};
static const me_variable bytes[1] = {{"b", ME_BYTES, NULL, 0, NULL, 2}};
static const me_variable number[1] = {{"x", ME_FLOAT64, NULL, 0, NULL, 0}};

static me_expr* compiled(const char* text, const me_variable* v) {
  me_expr* expr = NULL;
  int error = 0;
  CHECK_INT(me_compile(text, v, 1, ME_AUTO, &error, &expr), 0);
  return expr;
}

static void utf8(void) {
  /* every length of UTF-8, an empty one, and what is no character */
  const uint32_t s[] = {'a', 0xE9, 0, 0, 0x20AC, 0x1F600, 0xD800, 0x110000, 'z', 0};
  static const char expected[] = "a\xc3\xa9" "!" "!" "\xe2\x82\xac\xf0\x9f\x98\x80!"
                                 "\xef\xbf\xbd\xef\xbf\xbd!" "z!";
  const int64_t ends[] = {0, 4, 5, 13, 20, 22};
  int64_t offsets[6];
  char data[60];
  size_t used = 0;
  const void* vars[1];
  me_expr* expr = compiled("s + '!'", string);
  int i;
  vars[0] = s;
  CHECK_INT(me_varlen_data_bound(expr, 5), 60);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 5, offsets, data, sizeof data, &used, NULL), 0);
  for (i = 0; i < 6; ++i) CHECK_INT(offsets[i], ends[i]);
  CHECK_INT(used, 22);
  CHECK(memcmp(data, expected, 22) == 0);
  /* exactly enough */
  CHECK_INT(me_eval_varlen(expr, vars, 1, 5, offsets, data, 22, &used, NULL), 0);
  me_free(expr);
}

static void verbatim(void) {
  const char b[] = {'a', (char)0xff, 0, 0, 'b', 0};
  int64_t offsets[4];
  char data[6];
  size_t used = 0;
  const void* vars[1];
  me_expr* expr = compiled("b", bytes);
  vars[0] = b;
  CHECK_INT(me_varlen_data_bound(expr, 3), 6);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 3, offsets, data, 6, &used, NULL), 0);
  CHECK_INT(offsets[0], 0);
  CHECK_INT(offsets[1], 2);
  CHECK_INT(offsets[2], 2);
  CHECK_INT(offsets[3], 3);
  CHECK(memcmp(data, "a\xff" "b", 3) == 0);
  me_free(expr);
}

static void no_data_at_all(void) {
  const uint32_t s[4] = {0};
  int64_t offsets[3] = {7, 7, 7};
  size_t used = 7;
  const void* vars[1];
  me_expr* expr = compiled("s", string);
  vars[0] = s;
  CHECK_INT(me_eval_varlen(expr, vars, 1, 2, offsets, NULL, 0, &used, NULL), 0);
  CHECK_INT(used, 0);
  CHECK_INT(offsets[0] + offsets[1] + offsets[2], 0);
  me_free(expr);
}

static void refusals(void) {
  const uint32_t s[2] = {'a', 'b'};
  const double x[1] = {1};
  int64_t offsets[2] = {7, 7};
  char data[8] = "unused!";
  size_t used = 0;
  const void* vars[1];
  me_expr* expr = compiled("s", string);
  me_expr* numeric = compiled("x", number);
  vars[0] = s;
  CHECK_INT(me_eval_varlen(NULL, vars, 1, 1, offsets, data, 8, &used, NULL), ME_EVAL_ERR_NULL_EXPR);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 0, offsets, data, 8, &used, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_varlen(expr, vars, 1, -1, offsets, data, 8, &used, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 1, NULL, data, 8, &used, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 1, offsets, data, 8, NULL, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 1, offsets, NULL, 8, &used, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_varlen(expr, vars, 1, 1, offsets, data, 1, &used, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(used, 2);  /* what is needed; nothing is written */
  CHECK_INT(offsets[0], 7);
  CHECK(strcmp(data, "unused!") == 0);
  CHECK_INT(me_eval_varlen(expr, vars, 2, 1, offsets, data, 8, &used, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  vars[0] = x;
  CHECK_INT(me_eval_varlen(numeric, vars, 1, 1, offsets, data, 8, &used, NULL),
            ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_varlen_data_bound(numeric, 3), 0);
  CHECK_INT(me_varlen_data_bound(NULL, 3), 0);
  CHECK_INT(me_varlen_data_bound(expr, 0), 0);
  CHECK_INT(me_varlen_data_bound(expr, -3), 0);
  me_free(expr);
  me_free(numeric);
}

int main(void) {
  utf8();
  verbatim();
  no_data_at_all();
  refusals();
  return finish_checks();
}
