/* The tiers of me_engine.h from plain C: policies, promotion, invalidation, jobs, function ids, on-stack
 * replacement, statistics. Runs with and without a host: what needs compiled code is skipped then.
 *
 * Example: a kernel of ME_TIER_AUTO starts in the interpreter and has code after me_kernel_promote.
 */
#include <stdlib.h>

#include "check.h"
#include "me_engine.h"

enum { N = 10000 };
static double a[N], out[N], expected[N];

static me_kernel* compiled(const char* text, me_tier tier) {
  const me_param param = {"a", ME_FLOAT64, 0, 0};
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  me_kernel* kernel = NULL;
  options.max_tier = tier;
  CHECK_INT(me_kernel_compile(text, strlen(text), &param, 1, &options, &kernel), 0);
  return kernel;
}

static void evaluate(const me_kernel* kernel, me_tier tier, double* to) {
  const int64_t shape[1] = {N};
  const me_array in = {a, ME_FLOAT64, 1, shape, NULL, 0}, result = {to, ME_FLOAT64, 1, shape, NULL, 0};
  CHECK_INT(me_kernel_eval(kernel, &in, 1, &result, tier), 0);
}

static bool same(void) { return memcmp(out, expected, sizeof out) == 0; }

static bool has_host(void) {
  me_kernel* kernel = compiled("a + 0.125", ME_TIER_OPTIMIZING_JIT);
  const bool has = me_kernel_tier(kernel) == ME_TIER_OPTIMIZING_JIT;
  me_kernel_free(kernel);
  return has;
}

static void promotion(bool host) {
  me_kernel* kernel = compiled("exp(a) - a * 2", ME_TIER_AUTO);
  me_kernel_stats stats;
  stats.struct_size = sizeof stats;
  CHECK_INT(me_kernel_tier(kernel), ME_TIER_INTERPRETER);
  evaluate(kernel, ME_TIER_INTERPRETER, expected);
  if (host) {
    CHECK_INT(me_kernel_promote(kernel, ME_TIER_BASELINE_JIT), 0);
    CHECK_INT(me_kernel_tier(kernel), ME_TIER_BASELINE_JIT);
    evaluate(kernel, ME_TIER_AUTO, out);
    CHECK(same());
    CHECK_INT(me_kernel_promote(kernel, ME_TIER_OPTIMIZING_JIT), 0);
    CHECK_INT(me_kernel_promote(kernel, ME_TIER_BASELINE_JIT), 0);
    CHECK_INT(me_kernel_tier(kernel), ME_TIER_OPTIMIZING_JIT);
    evaluate(kernel, ME_TIER_AUTO, out);
    CHECK(same());
    CHECK_INT(me_kernel_get_stats(kernel, &stats), 0);
    CHECK(stats.tier == ME_TIER_OPTIMIZING_JIT && stats.promotions == 2);
    CHECK(stats.calls[0] == 1 && stats.calls[1] == 1 && stats.calls[2] == 1 && stats.calls[3] == 0);
    CHECK(stats.compile_ns > 0);
    me_kernel_invalidate(kernel);
    CHECK_INT(me_kernel_tier(kernel), ME_TIER_INTERPRETER);
    evaluate(kernel, ME_TIER_AUTO, out);
    CHECK(same());
  } else {
    CHECK(me_kernel_promote(kernel, ME_TIER_BASELINE_JIT) != 0);
    CHECK(me_get_last_error_message()[0] != '\0');
  }
  me_kernel_free(kernel);
}

static void jobs(bool host) {
  me_kernel* kernel = compiled("sin(a) + sum(a)", ME_TIER_AUTO);
  me_compile_job* job = me_kernel_compile_async(kernel, ME_TIER_OPTIMIZING_JIT);
  me_compile_job* cancelled;
  char* error;
  evaluate(kernel, ME_TIER_INTERPRETER, expected);
  evaluate(kernel, ME_TIER_AUTO, out);
  CHECK(same());
  me_compile_job_wait(job);
  CHECK(me_compile_job_is_complete(job) && !me_compile_job_is_cancelled(job));
  CHECK(!me_compile_job_cancel(job));
  CHECK_INT(me_compile_job_result(job), host ? ME_TIER_OPTIMIZING_JIT : ME_TIER_INTERPRETER);
  error = me_compile_job_error(job);
  CHECK((error == NULL) == host);
  me_text_free(error);
  me_compile_job_free(job);
  evaluate(kernel, ME_TIER_AUTO, out);
  CHECK(same());
  me_kernel_invalidate(kernel);
  cancelled = me_kernel_compile_async(kernel, ME_TIER_OPTIMIZING_JIT);
  if (me_compile_job_cancel(cancelled)) {
    CHECK(me_compile_job_is_complete(cancelled) && me_compile_job_is_cancelled(cancelled));
    CHECK_INT(me_kernel_tier(kernel), ME_TIER_INTERPRETER);
  }
  me_run_compile_jobs();
  evaluate(kernel, ME_TIER_AUTO, out);
  CHECK(same());
  me_kernel_free(kernel); /* a job keeps its kernel */
  me_compile_job_wait(cancelled);
  me_compile_job_free(cancelled);
}

