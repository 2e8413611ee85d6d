// Whole generated kernels: lengths, reductions, masks, loops, failures, against the interpreter.
//
// Enters: hand-built programs of the shapes that ir/build makes. Leaves: verdicts that status and
// every output byte are the interpreter's for all lengths around the vector length, with unaligned
// addresses, with the output in place of an input, at both optimisation levels.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "wasm_kernels.h"

namespace {

using me::DType;
using me::Op;
using me::Scalar;
using me::ir::KernelStatus;
using namespace me::test;  // NOLINT

constexpr DType kF64 = DType::Float64;
constexpr DType kF32 = DType::Float32;
constexpr DType kI64 = DType::Int64;

const std::vector<std::int64_t> kLengths = {0,  1,  2,  3,  4,  5,  7,   8,   9,   15,   16,
                                            17, 31, 32, 33, 63, 64, 100, 127, 128, 1000, 4096};

std::vector<std::uint8_t> random_bytes(DType t, std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes((n + 1) * me::size_of(t));
  for (std::size_t i = 0; i < n; ++i) {
    const auto r = static_cast<std::int64_t>(random());
    const Scalar v = me::is_float(t)  ? Scalar::of_float(t, static_cast<double>(r) * 0x1p-62)
                     : me::is_bool(t) ? Scalar::of_int(t, r & 1)
                                      : Scalar::of_int(t, r >> 40);
    me::store_scalar(v, bytes.data() + i * me::size_of(t));
  }
  return bytes;
}

// Runs `b` over random inputs in both tiers and compares everything.
void agree(const Builder& b, const Call& call = {}, bool in_place = false) {
  if (native_engine() == nullptr) return;
  const auto& operands = b.program.operands;
  const bool reduction = b.program.stages[0].is_reduction();
  std::vector<std::vector<std::uint8_t>> arrays;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    arrays.push_back(random_bytes(operands[k].dtype, 4097, static_cast<unsigned>(k + 1)));
  }
  for (const int level : {0, 1}) {
    const WasmKernel kernel(b, level);
    for (const std::int64_t n : kLengths) {
      const std::size_t item =
          reduction ? me::ir::kReductionSlotBytes : me::size_of(b.program.result);
      const std::size_t items =
          reduction ? b.program.stages[0].reductions.size() : static_cast<std::size_t>(n);
      std::vector<std::uint8_t> expected(items * item + 8, 0xee), got(items * item + 8, 0xee);
      std::vector<const void*> pointers;
      // Odd addresses.
      std::vector<std::vector<std::uint8_t>> moved;
      for (const auto& a : arrays) {
        moved.emplace_back(a.size() + 1);
        std::memcpy(moved.back().data() + 1, a.data(), a.size());
      }
      for (const auto& a : moved) pointers.push_back(a.data() + 1);
      const me::interp::StageProgram program = me::interp::schedule(b.program, 0);
      me::ir::KernelContext context{};
      context.scalars = reinterpret_cast<std::uintptr_t>(call.scalars.data());
      context.interrupt = reinterpret_cast<std::uintptr_t>(&call.interrupt);
      context.while_cap = call.while_cap;
      std::vector<const void*> words = pointers;
      words.push_back(&context);
      me::interp::Workspace workspace;
      const KernelStatus want =
          me::interp::run(program, words.data(), expected.data(), n, workspace);
      void* out = got.data();
      if (in_place) out = moved[0].data() + 1;
      const KernelStatus status = kernel.run(pointers, out, n, call);
      INFO("level " << level << ", " << n << " items");
      REQUIRE(status == want);
      if (status != KernelStatus::Done) continue;
      if (in_place) std::memcpy(got.data(), out, items * item);
      CHECK(std::memcmp(expected.data(), got.data(), got.size()) == 0);
    }
  }
}

TEST_CASE("maps of every dtype") {
  for (const DType t : {DType::Int8, DType::UInt16, DType::Int32, DType::UInt64, kF32, kF64}) {
    Builder b(t, {t, t});
    b.store(b.op(Op::Add, t, b.operand(0), b.operand(1)));
    agree(b);
    agree(b, {}, true);
  }
  Builder b(DType::Bool, {DType::Bool, DType::Bool});
  b.store(b.op(Op::BitXor, DType::Bool, b.operand(0), b.operand(1)));
  agree(b);
}

