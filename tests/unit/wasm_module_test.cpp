// The form of generated modules: imports, exports, no calls, SIMD loops, constants before loops.
//
// Enters: small programs for both targets and optimisation levels. Leaves: verdicts about the text
// of the module: env.memory is all it imports, one exported function of the right type, no calls,
// tables, data or globals, and the instructions that make it fast. Debug builds validate every
// module they make. What the code computes is wasm_run_test.cpp's.
#include <doctest/doctest.h>

#include <string>

#include "base/tuning.h"
#include "interp_programs.h"
#include "ir/kernel_abi.h"
#include "me_host.h"
#include "wasm/lower.h"

namespace {

using me::DType;
using me::Op;
using me::Scalar;
using namespace me::test;  // NOLINT

constexpr DType kF64 = DType::Float64;

me::wasm::Module lowered(const Builder& b, me::wasm::Target target) {
  auto result = me::wasm::lower(b.program, 0, target);
  if (const auto* declined = std::get_if<me::wasm::Decline>(&result)) FAIL(declined->reason);
  return std::get<me::wasm::Module>(std::move(result));
}

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

// The text of the first loop that has no loop in it.
std::string innermost_loop(const std::string& text) {
  std::size_t begin = text.find("(loop");
  for (;;) {
    std::size_t end = begin;
    int depth = 0;
    do {
      if (text[end] == '(') ++depth;
      if (text[end] == ')') --depth;
      ++end;
    } while (depth > 0);
    const std::size_t inner = text.find("(loop", begin + 1);
    if (inner == std::string::npos || inner > end) return text.substr(begin, end - begin);
    begin = inner;
  }
}

void check_form(const Builder& b) {
  for (const bool memory64 : {false, true}) {
    for (const int level : {0, 1}) {
      const std::string text = me::wasm::to_text(lowered(b, {memory64, level}).bytes);
      INFO(text);
      const std::string pages = std::to_string(ME_HOST_MEMORY64_PAGES);
      const std::string memory = memory64 ? " i64 " + pages + " " + pages + "))" : " 0))";
      CHECK(occurrences(text, "(import ") == 1);
      CHECK(occurrences(text, "(import \"env\" \"memory\" (memory $") == 1);
      CHECK(occurrences(text, memory) == 1);
      CHECK(occurrences(text, "(export ") == 1);
      CHECK(occurrences(text, "(export \"" + std::string(me::ir::kKernelExport) + "\" (func ") ==
            1);
      CHECK(occurrences(text, memory64 ? "(func (param i64 i64 i64) (result i32))"
                                       : "(func (param i32 i32 i32) (result i32))") == 1);
      for (const char* absent : {"(call", "(global", "(table", "(data", "(elem", "(start", "(tag",
                                 "memory.grow", "memory.copy", "relaxed"}) {
        CHECK(occurrences(text, absent) == 0);
      }
      const std::size_t last_constant = text.rfind("v128.const");
      CHECK((last_constant == std::string::npos || last_constant < text.find("(loop")));
    }
  }
}

Builder of_one_operation(Op op, DType t, std::size_t arity) {
  Builder b(t);
  me::ir::ValueId v[3] = {kNoValue, kNoValue, kNoValue};
  for (std::size_t k = 0; k < arity; ++k) {
    b.program.operands.push_back({t, static_cast<std::uint32_t>(k)});
    v[k] = b.operand(static_cast<std::uint32_t>(k));
  }
  b.store(b.op(op, t, v[0], v[1], v[2]));
  return b;
}

TEST_CASE("modules have one form") {
  check_form(of_one_operation(Op::Add, DType::Int8, 2));
  check_form(of_one_operation(Op::Mod, DType::Int64, 2));
  check_form(of_one_operation(Op::Pow, DType::Int32, 2));
  for (std::size_t i = 0; i < me::kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    if (me::info_of(op).impl == me::Impl::math)
      check_form(of_one_operation(op, kF64, me::info_of(op).arity));
  }
  Builder sum(kF64, {kF64});
  sum.reduce(sum.reduction(Op::Sum, kF64),
             sum.op(Op::Mul, kF64, sum.operand(0), sum.splat(sum.number(2.5))));
  check_form(sum);
}

TEST_CASE("float loops are vector loops") {
  const auto add = of_one_operation(Op::Add, kF64, 2);
  const std::string text = innermost_loop(me::wasm::to_text(lowered(add, {}).bytes));
  CHECK(occurrences(text, "f64x2.add") == 4);
  CHECK(occurrences(text, "v128.load") == 8);
  CHECK(occurrences(text, "v128.store") == 4);
  CHECK(occurrences(text, "f64.add") == 0);
  CHECK(occurrences(
            me::wasm::to_text(lowered(of_one_operation(Op::Mul, DType::Float32, 2), {}).bytes),
            "f32x4.mul") == 4);
}

TEST_CASE("what does not depend on the element is computed once") {
  // (a * (s * 3)) with a uniform s
  Builder b(kF64, {kF64});
  const auto a = b.operand(0);
  const auto factor = b.op(Op::Mul, kF64, b.scalar(kF64), b.number(3.0));
  b.store(b.op(Op::Mul, kF64, a, b.splat(factor)));
  const std::string text = me::wasm::to_text(lowered(b, {}).bytes);
  CHECK(occurrences(text, "f64x2.mul") == 5);
  CHECK(text.find("f64x2.mul") < text.find("(loop"));
  CHECK(occurrences(text.substr(0, text.find("(loop")), "v128.load64_splat") == 1);
}

TEST_CASE("masked steps do without selection") {
  for (const DType t : {DType::Int64, kF64, DType::Float32}) {
    Builder b(t, {t});
    const auto n = b.local(t);
    const auto a = b.operand(0);
    b.set(n, a);
    const auto one = b.splat(
        b.constant(me::is_int(t) ? Scalar::of_int(t, 1) : Scalar::of_float(t, 1.0)));
    const auto mask = b.op(Op::Gt, DType::Bool, a, one);
    b.set(n, b.op(Op::Add, t, b.get(n), one), mask);
    b.store(b.get(n));
    const std::string text = me::wasm::to_text(lowered(b, {}).bytes);
    CHECK(occurrences(text, "v128.bitselect") == 0);
    // x + 1 is x - -1, with one constant for all registers.
    CHECK(occurrences(text, "x2.sub") + occurrences(text, "x4.sub") == (me::is_int(t) ? 0 : 4));
    CHECK(occurrences(text, ".neg") == 0);
  }
}

TEST_CASE("a tick is one test and one subtraction most of the time") {
  Builder b(kF64, {kF64});
  const auto x = b.local(kF64);
  b.set(x, b.operand(0));
  b.begin_loop();
  const auto more = b.op(Op::Lt, DType::Bool, b.get(x), b.splat(b.number(4.0)));
  b.leave_unless(more);
  b.tick(0);
  b.set(x, b.op(Op::Mul, kF64, b.get(x), b.splat(b.number(2.0))), more);
  b.end();
  b.store(b.get(x));
  const std::string loop = innermost_loop(me::wasm::to_text(lowered(b, {}).bytes));
  INFO(loop);
  CHECK(occurrences(loop, "i64.eqz") == 1);
  // What the checks need stands behind the test.
  const std::size_t checks = loop.find("i64.eqz");
  CHECK(loop.find("i64.sub") > checks);
  CHECK(loop.find("i32.load") > checks);
  CHECK(occurrences(loop, "i64.and") == 0);
}

TEST_CASE("a loop has no more than its elements need") {
  // Four registers of each operand; then one addition per pointer, and the end is a pointer too.
  const auto add = of_one_operation(Op::Add, kF64, 2);
  const std::string loop = innermost_loop(me::wasm::to_text(lowered(add, {}).bytes));
  INFO(loop);
  CHECK(occurrences(loop, "v128.load") == 8);
  CHECK(occurrences(loop, "v128.store") == 4);
  CHECK(occurrences(loop, "i32.add") == 3);
  CHECK(occurrences(loop, "i32.sub") == 0);
  CHECK(occurrences(loop, "i32.ne") == 1);
  // One register after the other: every load stands where its value is used.
  CHECK(occurrences(loop, "local.set") == 3);

  // In place of a wider operand the first result would overwrite elements that are still to be read.
  Builder narrow(DType::Float32, {kF64});
  narrow.store(narrow.op(Op::Cast, DType::Float32, narrow.operand(0)));
  const std::string demotes = innermost_loop(me::wasm::to_text(lowered(narrow, {}).bytes));
  INFO(demotes);
  CHECK(demotes.rfind("v128.load") < demotes.rfind("v128.store"));

  Builder sum(kF64, {kF64, kF64});
  sum.reduce(sum.reduction(Op::Sum, kF64), sum.op(Op::Mul, kF64, sum.operand(0), sum.operand(1)));
  const std::string folds = innermost_loop(me::wasm::to_text(lowered(sum, {}).bytes));
  INFO(folds);
  CHECK(occurrences(folds, "f64x2.add") == 4);
  CHECK(occurrences(folds, "v128.load") == 8);
  CHECK(occurrences(folds, "i32.add") == 2);
}

TEST_CASE("selecting the smaller or the larger is one instruction") {
  for (const DType t : {kF64, DType::Float32}) {
    for (const bool crossed : {false, true}) {
      Builder b(t, {t, t});
      const auto x = b.operand(0), y = b.operand(1);
      const auto mask = b.op(Op::Gt, DType::Bool, x, y);
      b.store(b.op(Op::Where, t, mask, crossed ? y : x, crossed ? x : y));
      const std::string text = me::wasm::to_text(lowered(b, {}).bytes);
      CHECK(occurrences(text, crossed ? ".pmin" : ".pmax") == 4);
      CHECK(occurrences(text, "v128.bitselect") == 0);
      CHECK(occurrences(text, "x2.gt") + occurrences(text, "x4.gt") == 0);
    }
  }
}

TEST_CASE("nesting leaves few locals without any pass") {
  const auto exp = of_one_operation(Op::Exp, kF64, 1);
  const std::string text = me::wasm::to_text(lowered(exp, {false, 1}).bytes);
  CHECK(occurrences(text, "(local.set") < occurrences(text, "64x2."));
}

TEST_CASE("results share locals, and those that a loop needs keep theirs") {
  // sin of 40 different multiples: each is over when the next begins; the factors live on.
  Builder b(kF64, {kF64});
  const auto a = b.operand(0);
  auto sum = a;
  constexpr int kTerms = 40;
  for (int i = 0; i < kTerms; ++i) {
    sum = b.op(Op::Add, kF64, sum, b.op(Op::Sin, kF64, b.op(Op::Mul, kF64, a, b.number(i + 0.5))));
  }
  b.store(sum);
  const std::string text = me::wasm::to_text(lowered(b, {}).bytes);
  const std::size_t constants = occurrences(text, "v128.const");
  CHECK(constants >= kTerms);
  CHECK(occurrences(text, "(local $") < constants + 50);
  CHECK(occurrences(text, "(local.set") > constants + 10 * kTerms);
}

TEST_CASE("what nobody uses is not computed") {
  Builder b(kF64, {kF64});
  const auto a = b.operand(0);
  b.op(Op::Sqrt, kF64, b.op(Op::Mul, kF64, a, a));
  b.store(a);
  const std::string text = me::wasm::to_text(lowered(b, {}).bytes);
  CHECK(occurrences(text, "f64x2.mul") == 0);
  CHECK(occurrences(text, "f64x2.sqrt") == 0);
}

TEST_CASE("code grows with the program, not faster; deep expressions are cut") {
  const auto bytes = [](int terms) {
    Builder b(kF64, {kF64});
    auto v = b.operand(0);
    for (int i = 0; i < terms; ++i) v = b.op(Op::Sqrt, kF64, b.op(Op::Add, kF64, v, b.operand(0)));
    b.store(v);
    return lowered(b, {}).bytes.size();
  };
  const std::size_t small = bytes(500);
  CHECK(bytes(4000) < 9 * small);
}

TEST_CASE("code that is quick to compile is short") {
  const auto exp = of_one_operation(Op::Exp, kF64, 1);
  const std::size_t quick = lowered(exp, {false, 0}).bytes.size();
  CHECK(quick * 3 < lowered(exp, {false, 1}).bytes.size() * 2);
}

TEST_CASE("refusals have reasons") {
  const auto b = of_one_operation(Op::Add, kF64, 2);
  CHECK(std::holds_alternative<me::wasm::Decline>(me::wasm::lower(b.program, 1, {})));

  Builder large(kF64, {kF64});
  auto v = large.operand(0);
  for (std::size_t i = 0; i <= me::tuning::kMaxJitInstructions; ++i)
    v = large.op(Op::Add, kF64, v, v);
  large.store(v);
  const auto result = me::wasm::lower(large.program, 0, {});
  REQUIRE(std::holds_alternative<me::wasm::Decline>(result));
  CHECK(!std::get<me::wasm::Decline>(result).reason.empty());

  // Few instructions, but much code in one loop: sums in their order take four registers.
  const auto sums = [](unsigned count) {
    Builder b(kF64, {kF64});
    const auto x = b.operand(0);
    for (unsigned i = 0; i < count; ++i) {
      b.reduce(b.reduction(Op::Sum, kF64), b.op(Op::Exp, kF64, b.op(Op::Add, kF64, x, b.splat(b.number(i)))));
    }
    return b;
  };
  CHECK(std::holds_alternative<me::wasm::Module>(me::wasm::lower(sums(100).program, 0, {})));
  CHECK(std::holds_alternative<me::wasm::Decline>(me::wasm::lower(sums(130).program, 0, {})));

  const auto odd = me::wasm::lower(of_one_operation(Op::Add, DType::Bool, 2).program, 0, {});
  CHECK(std::holds_alternative<me::wasm::Decline>(odd));
}

TEST_CASE("text of anything") {
  CHECK(me::wasm::to_text({1, 2, 3}).find("unreadable") == 0);
  CHECK(me::wasm::to_text({}).find("unreadable") == 0);
}

}  // namespace
