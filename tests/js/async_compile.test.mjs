// js/async_compile.js with a library made by hand: the order of its calls, cancelling, failing, stores.
// tests/side_module/async_compile.test.mjs runs it with the real one.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { fakeRuntime, kernelAdds } from './fake_runtime.mjs';
import * as wasm from './kernel_bytes.mjs';

const require = createRequire(import.meta.url);
const { completeKernel } = require('../../js/async_compile.js');
const glue = require('../../js/me_jit_glue.js');
const stats = () => glue._meJitInstantiate.meJitStats();

// A library whose kernels have `stages` modules. A file of it is: the kernel's number, the number of
// stages, the modules one after the other, and the sum of all these bytes.
function fakeLibrary({ stages = 2, adoptStatus = 0, bytes = wasm.kernelModule() } = {}) {
  const { runtime } = fakeRuntime({ pages: 4 });
  const memory = runtime.wasmMemory;
  const heap = () => new Uint8Array(memory.buffer);
  const setWord = (at, value) => new DataView(memory.buffer).setUint32(at, value, true);
  const blocks = new Map();
  let next = 1024;
  const calls = [];
  const host = { runtime, glue, memory, calls, blocks, adopted: null, adoptStatus };
  host.malloc = (size) => { next += size + 16; blocks.set(next - size, size); return next - size; };
  host.free = (block) => assert.ok(blocks.delete(block));
  const given = (content) => {
    const block = host.malloc(content.length + 1);
    heap().set(content, block);
    heap()[block + content.length] = 0;
    return block;
  };
  const sum = (file) => file.slice(0, -1).reduce((total, byte) => (total + byte) & 255, 0);
  const functions = {
    me_get_last_error_message: () => given(new TextEncoder().encode('the library says no')),
    me_text_free: (block) => host.free(block),
    me_kernel_key: (kernel) => given(new TextEncoder().encode(`key of ${kernel}`)),
    // Steps are the number of those left.
    me_kernel_save_steps(kernel, bits) {
      assert.equal(bits, 32);
      host.saving = { kernel, left: 3 };
      return 1;
    },
    me_steps_next() {
      host.saving.left -= 1;
      return Number(host.saving.left > 0);
    },
    me_steps_free: () => { host.saving = null; },
    me_steps_file(steps, out) {
      const { kernel, left } = host.saving;
      assert.equal(left, 0);
      const modules = Array.from({ length: stages }, () => [...bytes]).flat();
      const file = Uint8Array.from([kernel, stages, ...modules, 0]);
      file[file.length - 1] = sum(file);
      setWord(out, given(file));
      return file.length;
    },
    me_kernel_file_modules(pointer, size, bits, places, capacity) {
      const file = heap().slice(pointer, pointer + size);
      if (size < 3 || sum(file) !== file[size - 1]) return -3;
      assert.ok(file[1] <= capacity);
      for (let i = 0; i < file[1]; i += 1) {
        setWord(places + 8 * i, 2 + i * bytes.length);
        setWord(places + 8 * i + 4, bytes.length);
      }
      return file[1];
    },
    me_kernel_adopt(kernel, pointer, size, entries, count) {
      const words = new Uint32Array(memory.buffer.slice(entries, entries + 4 * count));
      if (heap()[pointer] !== kernel || host.adoptStatus !== 0) {
        words.forEach((entry) => glue._meJitFreeFn(runtime, entry));  // released in any case
        return -3;
      }
      host.adopted = [...words];
      return 0;
    },
  };
  host.symbol = (name) => (...args) => { calls.push(name); return functions[name](...args); };
  return host;
}

// Nothing stays behind: memory of the library, slots of the table.
async function leavesNothing(host, step) {
  const before = stats();
  await step();
  const after = stats();
  assert.equal(after.instantiated - before.instantiated, after.freed - before.freed);
  assert.deepEqual([...host.blocks.values()].filter((size) => size > 64), []);
  assert.equal(host.adopted, null);
  assert.ok(!host.saving);
}

