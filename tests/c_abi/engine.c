/* me_engine.h from plain C: dialects, arrays with shapes and strides, texts, counters, reports,
 * hosts.
 *
 * Example: a (3, 1) column plus a (4,) row is a (3, 4) array, written through any strides.
 */
#include <stdint.h>
#include <stdlib.h>

#include "check.h"
#include "me_engine.h"

static me_kernel* compiled(const char* text, const me_param* params, int count,
                           const me_compile_options* options) {
  me_kernel* kernel = NULL;
  const int status = me_kernel_compile(text, strlen(text), params, count, options, &kernel);
  if (status != 0) printf("%s\n", me_last_error_report());
  CHECK_INT(status, 0);
  return kernel;
}

static const me_param ab[2] = {{"a", ME_FLOAT64, 0, 0}, {"b", ME_FLOAT64, 0, 0}};

static me_array array_of(void* data, me_dtype dtype, int ndim, const int64_t* shape,
                         const int64_t* strides) {
  me_array x;
  x.data = data;
  x.dtype = dtype;
  x.ndim = ndim;
  x.shape = shape;
  x.strides = strides;
  return x;
}

static void broadcasting(void) {
  double column[3] = {10, 20, 30}, row[4] = {1, 2, 3, 4}, out[12];
  const int64_t column_shape[2] = {3, 1}, row_shape[1] = {4}, out_shape[2] = {3, 4};
  const int64_t fortran[2] = {8, 24}, backwards[2] = {-32, -8};
  const int64_t five[1] = {5};
  int64_t shape[ME_MAX_NDIM];
  int32_t ndim = 0;
  me_array inputs[2], result;
  me_kernel* kernel = compiled("a + b", ab, 2, NULL);
  int r, c;
  inputs[0] = array_of(column, ME_FLOAT64, 2, column_shape, NULL);
  inputs[1] = array_of(row, ME_FLOAT64, 1, row_shape, NULL);
  CHECK_INT(me_broadcast(inputs, 2, &ndim, shape), 0);
  CHECK(ndim == 2 && shape[0] == 3 && shape[1] == 4);
  result = array_of(out, ME_FLOAT64, 2, out_shape, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_AOT_OPTIMIZED), 0);
  for (r = 0; r < 3; ++r)
    for (c = 0; c < 4; ++c) CHECK_DOUBLE(out[r * 4 + c], column[r] + row[c]);
  result.strides = fortran;
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER), 0);
  for (r = 0; r < 3; ++r)
    for (c = 0; c < 4; ++c) CHECK_DOUBLE(out[c * 3 + r], column[r] + row[c]);
  result.strides = backwards;
  result.data = out + 11;
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_OPTIMIZING_JIT), 0);
  for (r = 0; r < 3; ++r)
    for (c = 0; c < 4; ++c) CHECK_DOUBLE(out[11 - (r * 4 + c)], column[r] + row[c]);

  /* What does not fit. */
  inputs[1] = array_of(out, ME_FLOAT64, 1, five, NULL);
  inputs[0] = array_of(row, ME_FLOAT64, 1, row_shape, NULL);
  CHECK_INT(me_broadcast(inputs, 2, &ndim, shape), ME_EVAL_ERR_INVALID_ARG);
  CHECK_CONTAINS(me_last_error_report(), "broadcast");
  result = array_of(out, ME_FLOAT64, 1, row_shape, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER),
            ME_EVAL_ERR_INVALID_ARG);
  inputs[1] = inputs[0];
  result = array_of(out, ME_FLOAT64, 1, five, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER),
            ME_EVAL_ERR_INVALID_ARG);
  result = array_of(out, ME_FLOAT32, 1, row_shape, NULL);
  CHECK(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER) < 0);
  result = array_of(out, ME_FLOAT64, 1, row_shape, NULL);
  inputs[1].dtype = ME_INT64;
  CHECK(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER) < 0);
  CHECK_INT(me_kernel_eval(kernel, inputs, 1, &result, ME_TIER_INTERPRETER),
            ME_EVAL_ERR_VAR_MISMATCH);
  inputs[1] = inputs[0];
  result.data = NULL;
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER),
            ME_EVAL_ERR_INVALID_ARG);
  result.data = out;
  result.ndim = 33;
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER),
            ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_kernel_eval(NULL, inputs, 2, &result, ME_TIER_INTERPRETER), ME_EVAL_ERR_NULL_EXPR);
  me_kernel_free(kernel);
}

