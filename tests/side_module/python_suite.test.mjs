// The tests of tests/python inside Pyodide: with NumPy the pytest suite itself, without NumPy the
// checks of without_numpy.py. What needs processes or threads is skipped there, and says so.
//
// NumPy's wheel is what `ci/toolchain.sh numpy-pyodide` provides; pytest is that of build/venv, which
// is plain Python.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { loadPyodide } from 'pyodide';

import { builtWheel } from './programs.mjs';

const kRoot = fileURLToPath(new URL('../..', import.meta.url));
const kPytest = ['pytest', '_pytest', 'pluggy', 'iniconfig', 'packaging', 'pygments'];
const kFiles = ['arrays', 'buffers', 'errors', 'evaluate', 'kernel', 'stub', 'values'];

function unpack(pyodide, wheel) {
  pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), 'wheel');
}

// The only folder below `folder` with that start, or file.
function find(folder, matches) {
  const found = existsSync(folder) ? readdirSync(folder).find((name) => matches.test(name)) : null;
  return found ? join(folder, found) : null;
}

async function withTests(wheels) {
  const lines = [];
  const pyodide = await loadPyodide({ stdout: (line) => lines.push(line),
                                      stderr: (line) => lines.push(line) });
  for (const wheel of wheels) unpack(pyodide, wheel);
  pyodide.FS.mkdirTree('/tests');
  pyodide.mountNodeFS('/tests/python', join(kRoot, 'tests/python'));
  pyodide.runPython('import sys; sys.path[:0] = ["/tests/python", "/pure"]; ' +
                    'sys.dont_write_bytecode = True');
  return { pyodide, lines };
}

test('without NumPy: buffers in, memoryviews out', async () => {
  const { pyodide } = await withTests([builtWheel()]);
  const [compiled, interpreted] = pyodide.runPython('import without_numpy; without_numpy.check()');
  assert.equal(pyodide.runPython('import sys; sys.modules.get("numpy") is None'), true);
  assert.ok(compiled > 20);
  assert.equal(interpreted, 0);
  console.log('[Pyodide without NumPy] JIT active');
});

test('with NumPy: the pytest suite', async () => {
  const numpy = find(join(kRoot, 'build/toolchain/numpy-pyodide'), /^numpy-.*wasm32\.whl$/);
  assert.ok(numpy, 'NumPy for Pyodide is missing; run ci/toolchain.sh numpy-pyodide');
  const python = find(join(kRoot, 'build/venv/lib'), /^python3/);
  const { pyodide, lines } = await withTests([numpy, builtWheel()]);
  for (const name of kPytest) {
    pyodide.FS.mkdirTree(`/pure/${name}`);
    pyodide.mountNodeFS(`/pure/${name}`, join(python, 'site-packages', name));
  }
  pyodide.FS.writeFile('/pure/py.py', readFileSync(join(python, 'site-packages/py.py')));
  pyodide.globals.set('files', pyodide.toPy(kFiles.map((f) => `/tests/python/test_${f}.py`)));
  const status = pyodide.runPython(`
import pytest
int(pytest.main(["-q", "-rsf", "-p", "no:cacheprovider", "-p", "no:faulthandler",
                 "--tb=short", *files]))`);
  const tail = lines.slice(-150).join('\n');
  assert.equal(status, 0, tail);
  const [, passed] = /(\d+) passed/.exec(tail) ?? [];
  assert.ok(Number(passed) > 5000, tail);
  console.log(`[Pyodide with NumPy] ${passed} tests of tests/python passed: JIT active`);
});
