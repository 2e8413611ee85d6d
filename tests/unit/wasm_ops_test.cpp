// Every basic and math operation at every dtype: generated code against the interpreter, bit by
// bit.
//
// Enters: programs of one operation over border and random values. Leaves: verdicts at both
// optimisation levels, for varying operands, for a splat second operand and for uniform operands,
// with a last vector that is not full. The interpreter's own kernels are proven by
// interp_kernels_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "base/single_recipes.h"
#include "wasm_kernels.h"

namespace {

using me::DType;
using me::Op;
using me::Scalar;
using namespace me::test;  // NOLINT

const std::vector<DType> kIntegers = {DType::Int8,  DType::Int16,  DType::Int32,  DType::Int64,
                                      DType::UInt8, DType::UInt16, DType::UInt32, DType::UInt64};
const std::vector<DType> kFloats = {DType::Float32, DType::Float64};

std::vector<DType> numeric() {
  std::vector<DType> all = kIntegers;
  all.insert(all.end(), kFloats.begin(), kFloats.end());
  all.push_back(DType::Bool);
  return all;
}

// Border values first, then random ones of all magnitudes.
std::vector<Scalar> samples(DType t, std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Scalar> values;
  if (me::is_float(t)) {
    const double inf = std::numeric_limits<double>::infinity();
    for (const double v :
         {0.0,     -0.0,    1.0,          -1.0,         0.5,           1.5,
          2.5,     -2.5,    127.0,        128.0,        255.9,         -128.9,
          32768.0, 65535.5, 2147483647.0, 2147483648.0, -2147483649.0, 4294967296.0,
          0x1p53,  0x1p63,  -0x1p63,      0x1p64,       1e-310,        5e-324,
          1e30,    -1e30,   inf,          -inf,         std::nan("")}) {
      values.push_back(Scalar::of_float(t, v));
    }
  } else if (me::is_int(t)) {
    for (const std::int64_t v :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{2}, std::int64_t{7},
          std::int64_t{8}, std::int64_t{31}, std::int64_t{63}, std::int64_t{64}, std::int64_t{127},
          std::int64_t{-128}, std::int64_t{32767}, std::int64_t{-32768}, std::int64_t{INT32_MAX},
          std::int64_t{INT32_MIN}, std::int64_t{(1LL << 51) - 1}, std::int64_t{-(1LL << 51)},
          INT64_MAX, INT64_MIN, std::int64_t{(1LL << 53) + 1}}) {
      values.push_back(Scalar::of_int(t, v));
    }
  }
  std::shuffle(values.begin(), values.end(), random);
  while (values.size() < n) {
    const auto r = random();
    if (me::is_bool(t)) {
      values.push_back(Scalar::of_int(t, static_cast<std::int64_t>(r & 1)));
    } else if (me::is_float(t)) {
      const double x = static_cast<double>(static_cast<std::int64_t>(r)) * 0x1p-63;
      values.push_back(Scalar::of_float(t, std::ldexp(x, static_cast<int>(r % 24) - 8)));
    } else {
      // Small numbers are common, so that divisors, counts and exponents mean something.
      const auto v = static_cast<std::int64_t>(r);
      values.push_back(Scalar::of_int(t, v >> (r % 3 == 0 ? 0 : 48 + r % 16)));
    }
  }
  return values;
}

std::vector<std::uint8_t> array(const std::vector<Scalar>& values) {
  std::vector<std::uint8_t> bytes(values.size() * me::size_of(values[0].dtype));
  for (std::size_t i = 0; i < values.size(); ++i) {
    me::store_scalar(values[i], bytes.data() + i * me::size_of(values[i].dtype));
  }
  return bytes;
}

struct Case {
  Op op;
  DType result;
  std::vector<DType> operands;
};

constexpr std::size_t kItems = 301;

std::string text(const Case& c) {
  std::string s(me::info_of(c.op).name);
  for (const DType t : c.operands) s += " " + std::string(me::name_of(t));
  return s + " -> " + std::string(me::name_of(c.result));
}

void compare(const Case& c, const Builder& b, int level,
             const std::vector<std::vector<Scalar>>& inputs, const Call& call = {}) {
  const std::size_t bytes = me::size_of(c.result);
  std::vector<std::vector<std::uint8_t>> arrays;
  std::vector<const void*> pointers;
  for (const auto& values : inputs) arrays.push_back(array(values));
  for (const auto& a : arrays) pointers.push_back(a.data());
  std::vector<std::uint8_t> expected(kItems * bytes + 1, 0xee), got(kItems * bytes + 1, 0xee);

  const me::interp::StageProgram program = me::interp::schedule(b.program, 0);
  me::ir::KernelContext context{};
  context.scalars = reinterpret_cast<std::uintptr_t>(call.scalars.data());
  std::vector<const void*> operands = pointers;
  operands.push_back(&context);
  me::interp::Workspace workspace;
  REQUIRE(me::interp::run(program, operands.data(), expected.data(), kItems, workspace) ==
          me::ir::KernelStatus::Done);

  const WasmKernel kernel(b, level);
  const me::ir::KernelStatus status = kernel.run(pointers, got.data(), kItems, call);
  if (status == me::ir::KernelStatus::Redo) {
    CHECK(kernel.module.may_redo);
    return;
  }
  REQUIRE(status == me::ir::KernelStatus::Done);
  CHECK(got.back() == 0xee);
  for (std::size_t i = 0; i < kItems; ++i) {
    if (same_element(c.result, &expected[i * bytes], &got[i * bytes])) continue;
    std::string message =
        text(c) + " level " + std::to_string(level) + " item " + std::to_string(i) + ":";
    for (const auto& values : inputs) message += " " + std::to_string(values[i].as_double());
    message += " gives " + std::to_string(me::load_scalar(c.result, &got[i * bytes]).as_double());
    message +=
        ", expected " + std::to_string(me::load_scalar(c.result, &expected[i * bytes]).as_double());
    FAIL_CHECK(message);
    return;
  }
}