TEST_CASE("mixed widths") {
  Builder b(DType::Int16, {DType::Int8, kF32, kF64, DType::Bool});
  const auto sum =
      b.op(Op::Add, kF64, b.op(Op::Cast, kF64, b.operand(0)), b.op(Op::Cast, kF64, b.operand(1)));
  const auto product = b.op(Op::Mul, kF64, sum, b.operand(2));
  const auto less =
      b.op(Op::Lt, DType::Bool, b.operand(0), b.op(Op::Cast, DType::Int8, b.operand(2)));
  const auto both = b.op(Op::BitAnd, DType::Bool, less, b.operand(3));
  const auto more =
      b.op(Op::BitOr, DType::Bool, both,
           b.op(Op::Gt, DType::Bool, b.operand(1), b.op(Op::Neg, kF32, b.operand(1))));
  const auto chosen = b.op(Op::Where, kF64, more, product, sum);
  b.store(b.op(Op::Cast, DType::Int16, chosen));
  agree(b);

  Builder mask(DType::Bool, {kF64, DType::UInt8});
  const auto wide = mask.op(Op::Gt, DType::Bool, mask.operand(0), mask.splat(mask.number(0.1)));
  const auto narrow = mask.op(Op::Ne, DType::Bool, mask.operand(1),
                              mask.splat(mask.constant(Scalar::of_int(DType::UInt8, 3))));
  mask.store(mask.op(Op::Eq, DType::Bool, wide, narrow));
  agree(mask);
}

TEST_CASE("reductions") {
  for (const DType t : {kF64, kI64, DType::UInt64}) {
    for (const Op op : {Op::Sum, Op::Prod}) {
      Builder b(t, {t, DType::Bool});
      b.reduce(b.reduction(op, t), b.operand(0));
      agree(b);
      Builder masked(t, {t, DType::Bool});
      const auto m = masked.operand(1);
      masked.reduce(masked.reduction(op, t), masked.operand(0), m);
      agree(masked);
    }
  }
  for (const DType t : {DType::Bool, DType::Int8, DType::UInt8, DType::Int16, DType::UInt16,
                        DType::Int32, DType::UInt32, kI64, DType::UInt64, kF32, kF64}) {
    for (const Op op : {Op::Min, Op::Max}) {
      Builder b(t, {t, DType::Bool, kF64});
      const auto m = b.operand(1);
      b.reduce(b.reduction(op, t), b.operand(0));
      b.reduce(b.reduction(op, t), b.operand(0), m);
      agree(b);
      // With a sum beside it, lanes are few and narrow registers incomplete.
      b.reduce(b.reduction(Op::Sum, kF64), b.operand(2));
      agree(b);
    }
  }
  for (const Op op : {Op::Any, Op::All}) {
    Builder b(DType::Bool, {kF64, DType::Bool});
    const auto m = b.operand(1);
    const auto low = b.op(Op::Lt, DType::Bool, b.operand(0), b.splat(b.number(-1.99)));
    b.reduce(b.reduction(op, DType::Bool),
             op == Op::Any ? low : b.op(Op::BitNot, DType::Bool, low));
    b.reduce(b.reduction(op, DType::Bool), low, m);
    agree(b);
  }
}

// Iterations until x*x grows past 4, with an integer counter, as spmd writes it.
Builder escape_time(DType counter, std::uint32_t tick, double growth = 1.5) {
  Builder b(counter, {kF64});
  const auto x = b.local(kF64), n = b.local(counter), active = b.local(DType::Bool);
  b.set(x, b.operand(0));
  b.set(n, b.splat(b.constant(Scalar::of_int(counter, 0))));
  b.set(active, b.splat(b.constant(Scalar::of_int(DType::Bool, 1))));
  b.begin_loop();
  const auto limit =
      b.op(Op::Lt, DType::Bool, b.op(Op::Mul, kF64, b.get(x), b.get(x)), b.splat(b.number(4.0)));
  const auto few =
      b.op(Op::Lt, DType::Bool, b.get(n), b.splat(b.constant(Scalar::of_int(counter, 50))));
  const auto on =
      b.op(Op::BitAnd, DType::Bool, b.get(active), b.op(Op::BitAnd, DType::Bool, limit, few));
  b.set(active, on);
  b.leave_unless(b.get(active));
  b.tick(tick);
  const auto a = b.get(active);
  b.set(x, b.op(Op::Mul, kF64, b.get(x), b.splat(b.number(growth))), a);
  b.set(n, b.op(Op::Add, counter, b.get(n), b.splat(b.constant(Scalar::of_int(counter, 1)))), a);
  b.begin_if(b.op(Op::Lt, DType::Bool, b.get(x), b.splat(b.number(0.0))));
  b.set(x, b.op(Op::Neg, kF64, b.get(x)),
        b.op(Op::BitAnd, DType::Bool, a,
             b.op(Op::Lt, DType::Bool, b.get(x), b.splat(b.number(0.0)))));
  b.end();
  b.end();
  b.store(b.get(n));
  return b;
}

