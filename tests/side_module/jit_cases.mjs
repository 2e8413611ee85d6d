// What must hold in every wasm program that runs the library, written once. A test file opens its
// program and calls jitCases.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changed, fakeRuntime } from '../js/fake_runtime.mjs';
import * as wasm from '../js/kernel_bytes.mjs';
import { CApi, kJit } from './c_api.mjs';
import { glue, registerJitHelpers, withdrawJitHelpers } from './programs.mjs';

const kCount = 10007;  // two whole chunks, one partial one, and an odd rest

const kEscape = `def escape(a, b):
    x = a
    steps = 0.0
    for i in range(40):
        if x * x > 16.0:
            break
        x = x * x + b
        steps = steps + 1.0
    return steps + x
`;

// Exact in any tier: products, sums and comparisons that are rounded once each.
function escape(a, b) {
  let x = a;
  let steps = 0;
  for (let i = 0; i < 40; i += 1) {
    if (x * x > 16) break;
    x = x * x + b;
    steps += 1;
  }
  return steps + x;
}

// [name, text, expected(a, b), element type]
const kPrograms = [
  ['an expression', 'a * b + 0.5', (a, b) => a * b + 0.5, Float64Array],
  ['a float32 expression', 'a - b', (a, b) => Math.fround(a - b), Float32Array],
  ['a kernel with a masked loop', kEscape, escape, Float64Array],
];

export function samples(Type, count = kCount) {
  const a = Type.from({ length: count }, (_, i) => ((i * 37) % 401) / 100 - 2);
  const b = Type.from({ length: count }, (_, i) => ((i * 53) % 307) / 200 - 0.75);
  return [a, b];
}

const sameBits = (x, y) => Buffer.compare(Buffer.from(x.buffer), Buffer.from(y.buffer)) === 0;

// The counters' change while step() runs.
function counted(c, step) {
  const names = ['jit_compiles', 'jit_executions', 'interpreter_executions', 'decline_no_host'];
  const before = names.map((name) => c.counter(name));
  const result = step();
  const change = Object.fromEntries(names.map((name, i) => [name, c.counter(name) - before[i]]));
  return { result, change };
}

// One line per mode, told by what was counted and not by what was asked for.
function say(program, mode, change) {
  const path = change.jit_executions > 0 && change.interpreter_executions === 0 ? 'JIT active'
    : change.interpreter_executions > 0 && change.jit_executions === 0 ? 'interpreter fallback'
      : 'no single path';
  console.log(`[${program.name}] ${mode}: ${path} (${change.jit_compiles} compiled, ` +
              `${change.jit_executions} JIT evaluations, ` +
              `${change.interpreter_executions} interpreter evaluations)`);
  return path;
}

function compileAndRun(c, [, text, , Type], jitMode = kJit.default) {
  const expression = c.compile(text, ['a', 'b'], Type);
  try {
    return { values: c.evaluate(expression, samples(Type), jitMode),
             hasKernel: c.hasJitKernel(expression) };
  } finally {
    c.free(expression);
  }
}

