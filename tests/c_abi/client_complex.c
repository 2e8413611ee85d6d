/* Complex numbers through the miniexpr interface: complex64 and complex128 operands and results in
 * the layout of C and NumPy (real part, imaginary part), as the sections on dtypes and reductions
 * document them, and the two known faults of miniexpr 0.2.1 with them done right.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "client.h"

typedef struct c64 {
  float re, im;
} c64;
typedef struct c128 {
  double re, im;
} c128;

static const c64 kA[] = {{1, 2}, {3, -4}, {-1.5f, 0}, {0, 0}};
static const c64 kB[] = {{0.5f, 1}, {2, 0}, {0, -1}, {1, 1}};
static const c128 kWide[] = {{1, 2}, {3, -4}, {-1.5, 0}, {0, 0}};
static const float kReal[] = {2, -1, 0.5f, 4};
static const operand kSingle[] = {{"a", ME_COMPLEX64, kA}, {"b", ME_COMPLEX64, kB}};
static const operand kDouble[] = {{"a", ME_COMPLEX128, kWide}};
static const operand kMixed[] = {{"a", ME_COMPLEX64, kA}, {"x", ME_FLOAT32, kReal}};

#define SINGLE(text, output, out) evaluated_as(text, kSingle, 2, output, 4, out)
#define DOUBLE(text, output, out) evaluated_as(text, kDouble, 1, output, 4, out)

static void check_single(const char* text, const c64* want) {
  c64 got[4];
  int i;
  CHECK_INT(SINGLE(text, ME_AUTO, got), ME_COMPLEX64);
  for (i = 0; i < 4; ++i) {
    CHECK(fabsf(got[i].re - want[i].re) < 1e-5f);
    CHECK(fabsf(got[i].im - want[i].im) < 1e-5f);
  }
}

static void arithmetic(void) {
  static const c64 sum[] = {{1.5f, 3}, {5, -4}, {-1.5f, -1}, {1, 1}};
  static const c64 product[] = {{-1.5f, 2}, {6, -8}, {0, 1.5f}, {0, 0}};
  static const c64 quotient[] = {{2, 0}, {1.5f, -2}, {0, -1.5f}, {0, 0}};
  static const c64 negative[] = {{-1, -2}, {-3, 4}, {1.5f, 0}, {0, 0}};
  static const c64 square[] = {{-3, 4}, {-7, -24}, {2.25f, 0}, {0, 0}};
  check_single("a + b", sum);
  check_single("a * b", product);
  check_single("a / b", quotient);
  check_single("-a + b*0", negative);
  check_single("a ** 2 + b*0", square);
}

static void literals_take_the_operands_dtype(void) {
  static const c64 doubled[] = {{2, 4}, {6, -8}, {-3, 0}, {0, 0}};
  static const c64 shifted[] = {{1.5f, 2}, {3.5f, -4}, {-1, 0}, {0.5f, 0}};
  static const c64 turned[] = {{-2, 1}, {4, 3}, {0, -1.5f}, {0, 0}};
  check_single("a * 2 + b*0", doubled);
  check_single("a + 0.5 + b*0", shifted);
  check_single("a * 1j + b*0", turned);
}

static void quotients_by_scalars_keep_the_imaginary_part(void) {
  static const c64 halves[] = {{0.5f, 1}, {1.5f, -2}, {-0.75f, 0}, {0, 0}};
  c64 got[4];
  c128 wide[4];
  check_single("a / 2 + b*0", halves);
  CHECK_INT(evaluated_as("a / x", kMixed, 2, ME_AUTO, 4, got), ME_COMPLEX64);
  CHECK(got[0].re == 0.5f && got[0].im == 1.0f);
  CHECK(got[1].re == -3.0f && got[1].im == 4.0f);
  CHECK_INT(DOUBLE("a / 4.0", ME_AUTO, wide), ME_COMPLEX128);
  CHECK(wide[0].re == 0.25 && wide[0].im == 0.5);
}

static void parts_have_the_float_dtype(void) {
  float got[4];
  double wide[4];
  c64 conj[4];
  CHECK_INT(SINGLE("real(a) + real(b)*0", ME_AUTO, got), ME_FLOAT32);
  CHECK(got[1] == 3);
  CHECK_INT(SINGLE("imag(a) - imag(b)", ME_AUTO, got), ME_FLOAT32);
  CHECK(got[1] == -4);
  CHECK_INT(SINGLE("abs(a) + abs(b)*0", ME_AUTO, got), ME_FLOAT32);
  CHECK(got[1] == 5);
  CHECK_INT(DOUBLE("abs(a)", ME_AUTO, wide), ME_FLOAT64);
  CHECK(wide[1] == 5);
  CHECK_INT(SINGLE("conj(a) + b*0", ME_AUTO, conj), ME_COMPLEX64);
  CHECK(conj[0].re == 1 && conj[0].im == -2);
}

static void parts_of_real_operands(void) {
  static const operand real[] = {{"x", ME_FLOAT32, kReal}};
  float got[4];
  CHECK_INT(evaluated_as("real(x) + imag(x)", real, 1, ME_AUTO, 4, got), ME_FLOAT32);
  CHECK(got[0] == 2 && got[1] == -1);
  CHECK_INT(evaluated_as("conj(x)", real, 1, ME_AUTO, 4, got), ME_FLOAT32);
  CHECK(got[3] == 4);
}

static void real_parts_into_other_outputs(void) {
  double wide[4];
  int32_t whole[4];
  memset(wide, 0x5a, sizeof wide);
  CHECK_INT(evaluated_as("real(a)", kSingle, 1, ME_FLOAT64, 4, wide), ME_FLOAT64);
  CHECK(wide[0] == 1 && wide[1] == 3 && wide[2] == -1.5 && wide[3] == 0);
  CHECK_INT(evaluated_as("imag(a)", kSingle, 1, ME_INT32, 4, whole), ME_INT32);
  CHECK(whole[0] == 2 && whole[1] == -4);
}

static void output_casts(void) {
  float dropped[4];
  c128 made[4];
  uint8_t truth[4];
  CHECK_INT(SINGLE("a + b*0", ME_FLOAT32, dropped), ME_FLOAT32);
  CHECK(dropped[0] == 1 && dropped[1] == 3);
  CHECK_INT(evaluated_as("x * 2", kMixed + 1, 1, ME_COMPLEX128, 4, made), ME_COMPLEX128);
  CHECK(made[0].re == 4 && made[0].im == 0);
  CHECK_INT(evaluated_as("a", kSingle, 1, ME_BOOL, 4, truth), ME_BOOL);
  CHECK(truth[0] == 1 && truth[2] == 1 && truth[3] == 0);
}

static void untyped_variables_become_the_output(void) {
  static const operand untyped[] = {{"a", ME_AUTO, kWide}};
  c128 got[4];
  CHECK_INT(evaluated_as("a + 1", untyped, 1, ME_COMPLEX128, 4, got), ME_COMPLEX128);
  CHECK(got[0].re == 2 && got[0].im == 2);
}

static void comparisons_where_and_real_arithmetic(void) {
  uint8_t truth[4];
  c64 got[4];
  float real[4];
  CHECK_INT(SINGLE("a == b", ME_AUTO, truth), ME_BOOL);
  CHECK(truth[0] == 0 && truth[3] == 0);
  CHECK_INT(SINGLE("abs(a) > 2 * abs(b)", ME_AUTO, truth), ME_BOOL);
  CHECK(truth[0] == 0 && truth[1] == 1 && truth[3] == 0);
  CHECK_INT(SINGLE("where(real(a) > 0, a, b)", ME_AUTO, got), ME_COMPLEX64);
  CHECK(got[1].im == -4 && got[2].im == -1);
  CHECK_INT(SINGLE("real(a) + 1 + imag(b)*0", ME_AUTO, real), ME_FLOAT32);
  CHECK(real[0] == 2);
}

static void reductions(void) {
  c64 got[4] = {{0, 0}};
  c128 wide[4] = {{0, 0}};
  uint8_t truth[4] = {0};
  CHECK_INT(evaluated_as("sum(a)", kSingle, 1, ME_AUTO, 4, got), ME_COMPLEX64);
  CHECK(got[0].re == 2.5f && got[0].im == -2);
  CHECK_INT(evaluated_as("prod(a)", kSingle, 1, ME_AUTO, 3, got), ME_COMPLEX64);
  CHECK(got[0].re == -16.5f && got[0].im == -3);
  CHECK_INT(evaluated_as("mean(a)", kSingle, 1, ME_AUTO, 4, wide), ME_COMPLEX128);
  CHECK(wide[0].re == 0.625 && wide[0].im == -0.5);
  CHECK_INT(evaluated_as("any(a)", kSingle, 1, ME_AUTO, 4, truth), ME_BOOL);
  CHECK(truth[0] == 1);
  CHECK_INT(evaluated_as("all(a)", kSingle, 1, ME_AUTO, 4, truth), ME_BOOL);
  CHECK(truth[0] == 0);
  CHECK_INT(evaluated_as("min(a)", kSingle, 1, ME_AUTO, 4, got), ME_COMPILE_ERR_REDUCTION_INVALID);
  CHECK_INT(evaluated_as("max(a)", kSingle, 1, ME_AUTO, 4, got), ME_COMPILE_ERR_REDUCTION_INVALID);
}

static void square_roots(void) {
  c64 got[4];
  CHECK_INT(evaluated_as("sqrt(a)", kSingle, 1, ME_AUTO, 4, got), ME_COMPLEX64);
  CHECK(got[1].re == 2 && got[1].im == -1);
  CHECK(got[2].re == 0 && fabsf(got[2].im - sqrtf(1.5f)) < 1e-6f);
}

static const rule kRules[] = {
    {"+ - * / ** and negation", arithmetic},
    {"literals take the dtype of complex operands", literals_take_the_operands_dtype},
    {"fault: a quotient by a scalar keeps the imaginary part",
     quotients_by_scalars_keep_the_imaginary_part},
    {"real, imag, abs are float32 of complex64, float64 of complex128", parts_have_the_float_dtype},
    {"real, imag, conj of real operands keep the dtype", parts_of_real_operands},
    {"fault: real(complex64) into a float64 output", real_parts_into_other_outputs},
    {"explicit outputs drop, add or test parts", output_casts},
    {"untyped variables take a complex output's dtype", untyped_variables_become_the_output},
    {"comparisons, where and real arithmetic", comparisons_where_and_real_arithmetic},
    {"sum prod mean any all; min and max are refused", reductions},
    {"sqrt", square_roots},
};

int main(void) { return RUN_RULES("complex", kRules); }
