// Compilations as futures: results, errors, cancelling before, during and after, invalidation meanwhile.
#include "jit/runtime/compile_job.h"

#include <doctest/doctest.h>

#include "jit/runtime/tiers.h"
#include "unit/native_host.h"

using namespace me;
using namespace me::jit;

namespace {

struct Bench {
  test::NativeHost host;
  Engine engine;
  std::shared_ptr<const Kernel> kernel;

  Bench() {
    const me_host table = host.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    Source source;
    source.text = test::native_programs()[0].text;
    source.signature.params.push_back({"a", DType::Int64, false, false});
    source.policy = TierPolicy::Profiled;
    auto made = engine.kernel(source);
    REQUIRE(static_cast<bool>(made));
    kernel = *made;
    host.learn(kernel->program, test::native_programs()[0].functions);
  }
  CompileJobPtr job(Tier tier = Tier::OptimizingJit) { return make_job(engine, *kernel, tier); }
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
