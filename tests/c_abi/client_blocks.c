/* Evaluation: blocks of items, padded blocks of chunked arrays, threads.
 *
 * Example: an array of shape (5, 4) in chunks of (3, 3) and blocks of (2, 2): chunk 3, block 0 holds items
 * (3, 3) and (4, 3); they are items 0 and 2 of the padded block of four, the other two are zero.
 */
#include <limits.h>
#include <pthread.h>

#include "client.h"
#include "me_engine.h"

enum { kMaxDims = 40, kBuffer = 4096 };

typedef struct grid {
  int ndims;
  int64_t shape[kMaxDims];
  int32_t chunk[kMaxDims];
  int32_t block[kMaxDims];
} grid;

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

static me_expr* compiled_nd(const char* text, const grid* g, int count, me_dtype dtype, me_dtype output) {
  me_variable v[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}, {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  int error = 5, i;
  for (i = 0; i < 2; ++i) v[i].dtype = dtype;
  CHECK_INT(me_compile_nd(text, v, count, output, g->ndims, g->shape, g->chunk, g->block, &error, &expr),
            0);
  CHECK_INT(error, 0);
  return expr;
}

static int64_t block_items(const grid* g) {
  int64_t n = 1;
  int d;
  for (d = 0; d < g->ndims; ++d) n *= g->block[d];
  return n;
}

/* Whether item `at` of padded block (nchunk, nblock) lies inside; nothing of the library is used. */
static bool is_inside(const grid* g, int64_t nchunk, int64_t nblock, int64_t at) {
  int d;
  for (d = g->ndims - 1; d >= 0; --d) {
    const int64_t chunks = ceil_div(g->shape[d], g->chunk[d]);
    const int64_t blocks = ceil_div(g->chunk[d], g->block[d]);
    const int64_t in_chunk = nblock % blocks * g->block[d] + at % g->block[d];
    if (in_chunk >= g->chunk[d] || nchunk % chunks * g->chunk[d] + in_chunk >= g->shape[d]) return false;
    at /= g->block[d];
    nchunk /= chunks;
    nblock /= blocks;
  }
  return true;
}

/* Every block of the grid: positions, padding, count, sum and a broadcast sum, in both modes. */
static void check_grid(const grid* g) {
  static double a[kBuffer], b[kBuffer], out[kBuffer + 1];
  const me_eval_params interpreter = {false, ME_SIMD_ULP_DEFAULT, ME_JIT_OFF};
  me_expr* map = compiled_nd("a * 2 + b", g, 2, ME_FLOAT64, ME_AUTO);
  me_expr* sum = compiled_nd("sum(a)", g, 2, ME_FLOAT64, ME_AUTO);
  me_expr* mixed = compiled_nd("sum(a) + b", g, 2, ME_FLOAT64, ME_AUTO);
  const int64_t padded = block_items(g);
  const void* arrays[2];
  int64_t chunks = 1, blocks = 1, c, k, i;
  int d, mode, wrong = 0;
  CHECK(padded <= kBuffer);
  for (d = 0; d < g->ndims; ++d) {
    chunks *= ceil_div(g->shape[d], g->chunk[d]);
    blocks *= ceil_div(g->chunk[d], g->block[d]);
  }
  for (i = 0; i < padded; ++i) {
    a[i] = (double)(i + 1);
    b[i] = 1000.0 * (double)i;
  }
  arrays[0] = a;
  arrays[1] = b;
  for (c = 0; c < chunks; ++c) {
    for (k = 0; k < blocks; ++k) {
      int64_t valid = 0, counted = -1;
      double total = 0;
      for (i = 0; i < padded; ++i) {
        if (!is_inside(g, c, k, i)) continue;
        ++valid;
        total += a[i];
      }
      wrong += me_nd_valid_nitems(map, c, k, &counted) != 0 || counted != valid;
      for (mode = 0; mode < 2; ++mode) {
        const me_eval_params* p = mode == 0 ? NULL : &interpreter;
        const double* tail = &out[padded];
        for (i = 0; i <= padded; ++i) out[i] = -1;
        wrong += me_eval_nd(map, arrays, 2, out, (int)padded, c, k, p) != 0;
        for (i = 0; i < padded; ++i) wrong += out[i] != (is_inside(g, c, k, i) ? a[i] * 2 + b[i] : 0);
        wrong += *tail != -1;
        wrong += me_eval_nd(mixed, arrays, 2, out, (int)padded, c, k, p) != 0;
        for (i = 0; i < padded; ++i) wrong += out[i] != (is_inside(g, c, k, i) ? total + b[i] : 0);
        out[1] = -1;
        wrong += me_eval_nd(sum, arrays, 1, out, (int)padded, c, k, p) != 0;
        wrong += out[0] != total || out[1] != -1;
      }
    }
  }
  CHECK_INT(wrong, 0);
  CHECK_INT(me_eval_nd(map, arrays, 2, out, (int)padded, chunks, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(map, arrays, 2, out, (int)padded, 0, blocks, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(map, arrays, 2, out, (int)padded, -1, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(map, arrays, 2, out, (int)padded, 0, -1, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_eval_nd(map, arrays, 2, out, (int)padded - 1, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  me_free(map);
  me_free(sum);
  me_free(mixed);
}

static void small_grids(void) {
  static const grid grids[] = {
      {1, {7}, {7}, {7}},
      {1, {7}, {3}, {2}},
      {1, {5}, {8}, {8}},
      {1, {1}, {1}, {1}},
      {1, {100}, {64}, {48}},
      {2, {5, 4}, {3, 3}, {2, 2}},
      {2, {3, 2}, {3, 2}, {2, 2}},
      {2, {1, 9}, {1, 4}, {1, 3}},
      {2, {9, 1}, {4, 4}, {3, 3}},
      {3, {3, 5, 4}, {2, 4, 3}, {2, 3, 2}},
      {3, {4, 4, 4}, {4, 4, 4}, {4, 4, 4}},
      {4, {3, 2, 3, 4}, {2, 2, 2, 3}, {2, 1, 2, 2}},
  };
  int i;
  for (i = 0; i < COUNT_OF(grids); ++i) check_grid(&grids[i]);
}

static void random_grids(void) {
  uint32_t seed = 12345;
  int i, d;
  for (i = 0; i < 60; ++i) {
    grid g;
    memset(&g, 0, sizeof g);
    seed = seed * 1664525u + 1013904223u;
    g.ndims = 1 + (int)(seed >> 16) % 4;
    for (d = 0; d < g.ndims; ++d) {
      seed = seed * 1664525u + 1013904223u;
      g.shape[d] = 1 + (seed >> 12) % 6;
      g.chunk[d] = 1 + (int32_t)((seed >> 18) % 5);
      g.block[d] = 1 + (int32_t)((seed >> 24) % 4);
    }
    check_grid(&g);
  }
}

static void many_dimensions(void) {
  grid g;
  int d;
  memset(&g, 0, sizeof g);
  g.ndims = 8;
  for (d = 0; d < 8; ++d) {
    g.shape[d] = d % 3 == 0 ? 3 : 2;
    g.chunk[d] = 2;
    g.block[d] = 2;
  }
  check_grid(&g);
  /* More dimensions than anything else here knows: most of them have blocks of one item. */
  for (d = 0; d < kMaxDims; ++d) {
    g.shape[d] = d % 13 == 5 ? 3 : 1;
    g.chunk[d] = d % 13 == 5 ? 2 : 1;
    g.block[d] = d % 13 == 5 ? 2 : 1;
  }
  g.ndims = 33;
  check_grid(&g);
  g.ndims = kMaxDims;
  check_grid(&g);
}

static void too_many_dimensions(void) {
  int64_t shape[65];
  int32_t ones[65];
  const double a[1] = {5};
  double out[1] = {0};
  const void* arrays[1];
  me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  int i;
  for (i = 0; i < 65; ++i) {
    shape[i] = 1;
    ones[i] = 1;
  }
  arrays[0] = a;
  CHECK_INT(me_compile_nd("a + 1", v, 1, ME_AUTO, 64, shape, ones, ones, NULL, &expr), 0);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 1, 0, 0, NULL), 0);
  CHECK_DOUBLE(out[0], 6);
  me_free(expr);
  CHECK_INT(me_compile_nd("a + 1", v, 1, ME_AUTO, 65, shape, ones, ones, NULL, &expr), 0);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 1, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
}

static void every_itemsize(void) {
  static const me_dtype dtypes[] = {ME_BOOL, ME_INT8, ME_UINT16, ME_INT32, ME_FLOAT32, ME_UINT64};
  const grid g = {2, {3, 3}, {2, 2}, {2, 2}};
  int i;
  for (i = 0; i < COUNT_OF(dtypes); ++i) {
    unsigned char in[40], out[40];
    const void* arrays[1];
    size_t size, k;
    int wrong = 0;
    me_expr* expr = compiled_nd("a", &g, 1, dtypes[i], ME_AUTO);
    size = me_get_itemsize(expr);
    memset(in, 1, sizeof in);
    memset(out, 9, sizeof out);
    arrays[0] = in;
    CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, 1, 0, NULL), 0); /* one column is inside */
    for (k = 0; k < 4 * size; ++k) wrong += out[k] != (k / size % 2 == 0 ? 1 : 0);
    wrong += out[4 * size] != 9;
    CHECK_INT(wrong, 0);
    CHECK_INT(me_eval_nd(expr, arrays, 1, in, 4, 1, 0, NULL), 0); /* into the input itself */
    CHECK(memcmp(in, out, 4 * size) == 0);
    me_free(expr);
  }
}

static void all_padding(void) {
  static const char* const names[] = {"sum(a)", "prod(a)", "min(a)", "max(a)", "mean(a)"};
  const double expected[] = {0, 1, 0, 0, NAN};
  const grid g = {1, {5}, {4}, {3}}; /* chunk 1 has 1 item: its block 1 has none */
  const double a[3] = {7, 7, 7};
  const void* arrays[1];
  double out[3];
  int64_t valid = 9;
  me_expr* expr;
  int i;
  arrays[0] = a;
  for (i = 0; i < COUNT_OF(names); ++i) {
    expr = compiled_nd(names[i], &g, 1, ME_FLOAT64, ME_AUTO);
    out[0] = out[1] = -1;
    CHECK_INT(me_eval_nd(expr, arrays, 1, out, 3, 1, 1, NULL), 0);
    CHECK_DOUBLE(out[0], expected[i]);
    CHECK_DOUBLE(out[1], -1);
    me_free(expr);
  }
  expr = compiled_nd("a + 1", &g, 1, ME_FLOAT64, ME_AUTO);
  CHECK_INT(me_nd_valid_nitems(expr, 1, 1, &valid), 0);
  CHECK_INT(valid, 0);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 3, 1, 1, NULL), 0);
  CHECK(out[0] == 0 && out[1] == 0 && out[2] == 0);
  me_free(expr);
}

static void extents(void) {
  me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  const int64_t none[2] = {0, 4}, huge[2] = {INT64_MAX, INT64_MAX}, four[2] = {4, 4}, minus[2] = {4, -1};
  const int32_t two[2] = {2, 2}, zero[2] = {2, 0}, negative[2] = {-1, 2}, wide[2] = {INT32_MAX, INT32_MAX};
  const double a[4] = {1, 2, 3, 4};
  double out[4];
  const void* arrays[1];
  int64_t n = -1;
  me_expr* expr = NULL;
  int error = 0;
  arrays[0] = a;
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, none, two, two, &error, &expr), 0);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, 0, 0, &n), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
  expr = NULL;
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, four, zero, two, &error, &expr), -3);
  CHECK_INT(error, -1);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, four, two, zero, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, four, negative, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, minus, two, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 0, four, two, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, -1, four, two, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, NULL, two, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, four, NULL, two, &error, &expr), -3);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, four, two, NULL, &error, &expr), -3);
  CHECK(expr == NULL);
  /* Extents near the ends of their types. */
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, huge, two, two, &error, &expr), 0);
  CHECK_INT(me_nd_valid_nitems(expr, INT64_MAX, 0, &n), 0);
  CHECK_INT(n, 2); /* the last chunk along the second axis: one item wide */
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, 4, INT64_MAX, 0, NULL), 0);
  CHECK(out[0] == 1 && out[1] == 0 && out[2] == 3 && out[3] == 0);
  CHECK_INT(me_nd_valid_nitems(expr, 0, INT64_MAX, &n), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, INT64_MIN, INT64_MIN, &n), ME_EVAL_ERR_INVALID_ARG);
  me_free(expr);
  CHECK_INT(me_compile_nd("a", v, 1, ME_AUTO, 2, huge, wide, wide, &error, &expr), 0);
  CHECK_INT(me_eval_nd(expr, arrays, 1, out, INT_MAX, 0, 0, NULL), ME_EVAL_ERR_INVALID_ARG);
  CHECK_INT(me_nd_valid_nitems(expr, 0, 0, &n), 0);
  CHECK(n == (int64_t)INT32_MAX * INT32_MAX);
  me_free(expr);
}

