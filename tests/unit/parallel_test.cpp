// Evaluations in several threads: the bits of one thread, the first error, interruption, shared pools, forks.
#include "jit/driver/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "jit/driver/evaluate.h"
#include "jit/driver/flat.h"
#include "jit/driver/shapes.h"
#include "unit/jit_kernels.h"

using namespace me;
using namespace me::jit;
using test::compiled;

namespace {

// The setting during a test.
struct Threads {
  explicit Threads(int count) { set_thread_count(count); }
  ~Threads() { set_thread_count(1); }
};

const std::vector<Param> kAB = {{"a", DType::Float64, false, false}, {"b", DType::Float32, false, false}};

constexpr std::int64_t kRows = 300, kColumns = 5000;  // 1.5 million items, 367 chunks

struct Data {
  std::vector<double> a = std::vector<double>(kRows * kColumns);
  std::vector<float> b = std::vector<float>(kRows * kColumns);
  Data() {
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = 1e3 / (1.0 + static_cast<double>(i * 7919 % 65537));
      b[i] = static_cast<float>(i % 1013) - 500.0f;
    }
  }
};

const Data& data() {
  static const Data d;
  return d;
}

ArrayView matrix(const void* items, DType t, bool transposed = false) {
  ArrayView v = ArrayView::flat(const_cast<void*>(items), t, 1);
  v.ndim = 2;
  v.shape[0] = kRows;
  v.shape[1] = kColumns;
  v.set_c_order();
  if (transposed) {
    std::swap(v.shape[0], v.shape[1]);
    std::swap(v.strides[0], v.strides[1]);
  }
  return v;
}

std::vector<char> result_of(Engine& engine, const Kernel& k, bool transposed, Tier tier) {
  const ArrayView inputs[] = {matrix(data().a.data(), DType::Float64, transposed),
                              matrix(data().b.data(), DType::Float32)};
  std::vector<ArrayView> given(inputs, inputs + 2);
  if (transposed) given[1] = matrix(data().b.data(), DType::Float32, true);
  const auto shape = result_shape(k, given);
  if (!shape) FAIL(shape.error().message);
  ArrayView out = *shape;
  out.dtype = k.program.result;
  out.set_c_order();
  std::vector<char> bytes(static_cast<std::size_t>(out.item_count()) * size_of(out.dtype));
  out.data = bytes.data();
  const auto done = evaluate(engine, k, given, out, tier);
  REQUIRE(static_cast<bool>(done));
  return bytes;
}

}  // namespace

TEST_CASE("pieces are drawn once, in order, up to the first that fails") {
  Pieces pieces(3);
  CHECK(pieces.next() == 0);
  CHECK(pieces.next() == 1);
  CHECK(pieces.next() == 2);
  CHECK(pieces.next() == -1);
  Pieces failing(10);
  for (int i = 0; i < 6; ++i) failing.next();
  failing.fail(4, ir::KernelStatus::ZeroStep);
  failing.fail(5, ir::KernelStatus::WhileCap);
  CHECK(failing.status() == ir::KernelStatus::ZeroStep);
  failing.fail(2, ir::KernelStatus::Interrupted);
  CHECK(failing.status() == ir::KernelStatus::Interrupted);
  CHECK(failing.next() == -1);
}

TEST_CASE("the setting") {
  CHECK(set_thread_count(3) == 1);
  CHECK(thread_count() == 3);
  CHECK(set_thread_count(0) == 3);
  CHECK(thread_count() >= 1);
  set_thread_count(100000);
  CHECK(thread_count() < 100000);
  set_thread_count(-5);
  CHECK(thread_count() == 1);
}

