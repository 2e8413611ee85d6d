/* The dtype rules of the miniexpr dialect: promotion, arithmetic, comparisons, logic, output casts.
 *
 * Example: int32 + uint8 is int64 (NumPy: int32), 7/2 of integers is 3, and a bool result is 0 or 1.
 */
#include <limits.h>

#include "client.h"

static bool is_signed(int t) { return t >= ME_INT8 && t <= ME_INT64; }
static bool is_unsigned(int t) { return t >= ME_UINT8 && t <= ME_UINT64; }
static int width(int t) {
  static const int bits[] = {0, 8, 8, 16, 32, 64, 8, 16, 32, 64, 32, 64};
  return bits[t];
}

/* The documented table as rules. */
static int promoted(int a, int b) {
  if (a > b) return promoted(b, a);
  if (a == b || a == ME_BOOL) return b;
  if (b == ME_FLOAT64) return b;
  if (b == ME_FLOAT32) return width(a) <= 16 ? ME_FLOAT32 : ME_FLOAT64;
  if (is_signed(a) == is_signed(b)) return width(a) > width(b) ? a : b;
  /* a signed, b unsigned: one step wider than both, and past the widest a float */
  if (b == ME_UINT64 || a == ME_INT64) return ME_FLOAT64;
  if (a == ME_INT32 || b == ME_UINT32) return ME_INT64;
  if (a == ME_INT16 || b == ME_UINT16) return ME_INT32;
  return ME_INT16;
}

static void promotion(void) {
  static const char zeros[16] = {0};
  operand v[2] = {{"a", ME_AUTO, zeros}, {"b", ME_AUTO, zeros}};
  char out[16];
  int i, k;
  CHECK(is_unsigned(ME_UINT8) && !is_unsigned(ME_INT64));
  for (i = ME_BOOL; i <= ME_FLOAT64; ++i) {
    for (k = ME_BOOL; k <= ME_FLOAT64; ++k) {
      v[0].dtype = (me_dtype)i;
      v[1].dtype = (me_dtype)k;
      CHECK_INT(evaluated("a + b", v, 2, 1, out), promoted(i, k));
      CHECK_INT(evaluated("where(a > b, a, b)", v, 2, 1, out), promoted(i, k));
    }
  }
}

/* Evaluates over a and b of one C type and dtype. */
#define ITEM(type, dtype, text, x, y, output_type, output_dtype, expected)             \
  do {                                                                                 \
    const type a_[1] = {(type)(x)}, b_[1] = {(type)(y)};                               \
    const output_type e_ = (output_type)(expected);                                    \
    output_type o_[1] = {0};                                                           \
    operand v_[2] = {{"a", dtype, NULL}, {"b", dtype, NULL}};                          \
    v_[0].data = a_;                                                                   \
    v_[1].data = b_;                                                                   \
    CHECK_INT(evaluated_as(text, v_, 2, output_dtype, 1, o_), output_dtype);           \
    if (o_[0] == e_) {                                                                 \
      ++checks_passed;                                                                 \
    } else {                                                                           \
      ++checks_failed;                                                                 \
      printf("%s:%d: '%s' is %.17g, not %.17g\n", __FILE__, __LINE__, text, (double)o_[0], (double)e_); \
    }                                                                                  \
  } while (0)
#define SAME(type, dtype, text, x, y, expected) ITEM(type, dtype, text, x, y, type, dtype, expected)
#define TRUTH(type, dtype, text, x, y, expected) ITEM(type, dtype, text, x, y, uint8_t, ME_BOOL, expected)

static void arithmetic_wraps(void) {
  SAME(uint8_t, ME_UINT8, "a + b", 251, 10, 5);
  SAME(uint8_t, ME_UINT8, "a * b", 200, 3, 88);
  SAME(uint8_t, ME_UINT8, "a - b", 3, 5, 254);
  SAME(int8_t, ME_INT8, "a + b", 127, 1, -128);
  SAME(int16_t, ME_INT16, "a * b", 300, 300, 24464);
  SAME(int32_t, ME_INT32, "a + b", INT32_MAX, 1, INT32_MIN);
  SAME(int64_t, ME_INT64, "a + b", INT64_MAX, 1, INT64_MIN);
  SAME(int64_t, ME_INT64, "-a", INT64_MIN, 0, INT64_MIN);
  SAME(uint64_t, ME_UINT64, "a - b", 0, 1, UINT64_MAX);
  SAME(uint16_t, ME_UINT16, "-a", 1, 0, 65535);
}

