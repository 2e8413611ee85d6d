// Whole stages through the interpreter: arithmetic, masks, loops, reductions, statuses, odd
// arguments.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "interp_programs.h"

namespace {

using namespace me;        // NOLINT
using namespace me::test;  // NOLINT
using ir::KernelStatus;

constexpr DType kF64 = DType::Float64;
constexpr DType kF32 = DType::Float32;
constexpr DType kI64 = DType::Int64;
constexpr DType kBool = DType::Bool;

std::vector<double> ramp(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i) * 0.5 - 100;
  return x;
}

// a*2 + b
Builder multiply_add() {
  Builder b(kF64, {kF64, kF64});
  const ValueId product = b.op(Op::Mul, kF64, b.operand(0), b.splat(b.number(2)));
  b.store(b.op(Op::Add, kF64, product, b.operand(1)));
  return b;
}

TEST_CASE("an expression over every length around the block size") {
  const Builder b = multiply_add();
  for (const std::size_t n : {0, 1, 7, 511, 512, 513, 1024, 4095, 4096}) {
    const std::vector<double> x = ramp(n);
    const std::vector<double> y = ramp(n);
    std::vector<double> out(n + 1, -7);
    CHECK(run(b, {x.data(), y.data()}, out.data(), static_cast<std::int64_t>(n)) ==
          KernelStatus::Done);
    for (std::size_t i = 0; i < n; ++i) REQUIRE(out[i] == x[i] * 2 + y[i]);
    CHECK(out[n] == -7);
  }
}

TEST_CASE("the output may be an operand") {
  std::vector<double> x = ramp(1500);
  const std::vector<double> y = ramp(1500);
  const std::vector<double> before = x;
  CHECK(run(multiply_add(), {x.data(), y.data()}, x.data(), 1500) == KernelStatus::Done);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == before[i] * 2 + y[i]);
}

TEST_CASE("the output may be an operand that is read again after the result is known") {
  Builder b(kF64, {kF64, kF64});
  const ValueId sum = b.op(Op::Add, kF64, b.operand(0), b.operand(1));
  b.fail(KernelStatus::ZeroStep, b.op(Op::Ne, kBool, b.operand(0), b.operand(0)));
  b.store(sum);
  std::vector<double> x = ramp(600);
  const std::vector<double> before = x;
  CHECK(run(b, {x.data(), x.data()}, x.data(), 600) == KernelStatus::Done);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == 2 * before[i]);
}

TEST_CASE("mixed dtypes, bool bytes other than 1, unaligned arrays") {
  Builder b(kF32, {kBool, DType::Int16, kF32});
  const ValueId as_float = b.op(Op::Cast, kF32, b.operand(1));
  b.store(b.op(Op::Where, kF32, b.operand(0), as_float, b.operand(2)));
  const std::uint8_t m[3] = {0, 2, 255};
  char memory[64];
  const std::int16_t x[3] = {1, -2, 3};
  const float y[3] = {0.5f, 1.5f, 2.5f};
  std::memcpy(memory + 1, x, sizeof x);
  std::memcpy(memory + 17, y, sizeof y);
  CHECK(run(b, {m, memory + 1, memory + 17}, memory + 33, 3) == KernelStatus::Done);
  float out[3];
  std::memcpy(out, memory + 33, sizeof out);
  CHECK(out[0] == 0.5f);
  CHECK(out[1] == -2.0f);
  CHECK(out[2] == 3.0f);
}

TEST_CASE("a bool operand that is the result is normalised") {
  Builder b(kBool, {kBool});
  b.store(b.operand(0));
  const std::uint8_t in[3] = {0, 7, 1};
  std::uint8_t out[3];
  CHECK(run(b, {in}, out, 3) == KernelStatus::Done);
  CHECK(out[0] == 0);
  CHECK(out[1] == 1);
  CHECK(out[2] == 1);
}

TEST_CASE("a program of uniform values only") {
  Builder b(kF64);
  const ValueId s = b.scalar(kF64);
  b.store(b.splat(b.op(Op::Mul, kF64, s, b.number(3))));
  std::vector<double> out(1000);
  const double four = 4;
  Call call;
  call.scalars.resize(1);
  std::memcpy(call.scalars.data(), &four, 8);
  CHECK(run(b, {}, out.data(), 1000, call) == KernelStatus::Done);
  for (const double v : out) REQUIRE(v == 12);
}

TEST_CASE("more splats than lasting buffers") {
  Builder b(kF64, {kF64});
  ValueId v = b.operand(0);
  double expected = 0;
  for (int i = 1; i <= 40; ++i) {
    v = b.op(Op::Add, kF64, v, b.splat(b.number(i)));
    expected += i;
  }
  b.store(v);
  const std::vector<double> x = ramp(1200);
  std::vector<double> out(1200);
  CHECK(run(b, {x.data()}, out.data(), 1200) == KernelStatus::Done);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(out[i] == x[i] + expected);
}

