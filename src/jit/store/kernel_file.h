// Kernel files: a kernel as one WebAssembly module, to be loaded by another process.
//
// A kernel file is the first stage's module for 32-bit memories (an empty module, if no tier has code
// for the kernel) followed by one custom section "mejit": anything that runs WebAssembly can
// instantiate a kernel of one stage as it is. The section's payload:
//
//   the manifest     lines of text, see manifest() below
//   the modules      the other stages', then all stages' for 64-bit memories, in the manifest's order
//   the trailer      4 little-endian 64-bit words: where the payload begins in the file, how long the
//                    manifest is, the XXH64 of every byte of the file before this word, "mejit.kf"
//
// A file is code: like a shared library it can do what it likes in the process that runs it. The
// checksum finds damage, not malice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/steps.h"
#include "jit/instantiate.h"
#include "jit/kernel.h"

namespace me::jit {

constexpr unsigned kKernelFileFormat = 1;

struct KernelFile {
  unsigned format = kKernelFileFormat;
  unsigned abi = 0;               // ir::kKernelAbi of the writer
  std::string build;              // its build_id()
  Source source;                  // without C functions
  std::vector<Modules> variants;  // of different pointer widths; none: the interpreter's
};

// What identifies the modules of a source, as text: ABI, build, dialect, dtypes, options, source.
std::string cache_key(const Source& source);

// A file of this build with these modules.
KernelFile file_of(const Source& source, std::vector<Modules> variants);

// The file of a kernel: modules for these pointer widths, made anew from its program. Fails for kernels
// that call C functions, whose addresses mean nothing elsewhere.
Result<std::vector<std::uint8_t>> save(const Kernel& kernel, std::span<const int> widths);
// The same in steps. `kernel` outlives them.
Steps<Result<std::vector<std::uint8_t>>> save_steps(const Kernel& kernel, std::vector<int> widths);

std::vector<std::uint8_t> write(const KernelFile& file);

// Any bytes may come in. Checks the whole file, and that what it says fits together.
Result<KernelFile> read(std::span<const std::uint8_t> bytes);

// Where a stage's module lies in `bytes`, which `file` was read from; nothing without such a module.
struct Place {
  std::size_t begin;
  std::size_t size;
};
std::optional<Place> locate(const KernelFile& file, std::span<const std::uint8_t> bytes,
                            int pointer_bits, std::size_t stage);

// Whether this build may run the file's modules; an error says which difference forbids it.
Outcome check_origin(const KernelFile& file);

// The manifest of a whole file, as text; after the last line "source N" its N bytes:
//   mejit-kernel 1
//   abi 1
//   build 5d1c6f0e9a3b7c42
//   dialect numpy
//   tier fastest
//   result auto
//   param array float64 0 a
//   param uniform,weak int64 0 n
//   module optimizing 32 612
//   module optimizing 64 650
//   source 5
//   a + n
Result<std::string> manifest(std::span<const std::uint8_t> bytes);

}  // namespace me::jit
