// The package for JavaScript: programs compiled in this process, over typed arrays.
//
// In:  a build of the library (the ES module mejit.mjs with mejit.wasm, or a Pyodide that has loaded mejit.so).
// Out: an Engine: compile(), compileAsync(), load(), inspect(), array(), counters().
//
//   import { init } from 'mejit';
//   const engine = await init();
//   const kernel = engine.compile('sqrt(a*a + b*b)', 'float64');
//   kernel(Float64Array.of(3, 5), 4);          // Float64Array [ 5, 6.403… ]
//
// No eval. Types: index.d.mts. Tests: tests/side_module/javascript.test.mjs.

import { EngineArray } from './arrays.mjs';
import { compileBeside } from './compilation.mjs';
import { dtypeOf, paramOf } from './dtypes.mjs';
import { Kernel, indexOf, kTiers } from './kernel.mjs';
import { manifestOf } from './kernel_file.mjs';
import { CLibrary } from './library.mjs';
import { kernelCache } from './scripts.mjs';

export { MejitError } from './errors.mjs';
export { EngineArray, Kernel };
export const { directoryStore, indexedDbStore } = kernelCache;

const kDialects = ['numpy', 'miniexpr'];
const kAsked = { auto: -2, fastest: -1 };  // ME_TIER_AUTO, ME_TIER_FASTEST
const kRecompile = 1;                      // ME_LOAD_RECOMPILE
const kBuilt = new URL('../build/wasm-node/mejit.mjs', import.meta.url);

// A kernel's first word, after comments and decorators, is def.
const kKernelText = /^(?:\s|[#@][^\n]*(?:\n|$))*def(?!\w)/;

export class Engine {
  #library;

  constructor(host) {
    this.#library = new CLibrary(host);
    this.version = this.#library.text(this.#library.call('me_version'));
  }

  // Compiles an expression, or a kernel (`def ...`). types: by name, in order of first appearance, or one for
  // all. tier: the highest to use; 'auto': the interpreter first, then tier after tier (docs/tiers.md).
  compile(text, types, options = {}) {
    return new Kernel(this.#library, this.#library.compile(...this.#source(text, types, options)));
  }

  // A promise of the kernel with its code. The promise's `kernel` can be called at once, in the interpreter, and
  // stays usable when the compilation fails or the signal is aborted; it throws what is wrong with the text.
  compileAsync(text, types, { store, signal, ...options } = {}) {
    const wantsCode = !['interpreter', 'auto'].includes(options.tier);
    const begin = () => this.#library.compileSteps(...this.#source(text, types, options));
    return compileBeside(this.#library, begin, { store, signal, wantsCode });
  }

  #source(text, types, { tier = 'fastest', dialect = 'numpy', result } = {}) {
    if (typeof text !== 'string') throw new TypeError(`the text is a string, not a ${typeof text}`);
    const options = {
      dialect: indexOf(kDialects, dialect, 'dialect'),
      result: result === undefined ? 0 : dtypeOf(result).code,
      tier: kAsked[tier] ?? indexOf([...kTiers.slice(0, 3), 'auto'], tier, 'tier'),
    };
    return [text, this.#params(text, types, options.dialect), options];
  }

  #params(text, types, dialect) {
    const isByName = types?.constructor === Object;
    const names = isByName && !kKernelText.test(text) ? Object.keys(types) : this.#library.freeNames(text, dialect);
    if (isByName) {
      // Calls take a kernel's arguments in the order of its definition.
      const ordered = new Set([...names.filter((name) => Object.hasOwn(types, name)), ...Object.keys(types)]);
      return [...ordered].map((name) => ({ name, ...paramOf(types[name]) }));
    }
    const specs = Array.isArray(types) ? types : names.map(() => types);
    if (specs.length !== names.length) {
      throw new TypeError(`${specs.length} dtypes for ${names.length} names: ${names.join(', ')}`);
    }
    return names.map((name, i) => ({ name, ...paramOf(specs[i]) }));
  }

  // The kernel of a file, as Kernel.save() wrote it, here or elsewhere. A file is code: load only what you would
  // run. recompile: a whole file of another ABI or build is compiled from its source, instead of an error.
  load(bytes, { recompile = false } = {}) {
    return new Kernel(this.#library, this.#library.load(bytes, recompile ? kRecompile : 0));
  }

  // What a kernel file says of itself.
  inspect(bytes) { return manifestOf(this.#library.manifest(bytes)); }

  // An array of zeros in the engine's memory, which kernels use in place. shape: its length, or its extents.
  array(dtype, shape) { return new EngineArray(this.#library, dtype, shape); }

  // Counters over all kernels, by name (docs/tiers.md).
  counters() { return this.#library.counters(); }

  // What runs compiled kernels: 'wasm helpers', or 'none: ...' and why.
  get host() { return this.#library.hostDescription(); }
}

// module: an Emscripten Module that has the library, a Pyodide that has loaded mejit.so, or the function that
// mejit.mjs exports. moduleUrl: where mejit.mjs is, if not in this package; wasmUrl: where mejit.wasm is, if not
// beside it. print: takes the lines that kernels print.
export async function init({ module, moduleUrl = kBuilt, wasmUrl, print } = {}) {
  let host = await (module ?? import(String(moduleUrl)).then((loaded) => loaded.default));
  if (typeof host === 'function') {
    host = await host({
      ...(wasmUrl && { locateFile: (name, folder) => (name.endsWith('.wasm') ? String(wasmUrl) : folder + name) }),
      ...(print && { print }),
    });
  }
  return new Engine(host);
}
