// Opens the wasm programs that the library runs in, each with the real build output.
//
// Out: { name, host, memory, symbol(cName), malloc, free }. `host` is what
//      js/pyodide_runtime.js takes. A build output that is missing is an error that names the
//      command which makes it.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { loadPyodide } from 'pyodide';

const require = createRequire(import.meta.url);
export const glue = require('../../js/me_jit_glue.js');
export const { emscriptenRuntime, registerJitHelpers, withdrawJitHelpers } =
  require('../../js/pyodide_runtime.js');

// A file of the build folder; `preset` is the CMake preset that makes it.
export function built(path, preset) {
  const file = fileURLToPath(new URL(`../../build/${path}`, import.meta.url));
  if (!existsSync(file)) {
    throw new Error(`build/${path} is missing; make it with: ` +
                    `cmake --preset ${preset} && cmake --build --preset ${preset}`);
  }
  return file;
}

const sideModule = () => built('wasm/mejit.so', 'wasm-side');

// Pyodide without the library; stdout and stderr of Python go to the console.
export async function bare() {
  return loadPyodide({ checkAPIVersion: true });
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

export async function pyodideByLoadDynamicLibrary() {
  const pyodide = await bare();
  const flags = { global: true, nodelete: true, loadAsync: false, allowUndefined: true };
  pyodide._module.loadDynamicLibrary(sideModule(), flags);
  return fromPyodide('Pyodide, loadDynamicLibrary', pyodide);
}

// Pyodide with mejit.so copied into its file system, for ctypes to open.
export async function pyodideWithFile(path) {
  const { readFileSync } = await import('node:fs');
  const pyodide = await bare();
  pyodide.FS.writeFile(path, readFileSync(sideModule()));
  return pyodide;
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
