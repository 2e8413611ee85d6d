// Does Pyodide provide everything that side modules import? An undefined function would fail only
// when it is called.
//
//   node ci/check_imports.mjs MODULE.so...
//
// Modules are looked at in order; what an earlier one exports, later ones may import (the Python
// extension takes the library's functions). Prints what is missing and "N passed, N failed".

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { loadPyodide } from 'pyodide';

// What the loader itself supplies, and namespaces whose entries it makes on demand.
const kFromLoader = new Set(['memory', '__indirect_function_table', '__memory_base', '__table_base',
                             '__stack_pointer', '__cpp_exception']);

const pyodide = await loadPyodide();
const Module = pyodide._module;

function inPyodide(name) {
  try {
    return Boolean(Module.resolveGlobalSymbol(name).sym);
  } catch {
    return false;
  }
}

const exported = new Set();
let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    console.log(`${path}: no such file`);
    failed += 1;
    continue;
  }
  const module = new WebAssembly.Module(readFileSync(path));
  const imports = WebAssembly.Module.imports(module);
  const own = WebAssembly.Module.exports(module).map((entry) => entry.name);
  own.forEach((name) => exported.add(name));
  const missing = imports.map((entry) => entry.name)
    .filter((name) => !kFromLoader.has(name) && !exported.has(name) && !inPyodide(name));
  const trampolines = imports.filter((entry) => entry.module === 'env' && own.includes(entry.name));
  console.log(`${basename(path)}: ${imports.length} imports, ${missing.length} missing, ` +
              `${trampolines.length} of its own through JavaScript`);
  missing.forEach((name) => console.log(`  missing: ${name}`));
  if (missing.length > 0) failed += 1; else passed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