TEST_CASE("masked loops") {
  for (const DType counter : {kI64, DType::Int32, DType::UInt8}) {
    for (const std::uint32_t tick : {0u, 1u}) agree(escape_time(counter, tick));
  }
}

TEST_CASE("loops that stop") {
  const Builder b = escape_time(kI64, 0, 1.01);
  Call capped;
  capped.while_cap = 20;
  agree(b, capped);
  capped.while_cap = 50;
  agree(b, capped);
  Call interrupted;
  interrupted.interrupt = 1;
  agree(b, interrupted);
  agree(escape_time(kI64, 1), interrupted);
}

// A loop in the form that ir/pipeline leaves: z = z*1.1 + c until z passes 4, with variations that
// let elements which have left be seen.
enum class Seen { Nothing, AfterLoop, LaterInIteration, ByAllElements, InOuterLoop };

Builder private_state(Seen seen) {
  const DType t = DType::Bool;
  Builder b(kF64, {kF64});
  const auto z = b.local(kF64), n = b.local(kF64), active = b.local(t), k = b.local(kI64, true);
  const auto number = [&](double v) { return b.splat(b.number(v)); };
  const auto zero = b.constant(Scalar::of_int(kI64, 0));
  b.set(n, number(0.0));
  b.set(z, b.operand(0));
  b.set(k, zero);
  if (seen == Seen::InOuterLoop) {
    b.begin_loop();
    b.leave_unless(b.op(Op::Lt, t, b.get(k), b.constant(Scalar::of_int(kI64, 3))));
    b.tick(1);
    b.set(k, b.op(Op::Add, kI64, b.get(k), b.constant(Scalar::of_int(kI64, 1))));
  }
  b.set(active, b.splat(b.constant(Scalar::of_int(t, 1))));
  b.begin_loop();
  const auto entered = b.get(active);
  b.leave_unless(entered);
  b.tick(0);
  const auto before = b.get(z);
  const auto grown = b.op(Op::Add, kF64, b.op(Op::Mul, kF64, before, number(1.1)), number(0.25));
  const auto chosen = b.op(Op::Where, kF64, entered, grown, before);
  const auto stays = b.op(Op::BitAnd, t, entered, b.op(Op::Lt, t, chosen, number(4.0)));
  b.set(active, stays);
  b.set(z, chosen, stays);
  const auto result = seen == Seen::LaterInIteration ? b.get(z) : chosen;
  b.set(n, b.op(Op::Sub, kF64, result, b.get(n)), entered);
  if (seen == Seen::ByAllElements) {
    b.fail(KernelStatus::ZeroStep, b.op(Op::Gt, t, b.get(z), number(4.0)));
  }
  b.end();
  if (seen == Seen::InOuterLoop) b.end();
  b.store(seen == Seen::AfterLoop ? b.op(Op::Add, kF64, b.get(n), b.get(z)) : b.get(n));
  return b;
}

