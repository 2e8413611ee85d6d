/* Every built-in function once per group of dtypes, with the dtype of its result.
 *
 * Example: sin of float32 is float32, of int32 float64; floor keeps every dtype; arctan2 of two
 * int32 is cut back to int32.
 */
#include "client.h"

static const me_dtype whole[] = {ME_INT8,  ME_INT16,  ME_INT32,  ME_INT64,
                                 ME_UINT8, ME_UINT16, ME_UINT32, ME_UINT64};

/* One value as any numeric dtype. */
static void put(me_dtype t, double v, void* to) {
  switch ((int)t) {
    case ME_BOOL: *(bool*)to = v != 0; break;
    case ME_INT8: *(int8_t*)to = (int8_t)v; break;
    case ME_INT16: *(int16_t*)to = (int16_t)v; break;
    case ME_INT32: *(int32_t*)to = (int32_t)v; break;
    case ME_INT64: *(int64_t*)to = (int64_t)v; break;
    case ME_UINT8: *(uint8_t*)to = (uint8_t)v; break;
    case ME_UINT16: *(uint16_t*)to = (uint16_t)v; break;
    case ME_UINT32: *(uint32_t*)to = (uint32_t)v; break;
    case ME_UINT64: *(uint64_t*)to = (uint64_t)v; break;
    case ME_FLOAT32: *(float*)to = (float)v; break;
    default: *(double*)to = v; break;
  }
}

static double get(int t, const void* from) {
  switch (t) {
    case ME_BOOL: return *(const uint8_t*)from;
    case ME_INT8: return *(const int8_t*)from;
    case ME_INT16: return *(const int16_t*)from;
    case ME_INT32: return *(const int32_t*)from;
    case ME_INT64: return (double)*(const int64_t*)from;
    case ME_UINT8: return *(const uint8_t*)from;
    case ME_UINT16: return *(const uint16_t*)from;
    case ME_UINT32: return *(const uint32_t*)from;
    case ME_UINT64: return (double)*(const uint64_t*)from;
    case ME_FLOAT32: return *(const float*)from;
    case ME_FLOAT64: return *(const double*)from;
    default: return NAN;
  }
}

/* Evaluates text over a, b, c of one dtype; checks the result's dtype; the value as double. */
static double result_of(const char* text, me_dtype t, double a, double b, double c, int expected) {
  char bytes[3][16] = {{0}}, out[16] = {0};
  operand v[3] = {{"a", ME_AUTO, NULL}, {"b", ME_AUTO, NULL}, {"c", ME_AUTO, NULL}};
  int i, dtype;
  put(t, a, bytes[0]);
  put(t, b, bytes[1]);
  put(t, c, bytes[2]);
  for (i = 0; i < 3; ++i) {
    v[i].dtype = t;
    v[i].data = bytes[i];
  }
  dtype = evaluated(text, v, 3, 1, out);
  if (dtype != expected) {
    const char* why = me_get_last_error_message();
    ++checks_failed;
    printf("'%s' over dtype %d gives %d, not %d: %s\n", text, (int)t, dtype, expected, why ? why : "");
    return NAN;
  }
  return get(dtype, out);
}

static void near(const char* text, me_dtype t, double got, double expected, double tolerance) {
  const double size = fabs(expected) > 1 ? fabs(expected) : 1;
  if (got == expected || fabs(got - expected) <= tolerance * size) {
    ++checks_passed;
  } else {
    ++checks_failed;
    printf("'%s' over dtype %d is %.17g, not %.17g\n", text, (int)t, got, expected);
  }
}

typedef struct function_row {
  const char* name;
  double (*reference)(double);
  double at; /* an argument; 1 is one for all of them */
} function_row;

static double ref_exp10(double x) { return pow(10, x); }
static double ref_sinpi(double x) { return sin(3.141592653589793 * x); }
static double ref_cospi(double x) { return cos(3.141592653589793 * x); }

