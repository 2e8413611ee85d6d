// The modules of texts, for both kinds of host.
//
// Enters: work.cpp's list on standard input. Leaves: on standard output, per line and per pointer
// width (32, 64), a line `= WIDTH BYTES`, the modules' WebAssembly text and a line `=`; BYTES is
// the size of all modules together. No host takes part, so that one machine sees what all of them
// get. Example: a*b over float64 gives a module with one loop, whose shape tests/proxies/shape.py
// reads. tests/proxies/check.py compares it with the reference.
#include <cstdio>
#include <iostream>

#include "jit/compile.h"
#include "jit/instantiate.h"
#include "job.h"
#include "wasm/lower.h"

namespace {

using namespace me;

ir::Program program_of(const proxies::Job& job) {
  jit::Source source;
  source.text = job.text;
  source.max_tier = jit::Tier::Interpreter;
  for (const auto& name : job.names) source.signature.params.push_back({name, job.dtype()});
  Metrics metrics;
  const auto kernel = jit::compile(std::move(source), nullptr, "", metrics);
  if (!kernel) {
    std::fprintf(stderr, "%s does not compile\n", job.text.c_str());
    std::exit(2);
  }
  return (*kernel)->program;
}

void print_modules(const ir::Program& program, int width) {
  const auto lowered = jit::lower(program, width, jit::Tier::OptimizingJit);
  std::size_t bytes = 0;
  std::string text;
  if (const auto* modules = std::get_if<jit::Modules>(&lowered)) {
    for (const auto& stage : modules->stages) {
      bytes += stage.size();
      text += wasm::to_text(stage);
    }
  }
  std::printf("= %d %zu\n%s\n=\n", width, bytes, text.c_str());
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto program = program_of(proxies::parse_job(line));
    print_modules(program, 32);
    print_modules(program, 64);
  }
  return 0;
}
