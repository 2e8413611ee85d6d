// The .d.ts files, the C headers and the scripts name the same things.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const glue = require('../../js/me_jit_glue.js');
const glueTypes = read('js/me_jit_glue.d.ts');

const exportedNames = (types) =>
  [...types.matchAll(/^export (?:class|const|function) (\w+)/gm)].map((m) => m[1]).sort();

// Member names of an interface, with '?' kept for the optional ones.
function membersOf(types, name) {
  const body = types.match(new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`))[1];
  return [...body.matchAll(/^  (\w+\??)[:(]/gm)].map((m) => m[1]);
}

test('each script exports exactly what its declarations say', () => {
  for (const name of ['async_compile', 'kernel_cache', 'me_jit_glue', 'pyodide_runtime']) {
    const script = require(`../../js/${name}.js`);
    assert.deepEqual(exportedNames(read(`js/${name}.d.ts`)), Object.keys(script).sort());
  }
});

test('the package exports exactly what its declarations say, and its classes have those members', async () => {
  const names = await import('mejit');
  const types = read('js/index.d.mts');
  const passedOn = types.match(/^export \{ (.*) \} from/m)[1].split(', ');
  assert.deepEqual([...exportedNames(types), ...passedOn].sort(), Object.keys(names).sort());
  const fields = { Engine: ['version'], EngineArray: ['dtype', 'shape', 'length'], Kernel: ['source', 'names', 'types', 'dtype'] };
  for (const [name, instance] of Object.entries(fields)) {
    const body = types.match(new RegExp(`export class ${name} \\{\\n([\\s\\S]*?)\\n\\}`))[1];
    const declared = new Set([...body.matchAll(/^  (?:readonly )?(\w+)\??[(<:]/gm)].map((m) => m[1]));
    const defined = Object.getOwnPropertyNames(names[name].prototype).filter((member) => member !== 'constructor');
    assert.deepEqual([...declared].sort(), [...defined, ...instance].sort(), name);
  }
});

test('the declared runtime members are the checked ones', () => {
  const required = membersOf(glueTypes, 'MeJitRuntime').filter((name) => !name.endsWith('?'));
  const lines = [];
  glue._meJitInstantiate({ err: (line) => lines.push(line) }, Uint8Array.of(0), 0);
  const named = [...lines[0].matchAll(/(\w+) is missing/g)].map((m) => m[1]);
  assert.deepEqual(named.sort(), required.sort());
});

test('the declared counters and reasons are the counted ones', () => {
  const stats = glue._meJitInstantiate.meJitStats();
  assert.deepEqual(membersOf(glueTypes, 'MeJitStats').sort(), Object.keys(stats).sort());
  const union = glueTypes.match(/type MeJitReason =([^;]*);/)[1];
  const reasons = [...union.matchAll(/'(\w+)'/g)].map((m) => m[1]);
  assert.deepEqual(reasons.sort(), Object.keys(stats.refusals).sort());
});

test('version and kernel name are those of include/me_host.h', () => {
  const host = read('include/me_host.h');
  assert.match(host, new RegExp(`ME_HOST_ABI_VERSION ${glue._meJitInstantiate.meJitAbi}\\b`));
  const kernelName = host.match(/ME_HOST_KERNEL_EXPORT "(\w+)"/)[1];
  assert.ok(read('js/me_jit_glue.js').includes(`kKernelExport = '${kernelName}'`));
});