static void overlap(void) {
  enum { kItems = 9000 };
  static double x[kItems + 1], expected[kItems];
  const int64_t shape[1] = {kItems}, back[1] = {-8};
  me_array inputs[2], result;
  me_kernel* kernel = compiled("a * 2 + sin(b)", ab, 2, NULL);
  int i, wrong, kind, tier;
  double* plain = malloc(sizeof(double) * kItems);
  for (tier = 0; tier < 3; ++tier) {
    for (kind = 0; kind < 4; ++kind) {
      double* in = kind == 2 ? x + 1 : x;
      double* to = kind == 1 ? x + 1 : x;
      for (i = 0; i <= kItems; ++i) x[i] = i * 1e3;
      inputs[0] = array_of(in, ME_FLOAT64, 1, shape, NULL);
      inputs[1] = inputs[0];
      if (kind == 3) inputs[1] = array_of(x + kItems - 1, ME_FLOAT64, 1, shape, back);
      result = array_of(plain, ME_FLOAT64, 1, shape, NULL);
      CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER), 0);
      memcpy(expected, plain, sizeof expected);
      result.data = to;
      CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, (me_tier)tier), 0);
      for (wrong = 0, i = 0; i < kItems; ++i) wrong += to[i] != expected[i];
      CHECK_INT(wrong, 0);
    }
  }
  free(plain);
  me_kernel_free(kernel);
}

static void scalars_and_params(void) {
  const me_param params[2] = {{"a", ME_FLOAT32, 0, 0},
                              {"s", ME_FLOAT64, ME_PARAM_UNIFORM | ME_PARAM_WEAK, 0}};
  float x[3] = {1, 2, 3}, out[3];
  double s = 0.5;
  int64_t total = 0;
  const int64_t three[1] = {3}, zero[1] = {0};
  const me_param i8[1] = {{"a", ME_INT8, 0, 0}};
  int8_t small[3] = {100, 100, 100};
  me_array inputs[2], result;
  me_kernel* kernel = compiled("a * s", params, 2, NULL);
  CHECK_INT(me_kernel_dtype(kernel), ME_FLOAT32);
  CHECK_INT(me_kernel_param_count(kernel), 2);
  CHECK(!me_kernel_is_scalar(kernel));
  CHECK(!me_kernel_has_reduction(kernel));
  inputs[0] = array_of(x, ME_FLOAT32, 1, three, NULL);
  inputs[1] = array_of(&s, ME_FLOAT64, 0, NULL, NULL);
  result = array_of(out, ME_FLOAT32, 1, three, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_OPTIMIZING_JIT), 0);
  CHECK_DOUBLE(out[2], 1.5);
  me_kernel_free(kernel);

  kernel = compiled("sum(a)", i8, 1, NULL);
  CHECK(me_kernel_is_scalar(kernel));
  CHECK(me_kernel_has_reduction(kernel));
  CHECK_INT(me_kernel_dtype(kernel), ME_INT64);
  inputs[0] = array_of(small, ME_INT8, 1, three, NULL);
  result = array_of(&total, ME_INT64, 0, NULL, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 1, &result, ME_TIER_OPTIMIZING_JIT), 0);
  CHECK_INT(total, 300);
  me_kernel_free(kernel);

  /* The smallest of nothing is an error here. */
  kernel = compiled("min(a)", i8, 1, NULL);
  inputs[0].shape = zero;
  result = array_of(small, ME_INT8, 0, NULL, NULL);
  CHECK(me_kernel_eval(kernel, inputs, 1, &result, ME_TIER_OPTIMIZING_JIT) < 0);
  CHECK_CONTAINS(me_last_error_report(), "min");
  me_kernel_free(kernel);
}

