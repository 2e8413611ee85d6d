/* Checks for the plain C programs of this folder: count, report, end with "N passed, N failed". */
#ifndef ME_C_ABI_CHECK_H
#define ME_C_ABI_CHECK_H

#include <math.h>
#include <stdio.h>
#include <string.h>

static int checks_passed = 0;
static int checks_failed = 0;

#define CHECK(condition)                                             \
  do {                                                               \
    if (condition) {                                                 \
      ++checks_passed;                                               \
    } else {                                                         \
      ++checks_failed;                                               \
      printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                \
  } while (0)

#define CHECK_INT(actual, expected)                                                              \
  do {                                                                                           \
    const long long actual_value = (long long)(actual);                                          \
    const long long expected_value = (long long)(expected);                                      \
    if (actual_value == expected_value) {                                                        \
      ++checks_passed;                                                                           \
    } else {                                                                                     \
      ++checks_failed;                                                                           \
      printf("%s:%d: failed: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, actual_value, \
             expected_value);                                                                    \
    }                                                                                            \
  } while (0)

#define CHECK_DOUBLE(actual, expected)                                                             \
  do {                                                                                             \
    const double actual_value = (double)(actual);                                                  \
    const double expected_value = (double)(expected);                                              \
    if (actual_value == expected_value || (isnan(actual_value) && isnan(expected_value))) {        \
      ++checks_passed;                                                                             \
    } else {                                                                                       \
      ++checks_failed;                                                                             \
      printf("%s:%d: failed: %s is %.17g, not %.17g\n", __FILE__, __LINE__, #actual, actual_value, \
             expected_value);                                                                      \
    }                                                                                              \
  } while (0)

#define CHECK_CONTAINS(text, part)                                                   \
  do {                                                                               \
    const char* whole = (text);                                                      \
    if (whole != NULL && strstr(whole, (part)) != NULL) {                            \
      ++checks_passed;                                                               \
    } else {                                                                         \
      ++checks_failed;                                                               \
      printf("%s:%d: failed: \"%s\" is not in \"%s\"\n", __FILE__, __LINE__, (part), \
             whole ? whole : "(null)");                                              \
    }                                                                                \
  } while (0)

static inline int finish_checks(void) {
  printf("%d passed, %d failed\n", checks_passed, checks_failed);
  return checks_failed == 0 ? 0 : 1;
}

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
