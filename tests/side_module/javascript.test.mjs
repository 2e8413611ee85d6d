// The package for JavaScript (js/index.mjs) over the stand-alone ES module, and in one case over Pyodide:
// values, arrays, tiers, files, errors. What its documentation shows is run here, too.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Kernel, MejitError, init } from 'mejit';

import { kernelModule } from '../js/kernel_bytes.mjs';
import {
  built, glue, pyodideByLoadDynamicLibrary, registerJitHelpers, standaloneProgram, withdrawJitHelpers,
} from './programs.mjs';
import { xxh64 } from './xxh64.mjs';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kModuleUrl = pathToFileURL(built('wasm-node/mejit.mjs', 'wasm-node'));

const program = (await standaloneProgram()).host;
const engine = await init({ module: program });

const kCount = 9001;
const filled = (View, item) => View.from({ length: kCount }, (_, i) => item(i));
const kInteger = (i) => ((i * 37) % 251) - 100;
const kSamples = {
  float32: filled(Float32Array, (i) => kInteger(i) / 8),
  float64: filled(Float64Array, (i) => kInteger(i) / 16),
  int8: filled(Int8Array, kInteger), int16: filled(Int16Array, kInteger),
  int32: filled(Int32Array, (i) => kInteger(i) * 1000),
  int64: filled(BigInt64Array, (i) => BigInt(kInteger(i)) * 10_000_000_000n),
  uint8: filled(Uint8Array, (i) => i % 251), uint16: filled(Uint16Array, (i) => i * 7),
  uint32: filled(Uint32Array, (i) => i * 400_000),
  uint64: filled(BigUint64Array, (i) => BigInt(i) * 2_000_000_000_000_000n),
  bool: filled(Uint8Array, (i) => Number(i % 3 === 0)),
  complex128: Float64Array.from({ length: 2 * kCount }, (_, i) => kInteger(i) / 32),
};
const kEscape = `def escape(a, n):
    x = a
    steps = 0
    for i in range(n):
        if x * x > 16.0:
            break
        x = x * x - 0.7
        steps = steps + 1
    return steps
`;
const kPrograms = [
  ['a*b + 1.5', { a: 'float64', b: 'float64' }],
  ['sqrt(a*a + b) * sin(a)', { a: 'float32', b: 'float32' }],
  ['where(a > b, a, b) // 3', { a: 'int8', b: 'int8' }],
  ['a - b', { a: 'int16', b: 'int32' }],
  ['a * 3 + n', { a: 'int64', n: BigInt }],
  ['(a ^ b) >> 1', { a: 'uint16', b: 'uint8' }],
  ['a + b', { a: 'uint32', b: 'uint64' }],
  ['a & (b > 0)', { a: 'bool', b: 'float32' }],
  ['exp(a) * 2j', { a: 'complex128' }],
  ['sum(a*a) + a', { a: 'float64' }],
  ['max(a) - min(a)', { a: 'int64' }],
  ['any(a > n)', { a: 'float32', n: Number }],
  [kEscape, { a: 'float64', n: BigInt }],
];
const kNumbers = new Map([[Number, 2.5], [BigInt, 12n], [Boolean, true]]);
const valuesFor = (types) => Object.values(types).map((type) => kNumbers.get(type) ?? kSamples[type]);

const isSame = (x, y) => (ArrayBuffer.isView(x)
  ? x.constructor === y.constructor &&
    Buffer.compare(Buffer.from(x.buffer, x.byteOffset, x.byteLength), Buffer.from(y.buffer, y.byteOffset, y.byteLength)) === 0
  : Object.is(x, y));

let serial = 0;
// A text that the engine's cache does not have.
const fresh = (text = 'a*b') => { serial += 1; return `${text} + ${serial}`; };

const changes = (step) => {
  const before = engine.counters();
  step();
  const after = engine.counters();
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
};

test('every tier gives the bits of the interpreter, for every dtype', () => {
  for (const [text, types] of kPrograms) {
    const values = valuesFor(types);
    const [slow, quick, fast] = ['interpreter', 'baseline', 'optimizing'].map((tier) => {
      const kernel = engine.compile(text, types, { tier });
      assert.equal(kernel.tier, tier, `${text}: ${kernel.explain()}`);
      let result;
      const change = changes(() => { result = kernel(...values); });
      assert.equal(change.jit_executions, tier === 'interpreter' ? 0 : 1, text);
      return result;
    });
    assert.ok(isSame(slow, quick) && isSame(slow, fast), text);
    assert.ok(isSame(slow, engine.compile(text, types).run(values, { tier: 'interpreter' })), text);
  }
});