// The number of Collatz steps of each element: a divergent while loop.
Builder collatz() {
  Builder b(kI64, {kI64});
  const std::uint32_t n = b.local(kI64);
  const std::uint32_t steps = b.local(kI64);
  const auto whole = [&](std::int64_t v) { return b.splat(b.constant(Scalar::of_int(kI64, v))); };
  b.set(n, b.operand(0));
  b.set(steps, whole(0));
  b.begin_loop();
  const ValueId value = b.get(n);
  const ValueId active = b.op(Op::Gt, kBool, value, whole(1));
  b.leave_unless(active);
  b.tick();
  const ValueId odd = b.op(Op::Ne, kBool, b.op(Op::BitAnd, kI64, value, whole(1)), whole(0));
  b.begin_if(odd);
  const ValueId odd_mask = b.op(Op::BitAnd, kBool, active, odd);
  b.set(n, b.op(Op::Add, kI64, b.op(Op::Mul, kI64, value, whole(3)), whole(1)), odd_mask);
  b.end();
  const ValueId even_mask = b.op(Op::BitAnd, kBool, active, b.op(Op::BitNot, kBool, odd));
  b.set(n, b.op(Op::FloorDivide, kI64, value, whole(2)), even_mask);
  b.set(steps, b.op(Op::Add, kI64, b.get(steps), whole(1)), active);
  b.end();
  b.store(b.get(steps));
  return b;
}

std::int64_t collatz_steps(std::int64_t n) {
  std::int64_t steps = 0;
  for (; n > 1; ++steps) n = n % 2 != 0 ? 3 * n + 1 : n / 2;
  return steps;
}

TEST_CASE("a divergent loop") {
  const Builder b = collatz();
  std::vector<std::int64_t> x(1300);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int64_t>(i);
  std::vector<std::int64_t> out(x.size());
  CHECK(run(b, {x.data()}, out.data(), 1300) == KernelStatus::Done);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(out[i] == collatz_steps(x[i]));
}

TEST_CASE("the iteration cap counts the longest element, the interrupt stops at once") {
  const Builder b = collatz();
  const std::int64_t x[3] = {1, 27, 4};
  std::int64_t out[3];
  Call call;
  call.while_cap = collatz_steps(27);
  CHECK(run(b, {x}, out, 3, call) == KernelStatus::Done);
  --call.while_cap;
  CHECK(run(b, {x}, out, 3, call) == KernelStatus::WhileCap);
  call.while_cap = -1;
  call.interrupt = 1;
  CHECK(run(b, {x}, out, 3, call) == KernelStatus::Interrupted);
}

TEST_CASE("nested uniform loops count their iterations anew") {
  // x + 3*4, one by one; the inner loop of 4 stays below the cap of 5 although it runs 12 times.
  Builder b(kF64, {kF64});
  const auto whole = [&](std::int64_t v) { return b.constant(Scalar::of_int(kI64, v)); };
  const std::uint32_t x = b.local(kF64);
  const std::uint32_t i = b.local(kI64, true);
  const std::uint32_t j = b.local(kI64, true);
  b.set(x, b.operand(0));
  b.set(i, whole(0));
  b.begin_loop();
  b.leave_unless(b.op(Op::Lt, kBool, b.get(i), whole(3)));
  b.tick();
  b.set(j, whole(0));
  b.begin_loop();
  b.leave_unless(b.op(Op::Lt, kBool, b.get(j), whole(4)));
  b.tick();
  b.set(x, b.op(Op::Add, kF64, b.get(x), b.splat(b.number(1))));
  b.set(j, b.op(Op::Add, kI64, b.get(j), whole(1)));
  b.end();
  b.set(i, b.op(Op::Add, kI64, b.get(i), whole(1)));
  b.end();
  b.store(b.get(x));
  const std::vector<double> in = ramp(700);
  std::vector<double> out(700);
  Call call;
  call.while_cap = 5;
  CHECK(run(b, {in.data()}, out.data(), 700, call) == KernelStatus::Done);
  for (std::size_t k = 0; k < in.size(); ++k) REQUIRE(out[k] == in[k] + 12);
}

