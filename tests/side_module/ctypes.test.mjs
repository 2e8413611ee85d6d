// The side module in Pyodide, opened from Python with ctypes.CDLL.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { glue, pyodideWithFile, registerJitHelpers } from './programs.mjs';

const kPath = '/home/pyodide/mejit.so';
const pyodide = await pyodideWithFile(kPath);
pyodide.FS.writeFile('/home/pyodide/ctypes_cases.py',
                     readFileSync(new URL('./ctypes_cases.py', import.meta.url)));
const cases = pyodide.pyimport('ctypes_cases');

function check(expectKernel) {
  const change = cases.check(expectKernel).toJs();
  return change instanceof Map ? Object.fromEntries(change) : change;
}

const say = (mode, path, change) =>
  console.log(`[Pyodide, ctypes.CDLL] ${mode}: ${path} (${change.jit_executions} JIT ` +
              `evaluations, ${change.interpreter_executions} interpreter evaluations)`);

test('ctypes.CDLL opens the library', () => {
  assert.match(cases.load(kPath), /^\d+\.\d+\.\d+/);
});

test('helpers withheld: the interpreter computes', () => {
  const change = check(false);
  assert.equal(change.jit_compiles, 0);
  assert.equal(change.jit_executions, 0);
  assert.equal(change.interpreter_executions, 2);
  say('helpers withheld', 'interpreter fallback', change);
});

test('helpers registered by table index: kernels run, with the same bits', () => {
  const index = cases.register_index();
  const record = registerJitHelpers(pyodide, glue, index);
  assert.equal(record.error, '');
  assert.equal(registerJitHelpers(pyodide, glue, index), record);
  const change = check(true);
  assert.ok(change.jit_compiles >= 2);
  assert.equal(change.jit_executions, 2);
  assert.equal(change.interpreter_executions, 2);  // the comparison runs with jit_mode OFF
  say('helpers registered', 'JIT active', change);
});

test('helpers withdrawn with NULL: the interpreter again, then kernels again', () => {
  cases.withdraw();
  assert.equal(check(false).jit_executions, 0);
  registerJitHelpers(pyodide, glue, cases.register_index());
  assert.equal(check(true).jit_executions, 2);
});