static void division(void) {
  SAME(int32_t, ME_INT32, "a / b", 7, 2, 3);
  SAME(int32_t, ME_INT32, "a / b", -7, 2, -3);
  SAME(int32_t, ME_INT32, "a / b", 7, -2, -3);
  SAME(int32_t, ME_INT32, "a / 2", 7, 0, 3);
  SAME(uint8_t, ME_UINT8, "a / b", 200, 7, 28);
  SAME(double, ME_FLOAT64, "a / b", 7, 2, 3.5);
  SAME(double, ME_FLOAT64, "a / b", 7, 0, INFINITY);
  SAME(float, ME_FLOAT32, "a / b", 1, 3, 1.0f / 3.0f);
  /* A float output: variables divide as integers, a literal is of the output's dtype. */
  ITEM(int32_t, ME_INT32, "a / b", 7, 2, double, ME_FLOAT64, 3.0);
  ITEM(int32_t, ME_INT32, "a / 2", 7, 2, double, ME_FLOAT64, 3.5);
  /* Untyped variables have the output's dtype. */
  {
    const double a[1] = {7}, b[1] = {2};
    operand v[2] = {{"a", ME_AUTO, NULL}, {"b", ME_AUTO, NULL}};
    double out[1] = {0};
    v[0].data = a;
    v[1].data = b;
    CHECK_INT(evaluated_as("a / b", v, 2, ME_FLOAT64, 1, out), ME_FLOAT64);
    CHECK_DOUBLE(out[0], 3.5);
  }
}

static void modulo_and_power(void) {
  SAME(double, ME_FLOAT64, "a % b", -7, 3, -1);
  SAME(double, ME_FLOAT64, "a % b", 7, -3, 1);
  SAME(double, ME_FLOAT64, "a % b", 5.5, 2, 1.5);
  SAME(float, ME_FLOAT32, "a % b", -5.5, 2, -1.5f);
  SAME(int32_t, ME_INT32, "a % b", -7, 3, -1);
  SAME(int32_t, ME_INT32, "a % b", 7, -3, 1);
  SAME(uint16_t, ME_UINT16, "a % b", 7, 4, 3);
  SAME(int32_t, ME_INT32, "a ** b", 3, 4, 81);
  SAME(int32_t, ME_INT32, "a ** 2", 65536, 0, 0);
  SAME(int32_t, ME_INT32, "a ** 3", -5, 0, -125);
  SAME(double, ME_FLOAT64, "a ** b", 2, 0.5, sqrt(2));
  SAME(double, ME_FLOAT64, "a ** b", 4, -1, 0.25);
  ITEM(int32_t, ME_INT32, "a ** -1", 4, 0, double, ME_FLOAT64, 0.25);
}

static void bits(void) {
  SAME(int32_t, ME_INT32, "a & b", 12, 10, 8);
  SAME(int32_t, ME_INT32, "a | b", 12, 10, 14);
  SAME(int32_t, ME_INT32, "a ^ b", 12, 10, 6);
  SAME(int32_t, ME_INT32, "~a", 5, 0, -6);
  SAME(uint8_t, ME_UINT8, "~a", 5, 0, 250);
  SAME(int32_t, ME_INT32, "a << b", 3, 4, 48);
  SAME(int32_t, ME_INT32, "a >> b", -9, 1, -5);
  SAME(uint32_t, ME_UINT32, "a >> b", 0x80000000u, 31, 1);
  SAME(int32_t, ME_INT32, "a << b", 3, 40, 0); /* past the width: defined */
  SAME(int32_t, ME_INT32, "a >> b", -3, 40, -1);
  SAME(double, ME_FLOAT64, "a & b", 1.5, 2.0, 0);
  SAME(double, ME_FLOAT64, "a | b", 1.5, 2.0, 3);
  SAME(double, ME_FLOAT64, "~a", 1.5, 0, -2);
  SAME(float, ME_FLOAT32, "a ^ b", 6.5f, 3, 5);
  SAME(double, ME_FLOAT64, "a << b", 3.7, 2, 12);
  TRUTH(bool, ME_BOOL, "a & b", 1, 0, 0);
  TRUTH(bool, ME_BOOL, "a | b", 1, 0, 1);
  TRUTH(bool, ME_BOOL, "a ^ b", 1, 1, 0);
  TRUTH(bool, ME_BOOL, "~a", 1, 0, 0);
}

