// The code generator: one stage of an IR program in, the bytes of a WebAssembly module out.
//
// The module imports exactly `env.memory`, exports ir::kKernelExport with the kernel ABI of
// ir/kernel_abi.h, and contains nothing else: no calls, tables, globals or data. Its loops compute
// several elements per iteration in 128-bit SIMD registers and give the interpreter's bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/phases.h"
#include "base/steps.h"
#include "ir/code.h"

namespace me::wasm {

struct Target {
  bool memory64 = false;  // 64-bit pointers and the memory of me_host.h, else 32-bit ones
  int opt_level = 1;      // 0: quick to compile; 1: quick to run
};

// Why a stage cannot be compiled: one line for humans.
struct Decline {
  std::string reason;
};

struct Module {
  std::vector<std::uint8_t> bytes;
  bool may_redo = false;  // the kernel can return KernelStatus::Redo
  PhaseTimes times;       // Lower, Optimize, Encode
};

// `program` is legal (ir/verify). Never throws; may be called by several threads at a time.
std::variant<Module, Decline> lower(const ir::Program& program, std::size_t stage,
                                    const Target& target);

// The same in steps. `program` outlives them.
Steps<std::variant<Module, Decline>> lower_steps(const ir::Program& program, std::size_t stage,
                                                 Target target);

// The module as WebAssembly text, or a line that says why it cannot be read.
std::string to_text(const std::vector<std::uint8_t>& bytes);

}  // namespace me::wasm
