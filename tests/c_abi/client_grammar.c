/* The grammar of expressions, as an embedder of miniexpr sees it.
 *
 * Example: over x = 3, y = 2 the text "-x**2" is (-3)**2 = 9, and "2**3**2" is 64.
 */
#include "client.h"

typedef struct expectation {
  const char* text;
  double value; /* over x = 3, y = 2 */
} expectation;

static void expect(const expectation* rows, int count) {
  int i;
  for (i = 0; i < count; ++i) {
    const double got = value_xy(rows[i].text, 3, 2);
    if (!(got == rows[i].value)) {
      ++checks_failed;
      printf("'%s' is %.17g, not %.17g\n", rows[i].text, got, rows[i].value);
    } else {
      ++checks_passed;
    }
  }
}
#define EXPECT(rows) expect(rows, COUNT_OF(rows))

static void refuse_all(const char* const* texts, int count, int status) {
  int i;
  for (i = 0; i < count; ++i) {
    int error = 12345;
    const int got = compile_xy(texts[i], &error);
    if (got != status || error == 0 || error == 12345 || me_get_last_error_message() == NULL) {
      ++checks_failed;
      printf("'%s' gives %d (error %d), not %d\n", texts[i], got, error, status);
    } else {
      ++checks_passed;
    }
  }
}

static void precedence(void) {
  static const expectation rows[] = {
      /* or < and < not < comparisons < | < ^ < & < shifts < sums < terms < ** < unary */
      {"0 or 1 and 0", 0}, {"1 or 1 and 0", 1}, {"not 0 and 0", 0}, {"not x == 3", 0},
      {"not not x", 1}, {"x + y * 2", 7}, {"(x + y) * 2", 10}, {"x - y - 1", 0}, {"x * y / 4", 1.5},
      {"7 % 4 * 2", 6}, {"2 * 7 % 4", 2}, {"x << 1 + 1", 12}, {"5 & 3 == 1", 1}, {"5 | 2 == 7", 1},
      {"6 ^ 3 == 5", 1}, {"1 | 2 ^ 3 & 2", 1}, {"8 >> 1 & 6", 4}, {"x + 1 << 1", 8},
      {"x > y and y > 1", 1}, {"x > y or nan > 1", 1}, {"x >= 3 and x <= 3 and x != y", 1},
  };
  EXPECT(rows);
}

static void left_to_right(void) {
  static const expectation rows[] = {
      {"2**3**2", 64}, {"-x**2", 9}, {"x**-1 * 3", 1}, {"-2**2", 4}, {"2**-y", 0.25}, {"- - x", 3},
      {"-+-x", 3}, {"+x", 3}, {"~x", -4}, {"-~x", 4}, {"x--y", 5}, {"x+-y", 1},
      {"y < x < 2", 1}, {"3 > 2 > 1", 0}, {"1 == 1 == 1", 1}, {"x < y < 1", 1},
  };
  EXPECT(rows);
}

static void spellings_of_logic(void) {
  static const expectation rows[] = {
      {"x && y", 1}, {"x && 0", 0}, {"0 || y", 1}, {"!x", 0}, {"!0", 1}, {"x > 1 && y > 1", 1},
      {"!x || y", 1}, {"not x == y", 1}, {"!(x == y)", 1},
  };
  EXPECT(rows);
}

static void calls_without_parentheses(void) {
  static const expectation rows[] = {
      {"sqrt 16 + x", 7}, {"sqrt 16**2", 16}, {"abs -x", 3}, {"abs - x + y", 5}, {"floor 2.5 * 2", 4},
      {"sqrt sqrt 16", 2}, {"sqrt(16) + x", 7}, {"sqrt (16) * 2", 8}, {"2 * sqrt 16", 8},
  };
  EXPECT(rows);
}

static void comma_lists(void) {
  static const expectation rows[] = {
      {"x, y", 2}, {"x, y, x + y", 5}, {"(x, y) * 2", 4}, {"1, 2, 3", 3}, {"y, (x, 1), x", 3},
  };
  EXPECT(rows);
}

static void arguments_are_expressions(void) {
  static const expectation rows[] = {
      {"where(x > 1 and y > 5, 1.0, 2.0)", 2}, {"where(not y, 1.0, 2.0)", 2},
      {"where((x > 1 and y > 1), x, y)", 3}, {"where((x > 1) & (y > 1), x, y)", 3},
      {"where(x > 1 or y > 5, x * 10, y)", 30}, {"hypot(x, y * 2)", 5}, {"pow(x, 1 + 1)", 9},
      {"fmax(x, fmin(y, 1))", 3}, {"fma(x, y, 1)", 7},
  };
  EXPECT(rows);
}