test('results are those of JavaScript', () => {
  const { float64: a, int64: big, bool } = kSamples;
  assert.deepEqual(engine.compile('a*b + 1.5', 'float64')(a, 2), a.map((x) => x * 2 + 1.5));
  assert.deepEqual(engine.compile('a*3 + n', { a: BigInt64Array, n: BigInt })(big, 7), big.map((x) => x * 3n + 7n));
  assert.deepEqual(engine.compile('~a', { a: 'bool' })(bool), bool.map((x) => 1 - x));
  assert.equal(engine.compile('sum(a)', 'int64')(big), big.reduce((x, y) => x + y));
  assert.equal(engine.compile('all(a > 300)', ['float64'])(a), false);
  assert.deepEqual(engine.compile('a*a', 'complex64')(Float32Array.of(1, 2, 0, 1)), Float32Array.of(-3, 4, -1, 0));
  assert.deepEqual(engine.compile('sum(a)', 'complex64')(Float32Array.of(1, 2, 0, 1)), [1, 3]);
  assert.deepEqual(engine.compile('a + 1', 'int8', { result: 'float32' })([1, -2, 3]), Float32Array.of(2, -1, 4));
  assert.equal(engine.compile('2**10', {})(), 1024n);
});

test('values by position and by name, numbers, arrays of shapes', () => {
  const kernel = engine.compile('def f(x, y):\n    return x - y', { y: 'float64', x: 'float64' });
  assert.ok(kernel instanceof Kernel && typeof kernel === 'function');
  assert.deepEqual(kernel.names, ['x', 'y']);
  assert.deepEqual(kernel.types, { x: 'float64', y: 'float64' });
  assert.equal(kernel.dtype, 'float64');
  assert.equal(kernel(5, 3), 2);
  assert.deepEqual(kernel.run({ y: 1, x: [5, 6] }), Float64Array.of(4, 5));
  assert.deepEqual(engine.compile('a + n', { a: 'int8', n: Number }).types, { a: 'int8', n: Number });

  const table = engine.array('float64', [2, 3]).set([1, 2, 3, 4, 5, 6]);
  assert.deepEqual(engine.compile('sum(a, axis=0)', 'float64')(table), Float64Array.of(5, 7, 9));
  const row = engine.array('float64', 3).set([10, 20, 30]);
  assert.deepEqual(engine.compile('a + b', 'float64')(table, row), Float64Array.of(11, 22, 33, 14, 25, 36));
  assert.deepEqual(engine.compile('_i0*10 + _i1 + a', 'float64', { dialect: 'miniexpr' }).names, ['_i0', '_i1', 'a']);
  table.free();
  row.free();
});

