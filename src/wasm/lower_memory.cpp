// Elements between memory and registers.
//
// Enters: an operand's pointer, which stands at the vector's first element. Leaves: its registers,
// and the other way round for the output. Example: 8 lanes of int16 are one register, of float64
// four registers 16 bytes apart, of bool 8 bytes compared with 0 to a mask of 8-bit lanes. No
// address is assumed aligned. Complex elements are taken apart and
// put together with shuffles. Tested by tests/unit/wasm_run_test.cpp.
#include "wasm/convert.h"
#include "wasm/lowering.h"

namespace me::wasm {

// One part of complex elements: two registers hold the elements of one of parts. float32 parts of
// two elements only are in the low half of one register.
Registers Lowering::load_part(std::uint32_t index, unsigned width, unsigned part) {
  const Local pointer = frame_.pointers[index];
  const unsigned bytes = width / 8;
  std::array<std::uint8_t, 16> taken;
  for (unsigned b = 0; b < 16; ++b) {
    taken[b] = static_cast<std::uint8_t>((2 * (b / bytes) + part) * bytes + b % bytes);
  }
  Registers result;
  if (plan_.lanes * width < 128) {
    const Local both = code_.keep(code_.load_vector(pointer, 0));
    result.push_back(code_.keep(code_.shuffle(both, both, taken)));
    return result;
  }
  for (unsigned i = 0; i < shape_of(false).registers(width); ++i) {
    const Local low = code_.keep(code_.load_vector(pointer, 32 * i));
    const Local high = code_.keep(code_.load_vector(pointer, 32 * i + 16));
    result.push_back(code_.keep(code_.shuffle(low, high, taken)));
  }
  return result;
}

Value Lowering::load_operand(const ir::Inst& inst) {
  const std::uint32_t index = inst.index;
  Value v;
  v.dtype = inst.dtype;
  v.width = bits_of(v.dtype);
  v.shape = shape_of(false);
  if (is_complex(program_.operands[index].dtype)) {
    v.registers = load_part(index, v.width, inst.part);
    return v;
  }
  const Local pointer = frame_.pointers[index];
  const unsigned bits = v.shape.lanes * v.width;
  const unsigned count = v.shape.registers(v.width);
  for (unsigned i = 0; i < count; ++i) {
    Local r = code_.keep(bits < 128 ? code_.load_low(bits, pointer, 0)
                                    : code_.load_vector(pointer, 16 * i));
    if (is_bool(v.dtype)) r = code_.keep(code_.binary(bn::NeVecI8x16, r, code_.vector64(0)));
    v.registers.push_back(r);
  }
  return v;
}

Value Lowering::load_scalar(const ir::Inst& inst) {
  Value v;
  v.dtype = inst.dtype;
  v.width = bits_of(v.dtype);
  Local r = code_.keep(code_.load_splat(v.width, frame_.scalars, inst.index * ir::kScalarBytes));
  if (is_bool(v.dtype)) r = code_.keep(code_.binary(bn::NeVecI8x16, r, code_.vector64(0)));
  v.registers = {r};
  return v;
}

void Lowering::store(const Value& value) {
  const bool truth = is_bool(value.dtype);
  const unsigned width = bits_of(value.dtype);
  Registers registers = truth ? mask_registers(value, width) : value.registers;
  if (truth) {
    for (Local& r : registers) {
      r = code_.keep(code_.binary(bn::AndVec128, r, code_.splat_bits(8, 1)));
    }
  }
  const unsigned bits = plan_.lanes * width;
  if (bits < 128) {
    code_.store_low(bits, frame_.out, 0, registers[0]);
    return;
  }
  for (std::size_t i = 0; i < registers.size(); ++i) {
    code_.store_vector(frame_.out, 16 * i, code_.get(registers[i]));
  }
}

void Lowering::store_pairs(const Value& re, const Value& im) {
  const unsigned bytes = re.width / 8;
  std::array<std::uint8_t, 16> low, high;
  for (unsigned b = 0; b < 16; ++b) {
    const unsigned lane = b / bytes;
    const unsigned from = (lane % 2) * 16 + (lane / 2) * bytes + b % bytes;
    low[b] = static_cast<std::uint8_t>(from);
    high[b] = static_cast<std::uint8_t>(from + 8);
  }
  const bool half = plan_.lanes * re.width < 128;
  for (std::size_t i = 0; i < re.registers.size(); ++i) {
    code_.store_vector(frame_.out, 32 * i, code_.shuffle(re.registers[i], im.registers[i], low));
    if (half) continue;
    code_.store_vector(frame_.out, 32 * i + 16,
                       code_.shuffle(re.registers[i], im.registers[i], high));
  }
}

}  // namespace me::wasm
