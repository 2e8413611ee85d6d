// Carried locals, calls of C functions over them, and the text of print().
//
// Enters: a program with a script, the number of items. Leaves: arrays that start as zero. Example:
// x carried as float64 over 1000 items is two arrays of 8000 bytes; a uniform entry has 8 bytes.
// Numbers are printed as Python prints them: 3, 0.1, 2.0, 1e+20, True.
// Tested by tests/golden/kernels and tests/c_abi/dsl_functions.c.
#include "jit/driver/carried.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/dtype.h"
#include "base/status.h"

namespace me::jit {
namespace {

constexpr std::size_t kMaxArity = 7;
using Arguments = std::array<double, kMaxArity>;

template <std::size_t>
using Double = double;

template <std::size_t... I>
double invoke(const Callout& c, const Arguments& a, std::index_sequence<I...>) {
  if (c.closure) {
    using Closure = double (*)(void*, Double<I>...);
    return reinterpret_cast<Closure>(const_cast<void*>(c.address))(c.context, a[I]...);
  }
  using Function = double (*)(Double<I>...);
  return reinterpret_cast<Function>(const_cast<void*>(c.address))(a[I]...);
}

double invoke(const Callout& c, const Arguments& a) {
  switch (c.arity) {
    case 0: return invoke(c, a, std::make_index_sequence<0>());
    case 1: return invoke(c, a, std::make_index_sequence<1>());
    case 2: return invoke(c, a, std::make_index_sequence<2>());
    case 3: return invoke(c, a, std::make_index_sequence<3>());
    case 4: return invoke(c, a, std::make_index_sequence<4>());
    case 5: return invoke(c, a, std::make_index_sequence<5>());
    case 6: return invoke(c, a, std::make_index_sequence<6>());
    default: break;
  }
  return invoke(c, a, std::make_index_sequence<7>());
}

std::string number_text(Scalar v) {
  if (is_bool(v.dtype)) return v.bits != 0 ? "True" : "False";
  char text[64];
  std::to_chars_result end{text, {}};
  if (is_float(v.dtype)) {
    const double d = v.as_double();
    if (std::isnan(d)) return "nan";
    if (std::isinf(d)) return d > 0 ? "inf" : "-inf";
    // Python's repr: an exponent from 1e16 on and below 1e-4.
    const double size = std::fabs(d);
    const auto form = size != 0 && (size >= 1e16 || size < 1e-4) ? std::chars_format::scientific
                                                                 : std::chars_format::fixed;
    end = v.dtype == DType::Float32
              ? std::to_chars(text, text + sizeof text, static_cast<float>(d), form)
              : std::to_chars(text, text + sizeof text, d, form);
    std::string out(text, end.ptr);
    if (out.find_first_of(".e") == std::string::npos) out += ".0";
    return out;
  }
  end = is_unsigned_int(v.dtype) ? std::to_chars(text, text + sizeof text, v.bits)
                                 : std::to_chars(text, text + sizeof text, v.as_int());
  return {text, end.ptr};
}

}  // namespace

Carried::Carried(const ir::Program& program, std::int64_t items)
    : program_(program), items_(items) {
  entries_.resize(program.carried.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const ir::Local& local = program.carried[i];
    const std::size_t bytes = local.uniform
                                  ? ir::kScalarBytes
                                  : static_cast<std::size_t>(items) *
                                        size_of(local.dtype, local.width);
    entries_[i].front.assign(bytes, 0);
    entries_[i].back.assign(bytes, 0);
  }
}

void Carried::call(const ir::CallSite& site, const Callout& callout) {
  const bool once = program_.carried[site.result].uniform;
  const auto number = [&](std::uint32_t entry, std::int64_t item) {
    const std::int64_t at = program_.carried[entry].uniform ? 0 : item;
    return load_scalar(DType::Float64, entries_[entry].front.data() + at * 8).as_double();
  };
  const char* mask = nullptr;
  if (site.mask != ir::kNoValue && !once) mask = entries_[site.mask].front.data();
  char* const result = front(site.result);
  const std::int64_t count = once ? 1 : items_;
  Arguments a{};
  for (std::int64_t i = 0; i < count; ++i) {
    if (mask != nullptr && mask[i] == 0) continue;
    for (std::size_t k = 0; k < site.args.size(); ++k) a[k] = number(site.args[k], i);
    store_scalar(Scalar::of_float(DType::Float64, invoke(callout, a)), result + i * 8);
  }
}

std::string Carried::text_of(const ir::PrintSite& site) const {
  std::string text = site.texts[0];
  for (std::size_t i = 0; i < site.args.size(); ++i) {
    const std::uint32_t entry = site.args[i];
    text += number_text(load_scalar(program_.carried[entry].dtype, entries_[entry].front.data()));
    text += site.texts[i + 1];
  }
  return text + "\n";
}

}  // namespace me::jit