test('what does not fit is refused with its name, and nothing is lost', () => {
  const kernel = engine.compile('a + b', { a: 'float32', b: 'int8' });
  const good = () => assert.equal(kernel(1, 2), 3);
  const refused = (step, message, kind = TypeError) => {
    assert.throws(step, (error) => error instanceof kind && message.test(error.message), String(message));
    good();
  };
  refused(() => kernel(1), /takes 2 values \(a, b\), 1 were given/);
  refused(() => kernel.run({ a: 1, c: 2 }), /takes no 'c'/);
  refused(() => kernel.run({ a: 1 }), /no value for b/);
  refused(() => kernel(Float64Array.of(1), 2), /'a' is float32: Float64Array is none/);
  refused(() => kernel(1, 300), /'b' is int8: number 300 is none/);
  refused(() => kernel(1, 1.5), /'b' is int8: number 1.5 is none/);
  refused(() => kernel(null, 1), /'a' is float32: object null is none/);
  refused(() => kernel('1', 1), /'a' is float32: string 1 is none/);
  refused(() => kernel([1, 'x'], 1), /'a' is float32: string x is none/);
  refused(() => kernel.run([1, 2], { out: new Float64Array(1) }), /'out' is float32/);
  refused(() => kernel.run([1, 2], { out: [0] }), /'out' is an array to be filled/);
  refused(() => kernel.run([[1, 2], 2], { out: new Float32Array(3) }), /'out' has 3 items, the result 2/, RangeError);
  refused(() => kernel([1, 2], [1, 2, 3]), /broadcast|shape/, MejitError);
  refused(() => kernel.run([1, 2], { tier: 'best' }), /tier must be one of interpreter, /, RangeError);
  const weak = engine.compile('a + n', { a: 'int8', n: BigInt });
  refused(() => weak([1], 300), /the value of 'n' does not fit int8/, RangeError);
  refused(() => weak([1], [2]), /'n' takes one value, not an array/);
  const total = engine.compile('def f(a, b):\n    return sum(a*b)', 'float64');
  refused(() => total([1, 2], 3), /must have one shape/, RangeError);
  assert.throws(() => engine.compile('a', 'float16'), /float16 is not a dtype of typed arrays/);
  assert.throws(() => engine.compile('a', ['int8', 'int8']), /2 dtypes for 1 names: a/);
  assert.throws(() => engine.compile('a', 'int8', { tier: 'ahead-of-time' }), RangeError);
  assert.throws(() => engine.compile(1, 'int8'), /the text is a string/);
  assert.throws(() => engine.array('int8', -1), RangeError);
});

test('errors say where in the source', () => {
  for (const [text, types, name, message, span] of [
    ['a + (b', 'float64', 'ParseError', /the '\(' of column 5 is open/, [6, 6]],
    ['a + nope(a)', { a: 'int8' }, 'ParseError', /nope/, [4, 8]],
    ['a << b', { a: 'float64', b: 'float64' }, 'DTypeError', /float64/, [0, 1]],
  ]) {
    assert.throws(() => engine.compile(text, types), (error) => {
      assert.ok(error instanceof MejitError && error instanceof Error);
      assert.equal(error.name, name);
      assert.match(error.message, message);
      assert.match(error.message, /--> expression:1:/);
      assert.deepEqual(error.span, span);
      return true;
    });
  }
});

