// Compilation beside the page, with and without a store of kernel files: from JavaScript in Pyodide
// (js/async_compile.js), and from Python (mejit.compile_async).

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { loadPyodide } from 'pyodide';

import { CApi } from './c_api.mjs';
import {
  builtWheel, glue, pyodideByLoadDynamicLibrary, registerJitHelpers, withdrawJitHelpers,
} from './programs.mjs';

const require = createRequire(import.meta.url);
const { completeKernel } = require('../../js/async_compile.js');
const { directoryStore } = require('../../js/kernel_cache.js');

const program = await pyodideByLoadDynamicLibrary();
const c = new CApi(program);
const { runtime, error } = registerJitHelpers(program.host, glue);
assert.equal(error, '');
const host = { ...program, runtime, glue };
const values = Float64Array.from({ length: 9001 }, (_, i) => ((i * 37) % 401) / 16);
const rest = () => new Promise((resolve) => { setImmediate(resolve); });

let serial = 0;

// A deferred kernel of a text that no test has had, with what the interpreter gives for it.
function deferred(text = 'sum(a) * 0.5 + a * a') {
  serial += 1;
  const kernel = c.kernel(`${text} + ${serial}`, ['a'], Float64Array, 'me_kernel_compile_deferred');
  return { kernel, expected: c.run(kernel, [values]) };
}

// Whether the kernel computes in compiled code now. Its results are the same in any case.
function isCompiled({ kernel, expected }) {
  const before = c.counter('jit_executions');
  assert.deepEqual(c.run(kernel, [values]), expected);
  return c.counter('jit_executions') === before + 1;
}

const mapStore = () => {
  const files = new Map();
  return {
    files,
    get: async (key) => files.get(key),
    put: async (key, bytes) => { files.set(key, bytes); },
  };
};

test('a kernel gets its code while the event loop goes on and evaluations run', async () => {
  const made = deferred();
  assert.equal(isCompiled(made), false);
  let done = false;
  const job = completeKernel(host, made.kernel).finally(() => { done = true; });
  assert.equal(done, false);
  assert.equal(isCompiled(made), false);
  while (!done) {
    isCompiled(made);  // in whatever tier: the results are compared
    await rest();
  }
  assert.equal((await job).source, 'compiled');
  assert.equal(isCompiled(made), true);
  // A compile of the same text now finds it.
  const again = c.kernel(`sum(a) * 0.5 + a * a + ${serial}`, ['a']);
  assert.equal(isCompiled({ kernel: again, expected: made.expected }), true);
  const before = glue._meJitInstantiate.meJitStats().freed;
  c.freeKernel(again);
  c.freeKernel(made.kernel);
  assert.equal(glue._meJitInstantiate.meJitStats().freed, before, 'the cache holds it');
});

test('a cancelled compilation leaves the kernel to the interpreter', async () => {
  for (const turns of [-1, 0, 1]) {
    const made = deferred();
    const control = new AbortController();
    if (turns < 0) control.abort();
    const job = completeKernel(host, made.kernel, { signal: control.signal });
    if (turns === 0) control.abort();
    if (turns > 0) queueMicrotask(() => control.abort());
    await assert.rejects(job, { name: 'AbortError' });
    assert.equal(isCompiled(made), false);
    assert.equal((await completeKernel(host, made.kernel)).source, 'compiled');  // another try
    assert.equal(isCompiled(made), true);
    c.freeKernel(made.kernel);
  }
});

test('a failed compilation leaves the kernel to the interpreter', async () => {
  const made = deferred();
  const { compile, instantiate } = WebAssembly;
  for (const [name, original] of Object.entries({ compile, instantiate })) {
    WebAssembly[name] = async () => { throw new WebAssembly.CompileError('not today'); };
    try {
      await assert.rejects(completeKernel(host, made.kernel), /not today/);
    } finally {
      WebAssembly[name] = original;
    }
    assert.equal(isCompiled(made), false);
  }
  const text = c.kernel('a + 1', ['a'], Float64Array, 'me_kernel_compile_deferred');
  withdrawJitHelpers(program.host);
  await assert.rejects(completeKernel(host, text), /no host/);
  registerJitHelpers(program.host, glue);
  c.freeKernel(text);
  c.freeKernel(made.kernel);
});

