// Kernel files: writing, reading, and what must agree before their code may run.
//
// Enters: a kernel, or bytes of any quality. Leaves: a file's bytes, or its parts, or what is wrong with
// it. Example: save() of "a + 1" gives a module of one function with a custom section behind it;
// with one bit of it flipped, read() says "the kernel file is damaged".
// Every length and offset of a file is checked against what is left of it, also where the checksum is
// right. Tested by tests/unit/kernel_file_test.cpp and tests/python/test_kernel_file.py.
#include "jit/store/kernel_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/build_id.h"
#include "base/hash.h"
#include "base/tuning.h"
#include "ir/kernel_abi.h"

namespace me::jit {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kEmptyModule[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
constexpr std::string_view kSection = "mejit";
constexpr char kMagic[] = "mejit.kf";
constexpr std::size_t kTrailerBytes = 32;
constexpr std::size_t kChecked = 16;  // the trailer's bytes that the checksum covers

constexpr std::string_view kDialects[] = {"numpy", "miniexpr"};
constexpr std::string_view kTiers[] = {"interpreter", "baseline", "optimizing", "ahead-of-time",
                                       "fastest"};
constexpr std::size_t kFastest = 4;  // what a source may ask for besides the tiers
constexpr std::string_view kKinds[] = {"array", "uniform", "weak", "uniform,weak"};

Diagnostic fault(std::string message) {
  return {Status::InvalidArg, {}, std::move(message), "", false};
}

Diagnostic malformed(const char* what) {
  return fault(std::string("the kernel file is malformed: ") + what);
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

void append_leb(Bytes& out, std::uint64_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    out.push_back(static_cast<std::uint8_t>(low | (value != 0 ? 0x80 : 0)));
  } while (value != 0);
}

void append_word(Bytes& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint64_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (unsigned i = 8; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

std::string dtype_text(DType t) { return t == DType::Auto ? "auto" : std::string(name_of(t)); }

std::string manifest_of(const KernelFile& file) {
  const Source& s = file.source;
  std::string text = "mejit-kernel " + std::to_string(file.format) + "\n";
  text += "abi " + std::to_string(file.abi) + "\n";
  text += "build " + file.build + "\n";
  text += "dialect " + std::string(kDialects[static_cast<std::size_t>(s.dialect)]) + "\n";
  const std::size_t tier = s.fastest ? kFastest : static_cast<std::size_t>(s.max_tier);
  text += "tier " + std::string(kTiers[tier]) + "\n";
  text += "result " + dtype_text(s.signature.result) + "\n";
  for (const Param& p : s.signature.params) {
    const std::size_t kind = (p.uniform ? 1u : 0u) + (p.weak ? 2u : 0u);
    text += "param " + std::string(kKinds[kind]) + " " + dtype_text(p.dtype) + " " +
            std::to_string(p.itemsize) + " " + p.name + "\n";
  }
  for (const Modules& variant : file.variants) {
    for (const Bytes& module : variant.stages) {
      text += "module " + std::string(kTiers[static_cast<std::size_t>(variant.tier)]) + " " +
              std::to_string(variant.pointer_bits) + " " + std::to_string(module.size()) + "\n";
    }
  }
  text += "source " + std::to_string(s.text.size()) + "\n";
  return text + s.text;
}

// The parts of a file whose checksum is right; views into it.
struct Parts {
  std::span<const std::uint8_t> first;     // the module that the file is
  std::span<const std::uint8_t> manifest;
  std::span<const std::uint8_t> others;    // modules
};

Result<Parts> parts_of(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < sizeof kEmptyModule + kTrailerBytes ||
      std::memcmp(bytes.data() + bytes.size() - 8, kMagic, 8) != 0) {
    return fault("this is no kernel file of mejit, or only a part of one");
  }
  const std::size_t trailer = bytes.size() - kTrailerBytes;
  const std::uint64_t expected = word_at(bytes, trailer + kChecked);
  const std::uint64_t found = xxh64(bytes.first(trailer + kChecked));
  if (found != expected) {
    return fault("the kernel file is damaged: its checksum is " + hex_of(found) + ", not " +
                 hex_of(expected));
  }
  const std::uint64_t begin = word_at(bytes, trailer);
  const std::uint64_t length = word_at(bytes, trailer + 8);
  if (begin < sizeof kEmptyModule || begin > trailer || length > trailer - begin) {
    return malformed("its parts do not lie inside it");
  }
  return Parts{bytes.first(begin), bytes.subspan(begin, length),
               bytes.subspan(begin + length, trailer - begin - length)};
}

// Reads a manifest line by line and word by word.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Goes to the next line if its first word is `key`.
  bool line(std::string_view key) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.starts_with(key) || end <= key.size() ||
        rest_[key.size()] != ' ') {
      return false;
    }
    line_ = rest_.substr(key.size() + 1, end - key.size() - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  std::string_view word() {
    const std::size_t end = line_.find(' ');
    const std::string_view word = line_.substr(0, end);
    line_ = end == std::string_view::npos ? std::string_view() : line_.substr(end + 1);
    return word;
  }
  std::optional<std::uint32_t> number() {
    const std::string_view digits = word();
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }
  // The place of the next word in `words`.
  template <std::size_t N>
  std::optional<std::size_t> one_of(const std::string_view (&words)[N]) {
    const std::string_view found = word();
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == found) return i;
    }
    return std::nullopt;
  }
  std::optional<DType> dtype() {
    const std::string_view name = word();
    if (name == "auto") return DType::Auto;
    const DType t = dtype_named(name);
    return t == DType::Auto ? std::nullopt : std::optional(t);
  }
  std::string_view line_rest() const { return line_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view line_;
  std::string_view rest_;
};

bool read_param(Reader& reader, Param* param) {
  const auto kind = reader.one_of(kKinds);
  const auto dtype = reader.dtype();
  const auto itemsize = reader.number();
  if (!kind || !dtype || *dtype == DType::Auto || !itemsize || reader.line_rest().empty()) {
    return false;
  }
  *param = {std::string(reader.line_rest()), *dtype, (*kind & 1) != 0, (*kind & 2) != 0, *itemsize};
  return is_itemsize(param->dtype, param->itemsize);
}

// What the lines up to "module" say.
bool read_head(Reader& reader, KernelFile* file) {
  if (!reader.line("abi")) return false;
  const auto abi = reader.number();
  if (!abi || !reader.line("build")) return false;
  file->abi = *abi;
  file->build = reader.word();
  if (!reader.line("dialect")) return false;
  const auto dialect = reader.one_of(kDialects);
  if (!dialect || !reader.line("tier")) return false;
  const auto tier = reader.one_of(kTiers);
  if (!tier || !reader.line("result")) return false;
  const auto result = reader.dtype();
  if (!result) return false;
  file->source.dialect = static_cast<lang::Dialect>(*dialect);
  file->source.fastest = *tier == kFastest;
  if (*tier != kFastest) file->source.max_tier = static_cast<Tier>(*tier);
  file->source.signature.result = *result;
  while (reader.line("param")) {
    Param param;
    if (!read_param(reader, &param)) return false;
    file->source.signature.params.push_back(std::move(param));
  }
  return file->source.signature.params.size() <= tuning::kMaxParams;
}

// The "module" lines and the bytes that they name.
bool read_modules(Reader& reader, const Parts& parts, KernelFile* file) {
  std::span<const std::uint8_t> others = parts.others;
  bool first = true;
  while (reader.line("module")) {
    const auto tier = reader.one_of(kTiers);
    const auto bits = reader.number();
    const auto size = reader.number();
    if (!tier || *tier == kFastest || !bits || (*bits != 32 && *bits != 64) || !size) return false;
    std::span<const std::uint8_t> module = parts.first;
    if (!first) {
      if (*size > others.size()) return false;
      module = others.first(*size);
      others = others.subspan(*size);
    }
    first = false;
    if (module.size() != *size) return false;
    auto& variants = file->variants;
    const int pointer_bits = static_cast<int>(*bits);
    if (variants.empty() || variants.back().pointer_bits != pointer_bits) {
      variants.push_back({static_cast<Tier>(*tier), pointer_bits, {}, {}});
    }
    variants.back().stages.emplace_back(module.begin(), module.end());
  }
  return others.empty();
}

}  // namespace

