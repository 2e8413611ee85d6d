// Runs every other test of this folder again in a Node that refuses eval and Function.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const kFlag = '--disallow-code-generation-from-strings';
const folder = fileURLToPath(new URL('.', import.meta.url));

test('the flag works', () => {
  const { stderr } = spawnSync(process.execPath, [kFlag, '-e', 'new Function("return 1")()']);
  assert.match(String(stderr), /Code generation from strings disallowed/);
});

for (const file of readdirSync(folder)) {
  if (!file.endsWith('.test.mjs') || file === 'no_eval.test.mjs') continue;
  test(`${file} without code generation from strings`, () => {
    // A test file run directly, so that no runner decides about the flags.
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const run = spawnSync(process.execPath, [kFlag, '--test-reporter=tap', folder + file],
                          { encoding: 'utf8', env });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /^# pass [1-9]/m);
    assert.match(run.stdout, /^# fail 0/m);
  });
}
