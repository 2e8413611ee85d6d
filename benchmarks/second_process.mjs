// second_process.py inside Pyodide under Node, with a directory store:
//   node benchmarks/second_process.mjs --wheel mejit-….whl --numpy numpy-….whl [--rounds 5] [--rows ROW]...
//   [--sizes ITEMS]... [--json FILE]
// Every sample is a fresh Node with a fresh Pyodide; the first one of each row fills the store.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { placeOf, pyodideWith } from './load_pyodide.mjs';

const kHere = fileURLToPath(new URL('.', import.meta.url));
const kRows = ['expression', 'reduction', 'loop', 'Black-Scholes'];
const kWays = ['compile_async', 'compile_async, cache on', 'load', 'load, cache on'];

const { values: options } = parseArgs({
  options: {
    wheel: { type: 'string' },
    numpy: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', multiple: true, default: kRows },
    sizes: { type: 'string', multiple: true, default: ['10', '1000000'] },
    json: { type: 'string' },
    sample: { type: 'string' },  // what a fresh process measures, as JSON
  },
});

async function sample({ row, items, way, folder }) {
  const { directoryStore } = createRequire(import.meta.url)('../js/kernel_cache.js');
  const pyodide = await pyodideWith([options.numpy, options.wheel], ['second_process.py']);
  const program = pyodide.pyimport('second_process');
  pyodide.runPython('import numpy, mejit');
  const file = join(folder, `${row}.mejit`);
  if (way === 'fill') {
    writeFileSync(file, program.file_of(row).toJs());
    await program.sample_beside(row, items, directoryStore(join(folder, 'store')), undefined, true);
    return { place: placeOf(pyodide) };
  }
  const bytes = way.startsWith('load') ? pyodide.toPy(new Uint8Array(readFileSync(file))) : undefined;
  const store = directoryStore(join(folder, 'store'));
  return JSON.parse(await program.sample_beside(row, items, store, bytes, way.endsWith('cache on')));
}

function inFreshProcess(work) {
  const done = spawnSync(process.execPath, [
    fileURLToPath(import.meta.url), '--wheel', options.wheel, '--numpy', options.numpy,
    '--sample', JSON.stringify(work),
  ], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

if (options.sample) {
  console.log(JSON.stringify(await sample(JSON.parse(options.sample))));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'mejit-second-'));
  try {
    let place;
    const us = [];
    for (const row of options.rows) {
      ({ place } = inFreshProcess({ row, items: 10, way: 'fill', folder }));
      for (const items of options.sizes.map(Number)) for (const way of kWays) us.push([[row, items, way], []]);
    }
    for (let i = 0; i < Number(options.rounds); i += 1) {
      for (const [[row, items, way], got] of us) got.push(inFreshProcess({ row, items, way, folder }));
    }
    const json = options.json ?? join(folder, 'samples.json');
    writeFileSync(json, JSON.stringify({ place, us }));
    spawnSync('python3', [join(kHere, 'second_process.py'), '--report', json], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
