// Runs tests/golden/**.txt (golden_file.h has the format) through the C API in every tier.
//
// Each run line is evaluated by the interpreter, the baseline and the optimising JIT; the
// interpreter's result is compared with the file, the others' with the interpreter's bits (any NaN
// equals any NaN). A program without reductions is evaluated once more over its inputs repeated to
// an odd length of several blocks, so that vector bodies, tails and block seams see every case.
// ME_BLESS=1 rewrites what is expected; ME_GOLDEN=text runs only the cases whose file or title
// contains the text.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include "base/diagnostic.h"
#include "golden_file.h"
#include "golden_values.h"
#include "me_engine.h"

namespace me::golden {
namespace {

constexpr me_tier kTiers[] = {ME_TIER_INTERPRETER, ME_TIER_BASELINE_JIT, ME_TIER_OPTIMIZING_JIT};
constexpr const char* kTierNames[] = {"interpreter", "baseline JIT", "optimising JIT"};
// Longer than a leaf of the reduction order plus a block, and odd.
constexpr std::size_t kLongRun = 4096 + 512 + 13;

using KernelPointer = std::unique_ptr<me_kernel, decltype(&me_kernel_free)>;

std::string take_text(char* text) {
  const std::string copy = text != nullptr ? text : "";
  me_text_free(text);
  return copy;
}

// A parameter's or result's array, one-dimensional or a single item.
struct Array {
  Values values;
  std::vector<unsigned char> bytes;
  std::int64_t extent = 0;
  bool single = false;

  Array(const Values& v, bool is_single)
      : values(v),
        bytes(to_bytes(v)),
        extent(static_cast<std::int64_t>(v.count())),
        single(is_single) {
    bytes.resize(bytes.size() + 1);  // data() of an empty array is an address too
  }
  me_array view() {
    me_array a{};
    a.data = bytes.data();
    a.dtype = static_cast<me_dtype>(values.dtype);
    a.ndim = single ? 0 : 1;
    a.shape = &extent;
    a.itemsize = is_text(values.dtype) ? size_of(values.dtype, values.width) : 0;
    return a;
  }
};

struct Outcome {
  bool ok = false;
  std::string error;  // if not ok
  Values values;
};

std::string last_message() {
  const char* message = me_get_last_error_message();
  return message != nullptr ? message : "";
}

std::uint32_t width_of(const me_kernel* kernel) {
  const auto dtype = static_cast<DType>(me_kernel_dtype(kernel));
  if (!is_text(dtype)) return 0;
  return static_cast<std::uint32_t>(me_kernel_itemsize(kernel) / unit_of(dtype));
}

Outcome evaluate(const me_kernel* kernel, const Case& c, const std::vector<Values>& inputs,
                 me_tier tier) {
  std::vector<Array> arrays;
  std::int64_t items = 1;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arrays.emplace_back(inputs[i], c.params[i].uniform);
    const std::int64_t extent = arrays.back().extent;
    if (!c.params[i].uniform && (items == 1 || extent != 1)) items = extent;
  }
  const bool single = me_kernel_is_scalar(kernel) || arrays.empty();
  const DType dtype = static_cast<DType>(me_kernel_dtype(kernel));
  const auto size = static_cast<std::size_t>(single ? 1 : items);
  Values nothing{dtype, {}, width_of(kernel)};
  nothing.items.assign(size * nothing.per_item(), Scalar{nothing.part(), 0});
  Array out(nothing, single);
  std::vector<me_array> views;
  for (Array& a : arrays) views.push_back(a.view());
  const me_array out_view = out.view();
  Outcome outcome;
  outcome.ok =
      me_kernel_eval(kernel, views.data(), static_cast<int>(views.size()), &out_view, tier) == 0;
  if (!outcome.ok) outcome.error = last_message();
  outcome.values = from_bytes(dtype, out.bytes, nothing.width);
  outcome.values.items.resize(nothing.items.size());
  return outcome;
}

bool same_bits(const Values& a, const Values& b) {
  return a.items.size() == b.items.size() &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(),
                    [](Scalar x, Scalar y) { return matches(x, y, 0); });
}

