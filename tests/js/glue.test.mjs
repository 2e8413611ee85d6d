// me_jit_glue.js with a runtime made by hand: what it accepts, what it refuses and how it says so,
// and what happens to the function table.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import vm from 'node:vm';

import { changed, fakeRuntime, kernelAdds } from './fake_runtime.mjs';
import * as wasm from './kernel_bytes.mjs';

const require = createRequire(import.meta.url);
const kGlueFile = new URL('../../js/me_jit_glue.js', import.meta.url);
const { _meJitInstantiate, _meJitFreeFn } = require('../../js/me_jit_glue.js');
const stats = () => _meJitInstantiate.meJitStats();

const kRequired = [
  'HEAPF32', 'HEAPF64', 'HEAPU8', 'wasmMemory', 'wasmTable', 'addFunction', 'removeFunction',
  'stackSave', 'stackAlloc', 'stackRestore', 'lengthBytesUTF8', 'stringToUTF8',
];

// Instantiates, expects 0, and checks the reason, the counter and the printed line.
function refused(runtime, lines, bytes, reason, pattern) {
  const before = stats();
  const printed = lines.length;
  assert.equal(_meJitInstantiate(runtime, bytes, 0), 0);
  const after = stats();
  assert.equal(after.refused, before.refused + 1);
  assert.equal(after.refusals[reason], before.refusals[reason] + 1, after.lastError);
  assert.match(after.lastError, pattern);
  assert.equal(lines.length, printed + 1);
  assert.equal(lines.at(-1), `[me-wasm-jit] ${after.lastError}`);
}

test('a good kernel gets an index, runs, and gives the index back', () => {
  const { runtime, lines } = fakeRuntime();
  const before = stats();
  const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
  assert.ok(Number.isInteger(entry) && entry > 0);
  assert.ok(kernelAdds(runtime, entry));
  assert.equal(runtime.wasmTable.get(entry).length, 3);
  assert.equal(_meJitFreeFn(runtime, entry), undefined);
  assert.equal(runtime.wasmTable.get(entry), null);
  assert.deepEqual(lines, []);
  assert.equal(stats().instantiated, before.instantiated + 1);
  assert.equal(stats().freed, before.freed + 1);
});

test('index 0 of an empty table is never given out', () => {
  for (const limits of [{ tableSize: 0 }, { tableSize: 0, tableMaximum: 2 }]) {
    const { runtime } = fakeRuntime(limits);
    const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
    assert.ok(entry > 0);
    assert.ok(kernelAdds(runtime, entry));
  }
});

for (const member of kRequired) {
  test(`runtime without ${member}`, () => {
    const { runtime, lines } = fakeRuntime();
    const pattern = new RegExp(`^invalid runtime object: ${member} is missing$`);
    refused(changed(runtime, { [member]: undefined }), lines, wasm.kernelModule(), 'runtime',
            pattern);
    refused(changed(runtime, { [member]: null }), lines, wasm.kernelModule(), 'runtime', pattern);
  });

  test(`runtime with a wrong or hostile ${member}`, () => {
    const { runtime, lines } = fakeRuntime();
    for (const wrong of [7, 'text', {}, Symbol('s')]) {
      refused(changed(runtime, { [member]: wrong }), lines, wasm.kernelModule(), 'runtime',
              new RegExp(`${member} is not a`));
    }
    const hostile = changed(runtime, {});
    Object.defineProperty(hostile, member, { get() { throw new Error('boo'); } });
    refused(hostile, lines, wasm.kernelModule(), 'runtime',
            new RegExp(`${member} cannot be read \\(boo\\)`));
    const unprintable = { get message() { throw unprintable; }, toString: null };
    Object.defineProperty(hostile, 'HEAPU8', { get() { throw unprintable; } });
    refused(hostile, lines, wasm.kernelModule(), 'runtime', /HEAPU8 cannot be read/);
  });
}

test('all missing members are named at once', () => {
  const lines = [];
  const bare = { err: (line) => lines.push(line) };
  assert.equal(_meJitInstantiate(bare, wasm.kernelModule(), 0), 0);
  for (const member of kRequired) assert.ok(lines[0].includes(`${member} is missing`), lines[0]);
});

test('err is optional, and a throwing err is survived', (t) => {
  const { runtime } = fakeRuntime();
  const printed = t.mock.method(console, 'error', () => {});
  const withoutErr = changed(runtime, { err: undefined });
  assert.ok(_meJitInstantiate(withoutErr, wasm.kernelModule(), 0) > 0);
  assert.equal(_meJitInstantiate(withoutErr, Uint8Array.of(1, 2, 3), 0), 0);
  assert.equal(printed.mock.callCount(), 1);
  const broken = changed(runtime, { err: () => { throw new Error('no'); } });
  assert.equal(_meJitInstantiate(broken, Uint8Array.of(1, 2, 3), 0), 0);
  assert.equal(printed.mock.callCount(), 2);
  printed.mock.mockImplementation(() => { throw new Error('no console'); });
  assert.equal(_meJitInstantiate(broken, Uint8Array.of(1, 2, 3), 0), 0);
});

