// pyodide_runtime.js with Module objects made by hand, in the shapes that real programs have. The
// real ones are in tests/side_module.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import vm from 'node:vm';

import { fakeRuntime, kernelAdds } from './fake_runtime.mjs';
import { kernelModule } from './kernel_bytes.mjs';

const require = createRequire(import.meta.url);
const glue = require('../../js/me_jit_glue.js');
const { emscriptenRuntime, registerJitHelpers, withdrawJitHelpers } =
  require('../../js/pyodide_runtime.js');
const kSource = new URL('../../js/pyodide_runtime.js', import.meta.url);

// An Emscripten Module as Pyodide shows it: plain HEAP properties that go stale when the memory
// grows, printErr instead of err, the memory under `memoryName`.
function fakeModule(memoryName = 'memory') {
  const { runtime, lines } = fakeRuntime();
  const Module = {
    ...runtime, [memoryName]: runtime.wasmMemory, printErr: runtime.err, err: undefined,
  };
  if (memoryName !== 'wasmMemory') delete Module.wasmMemory;
  // The library: remembers its helpers, and calls one the way C does.
  const library = { calls: [], instantiate: 0, free: 0 };
  Module._me_register_wasm_jit_helpers = (instantiate, free) => {
    library.calls.push([instantiate, free]);
    Object.assign(library, { instantiate, free });
  };
  // The table of this fake takes wasm functions only, so helpers are kept beside it.
  const functions = new Map();
  const signatures = [];
  Module.addFunction = (fn, signature) => {
    const index = 1000 + functions.size;
    functions.set(index, fn);
    signatures.push(signature);
    return index;
  };
  return { Module, library, functions, signatures, lines, memory: runtime.wasmMemory };
}

function putBytes(memory, bytes, at = 4096) {
  new Uint8Array(memory.buffer).set(bytes, at);
  return [at, bytes.length];
}

for (const memoryName of ['memory', 'wasmMemory']) {
  test(`runtime of a program with Module.${memoryName}`, () => {
    const { Module, memory } = fakeModule(memoryName);
    const runtime = emscriptenRuntime(memoryName === 'memory' ? { _module: Module } : Module);
    assert.equal(runtime.wasmMemory, memory);
    const entry = glue._meJitInstantiate(runtime, kernelModule(), 0);
    assert.ok(kernelAdds(runtime, entry));
  });
}

test('a program that hides its memory is asked by loading a tiny library', () => {
  const { Module, memory } = fakeModule();
  delete Module.memory;
  const original = WebAssembly.Instance;
  Module.loadWebAssemblyModule = (bytes, flags) => {
    assert.equal(flags.loadAsync, false);
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    throw new Error('the loader expected more');
  };
  assert.equal(emscriptenRuntime(Module).wasmMemory, memory);
  assert.equal(WebAssembly.Instance, original);
});

test('no memory to be found: the glue names it', () => {
  const { Module, lines } = fakeModule();
  delete Module.memory;
  const runtime = emscriptenRuntime(Module);
  assert.equal(glue._meJitInstantiate(runtime, kernelModule(), 0), 0);
  assert.match(lines.at(-1), /wasmMemory is missing/);
});

test('views follow the memory when it grows', () => {
  const { Module, memory } = fakeModule();
  const runtime = emscriptenRuntime(Module);
  assert.equal(runtime.HEAPU8, Module.HEAPU8);
  memory.grow(4);
  for (const name of ['HEAPU8', 'HEAPF32', 'HEAPF64']) {
    assert.equal(Module[name].length, 0);
    assert.equal(runtime[name].buffer, memory.buffer);
    assert.equal(runtime[name], runtime[name]);
  }
});

test('helpers are registered once, with their signatures, and called through', () => {
  const { Module, library, functions, signatures, memory } = fakeModule();
  const record = registerJitHelpers({ _module: Module }, glue);
  assert.equal(record.error, '');
  assert.ok(record.registered);
  assert.deepEqual(signatures, ['iiii', 'vi']);
  assert.deepEqual(library.calls, [[record.instantiatePtr, record.freePtr]]);

  const again = registerJitHelpers(Module, glue);
  assert.equal(again, record);
  assert.equal(functions.size, 2);
  assert.deepEqual(library.calls[1], library.calls[0]);

  memory.grow(4);
  const instantiate = functions.get(library.instantiate);
  const [pointer, length] = putBytes(memory, kernelModule(), 3 * 65536);
  const entry = instantiate(pointer, length, 0);
  assert.ok(entry > 0);
  new Uint8Array(memory.buffer).fill(0xff, pointer, pointer + length);
  assert.ok(kernelAdds(record.runtime, entry));
  assert.equal(functions.get(library.free)(entry), undefined);
  assert.equal(Module.wasmTable.get(entry), null);

  withdrawJitHelpers(Module);
  assert.deepEqual(library.calls.at(-1), [0, 0]);
  assert.equal(record.registered, false);
  registerJitHelpers(Module, glue);
  assert.ok(record.registered);
  assert.equal(functions.size, 2);
});