test('arrays in the memory of the engine are used in place, others are copied', () => {
  const kernel = engine.compile('a*2 + b', 'float64');
  const a = engine.array('float64', kCount).set(kSamples.float64);
  const out = engine.array(Float64Array, kCount);
  const view = out.values;
  assert.equal(view.buffer, program.wasmMemory.buffer);
  assert.ok(view.every((x) => x === 0));
  const malloc = program._malloc;
  let allocations = 0;
  program._malloc = (bytes) => { allocations += bytes >= 8 * kCount ? 1 : 0; return malloc(bytes); };
  try {
    assert.equal(kernel.run([a, 1], { out }), out);
    assert.equal(kernel.run([a.values, 1], { out: view }), view);
    assert.equal(allocations, 0);
    kernel(kSamples.float64, 1);
    assert.equal(allocations, 2, 'the operand and the result');
  } finally {
    program._malloc = malloc;
  }
  const expected = kSamples.float64.map((x) => x * 2 + 1);
  assert.deepEqual(view.slice(), expected);
  // Into one of the operands, and overlapping.
  kernel.run([a, a], { out: a });
  assert.deepEqual(a.values.slice(), kSamples.float64.map((x) => x * 3));
  const before = a.values.slice();
  kernel.run([a.values.subarray(0, -1), 0], { out: a.values.subarray(1) });
  assert.deepEqual(a.values.slice(1), before.subarray(0, -1).map((x) => x * 2));
  const mine = new Float64Array(2);
  assert.equal(kernel.run([[1, 2], 3], { out: mine }), mine);
  assert.deepEqual(mine, Float64Array.of(5, 7));
  const one = new Float64Array(1);
  engine.compile('sum(a)', 'float64').run([[1, 2]], { out: one });
  assert.equal(one[0], 3);
  assert.deepEqual(kernel([], 1), new Float64Array(0));
  // Bools from elsewhere become 0 and 1.
  assert.deepEqual(engine.compile('a', 'bool')(Uint8Array.of(0, 2, 255)), Uint8Array.of(0, 1, 1));
  a.free();
  a.free();
  assert.throws(() => a.values, /the array was freed/);
  assert.throws(() => kernel(a, 1), /the array was freed/);
  out[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  assert.throws(() => kernel(out, 1), /the array was freed/);
});

test('the memory grows between calls, and during one', () => {
  const kernel = engine.compile('a + b', 'float64');
  const a = engine.array('float64', 3).set([1, 2, 3]);
  const view = a.values;
  const memory = program.wasmMemory;
  const { buffer } = memory;
  const large = [];
  while (memory.buffer === buffer) large.push(engine.array('float64', 1 << 20));
  assert.equal(view.length, 0);
  assert.throws(() => kernel(view, 1), /the memory has grown since this view was made/);
  assert.deepEqual(kernel(a, 1), Float64Array.of(2, 3, 4));
  assert.deepEqual(a.values.slice(), Float64Array.of(1, 2, 3));
  large.forEach((array) => array.free());
  // Copying the second operand takes more than the memory has: the view of the first one is noted before.
  const other = new Float64Array(memory.buffer.byteLength / 8 + 1).fill(1);
  const part = engine.array('float64', other.length);
  const parts = part.set(other).values;
  const now = memory.buffer;
  const sum = engine.compile('sum(a*b)', 'float64')(parts, other);
  assert.notEqual(memory.buffer, now);
  assert.equal(sum, other.length);
  part.free();
  a.free();
});

test('explain() and stats() tell what happens', () => {
  const kernel = engine.compile(fresh(), 'float64', { tier: 'interpreter' });
  kernel(1, 2);
  kernel(1, 2);
  let stats = kernel.stats();
  assert.deepEqual(stats.calls, { interpreter: 2, baseline: 0, optimizing: 0, 'ahead-of-time': 0 });
  assert.equal(stats.tier, 'interpreter');
  assert.match(kernel.explain(), /^tier: interpreter\nwhy not compiled: the caller asked for the interpreter\n/);
  assert.match(kernel.explain(), /calls: 2 in interpreter/);
  assert.equal(kernel.wat(), '');
  kernel.free();

  const rising = engine.compile(fresh(), 'float64', { tier: 'auto' });
  assert.equal(rising.tier, 'interpreter');
  rising.promote('baseline');
  rising(1, 2);
  rising.promote();
  rising(1, 2);
  rising.invalidate();
  rising(1, 2);
  stats = rising.stats();
  assert.deepEqual(stats.calls, { interpreter: 1, baseline: 1, optimizing: 1, 'ahead-of-time': 0 });
  assert.equal(stats.promotions, 2);
  assert.equal(stats.deoptimizations, 0);
  assert.ok(stats.compile_ns > 0);
  rising.free();

  // Enough items for its profile to deserve code in the middle of an evaluation.
  const long = engine.compile(fresh('a*a'), 'float64', { tier: 'auto' });
  const a = engine.array('float64', 1 << 21);
  long.run([a], { out: a });
  stats = long.stats();
  assert.deepEqual(stats.calls, { interpreter: 1, baseline: 0, optimizing: 0, 'ahead-of-time': 0 });
  assert.equal(stats.tier, 'optimizing');
  assert.ok(stats.osr_entries >= 1 && stats.promotions >= 1);
  assert.ok(a.values.every((x) => x === serial));
  a.free();
  assert.match(long.explain(), /on-stack replacements: [1-9]/);
  assert.match(long.wat(), /\(module/);
  assert.match(long.ir(), /mul/);
});

// Runs step() with a function of WebAssembly that fails.
function withFailing(name, step) {
  const original = WebAssembly[name];
  WebAssembly[name] = class { constructor() { throw new WebAssembly.CompileError('not today'); } };
  try {
    return step();
  } finally {
    WebAssembly[name] = original;
  }
}

test('a helper that refuses: the interpreter computes, and says why', () => {
  const kernel = withFailing('Module', () => engine.compile(fresh(), 'float64'));
  assert.equal(kernel.tier, 'interpreter');
  assert.match(kernel.explain(), /why not compiled: the JIT helper refused the module/);
  assert.equal(kernel(2, 3), 6 + serial);
  assert.throws(() => withFailing('Module', () => kernel.promote()), /the JIT helper refused the module/);
  kernel.promote();
  assert.equal(kernel.tier, 'optimizing');
  assert.equal(kernel(2, 3), 6 + serial);
});

// Calls step() and gives the slots of the function table that hold other kernels afterwards.
function newSlots(step) {
  const table = program.wasmTable;
  const before = Array.from({ length: table.length }, (_, i) => table.get(i));
  step();
  return Array.from({ length: table.length }, (_, i) => i).filter((i) => table.get(i) !== null && table.get(i) !== before[i]);
}

test('helpers that fail at run time, and helpers that are withdrawn, deoptimise', () => {
  const { float64: a } = kSamples;
  const text = fresh();
  const expected = engine.compile(text, 'float64', { tier: 'interpreter' })(a, a);
  let kernel;
  const slots = newSlots(() => { kernel = engine.compile(text, 'float64'); });
  assert.equal(slots.length, 1);
  // A kernel that says -1 after its first chunk, as a host does that has trapped.
  const good = program.wasmTable.get(slots[0]);
  const failing = kernelModule({ body: [0x00, 0x41, 0x7f, 0x0b] });  // i32.const -1
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(failing), { env: { memory: program.wasmMemory } });
  program.wasmTable.set(slots[0], exports.me_dsl_jit_kernel);
  const change = changes(() => assert.ok(isSame(kernel(a, a), expected)));
  assert.equal(change.deoptimizations, 1);
  program.wasmTable.set(slots[0], good);
  assert.equal(kernel.tier, 'interpreter');
  assert.equal(kernel.stats().deoptimizations, 1);
  assert.ok(isSame(kernel(a, a), expected));
  kernel.promote();
  assert.equal(kernel.tier, 'optimizing');
  assert.ok(isSame(kernel(a, a), expected));

  withdrawJitHelpers(program);
  assert.match(engine.host, /^none/);
  assert.ok(isSame(kernel(a, a), expected));
  assert.equal(kernel.tier, 'interpreter');
  assert.equal(kernel.stats().deoptimizations, 2);
  assert.match(kernel.explain(), /why not compiled: the host was withdrawn/);
  assert.match(engine.compile(fresh(), 'float64').explain(), /tier: interpreter/);
  assert.equal(registerJitHelpers(program, glue).error, '');
  kernel.promote();
  assert.ok(isSame(kernel(a, a), expected));
  assert.equal(kernel.stats().promotions, 2);
});

test('files: saved here, loaded here and in another program', async () => {
  const other = await init({ moduleUrl: kModuleUrl, wasmUrl: new URL('mejit.wasm', kModuleUrl) });
  for (const [text, types] of kPrograms) {
    const kernel = engine.compile(text, types);
    const values = valuesFor(types);
    const expected = kernel.run(values, { tier: 'interpreter' });
    const file = kernel.save();
    const told = engine.inspect(file);
    assert.equal(told.source, text);
    assert.deepEqual(new Set(told.modules.map((m) => m.pointerBits)), new Set([32, 64]));
    for (const place of [engine, other]) {
      const loaded = place.load(file);
      assert.equal(loaded.tier, 'ahead-of-time');
      assert.deepEqual([loaded.source, loaded.names, loaded.types], [text, kernel.names, kernel.types]);
      assert.ok(isSame(loaded(...values), expected), text);
      assert.equal(loaded.stats().calls['ahead-of-time'], 1);
    }
  }
});

const kPython = join(kRoot, 'build/venv/bin/python');
const hasPython = existsSync(kPython) && spawnSync(kPython, ['-c', 'import mejit, numpy']).status === 0;
const kNative = `
import json, pathlib, sys, mejit, numpy as np
folder = pathlib.Path(sys.argv[1])
told = []
for name, text, types in json.load(open(folder / "programs.json")):
    types = {n: {"Number": float, "BigInt": int}.get(t, t) for n, t in types.items()}
    mejit.compile(text, types).save(folder / f"{name}.native.wasm")
    kernel = mejit.load(folder / f"{name}.wasm")
    values = [{float: 2.5, int: 12}.get(t) if isinstance(t, type) else np.fromfile(folder / f"{t}.bin", t) for t in types.values()]
    np.asarray(kernel(*values)).tofile(folder / f"{name}.result.bin")
    told.append([kernel.source, kernel.tier])
print(json.dumps([mejit.host(), told]))
`;

test('files: those of JavaScript load natively, and native ones here', { skip: !hasPython && 'no native package in build/venv' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mejit-files-'));
  try {
    const programs = kPrograms.map(([text, types], i) => {
      writeFileSync(join(folder, `p${i}.wasm`), engine.compile(text, types).save());
      return [`p${i}`, text, Object.fromEntries(Object.entries(types).map(([name, type]) => [name, type.name ?? type]))];
    });
    for (const [name, sample] of Object.entries(kSamples)) writeFileSync(join(folder, `${name}.bin`), sample);
    writeFileSync(join(folder, 'programs.json'), JSON.stringify(programs));
    const [host, told] = JSON.parse(execFileSync(kPython, ['-c', kNative, folder], { encoding: 'utf8' }));
    kPrograms.forEach(([text, types], i) => {
      const values = valuesFor(types);
      const expected = engine.compile(text, types).run(values, { tier: 'interpreter' });
      assert.deepEqual(told[i], [text, host.startsWith('none') ? 'interpreter' : 'ahead-of-time']);
      const bytes = ArrayBuffer.isView(expected) ? Buffer.from(expected.buffer)
        : Buffer.from(typeof expected === 'bigint' ? BigInt64Array.of(expected).buffer : Uint8Array.of(expected).buffer);
      assert.equal(Buffer.compare(readFileSync(join(folder, `p${i}.result.bin`)), bytes), 0, text);
      const native = engine.load(new Uint8Array(readFileSync(join(folder, `p${i}.native.wasm`))));
      assert.equal(native.tier, 'ahead-of-time');
      assert.ok(isSame(native(...values), expected), text);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// The file with a line of its manifest changed, and a checksum that is right.
function forged(file, line, other) {
  const at = Buffer.from(file).lastIndexOf(line);
  const changed = Buffer.concat([file.subarray(0, at), Buffer.from(other), file.subarray(at + line.length)]);
  changed.writeBigUInt64LE(xxh64(changed.subarray(0, -16)), changed.length - 16);
  return new Uint8Array(changed);
}

test('files that are damaged, cut off or of another origin are refused, and the engine goes on', () => {
  const kernel = engine.compile(fresh(), 'float64');
  const file = kernel.save();
  const expected = kernel(2, 3);
  const told = engine.inspect(file);
  assert.ok(isSame(forged(file, 'abi ', 'abi '), file), 'the checksum is the right one');
  for (const [bytes, reason] of [
    [file.with(file.length >> 1, file[file.length >> 1] ^ 1), /the kernel file is damaged/],
    [file.subarray(0, -1), /no kernel file of mejit, or only a part of one/],
    [file.subarray(0, 40), /no kernel file/],
    [new Uint8Array(0), /no kernel file/],
    [forged(file, `abi ${told.abi}\n`, 'abi 9\n'), /ABI 9/],
    [forged(file, `build ${told.build}\n`, 'build 0123456789abcdef\n'), /build/],
  ]) {
    assert.throws(() => engine.load(bytes), (error) => {
      assert.ok(error instanceof MejitError);
      assert.match(error.message, reason);
      return true;
    });
    assert.equal(engine.load(file)(2, 3), expected);
  }
  assert.throws(() => engine.inspect(file.subarray(1)), MejitError);
  const again = engine.load(forged(file, `abi ${told.abi}\n`, 'abi 9\n'), { recompile: true });
  assert.equal(again(2, 3), expected);
});

const rest = () => new Promise((resolve) => { setImmediate(resolve); });

test('compileAsync: the kernel is usable at once, and gets its code beside the event loop', async () => {
  const { float64: a } = kSamples;
  const text = fresh();
  const expected = engine.compile(text, 'float64', { tier: 'interpreter' })(a, a);
  const compilation = engine.compileAsync(text, 'float64');
  assert.equal(compilation.kernel.tier, 'interpreter');
  assert.ok(isSame(compilation.kernel(a, a), expected));
  let done = false;
  compilation.finally(() => { done = true; });
  while (!done) {
    assert.ok(isSame(compilation.kernel(a, a), expected));
    await rest();
  }
  const kernel = await compilation;
  assert.equal(kernel, compilation.kernel);
  assert.equal(kernel.tier, 'ahead-of-time');
  assert.ok(isSame(kernel(a, a), expected));
  assert.equal((await engine.compileAsync(text, 'float64')).tier, 'ahead-of-time', 'found in the cache');
  assert.equal((await engine.compileAsync(fresh(), 'float64', { tier: 'interpreter' })).tier, 'interpreter');
  assert.equal((await engine.compileAsync(fresh(), 'float64', { tier: 'auto' })).tier, 'interpreter');
  for (const [wrong, name] of [['a +', 'ParseError'], ['a << 1', 'DTypeError']]) {
    const refused = engine.compileAsync(wrong, { a: 'float64' });
    await assert.rejects(refused, { name, message: /--> expression:1:/ });
    assert.throws(() => refused.kernel, { name, message: /--> expression:1:/ });
  }
});

test('compileAsync: cancelled and failed compilations leave the kernel usable', async () => {
  const isUsable = (kernel) => {
    assert.equal(kernel(2, 3), 6 + serial);
    assert.equal(kernel.tier, 'interpreter');
    kernel.promote();
    assert.equal(kernel(2, 3), 6 + serial);
    assert.equal(kernel.tier, 'optimizing');
  };
  for (const turns of [-1, 0, 1]) {
    const control = new AbortController();
    if (turns < 0) control.abort();
    const compilation = engine.compileAsync(fresh(), 'float64', { signal: control.signal });
    if (turns === 0) control.abort();
    if (turns > 0) queueMicrotask(() => control.abort());
    await assert.rejects(compilation, { name: 'AbortError' });
    isUsable(compilation.kernel);
  }
  const { compile } = WebAssembly;
  WebAssembly.compile = async () => { throw new WebAssembly.CompileError('not today'); };
  const failed = engine.compileAsync(fresh(), 'float64');
  try {
    await assert.rejects(failed, /not today/);
  } finally {
    WebAssembly.compile = compile;
  }
  isUsable(failed.kernel);
  // A failure that nobody looks at does not end the process.
  WebAssembly.compile = async () => { throw new Error('unseen'); };
  engine.compileAsync(fresh(), 'float64');
  for (let i = 0; i < 5; i += 1) await rest();
  WebAssembly.compile = compile;
  // Freed meanwhile: the compilation ends first.
  const freed = engine.compileAsync(fresh(), 'float64');
  freed.kernel.free();
  await freed;
  assert.throws(() => freed.kernel(1, 2), /the kernel was freed/);
});

const sumOf = (terms) => Array.from({ length: terms }, (_, i) => `a*${i + 1}.5`).join(' + ');

test('compileAsync: the event loop turns between the steps of a long program', async () => {
  const module = (await standaloneProgram()).host;
  const own = await init({ module });
  const { now } = performance;
  const next = module._me_steps_next;
  let steps = 0;
  let clock = 0;
  let turns = 0;
  let done = false;
  module._me_steps_next = (handle) => { steps += 1; clock += 6; return next(handle); };
  performance.now = () => clock;  // every step is one that takes long
  try {
    const compilation = own.compileAsync(sumOf(2000), { a: 'float64' }).finally(() => { done = true; });
    while (!done) {
      const before = steps;
      await rest();
      assert.ok(steps - before <= 1, 'one step a turn');
      turns += 1;
    }
    assert.equal((await compilation).tier, 'ahead-of-time');
    assert.ok(turns > steps && steps > 10, `${steps} steps`);
    // Its kernel can be had at once, in the middle of all that.
    const hurried = own.compileAsync(`${sumOf(2000)} + 2`, { a: 'float64' });
    await rest();
    assert.equal(hurried.kernel(2), 2 * (2000 * 2001 / 2 + 1000) + 2);
    assert.equal(hurried.kernel.tier, 'interpreter');
    assert.equal(await hurried, hurried.kernel);
    assert.equal(hurried.kernel.tier, 'ahead-of-time');
    // A signal ends the front end, too, and the kernel can be had afterwards.
    const control = new AbortController();
    const cancelled = own.compileAsync(`${sumOf(2000)} + 3`, { a: 'float64' }, { signal: control.signal });
    await rest();
    const begun = steps;
    control.abort();
    await assert.rejects(cancelled, { name: 'AbortError' });
    assert.ok(steps - begun <= 1);
    assert.equal(cancelled.kernel(2), 2 * (2000 * 2001 / 2 + 1000) + 3);
  } finally {
    performance.now = now;
  }
});

test('compileAsync: programs without code, and a store', async () => {
  const kernel = await engine.compileAsync(sumOf(7000), 'float64');
  assert.equal(kernel.tier, 'interpreter');
  assert.match(kernel.explain(), /why not compiled: the program is too large to compile/);
  const files = new Map();
  const store = { get: async (key) => files.get(key), put: async (key, bytes) => { files.set(key, bytes); } };
  const text = fresh();
  await engine.compileAsync(text, 'float64', { store });
  await rest();
  assert.equal(files.size, 1);
  const other = await init({ moduleUrl: kModuleUrl });
  const before = other.counters().lower_ns;
  const found = await other.compileAsync(text, 'float64', { store });
  assert.equal(found.tier, 'ahead-of-time');
  assert.equal(other.counters().lower_ns, before, 'nothing was generated');
  assert.equal(found(2, 3), 6 + serial);
});

test('kernels are freed on request, and when nobody has them any more', async () => {
  const freed = [];
  const module = (await standaloneProgram()).host;
  const free = module._me_kernel_free;
  module._me_kernel_free = (handle) => { freed.push(handle); free(handle); };
  const own = await init({ module });
  const kernel = own.compile('a + 1', 'float64');
  kernel.free();
  kernel.free();
  assert.equal(freed.length, 1);
  assert.throws(() => kernel(1), /the kernel was freed/);
  assert.throws(() => kernel.explain(), /the kernel was freed/);
  own.compile('a + 2', 'float64')[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  assert.equal(freed.length, 2);
  (() => { for (let i = 0; i < 50; i += 1) own.compile(`a + ${i}.5`, 'float64')(1); })();
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let i = 0; i < 100 && freed.length < 52; i += 1) {
    collect();
    await rest();
  }
  assert.ok(freed.length > 40, `${freed.length} freed`);
});

test('print() of kernels, and where the module comes from', async () => {
  const lines = [];
  const own = await init({ moduleUrl: String(kModuleUrl), print: (line) => lines.push(line) });
  own.compile('def f(a):\n    print("sum", sum(a))\n    return a', 'float64')(Float64Array.of(1, 2));
  assert.deepEqual(lines, ['sum 3.0']);
  assert.equal(own.version, engine.version);
  assert.equal(own.host, 'wasm helpers');
  await assert.rejects(init({ module: {} }), /neither a Pyodide instance|not exported/);
});

test('in a Pyodide that has loaded the side module', async () => {
  const { host } = await pyodideByLoadDynamicLibrary();
  const inside = await init({ module: host });
  const kernel = await inside.compileAsync('a*b + 1', 'float32');
  assert.equal(kernel.tier, 'ahead-of-time');
  assert.deepEqual(kernel([1, 2], 3), Float32Array.of(4, 7));
  const a = inside.array('float32', 2).set([5, 6]);
  assert.deepEqual(kernel(a, a), Float32Array.of(26, 37));
});

test('as ES modules alone, as browsers load the files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mejit-esm-'));
  try {
    for (const name of readdirSync(join(kRoot, 'js'))) copyFileSync(join(kRoot, 'js', name), join(folder, name));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const source = `import { init } from './index.mjs';
      const engine = await init({ moduleUrl: '${kModuleUrl}' });
      const kernel = await engine.compileAsync('a*b', 'float64');
      console.log(kernel(Float64Array.of(2, 3), 4).join(), kernel.tier);`;
    writeFileSync(join(folder, 'main.mjs'), source);
    const said = execFileSync(process.execPath, [...process.execArgv, join(folder, 'main.mjs')], { encoding: 'utf8' });
    assert.equal(said, '8,12 ahead-of-time\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the snippets of the documentation run', () => {
  const pages = ['README.md', ...readdirSync(join(kRoot, 'docs')).map((name) => `docs/${name}`)];
  const snippets = pages.flatMap((page) =>
    [...readFileSync(join(kRoot, page), 'utf8').matchAll(/^```js\n(import [\s\S]*?)^```/gm)].map((m) => [page, m[1]]));
  assert.ok(snippets.length >= 2);
  for (const [page, source] of snippets) {
    const run = spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', source],
                          { cwd: kRoot, encoding: 'utf8' });
    assert.equal(run.status, 0, `${page}: ${run.stderr.slice(-2000)}`);
  }
});