static void nothing_to_do(void) {
  static const char* const names[] = {"sum(a)", "prod(a)", "any(a)", "all(a)"};
  static const double expected[] = {0, 1, 0, 1};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  const double a[1] = {5};
  int i;
  double out[1] = {-1};
  v[0].data = a;
  CHECK_INT(evaluated("a + 1", v, 1, 0, out), ME_FLOAT64);
  CHECK_DOUBLE(out[0], -1);
  for (i = 0; i < COUNT_OF(names); ++i) {
    CHECK_INT(evaluated_as(names[i], v, 1, ME_FLOAT64, 0, out), ME_FLOAT64);
    CHECK_DOUBLE(out[0], expected[i]);
  }
}

static void scalars_fill_blocks(void) {
  const double a[4] = {1, 2, 3, 4};
  const grid g = {1, {4}, {4}, {4}};
  double out[5] = {-1, -1, -1, -1, -1};
  operand v[1] = {{"a", ME_FLOAT64, NULL}};
  me_expr* expr;
  v[0].data = a;
  CHECK_INT(evaluated("sum(a) * 2", v, 1, 4, out), ME_FLOAT64);
  CHECK(out[0] == 20 && out[3] == 20 && out[4] == -1);
  CHECK_INT(evaluated("sum(1)", v, 1, 4, out), ME_FLOAT64); /* 1 is of a's dtype */
  CHECK_DOUBLE(out[0], 4);
  /* The same for kernels: a reduction alone is one item. */
  out[0] = out[1] = -1;
  CHECK_INT(evaluated("def k(a):\n    return sum(a)\n", v, 1, 4, out), ME_FLOAT64);
  CHECK(out[0] == 10 && out[1] == -1);
  CHECK_INT(evaluated("def k(a):\n    b = a * 2\n    return mean(b)\n", v, 1, 4, out), ME_FLOAT64);
  CHECK(out[0] == 5 && out[1] == -1);
  CHECK_INT(evaluated("def k(a):\n    return sum(a) / 2\n", v, 1, 4, out), ME_FLOAT64);
  CHECK(out[0] == 5 && out[1] == 5 && out[3] == 5 && out[4] == -1);
  CHECK_INT(evaluated("def k(a):\n    s = max(a)\n    return s\n", v, 1, 4, out), ME_FLOAT64);
  CHECK(out[0] == 4 && out[3] == 4 && out[4] == -1);
  expr = compiled_nd("1 + 2", &g, 0, ME_FLOAT64, ME_FLOAT32);
  {
    float f[4] = {0, 0, 0, 0};
    CHECK_INT(me_eval_nd(expr, NULL, 0, f, 4, 0, 0, NULL), 0);
    CHECK(f[0] == 3 && f[3] == 3);
  }
  me_free(expr);
}

