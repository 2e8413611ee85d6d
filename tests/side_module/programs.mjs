// Opens the wasm programs that the library runs in, each with the real build output.
//
// Out: { name, host, memory, symbol(cName), malloc, free }. `host` is what
//      js/pyodide_runtime.js takes. A build output that is missing is an error that names the
//      command which makes it.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { loadPyodide } from 'pyodide';

const require = createRequire(import.meta.url);
export const glue = require('../../js/me_jit_glue.js');
export const { emscriptenRuntime, registerJitHelpers, withdrawJitHelpers } =
  require('../../js/pyodide_runtime.js');

// The build folder: ME_BUILD_DIR, or `build` in the checkout.
const kBuild = process.env.ME_BUILD_DIR || fileURLToPath(new URL('../../build', import.meta.url));

// A file of the build folder; `preset` is the CMake preset that makes it.
export function built(path, preset) {
  const file = join(kBuild, path);
  if (!existsSync(file)) {
    throw new Error(`${file} is missing; make it with: ` +
                    `cmake --preset ${preset} && cmake --build --preset ${preset}`);
  }
  return file;
}

// The wheel of the Python package for Pyodide.
export function builtWheel() {
  const folder = built('wasm/dist', 'wasm-side');
  const found = readdirSync(folder).find((name) => /^mejit-.*wasm32\.whl$/.test(name));
  if (!found) throw new Error(`no mejit-*wasm32.whl in ${folder}`);
  return join(folder, found);
}

// Wraps a Pyodide whose global symbols already include the library's.
export function fromPyodide(name, pyodide) {
  const Module = pyodide._module;
  return {
    name, host: pyodide, pyodide,
    memory: emscriptenRuntime(pyodide).wasmMemory,
    symbol(cName) {
      const { sym } = Module.resolveGlobalSymbol(cName);
      if (typeof sym !== 'function') throw new Error(`mejit.so does not export ${cName}`);
      return sym;
    },
    malloc: (bytes) => Module._malloc(bytes),
    free: (block) => Module._free(block),
  };
}

// Pyodide with mejit.so copied into its file system.
export async function pyodideWithFile(path) {
  const library = readFileSync(built('wasm/mejit.so', 'wasm-side'));
  const pyodide = await loadPyodide();
  pyodide.FS.writeFile(path, library);
  return pyodide;
}

export async function pyodideByLoadDynamicLibrary() {
  const path = '/home/pyodide/mejit.so';
  const pyodide = await pyodideWithFile(path);
  const flags = { global: true, nodelete: true, loadAsync: false };
  pyodide._module.loadDynamicLibrary(path, flags);
  return fromPyodide('Pyodide, loadDynamicLibrary', pyodide);
}

export async function standaloneProgram() {
  const { default: createModule } = await import(pathToFileURL(built('wasm-node/mejit.mjs',
                                                                     'wasm-node')).href);
  const Module = await createModule();
  return {
    name: 'stand-alone Emscripten program', host: Module,
    memory: emscriptenRuntime(Module).wasmMemory,
    symbol(cName) {
      if (typeof Module[`_${cName}`] !== 'function') throw new Error(`no export ${cName}`);
      return Module[`_${cName}`];
    },
    malloc: (bytes) => Module._malloc(bytes),
    free: (block) => Module._free(block),
  };
}