static void float_functions(void) {
  static const function_row rows[] = {
      {"sin", sin, 0.7},       {"cos", cos, 0.7},       {"tan", tan, 0.7},         {"asin", asin, 0.7},
      {"acos", acos, 0.7},     {"atan", atan, 0.7},     {"arcsin", asin, 0.7},     {"arccos", acos, 0.7},
      {"arctan", atan, 0.7},   {"sinh", sinh, 0.7},     {"cosh", cosh, 0.7},       {"tanh", tanh, 0.7},
      {"asinh", asinh, 0.7},   {"acosh", acosh, 1.7},   {"atanh", atanh, 0.7},     {"arcsinh", asinh, 0.7},
      {"arccosh", acosh, 1.7}, {"arctanh", atanh, 0.7}, {"exp", exp, 0.7},         {"exp2", exp2, 0.7},
      {"exp10", ref_exp10, 0.7}, {"expm1", expm1, 0.7}, {"log", log, 0.7},         {"ln", log, 0.7},
      {"log10", log10, 0.7},   {"log1p", log1p, 0.7},   {"log2", log2, 0.7},       {"sqrt", sqrt, 0.7},
      {"cbrt", cbrt, 0.7},     {"erf", erf, 0.7},       {"erfc", erfc, 0.7},       {"tgamma", tgamma, 0.7},
      {"lgamma", lgamma, 0.7}, {"sinpi", ref_sinpi, 0.7}, {"cospi", ref_cospi, 0.7},
  };
  char text[32];
  int i, k;
  for (i = 0; i < COUNT_OF(rows); ++i) {
    const function_row* r = &rows[i];
    const double whole_at = strstr(r->name, "tanh") && r->name[0] == 'a' ? 0 : 1;
    sprintf(text, "%s(a)", r->name);
    near(text, ME_FLOAT64, result_of(text, ME_FLOAT64, r->at, 0, 0, ME_FLOAT64), r->reference(r->at),
         1e-14);
    near(text, ME_FLOAT32, result_of(text, ME_FLOAT32, r->at, 0, 0, ME_FLOAT32),
         r->reference((double)(float)r->at), 1e-6);
    for (k = 0; k < COUNT_OF(whole); ++k) {
      near(text, whole[k], result_of(text, whole[k], whole_at, 0, 0, ME_FLOAT64), r->reference(whole_at),
           1e-14);
    }
    near(text, ME_BOOL, result_of(text, ME_BOOL, whole_at, 0, 0, ME_FLOAT64), r->reference(whole_at),
         1e-14);
  }
}

static void rounding(void) {
  static const char* const names[] = {"floor", "ceil", "trunc", "round", "rint", "abs", "square"};
  static const double of_half[] = {2, 3, 2, 3, 2, 2.5, 6.25};        /* of 2.5 */
  static const double of_minus[] = {-3, -2, -2, -3, -2, 2.5, 6.25}; /* of -2.5 */
  char text[32];
  int i, k;
  for (i = 0; i < COUNT_OF(names); ++i) {
    sprintf(text, "%s(a)", names[i]);
    CHECK_DOUBLE(result_of(text, ME_FLOAT64, 2.5, 0, 0, ME_FLOAT64), of_half[i]);
    CHECK_DOUBLE(result_of(text, ME_FLOAT64, -2.5, 0, 0, ME_FLOAT64), of_minus[i]);
    CHECK_DOUBLE(result_of(text, ME_FLOAT32, 2.5, 0, 0, ME_FLOAT32), of_half[i]);
    CHECK_DOUBLE(result_of(text, ME_FLOAT32, -2.5, 0, 0, ME_FLOAT32), of_minus[i]);
    for (k = 0; k < COUNT_OF(whole); ++k) {
      const double expected = strcmp(names[i], "square") == 0 ? 49 : 7;
      CHECK_DOUBLE(result_of(text, whole[k], 7, 0, 0, whole[k]), expected);
    }
  }
  CHECK_DOUBLE(result_of("rint(a)", ME_FLOAT64, 3.5, 0, 0, ME_FLOAT64), 4);
  CHECK_DOUBLE(result_of("round(a)", ME_FLOAT64, 0.49999999999999994, 0, 0, ME_FLOAT64), 0);
}