void check(const Case& c, bool tame = false) {
  if (native_engine() == nullptr) return;
  std::vector<std::vector<Scalar>> inputs;
  for (std::size_t k = 0; k < c.operands.size(); ++k) {
    inputs.push_back(samples(c.operands[k], kItems, static_cast<unsigned>(7 * k + 1)));
    if (tame) {
      for (Scalar& s : inputs.back()) {
        if (me::is_int(s.dtype)) {
          if (!(std::fabs(s.as_double()) <= 0x1p51)) s = Scalar::of_int(s.dtype, s.as_int() % 1021);
        } else if (!(std::fabs(s.as_double()) < 1e4)) {
          s = Scalar::of_float(s.dtype, 0.75);
        }
      }
    }
  }
  for (const int level : {0, 1}) {
    // All operands varying.
    Builder b(c.result);
    std::uint32_t param = 0;
    for (const DType t : c.operands) b.program.operands.push_back({t, param++});
    me::ir::ValueId v[3] = {kNoValue, kNoValue, kNoValue};
    for (std::size_t k = 0; k < c.operands.size(); ++k)
      v[k] = b.operand(static_cast<std::uint32_t>(k));
    b.store(b.op(c.op, c.result, v[0], v[1], v[2]));
    compare(c, b, level, inputs);
    if (c.operands.size() < 2) continue;

    // The second operand one number for all.
    Builder s(c.result);
    for (const DType t : c.operands) s.program.operands.push_back({t, 0});
    const Scalar number = inputs[1][level == 0 ? 3 : 200];
    for (std::size_t k = 0; k < c.operands.size(); ++k) {
      v[k] = k == 1 ? s.splat(s.constant(number)) : s.operand(static_cast<std::uint32_t>(k));
    }
    s.store(s.op(c.op, c.result, v[0], v[1], v[2]));
    std::vector<std::vector<Scalar>> fixed = inputs;
    fixed[1].assign(kItems, number);
    compare(c, s, level, fixed);
  }
  // All operands uniform.
  Builder u(c.result);
  Call call;
  me::ir::ValueId v[3] = {kNoValue, kNoValue, kNoValue};
  for (std::size_t k = 0; k < c.operands.size(); ++k) {
    v[k] = u.scalar(c.operands[k]);
    std::uint64_t slot = 0;
    me::store_scalar(inputs[k][150 + k], &slot);
    call.scalars.push_back(slot);
  }
  u.store(u.splat(u.op(c.op, c.result, v[0], v[1], v[2])));
  compare(c, u, 1, {}, call);
}

TEST_CASE("integer arithmetic") {
  for (const DType t : kIntegers) {
    for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::DivTrunc, Op::FloorDivide, Op::Mod, Op::Fmod,
                        Op::Pow, Op::BitAnd, Op::BitOr, Op::BitXor, Op::Shl, Op::Shr, Op::Minimum,
                        Op::Maximum, Op::Fmin, Op::Fmax}) {
      check({op, t, {t, t}});
    }
    for (const Op op : {Op::Neg, Op::Abs, Op::BitNot}) check({op, t, {t}});
    // Numbers that fit a float are divided as such.
    for (const Op op : {Op::DivTrunc, Op::FloorDivide, Op::Mod, Op::Fmod}) {
      check({op, t, {t, t}}, true);
    }
  }
}

TEST_CASE("float arithmetic") {
  for (const DType t : kFloats) {
    for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Minimum, Op::Maximum, Op::Fmin,
                        Op::Fmax, Op::Copysign, Op::Nextafter}) {
      check({op, t, {t, t}});
    }
    for (const Op op : {Op::Neg, Op::Abs, Op::Floor, Op::Ceil, Op::Trunc, Op::Rint, Op::Sqrt}) {
      check({op, t, {t}});
    }
    check({Op::Signbit, DType::Bool, {t}});
  }
}

TEST_CASE("comparisons, selection, bools") {
  for (const DType t : numeric()) {
    for (const Op op : {Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne}) {
      check({op, DType::Bool, {t, t}});
    }
    check({Op::Where, t, {DType::Bool, t, t}});
  }
  const DType t = DType::Bool;
  for (const Op op : {Op::BitAnd, Op::BitOr, Op::BitXor, Op::Minimum, Op::Maximum}) {
    check({op, t, {t, t}});
  }
  check({Op::BitNot, t, {t}});
}

TEST_CASE("casts") {
  for (const DType from : numeric()) {
    for (const DType to : numeric()) {
      if (from != to) check({Op::Cast, to, {from}});
    }
  }
}

TEST_CASE("elementary functions") {
  for (const DType t : {DType::Float64, DType::Float32}) {
    for (std::size_t i = 0; i < me::kOpCount; ++i) {
      const Op op = static_cast<Op>(i);
      if (me::info_of(op).impl != me::Impl::math) continue;
      if (t == DType::Float32 && !me::has_single_recipe(op)) continue;
      const Case c{op, t, std::vector<DType>(me::info_of(op).arity, t)};
      check(c);
      check(c, true);
    }
  }
}

}  // namespace
