/* Compiling and saving in steps: the results are those of one go, errors come at the step that finds them, and
 * steps may be dropped at any point. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "me_engine.h"

static const me_param kParams[2] = {{"a", ME_FLOAT64, 0, 0}, {"n", ME_INT64, ME_PARAM_UNIFORM, 0}};

static me_steps *begun(const char *text) {
  me_steps *steps = me_kernel_compile_steps(text, strlen(text), kParams, 2, NULL);
  CHECK(steps != NULL);
  return steps;
}

/* How many steps are left; they must end well. */
static int finished(me_steps *steps) {
  int count = 1, status;
  while ((status = me_steps_next(steps)) == 1) ++count;
  CHECK(status == 0);
  CHECK(me_steps_next(steps) == 0); /* asking again is harmless */
  return count;
}

/* What ends them before their time. */
static int failed(me_steps *steps) {
  int status;
  while ((status = me_steps_next(steps)) == 1) continue;
  return status;
}

static double first_of(const me_kernel *kernel) {
  double a[3] = {1.5, 2.5, 3.5}, out[3] = {0, 0, 0};
  int64_t n = 4;
  const int64_t shape[1] = {3};
  const me_array inputs[2] = {{a, ME_FLOAT64, 1, shape, NULL, 0}, {&n, ME_INT64, 0, NULL, NULL, 0}};
  const me_array result = {out, ME_FLOAT64, 1, shape, NULL, 0};
  CHECK(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_AOT_OPTIMIZED) == ME_EVAL_SUCCESS);
  return out[0];
}

static void same_as_in_one_go(void) {
  me_steps *steps = begun("a * n + sum(a)");
  CHECK(me_steps_next(steps) == 1);
  CHECK(me_steps_kernel(steps) == NULL); /* not yet */
  CHECK(finished(steps) > 4);
  me_kernel *kernel = me_steps_kernel(steps);
  me_kernel *second = me_steps_kernel(steps);
  char *none = NULL;
  CHECK(kernel != NULL && second != NULL);
  CHECK(me_steps_file(steps, &none) == 0 && none == NULL);
  me_steps_free(steps);
  CHECK(me_kernel_tier(kernel) == ME_TIER_INTERPRETER);
  CHECK(first_of(kernel) == 13.5 && first_of(second) == 13.5);
  me_kernel_free(second);

  char *whole = NULL, *file = NULL;
  const size_t size = me_kernel_save(kernel, 0, &whole);
  steps = me_kernel_save_steps(kernel, 0);
  me_kernel_free(kernel); /* the steps hold it */
  CHECK(me_steps_next(steps) == 1);
  CHECK(me_steps_file(steps, &file) == 0);
  CHECK(finished(steps) > 4);
  CHECK(me_steps_kernel(steps) == NULL);
  CHECK(me_steps_file(steps, &file) == size && memcmp(file, whole, size) == 0);
  me_steps_free(steps);

  size_t places[4] = {0, 0, 0, 0};
  CHECK(me_kernel_file_modules(file, size, 32, places, 2) == 2);
  CHECK(places[0] == 0 && memcmp(file + places[2], "\0asm", 4) == 0 && places[3] > 8);
  places[2] = 7;
  CHECK(me_kernel_file_modules(file, size, 64, places, 1) == 2 && places[2] == 7);
  CHECK(me_kernel_file_modules(file, size, 16, places, 2) == 0);
  CHECK(me_kernel_file_modules(file, size - 1, 32, places, 2) < 0);
  CHECK(me_kernel_file_modules(NULL, 0, 32, places, 2) < 0);
  me_text_free(file);
  me_text_free(whole);
}

static void errors(void) {
  me_steps *steps = begun("a + (n");
  CHECK(failed(steps) == ME_COMPILE_ERR_PARSE);
  CHECK(strstr(me_last_error_report(), "--> expression:1:7") != NULL);
  CHECK(me_steps_next(steps) == ME_COMPILE_ERR_PARSE && me_steps_kernel(steps) == NULL);
  CHECK(strstr(me_last_error_report(), "--> expression:1:7") != NULL);
  me_steps_free(steps);
  steps = begun("a << n");
  CHECK(me_steps_next(steps) == 1);
  CHECK(failed(steps) == ME_COMPILE_ERR_INVALID_ARG_TYPE);
  me_steps_free(steps);
  CHECK(me_kernel_compile_steps(NULL, 0, NULL, 0, NULL) == NULL);
  CHECK(me_kernel_save_steps(NULL, 32) == NULL);
  CHECK(me_steps_next(NULL) < 0);
  CHECK(me_steps_kernel(NULL) == NULL);
  CHECK(me_steps_file(NULL, NULL) == 0);
  me_steps_free(NULL);
}

/* Half-way, at every point. */
static void dropped(void) {
  int all;
  me_steps *steps = begun("exp(a) * n + mean(a)");
  all = finished(steps);
  me_kernel *kernel = me_steps_kernel(steps);
  me_steps_free(steps);
  for (int count = 0; count < all; ++count) {
    steps = begun("exp(a) * n + mean(a)");
    for (int i = 0; i < count; ++i) CHECK(me_steps_next(steps) == 1);
    me_steps_free(steps);
  }
  steps = me_kernel_save_steps(kernel, 32);
  all = finished(steps);
  me_steps_free(steps);
  for (int count = 0; count < all; ++count) {
    steps = me_kernel_save_steps(kernel, 32);
    for (int i = 0; i < count; ++i) CHECK(me_steps_next(steps) == 1);
    me_steps_free(steps);
  }
  me_kernel_free(kernel);
}

int main(void) {
  same_as_in_one_go();
  errors();
  dropped();
  return finish_checks();
}