static void blocks_of_many_items(void) {
  enum { kItems = 3 * ME_EVAL_BLOCK_NITEMS + 5 };
  static float a[kItems], out[kItems];
  operand v[1] = {{"a", ME_FLOAT32, NULL}};
  int i, wrong = 0;
  v[0].data = a;
  for (i = 0; i < kItems; ++i) a[i] = (float)i;
  CHECK_INT(evaluated("a - max(a)", v, 1, kItems, out), ME_FLOAT32);
  for (i = 0; i < kItems; ++i) wrong += out[i] != (float)(i - (kItems - 1));
  CHECK_INT(wrong, 0);
}

static void evaluation_parameters(void) {
  const double a[3] = {0.1, 0.2, 0.3};
  const me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  const void* arrays[1];
  double expected[3], out[3];
  me_eval_params p;
  me_expr* expr = NULL;
  uint64_t before;
  int simd, ulp, jit;
  arrays[0] = a;
  CHECK_INT(me_compile("sin(a) * exp(a)", v, 1, ME_AUTO, NULL, &expr), 0);
  CHECK_INT(me_eval(expr, arrays, 1, expected, 3, NULL), 0);
  for (simd = 0; simd < 2; ++simd) {
    for (ulp = ME_SIMD_ULP_DEFAULT; ulp <= ME_SIMD_ULP_3_5; ++ulp) {
      for (jit = ME_JIT_DEFAULT; jit <= ME_JIT_OFF; ++jit) {
        p.disable_simd = simd != 0;
        p.simd_ulp_mode = (me_simd_ulp_mode)ulp;
        p.jit_mode = (me_jit_mode)jit;
        CHECK_INT(me_eval(expr, arrays, 1, out, 3, &p), 0);
        CHECK(memcmp(out, expected, sizeof out) == 0);
      }
    }
  }
  /* OFF keeps one call away from compiled code, and only that one. */
  before = me_counter("interpreter_executions");
  CHECK_INT(me_eval(expr, arrays, 1, out, 3, &p), 0);
  CHECK(me_counter("interpreter_executions") == before + 1);
  before = me_counter("jit_executions");
  CHECK_INT(me_eval(expr, arrays, 1, out, 3, NULL), 0);
  CHECK(me_counter("jit_executions") == before + (me_expr_has_jit_kernel(expr) ? 1 : 0));
  me_free(expr);
}

