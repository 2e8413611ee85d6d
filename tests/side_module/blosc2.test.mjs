// blosc2 from PyPI inside Pyodide, with our glue evaluated before it: the package imports, finds the
// glue's two functions, and its kernels and expressions are right. The helpers that its registration
// makes of our glue then serve mejit: its kernels are instantiated through them.
//
// blosc2's own compiler emits modules with a memory of their own, which our glue declines, counted;
// miniexpr then interprets. Wheels: ci/toolchain.sh numpy-pyodide blosc2.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

import { loadPyodide } from 'pyodide';

import { builtWheel } from './programs.mjs';

const kToolchain = fileURLToPath(new URL('../../build/toolchain', import.meta.url));

function wheelsOf(name) {
  const folder = join(kToolchain, name);
  assert.ok(existsSync(folder), `${folder} is missing; run ci/toolchain.sh numpy-pyodide blosc2`);
  return readdirSync(folder).filter((f) => f.endsWith('.whl')).map((f) => join(folder, f));
}

test('blosc2 registers our glue, computes correctly, and its helpers run our kernels', async () => {
  // As a page would load it: a plain script that sets two globals.
  vm.runInThisContext(readFileSync(new URL('../../js/me_jit_glue.js', import.meta.url), 'utf8'));
  const instantiate = globalThis._meJitInstantiate;
  const pyodide = await loadPyodide();
  for (const wheel of [...wheelsOf('numpy-pyodide'), ...wheelsOf('blosc2-pyodide'), builtWheel()]) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), 'wheel');
  }
  pyodide.FS.writeFile('/home/pyodide/blosc2_cases.py',
                       readFileSync(new URL('./blosc2_cases.py', import.meta.url)));
  const cases = pyodide.pyimport('blosc2_cases');

  assert.equal(cases.registered(), true);
  assert.equal(globalThis._meJitInstantiate, instantiate, 'blosc2 loaded a glue of its own');
  const before = instantiate.meJitStats();
  const checked = cases.run_blosc2();
  const between = instantiate.meJitStats();
  assert.ok(checked >= 9);
  assert.ok(between.refusals.imports > before.refusals.imports, 'blosc2 did not ask our glue');
  assert.equal(between.refused, between.refusals.imports, between.lastError);

  const helpers = globalThis.__blosc2_me_jit_helper_ptrs;
  assert.ok(helpers.instantiatePtr > 0 && helpers.freePtr > 0);
  const counted = cases.run_mejit(helpers.instantiatePtr, helpers.freePtr).toJs();
  const change = counted instanceof Map ? Object.fromEntries(counted) : counted;
  const after = instantiate.meJitStats();
  assert.equal(change.interpreter_executions, 0);
  assert.equal(change.jit_executions, 6);
  assert.ok(after.instantiated - between.instantiated >= 6, after.lastError);
  assert.equal(after.refused, between.refused);
  console.log(`[Pyodide with blosc2] JIT active: ${checked} results of blosc2 are right ` +
              `(${between.refused} of its own modules declined); ` +
              `${after.instantiated - between.instantiated} kernels through its helpers`);
});
