// One program through the interpreter, the baseline JIT and the optimising JIT.
//
// Enters: a generated program. Leaves: whether all tiers gave the interpreter's bits, over two sets
// of inputs, contiguous in every tier and in one other layout each. Example: sin(a) of [1e22, nan]
// is compared in place too. A kernel that a tier declined is reported with the reason.
#include "agree/tiers.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/dtype.h"

namespace me::agree {
namespace {

const char* const kTierNames[] = {"interpreter", "baseline JIT", "optimizing JIT"};
const char* const kLayoutNames[] = {"contiguous", "strided", "transposed", "in place",
                                    "overlapping"};

// An array with its own memory.
struct Placed {
  std::vector<char> memory;
  std::int64_t shape[2] = {1, 1};
  std::int64_t strides[2] = {0, 0};
  me_array array{};

  // The address of logical item i.
  char* item(std::int64_t i) {
    const std::int64_t outer = array.ndim == 2 ? i / shape[1] : 0;
    const std::int64_t inner = array.ndim == 2 ? i % shape[1] : i;
    const std::int64_t at = array.ndim == 2   ? outer * strides[0] + inner * strides[1]
                            : array.ndim == 1 ? inner * strides[0]
                                              : 0;
    return static_cast<char*>(array.data) + at;
  }
};

std::int64_t rows_of(std::int64_t count) {
  for (const std::int64_t rows : {7, 5, 4, 3, 2}) {
    if (count % rows == 0) return rows;
  }
  return 1;
}

// Lays out `count` items of `size` bytes each; the contents are left to the caller.
void place(Placed* a, DType dtype, std::int64_t count, bool uniform, Layout layout,
           Random& random) {
  const auto size = static_cast<std::int64_t>(size_of(dtype));
  a->array.dtype = static_cast<me_dtype>(dtype);
  std::int64_t offset = 0;
  std::int64_t bytes = count * size;
  if (uniform) {
    a->array.ndim = 0;
    bytes = size;
  } else if (layout == Layout::Transposed) {
    a->array.ndim = 2;
    a->shape[0] = count == 1 ? 1 : rows_of(count);
    a->shape[1] = count / a->shape[0];
    a->strides[0] = size;
    a->strides[1] = size * a->shape[0];
  } else {
    a->array.ndim = 1;
    a->shape[0] = count;
    a->strides[0] = size;
    if (layout == Layout::Strided) {
      const std::int64_t step = random.between(1, 3) * (random.percent(40) ? -1 : 1);
      a->strides[0] = step * size;
      bytes = std::max<std::int64_t>(count * std::abs(step), 1) * size;
      if (step < 0 && count > 0) offset = (count - 1) * -step * size;
    }
  }
  a->memory.assign(static_cast<std::size_t>(bytes), '\x5a');
  a->array.data = a->memory.data() + offset;
  a->array.shape = a->shape;
  a->array.strides = a->strides;
}

bool equal_but_nan(DType t, const char* x, const char* y);

bool both_nan(DType t, const char* x, const char* y) {
  if (is_complex(t)) {
    const DType part = part_of(t);
    const std::size_t size = size_of(part);
    return equal_but_nan(part, x, y) && equal_but_nan(part, x + size, y + size);
  }
  if (!is_float(t)) return false;
  return std::isnan(load_scalar(t, x).as_double()) && std::isnan(load_scalar(t, y).as_double());
}

bool equal_but_nan(DType t, const char* x, const char* y) {
  return std::memcmp(x, y, size_of(t)) == 0 || both_nan(t, x, y);
}

// Whether the result depends on the shape of the arrays, and not only on their items.
bool asks_for_axes(const Program& p) {
  const std::string text = source_of(p);
  for (const char* symbol : {"_i0", "_n0", "_ndim"}) {
    if (text.find(symbol) != std::string::npos) return true;
  }
  return false;
}

bool has_array(const Program& p, const Inputs& in) {
  for (std::size_t i = 0; i < p.params.size(); ++i) {
    if (!p.params[i].uniform && !in.single[i]) return true;
  }
  return false;
}

}  // namespace

KernelPtr compile(const Program& p, me_tier tier, int* status, std::string* why) {
  std::vector<me_param> params;
  for (const ParamDecl& d : p.params) {
    std::uint32_t flags = 0;
    if (d.uniform) flags |= ME_PARAM_UNIFORM;
    if (d.weak) flags |= ME_PARAM_WEAK;
    params.push_back({d.name.c_str(), static_cast<me_dtype>(d.dtype), flags, 0});
  }
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.dialect = p.dialect == lang::Dialect::Numpy ? ME_DIALECT_NUMPY : ME_DIALECT_MINIEXPR;
  options.max_tier = tier;
  const std::string text = source_of(p);
  me_kernel* kernel = nullptr;
  *status = me_kernel_compile(text.data(), text.size(), params.data(),
                              static_cast<int>(params.size()), &options, &kernel);
  if (*status != 0) {
    const char* report = me_last_error_report();
    *why = report ? report : "no report";
  }
  return KernelPtr(kernel);
}

Outcome run(const me_kernel* kernel, const Program& p, const Inputs& in, me_tier tier,
            Layout layout, Random& random) {
  Outcome result;
  result.dtype = static_cast<DType>(me_kernel_dtype(kernel));
  const bool scalar = me_kernel_is_scalar(kernel);
  const std::size_t size = size_of(result.dtype);
  std::vector<Placed> arrays(p.params.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const bool uniform = p.params[i].uniform;
    const std::int64_t items = in.single[i] ? 1 : in.count;
    place(&arrays[i], p.params[i].dtype, items, uniform, layout, random);
    const std::size_t item = size_of(p.params[i].dtype);
    for (std::int64_t k = 0; k < items; ++k) {
      std::memcpy(arrays[i].item(k), in.data[i].data() + static_cast<std::size_t>(k) * item, item);
    }
  }
  const std::int64_t count = scalar ? 1 : has_array(p, in) ? in.count : 1;
  Placed out;
  place(&out, result.dtype, count, scalar, layout, random);
  if (layout == Layout::InPlace || layout == Layout::Overlapping) {
    result.ran = false;
    for (std::size_t i = 0; i < arrays.size() && !scalar && count > 0; ++i) {
      Placed& a = arrays[i];
      if (a.array.ndim != 1 || a.shape[0] != count) continue;
      if (layout == Layout::InPlace ? p.params[i].dtype != result.dtype
                                    : size_of(p.params[i].dtype) != size || count < 2) {
        continue;
      }
      if (layout == Layout::InPlace) {
        out.array.data = a.array.data;
      } else {
        // Room for one more item; the input starts at item 0 or 1, the output at the other.
        const std::size_t bytes = static_cast<std::size_t>(count) * size;
        std::vector<char> wider(bytes + size);
        const bool down = random.percent(50);
        std::memcpy(wider.data() + (down ? size : 0), a.memory.data(), bytes);
        a.memory = std::move(wider);
        a.array.data = a.memory.data() + (down ? size : 0);
        out.array.data = a.memory.data() + (down ? 0 : size);
      }
      result.ran = true;
      break;
    }
    if (!result.ran) return result;
  }
  std::vector<me_array> views;
  for (Placed& a : arrays) views.push_back(a.array);
  result.status =
      me_kernel_eval(kernel, views.data(), static_cast<int>(views.size()), &out.array, tier);
  if (result.status != 0) return result;
  result.bytes.resize(static_cast<std::size_t>(count) * size);
  for (std::int64_t k = 0; k < count; ++k) {
    std::memcpy(result.bytes.data() + static_cast<std::size_t>(k) * size, out.item(k), size);
  }
  return result;
}

std::int64_t first_difference(const Outcome& a, const Outcome& b) {
  if (a.status != b.status || a.dtype != b.dtype || a.bytes.size() != b.bytes.size()) return -2;
  const std::size_t size = std::max<std::size_t>(size_of(a.dtype), 1);
  for (std::size_t at = 0; at < a.bytes.size(); at += size) {
    const char* x = a.bytes.data() + at;
    const char* y = b.bytes.data() + at;
    if (std::memcmp(x, y, size) != 0 && !both_nan(a.dtype, x, y)) {
      return static_cast<std::int64_t>(at / size);
    }
  }
  return -1;
}

Mismatch compare_over(const Program& p, const Inputs& in) {
  Mismatch m;
  int status = 0;
  std::string why;
  Random random(1);
  KernelPtr reference = compile(p, ME_TIER_INTERPRETER, &status, &why);
  if (!reference) return m;
  m.inputs = in;
  m.expected = run(reference.get(), p, in, ME_TIER_INTERPRETER, Layout::Contiguous, random);
  for (const me_tier tier : {ME_TIER_BASELINE_JIT, ME_TIER_OPTIMIZING_JIT}) {
    KernelPtr kernel = compile(p, tier, &status, &why);
    if (!kernel) continue;
    m.got = run(kernel.get(), p, in, tier, Layout::Contiguous, random);
    m.item = first_difference(m.expected, m.got);
    if (m.item == -1) continue;
    m.found = true;
    m.what = kTierNames[tier];
    return m;
  }
  return m;
}

TierRun check(const Program& p, std::uint64_t seed) {
  TierRun result;
  Random random(seed);
  int status = 0;
  KernelPtr kernels[3];
  for (int t = 0; t < 3; ++t) {
    const auto tier = static_cast<me_tier>(t);
    kernels[t] = compile(p, tier, &status, &result.refusal);
    if (!kernels[t]) return result;
    if (t == 0) continue;
    if (me_kernel_tier(kernels[t].get()) == tier) {
      ++result.jit_kernels;
    } else if (result.decline.empty()) {
      char* text = me_kernel_text(kernels[t].get(), "explain");
      const std::string all = text ? text : "";
      me_text_free(text);
      const std::size_t why = all.find("why not compiled: ");
      result.decline =
          std::string(kTierNames[t]) + ": " +
          (why == std::string::npos ? all : all.substr(why, all.find('\n', why) + 1 - why));
    }
  }
  result.accepted = true;
  for (int round = 0; round < 2 && !result.mismatch.found; ++round) {
    const Inputs in = make_inputs(p, random_count(random), random, false);
    const Outcome expected =
        run(kernels[0].get(), p, in, ME_TIER_INTERPRETER, Layout::Contiguous, random);
    ++result.evaluations[0];
    auto layout = static_cast<Layout>(1 + random.below(4));
    if (layout == Layout::Transposed && asks_for_axes(p)) layout = Layout::Strided;
    for (int t = 0; t < 3; ++t) {
      for (const Layout l : {Layout::Contiguous, layout}) {
        if (t == 0 && l == Layout::Contiguous) continue;
        const Outcome got = run(kernels[t].get(), p, in, static_cast<me_tier>(t), l, random);
        if (!got.ran) continue;
        ++result.evaluations[t];
        const std::int64_t item = first_difference(expected, got);
        if (item == -1) continue;
        Mismatch& m = result.mismatch;
        m.found = true;
        m.inputs = in;
        m.expected = expected;
        m.got = got;
        m.item = item;
        m.what = std::string(kTierNames[t]) + ", " + kLayoutNames[static_cast<int>(l)] + ", " +
                 std::to_string(in.count) + " items: ";
        if (item == -2) {
          m.what += "status " + std::to_string(got.status) + " instead of " +
                    std::to_string(expected.status);
        } else {
          m.what += "item " + std::to_string(item);
        }
        return result;
      }
    }
  }
  return result;
}

}  // namespace me::agree
