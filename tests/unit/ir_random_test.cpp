// Random kernels: per-element evaluation of the typed program against lockstep evaluation of its
// IR, before and after the passes, under several vector lengths.
#include <doctest/doctest.h>

#include <random>

#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir_reference.h"
#include "ir_typed.h"

namespace me::ir_test {
namespace {

constexpr std::int64_t kCap = 12;
constexpr std::uint64_t kKernels = 2000;

class RandomKernel {
 public:
  RandomKernel(std::uint64_t seed, bool with_reductions)
      : random_(seed), reductions_(with_reductions) {
    t_.param(DType::Int64);
    t_.param(DType::Float64);
    t_.param(DType::Int64, true);
    t_.param(DType::Float64, true);
    for (int i = 0; i < 3; ++i) ints_.push_back(t_.local("i" + std::to_string(i), DType::Int64));
    for (int i = 0; i < 2; ++i) reals_.push_back(t_.local("f" + std::to_string(i), DType::Float64));
  }

  const lang::TypedProgram& make() {
    std::vector<TypedStmt> root;
    for (auto l : ints_) initialise(root, l, [&] { return integer(1); });
    for (auto l : reals_) initialise(root, l, [&] { return real(1); });
    statements(root, 0, 0, 2 + pick(5));
    t_.program.may_miss_return = pick(4) == 0;
    if (!t_.program.may_miss_return) root.push_back(Typed::give(integer(2)));
    return t_.kernel(std::move(root), DType::Int64);
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

  // One assignment, or one in either branch; now and then some elements are gone before it.
  template <class Make>
  void initialise(std::vector<TypedStmt>& out, std::uint32_t local, Make make) {
    if (pick(6) == 0) {
      const ExprId gone = condition(1);
      const BlockId body = t_.block({Typed::give(integer(1))});
      out.push_back(Typed::branch(gone, body));
    }
    if (pick(3) != 0) {
      out.push_back(Typed::assign(local, make()));
      return;
    }
    const ExprId c = condition(1);
    const BlockId body = t_.block({Typed::assign(local, make())});
    const BlockId orelse = t_.block({Typed::assign(local, make())});
    out.push_back(Typed::branch(c, body, orelse));
  }

  ExprId integer(int depth) {
    switch (pick(depth > 0 ? 9 : 4)) {
      case 0: return t_.integer(static_cast<std::int64_t>(pick(9)) - 3);
      case 1: return t_.load(pick(3) == 0 ? 2 : 0);
      case 2:
      case 3: return initialised_ ? t_.read(ints_[pick(3)]) : t_.load(0);
      case 4: return t_.i64(Op::Add, {integer(depth - 1), integer(depth - 1)});
      case 5: return t_.i64(Op::Sub, {integer(depth - 1), integer(depth - 1)});
      case 6: return t_.i64(Op::Mod, {integer(depth - 1), integer(depth - 1)});
      case 7:
        return t_.i64(Op::Where,
                      {condition(depth - 1), integer(depth - 1), integer(depth - 1)});
      default:
        if (can_reduce()) return t_.i64(pick(2) ? Op::Sum : Op::Max, {integer(depth - 1)});
        return t_.i64(Op::FloorDivide, {integer(depth - 1), t_.integer(1 << pick(4))});
    }
  }
  ExprId real(int depth) {
    switch (pick(depth > 0 ? 6 : 3)) {
      case 0: return t_.real(pick(8) * 0.5 - 1);
      case 1: return t_.load(pick(3) == 0 ? 3 : 1);
      case 2: return t_.f64(Op::Cast, {integer(depth - 1)});
      case 3: return t_.f64(Op::Add, {real(depth - 1), real(depth - 1)});
      case 4: return t_.f64(Op::Mul, {real(depth - 1), real(depth - 1)});
      default: return t_.f64(Op::Where, {condition(depth - 1), real(depth - 1), real(depth - 1)});
    }
  }
  ExprId condition(int depth) {
    switch (pick(depth > 0 ? 6 : 3)) {
      case 0: return t_.test(Op::Lt, {integer(depth - 1), integer(depth - 1)});
      case 1: return t_.test(Op::Eq, {integer(depth - 1), integer(depth - 1)});
      case 2: return t_.test(Op::Ge, {real(depth - 1), real(depth - 1)});
      case 3: return t_.test(Op::BitAnd, {condition(depth - 1), condition(depth - 1)});
      case 4:
        if (can_reduce()) return t_.test(Op::Any, {condition(depth - 1)});
        return t_.test(Op::BitNot, {condition(depth - 1)});
      default: return t_.integer(pick(2), DType::Bool);
    }
  }
  bool can_reduce() const { return reductions_ && !in_loop_; }

  BlockId block(int depth, int loops) {
    std::vector<TypedStmt> stmts;
    statements(stmts, depth, loops, 1 + pick(4));
    return t_.block(std::move(stmts));
  }

  void statements(std::vector<TypedStmt>& out, int depth, int loops, unsigned count) {
    initialised_ = true;
    for (unsigned i = 0; i < count; ++i) out.push_back(statement(depth, loops));
  }

  TypedStmt statement(int depth, int loops) {
    const unsigned kind = pick(depth < 4 ? 12 : 6);
    switch (kind) {
      case 0:
      case 1: return Typed::assign(ints_[pick(3)], integer(2));
      case 2: return Typed::assign(reals_[pick(2)], real(2));
      case 3:
        if (loops > 0) return Typed::statement(pick(2) ? StmtKind::Break : StmtKind::Continue);
        return Typed::assign(ints_[pick(3)], integer(3));
      case 4: return pick(3) == 0 ? Typed::give(integer(2)) : Typed::assign(reals_[0], real(1));
      case 5: return Typed::assign(ints_[pick(3)], integer(1));
      case 6:
      case 7:
      case 8: {
        const ExprId c = condition(2);
        const BlockId body = block(depth + 1, loops);
        return Typed::branch(c, body, pick(2) ? block(depth + 1, loops) : lang::kNone);
      }
      case 9: {
        const bool outer = in_loop_;
        in_loop_ = true;
        const ExprId c = condition(2);
        const BlockId body = block(depth + 1, loops + 1);
        in_loop_ = outer;
        return Typed::loop(c, body);
      }
      default: {
        const ExprId start = small();
        const ExprId stop = small();
        const ExprId step = pick(3) == 0 ? small() : t_.integer(pick(4) == 0 ? -1 : 1 + pick(2));
        const bool outer = in_loop_;
        in_loop_ = true;
        const BlockId body = block(depth + 1, loops + 1);
        in_loop_ = outer;
        return Typed::range(ints_[pick(3)], start, stop, step, body);
      }
    }
  }
  // Between -4 and 4, so that loops stay short.
  ExprId small() {
    const ExprId v = t_.i64(Op::Mod, {integer(1), t_.integer(5)});
    return pick(2) ? v : t_.i64(Op::Neg, {v});
  }

  Typed t_;
  std::mt19937_64 random_;
  bool reductions_;
  bool in_loop_ = false;
  bool initialised_ = false;
  std::vector<std::uint32_t> ints_, reals_;
};

std::vector<Column> random_columns(std::mt19937_64& random, std::size_t n) {
  const auto integer = [&] {
    return Scalar::of_int(DType::Int64, static_cast<std::int64_t>(random() % 9) - 4);
  };
  const auto real = [&] {
    return Scalar::of_float(DType::Float64, static_cast<double>(random() % 17) * 0.25 - 2);
  };
  std::vector<Column> c(4);
  for (std::size_t i = 0; i < n; ++i) {
    c[0].push_back(integer());
    c[1].push_back(real());
  }
  c[2] = {integer()};
  c[3] = {real()};
  return c;
}

std::string show(const Run& r) {
  std::string s = "status " + std::to_string(static_cast<int>(r.status)) + ":";
  for (const Scalar& v : r.values) s += " " + std::to_string(v.as_int());
  return s + "\n";
}

bool agree(const Run& expected, const Run& got) {
  const bool failed = expected.status != ir::KernelStatus::Done;
  if (failed || got.status != ir::KernelStatus::Done) {
    return failed && got.status != ir::KernelStatus::Done;
  }
  return expected.values == got.values;
}

// Returns how many of the runs gave values.
unsigned check_kernel(std::uint64_t seed, bool with_reductions) {
  CAPTURE(seed);
  RandomKernel generator(seed, with_reductions);
  const lang::TypedProgram& typed = generator.make();
  auto built = ir::build(typed);
  REQUIRE(built);
  ir::Program plain = *built;
  ir::Program optimised = plain;
  REQUIRE(ir::verify(plain) == "");
  ir::run_passes(optimised);
  REQUIRE(ir::verify(optimised) == "");
  std::mt19937_64 random(seed);
  unsigned done = 0;
  for (std::size_t n : {1u, 2u, 5u}) {
    const auto columns = random_columns(random, n);
    const Run expected = PythonRun(typed, columns, n, kCap).run();
    done += expected.status == ir::KernelStatus::Done;
    const Run plain_run = LockstepRun(plain, columns, n, kCap).run();
    if (!agree(expected, plain_run)) {
      FAIL("built IR differs\n" << show(expected) << show(plain_run) << ir::print(plain));
    }
    const Run optimised_run = LockstepRun(optimised, columns, n, kCap).run();
    if (!agree(expected, optimised_run)) {
      FAIL("optimised IR differs\n"
           << show(expected) << show(optimised_run) << ir::print(optimised));
    }
  }
  return done;
}

TEST_CASE("random kernels mean the same element by element and in lockstep") {
  unsigned done = 0;
  for (std::uint64_t s = 0; s < kKernels; ++s) done += check_kernel(s, false);
  CHECK(done > kKernels);  // of three runs each, the rest fails as it should
}

TEST_CASE("random kernels with reductions mean the same in stages") {
  unsigned done = 0;
  for (std::uint64_t s = 0; s < kKernels; ++s) done += check_kernel(s + 1000000, true);
  CHECK(done > kKernels);
}

}  // namespace
}  // namespace me::ir_test
