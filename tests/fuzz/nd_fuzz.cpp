// Fuzz target: padded blocks of chunked arrays, compared with a walk over their items.
//
// Enters: program, number of axes, three extents per axis, numbers of chunk and block. Leaves:
// nothing; the process ends if memory is broken or an answer is wrong. Example: shape 5, chunk 4,
// block 3: block 1 of chunk 0 holds item 3 alone, the rest of its output is zero. Buffers have
// exactly the padded block's size, so the address sanitizer sees every item too many. Proof: the
// ctests with the label fuzz, and long runs as HACKING.md has them.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "fuzz/reader.h"
#include "miniexpr.h"

namespace me::fuzz {
namespace {

constexpr std::int64_t kMaxItems = 3000;

using Items = std::vector<std::int64_t>;

// What an output item must be, given the items of a and b and the fold of a's valid ones (flat
// positions in the block).
struct Case {
  const char* text;
  bool scalar;  // the root is a reduction: one item
  std::int64_t (*fold)(const Items& a, const Items& valid);
  std::int64_t (*item)(std::int64_t a, std::int64_t b, std::int64_t folded);
};

std::int64_t sum_of(const Items& a, const Items& valid) {
  std::int64_t sum = 0;
  for (const std::int64_t i : valid) sum += a[static_cast<std::size_t>(i)];
  return sum;
}

std::int64_t max_of(const Items& a, const Items& valid) {
  std::int64_t best = valid.empty() ? 0 : a[static_cast<std::size_t>(valid[0])];
  for (const std::int64_t i : valid) best = std::max(best, a[static_cast<std::size_t>(i)]);
  return best;
}

using Item = std::int64_t;

const Case kCases[] = {
    {"a + b*3", false, nullptr, [](Item a, Item b, Item) { return a + b * 3; }},
    {"sum(a)", true, sum_of, [](Item, Item, Item sum) { return sum; }},
    {"sum(a) + a", false, sum_of, [](Item a, Item, Item sum) { return sum + a; }},
    {"max(a)", true, max_of, [](Item, Item, Item best) { return best; }},
    {"sum(a)*2", false, sum_of, [](Item, Item, Item sum) { return sum * 2; }},
    {"def k(a, b):\n    if a > b:\n        return a\n    return b - 1\n", false, nullptr,
     [](Item a, Item b, Item) { return a > b ? a : b - 1; }},
};

// Mostly small, sometimes at the edges of the type.
std::int64_t extent(std::uint8_t c, std::int64_t huge) {
  if (c < 200) return c % 8 + (c >= 100 ? 1 : 0);
  static constexpr std::int64_t kOdd[] = {-1, 0, 1, 9, 17, 64, 1000};
  if (c < 240) return kOdd[c % std::size(kOdd)];
  return c % 2 == 0 ? huge : huge - c;
}

struct Geometry {
  std::vector<std::int64_t> shape;
  std::vector<std::int32_t> chunk, block;
  bool legal = true;

  // The product of the block's extents, or nothing if it is too large to try.
  std::optional<std::int64_t> padded() const {
    std::int64_t n = 1;
    for (const std::int32_t b : block) {
      n *= b;
      if (n > kMaxItems) return std::nullopt;
    }
    return n;
  }

