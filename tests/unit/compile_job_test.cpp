// Compilations as futures: results, errors, cancelling before, during and after, invalidation meanwhile; what
// they take from the kernel cache on disk and put there; forks.
#include "jit/runtime/compile_job.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "base/tuning.h"
#include "jit/runtime/tiers.h"
#include "unit/native_host.h"

using namespace me;
using namespace me::jit;

namespace {

struct Bench {
  test::NativeHost host;
  Engine engine;
  std::shared_ptr<const Kernel> kernel;

  explicit Bench(const std::string& cache = "") {
    const me_host table = host.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    REQUIRE(static_cast<bool>(engine.use_disk_cache(cache, tuning::kDiskCacheBytes)));
    auto made = engine.kernel(source());
    REQUIRE(static_cast<bool>(made));
    kernel = *made;
    host.learn(kernel->program, test::native_programs()[0].functions);
  }
  static Source source() {
    Source source;
    source.text = test::native_programs()[0].text;
    source.signature.params.push_back({"a", DType::Int64, false, false});
    source.policy = TierPolicy::Profiled;
    return source;
  }
  CompileJobPtr job(Tier tier = Tier::OptimizingJit) { return make_job(engine, *kernel, tier); }
  CodePtr compiled(Tier tier) { return compile_to(engine, *kernel, tier); }
  std::uint64_t count(Metric m) { return engine.metrics().get(m); }
};

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "me-jobs-XXXXXX").string();
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a job that ran has a result and promoted its kernel") {
  Bench bench;
  const CompileJobPtr job = bench.job();
  CHECK_FALSE(job->is_complete());
  CHECK(job->result() == nullptr);
  CHECK(job->error().empty());
  job->run();
  CHECK(job->is_complete());
  CHECK_FALSE(job->is_cancelled());
  CHECK(job->error().empty());
  CHECK(job->result() == bench.kernel->code.share());
  CHECK(job->result()->tier == Tier::OptimizingJit);
  CHECK_FALSE(job->cancel());
  CHECK(bench.engine.metrics().get(Metric::Promotions) == 1);
  // A second one has nothing to do.
  const CompileJobPtr again = bench.job();
  again->wait();
  CHECK(again->result() == job->result());
  CHECK(bench.host.alive() == 1);
}

TEST_CASE("cancelled before it began, a job does nothing") {
  Bench bench;
  const CompileJobPtr job = bench.job();
  CHECK(job->cancel());
  job->run();
  job->wait();
  CHECK(job->is_complete());
  CHECK(job->is_cancelled());
  CHECK(job->error() == "cancelled");
  CHECK(job->result() == nullptr);
  CHECK_FALSE(bench.kernel->code.has_code());
  CHECK(bench.engine.metrics().get(Metric::CancelledJobs) == 1);
}

TEST_CASE("cancelled between its steps, a job installs nothing and gives the entries back") {
  Bench bench;
  const CompileJobPtr job = bench.job();
  auto modules = job->begin();
  REQUIRE(modules.has_value());
  CHECK_FALSE(job->begin().has_value());
  auto made = instantiate(std::move(*modules), job->host());
  CHECK(bench.host.alive() == 1);
  CHECK(job->cancel());
  job->finish(std::move(made));
  made = Decline{Metric::DeclineHostRefused, ""};
  CHECK(job->is_cancelled());
  CHECK(bench.host.alive() == 0);
  CHECK_FALSE(bench.kernel->code.has_code());
}

TEST_CASE("what is compiled while the kernel is invalidated is not installed") {
  Bench bench;
  const CompileJobPtr job = bench.job();
  bench.host.on_instantiate = [&] {
    invalidate(bench.engine, *bench.kernel);
    return true;
  };
  job->run();
  CHECK(job->is_cancelled());
  CHECK(job->error() == "the kernel was invalidated meanwhile");
  CHECK_FALSE(bench.kernel->code.has_code());
  CHECK(bench.host.alive() == 0);
}

TEST_CASE("a refusal is the job's error and the kernel's decline") {
  Bench bench;
  bench.host.on_instantiate = [] { return false; };
  const CompileJobPtr job = bench.job();
  job->run();
  CHECK(job->is_complete());
  CHECK_FALSE(job->is_cancelled());
  CHECK(job->error() == "the test says no");
  CHECK(bench.kernel->code.decline() == "the test says no");
  bench.host.on_instantiate = nullptr;
  CHECK(compile_to(bench.engine, *bench.kernel, Tier::BaselineJit));
  CHECK(bench.kernel->code.decline().empty());
}

TEST_CASE("the queue runs what is submitted; its end cancels the rest") {
  Bench bench;
  const CompileJobPtr job = compile_async(bench.engine, *bench.kernel, Tier::OptimizingJit);
  job->wait();
  CHECK(job->result());
  CHECK(bench.engine.metrics().get(Metric::CompileJobs) == 1);
  invalidate(bench.engine, *bench.kernel);
  std::vector<CompileJobPtr> jobs;
  {
    CompileQueue queue;
    for (int i = 0; i < 20; ++i) {
      jobs.push_back(bench.job(i % 2 ? Tier::BaselineJit : Tier::OptimizingJit));
      queue.submit(jobs.back());
    }
    queue.run_waiting();
    for (const CompileJobPtr& each : jobs) each->wait();
    jobs.push_back(bench.job());
    queue.submit(jobs.back());
  }
  for (const CompileJobPtr& each : jobs) CHECK(each->is_complete());
  CHECK(bench.kernel->code.tier() == Tier::OptimizingJit);
}