static void signs(void) {
  int k;
  CHECK_DOUBLE(result_of("sign(a)", ME_FLOAT64, -0.25, 0, 0, ME_FLOAT64), -1);
  CHECK_DOUBLE(result_of("sign(a)", ME_FLOAT64, 0, 0, 0, ME_FLOAT64), 0);
  CHECK_DOUBLE(result_of("sign(a)", ME_FLOAT32, 9, 0, 0, ME_FLOAT32), 1);
  CHECK_DOUBLE(result_of("sign(a)", ME_FLOAT64, NAN, 0, 0, ME_FLOAT64), NAN);
  CHECK_DOUBLE(result_of("sign(a)", ME_FLOAT32, NAN, 0, 0, ME_FLOAT32), NAN);
  for (k = 0; k < 4; ++k) {
    CHECK_DOUBLE(result_of("sign(a)", whole[k], -7, 0, 0, whole[k]), -1);
    CHECK_DOUBLE(result_of("abs(a)", whole[k], -7, 0, 0, whole[k]), 7);
  }
  CHECK_DOUBLE(result_of("sign(a)", ME_UINT16, 7, 0, 0, ME_UINT16), 1);
}

static double ref_fdim(double x, double y) { return x > y ? x - y : 0; }
static double ref_ldexp(double x, double y) { return x * pow(2, y); }
static double ref_logaddexp(double x, double y) { return log(exp(x) + exp(y)); }

typedef struct binary_row {
  const char* name;
  double (*reference)(double, double);
} binary_row;

static void binary(void) {
  static const binary_row rows[] = {
      {"atan2", atan2}, {"arctan2", atan2}, {"pow", pow}, {"power", pow}, {"fmod", fmod},
      {"remainder", remainder}, {"hypot", hypot}, {"copysign", copysign}, {"fdim", ref_fdim},
      {"fmax", fmax}, {"fmin", fmin}, {"ldexp", ref_ldexp}, {"logaddexp", ref_logaddexp},
  };
  char text[32];
  int i, k;
  for (i = 0; i < COUNT_OF(rows); ++i) {
    sprintf(text, "%s(a, b)", rows[i].name);
    near(text, ME_FLOAT64, result_of(text, ME_FLOAT64, 7, 2, 0, ME_FLOAT64), rows[i].reference(7, 2),
         1e-14);
    near(text, ME_FLOAT32, result_of(text, ME_FLOAT32, 7, 2, 0, ME_FLOAT32), rows[i].reference(7, 2),
         1e-6);
    for (k = 0; k < COUNT_OF(whole); ++k) {
      const double expected = trunc(rows[i].reference(7, 2));
      if (expected < 0 && k >= 4) continue; /* remainder(7, 2) is -1: beyond unsigned dtypes */
      CHECK_DOUBLE(result_of(text, whole[k], 7, 2, 0, whole[k]), expected);
    }
  }
  CHECK_DOUBLE(result_of("arctan2(a, b)", ME_INT32, 7, 2, 0, ME_INT32), 1);
  CHECK_DOUBLE(result_of("fmax(a, b)", ME_FLOAT64, NAN, 2, 0, ME_FLOAT64), 2);
  CHECK_DOUBLE(result_of("fmin(a, b)", ME_FLOAT64, 3, NAN, 0, ME_FLOAT64), 3);
  CHECK_DOUBLE(result_of("pow(a, b)", ME_FLOAT64, NAN, 0, 0, ME_FLOAT64), 1);
  CHECK_DOUBLE(result_of("nextafter(a, b)", ME_FLOAT64, 1, 2, 0, ME_FLOAT64), nextafter(1, 2));
  CHECK_DOUBLE(result_of("nextafter(a, b)", ME_FLOAT32, 1, 2, 0, ME_FLOAT32), (double)nextafterf(1, 2));
}

