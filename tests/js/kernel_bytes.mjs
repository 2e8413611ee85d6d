// Builds the small kernel modules of these tests byte by byte, without any library.
//
// In:  a description: imports, exports, the type and the body of the one function.
// Out: a Uint8Array. kernelModule() alone gives a good kernel; each option spoils one thing.

const kMagic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const kI32 = 0x7f;

const unsigned = (value) => {
  const out = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    out.push(value ? low | 0x80 : low);
  } while (value);
  return out;
};
const vector = (items) => [...unsigned(items.length), ...items.flat()];
const name = (text) => vector([...new TextEncoder().encode(text)]);
const section = (id, content) => [id, ...unsigned(content.length), ...content];

// Import and export descriptors.
export const memoryImport = (module = 'env', field = 'memory', minPages = 0) =>
  [...name(module), ...name(field), 0x02, 0x00, ...unsigned(minPages)];
export const functionImport = (module, field) => [...name(module), ...name(field), 0x00, 0x00];
export const globalImport = (module, field) => [...name(module), ...name(field), 0x03, kI32, 0x00];
export const tableImport = (module, field) =>
  [...name(module), ...name(field), 0x01, 0x70, 0x00, 0x00];
export const functionExport = (field, index = 0) => [...name(field), 0x00, ...unsigned(index)];
export const memoryExport = (field) => [...name(field), 0x02, 0x00];

// out[i] = a[i] + b[i] for float64; parameters 0 operands, 1 out, 2 nitems; local 3 is i.
const element = (base) => [...base, 0x20, 3, 0x41, 3, 0x74, 0x6a];  // base + (i << 3)
const operand = (offset) => [0x20, 0, 0x28, 2, offset];             // i32.load offset(operands)
const kAddBody = [
  0x01, 0x01, kI32,                                  // one local: i
  0x02, 0x40, 0x03, 0x40,                            // block, loop
  0x20, 3, 0x20, 2, 0x4e, 0x0d, 1,                   // leave when i >= nitems
  ...element([0x20, 1]),
  ...element(operand(0)), 0x2b, 0, 0,                // f64.load, any alignment
  ...element(operand(4)), 0x2b, 0, 0,
  0xa0, 0x39, 0, 0,                                  // f64.add, f64.store
  0x20, 3, 0x41, 1, 0x6a, 0x21, 3, 0x0c, 0,          // i = i + 1, again
  0x0b, 0x0b, 0x41, 0, 0x0b,                         // end, end, status 0
];

export const kKernelType = [0x60, ...vector([[kI32], [kI32], [kI32]]), ...vector([[kI32]])];
export const kTwoParameters = [0x60, ...vector([[kI32], [kI32]]), ...vector([[kI32]])];
export const kFloatResult = [0x60, ...vector([[kI32], [kI32], [kI32]]), ...vector([[0x7c]])];
export const kConstantBody = [0x00, 0x41, 0, 0x0b];                    // i32.const 0
export const kFloatConstantBody = [0x00, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b];
const kUnreachableBody = [0x00, 0x00, 0x0b];

export function kernelModule(options = {}) {
  const {
    imports = [memoryImport()], exports = [functionExport('me_dsl_jit_kernel')],
    type = kKernelType, body = kAddBody, ownMemory = false, trapAtStart = false, padding = 0,
  } = options;
  const types = [type, [0x60, 0x00, 0x00]];
  const bodies = [vector(body.map((byte) => [byte]))];
  const functions = [[0x00]];
  if (trapAtStart) {
    functions.push([0x01]);
    bodies.push(vector(kUnreachableBody.map((byte) => [byte])));
  }
  return Uint8Array.from([
    ...kMagic,
    ...section(1, vector(types)),
    ...(imports.length ? section(2, vector(imports)) : []),
    ...section(3, vector(functions)),
    ...(ownMemory ? section(5, vector([[0x00, 0x01]])) : []),
    ...section(7, vector(exports)),
    ...(trapAtStart ? section(8, unsigned(1)) : []),
    ...section(10, vector(bodies)),
    ...(padding ? section(0, [...name('padding'), ...new Array(padding).fill(0)]) : []),
  ]);
}
