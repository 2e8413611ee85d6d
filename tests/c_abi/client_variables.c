/* Declaring variables and passing their arrays, as an embedder of miniexpr does.
 *
 * Example: `b - a` over variables with addresses of their own takes b's array first.
 */
#include "client.h"

enum { kItems = 5 };
static const double a[kItems] = {1, 2, 3, 4, 5};
static const double b[kItems] = {10, 20, 30, 40, 50};
static int id_a, id_b, id_c;

static me_expr* compiled(const char* text, const me_variable* variables, int count, me_dtype dtype) {
  me_expr* expr = NULL;
  int error = 77;
  CHECK_INT(me_compile(text, variables, count, dtype, &error, &expr), ME_COMPILE_SUCCESS);
  CHECK_INT(error, 0);
  return expr;
}

/* Evaluates over two arrays (or fewer) and returns the last item, NaN on failure. */
static double last_of(const me_expr* expr, const void* first, const void* second, int count) {
  const void* arrays[2];
  double out[kItems];
  int status;
  arrays[0] = first;
  arrays[1] = second;
  status = me_eval(expr, arrays, count, out, kItems, NULL);
  return status == 0 ? out[kItems - 1] : NAN;
}

static void addresses_are_identities(void) {
  /* Neither address is ever read: the data comes at evaluation. */
  me_variable v[1] = {{"a", ME_FLOAT64, (const void*)1, ME_VARIABLE, NULL, 0}};
  me_expr* expr = compiled("a * 2", v, 1, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, a, NULL, 1), 10);
  CHECK_DOUBLE(last_of(expr, b, NULL, 1), 100);
  me_free(expr);
}

static void only_used_variables(void) {
  me_variable v[3] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0},
                      {"b", ME_FLOAT64, NULL, 0, NULL, 0},
                      {"c", ME_FLOAT64, NULL, 0, NULL, 0}};
  const void* three[3];
  double out[kItems];
  me_expr* expr = compiled("b + 1", v, 3, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, b, NULL, 1), 51);
  me_free(expr);
  expr = compiled("c - a", v, 3, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, a, b, 2), 45); /* declaration order: a, c */
  three[0] = a;
  three[1] = NULL;
  three[2] = b;
  CHECK_INT(me_eval(expr, three, 3, out, kItems, NULL), 0); /* all declared ones work as well */
  CHECK_DOUBLE(out[0], 9);
  CHECK_INT(me_eval(expr, three, 1, out, kItems, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  CHECK_INT(me_eval(expr, three, 0, out, kItems, NULL), ME_EVAL_ERR_VAR_MISMATCH);
  me_free(expr);
}

static void order_of_first_appearance(void) {
  me_variable v[2] = {{"a", ME_FLOAT64, &id_a, 0, NULL, 0}, {"b", ME_FLOAT64, &id_b, 0, NULL, 0}};
  me_expr* expr = compiled("b - a", v, 2, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, b, a, 2), 45);
  me_free(expr);
  v[0].address = NULL; /* one without an address: declaration order */
  expr = compiled("b - a", v, 2, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, a, b, 2), 45);
  me_free(expr);
}

static void shared_addresses(void) {
  me_variable v[3] = {{"a", ME_FLOAT64, &id_a, 0, NULL, 0},
                      {"b", ME_FLOAT64, &id_a, 0, NULL, 0},
                      {"c", ME_FLOAT64, &id_c, 0, NULL, 0}};
  me_expr* expr = compiled("a + b * 2", v, 2, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, a, NULL, 1), 15);
  me_free(expr);
  expr = compiled("c * 100 + b", v, 3, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, b, a, 2), 5005);
  me_free(expr);
  expr = compiled("b - c + a", v, 3, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, b, a, 2), 95);
  me_free(expr);
}