test('every stage gets an entry, and the kernel gets them all at once', async () => {
  const host = fakeLibrary({ stages: 3 });
  const job = completeKernel(host, 5);
  assert.equal(host.adopted, null);
  const { source, written } = await job;
  assert.deepEqual([source, await written], ['compiled', false]);
  assert.equal(host.adopted.length, 3);
  for (const entry of host.adopted) assert.ok(kernelAdds(host.runtime, entry));
  assert.equal(host.calls.at(-1), 'me_kernel_adopt');
  assert.equal(host.blocks.size, 0);
});

test('the event loop turns after steps that have taken long, and not after others', async () => {
  const { now } = performance;
  for (const [stepMs, expected] of [[0, 0], [6, 2]]) {
    const host = fakeLibrary({ stages: 1 });
    const { symbol } = host;
    let clock = 0;
    let turns = 0;
    let steps = 0;
    performance.now = () => clock;
    host.symbol = (name) => (...args) => {
      if (name === 'me_steps_next') {
        steps += 1;
        clock += stepMs;
        setImmediate(() => { if (steps < 3) turns += 1; });
      }
      return symbol(name)(...args);
    };
    try {
      await completeKernel(host, 5);
    } finally {
      performance.now = now;
    }
    assert.equal(steps, 3);
    assert.equal(turns, expected);
  }
});

test('an aborted signal ends it at every point before the code is there', async () => {
  for (let turns = 0; turns < 3; turns += 1) {
    const host = fakeLibrary();
    const control = new AbortController();
    const compile = WebAssembly.compile;
    const instantiate = WebAssembly.instantiate;
    const reason = new Error('enough');
    if (turns === 0) control.abort(reason);
    WebAssembly.compile = (...args) => { if (turns === 1) control.abort(reason); return compile(...args); };
    WebAssembly.instantiate = (...args) => {
      if (turns === 2) control.abort(reason);
      return instantiate.apply(WebAssembly, args);
    };
    try {
      await leavesNothing(host, () =>
        assert.rejects(completeKernel(host, 5, { signal: control.signal }), /enough/));
    } finally {
      Object.assign(WebAssembly, { compile, instantiate });
    }
    assert.ok(!host.calls.includes('me_kernel_adopt'));
  }
});