static void ternary(void) {
  int k;
  CHECK_DOUBLE(result_of("fma(a, b, c)", ME_FLOAT64, 3, 4, 5, ME_FLOAT64), 17);
  CHECK_DOUBLE(result_of("fma(a, b, c)", ME_FLOAT32, 3, 4, 5, ME_FLOAT32), 17);
  CHECK_DOUBLE(result_of("fma(a, a, -c)", ME_FLOAT64, 1 + 0x1p-30, 0, 1 + 0x1p-29, ME_FLOAT64), 0x1p-60);
  for (k = 0; k < COUNT_OF(whole); ++k) {
    CHECK_DOUBLE(result_of("where(a, b, c)", whole[k], 1, 4, 5, whole[k]), 4);
  }
}

static void combinatorics(void) {
  CHECK_DOUBLE(result_of("fac(a)", ME_FLOAT64, 5, 0, 0, ME_FLOAT64), 120);
  CHECK_DOUBLE(result_of("fac(a)", ME_FLOAT64, 5.9, 0, 0, ME_FLOAT64), 120);
  CHECK_DOUBLE(result_of("fac(a)", ME_FLOAT64, 0, 0, 0, ME_FLOAT64), 1);
  CHECK_DOUBLE(result_of("fac(a)", ME_FLOAT64, -1, 0, 0, ME_FLOAT64), NAN);
  CHECK_DOUBLE(result_of("fac(a)", ME_FLOAT64, 400, 0, 0, ME_FLOAT64), INFINITY);
  CHECK_DOUBLE(result_of("ncr(a, b)", ME_FLOAT64, 10, 3, 0, ME_FLOAT64), 120);
  CHECK_DOUBLE(result_of("npr(a, b)", ME_FLOAT64, 10, 3, 0, ME_FLOAT64), 720);
}

static void beyond_the_list(void) {
  CHECK_DOUBLE(result_of("minimum(a, b)", ME_FLOAT64, 3, 2, 0, ME_FLOAT64), 2);
  CHECK_DOUBLE(result_of("maximum(a, b)", ME_INT16, 3, 2, 0, ME_INT16), 3);
  CHECK_DOUBLE(result_of("clip(a, b, c)", ME_FLOAT64, 9, 1, 5, ME_FLOAT64), 5);
  CHECK_DOUBLE(result_of("isnan(a)", ME_FLOAT64, NAN, 0, 0, ME_BOOL), 1);
  CHECK_DOUBLE(result_of("isfinite(a)", ME_FLOAT64, INFINITY, 0, 0, ME_BOOL), 0);
  CHECK_DOUBLE(result_of("floor_divide(a, b)", ME_INT32, -7, 2, 0, ME_INT32), -4);
  CHECK_DOUBLE(result_of("degrees(a)", ME_FLOAT64, 3.141592653589793, 0, 0, ME_FLOAT64), 180);
  CHECK_DOUBLE(result_of("int(a)", ME_FLOAT64, 3.9, 0, 0, ME_INT64), 3);
  CHECK_DOUBLE(result_of("bool(a)", ME_FLOAT64, 3.9, 0, 0, ME_BOOL), 1);
}

static void constants_fold(void) {
  CHECK_DOUBLE(result_of("sqrt(16.0) + a", ME_FLOAT64, 1, 0, 0, ME_FLOAT64), 5);
  CHECK_DOUBLE(result_of("a**2", ME_FLOAT64, 3, 0, 0, ME_FLOAT64), 9);
  CHECK_DOUBLE(result_of("a**3", ME_FLOAT64, 1.1, 0, 0, ME_FLOAT64), pow(1.1, 3));
}

int main(void) {
  static const rule rules[] = {
      {"float functions: float32 and float64 stay, whole numbers and bool give float64", float_functions},
      {"rounding, abs and square keep every dtype", rounding},
      {"sign keeps every dtype, and NaN", signs},
      {"binary functions have the promoted dtype, whole numbers are cut back to it", binary},
      {"fma and where", ternary},
      {"fac, ncr, npr", combinatorics},
      {"NumPy's functions are there as well", beyond_the_list},
      {"constants and small powers", constants_fold},
  };
  return RUN_RULES("functions", rules);
}
