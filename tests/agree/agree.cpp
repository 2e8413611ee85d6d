// All tiers give the same bits: generated expressions and kernels, interpreter against both JITs.
//
// usage: agree [--seed N] [--expressions N] [--kernels N] [--small N] [--long] [--threads N]
//              [--only N] [--print] [--interpreter-only] [--emit numpy|miniexpr] [--plain]
// Programs are numbered: expressions, then kernels, then small expressions, whose compiling is cheap,
// so that there can be very many of them. --only N runs program number N alone, --long ten times
// as many, --print shows every program. --emit runs nothing: it prints the programs of a dialect
// with their inputs as JSON lines, from which tests/python compares with NumPy and blosc2. --plain
// makes kernels of floats and correctly rounded operations in the miniexpr dialect only. A failure
// prints a golden case and how to run that program alone. It fails on a difference, on a kernel that
// a JIT tier declined, and if the front end refuses more than a few programs (the generator would
// then test less than it says). With ME_TIER_DICE=seed evaluations change between interpreter and code at
// random chunks and in loops. Last line: "N passed, N failed".
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#ifndef __EMSCRIPTEN__
#include <thread>
#endif

#include "agree/generate.h"
#include "base/env.h"
#include "agree/report.h"

namespace me::agree {
namespace {

constexpr unsigned kMaxReports = 12;
constexpr unsigned kMaxRefusedPercent = 3;
// A program that is too large to compile is no failure while there is only one in so many.
constexpr const char* kTooLarge = "too large to compile";
constexpr std::uint64_t kProgramsPerTooLarge = 1000;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t expressions = 10100;  // a few are refused
  std::uint64_t kernels = 2100;
  std::uint64_t small = 0;
  unsigned threads = 2;
  std::int64_t only = -1;
  bool print = false;
  bool interpreter_only = false;  // no host: kernels that are not compiled are no failure
  bool emit = false;
  bool plain = false;
  lang::Dialect emitted = lang::Dialect::Numpy;

  std::uint64_t total() const { return expressions + kernels + small; }
};

Program program(const Options& o, std::uint64_t index) {
  if (index < o.expressions) return generate_expression(o.seed, index);
  index -= o.expressions;
  if (index < o.kernels) return generate_kernel(o.seed, index, o.plain);
  return generate_small(o.seed, index - o.kernels);
}

struct Totals {
  std::uint64_t expressions = 0;
  std::uint64_t kernels = 0;
  std::uint64_t refused = 0;
  std::uint64_t jit_kernels = 0;
  std::uint64_t too_large = 0;
  std::uint64_t evaluations[3] = {};
  std::uint64_t failed = 0;
  std::map<std::string, unsigned> declines;
};

class Session {
 public:
  explicit Session(const Options& options) : options_(options) {}

  int run() {
    const std::uint64_t total = options_.total();
    if (options_.only >= 0) {
      one(static_cast<std::uint64_t>(options_.only));
      return finish();
    }
    std::atomic<std::uint64_t> next{0};
    const auto work = [&] {
      for (std::uint64_t i = next++; i < total; i = next++) one(i);
    };
#ifdef __EMSCRIPTEN__
    work();
#else
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < options_.threads; ++t) threads.emplace_back(work);
    for (std::thread& t : threads) t.join();
#endif
    return finish();
  }

 private:
  void one(std::uint64_t index) {
    Program p = program(options_, index);
    if (options_.print)
      std::printf("%llu: %s\n", static_cast<unsigned long long>(index), source_of(p).c_str());
    TierRun r = check(p, options_.seed * 31 + index);
    const std::scoped_lock lock(mutex_);
    if (!r.accepted) {
      ++totals_.refused;
      if (options_.print || totals_.refused <= 5) {
        std::printf("refused %llu: %s\n%s\n", static_cast<unsigned long long>(index),
                    source_of(p).c_str(), r.refusal.c_str());
      }
      return;
    }
    ++(p.is_kernel ? totals_.kernels : totals_.expressions);
    totals_.jit_kernels += r.jit_kernels;
    for (int t = 0; t < 3; ++t) totals_.evaluations[t] += r.evaluations[t];
    const bool declined = !r.decline.empty() && !options_.interpreter_only;
    if (declined && ++totals_.declines[r.decline] == 1) {
      std::printf("declined %llu: %s\n%s\n", static_cast<unsigned long long>(index),
                  source_of(p).c_str(), r.decline.c_str());
    }
    if (r.mismatch.found) report(index, std::move(p), std::move(r.mismatch));
    const bool too_large = declined && r.decline.find(kTooLarge) != std::string::npos;
    totals_.too_large += too_large;
    totals_.failed += r.mismatch.found || (declined && !too_large);
  }

  void report(std::uint64_t index, Program p, Mismatch m) {
    if (++reports_ > kMaxReports) return;
    minimise(&p, &m);
    std::printf("\nFAIL program %llu (--seed %llu --expressions %llu --kernels %llu --small %llu "
                "--only %llu)\n%s\n",
                static_cast<unsigned long long>(index),
                static_cast<unsigned long long>(options_.seed),
                static_cast<unsigned long long>(options_.expressions),
                static_cast<unsigned long long>(options_.kernels),
                static_cast<unsigned long long>(options_.small),
                static_cast<unsigned long long>(index), golden_case(p, m).c_str());
    std::fflush(stdout);
  }