export function jitCases(program) {
  const c = new CApi(program);
  const label = (text) => `${program.name}: ${text}`;

  test(label('without helpers the interpreter gives the results'), () => {
    const { change } = counted(c, () => {
      for (const row of kPrograms) {
        const { values, hasKernel } = compileAndRun(c, row);
        assert.equal(hasKernel, false, row[0]);
        const [a, b] = samples(row[3]);
        values.forEach((v, i) => assert.equal(v, row[2](a[i], b[i]), `${row[0]}, element ${i}`));
      }
    });
    assert.equal(say(program, 'helpers withheld', change), 'interpreter fallback');
    assert.equal(change.jit_compiles, 0);
    assert.equal(change.decline_no_host, kPrograms.length);
  });

  test(label('with helpers kernels are compiled and run, bit for bit as interpreted'), () => {
    const record = registerJitHelpers(program.host, glue);
    assert.equal(record.error, '');
    const { change } = counted(c, () => {
      for (const row of kPrograms) {
        const { values, hasKernel } = compileAndRun(c, row);
        assert.equal(hasKernel, true, row[0]);
        const [a, b] = samples(row[3]);
        values.forEach((v, i) => assert.equal(v, row[2](a[i], b[i]), `${row[0]}, element ${i}`));
      }
    });
    assert.equal(say(program, 'helpers registered', change), 'JIT active');
    assert.ok(change.jit_compiles >= kPrograms.length);

    const interpreted = counted(c, () => {
      for (const row of kPrograms) {
        const { values } = compileAndRun(c, row, kJit.off);
        assert.ok(sameBits(values, compileAndRun(c, row, kJit.on).values), row[0]);
      }
    });
    assert.equal(interpreted.change.interpreter_executions, kPrograms.length);
    assert.equal(interpreted.change.jit_executions, kPrograms.length);
    const onlyOff = counted(c, () => compileAndRun(c, kPrograms[0], kJit.off));
    assert.equal(say(program, 'jit_mode OFF', onlyOff.change), 'interpreter fallback');
  });

  test(label('elementary functions: the same bits with and without the JIT'), () => {
    const text = 'sin(a) * exp(b) + log1p(a * a) - tanh(b)';
    for (const Type of [Float64Array, Float32Array]) {
      const row = ['', text, null, Type];
      const jit = counted(c, () => compileAndRun(c, row, kJit.on));
      assert.equal(jit.change.jit_executions, 1);
      assert.ok(sameBits(jit.result.values, compileAndRun(c, row, kJit.off).values));
      const [a, b] = samples(Type);
      const bound = Type === Float64Array ? 1e-14 : 1e-5;
      jit.result.values.forEach((v, i) => {
        const [x, y] = [a[i], b[i]];
        const expected = Math.sin(x) * Math.exp(y) + Math.log1p(x * x) - Math.tanh(y);
        assert.ok(Math.abs(v - expected) < bound, `element ${i}: ${v}, not ${expected}`);
      });
    }
  });

  test(label('registering again, withdrawing and registering once more'), () => {
    const first = registerJitHelpers(program.host, glue);
    const again = registerJitHelpers(program.host, glue);
    assert.equal(again, first);
    assert.ok(compileAndRun(c, kPrograms[0]).hasKernel);

    const kept = c.compile('a * b - 7.25', ['a', 'b']);
    assert.ok(c.hasJitKernel(kept));
    withdrawJitHelpers(program.host);
    const fresh = c.compile('a * b - 8.5', ['a', 'b']);
    assert.equal(c.hasJitKernel(fresh), false);
    const [a, b] = samples(Float64Array);
    const afterwards = c.evaluate(kept, [a, b]);
    afterwards.forEach((v, i) => assert.equal(v, a[i] * b[i] - 7.25));
    c.free(kept);
    c.free(fresh);

    assert.ok(registerJitHelpers(program.host, glue).registered);
    assert.ok(compileAndRun(c, kPrograms[0]).hasKernel);
  });

  test(label('malformed bytes give 0 and a message'), () => {
    const { runtime } = registerJitHelpers(program.host, glue);
    const lines = [];
    const spied = changed(runtime, { err: (line) => lines.push(line) });
    for (const bytes of [Uint8Array.of(1, 2, 3), wasm.kernelModule({ exports: [] }),
                         wasm.kernelModule().slice(0, 40)]) {
      const before = lines.length;
      assert.equal(glue._meJitInstantiate(spied, bytes, 0), 0);
      assert.equal(lines.length, before + 1);
      assert.match(lines.at(-1), /^\[me-wasm-jit\] ./);
    }
  });

  test(label('each required runtime member, when missing, gives 0 and is named'), () => {
    const { runtime } = registerJitHelpers(program.host, glue);
    const good = wasm.kernelModule();
    const entry = glue._meJitInstantiate(runtime, good, 0);
    assert.ok(entry > 0);
    glue._meJitFreeFn(runtime, entry);
    const optional = ['err', 'setWasmTableEntry'];
    const names = Object.keys(runtime).filter((name) => !optional.includes(name));
    assert.equal(names.length, 12);
    for (const name of names) {
      const lines = [];
      const without = changed(runtime, { [name]: undefined, err: (line) => lines.push(line) });
      assert.equal(glue._meJitInstantiate(without, good, 0), 0);
      assert.ok(lines[0].includes(`${name} is missing`), lines[0]);
    }
  });

  test(label('1,000 compile and free cycles add at most 256 table slots'), () => {
    const { runtime } = registerJitHelpers(program.host, glue);
    const before = runtime.wasmTable.length;
    const { change } = counted(c, () => {
      for (let i = 0; i < 1000; i += 1) {
        const text = `a * ${i} + ${['b', 'a', 'a * b', '(b - a)'][i % 4]} + b`;
        const expression = c.compile(text, ['a', 'b']);
        assert.ok(c.hasJitKernel(expression), text);
        c.free(expression);
      }
    });
    const grown = runtime.wasmTable.length - before;
    console.log(`[${program.name}] 1,000 cycles: ${change.jit_compiles} kernels compiled, ` +
                `${grown} table slots added`);
    assert.ok(grown <= 256, `${grown} slots`);
  });

  test(label('memory growth between compile and evaluation is survived'), () => {
    const { runtime } = registerJitHelpers(program.host, glue);
    const expression = c.compile('a * b + 0.5', ['a', 'b']);
    const [a, b] = samples(Float64Array);
    const grow = {
      'by malloc': () => {
        const large = [];
        const before = program.memory.buffer.byteLength;
        while (program.memory.buffer.byteLength === before) large.push(program.malloc(1 << 24));
        large.forEach((block) => program.free(block));
      },
      'from JavaScript': () => program.memory.grow(16),
    };
    for (const [how, step] of Object.entries(grow)) {
      const size = program.memory.buffer.byteLength;
      step();
      assert.ok(program.memory.buffer.byteLength > size, how);
      const { result, change } = counted(c, () => c.evaluate(expression, [a, b]));
      assert.equal(change.jit_executions, 1, how);
      result.forEach((v, i) => assert.equal(v, a[i] * b[i] + 0.5, how));
      const later = c.compile(`a * b + ${how.length}`, ['a', 'b']);
      assert.ok(c.hasJitKernel(later), `${how}: kernels still compile`);
      c.free(later);
    }
    assert.equal(runtime.HEAPU8.buffer, program.memory.buffer);
    c.free(expression);
  });

  test(label('a host that refuses every module: same results, and the reason counted'), () => {
    const refusing = { _meJitInstantiate: () => 0, _meJitFreeFn: () => {} };
    const before = c.counter('decline_host_refused');
    const runtime = registerJitHelpers(program.host, glue).runtime;
    const pointer = runtime.addFunction(() => refusing._meJitInstantiate(), 'iiii');
    program.symbol('me_register_wasm_jit_helpers')(pointer, 0);
    const expression = c.compile('a * b + 1.25', ['a', 'b']);
    assert.equal(c.hasJitKernel(expression), false);
    assert.equal(c.counter('decline_host_refused'), before + 1);
    const [a, b] = samples(Float64Array);
    c.evaluate(expression, [a, b]).forEach((v, i) => assert.equal(v, a[i] * b[i] + 1.25));
    c.free(expression);
    registerJitHelpers(program.host, glue);
    runtime.removeFunction(pointer);
  });

  test(label('bad programs are errors with a message, and nothing breaks'), () => {
    for (const text of ['', 'a +', 'a b c (', 'nosuch(a)', '('.repeat(100000), 'a+'.repeat(100000),
                        'def k(a, b):\n    return', '\u0000', '\ud83d\ude00']) {
      assert.throws(() => c.compile(text, ['a', 'b']), /me_compile gave -\d: ./, text.slice(0, 20));
    }
    assert.ok(compileAndRun(c, kPrograms[0]).hasKernel);
  });

  test(label('the same kernel and the same glue in a runtime made by hand'), () => {
    const bytes = c.kernelBytes('a * b + 0.5', ['a', 'b']);
    assert.ok(bytes.length > 0);
    const module = new WebAssembly.Module(bytes);
    assert.deepEqual(WebAssembly.Module.imports(module),
                     [{ module: 'env', name: 'memory', kind: 'memory' }]);
    const { runtime, lines } = fakeRuntime({ pages: 16 });
    const entry = glue._meJitInstantiate(runtime, bytes, 0);
    assert.ok(entry > 0, lines.join());

    const count = 1003;
    const [a, b] = samples(Float64Array, count);
    const at = { words: 1024, context: 2048, scalars: 3072, scratch: 4096, a: 65544, b: 131080,
                 out: 196616 };
    const { buffer } = runtime.wasmMemory;
    new Float64Array(buffer, at.a, count).set(a);
    new Float64Array(buffer, at.b, count).set(b);
    new Uint32Array(buffer, at.words, 3).set([at.a, at.b, at.context]);
    new BigUint64Array(buffer, at.context, 6).set(
      [0n, BigInt(at.scalars), BigInt(at.scratch), 0n, 0n, 0n]);
    assert.equal(runtime.wasmTable.get(entry)(at.words, at.out, count), 0);
    new Float64Array(buffer, at.out, count).forEach((v, i) => {
      assert.equal(v, a[i] * b[i] + 0.5, `element ${i}`);
    });
    console.log(`[runtime made by hand, plain Node] kernel of ${program.name}: JIT active`);
  });
}
