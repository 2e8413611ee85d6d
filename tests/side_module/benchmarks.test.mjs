// The benchmark programs for Pyodide run, and compare what the contenders compute. No time is looked at.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { built, builtWheel } from './programs.mjs';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kToolchain = join(kRoot, 'build/toolchain');
const kNumpy = readdirSync(join(kToolchain, 'numpy-pyodide')).find((f) => f.endsWith('.whl'));

// Runs benchmarks/`name` and returns what it wrote as JSON, and printed.
function run(name, ...args) {
  const folder = mkdtempSync(join(tmpdir(), 'mejit-benchmarks-'));
  try {
    const json = join(folder, 'figures.json');
    const done = spawnSync(process.execPath, [
      join(kRoot, 'benchmarks', name), '--wheel', builtWheel(),
      '--numpy', join(kToolchain, 'numpy-pyodide', kNumpy), '--json', json, ...args,
    ], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr.slice(0, 2000));
    return { measured: JSON.parse(readFileSync(json, 'utf8')), printed: done.stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('rows: mejit, NumPy, blosc2 and JavaScript agree, and are timed', () => {
  const { measured, printed } = run('pyodide.mjs', '--quick', '--blosc2', join(kToolchain, 'blosc2-pyodide'));
  const { figures, missing } = measured;
  assert.ok(new Set(figures.map((f) => f.row)).size > 20);
  assert.deepEqual([...new Set(figures.map((f) => f.dtype))], ['float64', 'float32', 'int64', 'int32']);
  const sum = figures.find((f) => f.row === 'a+b' && f.dtype === 'float64');
  for (const name of ['mejit', 'mejit, C API', 'mejit interpreter', 'NumPy', 'JavaScript', 'blosc2', 'blosc2 kernel']) {
    assert.ok(sum.ns[name].median > 0, `${name}: ${sum.excluded[name]}`);
  }
  assert.equal(figures.find((f) => f.row === 'Mandelbrot').differing.JavaScript, 0);
  assert.deepEqual(missing, ['wasm SIMD by hand is missing: no --limits']);
  assert.match(printed, /rows where a peer is faster/);
});

test('awaited compiles are watched from the event loop, cold and warm, in Node and in Pyodide', () => {
  const { measured, printed } = run('event_loop.mjs', '--processes', '1', '--only', 'a*b', '--standalone',
                                    built('wasm-node/mejit.mjs', 'wasm-node'));
  assert.deepEqual(measured.rows.map((row) => row.place), ['Node', 'Pyodide']);
  for (const { tier, cold, warm } of measured.rows) {
    assert.equal(tier, 'ahead-of-time');
    for (const { gap, max, total } of [cold, warm]) assert.ok(gap > 0 && max >= gap && total >= gap);
  }
  assert.match(printed, /a\*b \+ 1 +7 instructions/);
});

test('compilations are timed by phase', () => {
  const { measured } = run('latency.mjs', '--rounds', '1');
  assert.ok(Object.keys(measured.us.expression).length > 30);
  for (const rows of Object.values(measured.us.kernel)) assert.ok(rows[0].total > 0 && rows[0].bytes > 0);
});

test('second processes find their kernels in the store and in files', () => {
  const { measured, printed } = run('second_process.mjs', '--rounds', '1', '--rows', 'reduction', '--sizes', '10');
  assert.deepEqual(measured.us.map(([[, , way]]) => way), [
    'compile_async', 'compile_async, cache on', 'load', 'load, cache on']);
  for (const [, samples] of measured.us) {
    assert.equal(samples[0].tier, 'ahead-of-time');
    assert.equal(samples[0].lower, 0);
  }
  assert.match(printed, /reduction/);
});