static void ids(bool host) {
  const me_function_id f = me_get_function_id("tiers.f", 7), g = me_get_function_id("tiers.g", 7);
  me_kernel* kernel = compiled("a / 3", ME_TIER_AUTO);
  me_code* code;
  CHECK(f != 0 && g != 0 && f != g);
  CHECK(me_get_function_id("tiers.f, with more behind", 7) == f);
  CHECK_INT(me_get_tier(f), ME_TIER_INTERPRETER);
  CHECK(me_compile_function(f, ME_TIER_BASELINE_JIT) == NULL);
  me_record_call(f, 3);
  CHECK(me_call_count(f) == 3 && me_call_count(g) == 0);
  CHECK(me_bind_function(f, kernel) && !me_bind_function(0, kernel) && !me_bind_function(f, NULL));
  evaluate(kernel, ME_TIER_AUTO, out);
  CHECK(me_call_count(f) == 4);
  CHECK(!me_has_compiled(f, ME_TIER_BASELINE_JIT) && me_get_compiled(f) == NULL);
  CHECK(!me_can_osr(f, 0) && me_get_entry(f, 0) == NULL);
  if (host) {
    code = me_compile_function(f, ME_TIER_BASELINE_JIT);
    CHECK_INT(me_code_tier(code), ME_TIER_BASELINE_JIT);
    CHECK(me_has_compiled(f, ME_TIER_BASELINE_JIT) && !me_has_compiled(f, ME_TIER_OPTIMIZING_JIT));
    CHECK(me_can_osr(f, 8192) && !me_can_osr(f, 100) && !me_can_osr(f, -4096));
    CHECK(me_do_osr(f, 4096) && !me_do_osr(f, 1));
    CHECK_INT(me_get_tier(f), ME_TIER_OPTIMIZING_JIT);
    CHECK_INT(me_code_tier(code), ME_TIER_BASELINE_JIT);
    me_code_free(code);
    code = me_get_entry(f, 4096);
    CHECK_INT(me_code_tier(code), ME_TIER_OPTIMIZING_JIT);
    me_code_free(code);
    me_invalidate_function(f);
    CHECK_INT(me_get_tier(f), ME_TIER_INTERPRETER);
  }
  me_kernel_free(kernel);
  CHECK(me_call_count(f) == 4);
}

static void nothing(void) {
  me_kernel_stats stats;
  stats.struct_size = sizeof stats;
  CHECK(me_kernel_promote(NULL, ME_TIER_BASELINE_JIT) != 0);
  CHECK(me_kernel_get_stats(NULL, &stats) != 0);
  CHECK(me_kernel_compile_async(NULL, ME_TIER_BASELINE_JIT) == NULL);
  CHECK(!me_compile_job_is_complete(NULL) && !me_compile_job_cancel(NULL));
  CHECK(me_compile_job_error(NULL) == NULL);
  CHECK_INT(me_compile_job_result(NULL), ME_TIER_INTERPRETER);
  me_compile_job_wait(NULL);
  me_compile_job_free(NULL);
  me_kernel_invalidate(NULL);
  me_invalidate_function(0);
  me_record_call(987654321, 1);
  CHECK(me_call_count(987654321) == 0);
  CHECK(me_get_function_id(NULL, 0) == 0);
  CHECK(!me_do_osr(0, 0));
  CHECK_INT(me_code_tier(NULL), ME_TIER_INTERPRETER);
  me_code_free(NULL);
}

int main(void) {
  const bool host = has_host();
  int i;
  for (i = 0; i < N; ++i) a[i] = i * 0.001 - 3;
  promotion(host);
  jobs(host);
  ids(host);
  nothing();
  return finish_checks();
}