static void kernels_take_all(void) {
  me_variable v[2] = {{"a", ME_FLOAT64, &id_a, 0, NULL, 0}, {"b", ME_FLOAT64, &id_b, 0, NULL, 0}};
  const char* text = "def k(b, a):\n    return b - 1\n";
  me_expr* expr = compiled(text, v, 2, ME_AUTO);
  CHECK_DOUBLE(last_of(expr, a, b, 2), 49); /* in declaration order */
  CHECK(isnan(last_of(expr, b, NULL, 1)));
  me_free(expr);
}

static void jit_takes_all(void) {
  me_variable v[2] = {{"a", ME_FLOAT64, &id_a, 0, NULL, 0}, {"b", ME_FLOAT64, &id_b, 0, NULL, 0}};
  const int64_t shape[1] = {kItems};
  const int32_t block[1] = {kItems};
  const void* arrays[2];
  double out[kItems];
  me_expr* expr = NULL;
  CHECK_INT(me_compile_nd_jit("b - a", v, 2, ME_AUTO, 1, shape, block, block, ME_JIT_ON, NULL, &expr),
            0);
  arrays[0] = a;
  arrays[1] = b;
  CHECK_INT(me_eval_nd(expr, arrays, 2, out, kItems, 0, 0, NULL), 0);
  CHECK_DOUBLE(out[4], 45);
  me_free(expr);
}

static void names(void) {
  static const char* const shadows[] = {"sin", "sum", "where", "pi", "e", "max", "inf", "exp"};
  static const char* const words[] = {"and", "or", "not"};
  static const char* const good[] = {"_", "_x", "x1", "X_9y", "thisIsALongNameWith_1234567890_in_it"};
  me_variable v[1] = {{"", ME_FLOAT64, NULL, 0, NULL, 0}};
  char text[96];
  int i;
  for (i = 0; i < COUNT_OF(shadows); ++i) {
    me_expr* expr;
    v[0].name = shadows[i];
    sprintf(text, "1 + %s * 2", shadows[i]);
    expr = compiled(text, v, 1, ME_AUTO);
    CHECK_DOUBLE(last_of(expr, a, NULL, 1), 11);
    me_free(expr);
  }
  for (i = 0; i < COUNT_OF(good); ++i) {
    me_expr* expr;
    v[0].name = good[i];
    sprintf(text, "%s + 1", good[i]);
    expr = compiled(text, v, 1, ME_AUTO);
    CHECK_DOUBLE(last_of(expr, a, NULL, 1), 6);
    me_free(expr);
  }
  for (i = 0; i < COUNT_OF(words); ++i) {
    me_expr* expr = NULL;
    v[0].name = words[i];
    CHECK_INT(me_compile(words[i], v, 1, ME_AUTO, NULL, &expr), ME_COMPILE_ERR_PARSE);
    me_free(expr);
  }
}

