// A fuzz target without libFuzzer: replays a corpus, then mutates it blindly.
//
// usage: fuzz_TARGET [--runs N] [--seed S] [--dict FILE] [--only N] CORPUS...
// Enters: folders or files of inputs. Leaves: "N passed, N failed". Each input is a corpus file with a
// few bytes changed, dropped, repeated, replaced by words of the dictionary, or joined to another file;
// it follows from the seed and its number. When the target ends the process, the input is written to
// fuzz-failure.bin and the number is printed. clang's libFuzzer, which is guided by coverage, takes the
// same targets (HACKING.md). Proof: it runs in the test command.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agree/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using me::agree::Random;
using Bytes = std::string;

constexpr std::size_t kMaxBytes = 600;

Bytes current;
unsigned long long current_number = 0;

void save_current() {
  std::ofstream("fuzz-failure.bin", std::ios::binary) << current;
  std::fprintf(stderr, "error: input %llu (%zu bytes, in fuzz-failure.bin; replay: --only %llu)\n",
               current_number, current.size(), current_number);
}

void on_abort(int) {
  save_current();
  std::_Exit(1);
}

Bytes contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Bytes> read_corpus(const std::vector<std::string>& places) {
  std::vector<std::filesystem::path> files;
  for (const std::string& place : places) {
    if (!std::filesystem::is_directory(place)) {
      files.emplace_back(place);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  for (const auto& file : files) corpus.push_back(contents(file));
  return corpus;
}

// Words in double quotes, one a line; the escapes are \\, \" and \xNN.
std::vector<Bytes> read_dictionary(const std::string& file) {
  std::vector<Bytes> words;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = line.find('"');
    const std::size_t end = line.rfind('"');
    if (line.empty() || line[0] == '#' || begin == end) continue;
    Bytes word;
    for (std::size_t i = begin + 1; i < end; ++i) {
      if (line[i] == '\\' && i + 1 < end) {
        if (line[++i] == 'x' && i + 2 < end) {
          word += static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          word += line[i];
        }
      } else {
        word += line[i];
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

class Mutator {
 public:
  Mutator(std::vector<Bytes> corpus, std::vector<Bytes> words)
      : corpus_(std::move(corpus)), words_(std::move(words)) {}

  std::size_t corpus_size() const { return corpus_.size(); }

  // The first inputs are the corpus itself.
  Bytes input(std::uint64_t seed, std::uint64_t number) const {
    if (number < corpus_.size()) return corpus_[number];
    Random r(seed * 1000003 + number);
    Bytes s = r.pick(corpus_);
    const std::size_t changes = 1 + r.below(5);
    for (std::size_t i = 0; i < changes; ++i) change(r, &s);
    if (s.size() > kMaxBytes) s.resize(kMaxBytes);
    return s;
  }

 private:
  void change(Random& r, Bytes* s) const {
    const std::size_t at = s->empty() ? 0 : r.below(s->size() + 1);
    const std::size_t length = std::min<std::size_t>(1 + r.below(8), s->size() - at);
    switch (r.below(7)) {
      case 0:
        if (at < s->size()) (*s)[at] = static_cast<char>(r.bits());
        break;
      case 1:
        s->erase(at, length);
        break;
      case 2:
        s->insert(at, s->substr(at, length));
        break;
      case 3:
        if (!words_.empty()) s->insert(at, r.pick(words_));
        break;
      case 4:
        if (!words_.empty()) s->replace(at, length, r.pick(words_));
        break;
      case 5: {
        const Bytes& other = r.pick(corpus_);
        *s = s->substr(0, at) + other.substr(other.empty() ? 0 : r.below(other.size()));
        break;
      }
      default:
        if (at < s->size()) (*s)[at] = static_cast<char>((*s)[at] ^ (1 << r.below(8)));
        break;
    }
  }

  std::vector<Bytes> corpus_;
  std::vector<Bytes> words_;
};

}  // namespace

int main(int argc, char** argv) {
  unsigned long long runs = 20000, seed = 1;
  long long only = -1;
  std::string dictionary;
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (name == "--runs") runs = std::strtoull(value().c_str(), nullptr, 10);
    else if (name == "--seed") seed = std::strtoull(value().c_str(), nullptr, 10);
    else if (name == "--only") only = std::strtoll(value().c_str(), nullptr, 10);
    else if (name == "--dict") dictionary = value();
    else places.push_back(name);
  }
  const Mutator mutator(read_corpus(places), read_dictionary(dictionary));
  if (mutator.corpus_size() == 0) {
    std::fprintf(stderr, "error: no corpus\n");
    return 2;
  }
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(save_current);
  std::signal(SIGABRT, on_abort);
  const auto one = [&](unsigned long long number) {
    current = mutator.input(seed, number);
    current_number = number;
    // A copy of exactly the input's size, so that reading past it is seen.
    const std::vector<std::uint8_t> bytes(current.begin(), current.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  };
  std::printf("seed %llu, %zu corpus files\n", seed, mutator.corpus_size());
  if (only >= 0) {
    one(static_cast<unsigned long long>(only));
  } else {
    for (unsigned long long n = 0; n < runs; ++n) one(n);
  }
  std::printf("%llu passed, 0 failed\n", only >= 0 ? 1 : runs);
  return 0;
}
