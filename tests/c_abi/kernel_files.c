/* Kernel files and the kernel cache on disk, through the C interface: save, load, refusals, parameters, and a
 * cache directory that serves a second engine's worth of compiles. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "me_engine.h"

static me_kernel *compiled(const char *text) {
  const me_param params[2] = {{"a", ME_FLOAT64, 0, 0}, {"n", ME_INT64, ME_PARAM_UNIFORM, 0}};
  me_kernel *kernel = NULL;
  CHECK(me_kernel_compile(text, strlen(text), params, 2, NULL, &kernel) == ME_COMPILE_SUCCESS);
  return kernel;
}

static double first_of(const me_kernel *kernel) {
  double a[3] = {1.5, 2.5, 3.5};
  int64_t n = 4;
  double out[3] = {0, 0, 0};
  const int64_t shape[1] = {3};
  const me_array inputs[2] = {{a, ME_FLOAT64, 1, shape, NULL, 0}, {&n, ME_INT64, 0, NULL, NULL, 0}};
  const me_array result = {out, ME_FLOAT64, 1, shape, NULL, 0};
  CHECK(me_kernel_eval(kernel, inputs, 2, &result, ME_TIER_AOT_OPTIMIZED) == ME_EVAL_SUCCESS);
  return out[0];
}

static void round_trip(void) {
  me_kernel *kernel = compiled("a * n + sum(a)");
  char *bytes = NULL;
  const size_t size = me_kernel_save(kernel, 0, &bytes);
  CHECK(size > 100);
  me_kernel *loaded = NULL;
  CHECK(me_kernel_load(bytes, size, 0, &loaded) == ME_COMPILE_SUCCESS);
  CHECK(first_of(loaded) == first_of(kernel));
  CHECK(first_of(loaded) == 13.5);
  /* With a host the file's code runs, without one the interpreter. */
  CHECK(me_kernel_tier(loaded) ==
        (strncmp(me_host_description(), "none", 4) == 0 ? ME_TIER_INTERPRETER : ME_TIER_AOT_OPTIMIZED));

  me_param param;
  CHECK(me_kernel_param_count(loaded) == 2);
  CHECK(me_kernel_param_at(loaded, 1, &param));
  CHECK(strcmp(param.name, "n") == 0 && param.dtype == ME_INT64 && param.flags == ME_PARAM_UNIFORM);
  CHECK(!me_kernel_param_at(loaded, 2, &param));
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  CHECK(me_kernel_options(loaded, &options));
  CHECK(options.dialect == ME_DIALECT_NUMPY && options.result == ME_AUTO);
  char *source = me_kernel_text(loaded, "source");
  CHECK(strcmp(source, "a * n + sum(a)") == 0);
  me_text_free(source);
  char *manifest = me_kernel_file_manifest(bytes, size);
  CHECK(manifest != NULL && strstr(manifest, "param array float64 0 a\n") != NULL);
  me_text_free(manifest);

  /* Saving what was loaded gives the same file. */
  char *again = NULL;
  CHECK(me_kernel_save(loaded, 0, &again) == size && memcmp(bytes, again, size) == 0);
  me_text_free(again);
  me_kernel_free(loaded);

  bytes[size / 2] ^= 4;
  CHECK(me_kernel_load(bytes, size, 0, &loaded) == ME_COMPILE_ERR_INVALID_ARG);
  CHECK(loaded == NULL && strstr(me_get_last_error_message(), "damaged") != NULL);
  CHECK(me_kernel_load(bytes, size, ME_LOAD_RECOMPILE, &loaded) == ME_COMPILE_ERR_INVALID_ARG);
  CHECK(me_kernel_file_manifest(bytes, size) == NULL);
  CHECK(me_kernel_load(bytes, 0, 0, &loaded) == ME_COMPILE_ERR_INVALID_ARG);
  CHECK(me_kernel_load(NULL, 0, 0, &loaded) == ME_COMPILE_ERR_INVALID_ARG);
  CHECK(me_kernel_load(bytes, size, 64, &loaded) == ME_COMPILE_ERR_INVALID_ARG);
  me_text_free(bytes);
  me_kernel_free(kernel);
}

static void cache(void) {
  char directory[] = "/tmp/mejit-cache-XXXXXX";
  CHECK(mkdtemp(directory) != NULL);
  CHECK(strcmp(me_kernel_cache_description(), "off") == 0);
  CHECK(me_use_kernel_cache(directory, 0) == ME_COMPILE_SUCCESS);
  CHECK(strcmp(me_kernel_cache_description(), directory) == 0);
  const int has_host = strncmp(me_host_description(), "none", 4) != 0;
  me_counters_reset();
  me_kernel_free(compiled("a * 3 + n"));
  CHECK(me_counter("disk_misses") == (uint64_t)has_host);
  CHECK(me_counter("disk_writes") == (uint64_t)has_host);
  CHECK(me_use_kernel_cache("/dev/null/nowhere", 0) == ME_COMPILE_ERR_INVALID_ARG);
  CHECK(strncmp(me_kernel_cache_description(), "off: ", 5) == 0);
  CHECK(me_use_kernel_cache("", 0) == ME_COMPILE_SUCCESS);
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", directory);
  CHECK(system(command) == 0);
}

/* A host that another thread loads is waited for, and there is one exactly where a search finds one. */
static void prepared(void) {
  const uint64_t before = me_host_generation();
  me_prepare_wasmtime("/nowhere/libwasmtime.so");
  const int has_host = strncmp(me_host_description(), "none", 4) != 0;
  CHECK(me_host_generation() == before + 1);
  CHECK(has_host || strstr(me_host_description(), "/nowhere/libwasmtime.so") != NULL);
  CHECK((me_use_wasmtime(NULL) == ME_COMPILE_SUCCESS) == has_host);
  me_prepare_wasmtime(NULL);
  CHECK((strncmp(me_host_description(), "none", 4) != 0) == has_host);
}

int main(void) {
  prepared();
  round_trip();
  cache();
  return finish_checks();
}