std::size_t selections(const Builder& b) {
  auto result = me::wasm::lower(b.program, 0, {});
  const std::string text = me::wasm::to_text(std::get<me::wasm::Module>(result).bytes);
  std::size_t count = 0;
  for (std::size_t at = text.find("v128.bitselect"); at != std::string::npos;
       at = text.find("v128.bitselect", at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("masks go where nobody sees it, and stay elsewhere") {
  // n is read after the loop: its selections stay, four registers of them.
  CHECK(selections(private_state(Seen::Nothing)) == 4);
  CHECK(selections(private_state(Seen::AfterLoop)) == 8);
  CHECK(selections(private_state(Seen::LaterInIteration)) > 4);
  CHECK(selections(private_state(Seen::ByAllElements)) > 4);
  CHECK(selections(private_state(Seen::InOuterLoop)) > 4);
  for (const Seen seen : {Seen::Nothing, Seen::AfterLoop, Seen::LaterInIteration,
                          Seen::ByAllElements, Seen::InOuterLoop}) {
    agree(private_state(seen));
  }
}

// All pairs of these, the interpreter's bits.
void agree_on_specials(const Builder& b) {
  if (native_engine() == nullptr) return;
  const double inf = std::numeric_limits<double>::infinity();
  const double values[] = {0.0, -0.0, 1.0, -1.0, 5e-324, inf, -inf, std::nan("")};
  std::vector<double> x, y;
  for (const double v : values) {
    for (const double w : values) x.push_back(v), y.push_back(w);
  }
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<double> expected(x.size()), got(x.size());
  REQUIRE(run(b, {x.data(), y.data()}, expected.data(), n) == KernelStatus::Done);
  REQUIRE(WasmKernel(b).run({x.data(), y.data()}, got.data(), n) == KernelStatus::Done);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO(x[i], " ", y[i], ": ", expected[i], " ", got[i]);
    CHECK(same_element(kF64, &expected[i], &got[i]));
  }
}

TEST_CASE("masked steps of floats leave the other elements as they are") {
  for (const Op step : {Op::Add, Op::Sub}) {
    for (const double by : {1.0, 0.0, -0.0}) {
      Builder b(kF64, {kF64, kF64});
      const auto x = b.local(kF64);
      b.set(x, b.operand(0));
      const auto mask = b.op(Op::Gt, DType::Bool, b.operand(1), b.splat(b.number(0.0)));
      b.set(x, b.op(step, kF64, b.get(x), b.splat(b.number(by))), mask);
      b.store(b.get(x));
      agree_on_specials(b);
    }
    Builder b(kF64, {kF64, kF64});
    const auto x = b.local(kF64);
    b.set(x, b.operand(0));
    const auto mask = b.op(Op::Lt, DType::Bool, b.operand(0), b.operand(1));
    b.set(x, b.op(step, kF64, b.get(x), b.operand(1)), mask);
    b.store(b.get(x));
    agree_on_specials(b);
  }
}

TEST_CASE("selections of the smaller or larger operand") {
  for (const Op test : {Op::Lt, Op::Le, Op::Gt, Op::Ge}) {
    for (const bool crossed : {false, true}) {
      Builder b(kF64, {kF64, kF64});
      const auto x = b.operand(0), y = b.operand(1);
      const auto mask = b.op(test, DType::Bool, x, y);
      b.store(b.op(Op::Where, kF64, mask, crossed ? y : x, crossed ? x : y));
      agree_on_specials(b);
    }
  }
}

TEST_CASE("uniform control flow") {
  // s = 0; k = 0; while k < steps: s += a*k; k += 1
  Builder b(kF64, {kF64});
  const auto steps = b.scalar(kI64);
  const auto s = b.local(kF64);
  const auto k = b.local(kI64, true);
  b.set(s, b.splat(b.number(0.0)));
  b.set(k, b.constant(Scalar::of_int(kI64, 0)));
  b.begin_loop();
  b.leave_unless(b.op(Op::Lt, DType::Bool, b.get(k), steps));
  b.tick(1);
  const auto factor = b.splat(b.op(Op::Cast, kF64, b.get(k)));
  b.set(s, b.op(Op::Add, kF64, b.get(s), b.op(Op::Mul, kF64, b.operand(0), factor)));
  b.begin_if(b.op(Op::Eq, DType::Bool, b.get(k), b.constant(Scalar::of_int(kI64, 3))));
  b.set(s, b.op(Op::Neg, kF64, b.get(s)));
  b.end();
  b.set(k, b.op(Op::Add, kI64, b.get(k), b.constant(Scalar::of_int(kI64, 1))));
  b.end();
  b.store(b.get(s));
  Call call;
  for (const std::uint64_t n : {0u, 1u, 10u}) {
    call.scalars = {n};
    agree(b, call);
  }
}

TEST_CASE("failures") {
  for (const double bound : {-3.0, -1.9999}) {
    Builder b(kF64, {kF64});
    b.fail(KernelStatus::MissingReturn,
           b.op(Op::Lt, DType::Bool, b.operand(0), b.splat(b.number(bound))));
    b.store(b.operand(0));
    agree(b);
  }
}

TEST_CASE("lanes that are switched off ask for no redo") {
  if (native_engine() == nullptr) return;
  Builder b(kF64, {kF64});
  const auto y = b.local(kF64);
  const auto a = b.operand(0);
  const auto small = b.op(Op::Lt, DType::Bool, a, b.splat(b.number(1e5)));
  b.set(y, a);
  b.begin_if(small);
  b.set(y, b.op(Op::Sin, kF64, a), small);
  b.end();
  b.store(b.get(y));
  const WasmKernel kernel(b);
  CHECK(kernel.module.may_redo);
  std::vector<double> in(11, 0.5), out(11);
  in[4] = in[9] = 1e300;
  CHECK(kernel.run({in.data()}, out.data(), 11) == KernelStatus::Done);
  CHECK(out[4] == 1e300);
  CHECK(out[10] == out[0]);

  Builder plain(kF64, {kF64});
  plain.store(plain.op(Op::Sin, kF64, plain.operand(0)));
  const WasmKernel all(plain);
  CHECK(all.run({in.data()}, out.data(), 4) == KernelStatus::Done);
  CHECK(all.run({in.data()}, out.data(), 11) == KernelStatus::Redo);
}

}  // namespace