  int finish() {
    const std::uint64_t ran = totals_.expressions + totals_.kernels;
    std::printf("seed %llu, host: %s\n", static_cast<unsigned long long>(options_.seed),
                me_host_description());
    std::printf("%llu expressions, %llu kernels; refused by the front end: %llu\n",
                static_cast<unsigned long long>(totals_.expressions),
                static_cast<unsigned long long>(totals_.kernels),
                static_cast<unsigned long long>(totals_.refused));
    std::printf(
        "evaluations: interpreter %llu, baseline JIT %llu, optimizing JIT %llu; kernels compiled: "
        "%llu\n",
        static_cast<unsigned long long>(totals_.evaluations[0]),
        static_cast<unsigned long long>(totals_.evaluations[1]),
        static_cast<unsigned long long>(totals_.evaluations[2]),
        static_cast<unsigned long long>(totals_.jit_kernels));
    std::printf("redone chunks: %llu, by compiled kernels: %llu\n",
                static_cast<unsigned long long>(me_counter("redone_chunks")),
                static_cast<unsigned long long>(me_counter("jit_chunks")));
    const std::uint64_t switches = me_counter("osr_entries");
    const std::uint64_t in_loops = me_counter("osr_loop_entries");
    std::printf("changes of code inside evaluations: %llu, of them in loops: %llu\n",
                static_cast<unsigned long long>(switches), static_cast<unsigned long long>(in_loops));
    for (const auto& [why, count] : totals_.declines)
      std::printf("declined %u times: %s", count, why.c_str());
    std::uint64_t failed = totals_.failed;
    if (totals_.refused * 100 > (ran + totals_.refused) * kMaxRefusedPercent) {
      std::printf("too many programs were refused\n");
      ++failed;
    }
    if (totals_.too_large > 1 + ran / kProgramsPerTooLarge) {
      std::printf("too many programs are too large to compile\n");
      ++failed;
    }
    // Where tiers are to change at random they do.
    if (env::tier_dice() != 0 && options_.kernels >= 100 && in_loops < ran / 4) {
      std::printf("code was hardly ever entered in loops\n");
      ++failed;
    }
    if (!options_.interpreter_only && ran > 0 && totals_.jit_kernels == 0) {
      std::printf("no kernel was compiled\n");
      ++failed;
    }
    std::printf("%llu passed, %llu failed\n",
                static_cast<unsigned long long>(ran - std::min(ran, totals_.failed)),
                static_cast<unsigned long long>(failed));
    return failed == 0 ? 0 : 1;
  }

  Options options_;
  std::mutex mutex_;
  Totals totals_;
  unsigned reports_ = 0;
};

// Complex numbers have a comparison of their own, tests/python/test_complex.py.
bool has_complex(const Program& p) {
  return std::any_of(p.params.begin(), p.params.end(),
                     [](const ParamDecl& d) { return is_complex(d.dtype); });
}

int emit(const Options& options) {
  for (std::uint64_t i = 0; i < options.total(); ++i) {
    const Program p = program(options, i);
    if (p.dialect != options.emitted || has_complex(p)) continue;
    Random random(options.seed * 31 + i);
    const Inputs in = make_inputs(p, random.percent(p.is_kernel ? 2 : 10) ? 4099 : 13, random, true);
    std::printf("%s\n", json_case(p, in, i).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace me::agree

int main(int argc, char** argv) {
  me::agree::Options o;
  unsigned factor = 1;
  for (int i = 1; i < argc; ++i) {
    const auto number = [&] { return i + 1 < argc ? std::strtoll(argv[++i], nullptr, 10) : 0; };
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0; };
    if (is("--seed"))
      o.seed = static_cast<std::uint64_t>(number());
    else if (is("--expressions"))
      o.expressions = static_cast<std::uint64_t>(number());
    else if (is("--kernels"))
      o.kernels = static_cast<std::uint64_t>(number());
    else if (is("--threads"))
      o.threads = static_cast<unsigned>(number());
    else if (is("--only"))
      o.only = number();
    else if (is("--print"))
      o.print = true;
    else if (is("--interpreter-only"))
      o.interpreter_only = true;
    else if (is("--small"))
      o.small = static_cast<std::uint64_t>(number());
    else if (is("--plain"))
      o.plain = true;
    else if (is("--long"))
      factor = 10;
    else if (is("--emit")) {
      o.emit = true;
      const char* dialect = i + 1 < argc ? argv[++i] : "";
      if (std::strcmp(dialect, "miniexpr") == 0) o.emitted = me::lang::Dialect::Miniexpr;
    }
    else {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
  }
  o.expressions *= factor;
  o.kernels *= factor;
  o.small *= factor;
  return o.emit ? me::agree::emit(o) : me::agree::Session(o).run();
}