// Whether the text mentions an index symbol, so that an element is not the same wherever it stands.
bool knows_position(const std::string& text) {
  for (const char* prefix : {"_i", "_n", "_flat_idx"}) {
    if (text.find(prefix) != std::string::npos) return true;
  }
  return false;
}

std::string describe(const Outcome& o) {
  return o.ok ? print_values(o.values) : "error: " + o.error;
}

// Everything that a file's cases do, with its complaints at the file's own lines.
class FileRun {
 public:
  FileRun(GoldenFile file, bool bless) : file_(std::move(file)), bless_(bless) {}

  void run(const std::string& filter) {
    for (const std::string& mistake : file_.mistakes) FAIL_CHECK(mistake);
    const bool whole_file = file_.path.find(filter) != std::string::npos;
    for (const Case& c : file_.cases) {
      if (whole_file || c.title.find(filter) != std::string::npos) run_case(c);
    }
    // From the end on, so that line numbers above stay true.
    for (auto it = blocks_.rbegin(); it != blocks_.rend(); ++it)
      bless_block(file_, it->first, it->second);
    if (bless_) save(file_);
  }

  static std::map<std::string, int>& evaluations() {
    static std::map<std::string, int> counts;
    return counts;
  }

 private:
  void complain(const Case& c, int line, const std::string& what) {
    ADD_FAIL_CHECK_AT(c.file.c_str(), line, c.title << "\n  " << c.text << "\n  " << what);
  }

  KernelPointer compile(const Case& c, me_tier tier, int* status) {
    std::vector<me_param> params;
    for (const Param& p : c.params) {
      const std::uint32_t flags = (p.uniform ? std::uint32_t{ME_PARAM_UNIFORM} : 0u) |
                                  (p.weak ? std::uint32_t{ME_PARAM_WEAK} : 0u);
      params.push_back({p.name.c_str(), static_cast<me_dtype>(p.dtype), flags, p.itemsize});
    }
    me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
    options.dialect = c.miniexpr ? ME_DIALECT_MINIEXPR : ME_DIALECT_NUMPY;
    options.result = static_cast<me_dtype>(c.output);
    options.max_tier = tier;
    me_kernel* kernel = nullptr;
    *status = me_kernel_compile(c.text.data(), c.text.size(), params.data(),
                                static_cast<int>(params.size()), &options, &kernel);
    return {kernel, me_kernel_free};
  }

  void run_case(const Case& c) {
    int status = 0;
    const KernelPointer interpreted = compile(c, ME_TIER_INTERPRETER, &status);
    if (!c.error.empty() || c.report) return check_error(c, status);
    if (!interpreted) return complain(c, c.line, "does not compile: " + compile_error(c, status));
    const std::string dtype = type_text(static_cast<DType>(me_kernel_dtype(interpreted.get())),
                                        width_of(interpreted.get()));
    if (!c.result.empty() && c.result != dtype) {
      if (bless_)
        bless_field(file_, c.result_line, "result", dtype);
      else
        complain(c, c.result_line, "the result is " + dtype);
    }
    const std::string ir = take_text(me_kernel_text(interpreted.get(), "ir"));
    if (c.ir && *c.ir != ir) {
      if (bless_)
        blocks_[c.ir_line] = ir;
      else
        complain(c, c.ir_line, "the IR is\n" + ir);
    }
    if (!c.cap.empty()) setenv("ME_DSL_WHILE_MAX_ITERS", c.cap.c_str(), 1);
    std::vector<Outcome> outcomes;
    const bool elementwise =
        ir.find("reduce") == std::string::npos &&
        ir.find(" fold ") == std::string::npos && !me_kernel_is_scalar(interpreted.get());
    for (const Run& run : c.runs) {
      outcomes.push_back(check_run(c, run, interpreted.get()));
      if (elementwise && !knows_position(c.text)) check_long_run(c, run, interpreted.get(), outcomes.back());
    }
    for (const me_tier tier : {ME_TIER_BASELINE_JIT, ME_TIER_OPTIMIZING_JIT}) {
      check_tier(c, tier, interpreted.get(), outcomes, elementwise);
    }
    unsetenv("ME_DSL_WHILE_MAX_ITERS");
  }