test('an aborted signal ends it while the store, or the compiler, never answers', async () => {
  const never = () => new Promise(() => {});
  const { compile, instantiate } = WebAssembly;
  for (const waiting of ['get', 'compile', 'instantiate']) {
    const host = fakeLibrary();
    const control = new AbortController();
    const { signal } = control;
    const store = { get: waiting === 'get' ? never : () => undefined, put: never };
    if (waiting !== 'get') WebAssembly[waiting] = never;
    try {
      await leavesNothing(host, async () => {
        const job = completeKernel(host, 5, { store, signal });
        setTimeout(() => control.abort(new Error('enough')), 5);
        let timer;
        const late = new Promise((resolve) => { timer = setTimeout(resolve, 1000, 'still waiting'); });
        await assert.rejects(Promise.race([job, late]), /enough/);
        clearTimeout(timer);
      });
    } finally {
      Object.assign(WebAssembly, { compile, instantiate });
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.ok(!host.calls.includes('me_kernel_adopt'));
  }
});

test('a signal counts until the kernel takes its code, and is let go afterwards', async () => {
  const { instantiate } = WebAssembly;
  let aborted = 0;
  for (let ticks = 0; ticks < 24; ticks += 1) {
    const host = fakeLibrary({ stages: 1 });
    const control = new AbortController();
    const { signal } = control;
    const { symbol } = host;
    host.symbol = (name) => {
      if (name === 'me_kernel_adopt') assert.ok(!signal.aborted, `aborted after ${ticks} ticks`);
      return symbol(name);
    };
    WebAssembly.instantiate = async (...args) => {
      const instance = await instantiate.apply(WebAssembly, args);
      (async () => {
        for (let i = 0; i < ticks; i += 1) await null;
        control.abort(new Error('enough'));
      })();
      return instance;
    };
    try {
      await completeKernel(host, 5, { signal });
    } catch (error) {
      assert.match(error.message, /^enough$/);
      aborted += 1;
    } finally {
      WebAssembly.instantiate = instantiate;
    }
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  }
  assert.ok(aborted > 0 && aborted < 24);
});

test('entries that the library was never told of are released', async () => {
  for (const fails of ['memory', 'symbol']) {
    const host = fakeLibrary();
    const { malloc, symbol } = host;
    const before = stats().instantiated;
    if (fails === 'memory') {
      host.malloc = (size) => (stats().instantiated > before ? 0 : malloc(size));
    } else {
      host.symbol = (name) => {
        if (name === 'me_kernel_adopt') throw new Error('no such function');
        return symbol(name);
      };
    }
    await leavesNothing(host, () =>
      assert.rejects(completeKernel(host, 5), /out of memory|no such function/));
    assert.equal(stats().instantiated - before, 2);
  }
});

test('a kernel that was refused its code can be given it later', async () => {
  const host = fakeLibrary({ adoptStatus: -3 });
  await leavesNothing(host, () => assert.rejects(completeKernel(host, 5), /the library says no/));
  host.adoptStatus = 0;
  assert.equal((await completeKernel(host, 5)).source, 'compiled');
  for (const entry of host.adopted) assert.ok(kernelAdds(host.runtime, entry));
});

test('what fails rejects with the reason and leaves nothing behind', async () => {
  let host = fakeLibrary({ adoptStatus: -3 });
  await leavesNothing(host, () => assert.rejects(completeKernel(host, 5), /the library says no/));
  host = fakeLibrary({ bytes: Uint8Array.of(0, 1, 2) });
  await leavesNothing(host, () => assert.rejects(completeKernel(host, 5), WebAssembly.CompileError));
  host = fakeLibrary({ bytes: wasm.kernelModule({ type: wasm.kTwoParameters, body: wasm.kConstantBody }) });
  await leavesNothing(host, () => assert.rejects(completeKernel(host, 5), /is not \(i32/));
  host = fakeLibrary({ stages: 0 });
  await leavesNothing(host, () => assert.rejects(completeKernel(host, 5), /interpreted/));
});

test('a store is asked first; what does not fit is compiled and replaced', async () => {
  const files = new Map();
  const store = { get: async (key) => files.get(key), put: async (key, file) => { files.set(key, file); } };
  const first = await completeKernel(fakeLibrary(), 5, { store });
  assert.deepEqual([first.source, await first.written], ['compiled', true]);
  const file = files.get('key of 5');

  const next = fakeLibrary();
  assert.equal((await completeKernel(next, 5, { store })).source, 'store');
  assert.ok(!next.calls.includes('me_kernel_save_steps'));
  for (const content of [file.with(9, file[9] ^ 1), file.slice(0, -1), new Uint8Array(0), 'text', 7]) {
    files.set('key of 5', content);
    const result = await completeKernel(fakeLibrary(), 5, { store });
    assert.equal(result.source, 'compiled');
    await result.written;
    assert.deepEqual(files.get('key of 5'), file);
  }
  // Of another kernel: the library refuses it.
  files.set('key of 6', file);
  const other = fakeLibrary();
  assert.equal((await completeKernel(other, 6, { store })).source, 'compiled');
  assert.equal(other.adopted.length, 2);
});

test('a store that fails is as good as none', async () => {
  for (const store of [
    { get: async () => { throw new Error('no disk'); }, put: async () => { throw new Error('full'); } },
    { get() { throw new Error('no disk'); }, put() { throw new Error('full'); } },
    { get: () => undefined, put: () => undefined },
  ]) {
    const host = fakeLibrary();
    const { source, written } = await completeKernel(host, 5, { store });
    assert.equal(source, 'compiled');
    assert.equal(typeof await written, 'boolean');
    assert.equal(host.adopted.length, 2);
  }
});