test('nothing to work on: 0, counted, silent', () => {
  const { runtime, lines } = fakeRuntime();
  const before = stats().refusals.arguments;
  assert.equal(_meJitInstantiate(null, wasm.kernelModule(), 0), 0);
  assert.equal(_meJitInstantiate(runtime, null, 0), 0);
  assert.equal(_meJitInstantiate(), 0);
  assert.equal(stats().refusals.arguments, before + 3);
  assert.deepEqual(lines, []);
});

test('runtime of any type is survived', (t) => {
  t.mock.method(console, 'error', () => {});
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const all = new Proxy({}, { get() { throw new Error('closed'); } });
  for (const runtime of [1, 'runtime', true, Symbol('r'), () => 0, [], proxy, all, 10n]) {
    assert.equal(_meJitInstantiate(runtime, wasm.kernelModule(), 0), 0);
    assert.equal(_meJitFreeFn(runtime, 5), undefined);
  }
});

test('malformed bytes', () => {
  const { runtime, lines } = fakeRuntime();
  const good = wasm.kernelModule();
  refused(runtime, lines, 'bytes', 'arguments', /not a Uint8Array/);
  refused(runtime, lines, {}, 'arguments', /not a Uint8Array/);
  for (const bad of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(5000).fill(255)]) {
    refused(runtime, lines, bad, 'compile', /^cannot compile the kernel module: /);
  }
  for (let cut = 8; cut < good.length; cut += 1) {
    assert.equal(_meJitInstantiate(runtime, good.slice(0, cut), 0), 0, `cut at ${cut}`);
  }
  for (let at = 0; at < good.length; at += 1) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const bytes = good.slice();
      bytes[at] ^= flip;
      _meJitInstantiate(runtime, bytes, 0);
    }
  }
  assert.ok(kernelAdds(runtime, _meJitInstantiate(runtime, good, 0)));
});

test('wrong imports', () => {
  const { runtime, lines } = fakeRuntime();
  const own = wasm.kernelModule({ imports: [], ownMemory: true });
  refused(runtime, lines, own, 'imports', /does not import env\.memory/);
  const kernelIs = (index) => [wasm.functionExport('me_dsl_jit_kernel', index)];
  const memory = wasm.memoryImport();
  const cases = [
    [[memory, wasm.functionImport('env', 'sin')], kernelIs(1), /env\.sin \(function\)/],
    [[memory, wasm.functionImport('env', 'memory')], kernelIs(1), /env\.memory \(function\)/],
    [[wasm.memoryImport('other', 'memory')], kernelIs(0), /other\.memory \(memory\)/],
    [[wasm.memoryImport('env', 'heap')], kernelIs(0), /env\.heap \(memory\)/],
    [[wasm.globalImport('env', 'sp'), memory], kernelIs(0), /env\.sp \(global\)/],
    [[memory, wasm.tableImport('env', 'table')], kernelIs(0), /env\.table \(table\)/],
  ];
  for (const [imports, exports, pattern] of cases) {
    refused(runtime, lines, wasm.kernelModule({ imports, exports }), 'imports', pattern);
  }
});

test('wrong exports', () => {
  const { runtime, lines } = fakeRuntime();
  const kernel = (options) => wasm.kernelModule(options);
  refused(runtime, lines, kernel({ exports: [wasm.functionExport('kernel')] }), 'export',
          /^missing export me_dsl_jit_kernel$/);
  refused(runtime, lines, kernel({ exports: [wasm.memoryExport('me_dsl_jit_kernel')] }), 'export',
          /is a memory, not a function/);
  const two = { type: wasm.kTwoParameters, body: wasm.kConstantBody };
  refused(runtime, lines, kernel(two), 'signature', /not \(i32, i32, i32\) -> i32/);
  const float = { type: wasm.kFloatResult, body: wasm.kFloatConstantBody };
  refused(runtime, lines, kernel(float), 'signature', /not \(i32, i32, i32\) -> i32/);
});

test('a module that does not fit the memory, or traps at its start', () => {
  const { runtime, lines } = fakeRuntime();
  const large = wasm.kernelModule({ imports: [wasm.memoryImport('env', 'memory', 5000)] });
  refused(runtime, lines, large, 'link', /cannot instantiate/);
  refused(runtime, lines, wasm.kernelModule({ trapAtStart: true }), 'link', /unreachable/);
});