std::vector<std::uint8_t> write(const KernelFile& file) {
  std::vector<const Bytes*> modules;
  for (const Modules& variant : file.variants) {
    for (const Bytes& module : variant.stages) modules.push_back(&module);
  }
  Bytes out(std::begin(kEmptyModule), std::end(kEmptyModule));
  if (!modules.empty()) out = *modules.front();
  const std::string manifest = manifest_of(file);
  std::size_t payload = manifest.size() + kTrailerBytes;
  for (std::size_t i = 1; i < modules.size(); ++i) payload += modules[i]->size();
  const std::size_t end_of_first = out.size();
  out.reserve(end_of_first + payload + 16);
  out.push_back(0);  // a custom section
  append_leb(out, 1 + kSection.size() + payload);
  out.push_back(static_cast<std::uint8_t>(kSection.size()));
  append(out, kSection);
  const std::size_t begin = out.size();
  append(out, manifest);
  for (std::size_t i = 1; i < modules.size(); ++i) {
    out.insert(out.end(), modules[i]->begin(), modules[i]->end());
  }
  append_word(out, begin);
  append_word(out, manifest.size());
  append_word(out, xxh64(out));
  append(out, {kMagic, 8});
  return out;
}

Result<std::string> manifest(std::span<const std::uint8_t> bytes) {
  ME_TRY(const Parts parts, parts_of(bytes));
  return std::string(text_of(parts.manifest));
}