/* Eight threads evaluate one expression over data of their own. */
enum { kThreads = 8, kPerThread = 9000, kRounds = 20 };
typedef struct task {
  const me_expr* expr;
  int number;
  int wrong;
} task;

static void* work(void* argument) {
  task* t = (task*)argument;
  double* a = (double*)malloc(kPerThread * sizeof *a);
  double* out = (double*)malloc(kPerThread * sizeof *out);
  const me_eval_params interpreter = {false, ME_SIMD_ULP_DEFAULT, ME_JIT_OFF};
  const void* arrays[1];
  int i, r;
  for (i = 0; i < kPerThread; ++i) a[i] = i % 100 + t->number;
  arrays[0] = a;
  for (r = 0; r < kRounds; ++r) {
    if (me_eval(t->expr, arrays, 1, out, kPerThread, r % 2 ? &interpreter : NULL) != 0) ++t->wrong;
    for (i = 0; i < kPerThread; ++i) t->wrong += out[i] != a[i] * 3 + (t->number + 99);
  }
  free(a);
  free(out);
  return NULL;
}

static void threads(void) {
  me_variable v[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  pthread_t thread[kThreads];
  task tasks[kThreads];
  int i;
  CHECK_INT(me_compile("a * 3 + max(a)", v, 1, ME_AUTO, NULL, &expr), 0);
  for (i = 0; i < kThreads; ++i) {
    tasks[i].expr = expr;
    tasks[i].number = i;
    tasks[i].wrong = 0;
    CHECK_INT(pthread_create(&thread[i], NULL, work, &tasks[i]), 0);
  }
  for (i = 0; i < kThreads; ++i) {
    pthread_join(thread[i], NULL);
    CHECK_INT(tasks[i].wrong, 0);
  }
  me_free(expr);
}

int main(void) {
  static const rule rules[] = {
      {"padded blocks: positions, padding, counts, reductions over what is inside", small_grids},
      {"the same for random geometries", random_grids},
      {"the same in 8, 33 and 40 dimensions", many_dimensions},
      {"64 dimensions are evaluated, 65 are refused", too_many_dimensions},
      {"padding is zero whatever the item size; a block may be evaluated in place", every_itemsize},
      {"blocks without an item", all_padding},
      {"extents that are wrong, zero or huge", extents},
      {"no items: success, reductions write their identity", nothing_to_do},
      {"a scalar that is no reduction fills the block", scalars_fill_blocks},
      {"a reduction sees all items of a long block", blocks_of_many_items},
      {"parameters of an evaluation choose the engine and change no result", evaluation_parameters},
      {"eight threads evaluate one expression", threads},
  };
  return RUN_RULES("blocks", rules);
}
