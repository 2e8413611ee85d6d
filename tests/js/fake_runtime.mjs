// A runtime object for the glue in plain Node: own memory, own table, and addFunction with a free
// list and a copy of the table as Emscripten programs have them.
//
// Out: { runtime, lines, mirror, emscriptenSlots }. `lines` collects what the glue prints.

export function fakeRuntime({ tableSize = 10, tableMaximum, pages = 2, withMirror = false } = {}) {
  const memory = new WebAssembly.Memory({ initial: pages });
  const table = new WebAssembly.Table({
    initial: tableSize, element: 'anyfunc',
    ...(tableMaximum === undefined ? {} : { maximum: tableMaximum }),
  });
  const lines = [];
  const mirror = [];
  const freeIndexes = [];
  const emscriptenSlots = new Set();
  const setWasmTableEntry = (index, fn) => {
    table.set(index, fn);
    mirror[index] = table.get(index);
  };
  let stackPointer = 65536;
  const runtime = {
    get HEAPU8() { return new Uint8Array(memory.buffer); },
    get HEAPF32() { return new Float32Array(memory.buffer); },
    get HEAPF64() { return new Float64Array(memory.buffer); },
    wasmMemory: memory,
    wasmTable: table,
    addFunction(fn) {
      const index = freeIndexes.length ? freeIndexes.pop() : table.grow(1);
      setWasmTableEntry(index, fn);
      emscriptenSlots.add(index);
      return index;
    },
    removeFunction(index) {
      setWasmTableEntry(index, null);
      freeIndexes.push(index);
    },
    stackSave: () => stackPointer,
    stackAlloc: (bytes) => (stackPointer -= bytes),
    stackRestore: (pointer) => { stackPointer = pointer; },
    lengthBytesUTF8: (text) => new TextEncoder().encode(text).length,
    stringToUTF8(text, pointer, maxBytes) {
      const bytes = new TextEncoder().encode(text).subarray(0, maxBytes - 1);
      new Uint8Array(memory.buffer).set([...bytes, 0], pointer);
    },
    err: (line) => lines.push(line),
  };
  if (withMirror) runtime.setWasmTableEntry = setWasmTableEntry;
  return { runtime, lines, mirror, emscriptenSlots };
}

// A copy of `runtime` (getters included) with `changes` on top; undefined in `changes` removes.
export function changed(runtime, changes) {
  const copy = Object.create(null, Object.getOwnPropertyDescriptors(runtime));
  for (const [name, value] of Object.entries(Object.getOwnPropertyDescriptors(changes))) {
    if ('value' in value && value.value === undefined) delete copy[name];
    else Object.defineProperty(copy, name, { ...value, configurable: true });
  }
  return copy;
}

// Runs the kernel at table index `entry` over `count` elements of a + b; true when it is right.
export function kernelAdds(runtime, entry, count = 100, base = 1024) {
  const address = { operands: base, a: base + 64, b: base + 64 + 8 * count,
                    out: base + 64 + 16 * count };
  const words = new Uint32Array(runtime.wasmMemory.buffer, address.operands, 2);
  words.set([address.a, address.b]);
  const doubles = (at) => new Float64Array(runtime.wasmMemory.buffer, at, count);
  doubles(address.a).forEach((_, i, all) => { all[i] = i + 0.25; });
  doubles(address.b).forEach((_, i, all) => { all[i] = -3 * i; });
  doubles(address.out).fill(NaN);
  const status = runtime.wasmTable.get(entry)(address.operands, address.out, count);
  return status === 0 && doubles(address.out).every((v, i) => v === i + 0.25 - 3 * i);
}
