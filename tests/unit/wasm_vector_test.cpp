// Which operations of integers, bools and casts take their lanes apart.
//
// Enters: programs of one basic operation over varying operands of every dtype. Leaves: a verdict
// about the text of the module: no extract_lane, but for the short list of what SIMD128 has no lanes
// for. An entry of the list that needs no lane by itself any more is an error too. Values are
// wasm_ops_test.cpp's business.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "interp_programs.h"
#include "wasm/lower.h"

namespace {

using me::DType;
using me::Op;
using namespace me::test;  // NOLINT

const std::vector<DType> kIntegers = {DType::Int8,  DType::Int16,  DType::Int32,  DType::Int64,
                                      DType::UInt8, DType::UInt16, DType::UInt32, DType::UInt64};

// 64-bit division where numbers are large, 64-bit shifts by vectors, and conversions between 64-bit
// integers and floats that no exact sequence of a few instructions reaches.
const std::set<std::string> kLaneByLane = {
    "DivTrunc int64 -> int64",     "DivTrunc uint64 -> uint64", "FloorDivide int64 -> int64",
    "FloorDivide uint64 -> uint64", "Mod int64 -> int64",        "Mod uint64 -> uint64",
    "Fmod int64 -> int64",         "Fmod uint64 -> uint64",     "Shl int64 -> int64",
    "Shl uint64 -> uint64",        "Shr int64 -> int64",        "Shr uint64 -> uint64",
    "Cast float32 -> int64",       "Cast float32 -> uint64",    "Cast float64 -> int64",
    "Cast float64 -> uint64",      "Cast int64 -> float32",     "Cast uint64 -> float32",
};

void check(Op op, DType result, std::initializer_list<DType> operands) {
  Builder b(result);
  me::ir::ValueId v[3] = {kNoValue, kNoValue, kNoValue};
  std::uint32_t k = 0;
  for (const DType t : operands) b.program.operands.push_back({t, k++});
  for (std::uint32_t i = 0; i < k; ++i) v[i] = b.operand(i);
  b.store(b.op(op, result, v[0], v[1], v[2]));
  auto lowered = me::wasm::lower(b.program, 0, {true, 1});
  const std::string title = std::string(me::info_of(op).name) + " " +
                            std::string(me::name_of(*(operands.end() - 1))) + " -> " +
                            std::string(me::name_of(result));
  INFO(title);
  REQUIRE(std::holds_alternative<me::wasm::Module>(lowered));
  const std::string text = me::wasm::to_text(std::get<me::wasm::Module>(lowered).bytes);
  const bool apart = text.find("extract_lane") != std::string::npos;
  CHECK(apart == kLaneByLane.contains(title));
}

std::vector<DType> numeric() {
  std::vector<DType> all = kIntegers;
  all.insert(all.end(), {DType::Bool, DType::Float32, DType::Float64});
  return all;
}

TEST_CASE("integer operations use all lanes") {
  for (const DType t : kIntegers) {
    for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::DivTrunc, Op::FloorDivide, Op::Mod, Op::Fmod,
                        Op::Pow, Op::BitAnd, Op::BitOr, Op::BitXor, Op::Shl, Op::Shr, Op::Minimum,
                        Op::Maximum, Op::Fmin, Op::Fmax}) {
      check(op, t, {t, t});
    }
    for (const Op op : {Op::Neg, Op::Abs, Op::BitNot}) check(op, t, {t});
  }
}

TEST_CASE("bools, comparisons and selections use all lanes") {
  for (const DType t : numeric()) {
    for (const Op op : {Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne}) {
      check(op, DType::Bool, {t, t});
    }
    check(Op::Where, t, {DType::Bool, t, t});
  }
  for (const Op op : {Op::BitAnd, Op::BitOr, Op::BitXor, Op::Minimum, Op::Maximum}) {
    check(op, DType::Bool, {DType::Bool, DType::Bool});
  }
  check(Op::BitNot, DType::Bool, {DType::Bool});
}

TEST_CASE("casts use all lanes") {
  for (const DType from : numeric()) {
    for (const DType to : numeric()) {
      if (from != to) check(Op::Cast, to, {from});
    }
  }
}

}  // namespace