TEST_CASE("jobs of another process find what jobs and compile() have made, tier by tier") {
  const Folder folder;
  std::vector<std::uint8_t> baseline, optimizing;
  {
    Bench first(folder.path);
    const CodePtr quick = first.compiled(Tier::BaselineJit);
    REQUIRE(quick);
    CHECK(quick->tier == Tier::BaselineJit);
    baseline = quick->stages[0].bytes;
    const CodePtr best = first.compiled(Tier::OptimizingJit);
    REQUIRE(best);
    CHECK(best->tier == Tier::OptimizingJit);
    optimizing = best->stages[0].bytes;
    CHECK(baseline != optimizing);
    CHECK(first.count(Metric::DiskHits) == 0);
    CHECK(first.count(Metric::DiskWrites) == 2);
  }
  Bench second(folder.path);
  const CodePtr quick = second.compiled(Tier::BaselineJit);
  REQUIRE(quick);
  CHECK(quick->tier == Tier::BaselineJit);  // still to be promoted
  CHECK(quick->stages[0].bytes == baseline);
  CHECK(quick->times[Metric::LowerNs] == 0);
  const CodePtr best = second.compiled(Tier::OptimizingJit);
  REQUIRE(best);
  CHECK(best->tier == Tier::AotOptimized);
  CHECK(best->stages[0].bytes == optimizing);
  CHECK(best->times[Metric::LowerNs] == 0);
  CHECK(second.count(Metric::DiskHits) == 2);
  CHECK(second.count(Metric::DiskWrites) == 0);
  CHECK(second.engine.metrics().get(Metric::Promotions) == 2);

  // compile() of the same text finds them, too: a job's entry is that of the source with its tier.
  Source source = Bench::source();
  source.policy = TierPolicy::Immediate;
  for (const Tier tier : {Tier::BaselineJit, Tier::OptimizingJit}) {
    source.max_tier = tier;
    const auto found = second.engine.kernel(source);
    REQUIRE(static_cast<bool>(found));
    CHECK((*found)->code.tier() == tier_when_found(tier));
    CHECK((*found)->code.share()->stages[0].bytes ==
          (tier == Tier::BaselineJit ? baseline : optimizing));
  }
  CHECK(second.count(Metric::DiskHits) == 4);
  CHECK(second.count(Metric::DiskMisses) == 0);
}

TEST_CASE("a job for the baseline tier leaves the entry of the optimizing kernel alone") {
  const Folder folder;
  {
    Bench first(folder.path);
    REQUIRE(first.compiled(Tier::BaselineJit));
  }
  Bench second(folder.path);
  const CodePtr best = second.compiled(Tier::OptimizingJit);
  REQUIRE(best);
  CHECK(best->tier == Tier::OptimizingJit);  // made now
  CHECK(second.count(Metric::DiskMisses) == 1);
  CHECK(second.count(Metric::DiskWrites) == 1);
  // And the other way round: optimised modules are no baseline code.
  Bench third(folder.path);
  const CodePtr quick = third.compiled(Tier::BaselineJit);
  REQUIRE(quick);
  CHECK(quick->tier == Tier::BaselineJit);
}

TEST_CASE("a shelf's modules of another tier than a job's are not taken") {
  struct Wrong final : ModuleShelf {
    Tier tier;
    int kept = 0;
    explicit Wrong(Tier t) : tier(t) {}
    std::optional<Modules> find(const Source&, int pointer_bits) override {
      return Modules{.tier = tier, .pointer_bits = pointer_bits, .stages = {{1, 2, 3}}};
    }
    void keep(const Source&, const Modules&) override { ++kept; }
  };
  Bench bench;
  for (const Tier wanted : {Tier::BaselineJit, Tier::OptimizingJit}) {
    Wrong shelf(wanted == Tier::BaselineJit ? Tier::AotOptimized : Tier::BaselineJit);
    CompileJob job(bench.kernel, wanted, bench.engine.hosts().current(), "", bench.engine.metrics(),
                   {.shelf = &shelf});
    job.run();
    REQUIRE(job.result());
    CHECK(job.result()->tier == wanted);
    CHECK(shelf.kept == 1);
  }
}

#if defined(__unix__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a job that ran in another thread during a fork has failed in the child") {
  Bench bench;
  std::atomic<bool> running{false}, forked{false};
  bench.host.on_instantiate = [&] {
    running = true;
    while (!forked) std::this_thread::yield();
    return true;
  };
  const CompileJobPtr waiting = bench.job();
  const CompileJobPtr cancelled = bench.job();
  cancelled->cancel();
  const CompileJobPtr job = compile_async(bench.engine, *bench.kernel, Tier::OptimizingJit);
  while (!running) std::this_thread::yield();
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);  // instead of waiting for ever
    job->wait();
    const bool ended = job->is_complete() && !job->is_cancelled() && !job->cancel() &&
                       job->result() == nullptr &&
                       job->error() == "the process was forked while another thread compiled";
    // Others are what they were, and a new one can be made.
    const bool same = !waiting->is_complete() && cancelled->is_cancelled() &&
                      cancelled->error() == "cancelled";
    forked = true;
    const CompileJobPtr again = compile_async(bench.engine, *bench.kernel, Tier::OptimizingJit);
    again->wait();
    _exit(!ended ? 1 : !same ? 2 : again->result() == nullptr ? 3 : 0);
  }
  forked = true;
  job->wait();
  CHECK(job->result());
  CHECK(job->error().empty());
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
#endif
