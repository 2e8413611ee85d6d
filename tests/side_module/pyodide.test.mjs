// The side module in Pyodide, opened from JavaScript with loadDynamicLibrary.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kernelModule } from '../js/kernel_bytes.mjs';
import { jitCases } from './jit_cases.mjs';
import { emscriptenRuntime, glue, pyodideByLoadDynamicLibrary } from './programs.mjs';

const program = await pyodideByLoadDynamicLibrary();
jitCases(program);

test("a recycled slot is new in Emscripten's own copy of the table too", () => {
  const runtime = emscriptenRuntime(program.host);
  const Module = program.host._module;
  const seen = [1, 2].map(() => {
    const entry = glue._meJitInstantiate(runtime, kernelModule(), 0);
    const fn = Module.getWasmTableEntry(entry);
    assert.equal(fn, runtime.wasmTable.get(entry));
    glue._meJitFreeFn(runtime, entry);
    assert.equal(Module.getWasmTableEntry(entry), null);
    return { entry, fn };
  });
  assert.equal(seen[0].entry, seen[1].entry);
  assert.notEqual(seen[0].fn, seen[1].fn);
});