test('withdrawn helpers: kernels go back to the interpreter, and may have code again', async () => {
  const made = deferred();
  await completeKernel(host, made.kernel);
  assert.equal(isCompiled(made), true);
  withdrawJitHelpers(program.host);
  assert.equal(isCompiled(made), false);
  registerJitHelpers(program.host, glue);
  assert.equal(isCompiled(made), false);
  await completeKernel(host, made.kernel);
  assert.equal(isCompiled(made), true);
  c.freeKernel(made.kernel);
});

test('a store gives the code to the next program; what does not fit is replaced', async () => {
  const made = deferred();
  const store = mapStore();
  const first = await completeKernel(host, made.kernel, { store });
  assert.deepEqual([first.source, await first.written], ['compiled', true]);
  const [[key, file]] = store.files;
  assert.match(key, /^mejit-kernel 1\nabi /);

  // The same store with this content, as seen by another program.
  const other = await pyodideByLoadDynamicLibrary();
  const otherC = new CApi(other);
  const otherHost = { ...other, runtime: registerJitHelpers(other.host, glue).runtime, glue };
  let flip = 0;
  for (const [content, source] of [
    [file, 'store'],
    [file.with(file.length >> 1, file[file.length >> 1] ^ 1), 'compiled'],
    [file.slice(0, -1), 'compiled'],
    [new Uint8Array(0), 'compiled'],
    ['no bytes', 'compiled'],
  ]) {
    flip += 1;
    const kernel = otherC.kernel(`sum(a) * 0.5 + a * a + ${serial}`, ['a'], Float64Array,
                                 'me_kernel_compile_deferred');
    const kept = { ...mapStore() };
    kept.files.set(key, content);
    const result = await completeKernel(otherHost, kernel, { store: kept });
    assert.equal(result.source, source, `content ${flip}`);
    await result.written;
    assert.deepEqual(kept.files.get(key), file);
    assert.deepEqual(otherC.run(kernel, [values]), made.expected);
    otherC.freeKernel(kernel);
  }
  c.freeKernel(made.kernel);
});

test('another kernel under the key, and a broken store, do no harm', async () => {
  const made = deferred();
  const store = mapStore();
  const foreign = deferred('a - 1');
  await completeKernel(host, foreign.kernel, { store });
  const [[, file]] = store.files;
  let put = 0;
  const lying = { get: async () => file, put: async () => { put += 1; } };
  assert.equal((await completeKernel(host, made.kernel, { store: lying })).source, 'compiled');
  assert.equal(put, 1);
  assert.equal(isCompiled(made), true);
  const broken = {
    get: async () => { throw new Error('no disk'); },
    put: () => { throw new Error('no disk'); },
  };
  const second = deferred();
  const result = await completeKernel(host, second.kernel, { store: broken });
  assert.deepEqual([result.source, await result.written], ['compiled', false]);
  for (const { kernel } of [made, foreign, second]) c.freeKernel(kernel);
});

