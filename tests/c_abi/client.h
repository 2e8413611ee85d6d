/* What the section clients share: one printed line per checked rule, and evaluation in both modes.
 *
 * A client is a list of rules {what it says, function that checks it}; run_rules prints "ok" or "FAIL" and the
 * rule for each. evaluated() compiles a text over operands, evaluates it with and without the JIT, and checks
 * that both give the same bytes.
 */
#ifndef ME_C_ABI_CLIENT_H
#define ME_C_ABI_CLIENT_H

#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "miniexpr.h"

typedef struct rule {
  const char* says;
  void (*check)(void);
} rule;

static inline int run_rules(const char* section, const rule* rules, int count) {
  int i;
  for (i = 0; i < count; ++i) {
    const int before = checks_failed;
    rules[i].check();
    printf("%s %s: %s\n", checks_failed == before ? "ok  " : "FAIL", section, rules[i].says);
  }
  return finish_checks();
}

#define RUN_RULES(section, rules) run_rules(section, rules, COUNT_OF(rules))

typedef struct operand {
  const char* name;
  me_dtype dtype;
  const void* data;
} operand;

enum { kMaxOperands = 8, kMaxOutput = 1 << 16 };

/* Declares the operands without addresses, so that arrays go in declaration order. */
static inline int declare(const operand* operands, int count, me_variable* variables) {
  int i;
  for (i = 0; i < count; ++i) {
    variables[i].name = operands[i].name;
    variables[i].dtype = operands[i].dtype;
    variables[i].address = NULL;
    variables[i].type = ME_VARIABLE;
    variables[i].context = NULL;
    variables[i].itemsize = 0;
  }
  return count;
}

/* Compiles and evaluates over all declared operands; returns the result dtype, or a negative status. */
static inline int evaluated_as(const char* text, const operand* operands, int count, me_dtype output,
                        int items, void* out) {
  static char again[kMaxOutput];
  me_variable variables[kMaxOperands];
  const void* arrays[kMaxOperands];
  me_eval_params interpreter = {false, ME_SIMD_ULP_DEFAULT, ME_JIT_OFF};
  me_expr* expr = NULL;
  int error = 12345, status, i, dtype;
  size_t bytes;
  status = me_compile(text, variables, declare(operands, count, variables), output, &error, &expr);
  if (status != 0) {
    CHECK(expr == NULL && error != 0);
    return status;
  }
  CHECK_INT(error, 0);
  for (i = 0; i < count; ++i) arrays[i] = operands[i].data;
  bytes = me_get_itemsize(expr) * (size_t)items;
  CHECK(bytes <= kMaxOutput);
  dtype = (int)me_get_dtype(expr);
  status = me_eval(expr, arrays, count, out, items, NULL);
  if (status == 0 && bytes <= kMaxOutput) {
    memcpy(again, out, bytes); /* also what is not written must be the same */
    status = me_eval(expr, arrays, count, again, items, &interpreter);
    if (memcmp(again, out, bytes) != 0) {
      ++checks_failed;
      printf("'%s': interpreter and JIT differ\n", text);
    }
  }
  me_free(expr);
  return status != 0 ? status : dtype;
}

static inline int evaluated(const char* text, const operand* operands, int count, int items, void* out) {
  return evaluated_as(text, operands, count, ME_AUTO, items, out);
}

/* The value of `text` over float64 x = 3, y = 2 (or the given ones) with an inferred result; NaN on failure. */
static inline double value_xy(const char* text, double x, double y) {
  operand operands[2] = {{"x", ME_FLOAT64, NULL}, {"y", ME_FLOAT64, NULL}};
  double out[1] = {-12345};
  char bytes[16] = {0};
  int dtype;
  operands[0].data = &x;
  operands[1].data = &y;
  dtype = evaluated(text, operands, 2, 1, bytes);
  if (dtype == ME_BOOL) return bytes[0];
  if (dtype != ME_FLOAT64) {
    const char* why = me_get_last_error_message();
    ++checks_failed;
    printf("'%s' gives %d: %s\n", text, dtype, why ? why : "");
    return NAN;
  }
  memcpy(out, bytes, sizeof out);
  return out[0];
}

/* Compiles over float64 x and y; returns the status, and *error through the argument. */
static inline int compile_xy(const char* text, int* error) {
  const operand operands[2] = {{"x", ME_FLOAT64, NULL}, {"y", ME_FLOAT64, NULL}};
  me_variable variables[2];
  me_expr* expr = NULL;
  const int status = me_compile(text, variables, declare(operands, 2, variables), ME_AUTO, error, &expr);
  CHECK((status == 0) == (expr != NULL));
  me_free(expr);
  return status;
}

#endif
