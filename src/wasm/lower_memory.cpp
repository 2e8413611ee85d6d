// Elements between memory and registers.
//
// Enters: an operand's pointer, which stands at the vector's first element. Leaves: its registers,
// and the other way round for the output. Example: 8 lanes of int16 are one register, of float64
// four registers 16 bytes apart, of bool 8 bytes compared with 0 to a mask of 8-bit lanes. No
// address is assumed aligned. Tested by tests/unit/wasm_run_test.cpp.
#include "wasm/convert.h"
#include "wasm/lowering.h"

namespace me::wasm {

Value Lowering::load_operand(std::uint32_t index) {
  Value v;
  v.dtype = program_.operands[index].dtype;
  v.width = bits_of(v.dtype);
  v.shape = shape_of(false);
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

}  // namespace me::wasm
