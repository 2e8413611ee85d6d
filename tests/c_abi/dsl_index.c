/* Index symbols in flat calls and in every block of chunked arrays; kernels without inputs; uniform
 * results; print(). */
#include "check.h"
#include "me_engine.h"
#include "miniexpr.h"

enum { kMaxItems = 4096 };

static void flat(void) {
  const me_variable v[1] = {{"a", ME_INT64, NULL, 0, NULL, 0}};
  me_expr *e = NULL;
  static int64_t a[5000];
  static int64_t out[5000];
  const void *data[1] = {a};
  int i;
  int wrong = 0;
  for (i = 0; i < 5000; ++i) a[i] = 7 * i;
  CHECK_INT(me_compile("def k(a):\n    return a + _i0 * 2 + _n0 + _i1 + _n3 * 10 + _ndim * 100 + _flat_idx\n",
                       v, 1, ME_AUTO, NULL, &e), 0);
  CHECK_INT(me_get_dtype(e), ME_INT64);
  CHECK_INT(me_eval(e, data, 1, out, 5000, NULL), 0);
  for (i = 0; i < 5000; ++i) wrong += out[i] != 7 * i + 2 * i + 5000 + 10 + 100 + i;
  CHECK_INT(wrong, 0);
  me_free(e);

  /* Without inputs. */
  CHECK_INT(me_compile("def k():\n    return _i0 * _i0\n", NULL, 0, ME_AUTO, NULL, &e), 0);
  CHECK_INT(me_eval(e, NULL, 0, out, 5000, NULL), 0);
  for (i = 0, wrong = 0; i < 5000; ++i) wrong += out[i] != (int64_t)i * i;
  CHECK_INT(wrong, 0);
  me_free(e);
  CHECK_INT(me_compile("def k():\n    x = 3\n    return x + 4\n", NULL, 0, ME_INT64, NULL, &e), 0);
  CHECK_INT(me_eval(e, NULL, 0, out, 5000, NULL), 0);
  for (i = 0, wrong = 0; i < 5000; ++i) wrong += out[i] != 7;
  CHECK_INT(wrong, 0);
  me_free(e);
}

/* Every block of the array against coordinates counted by hand. */
static void blocks(int ndim, const int64_t *shape, const int32_t *chunk, const int32_t *block) {
  static const char text[] =
      "def k(a):\n"
      "    p = _i0 + 10 * _i1 + 100 * _i2 + 1000 * _i3 + 10000 * _i7\n"
      "    n = _n0 + 10 * _n1 + 100 * _n2 + 1000 * _n3 + 10000 * _n7\n"
      "    return a + p * 1000000 + n + _ndim * 0.5 + _flat_idx * 0.001\n";
  const me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  static double a[kMaxItems];
  static double out[kMaxItems];
  const void *data[1] = {a};
  static const int weight[8] = {1, 10, 100, 1000, 0, 0, 0, 10000};
  int64_t chunks[8], inner[8], nchunks = 1, nblocks = 1, items = 1, nchunk, nblock;
  me_expr *e = NULL;
  int d;
  int wrong = 0;
  long long seen = 0;
  long long total = 1;
  for (d = 0; d < ndim; ++d) {
    chunks[d] = (shape[d] + chunk[d] - 1) / chunk[d];
    inner[d] = (chunk[d] + block[d] - 1) / block[d];
    nchunks *= chunks[d];
    nblocks *= inner[d];
    items *= block[d];
    total *= shape[d];
  }
  CHECK_INT(me_compile_nd(text, v, 1, ME_FLOAT64, ndim, shape, chunk, block, NULL, &e), 0);
  for (nchunk = 0; nchunk < nchunks; ++nchunk) {
    for (nblock = 0; nblock < nblocks; ++nblock) {
      int64_t i;
      for (i = 0; i < items; ++i) a[i] = (double)(i % 17);
      if (me_eval_nd(e, data, 1, out, (int)items, nchunk, nblock, NULL) != 0) ++wrong;
      for (i = 0; i < items; ++i) {
        int64_t rest = i, c = nchunk, b = nblock, at[8], flat_index = 0;
        double want = a[i] + ndim * 0.5;
        int inside = 1;
        for (d = ndim - 1; d >= 0; --d) {
          const int64_t in_chunk = b % inner[d] * block[d] + rest % block[d];
          at[d] = c % chunks[d] * chunk[d] + in_chunk;
          inside = inside && in_chunk < chunk[d] && at[d] < shape[d];
          rest /= block[d];
          b /= inner[d];
          c /= chunks[d];
        }
        for (d = 0; d < 8; ++d) {
          if (d < ndim) flat_index = flat_index * shape[d] + at[d];
          want += (d < ndim ? (double)at[d] : 0) * weight[d] * 1000000;
          want += (d < ndim ? (double)shape[d] : 1) * weight[d];
        }
        want += (double)flat_index * 0.001;
        if (!inside) want = 0;
        seen += inside;
        if (fabs(out[i] - want) > 1e-6) ++wrong;
      }
    }
  }
  CHECK_INT(wrong, 0);
  CHECK_INT(seen, total);
  me_free(e);
}