  // Flat positions in the padded block of the items inside block, chunk and array; nothing if there
  // is no such block. All extents are small.
  std::optional<Items> valid_items(std::int64_t nchunk, std::int64_t nblock) const {
    if (nchunk < 0 || nblock < 0) return std::nullopt;
    const std::size_t n = shape.size();
    std::vector<std::int64_t> chunk_at(n), block_at(n);
    for (std::size_t d = n; d-- > 0;) {
      const std::int64_t chunks = (shape[d] + chunk[d] - 1) / chunk[d];
      const std::int64_t blocks = (chunk[d] + block[d] - 1) / block[d];
      if (chunks == 0) return std::nullopt;
      chunk_at[d] = nchunk % chunks;
      nchunk /= chunks;
      block_at[d] = nblock % blocks;
      nblock /= blocks;
    }
    if (nchunk != 0 || nblock != 0) return std::nullopt;
    Items items;
    const std::int64_t total = *padded();
    for (std::int64_t flat = 0; flat < total; ++flat) {
      std::int64_t rest = flat;
      bool inside = true;
      for (std::size_t d = n; d-- > 0;) {
        const std::int64_t in_chunk = block_at[d] * block[d] + rest % block[d];
        rest /= block[d];
        inside = inside && in_chunk < chunk[d] && chunk_at[d] * chunk[d] + in_chunk < shape[d];
      }
      if (inside) items.push_back(flat);
    }
    return items;
  }
};

Geometry geometry_of(Reader* in) {
  Geometry g;
  const std::uint8_t c = in->byte();
  const std::size_t ndim = c < 250 ? 1 + c % 9 : c - 220;
  for (std::size_t d = 0; d < ndim; ++d) {
    g.shape.push_back(extent(in->byte(), INT64_MAX));
    g.chunk.push_back(static_cast<std::int32_t>(extent(in->byte(), INT32_MAX)));
    g.block.push_back(static_cast<std::int32_t>(extent(in->byte(), INT32_MAX)));
    g.legal = g.legal && g.shape[d] >= 0 && g.chunk[d] > 0 && g.block[d] > 0;
  }
  return g;
}

bool is_small(const Geometry& g) {
  for (std::size_t d = 0; d < g.shape.size(); ++d) {
    if (g.shape[d] > 1 << 20 || g.chunk[d] > 1 << 20) return false;
  }
  return true;
}

void evaluate(const Case& c, const Geometry& g, const me_expr* e, std::int64_t nchunk,
              std::int64_t nblock, std::uint8_t shortage) {
  const std::optional<std::int64_t> padded = g.padded();
  if (!padded) return;
  const auto n = static_cast<std::size_t>(*padded);
  Items a(n), b(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = static_cast<std::int64_t>(i * 7 % 23) - 11;
    b[i] = static_cast<std::int64_t>(i * 5 % 13) - 6;
  }
  Items out(c.scalar ? 1 : n, 0x5a5a5a5a);
  const bool two = std::strchr(c.text, 'b') != nullptr;
  const void* inputs[2] = {a.data(), b.data()};
  const bool short_buffer = shortage == 1;
  const int given = static_cast<int>(n) - (short_buffer ? 1 : 0);
  const int status = me_eval_nd(e, inputs, two ? 2 : 1, out.data(), given, nchunk, nblock, nullptr);
  // Nothing is known about the rank limit here but that it is refused in one way.
  if (g.shape.size() > 8 && status != ME_EVAL_SUCCESS) {
    ME_FUZZ_CHECK(status == ME_EVAL_ERR_INVALID_ARG);
    return;
  }
  if (!is_small(g)) return;
  const std::optional<Items> valid = g.valid_items(nchunk, nblock);
  ME_FUZZ_CHECK((status == ME_EVAL_SUCCESS) == (valid.has_value() && !short_buffer));
  if (status != ME_EVAL_SUCCESS) return;
  const std::int64_t folded = c.fold == nullptr ? 0 : c.fold(a, *valid);
  if (c.scalar) {
    ME_FUZZ_CHECK(out[0] == c.item(0, 0, folded));
    return;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const bool inside = next < valid->size() && (*valid)[next] == static_cast<std::int64_t>(i);
    next += inside;
    ME_FUZZ_CHECK(out[i] == (inside ? c.item(a[i], b[i], folded) : 0));
  }
}

void one(Reader in) {
  const Case& c = kCases[in.byte() % std::size(kCases)];
  const std::uint8_t options = in.byte();
  const Geometry g = geometry_of(&in);
  const auto number = [&] {
    const std::uint8_t v = in.byte();
    return v < 240 ? static_cast<std::int64_t>(v % 24) : v % 2 ? INT64_MAX - (v - 240) : -(v - 239);
  };
  const std::int64_t nchunk = number();
  const std::int64_t nblock = number();

  const me_variable variables[2] = {{"a", ME_INT64, nullptr, ME_VARIABLE, nullptr, 0},
                                    {"b", ME_INT64, nullptr, ME_VARIABLE, nullptr, 0}};
  const bool two = std::strchr(c.text, 'b') != nullptr;
  me_expr* e = nullptr;
  int error = 0;
  const int status =
      me_compile_nd_jit(c.text, variables, two ? 2 : 1, ME_AUTO, static_cast<int>(g.shape.size()),
                        g.shape.data(), g.chunk.data(), g.block.data(), options % 3, &error, &e);
  if (!g.legal || g.shape.size() > 8) {
    if (!g.legal) ME_FUZZ_CHECK(status == ME_COMPILE_ERR_INVALID_ARG);
    if (status != ME_COMPILE_SUCCESS) {
      ME_FUZZ_CHECK(e == nullptr && error == -1 && me_get_last_error_message() != nullptr);
      return;
    }
  }
  ME_FUZZ_CHECK(status == ME_COMPILE_SUCCESS);
  std::int64_t valid = -1;
  const int counted = me_nd_valid_nitems(e, nchunk, nblock, &valid);
  if (counted == ME_EVAL_SUCCESS) ME_FUZZ_CHECK(valid >= 0);
  if (is_small(g) && g.padded() && g.shape.size() <= 8) {
    const std::optional<Items> items = g.valid_items(nchunk, nblock);
    ME_FUZZ_CHECK((counted == ME_EVAL_SUCCESS) == items.has_value());
    if (items) ME_FUZZ_CHECK(valid == static_cast<std::int64_t>(items->size()));
  }
  evaluate(c, g, e, nchunk, nblock, options % 16);
  me_free(e);
}

}  // namespace
}  // namespace me::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("ME_DSL_JIT", "0", 1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  me::fuzz::one(me::fuzz::Reader(data, size));
  return 0;
}