test('warnings can be silenced, runtime faults cannot', () => {
  const { runtime, lines } = fakeRuntime();
  const bad = Uint8Array.of(1, 2, 3);
  _meJitInstantiate(runtime, bad, 0, false);
  _meJitInstantiate(changed(runtime, { meJitEmitWarnings: false }), bad, 0);
  assert.equal(lines.length, 0);
  _meJitInstantiate(changed(runtime, { meJitEmitWarnings: false }), bad, 0, true);
  _meJitInstantiate(changed(runtime, { meJitEmitWarnings: 'no' }), bad, 0);
  assert.equal(lines.length, 2);
  _meJitInstantiate(changed(runtime, { HEAPU8: undefined }), bad, 0, false);
  assert.equal(lines.length, 3);
});

test('1,000 compile and free cycles stay within 256 slots', () => {
  const { runtime } = fakeRuntime();
  const before = runtime.wasmTable.length;
  for (let i = 0; i < 1000; i += 1) {
    const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
    assert.ok(entry > 0);
    _meJitFreeFn(runtime, entry);
  }
  assert.ok(runtime.wasmTable.length - before <= 256);
});

test('300 kernels at once have 300 different entries, and all are recycled', () => {
  const { runtime } = fakeRuntime();
  const entries = Array.from({ length: 300 }, () =>
    _meJitInstantiate(runtime, wasm.kernelModule(), 0));
  assert.equal(new Set(entries).size, 300);
  const full = runtime.wasmTable.length;
  entries.forEach((entry) => _meJitFreeFn(runtime, entry));
  for (let i = 0; i < 300; i += 1) _meJitInstantiate(runtime, wasm.kernelModule(), 0);
  assert.equal(runtime.wasmTable.length, full);
});

test('slots of the glue and of addFunction never meet', () => {
  const { runtime, emscriptenSlots } = fakeRuntime();
  const live = new Set();
  for (let i = 0; i < 200; i += 1) {
    const added = runtime.addFunction(runtime.wasmTable.get([...live][0] ?? 0), 'iiii');
    const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
    assert.ok(!live.has(entry));
    live.add(entry);
    if (i % 3 === 0) runtime.removeFunction(added);
    if (i % 2 === 0) {
      _meJitFreeFn(runtime, entry);
      live.delete(entry);
    }
  }
  for (const entry of live) {
    assert.ok(!emscriptenSlots.has(entry));
    assert.ok(kernelAdds(runtime, entry));
  }
});

test('freeing twice is refused; a foreign index goes to removeFunction', () => {
  const { runtime, lines } = fakeRuntime();
  const removed = [];
  const spied = changed(runtime, { removeFunction: (index) => removed.push(index) });
  const entry = _meJitInstantiate(spied, wasm.kernelModule(), 0);
  _meJitFreeFn(spied, entry);
  _meJitFreeFn(spied, entry);
  assert.match(lines.at(-1), /freed twice/);
  assert.deepEqual(removed, []);
  const a = _meJitInstantiate(spied, wasm.kernelModule(), 0);
  const b = _meJitInstantiate(spied, wasm.kernelModule(), 0);
  assert.notEqual(a, b);
  _meJitFreeFn(spied, 3);
  assert.deepEqual(removed, [3]);
  _meJitFreeFn(spied, 0);
  _meJitFreeFn(null, 3);
  _meJitFreeFn({}, 3);
  assert.deepEqual(removed, [3]);
  const throwing = changed(runtime, { removeFunction: () => { throw new Error('gone'); } });
  _meJitFreeFn(throwing, 3);
  assert.match(lines.at(-1), /cannot free table slot 3: gone/);
});

test('a table that is full is a refusal; a small rest of it is used up', () => {
  const { runtime, lines } = fakeRuntime({ tableSize: 10, tableMaximum: 13 });
  const entries = [1, 2, 3].map(() => _meJitInstantiate(runtime, wasm.kernelModule(), 0));
  assert.deepEqual(entries, [10, 11, 12]);
  refused(runtime, lines, wasm.kernelModule(), 'table', /function table cannot grow/);
  _meJitFreeFn(runtime, entries[1]);
  assert.equal(_meJitInstantiate(runtime, wasm.kernelModule(), 0), 11);
});