static void numbers(void) {
  static const expectation rows[] = {
      {"x * 0 + 10", 10}, {"0x10 + x", 19}, {"0xfF + x", 258}, {"0X1p3 + x", 11}, {"0x1.8p1 + x", 6},
      {"1.5 + x", 4.5}, {".5 + x", 3.5}, {"5. + x", 8}, {"1e3 + x", 1003}, {"1E-2 * x", 0.03},
      {"2.5e+1 + x", 28}, {"1e400 * x", INFINITY}, {"1e-400 * x", 0}, {"007 + x", 10},
      {"0b101 + x", 8}, {"0o17 + x", 18}, {"1_000 + x", 1003}, {"9007199254740993 * 1.0 - 9007199254740992", 0},
  };
  EXPECT(rows);
}

static void constants(void) {
  static const expectation rows[] = {
      {"pi", 3.141592653589793}, {"pi * x", 3.141592653589793 * 3}, {"x * pi", 3.141592653589793 * 3},
      {"pi()", 3.141592653589793}, {"e", 2.718281828459045}, {"e + x", 2.718281828459045 + 3},
      {"inf", INFINITY}, {"-inf", -INFINITY}, {"True + x", 4}, {"False", 0},
  };
  EXPECT(rows);
  CHECK(isnan(value_xy("nan", 3, 2)));
  CHECK(isnan(value_xy("nan + x", 3, 2)));
}

static void whitespace(void) {
  static const expectation rows[] = {
      {"  x+y", 5}, {"x+y  ", 5}, {"x\t+\ty", 5}, {"\r x + y \r", 5}, {"\f\vx + y", 5}, {"( x + y )", 5},
      {"sqrt  ( 16 )", 4}, {"x>\ty", 1},
  };
  EXPECT(rows);
}

static void more_than_the_language_asks(void) {
  static const expectation rows[] = {
      {"x // y", 1}, {"-x // y", -2}, {"x if x > y else y", 3}, {"1 if y > x else 0", 0},
      {"minimum(x, y)", 2}, {"clip(x, 0, 1)", 1}, {"isnan(x)", 0}, {"np.sqrt(16.0)", 4},
  };
  EXPECT(rows);
}

static void what_is_no_expression(void) {
  static const char* const texts[] = {
      "x +", "+", "x y", "x 1", "1 x", "(x", "x)", "()", "x ** ** y", "x +* y", "* x", "x . y", "x[0]",
      "x.real", "x = 1", "x == = y", "x := 1", "x ? y : 1", "x; y", "{x}", "x @ y", "$", "`x`", "x \\ y",
      "if x", "return x", "while x", "for x", "lambda: x", "x is y", "z", "x + z", "foo(x)",
      "sqrt(x, y)", "sqrt()", "atan2(x)", "fma(x, y)", "where(x, y)", "1.2.3", "0x", "1e", "0b2", "12abc",
      "x,,y", ",", "x,", "sqrt", "x + !y", "x + not y",
  };
  refuse_all(texts, COUNT_OF(texts), ME_COMPILE_ERR_PARSE);
}

typedef struct place {
  const char* text;
  int after; /* *error: the offset just past the offending token */
} place;

static void offsets(void) {
  static const place rows[] = {
      {"", 1}, {"x + $", 5}, {"x $ y", 3}, {"x y", 3}, {"x +", 3}, {"(x + y", 6}, {"x + y)", 6},
      {"x ** ** y", 7}, {"zz + 1", 2}, {"1 + zz", 6}, {"foo(x)", 3}, {"x + foo(y) * 2", 7}, {"x + 12abc", 9},
      {"1 +* 2", 4}, {"x,,y", 3},
  };
  int i;
  for (i = 0; i < COUNT_OF(rows); ++i) {
    int error = 12345;
    CHECK_INT(compile_xy(rows[i].text, &error), ME_COMPILE_ERR_PARSE);
    if (error != rows[i].after) {
      ++checks_failed;
      printf("'%s': offset %d, not %d\n", rows[i].text, error, rows[i].after);
    }
  }
  {
    int error = 12345;
    CHECK_INT(compile_xy("   ", &error), ME_COMPILE_ERR_PARSE);
    CHECK(error >= 1 && error <= 4);
    CHECK_INT(compile_xy("sum(sum(x))", &error), ME_COMPILE_ERR_REDUCTION_INVALID);
    CHECK_INT(error, -1); /* not a matter of syntax */
    CHECK_INT(compile_xy("x + y", &error), ME_COMPILE_SUCCESS);
    CHECK_INT(error, 0);
  }
}

