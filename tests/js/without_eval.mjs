// Runs test files again in a Node that refuses eval and Function.
//
// In:  the folder of the test file that calls it (its import.meta.url), and files that are left out.
// Out: one test per other *.test.mjs file there, which passes when that file passes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const kFlag = '--disallow-code-generation-from-strings';

export function rerunFolderWithoutEval(callerUrl, leftOut = []) {
  const folder = fileURLToPath(new URL('.', callerUrl));
  const caller = basename(fileURLToPath(callerUrl));

  test('the flag works', () => {
    const { stderr } = spawnSync(process.execPath, [kFlag, '-e', 'new Function("return 1")()']);
    assert.match(String(stderr), /Code generation from strings disallowed/);
  });

  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.test.mjs') || file === caller || leftOut.includes(file)) continue;
    test(`${file} without code generation from strings`, () => {
      // The file is run directly, so that no test runner decides about the flags.
      const { NODE_TEST_CONTEXT, ...env } = process.env;
      const run = spawnSync(process.execPath, [kFlag, '--test-reporter=tap', folder + file],
                            { encoding: 'utf8', env, timeout: 300000 });
      const said = run.stdout.split('\n').filter((line) => line.startsWith('['));
      if (said.length > 0) console.log(said.map((line) => `no eval: ${line}`).join('\n'));
      assert.equal(run.status, 0, run.stdout + run.stderr);
      assert.match(run.stdout, /^# pass [1-9]/m);
      assert.match(run.stdout, /^# fail 0/m);
    });
  }
}
