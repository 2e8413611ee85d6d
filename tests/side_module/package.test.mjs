// The Python package in Pyodide: importing it is all it takes. This file runs with eval allowed,
// where the packaged scripts are evaluated, and again without (no_eval.test.mjs), where the package
// does the same from Python.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

import { loadPyodide } from 'pyodide';

import { builtWheel, emscriptenRuntime, withdrawJitHelpers } from './programs.mjs';

const wheel = new Uint8Array(readFileSync(builtWheel()));
const kScripts = ['me_jit_glue', 'pyodide_runtime'].map(
  (name) => new URL(`../../js/${name}.js`, import.meta.url));

async function withPackage() {
  const pyodide = await loadPyodide();
  pyodide.unpackArchive(wheel, 'wheel');
  pyodide.FS.writeFile('/home/pyodide/package_cases.py',
                       readFileSync(new URL('./package_cases.py', import.meta.url)));
  return pyodide;
}

function check(pyodide, mode, shift = 0.5) {
  const result = pyodide.pyimport('package_cases').check(shift).toJs();
  const change = result instanceof Map ? Object.fromEntries(result) : result;
  const path = change.interpreter_executions > 0 ? 'interpreter fallback' : 'JIT active';
  const way = pyodide.runPython('import mejit; str(mejit.jit_backend())');
  console.log(`[Pyodide, Python package] ${mode}: ${path} (${change.jit_executions} JIT ` +
              `evaluations, ${change.interpreter_executions} interpreter evaluations; ${way})`);
  return { ...change, path };
}

test('import mejit: kernels run, globals untouched', async () => {
  const pyodide = await withPackage();
  const change = check(pyodide, 'import mejit');
  assert.equal(change.path, 'JIT active');
  assert.equal(change.jit_executions, 3);
  assert.equal(change.interpreter_executions, 0);
  assert.equal(globalThis._meJitInstantiate, undefined);
  assert.equal(globalThis.mejitPyodide, undefined);

  const { length } = emscriptenRuntime(pyodide).wasmTable;
  pyodide.runPython('import importlib, mejit\nfor _ in range(5): importlib.reload(mejit)');
  assert.ok(emscriptenRuntime(pyodide).wasmTable.length - length <= 64);
  assert.equal(check(pyodide, 'import repeated').path, 'JIT active');

  withdrawJitHelpers(pyodide);
  const withheld = check(pyodide, 'helpers withheld', 0.75);
  assert.equal(withheld.jit_executions, 0);
  assert.equal(withheld.interpreter_executions, 3);
});

test('scripts that the page has loaded are used', async () => {
  kScripts.forEach((script) => vm.runInThisContext(readFileSync(script, 'utf8')));
  try {
    const before = globalThis._meJitInstantiate.meJitStats().instantiated;
    const pyodide = await withPackage();
    assert.equal(check(pyodide, 'scripts loaded by the page').path, 'JIT active');
    assert.ok(globalThis._meJitInstantiate.meJitStats().instantiated >= before + 3);
  } finally {
    delete globalThis.mejitPyodide;
    delete globalThis._meJitInstantiate;
    delete globalThis._meJitFreeFn;
  }
});

test('a foreign glue under the same names is left alone', async () => {
  let called = 0;
  globalThis._meJitInstantiate = () => { called += 1; return 0; };
  globalThis._meJitFreeFn = () => { called += 1; };
  try {
    const pyodide = await withPackage();
    assert.equal(check(pyodide, 'beside a foreign glue').path, 'JIT active');
    assert.equal(called, 0);
  } finally {
    delete globalThis._meJitInstantiate;
    delete globalThis._meJitFreeFn;
  }
});