static void comparisons(void) {
  TRUTH(int32_t, ME_INT32, "a < b", 1, 2, 1);
  TRUTH(int32_t, ME_INT32, "a <= b", 2, 2, 1);
  TRUTH(int32_t, ME_INT32, "a > b", 1, 2, 0);
  TRUTH(int32_t, ME_INT32, "a >= b", 1, 2, 0);
  TRUTH(int32_t, ME_INT32, "a == b", 2, 2, 1);
  TRUTH(int32_t, ME_INT32, "a != b", 2, 2, 0);
  TRUTH(double, ME_FLOAT64, "a == b", NAN, NAN, 0);
  TRUTH(double, ME_FLOAT64, "a != b", NAN, NAN, 1);
  TRUTH(double, ME_FLOAT64, "a < b", NAN, 1, 0);
  TRUTH(double, ME_FLOAT64, "a == b", 0.0, -0.0, 1);
  /* Compared in the promoted dtype: int64 beside a double, int64 beside uint64, are doubles. */
  {
    const int64_t a[1] = {9007199254740993LL};
    const double b[1] = {9007199254740992.0};
    const uint64_t c[1] = {9007199254740992u};
    operand v[3] = {{"a", ME_INT64, NULL}, {"b", ME_FLOAT64, NULL}, {"c", ME_UINT64, NULL}};
    uint8_t out[1] = {9};
    v[0].data = a;
    v[1].data = b;
    v[2].data = c;
    CHECK_INT(evaluated("a == b", v, 3, 1, out), ME_BOOL);
    CHECK_INT(out[0], 1);
    CHECK_INT(evaluated("a == c", v, 3, 1, out), ME_BOOL);
    CHECK_INT(out[0], 1);
  }
  ITEM(double, ME_FLOAT64, "a > 1", 3, 0, double, ME_FLOAT64, 1.0);
  ITEM(double, ME_FLOAT64, "a > 1", 0, 0, int8_t, ME_INT8, 0);
}

static void logic(void) {
  TRUTH(double, ME_FLOAT64, "a and b", 0.5, -2, 1);
  TRUTH(double, ME_FLOAT64, "a and b", 0.5, 0, 0);
  TRUTH(double, ME_FLOAT64, "a or b", 0, -0.0, 0);
  TRUTH(double, ME_FLOAT64, "not a", NAN, 0, 0);
  TRUTH(double, ME_FLOAT64, "a or b", NAN, 0, 1);
  TRUTH(double, ME_FLOAT64, "!a", -0.0, 0, 1);
  TRUTH(int32_t, ME_INT32, "a && b", 256, 512, 1);
  TRUTH(uint8_t, ME_UINT8, "a || b", 0, 128, 1);
}

static void bools(void) {
  TRUTH(bool, ME_BOOL, "a + b", 1, 1, 1);
  TRUTH(bool, ME_BOOL, "a * b", 1, 0, 0);
  ITEM(bool, ME_BOOL, "a + 1", 1, 0, int32_t, ME_INT32, 2);
  ITEM(bool, ME_BOOL, "a + 1.5", 1, 0, double, ME_FLOAT64, 2.5);
}

static void output_casts(void) {
  ITEM(double, ME_FLOAT64, "a", 3.99, 0, int32_t, ME_INT32, 3);
  ITEM(double, ME_FLOAT64, "a", -3.99, 0, int32_t, ME_INT32, -3);
  ITEM(double, ME_FLOAT64, "a", 1e30, 0, int32_t, ME_INT32, INT32_MAX); /* saturates: defined */
  ITEM(double, ME_FLOAT64, "a", -1e30, 0, int32_t, ME_INT32, INT32_MIN);
  ITEM(double, ME_FLOAT64, "a", NAN, 0, int32_t, ME_INT32, 0);
  ITEM(double, ME_FLOAT64, "a", 300, 0, uint8_t, ME_UINT8, 255);
  ITEM(double, ME_FLOAT64, "a", NAN, 0, uint8_t, ME_BOOL, 1);
  ITEM(double, ME_FLOAT64, "a", 0.5, 0, uint8_t, ME_BOOL, 1);
  ITEM(double, ME_FLOAT64, "a", 0, 0, uint8_t, ME_BOOL, 0);
  ITEM(int32_t, ME_INT32, "a", 300, 0, uint8_t, ME_UINT8, 44);
  ITEM(int64_t, ME_INT64, "a + b", 1, 2, float, ME_FLOAT32, 3.0f);
  ITEM(double, ME_FLOAT64, "a", 0.1, 0, float, ME_FLOAT32, 0.1f);
}

static void ieee(void) {
  SAME(double, ME_FLOAT64, "a - b", INFINITY, 1, INFINITY);
  SAME(double, ME_FLOAT64, "fmax(a, b)", NAN, 1, 1);
  SAME(double, ME_FLOAT64, "pow(a, 0)", NAN, 1, 1);
  SAME(double, ME_FLOAT64, "1 / a", -0.0, 1, -INFINITY);
  TRUTH(double, ME_FLOAT64, "isnan(a * b)", INFINITY, 0, 1);
  TRUTH(double, ME_FLOAT64, "isnan(sign(a))", NAN, 0, 1);
}

int main(void) {
  static const rule rules[] = {
      {"promotion of two dtypes, all pairs", promotion},
      {"arithmetic wraps in the result dtype", arithmetic_wraps},
      {"/ of integers cuts toward zero", division},
      {"% has the sign of the dividend, ** of integers wraps", modulo_and_power},
      {"bit operators and shifts, floats through int64", bits},
      {"comparisons give bool, in the promoted dtype", comparisons},
      {"and, or, not: non-zero is true, NaN too", logic},
      {"bool arithmetic", bools},
      {"an explicit output casts the result", output_casts},
      {"NaN and infinities", ieee},
  };
  return RUN_RULES("dtypes", rules);
}
