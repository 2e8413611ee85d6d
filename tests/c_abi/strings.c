/* Strings (ME_STRING, UCS4) and bytes (ME_BYTES) through the miniexpr interface: declarations, widths, values,
 * what is refused, padded blocks, variable-sized hostile declarations.
 *
 * Example: s + "ab" over 4-character strings has 24 bytes per element.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "miniexpr.h"

enum { kWidth = 4, kItemsize = 16, kItems = 5 };

/* ASCII text as NUL-padded UCS4 elements of `width`. */
static void put(uint32_t* to, int width, const char* text) {
  int i;
  for (i = 0; i < width; ++i) to[i] = *text ? (unsigned char)*text++ : 0;
}

static int is(const uint32_t* element, int width, const char* text) {
  int i;
  for (i = 0; i < width; ++i) {
    const uint32_t want = *text ? (unsigned char)*text++ : 0;
    if (element[i] != want) return 0;
  }
  return 1;
}

static const me_variable strings[2] = {{"s", ME_STRING, NULL, 0, NULL, kItemsize},
                                       {"t", ME_STRING, NULL, 0, NULL, kItemsize}};
static const me_variable bytes[1] = {{"b", ME_BYTES, NULL, 0, NULL, 3}};

static int status_of(const char* text, const me_variable* v, int count, me_dtype dtype) {
  me_expr* expr = NULL;
  int error = 0;
  const int status = me_compile(text, v, count, dtype, &error, &expr);
  CHECK((status == 0) == (expr != NULL));
  if (status != 0) CHECK(me_get_last_error_message() != NULL);
  me_free(expr);
  return status;
}

/* Compiles over s (and t), evaluates over five strings into `out`, returns the itemsize. */
static size_t run(const char* text, int count, me_dtype dtype, void* out) {
  uint32_t s[kItems * kWidth], t[kItems * kWidth];
  const char* const left[kItems] = {"abcd", "", "ab", "b", "x-yz"};
  const char* const right[kItems] = {"ab", "", "ab", "abc", "-"};
  const void* vars[2];
  me_expr* expr = NULL;
  int i, error = 0;
  size_t itemsize;
  for (i = 0; i < kItems; ++i) put(s + i * kWidth, kWidth, left[i]);
  for (i = 0; i < kItems; ++i) put(t + i * kWidth, kWidth, right[i]);
  vars[0] = s;
  vars[1] = t;
  CHECK_INT(me_compile(text, strings, count, dtype, &error, &expr), 0);
  if (expr == NULL) return 0;
  CHECK(!me_expr_has_jit_kernel(expr));
  CHECK_INT(me_eval(expr, vars, count, out, kItems, NULL), 0);
  itemsize = me_get_itemsize(expr);
  me_free(expr);
  return itemsize;
}

static void predicates(void) {
  static const struct {
    const char* text;
    int count;
    const char* expected;
  } rows[] = {{"s == t", 2, "01100"},           {"s != t", 2, "10011"},
              {"s == 'ab'", 1, "00100"},        {"'ab' == s", 1, "00100"},
              {"startswith(s, t)", 2, "11100"}, {"endswith(s, 'd')", 1, "10000"},
              {"contains(s, t)", 2, "11101"},   {"contains(s, b'b')", 1, "10110"},
              {"upper(s) == 'AB'", 1, "00100"}, {"contains(lower(s), 'b')", 1, "10110"},
              {"s < t", 2, "00000"},            {"s >= \"ab\"", 1, "10111"},
              {"'b' in s", 1, "10110"},         {"s == '\\u0061b'", 1, "00100"},
              {"not s", 1, "01000"},            {"s and t", 2, "10111"}};
  int r, i;
  for (r = 0; r < COUNT_OF(rows); ++r) {
    unsigned char out[kItems];
    CHECK_INT(run(rows[r].text, rows[r].count, ME_AUTO, out), 1);
    for (i = 0; i < kItems; ++i) {
      if (out[i] != rows[r].expected[i] - '0') printf("%s, item %d\n", rows[r].text, i);
      CHECK_INT(out[i], rows[r].expected[i] - '0');
    }
  }
}