TEST_CASE("work runs in other threads at the same time, and exceptions come back") {
  const Threads three(3);
  std::atomic<int> running{0};
  std::mutex mutex;
  std::set<std::thread::id> seen;
  run_in_threads(2, [&](bool) {
    ++running;
    while (running < 3) std::this_thread::yield();
    const std::scoped_lock lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() == 3);
  CHECK(seen.count(std::this_thread::get_id()) == 1);
  for (const bool in_caller : {true, false}) {
    std::atomic<int> joined{0};
    const auto work = [&](bool is_caller) {
      ++joined;
      while (joined < 2) std::this_thread::yield();
      if (is_caller == in_caller) throw std::runtime_error("from a thread");
    };
    CHECK_THROWS_WITH(run_in_threads(1, work), "from a thread");
  }
}

TEST_CASE("the same bits with any number of threads") {
  Engine engine;
  for (const std::string text :
       {"a*b + 1", "sum(a)", "sum(a*b) + prod(1 + a*1e-9)", "a - mean(a)", "std(a)", "max(b) - min(a)",
        "sum(a*b, axis=0)", "sum(a + b, axis=1)", "argmin(a - b, axis=1)", "max(a*b, axis=0)", "any(a > 999)",
        "sum(a*1j)", "where(b > 0, sin(a), b)",
        "def k(a, b):\n    x = a\n    while any(x > 100):\n        x = x / 2\n    return x + b\n"}) {
    INFO(text);
    const auto k = compiled(engine, text, kAB, Tier::OptimizingJit);
    for (const Tier tier : {Tier::OptimizingJit, Tier::Interpreter}) {
      for (const bool transposed : {false, true}) {
        const auto expected = result_of(engine, *k, transposed, tier);
        for (const int threads : {2, 5}) {
          const Threads several(threads);
          const bool same = result_of(engine, *k, transposed, tier) == expected;
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("the first chunk that fails decides, whoever ran it") {
  Engine engine;
  const auto k = compiled(engine,
                          "def k(a):\n    x = 0.0\n    for i in range(0, 10, int(a)):\n"
                          "        x = x + i\n    while a > 2:\n        x = x + 1\n    return x\n",
                          {kAB[0]}, Tier::OptimizingJit);
  const std::size_t n = 400000;
  std::vector<double> a(n, 1.0), out(n);
  a[200000] = 0;  // range() with step 0
  a[300000] = 0;
  const void* inputs[] = {a.data()};
  const Threads four(4);
  for (const Tier tier : {Tier::OptimizingJit, Tier::Interpreter}) {
    const auto done = evaluate_flat(engine, *k, {inputs, out.data(), static_cast<std::int64_t>(n)}, tier);
    REQUIRE_FALSE(static_cast<bool>(done));
    CHECK(done.error().status == Status::ZeroStep);
  }
  a.assign(n, 1.0);
  CHECK(static_cast<bool>(
      evaluate_flat(engine, *k, {inputs, out.data(), static_cast<std::int64_t>(n)}, Tier::OptimizingJit)));
}

TEST_CASE("a request to stop ends all threads, and long evaluations without loops") {
  Engine engine;
  const Threads four(4);
  const std::size_t n = 500000;
  std::vector<double> a(n, 3.0), out(n);
  const void* inputs[] = {a.data()};
  const FlatCall call{inputs, out.data(), static_cast<std::int64_t>(n)};
  for (const char* text :
       {"sin(a)", "sum(a)", "def k(a):\n    while a > 0:\n        a = a + 1\n    return a\n"}) {
    CAPTURE(text);
    const auto k = compiled(engine, text, {kAB[0]}, Tier::OptimizingJit);
    engine.interrupt(true);
    const auto done = evaluate_flat(engine, *k, call, Tier::OptimizingJit);
    engine.interrupt(false);
    REQUIRE_FALSE(static_cast<bool>(done));
    CHECK(done.error().status == Status::Interrupted);
  }
}

TEST_CASE("evaluations of several threads share the pool") {
  Engine engine;
  const auto k = compiled(engine, "a*a + sum(a)", {kAB[0]}, Tier::OptimizingJit);
  const std::size_t n = 300000;
  std::vector<double> a(n, 0.5), expected(n);
  const void* inputs[] = {a.data()};
  REQUIRE(static_cast<bool>(
      evaluate_flat(engine, *k, {inputs, expected.data(), static_cast<std::int64_t>(n)}, Tier::OptimizingJit)));
  const Threads four(4);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      std::vector<double> out(n);
      for (int turn = 0; turn < 5; ++turn) {
        if (turn == 3) set_thread_count(2);
        const FlatCall call{inputs, out.data(), static_cast<std::int64_t>(n)};
        if (!evaluate_flat(engine, *k, call, Tier::OptimizingJit) || out != expected) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

#if defined(__unix__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a forked child has threads of its own") {
  const Threads three(3);
  std::atomic<int> before{0};
  run_in_threads(2, [&](bool) { ++before; });
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> running{0};
    run_in_threads(2, [&](bool) {
      ++running;
      while (running < 3) std::this_thread::yield();
    });
    _exit(running == 3 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
