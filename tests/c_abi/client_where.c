/* where(): the dtype of its result, its condition, and that nothing of the arm not taken shows.
 *
 * Example: where(n % 2, x, -x) takes an int32 condition; over int8 and float64 arms it is float64.
 */
#include "client.h"

static void result_dtype(void) {
  const int8_t small[2] = {1, -2};
  const double wide[2] = {0.5, 0.25};
  const uint8_t condition[2] = {0, 3};
  operand v[3] = {{"c", ME_UINT8, NULL}, {"x", ME_INT8, NULL}, {"y", ME_FLOAT64, NULL}};
  double out[2];
  v[0].data = condition;
  v[1].data = small;
  v[2].data = wide;
  CHECK_INT(evaluated("where(c, x, y)", v, 3, 2, out), ME_FLOAT64);
  CHECK_DOUBLE(out[0], 0.5);
  CHECK_DOUBLE(out[1], -2);
  {
    int8_t narrow[2];
    CHECK_INT(evaluated("where(y, x, -x)", v, 3, 2, narrow), ME_INT8);
    CHECK(narrow[0] == 1 && narrow[1] == -2);
  }
}

/* Over a condition of each dtype: 0 selects the second arm, anything else the first. */
#define CONDITION(type, dtype, zero, other)                                                \
  do {                                                                                     \
    const type c_[3] = {(type)(zero), (type)(other), (type)(zero)};                        \
    const int32_t x_[3] = {1, 2, 3}, y_[3] = {-1, -2, -3};                                 \
    int32_t o_[3] = {0, 0, 0};                                                             \
    operand v_[3] = {{"c", dtype, NULL}, {"x", ME_INT32, NULL}, {"y", ME_INT32, NULL}};    \
    v_[0].data = c_;                                                                       \
    v_[1].data = x_;                                                                       \
    v_[2].data = y_;                                                                       \
    CHECK_INT(evaluated("where(c, x, y)", v_, 3, 3, o_), ME_INT32);                        \
    CHECK(o_[0] == -1 && o_[1] == 2 && o_[2] == -3);                                       \
  } while (0)

static void any_condition(void) {
  CONDITION(bool, ME_BOOL, 0, 1);
  CONDITION(int8_t, ME_INT8, 0, -128);
  CONDITION(int16_t, ME_INT16, 0, 256);
  CONDITION(int32_t, ME_INT32, 0, 65536);
  CONDITION(int64_t, ME_INT64, 0, 4294967296LL);
  CONDITION(uint8_t, ME_UINT8, 0, 128);
  CONDITION(uint16_t, ME_UINT16, 0, 256);
  CONDITION(uint32_t, ME_UINT32, 0, 0x80000000u);
  CONDITION(uint64_t, ME_UINT64, 0, 0x8000000000000000u);
  CONDITION(float, ME_FLOAT32, 0, 1e-45);
  CONDITION(float, ME_FLOAT32, -0.0, NAN);
  CONDITION(double, ME_FLOAT64, 0, 5e-324);
  CONDITION(double, ME_FLOAT64, -0.0, NAN);
}

static void both_arms(void) {
  CHECK_DOUBLE(value_xy("where(x > 0, y, 1 / (x - x))", 3, 2), 2);
  CHECK_DOUBLE(value_xy("where(x > 5, sqrt(-x), y)", 3, 2), 2);
  CHECK_DOUBLE(value_xy("where(x > 5, 1.0, where(y > 1, 2.0, 3.0))", 3, 2), 2);
  CHECK_DOUBLE(value_xy("where(x == 3, nan, 0.0) * 0 == 0", 3, 2), 0);
}

static void long_blocks(void) {
  enum { kItems = 6000 };
  static double x[kItems], out[kItems];
  operand v[1] = {{"x", ME_FLOAT64, NULL}};
  int i, wrong = 0;
  v[0].data = x;
  for (i = 0; i < kItems; ++i) x[i] = i % 7 - 3;
  CHECK_INT(evaluated("where(x < 0, -x, where(x > 2, 0.0, x * 2))", v, 1, kItems, out), ME_FLOAT64);
  for (i = 0; i < kItems; ++i) wrong += out[i] != (x[i] < 0 ? -x[i] : x[i] > 2 ? 0 : x[i] * 2);
  CHECK_INT(wrong, 0);
}

int main(void) {
  static const rule rules[] = {
      {"the result has the promoted dtype of both arms", result_dtype},
      {"the condition may have any dtype, non-zero and NaN are true", any_condition},
      {"the arm not taken leaves no trace", both_arms},
      {"blocks of many items", long_blocks},
  };
  return RUN_RULES("where", rules);
}
