// The module around a kernel function, and its binary and text forms.
//
// Enters: an empty Binaryen module, later a complete one. Leaves: the declaration of env.memory and
// of the export, bytes, text. Example: the 32-bit variant imports (memory 0), which any host memory
// satisfies; the 64-bit one has min = max = ME_HOST_MEMORY64_PAGES. Tested by
// tests/unit/wasm_module_test.cpp.
#include "wasm/encode.h"

#include <exception>
#include <sstream>

#include "ir/kernel_abi.h"
#include "me_host.h"
#include "pass.h"
#include "support/colors.h"
#include "wasm-binary.h"
#include "wasm-validator.h"
#include "wasm/lower.h"

namespace me::wasm {
namespace {

bn::FeatureSet features(bool memory64) {
  bn::FeatureSet set = bn::FeatureSet::MVP;
  set.enable(bn::FeatureSet::SIMD);
  set.enable(bn::FeatureSet::SignExt);
  set.enable(bn::FeatureSet::TruncSat);
  if (memory64) set.enable(bn::FeatureSet::Memory64);
  return set;
}

}  // namespace

bn::Function& declare_kernel(bn::Module& module, bool memory64) {
  module.features = features(memory64);
  auto memory = std::make_unique<bn::Memory>();
  memory->name = "0";
  memory->module = "env";
  memory->base = "memory";
  memory->addressType = memory64 ? bn::Type::i64 : bn::Type::i32;
  memory->initial = memory64 ? ME_HOST_MEMORY64_PAGES : 0;
  memory->max =
      memory64 ? bn::Address::address64_t(ME_HOST_MEMORY64_PAGES) : bn::Memory::kUnlimitedSize;
  module.addMemory(std::move(memory));

  const bn::Type pointer = memory64 ? bn::Type::i64 : bn::Type::i32;
  const bn::HeapType type(bn::Signature(bn::Type({pointer, pointer, pointer}), bn::Type::i32));
  bn::Function* function = module.addFunction(bn::Builder::makeFunction("kernel", type, {}));
  module.addExport(
      bn::Builder::makeExport(ir::kKernelExport, function->name, bn::ExternalKind::Function));
  return *function;
}

std::string validate(bn::Module& module) {
  if (bn::WasmValidator().validate(module,
                                   bn::WasmValidator::Globally | bn::WasmValidator::Quiet)) {
    return {};
  }
  return "the validator refuses the module";
}

std::vector<std::uint8_t> encode(bn::Module& module) {
  bn::BufferWithRandomAccess buffer;
  bn::PassOptions options;
  bn::WasmBinaryWriter writer(&module, buffer, options);
  writer.setNamesSection(false);
  writer.write();
  return {buffer.begin(), buffer.end()};
}

std::string to_text(const std::vector<std::uint8_t>& bytes) {
  try {
    bn::Module module;
    const std::vector<char> input(bytes.begin(), bytes.end());
    bn::WasmBinaryReader reader(module, bn::FeatureSet::All, input);
    reader.read();
    std::ostringstream text;
    text << module;
    return text.str();
  } catch (const bn::ParseException& e) {
    return "unreadable module: " + e.text + "\n";
  } catch (const std::exception& e) {
    return std::string("unreadable module: ") + e.what() + "\n";
  }
}

}  // namespace me::wasm