test('a table that misbehaves is a refusal, not a hang', () => {
  const { runtime, lines } = fakeRuntime();
  const liar = (grow, set = () => {}) => changed(runtime, {
    wasmTable: { grow, set, get: () => null } });
  refused(liar(() => NaN), lines, wasm.kernelModule(), 'table', /gave no index/);
  refused(liar((n) => { if (n > 1) throw new Error('full'); return 0; }), lines,
          wasm.kernelModule(), 'table', /gave no slot/);
  refused(liar(() => 5, () => { throw new Error('read-only'); }), lines, wasm.kernelModule(),
          'table', /cannot write table slot 5: read-only/);
});

test("the program's own copy of the table is kept true", () => {
  const { runtime, mirror } = fakeRuntime({ withMirror: true });
  const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
  assert.equal(mirror[entry], runtime.wasmTable.get(entry));
  _meJitFreeFn(runtime, entry);
  assert.equal(mirror[entry], null);
});

test('memory growth between instantiate and call is survived', () => {
  const { runtime } = fakeRuntime();
  const entry = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
  const before = runtime.wasmMemory.buffer.byteLength;
  runtime.wasmMemory.grow(16);
  assert.ok(kernelAdds(runtime, entry, 1000, before + 4096));
  const later = _meJitInstantiate(runtime, wasm.kernelModule(), 0);
  assert.ok(kernelAdds(runtime, later, 1000, before + 4096));
});

test('a module larger than any limit on synchronous compilation of small pages', () => {
  const { runtime } = fakeRuntime();
  const bytes = wasm.kernelModule({ padding: 100000 });
  assert.ok(kernelAdds(runtime, _meJitInstantiate(runtime, bytes, 0)));
});

test('a failure of WebAssembly.Module keeps its message', (t) => {
  const { runtime, lines } = fakeRuntime();
  const message = 'WebAssembly.Compile is disallowed on the main thread';
  t.mock.method(WebAssembly, 'Module', function () { throw new RangeError(message); });
  refused(runtime, lines, wasm.kernelModule(), 'compile', new RegExp(message));
});

test('with hardly any stack left it still returns', () => {
  const { runtime } = fakeRuntime();
  const results = [];
  const dive = () => {
    try {
      dive();
    } finally {
      if (results.length < 300) {
        results.push(_meJitInstantiate(runtime, Uint8Array.of(1, 2, 3), 0, false));
      }
    }
  };
  assert.throws(dive, RangeError);
  assert.ok(results.length > 0);
  assert.ok(results.every((result) => result === 0));
});

test('loaded as CommonJS the globals stay untouched, as a script they are set', () => {
  assert.equal(globalThis._meJitInstantiate, undefined);
  assert.equal(_meJitInstantiate.meJitAbi, 1);
  assert.equal(_meJitFreeFn.meJitAbi, 1);
  const source = readFileSync(kGlueFile, 'utf8');
  const page = vm.createContext(
    { WebAssembly, Uint8Array, console }, { codeGeneration: { strings: false, wasm: true } });
  vm.runInContext(source, page);
  assert.equal(typeof page._meJitInstantiate, 'function');
  assert.equal(typeof page._meJitFreeFn, 'function');
  assert.equal(page._meJitInstantiate.meJitAbi, 1);
  const { runtime } = fakeRuntime();
  assert.ok(kernelAdds(runtime, page._meJitInstantiate(runtime, wasm.kernelModule(), 0)));
  assert.deepEqual(Object.keys(require('../../js/me_jit_glue.js')),
                   ['_meJitInstantiate', '_meJitFreeFn']);
});

test('an instance that was made asynchronously gets a slot', async () => {
  const { runtime, lines } = fakeRuntime();
  const { meJitAdopt } = _meJitInstantiate;
  const module = await WebAssembly.compile(wasm.kernelModule());
  const instance = await WebAssembly.instantiate(module, { env: { memory: runtime.wasmMemory } });
  const before = stats();
  const entry = meJitAdopt(runtime, instance);
  assert.ok(kernelAdds(runtime, entry));
  assert.equal(stats().instantiated, before.instantiated + 1);
  _meJitFreeFn(runtime, entry);
  assert.equal(runtime.wasmTable.get(entry), null);
  assert.deepEqual(lines, []);

  const wrong = await WebAssembly.instantiate(
    await WebAssembly.compile(wasm.kernelModule({ type: wasm.kTwoParameters, body: wasm.kConstantBody })),
    { env: { memory: runtime.wasmMemory } });
  for (const [what, reason] of [
    [null, 'arguments'], [{}, 'arguments'], [module, 'arguments'], [{ exports: {} }, 'export'],
    [{ exports: { me_dsl_jit_kernel: () => 0 } }, 'table'], [wrong, 'signature'],
  ]) {
    const { refusals } = stats();
    assert.equal(meJitAdopt(runtime, what), 0);
    assert.equal(stats().refusals[reason], refusals[reason] + 1, stats().lastError);
  }
});