  std::string compile_error(const Case& c, int status) {
    static const std::map<int, const char*> kNames = {
        {ME_COMPILE_ERR_OOM, "out of memory"},
        {ME_COMPILE_ERR_PARSE, "syntax error"},
        {ME_COMPILE_ERR_INVALID_ARG, "invalid argument"},
        {ME_COMPILE_ERR_REDUCTION_INVALID, "invalid reduction"},
        {ME_COMPILE_ERR_VAR_MIXED, "mixed variable dtypes"},
        {ME_COMPILE_ERR_VAR_UNSPECIFIED, "unspecified variable dtypes"},
        {ME_COMPILE_ERR_INVALID_ARG_TYPE, "type error"}};
    const auto name = kNames.find(status);
    std::string text = name != kNames.end() ? name->second : "status " + std::to_string(status);
    std::int64_t begin = 0;
    std::int64_t end = 0;
    if (me_last_error_span(&begin, &end)) {
      const LineColumn at = locate(c.text, static_cast<std::uint32_t>(begin));
      text += " " + std::to_string(at.line) + ":" + std::to_string(at.column);
    }
    return text + " " + last_message();
  }

  void check_error(const Case& c, int status) {
    if (status == 0) return complain(c, c.line, "compiles, although an error is expected");
    const std::string report = me_last_error_report();
    if (c.report && *c.report != report) {
      if (bless_)
        blocks_[c.report_line] = report;
      else
        complain(c, c.report_line, "the report is\n" + report);
    }
    const std::string error = compile_error(c, status);
    if (c.error.empty() || error == c.error) return;
    if (bless_)
      bless_field(file_, c.error_line, "error", error);
    else
      complain(c, c.error_line, "the error is: " + error);
  }

  // The run's inputs, repeated to `length` items if that is not 0.
  std::optional<std::vector<Values>> inputs_of(const Case& c, const Run& run,
                                               std::size_t length = 0) {
    std::vector<Values> inputs;
    for (std::size_t i = 0; i < c.params.size(); ++i) {
      const Param& p = c.params[i];
      auto values = parse_values(run.inputs[i], p.dtype,
                                 static_cast<std::uint32_t>(p.itemsize / unit_of(p.dtype)));
      if (!values) {
        complain(c, run.line, "unreadable values of " + c.params[i].name);
        return std::nullopt;
      }
      const std::size_t given = values->items.size();
      if (length != 0 && !c.params[i].uniform && values->count() > 1) {
        for (std::size_t k = given; k < length * values->per_item(); ++k)
          values->items.push_back(values->items[k - given]);
      }
      inputs.push_back(std::move(*values));
    }
    return inputs;
  }

  Outcome check_run(const Case& c, const Run& run, const me_kernel* kernel) {
    const auto inputs = inputs_of(c, run);
    if (!inputs) return {};
    const Outcome got = evaluate(kernel, c, *inputs, ME_TIER_INTERPRETER);
    ++evaluations()[kTierNames[0]];
    bool good = false;
    if (got.ok) {
      const auto want = parse_values(run.expected, got.values.dtype, got.values.width);
      good = want && want->items.size() == got.values.items.size() &&
             std::equal(want->items.begin(), want->items.end(), got.values.items.begin(),
                        [&](Scalar w, Scalar g) { return matches(w, g, run.ulp); });
    } else {
      good = run.expected == describe(got);
    }
    if (!good && bless_) bless_run(file_, run, describe(got));
    if (!good && !bless_) complain(c, run.line, "the result is: " + describe(got));
    return got;
  }