const kPython = `
import asyncio, mejit
from array import array

async def check(store, texts):
    told = []
    a = array("d", range(1000))
    for text in texts:
        job = mejit.compile_async(text, {"a": "float64"}, store=store)
        assert job.kernel.tier == "interpreter" and not job.done()
        first = bytes(job.kernel(a))
        turns = 0
        while not job.done():
            await asyncio.sleep(0)
            turns += 1
        kernel = await job
        assert turns > 0 and kernel is job.kernel and bytes(kernel(a)) == first
        told.append(kernel.tier)
    job = mejit.compile_async("a*a*a + 99", {"a": "float64"}, store=store)
    job.cancel()
    try:
        await job
    except asyncio.CancelledError:
        told.append("cancelled " + job.kernel.tier)
    kernel = await mejit.compile_async("s", {"s": "S3"}, store=store)
    told.append("no code " + kernel.tier)
    long = " + ".join(f"a*{i}.5" for i in range(2000))
    job = mejit.compile_async(long, {"a": "float64"})
    turns = 0
    while not job.done():
        await asyncio.sleep(0)
        turns += 1
    kernel = await job
    assert turns > 10 and kernel is job.kernel
    told.append(f"long {kernel.tier} {kernel(2.0):.0f}")
    job = mejit.compile_async(long + " + 1", {"a": "float64"})
    await asyncio.sleep(0)
    told.append(f"at once {job.kernel.tier} {job.kernel(2.0):.0f}")
    assert (await job).tier == "ahead-of-time"
    job = mejit.compile_async(long + " + 2", {"a": "float64"})
    await asyncio.sleep(0)
    job.cancel()
    try:
        await job
    except asyncio.CancelledError:
        told.append(f"cancelled {job.kernel.tier} {job.kernel(2.0):.0f}")
    job = mejit.compile_async(long + " << 1", {"a": "float64"})
    for step in (lambda: job, lambda: job.kernel):
        try:
            result = step()
            await result
        except mejit.DTypeError as error:
            told.append("--> expression:1:" in str(error))
    large = " + ".join(f"a*{i}.5" for i in range(9000))
    kernel = await mejit.compile_async(large, {"a": "float64"})
    told.append(kernel.tier + (" too large" if "too large" in kernel.explain() else ""))
    return told
`;

async function pythonCheck(store, texts) {
  const pyodide = await loadPyodide();
  pyodide.unpackArchive(new Uint8Array(readFileSync(builtWheel())), 'wheel');
  pyodide.runPython(kPython);
  const told = await pyodide.globals.get('check')(store, texts);
  const way = pyodide.runPython('mejit.jit_backend()');
  const hits = pyodide.runPython('mejit.counters()["compiles"]');
  assert.ok(hits > 0);
  console.log(`[Pyodide, Python package] compile_async: ${way}`);
  return told.toJs();
}

test('Python: compile_async, with a directory as the store', async () => {
  const path = await mkdtemp(join(tmpdir(), 'mejit-async-'));
  try {
    const store = directoryStore(path);
    const puts = [];
    const watched = { get: store.get, put: (...entry) => { puts.push(entry[0]); return store.put(...entry); } };
    const texts = ['a*2 + sum(a)', 'a - 5'];
    const sum = 2 * (1999 * 2000 / 2 + 1000);
    const told = ['ahead-of-time', 'ahead-of-time', 'cancelled interpreter', 'no code interpreter',
      `long ahead-of-time ${sum}`, `at once interpreter ${sum + 1}`, `cancelled interpreter ${sum + 2}`, true, true,
      'interpreter too large'];
    assert.deepEqual(await pythonCheck(watched, texts), told);
    assert.equal(puts.length, 2);
    assert.deepEqual(await pythonCheck(watched, texts), told);
    assert.equal(puts.length, 2, 'found in the store');
  } finally {
    await rm(path, { recursive: true });
  }
});

const kCached = `
import mejit
from array import array

async def cached(store):
    await mejit.use_kernel_cache(store)
    kernel = await mejit.compile_async("a*3 - sum(a)", "float64")
    mejit.use_kernel_cache("")
    await mejit.compile_async("a*3 - 7", "float64")
    return kernel.tier, list(kernel(array("d", [1, 2])))
`;

test('Python: use_kernel_cache(store) serves compile_async, and compiles its samples once', async () => {
  const files = mapStore();
  const keys = [];
  for (let i = 0; i < 2; i += 1) {
    const pyodide = await loadPyodide();
    pyodide.unpackArchive(new Uint8Array(readFileSync(builtWheel())), 'wheel');
    pyodide.runPython(kCached);
    const told = await pyodide.globals.get('cached')(files);
    assert.deepEqual(told.toJs(), ['ahead-of-time', [0, 3]]);
    keys.push([...files.files.keys()]);
  }
  assert.equal(keys[0].length, 3, 'two samples and the program; nothing after it was switched off');
  assert.deepEqual(keys[1], keys[0]);
});
