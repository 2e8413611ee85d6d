/* What a call costs besides the work: nanoseconds of me_eval and me_kernel_eval over one item.
 *
 * Built and run by benchmarks/overhead.py; prints one JSON object: row name -> fastest turn, in ns per call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "me_engine.h"

enum { kCalls = 2000, kTurns = 200 };

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef struct Row {
  const char *name;
  const char *text;
  int jit;
  int items;
  int by_kernel; /* me_kernel_eval instead of me_eval */
  me_expr *expr;
  me_kernel *kernel;
  double best;
} Row;

static double a[4096], b[4096], out[4096];

static void prepare(Row *row) {
  const me_variable variables[2] = {{"a", ME_FLOAT64, a, 0, NULL, 0}, {"b", ME_FLOAT64, b, 0, NULL, 0}};
  const me_param params[2] = {{"a", ME_FLOAT64, 0, 0}, {"b", ME_FLOAT64, 0, 0}};
  int error = 0;
  int status;
  if (row->by_kernel) {
    me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
    if (!row->jit) options.max_tier = ME_TIER_INTERPRETER;
    status = me_kernel_compile(row->text, strlen(row->text), params, 2, &options, &row->kernel);
  } else {
    status = me_compile(row->text, variables, 2, ME_AUTO, &error, &row->expr);
  }
  if (status == 0) return;
  fprintf(stderr, "%s: %s\n", row->name, me_get_last_error_message());
  exit(1);
}

static int call(const Row *row, me_eval_params *params) {
  if (row->by_kernel) {
    const int64_t shape[1] = {row->items};
    const me_array inputs[2] = {{a, ME_FLOAT64, 1, shape, NULL, 0}, {b, ME_FLOAT64, 1, shape, NULL, 0}};
    const me_array result = {out, ME_FLOAT64, 1, shape, NULL, 0};
    return me_kernel_eval(row->kernel, inputs, 2, &result, ME_TIER_AOT_OPTIMIZED);
  } else {
    const void *arrays[2] = {a, b};
    return me_eval(row->expr, arrays, 2, out, row->items, row->jit ? NULL : params);
  }
}

int main(void) {
  Row rows[] = {
      {"me_eval, 1 item", "a*b + 1", 1, 1, 0, NULL, NULL, 1e30},
      {"me_eval, 1 item, interpreter", "a*b + 1", 0, 1, 0, NULL, NULL, 1e30},
      {"me_eval, sum, 1 item", "sum(a*b)", 1, 1, 0, NULL, NULL, 1e30},
      {"me_eval, 4096 items", "a*b + 1", 1, 4096, 0, NULL, NULL, 1e30},
      {"me_kernel_eval, 1 item", "a*b + 1", 1, 1, 1, NULL, NULL, 1e30},
      {"me_kernel_eval, 1 item, interpreter", "a*b + 1", 0, 1, 1, NULL, NULL, 1e30},
  };
  const int count = (int)(sizeof rows / sizeof rows[0]);
  me_eval_params params;
  memset(&params, 0, sizeof params);
  params.jit_mode = ME_JIT_OFF;
  for (int i = 0; i < 4096; ++i) a[i] = b[i] = 1.0 + i;
  for (int r = 0; r < count; ++r) prepare(&rows[r]);
  for (int turn = 0; turn < kTurns; ++turn) {
    for (int r = 0; r < count; ++r) {
      const int calls = rows[r].items > 1 ? kCalls / 20 : kCalls;
      const double start = now_ns();
      for (int i = 0; i < calls; ++i) {
        if (call(&rows[r], &params) != 0) return 1;
      }
      const double each = (now_ns() - start) / calls;
      if (each < rows[r].best) rows[r].best = each;
    }
  }
  for (int r = 0; r < count; ++r) printf("%s\"%s\": %.1f", r == 0 ? "{" : ",\n ", rows[r].name, rows[r].best);
  printf("}\n");
  for (int r = 0; r < count; ++r) {
    me_free(rows[r].expr);
    me_kernel_free(rows[r].kernel);
  }
  return 0;
}