Result<KernelFile> read(std::span<const std::uint8_t> bytes) {
  ME_TRY(Parts parts, parts_of(bytes));
  // The first module ends where the custom section's header begins: id, length, name.
  Reader reader(text_of(parts.manifest));
  KernelFile file;
  if (!reader.line("mejit-kernel")) return malformed("it has no manifest");
  const auto format = reader.number();
  if (!format) return malformed("it has no format number");
  if (*format != kKernelFileFormat) {
    return fault("the kernel file has format " + std::to_string(*format) +
                 ", this library reads format " + std::to_string(kKernelFileFormat));
  }
  const std::size_t payload = bytes.size() - parts.first.size();
  Bytes header = {0};
  append_leb(header, 1 + kSection.size() + payload);
  header.push_back(static_cast<std::uint8_t>(kSection.size()));
  append(header, kSection);
  if (header.size() > parts.first.size() ||
      !std::equal(header.begin(), header.end(), parts.first.end() - static_cast<std::ptrdiff_t>(header.size()))) {
    return malformed("its section has another name or length");
  }
  parts.first = parts.first.first(parts.first.size() - header.size());
  if (!read_head(reader, &file)) return malformed("its manifest cannot be read");
  if (!read_modules(reader, parts, &file)) return malformed("its modules do not fit its manifest");
  if (!reader.line("source")) return malformed("it has no source");
  const auto length = reader.number();
  if (!length || *length != reader.rest().size()) return malformed("its source is incomplete");
  file.source.text = reader.rest();
  return file;
}

std::optional<Place> locate(const KernelFile& file, std::span<const std::uint8_t> bytes,
                            int pointer_bits, std::size_t stage) {
  // Behind the manifest; the very first module is the beginning of the file.
  std::size_t at = word_at(bytes, bytes.size() - kTrailerBytes) +
                   word_at(bytes, bytes.size() - kTrailerBytes + 8);
  bool first = true;
  for (const Modules& variant : file.variants) {
    for (std::size_t i = 0; i < variant.stages.size(); ++i) {
      const Place place{first ? 0 : at, variant.stages[i].size()};
      if (variant.pointer_bits == pointer_bits && i == stage) return place;
      if (!first) at += place.size;
      first = false;
    }
  }
  return std::nullopt;
}

Outcome check_origin(const KernelFile& file) {
  if (file.abi != ir::kKernelAbi) {
    return fault("the kernel file is for kernel ABI " + std::to_string(file.abi) +
                 ", this library has ABI " + std::to_string(ir::kKernelAbi) + ": compile it again");
  }
  if (file.build != build_id()) {
    return fault("the kernel file is from build " + file.build + " of mejit, this is build " +
                 std::string(build_id()) + ": compile it again");
  }
  return Unit{};
}

std::string cache_key(const Source& source) { return manifest_of(file_of(source, {})); }

KernelFile file_of(const Source& source, std::vector<Modules> variants) {
  return {kKernelFileFormat, ir::kKernelAbi, std::string(build_id()), source, std::move(variants)};
}

Steps<Result<std::vector<std::uint8_t>>> save_steps(const Kernel& kernel, std::vector<int> widths) {
  if (!kernel.source.signature.callouts.empty()) {
    co_return fault("a kernel that calls C functions cannot be saved: their addresses are this process's");
  }
  for (const Param& p : kernel.source.signature.params) {
    if (p.name.empty() || p.name.find('\n') != std::string::npos) {
      co_return fault("a kernel with a parameter of this name cannot be saved");
    }
  }
  std::vector<Modules> variants;
  for (const int bits : widths) {
    if (kernel.source.max_tier == Tier::Interpreter) break;
    auto steps = lower_steps(kernel.program, bits, kernel.source.max_tier);
    while (steps.next()) co_await between_steps;
    if (auto* compiled = std::get_if<Modules>(&steps.result())) {
      variants.push_back(std::move(*compiled));
    }
  }
  co_return write(file_of(kernel.source, std::move(variants)));
}

Result<std::vector<std::uint8_t>> save(const Kernel& kernel, std::span<const int> widths) {
  return save_steps(kernel, {widths.begin(), widths.end()}).finish();
}

}  // namespace me::jit