static void widths_and_values(void) {
  static const struct {
    const char* text;
    int count;
    size_t width;
    const char* expected[kItems];
  } rows[] = {
      {"s + t", 2, 8, {"abcdab", "", "abab", "babc", "x-yz-"}},
      {"s + '-' + t", 2, 9, {"abcd-ab", "-", "ab-ab", "b-abc", "x-yz--"}},
      {"upper(s)", 1, 4, {"ABCD", "", "AB", "B", "X-YZ"}},
      {"removeprefix(s, 'ab')", 1, 4, {"cd", "", "", "b", "x-yz"}},
      {"removesuffix(s, t)", 2, 4, {"abcd", "", "", "b", "x-yz"}},
      {"replace(s, 'b', '123')", 1, 12, {"a123cd", "", "a123", "123", "x-yz"}},
      {"replace(s, 'ab', 'c')", 1, 4, {"ccd", "", "c", "b", "x-yz"}},
      {"substr(s, 1, 2)", 1, 2, {"bc", "", "b", "", "-y"}},
      {"substr(s, -2, 9)", 1, 4, {"cd", "", "ab", "b", "yz"}},
      {"substr(s, 0, 0)", 1, 1, {"", "", "", "", ""}},
      {"split_part(s, '-', 0)", 1, 4, {"abcd", "", "ab", "b", "x"}},
      {"split_part(s, '-', 1)", 1, 4, {"", "", "", "", "yz"}},
      {"split_part(s, '-', 2)", 1, 4, {"", "", "", "", "yz"}},
      {"where(s == t, s, 'other')", 2, 5, {"other", "", "ab", "other", "other"}},
      {"strip(' ' + s + '\t')", 1, 6, {"abcd", "", "ab", "b", "x-yz"}},
      {"lstrip(' ' + s)", 1, 5, {"abcd", "", "ab", "b", "x-yz"}},
      {"s", 1, 4, {"abcd", "", "ab", "b", "x-yz"}}};
  int r, i;
  for (r = 0; r < COUNT_OF(rows); ++r) {
    uint32_t out[kItems * 16];
    const me_dtype dtype = r % 2 ? ME_STRING : ME_AUTO;
    CHECK_INT(run(rows[r].text, rows[r].count, dtype, out), rows[r].width * 4);
    for (i = 0; i < kItems; ++i) {
      const int right = is(out + (size_t)i * rows[r].width, (int)rows[r].width, rows[r].expected[i]);
      if (!right) printf("%s, item %d\n", rows[r].text, i);
      CHECK(right);
    }
  }
}

static void numbers_of_strings(void) {
  int64_t lengths[kItems];
  unsigned char any;
  int32_t sums[kItems];
  const me_variable one[1] = {{"s", ME_STRING, NULL, 0, NULL, kItemsize}};
  uint32_t s[2 * kWidth];
  const void* vars[1];
  me_expr* expr = NULL;
  int error = 0;
  CHECK_INT(run("len(s) + find(s, 'b') * 10", 1, ME_AUTO, lengths), 8);
  CHECK_INT(lengths[0], 14);
  CHECK_INT(lengths[1], -10);
  CHECK_INT(run("contains(s, 'b') + 1", 1, ME_AUTO, sums), 4);
  CHECK_INT(sums[0], 2);
  CHECK_INT(sums[1], 1);
  put(s, kWidth, "x");
  put(s + kWidth, kWidth, "y");
  vars[0] = s;
  CHECK_INT(me_compile("any(s == 'y')", one, 1, ME_AUTO, &error, &expr), 0);
  CHECK_INT(me_eval(expr, vars, 1, &any, 2, NULL), 0);
  CHECK_INT(any, 1);
  CHECK_INT(me_eval(expr, vars, 1, &any, 1, NULL), 0);
  CHECK_INT(any, 0);
  me_free(expr);
}

static void bytes_of_ascii(void) {
  const char b[] = {'a', 'B', 'c', 'x', 0, 0, (char)0xe9, 'z', 0};
  const void* vars[1];
  char out[3 * 5];
  me_expr* expr = NULL;
  int error = 0;
  vars[0] = b;
  CHECK_INT(me_compile("upper(b) + '!' + b\"?\"", bytes, 1, ME_AUTO, &error, &expr), 0);
  CHECK_INT(me_get_dtype(expr), ME_BYTES);
  CHECK_INT(me_get_itemsize(expr), 5);
  CHECK_INT(me_eval(expr, vars, 1, out, 3, NULL), 0);
  CHECK(memcmp(out, "ABC!?X!?\0\0\xe9Z!?\0", 15) == 0);
  me_free(expr);
}

