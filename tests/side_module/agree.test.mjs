// Interpreter and JIT give the same bits in wasm too: tests/agree as a stand-alone program under
// Node, its kernels instantiated by the JS glue. As many programs as natively; ME_AGREE=quick runs
// a tenth. The program prints what it did; its exit status is what counts.

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import { built, glue, registerJitHelpers } from './programs.mjs';

const quick = process.env.ME_AGREE === 'quick';
const [expressions, kernels] = quick ? ['1000', '200'] : ['10100', '2100'];

test('generated programs: interpreter and JIT agree bit for bit in wasm', async () => {
  const program = built('wasm-node/agree.mjs', 'wasm-node');
  const { default: create } = await import(pathToFileURL(program));
  const print = (line) => console.log(line);
  const module = await create({ print, printErr: print });
  const record = registerJitHelpers(module, glue);
  assert.equal(record.error, '');
  const status = module.callMain(['--seed', process.env.ME_AGREE_SEED ?? '1',
    '--expressions', expressions, '--kernels', kernels]);
  const { instantiated, freed } = glue._meJitInstantiate.meJitStats();
  console.log(`JIT active: ${instantiated} kernels instantiated, ${freed} freed`);
  assert.equal(status, 0);
  assert.ok(instantiated > Number(expressions));
});