test('the helpers check their arguments and never throw', () => {
  const { Module, memory } = fakeModule();
  const seen = [];
  const spy = { _meJitInstantiate: (...args) => seen.push(args), _meJitFreeFn() {} };
  const { helpers } = registerJitHelpers(Module, spy);
  const size = memory.buffer.byteLength;
  for (const [pointer, length] of [[0, 10], [16, 0], [size - 4, 8], [-8, 4], [16, -1]]) {
    assert.equal(helpers.instantiate(pointer, length, 0), 0);
  }
  assert.deepEqual(seen, []);
  helpers.instantiate(size - 8, 8, 0);
  assert.equal(seen[0][1].length, 8);
  assert.notEqual(seen[0][1].buffer, memory.buffer, 'the glue gets a copy');

  const broken = fakeModule();
  const throwing = { _meJitInstantiate() { throw 1; }, _meJitFreeFn() { throw 1; } };
  const record = registerJitHelpers(broken.Module, throwing);
  assert.equal(record.helpers.instantiate(...putBytes(broken.memory, kernelModule()), 0), 0);
  assert.equal(record.helpers.free(3), undefined);
});

test('the C function may be given as callable, as table index or as a loaded symbol', () => {
  const seen = [];
  const target = (...pointers) => seen.push(pointers);
  const callable = fakeModule();
  assert.ok(registerJitHelpers(callable.Module, glue, target).registered);

  const symbol = fakeModule();
  delete symbol.Module._me_register_wasm_jit_helpers;
  symbol.Module.resolveGlobalSymbol = (name) =>
    ({ sym: name === 'me_register_wasm_jit_helpers' ? target : undefined });
  assert.ok(registerJitHelpers(symbol.Module, glue).registered);

  const index = fakeModule();
  const table = { ...index.Module.wasmTable, get: (i) => (i === 77 ? target : null) };
  index.Module.wasmTable = table;
  assert.ok(registerJitHelpers(index.Module, glue, 77).registered);
  assert.deepEqual(seen, [[1000, 1001], [1000, 1001], [1000, 1001]]);
});

test('whatever is wrong ends in a record with an error', () => {
  const noSymbol = fakeModule().Module;
  delete noSymbol._me_register_wasm_jit_helpers;
  const cases = [
    [null, glue, undefined, /neither a Pyodide instance/],
    [{}, glue, undefined, /neither a Pyodide instance/],
    [fakeModule().Module, {}, undefined, /glue lacks/],
    [fakeModule().Module, null, undefined, /glue lacks/],
    [noSymbol, glue, undefined, /not exported by any loaded library/],
    [fakeModule().Module, glue, 'name', /neither a table index nor a function/],
    [fakeModule().Module, glue, 3, /no function at index 3/],
    [fakeModule().Module, glue, () => { throw new Error('refused by C'); }, /refused by C/],
  ];
  for (const [host, useGlue, target, pattern] of cases) {
    const record = registerJitHelpers(host, useGlue, target);
    assert.equal(record.registered, false);
    assert.match(record.error, pattern);
  }
  const late = registerJitHelpers(noSymbol, glue, () => {});
  assert.ok(late.registered);
  assert.equal(late.error, '');
});

test('as a script it sets one global, as an ES module import its names are visible', async () => {
  const page = vm.createContext(
    { WebAssembly, console }, { codeGeneration: { strings: false, wasm: true } });
  vm.runInContext(readFileSync(kSource, 'utf8'), page);
  assert.deepEqual(Object.keys(page.mejitPyodide),
                   ['emscriptenRuntime', 'registerJitHelpers', 'withdrawJitHelpers']);
  assert.equal(globalThis.mejitPyodide, undefined);
  const imported = await import('../../js/pyodide_runtime.js');
  assert.equal(imported.registerJitHelpers, registerJitHelpers);
});
