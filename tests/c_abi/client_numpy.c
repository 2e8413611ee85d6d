/* miniexpr_numpy.h: dtypes and NumPy's type numbers, both ways.
 *
 * Example: ME_FLOAT64 is 12, and 12 is ME_FLOAT64. tests/python/test_docs.py compares with NumPy itself.
 */
#include "client.h"
#include "miniexpr_numpy.h"

static void both_ways(void) {
  int t;
  for (t = ME_BOOL; t <= ME_BYTES; ++t) {
    CHECK(me_dtype_to_numpy((me_dtype)t) >= 0);
    CHECK_INT(me_dtype_from_numpy(me_dtype_to_numpy((me_dtype)t)), t);
  }
}

static void documented_numbers(void) {
  static const int numbers[] = {-1, 0, 1, 3, 5, 7, 2, 4, 6, 8, 11, 12, 14, 15, 19, 18};
  int t;
  if (sizeof(long) != 8) return;
  for (t = ME_AUTO; t <= ME_BYTES; ++t) CHECK_INT(me_dtype_to_numpy((me_dtype)t), numbers[t]);
}

static void unknown_ones(void) {
  static const int numbers[] = {-1, 13, 16, 17, 20, 21, 22, 23, 100, -100};
  int i;
  CHECK_INT(me_dtype_to_numpy(ME_AUTO), -1);
  CHECK_INT(me_dtype_to_numpy((me_dtype)99), -1);
  for (i = 0; i < COUNT_OF(numbers); ++i) CHECK_INT(me_dtype_from_numpy(numbers[i]), ME_AUTO);
  CHECK_INT(me_dtype_from_numpy(9), ME_INT64);
  CHECK_INT(me_dtype_from_numpy(10), ME_UINT64);
}

int main(void) {
  static const rule rules[] = {
      {"every dtype has a number, and the number that dtype", both_ways},
      {"the numbers where long has 64 bits", documented_numbers},
      {"what has no counterpart", unknown_ones},
  };
  return RUN_RULES("numpy", rules);
}