static void options_and_texts(void) {
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  me_kernel* kernel = NULL;
  char* text;
  char* bytes = NULL;
  static const char* const stages[] = {"ast", "typed", "ir", "explain"};
  int i;
  options.dialect = ME_DIALECT_MINIEXPR;
  options.result = ME_FLOAT32;
  kernel = compiled("a ** b", ab, 2, &options);
  CHECK_INT(me_kernel_dtype(kernel), ME_FLOAT32);
  for (i = 0; i < COUNT_OF(stages); ++i) {
    text = me_kernel_text(kernel, stages[i]);
    CHECK(text != NULL && text[0] != '\0');
    me_text_free(text);
  }
  CHECK(me_kernel_text(kernel, "nonsense") == NULL);
  CHECK(me_kernel_text(kernel, NULL) == NULL);
  CHECK(me_kernel_text(NULL, "ir") == NULL);
  if (me_kernel_tier(kernel) != ME_TIER_INTERPRETER) {
    CHECK(me_kernel_wasm(kernel, 0, &bytes) > 8);
    CHECK(bytes != NULL && memcmp(bytes, "\0asm", 4) == 0);
    me_text_free(bytes);
    text = me_kernel_text(kernel, "wasm");
    CHECK_CONTAINS(text, "me_dsl_jit_kernel");
    me_text_free(text);
  }
  CHECK_INT(me_kernel_wasm(kernel, 99, &bytes), 0);
  CHECK(bytes == NULL);
  me_kernel_free(kernel);
  me_kernel_free(NULL);

  options.struct_size = 3;
  CHECK_INT(me_kernel_compile("a", 1, ab, 2, &options, &kernel), ME_COMPILE_ERR_INVALID_ARG);
  options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.max_tier = (me_tier)17;
  CHECK_INT(me_kernel_compile("a", 1, ab, 2, &options, &kernel), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_kernel_compile(NULL, 1, ab, 2, NULL, &kernel), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_kernel_compile("a", 1, ab, 2, NULL, NULL), ME_COMPILE_ERR_INVALID_ARG);
  CHECK_INT(me_kernel_compile("a", 1, NULL, 2, NULL, &kernel), ME_COMPILE_ERR_INVALID_ARG);
  CHECK(kernel == NULL);

  text = me_free_names("b * a + sin(b) - c", 18, ME_DIALECT_NUMPY);
  CHECK(text != NULL && strcmp(text, "b\na\nc\n") == 0);
  me_text_free(text);
  text = me_free_names("def k(x, y):\n    return x\n", 25, ME_DIALECT_NUMPY);
  CHECK(text != NULL && strcmp(text, "x\ny\n") == 0);
  me_text_free(text);
  CHECK(me_free_names("a +", 3, ME_DIALECT_NUMPY) == NULL);
  text = me_free_names("def k(x, y):\n    return +\n", 26, ME_DIALECT_NUMPY); /* of a kernel its header counts */
  CHECK(text != NULL && strcmp(text, "x\ny\n") == 0);
  me_text_free(text);
  CHECK(me_free_names("def k(x, 2):\n    return x\n", 26, ME_DIALECT_NUMPY) == NULL);
  CHECK(me_last_error_report() != NULL);
}

static void reports(void) {
  me_kernel* kernel = NULL;
  int64_t begin = -1, end = -1;
  CHECK(me_kernel_compile("a + missing", 11, ab, 2, NULL, &kernel) < 0);
  CHECK(kernel == NULL);
  CHECK_CONTAINS(me_last_error_report(), "error: ");
  CHECK_CONTAINS(me_last_error_report(), "--> expression:1:5");
  CHECK_CONTAINS(me_last_error_report(), "   | a + missing\n   |     ^^^^^^^");
  CHECK(me_last_error_span(&begin, &end));
  CHECK(begin == 4 && end == 11);
  CHECK_CONTAINS(me_get_last_error_message(), "missing");
  kernel = compiled("a", ab, 2, NULL);
  CHECK(me_last_error_report() == NULL);
  CHECK(!me_last_error_span(&begin, &end));
  me_kernel_free(kernel);
}