static void kernels_are_recognised(void) {
  static const char* const kernels[] = {
      "def k(x, y):\n    return x + y\n",
      "\n\n# a comment\ndef k(x, y):\n    return x + y\n",
      "# me:fp=strict\ndef k(x, y):\n    z = x\n    return z + y\n",
      "def k(y, x):\n\n    return (x +\n        y)\n\n",
      "  def k(x, y):\n      return x + y\n",
  };
  static const char* const others[] = {"z = x", "x\n= y", "x;\ny", "{", "if x > 1:\n    y\n", "return x\n",
                                       "for i in range(3):\n    x\n", "k(x):\n    return x\n"};
  int i;
  for (i = 0; i < COUNT_OF(kernels); ++i) CHECK_DOUBLE(value_xy(kernels[i], 3, 2), 5);
  refuse_all(others, COUNT_OF(others), ME_COMPILE_ERR_PARSE);
}

/* dtype of `text` over one operand of dtype t. */
static int dtype_over(const char* text, me_dtype t, me_dtype output) {
  static const char zeros[16] = {0};
  operand v[1] = {{"a", ME_AUTO, NULL}};
  char out[16];
  v[0].dtype = t;
  v[0].data = zeros;
  return evaluated_as(text, v, 1, output, 1, out);
}

static void literal_dtypes(void) {
  const uint8_t u8[1] = {1};
  const int32_t i32[1] = {1};
  operand v[1] = {{"a", ME_UINT8, NULL}};
  uint8_t small = 0;
  int64_t wide = 0;
  CHECK_INT(dtype_over("a + 1", ME_INT8, ME_AUTO), ME_INT8);
  CHECK_INT(dtype_over("a + 1", ME_UINT16, ME_AUTO), ME_UINT16);
  CHECK_INT(dtype_over("a + 1", ME_FLOAT32, ME_AUTO), ME_FLOAT32);
  CHECK_INT(dtype_over("a + 1.5", ME_FLOAT32, ME_AUTO), ME_FLOAT32);
  CHECK_INT(dtype_over("a + 1e2", ME_FLOAT32, ME_AUTO), ME_FLOAT32);
  CHECK_INT(dtype_over("a + 1.5", ME_INT32, ME_AUTO), ME_FLOAT64);
  CHECK_INT(dtype_over("a + 1.0", ME_INT8, ME_AUTO), ME_FLOAT64);
  CHECK_INT(dtype_over("a + 1", ME_FLOAT64, ME_AUTO), ME_FLOAT64);
  CHECK_INT(dtype_over("a + 4294967296", ME_INT32, ME_AUTO), ME_INT64);
  CHECK_INT(dtype_over("a + 1", ME_INT32, ME_FLOAT32), ME_FLOAT32);
  CHECK_INT(dtype_over("1 + 2", ME_INT32, ME_INT16), ME_INT16);
  v[0].data = u8;
  CHECK_INT(evaluated("a * 300", v, 1, 1, &small), ME_UINT8);
  CHECK_INT(small, 44);
  v[0].dtype = ME_INT32;
  v[0].data = i32;
  CHECK_INT(evaluated("a + 4294967296", v, 1, 1, &wide), ME_INT64);
  CHECK(wide == 4294967297LL);
}

int main(void) {
  static const rule rules[] = {
      {"precedence of the operators", precedence},
      {"** and comparisons group from left to right, signs bind tighter than **", left_to_right},
      {"&& || ! are and, or, not", spellings_of_logic},
      {"functions of one argument need no parentheses", calls_without_parentheses},
      {"a comma list has the value of its last item", comma_lists},
      {"arguments of functions are full expressions", arguments_are_expressions},
      {"numbers: decimal, exponent, hexadecimal", numbers},
      {"constants stand wherever an operand may", constants},
      {"whitespace means nothing", whitespace},
      {"floor division, the ternary and NumPy's functions work too", more_than_the_language_asks},
      {"what is no expression is ME_COMPILE_ERR_PARSE with a message", what_is_no_expression},
      {"*error is the offset just past the offending token", offsets},
      {"a text is a kernel if it starts with def", kernels_are_recognised},
      {"literals take the dtype of the output or of the first variable", literal_dtypes},
  };
  return RUN_RULES("grammar", rules);
}
