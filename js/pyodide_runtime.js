// Connects me_jit_glue.js with a running Emscripten program, Pyodide above all. The only file that
// knows where such programs keep their memory, table and heap views.
//
// In:  a Pyodide instance (or any Emscripten Module object), the two glue functions, and where
//      `me_register_wasm_jit_helpers` is: a function table index or a callable.
// Out: the helpers are in the function table and the library knows their indices; a record says so.
//
//   const { registerJitHelpers } = require('./pyodide_runtime.js');
//   const record = registerJitHelpers(pyodide, require('./me_jit_glue.js'));
//   record.registered                                 // true: kernels compile from now on
//
// Where things are (seen in Pyodide 0.29, 314 and 315 alpha): all on `pyodide._module`; the memory
// is `_module.memory` or not a member at all, then it is caught while a tiny library loads;
// `_module.HEAPU8` and its like are replaced when the memory grows, so they are read anew every
// time.
//
// Like the glue this is a plain script: it fills module.exports where there is a CommonJS `module`,
// else it sets globalThis.mejitPyodide. No eval. Tests: tests/js and tests/side_module.
(function () {
  'use strict';

  const kRegisterName = 'me_register_wasm_jit_helpers';

  // A side module that imports env.memory and nothing else, with an empty memory description in
  // its dylink section: the loader instantiates it with the program's own memory.
  const kMemoryProbe = Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,                                // magic, version
    0x00, 0x0f, 0x08, 0x64, 0x79, 0x6c, 0x69, 0x6e, 0x6b, 0x2e, 0x30,              // "dylink.0"
    0x01, 0x04, 0x00, 0x00, 0x00, 0x00,                                            // sizes: none
    0x02, 0x0f, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72,  // env.memor
    0x79, 0x02, 0x00, 0x00);                                                       // y: min 0

  const isMemory = (v) => v instanceof WebAssembly.Memory;

  // The memory of a program that does not offer it: loads kMemoryProbe and watches with which
  // memory it is instantiated. WebAssembly.Instance is replaced for that one call only.
  function catchMemory(Module) {
    if (typeof Module.loadWebAssemblyModule !== 'function') return null;
    const Instance = WebAssembly.Instance;
    let memory = null;
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args) {
        const env = args[1] && args[1].env;
        if (env && isMemory(env.memory)) memory = env.memory;
        return new target(...args);
      },
    });
    try {
      const flags = { loadAsync: false, allowUndefined: true, nodelete: true };
      Module.loadWebAssemblyModule(kMemoryProbe, flags, 'mejit memory probe', {}, 0);
    } catch {
      // The memory is known or not; how loading ended does not matter.
    } finally {
      WebAssembly.Instance = Instance;
    }
    return memory;
  }

  function memoryOf(Module) {
    for (const candidate of [Module.wasmMemory, Module.memory]) {
      if (isMemory(candidate)) return candidate;
    }
    return catchMemory(Module);
  }

  // The Emscripten Module behind `host`: `host` itself, or the `_module` of a Pyodide instance.
  function moduleOf(host) {
    const Module = host && host._module ? host._module : host;
    if (!Module || typeof Module.addFunction !== 'function') {
      throw new TypeError('neither a Pyodide instance nor an Emscripten Module with addFunction');
    }
    return Module;
  }

  // A runtime object for the glue (MeJitRuntime in me_jit_glue.d.ts). Members that the program
  // lacks are undefined, so the glue can name them.
  function emscriptenRuntime(host) {
    const Module = moduleOf(host);
    const memory = memoryOf(Module);
    const bound = (name) =>
      typeof Module[name] === 'function' ? Module[name].bind(Module) : undefined;

    // The program's own view while it is current, else one of our own on the grown memory.
    const views = {};
    const view = (name, View) => {
      const theirs = Module[name];
      if (!memory || (theirs && theirs.buffer === memory.buffer)) return theirs;
      if (!views[name] || views[name].buffer !== memory.buffer) {
        views[name] = new View(memory.buffer);
      }
      return views[name];
    };

    return {
      get HEAPU8() { return view('HEAPU8', Uint8Array); },
      get HEAPF32() { return view('HEAPF32', Float32Array); },
      get HEAPF64() { return view('HEAPF64', Float64Array); },
      wasmMemory: memory || undefined,
      wasmTable: Module.wasmTable,
      addFunction: bound('addFunction'),
      removeFunction: bound('removeFunction'),
      stackSave: bound('stackSave'),
      stackAlloc: bound('stackAlloc'),
      stackRestore: bound('stackRestore'),
      lengthBytesUTF8: bound('lengthBytesUTF8'),
      stringToUTF8: bound('stringToUTF8'),
      setWasmTableEntry: bound('setWasmTableEntry'),
      err: bound('err') || bound('printErr'),
    };
  }

  // The two functions that C calls. They never throw, and copy the bytes before the glue sees them.
  function helpersFor(runtime, glue) {
    return {
      instantiate(pointer, length, bridgeLookupFnIdx) {
        try {
          const start = pointer >>> 0;
          const end = start + (length >>> 0);
          const heap = runtime.HEAPU8;
          if (start === 0 || end === start || end > heap.byteLength) return 0;
          const bytes = heap.slice(start, end);
          return glue._meJitInstantiate(runtime, bytes, bridgeLookupFnIdx | 0) | 0;
        } catch {
          return 0;
        }
      },
      free(idx) {
        try {
          glue._meJitFreeFn(runtime, idx | 0);
        } catch {
          // Nothing can be done about it in a caller that is wasm.
        }
      },
    };
  }

  // `target` as a callable: a function, a table index, or (undefined) the symbol that a loaded
  // library or the program itself exports under the C name.
  function registerFunction(Module, target) {
    if (typeof target === 'function') return target;
    if (typeof target === 'number') {
      const entry = Module.wasmTable.get(target);
      if (typeof entry !== 'function') throw new RangeError(`no function at index ${target}`);
      return entry;
    }
    if (target !== undefined && target !== null) {
      throw new TypeError('the register target is neither a table index nor a function');
    }
    const own = Module[`_${kRegisterName}`];
    if (typeof own === 'function') return own;
    const found = typeof Module.resolveGlobalSymbol === 'function'
      ? Module.resolveGlobalSymbol(kRegisterName).sym : undefined;
    if (typeof found !== 'function') {
      throw new ReferenceError(`${kRegisterName} is not exported by any loaded library`);
    }
    return found;
  }

  // Module -> record. Keeps runtime and helpers for as long as the program lives.
  const records = new WeakMap();

  function makeRecord(Module, glue) {
    if (!glue || typeof glue._meJitInstantiate !== 'function' ||
        typeof glue._meJitFreeFn !== 'function') {
      throw new TypeError('the glue lacks _meJitInstantiate or _meJitFreeFn');
    }
    const runtime = emscriptenRuntime(Module);
    const helpers = helpersFor(runtime, glue);
    const instantiatePtr = runtime.addFunction(helpers.instantiate, 'iiii');
    const freePtr = runtime.addFunction(helpers.free, 'vi');
    return { instantiatePtr, freePtr, runtime, helpers, registered: false, error: '' };
  }

  // Puts the helpers into the table (once per program) and tells the library about them. Calling
  // it again is harmless: the same record, the same indices. Never throws; `error` says why not.
  function registerJitHelpers(host, glue, target) {
    let record = null;
    try {
      const Module = moduleOf(host);
      record = records.get(Module) || makeRecord(Module, glue);
      records.set(Module, record);
      registerFunction(Module, target)(record.instantiatePtr, record.freePtr);
      record.registered = true;
      record.error = '';
    } catch (thrown) {
      const empty = { instantiatePtr: 0, freePtr: 0, runtime: null, helpers: null };
      record = Object.assign(record || empty, { registered: false });
      record.error = String((thrown && thrown.message) || thrown);
    }
    return record;
  }

  // Tells the library to forget the helpers. Kernels that exist stay valid; they can be registered
  // again.
  function withdrawJitHelpers(host, target) {
    const Module = moduleOf(host);
    registerFunction(Module, target)(0, 0);
    const record = records.get(Module);
    if (record) record.registered = false;
  }

  if (typeof module === 'object' && module !== null && module.exports) {
    module.exports = { emscriptenRuntime, registerJitHelpers, withdrawJitHelpers };
  } else {
    globalThis.mejitPyodide = { emscriptenRuntime, registerJitHelpers, withdrawJitHelpers };
  }
})();