static void counters(void) {
  double x[3] = {1, 2, 3}, out[3];
  const int64_t three[1] = {3};
  me_array inputs[2], result;
  me_kernel* kernel;
  me_function_info info;
  int i, found = 0;
  me_counters_reset();
  kernel = compiled("a * b - 17", ab, 2, NULL);
  CHECK_INT(me_counter("compiles"), 1);
  CHECK_INT(me_counter("nonsense"), 0);
  CHECK_INT(me_counter(NULL), 0);
  inputs[0] = array_of(x, ME_FLOAT64, 1, three, NULL);
  inputs[1] = inputs[0];
  result = array_of(out, ME_FLOAT64, 1, three, NULL);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_INTERPRETER), 0);
  CHECK_INT(me_counter("interpreter_executions"), 1);
  CHECK_INT(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_AOT_OPTIMIZED), 0);
  if (me_kernel_tier(kernel) == ME_TIER_INTERPRETER) {
    printf("interpreter fallback: %s\n", me_host_description());
    CHECK_INT(me_counter("interpreter_executions"), 2);
  } else {
    printf("JIT active: %s\n", me_host_description());
    CHECK_INT(me_counter("jit_executions"), 1);
    CHECK(me_counter("jit_compiles") >= 1);
  }
  /* The same text again comes from the cache. */
  {
    me_kernel* same = compiled("a * b - 17", ab, 2, NULL);
    CHECK_INT(me_counter("compiles"), 1);
    me_kernel_free(same);
  }
  me_kernel_free(kernel);
  for (i = 0; me_counter_name(i) != NULL; ++i) CHECK(me_counter_help(i) != NULL);
  CHECK(i >= 8);
  CHECK(me_counter_name(-1) == NULL && me_counter_help(1000) == NULL);
  for (i = 0; me_function_at(i, &info); ++i) {
    if (strcmp(info.name, "atan2") != 0) continue;
    found = 1;
    CHECK_INT(info.arity, 2);
    CHECK(info.ulp > 0 && info.help != NULL);
  }
  CHECK(found && i > 60);
  CHECK(!me_function_at(-1, &info));
}

/* A host that refuses everything, and one that is not whole. */
static uintptr_t refuse(void* user, const uint8_t* bytes, size_t length) {
  (void)bytes;
  (void)length;
  ++*(int*)user;
  return 0;
}
static int32_t call_nothing(void* user, uintptr_t entry, const void* const* operands, void* out,
                            int64_t nitems) {
  (void)user;
  (void)entry;
  (void)operands;
  (void)out;
  (void)nitems;
  return ME_HOST_BAD_CALL;
}
static const char* why_not(void* user) {
  (void)user;
  return "this host refuses everything";
}

static void hosts(void) {
  int asked = 0;
  me_host host;
  me_kernel* kernel;
  char* text;
  memset(&host, 0, sizeof host);
  CHECK(me_set_host(&host) < 0);
  host.abi_version = ME_HOST_ABI_VERSION;
  host.struct_size = sizeof host;
  host.pointer_bits = (uint32_t)(sizeof(void*) * 8);
  host.address_bias = sizeof(void*) == 8 ? -ME_HOST_MEMORY64_BASE : 0;
  host.user = &asked;
  host.instantiate = refuse;
  host.call = call_nothing;
  host.last_error = why_not;
  me_counters_reset();
  CHECK_INT(me_set_host(&host), 0);
  kernel = compiled("a + b * 123", ab, 2, NULL);
  CHECK(asked >= 1);
  CHECK_INT(me_kernel_tier(kernel), ME_TIER_INTERPRETER);
  CHECK_INT(me_counter("decline_host_refused"), 1);
  text = me_kernel_text(kernel, "explain");
  CHECK_CONTAINS(text, "this host refuses everything");
  me_text_free(text);
  me_kernel_free(kernel);
  CHECK_INT(me_set_host(NULL), 0);
}

int main(void) {
  broadcasting();
  overlap();
  scalars_and_params();
  options_and_texts();
  reports();
  counters();
  hosts();
  return finish_checks();
}