  // Every element of the long run is the short run's.
  void check_long_run(const Case& c, const Run& run, const me_kernel* kernel, const Outcome& once) {
    const auto inputs = inputs_of(c, run, kLongRun);
    if (!inputs || !once.ok) return;
    Outcome expected = once;
    for (std::size_t i = 0; i < inputs->size(); ++i) {
      const std::size_t items = (*inputs)[i].count();
      if (c.params[i].uniform || items <= 1) continue;
      const std::size_t given = once.values.items.size();
      for (std::size_t k = expected.values.items.size(); k < items * once.values.per_item(); ++k) {
        expected.values.items.push_back(expected.values.items[k - given]);
      }
    }
    compare(c, run, ME_TIER_INTERPRETER, expected,
            evaluate(kernel, c, *inputs, ME_TIER_INTERPRETER));
  }

  void check_tier(const Case& c, me_tier tier, const me_kernel* interpreted,
                  const std::vector<Outcome>& outcomes, bool elementwise) {
    int status = 0;
    const KernelPointer kernel = compile(c, tier, &status);
    if (!kernel) return complain(c, c.line, "compiles for the interpreter only");
    const bool available = me_kernel_tier(kernel.get()) == tier;
    if (!available && std::string(me_host_description()).starts_with("none")) return;
    if (available == c.interpreter_only) {
      return complain(c, c.line,
                      std::string(kTierNames[tier]) + (available ? " is" : " is not") +
                          " available: " + take_text(me_kernel_text(kernel.get(), "explain")));
    }
    if (!available) return;
    for (std::size_t i = 0; i < c.runs.size(); ++i) {
      const auto inputs = inputs_of(c, c.runs[i]);
      if (!inputs) continue;
      const std::uint64_t before = me_counter("jit_executions");
      const Outcome got = evaluate(kernel.get(), c, *inputs, tier);
      if (me_counter("jit_executions") == before && !got.values.items.empty()) {
        complain(c, c.runs[i].line, std::string(kTierNames[tier]) + ": no compiled code ran");
      }
      compare(c, c.runs[i], tier, outcomes[i], got);
      if (!elementwise) continue;
      const auto repeated = inputs_of(c, c.runs[i], kLongRun);
      compare(c, c.runs[i], tier, evaluate(interpreted, c, *repeated, ME_TIER_INTERPRETER),
              evaluate(kernel.get(), c, *repeated, tier));
    }
  }

  void compare(const Case& c, const Run& run, me_tier tier, const Outcome& want,
               const Outcome& got) {
    ++evaluations()[kTierNames[tier]];
    if (want.ok == got.ok &&
        (want.ok ? same_bits(want.values, got.values) : want.error == got.error))
      return;
    std::string difference = describe(got);
    const std::size_t items = std::min(want.values.items.size(), got.values.items.size());
    for (std::size_t i = 0; want.ok && got.ok && i < items; ++i) {
      if (matches(want.values.items[i], got.values.items[i], 0)) continue;
      const std::size_t at = i / want.values.per_item();
      difference = "item " + std::to_string(at) + " of " + std::to_string(want.values.count()) +
                   " is " + print_item(got.values, at) + ", not " + print_item(want.values, at);
      break;
    }
    complain(c, run.line, std::string(kTierNames[tier]) + " differs: " + difference);
  }

  GoldenFile file_;
  bool bless_;
  std::map<int, std::string> blocks_;
};

TEST_CASE("golden files") {
  const bool bless = std::getenv("ME_BLESS") != nullptr;
  const char* filter = std::getenv("ME_GOLDEN");
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::string(ME_SOURCE_DIR) + "/tests/golden")) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  REQUIRE_FALSE(paths.empty());
  for (const std::string& path : paths) {
    FileRun(read_golden_file(path), bless).run(filter != nullptr ? filter : "");
  }
  const std::string host = me_host_description();
  if (std::getenv("ME_WASMTIME") != nullptr) CHECK_FALSE(host.starts_with("none"));
  for (const auto& [tier, count] : FileRun::evaluations())
    MESSAGE(tier << ": " << count << " evaluations");
  MESSAGE("host: " << host);
}

}  // namespace
}  // namespace me::golden