static void refusals(void) {
  const me_variable mixed[3] = {{"s", ME_STRING, NULL, 0, NULL, kItemsize},
                                {"b", ME_BYTES, NULL, 0, NULL, 3},
                                {"n", ME_INT32, NULL, 0, NULL, 0}};
  static const char* const texts[] = {
      "s == b",      "s + b",          "s + n",         "s == n",         "s * n",
      "-s",          "sum(s)",         "min(s)",        "sin(s)",         "b == 'é'",
      "s == 'x",     "s == '\xff'",    "s == '\\ud800'", "s == '\\U00110000'", "s == '\\q'",
      "upper(n)",    "replace(s, s, 'x')", "replace(s, '', 'x')", "substr(s, 0.5, 1)",
      "where(n, s, n)", "contains(n, 'x')"};
  static const size_t sizes[] = {0, 3, 6, 65540, (size_t)-4, (size_t)-1};
  int i;
  for (i = 0; i < COUNT_OF(texts); ++i) {
    const int status = status_of(texts[i], mixed, 3, ME_AUTO);
    if (status != ME_COMPILE_ERR_INVALID_ARG_TYPE) printf("%s\n", texts[i]);
    CHECK_INT(status, ME_COMPILE_ERR_INVALID_ARG_TYPE);
  }
  CHECK_INT(status_of("s", mixed, 1, ME_BYTES), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  CHECK_INT(status_of("s", mixed, 1, ME_FLOAT64), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  CHECK_INT(status_of("n", mixed, 3, ME_STRING), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  for (i = 0; i < COUNT_OF(sizes); ++i) {
    const me_variable wrong[1] = {{"s", ME_STRING, NULL, 0, NULL, sizes[i]}};
    CHECK_INT(status_of("s", wrong, 1, ME_AUTO), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  }
}

static void widths_have_a_limit(void) {
  const me_variable wide[1] = {{"s", ME_STRING, NULL, 0, NULL, 65536}};
  uint32_t* s = calloc(3, 65536);
  uint32_t* out = calloc(3, 65536);
  const void* vars[1];
  me_expr* expr = NULL;
  int error = 0, i;
  CHECK(status_of("s + s", wide, 1, ME_AUTO) != 0);
  CHECK_CONTAINS(me_get_last_error_message(), "32768");
  CHECK(status_of("s * 9223372036854775807", wide, 1, ME_AUTO) != 0);
  CHECK(status_of("replace(s, 'a', 'bcdefghijk')", wide, 1, ME_AUTO) != 0);
  for (i = 0; i < 3 * 16384; ++i) s[i] = 'a' + (uint32_t)(i % 3);  /* full: no NUL anywhere */
  vars[0] = s;
  CHECK_INT(me_compile("upper(s)", wide, 1, ME_AUTO, &error, &expr), 0);
  CHECK_INT(me_eval(expr, vars, 1, out, 3, NULL), 0);
  CHECK_INT(out[3 * 16384 - 1], 'C');
  CHECK_INT(out[16384], 'B');
  me_free(expr);
  free(s);
  free(out);
}

static void any_code_points(void) {
  uint32_t s[3 * kWidth] = {0x110000, 0xD800, 'a', 0xFFFFFFFF, 0xDF, 0xDF, 0xDF, 0xDF,
                            'a',      0,      'b', 0};
  uint32_t out[3 * kWidth];
  int64_t lengths[3];
  const void* vars[1];
  me_expr* expr = NULL;
  int error = 0;
  vars[0] = s;
  CHECK_INT(me_compile("upper(s)", strings, 1, ME_AUTO, &error, &expr), 0);
  CHECK_INT(me_eval(expr, vars, 1, out, 3, NULL), 0);
  CHECK_INT(out[0], 0x110000);
  CHECK_INT(out[1], 0xD800);
  CHECK_INT(out[2], 'A');
  CHECK_INT(out[3], 0xFFFFFFFF);
  CHECK(is(out + kWidth, kWidth, "SSSS"));
  CHECK(is(out + 2 * kWidth, kWidth, "A"));
  me_free(expr);
  CHECK_INT(me_compile("len(s)", strings, 1, ME_AUTO, &error, &expr), 0);
  CHECK_INT(me_eval(expr, vars, 1, lengths, 3, NULL), 0);
  CHECK_INT(lengths[0], 4);
  CHECK_INT(lengths[2], 1);
  me_free(expr);
}

static void kernels(void) {
  static const char text[] =
      "def f(s, t):\n"
      "    r = \"longest\"\n"
      "    if s:\n"
      "        r = t\n"
      "    if s == t:\n"
      "        return 'same'\n"
      "    return r\n";
  static const char wider[] =
      "def f(s):\n"
      "    r = 'a'\n"
      "    r = s\n"
      "    return r\n";
  uint32_t out[kItems * 7];
  CHECK_INT(run(text, 2, ME_AUTO, out), 28);
  CHECK(is(out, 7, "ab"));
  CHECK(is(out + 7, 7, "same"));
  CHECK(is(out + 14, 7, "same"));
  CHECK(is(out + 21, 7, "abc"));
  CHECK_INT(status_of(wider, strings, 1, ME_AUTO), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  CHECK_CONTAINS(me_get_last_error_message(), "'r' has room for strings of 1");
}

static void padded_blocks(void) {
  const int64_t shape[1] = {5};
  const int32_t chunk[1] = {4}, block[1] = {3};
  uint32_t s[3 * kWidth], out[3 * 5];
  const void* vars[1];
  me_expr* expr = NULL;
  int error = 0, i;
  for (i = 0; i < 3; ++i) put(s + i * kWidth, kWidth, "ab");
  vars[0] = s;
  CHECK_INT(me_compile_nd("s + '!'", strings, 1, ME_AUTO, 1, shape, chunk, block, &error, &expr), 0);
  CHECK_INT(me_get_itemsize(expr), 20);
  memset(out, 0xff, sizeof out);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 3, 0, 1, NULL), 0);  /* one valid item */
  CHECK(is(out, 5, "ab!"));
  CHECK(is(out + 5, 5, ""));
  CHECK(is(out + 10, 5, ""));
  memset(out, 0xff, sizeof out);
  CHECK_INT(me_eval_nd(expr, vars, 1, out, 3, 1, 1, NULL), 0);  /* none */
  CHECK(is(out, 5, ""));
  CHECK(is(out + 10, 5, ""));
  me_free(expr);
}

int main(void) {
  predicates();
  widths_and_values();
  numbers_of_strings();
  bytes_of_ascii();
  refusals();
  widths_have_a_limit();
  any_code_points();
  kernels();
  padded_blocks();
  return finish_checks();
}