static char printed[400];
static void keep(void *user, const char *text, size_t length) {
  (void)user;
  strncat(printed, text, length);
}

static void prints(void) {
  const me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  static double a[6000];
  static double out[6000];
  const void *data[1] = {a};
  me_expr *e = NULL;
  int i;
  for (i = 0; i < 6000; ++i) a[i] = 0.5;
  me_set_print_sink(keep, NULL);
  CHECK_INT(me_compile("def k(a):\n"
                       "    print(\"sum {} of {}\", sum(a), _n0)\n"
                       "    for i in range(2):\n"
                       "        print(\"i = {}\", i)\n"
                       "    if any(a > 1):\n"
                       "        print('never')\n"
                       "    return a\n",
                       v, 1, ME_AUTO, NULL, &e), 0);
  CHECK_INT(me_eval(e, data, 1, out, 6000, NULL), 0);
  CHECK(strcmp(printed, "sum 3000.0 of 6000\ni = 0\ni = 1\n") == 0);
  me_set_print_sink(NULL, NULL);
  me_free(e);
}

/* An endless loop around a reduction can be stopped, and the next call runs. */
static void interrupts(void) {
  const me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  double a[3] = {1, 2, 3};
  double out[3];
  const void *data[1] = {a};
  me_expr *e = NULL;
  CHECK_INT(me_compile("def k(a):\n    while any(a > 0):\n        a = a + 1 - 2 * (a > 9) * a\n    return a\n",
                       v, 1, ME_AUTO, NULL, &e), 0);
  me_interrupt(true);
  CHECK_INT(me_eval(e, data, 1, out, 3, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_CONTAINS(me_get_last_error_message(), "interrupted");
  me_interrupt(false);
  CHECK_INT(me_eval(e, data, 1, out, 3, NULL), 0);
  CHECK(out[0] <= 0 && out[1] <= 0 && out[2] <= 0);
  me_free(e);
}

int main(void) {
  const int64_t shape1[1] = {1000};
  const int32_t chunk1[1] = {300}, block1[1] = {77};
  const int64_t shape2[2] = {5, 7};
  const int32_t chunk2[2] = {4, 3}, block2[2] = {3, 2};
  const int64_t shape3[3] = {4, 5, 6};
  const int32_t chunk3[3] = {4, 5, 6}, block3[3] = {2, 5, 4};
  const int64_t shape8[8] = {2, 1, 3, 2, 1, 2, 1, 3};
  const int32_t chunk8[8] = {2, 1, 2, 2, 1, 1, 1, 2}, block8[8] = {1, 1, 2, 1, 1, 1, 1, 2};
  flat();
  blocks(1, shape1, chunk1, block1);
  blocks(2, shape2, chunk2, block2);
  blocks(3, shape3, chunk3, block3);
  blocks(8, shape8, chunk8, block8);
  prints();
  interrupts();
  return finish_checks();
}