TEST_CASE("a value read from a local survives the local's change") {
  Builder b(kF64, {kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(0));
  const ValueId old = b.get(x);
  b.set(x, b.op(Op::Add, kF64, b.get(x), b.splat(b.number(1))));
  b.store(b.op(Op::Sub, kF64, b.get(x), old));
  const std::vector<double> in = ramp(600);
  std::vector<double> out(600);
  CHECK(run(b, {in.data()}, out.data(), 600) == KernelStatus::Done);
  for (const double v : out) REQUIRE(v == 1);
}

TEST_CASE("a value from before a loop keeps what the local held then") {
  // old = x; repeat: x = x + 1 while x < old + 3
  Builder b(kF64, {kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(0));
  const ValueId old = b.get(x);
  b.begin_loop();
  const ValueId limit = b.op(Op::Add, kF64, old, b.splat(b.number(3)));
  const ValueId active = b.op(Op::Lt, kBool, b.get(x), limit);
  b.leave_unless(active);
  b.set(x, b.op(Op::Add, kF64, b.get(x), b.splat(b.number(1))), active);
  b.end();
  b.store(b.get(x));
  const std::vector<double> in = ramp(600);
  std::vector<double> out(600);
  CHECK(run(b, {in.data()}, out.data(), 600) == KernelStatus::Done);
  for (std::size_t i = 0; i < in.size(); ++i) REQUIRE(out[i] == in[i] + 3);
}

TEST_CASE("Fail reports the status if any element asks for it, in any block") {
  Builder b(kF64, {kF64});
  const ValueId x = b.operand(0);
  b.fail(KernelStatus::MissingReturn, b.op(Op::Lt, kBool, x, b.splat(b.number(0))));
  b.store(x);
  std::vector<double> in(1000, 1.0);
  std::vector<double> out(1000);
  CHECK(run(b, {in.data()}, out.data(), 1000) == KernelStatus::Done);
  in[999] = -1;
  CHECK(run(b, {in.data()}, out.data(), 999) == KernelStatus::Done);
  CHECK(run(b, {in.data()}, out.data(), 1000) == KernelStatus::MissingReturn);
}

TEST_CASE("reductions write one slot each") {
  Builder b(kF64, {kF64, kBool});
  const ValueId x = b.operand(0);
  const ValueId mask = b.operand(1);
  const std::uint32_t sum = b.reduction(Op::Sum, kF64);
  const std::uint32_t low = b.reduction(Op::Min, kF64);
  const std::uint32_t any = b.reduction(Op::Any, kBool);
  b.reduce(sum, x, mask);
  b.reduce(low, x);
  b.reduce(any, b.op(Op::Gt, kBool, x, b.splat(b.number(1e9))));
  std::vector<double> in = ramp(3000);
  std::vector<std::uint8_t> m(3000);
  double expected = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    m[i] = i % 3 == 0 ? 4 : 0;
    expected += m[i] != 0 ? in[i] : 0;  // halves: every order gives the same sum
  }
  struct Slot {
    std::uint64_t value, imag;
  };
  static_assert(sizeof(Slot) == me::ir::kReductionSlotBytes);
  Slot out[3];
  CHECK(run(b, {in.data(), m.data()}, out, 3000) == KernelStatus::Done);
  CHECK(load_scalar(kF64, &out[0].value).as_double() == expected);
  CHECK(load_scalar(kF64, &out[1].value).as_double() == -100);
  CHECK(out[2].value == 0);
  in[2999] = 1e10;
  CHECK(run(b, {in.data(), m.data()}, out, 3000) == KernelStatus::Done);
  CHECK(out[2].value == 1);
  CHECK(run(b, {in.data(), m.data()}, out, 0) == KernelStatus::Done);
  CHECK(load_scalar(kF64, &out[0].value).as_double() == 0);
  CHECK(std::isinf(load_scalar(kF64, &out[1].value).as_double()));
}

TEST_CASE("slow paths of elementary functions are taken inside the interpreter") {
  Builder b(kF64, {kF64});
  b.store(b.op(Op::Sin, kF64, b.operand(0)));
  std::vector<double> in(9, 0.5);
  in[4] = 0x1p1000;
  std::vector<double> out(9);
  CHECK(run(b, {in.data()}, out.data(), 9) == KernelStatus::Done);
  CHECK(out[4] == doctest::Approx(std::sin(0x1p1000)));
  CHECK(out[8] == doctest::Approx(std::sin(0.5)));
}

TEST_CASE("one workspace serves programs of different sizes") {
  interp::Workspace workspace;
  const interp::StageProgram small = interp::schedule(multiply_add().program, 0);
  const interp::StageProgram large = interp::schedule(collatz().program, 0);
  ir::KernelContext context{};
  const std::vector<double> x = ramp(600);
  std::vector<std::int64_t> k(600, 6);
  std::vector<double> sums(600);
  std::vector<std::int64_t> steps(600);
  for (int round = 0; round < 3; ++round) {
    const void* pair[] = {x.data(), x.data(), &context};
    CHECK(interp::run(small, pair, sums.data(), 600, workspace) == KernelStatus::Done);
    const void* single[] = {k.data(), &context};
    CHECK(interp::run(large, single, steps.data(), 600, workspace) == KernelStatus::Done);
    CHECK(sums[599] == 3 * x[599]);
    CHECK(steps[599] == 8);
  }
}

}  // namespace