static void dtype_modes(void) {
  const float f[kItems] = {1.5f, 2.5f, 3.5f, 4.5f, 5.5f};
  const int8_t n[kItems] = {1, 2, 3, 4, 5};
  me_variable untyped[2] = {{"a", ME_AUTO, NULL, 0, NULL, 0}, {"b", ME_AUTO, NULL, 0, NULL, 0}};
  me_variable typed[2] = {{"a", ME_FLOAT32, NULL, 0, NULL, 0}, {"b", ME_INT8, NULL, 0, NULL, 0}};
  me_variable mixed[2] = {{"a", ME_FLOAT32, NULL, 0, NULL, 0}, {"b", ME_AUTO, NULL, 0, NULL, 0}};
  const void* arrays[2];
  int32_t ints[kItems];
  float floats[kItems];
  me_expr* expr = NULL;
  arrays[0] = f;
  arrays[1] = n;
  /* Inferred output: every variable needs a dtype. */
  expr = compiled("a + b", typed, 2, ME_AUTO);
  CHECK_INT(me_get_dtype(expr), ME_FLOAT32);
  CHECK_INT(me_eval(expr, arrays, 2, floats, kItems, NULL), 0);
  CHECK_DOUBLE(floats[4], 10.5);
  me_free(expr);
  /* Explicit output over typed variables: computed in their dtypes, then cast. */
  expr = compiled("a + b", typed, 2, ME_INT32);
  CHECK_INT(me_get_dtype(expr), ME_INT32);
  CHECK_INT(me_eval(expr, arrays, 2, ints, kItems, NULL), 0);
  CHECK_INT(ints[4], 10);
  me_free(expr);
  /* Explicit output over untyped variables: they have that dtype. */
  arrays[1] = f;
  expr = compiled("a + b", untyped, 2, ME_FLOAT32);
  CHECK_INT(me_eval(expr, arrays, 2, floats, kItems, NULL), 0);
  CHECK_DOUBLE(floats[4], 11);
  me_free(expr);
  expr = NULL;
  CHECK_INT(me_compile("a + b", untyped, 2, ME_AUTO, NULL, &expr), ME_COMPILE_ERR_VAR_UNSPECIFIED);
  CHECK(me_get_last_error_message() != NULL);
  CHECK_INT(me_compile("a + b", mixed, 2, ME_AUTO, NULL, &expr), ME_COMPILE_ERR_VAR_MIXED);
  CHECK_INT(me_compile("a + b", mixed, 2, ME_FLOAT32, NULL, &expr), ME_COMPILE_ERR_VAR_MIXED);
  CHECK(me_get_last_error_message() != NULL);
  CHECK(expr == NULL);
}

static void string_itemsizes(void) {
  static const size_t bad[] = {0, 1, 2, 3, 5, 7};
  me_variable v[1] = {{"s", ME_STRING, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  int i;
  for (i = 0; i < COUNT_OF(bad); ++i) {
    v[0].itemsize = bad[i];
    CHECK_INT(me_compile("s", v, 1, ME_AUTO, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  }
  v[0].dtype = ME_BYTES;
  v[0].itemsize = 0;
  CHECK_INT(me_compile("s", v, 1, ME_AUTO, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG_TYPE);
  CHECK(expr == NULL);
}

static void functions_need_addresses(void) {
  static const int kinds[] = {ME_FUNCTION0, ME_FUNCTION1, ME_FUNCTION7, ME_CLOSURE0, ME_CLOSURE7,
                              ME_FUNCTION1 | ME_FLAG_PURE};
  me_variable v[1] = {{"f", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = NULL;
  int i;
  for (i = 0; i < COUNT_OF(kinds); ++i) {
    v[0].type = kinds[i];
    CHECK_INT(me_compile("1 + 1", v, 1, ME_FLOAT64, NULL, &expr), ME_COMPILE_ERR_INVALID_ARG);
  }
  CHECK(expr == NULL);
}

static void missing_arrays(void) {
  me_variable v[2] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}, {"b", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr* expr = compiled("a + b", v, 2, ME_AUTO);
  CHECK(isnan(last_of(expr, a, NULL, 2)));
  CHECK_CONTAINS(me_get_last_error_message(), "'b'");
  CHECK_DOUBLE(last_of(expr, a, b, 2), 55); /* the expression is as good as before */
  me_free(expr);
}

int main(void) {
  static const rule rules[] = {
      {"addresses are identities, data comes at evaluation", addresses_are_identities},
      {"an expression takes the arrays of the variables it uses, or of all", only_used_variables},
      {"with addresses the order is that of first appearance", order_of_first_appearance},
      {"variables that share an address are one variable", shared_addresses},
      {"kernels take all declared variables", kernels_take_all},
      {"an expression compiled with jit_mode ON takes all declared variables", jit_takes_all},
      {"user names shadow built-in ones; and, or, not are no names", names},
      {"either all variables have a dtype or the output has one", dtype_modes},
      {"itemsize of strings is a positive multiple of 4, of bytes positive", string_itemsizes},
      {"function entries need an address", functions_need_addresses},
      {"an array that is needed may not be NULL", missing_arrays},
  };
  return RUN_RULES("variables", rules);
}
