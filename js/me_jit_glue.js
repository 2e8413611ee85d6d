// Turns the bytes of a compiled kernel into an entry of the host's function table, and back.
//
// In:  a `runtime` object (members of an Emscripten program, see MeJitRuntime in the .d.ts) and the
//      bytes of one kernel module, which imports `env.memory` alone and exports `me_dsl_jit_kernel`
//      of type (i32, i32, i32) -> i32.
// Out: the table index of that kernel, or 0. Nothing here ever throws: the caller is wasm. Each 0
//      is counted under a reason and explained in one line, see `_meJitInstantiate.meJitStats()`.
//
//   const idx = _meJitInstantiate(runtime, bytes, 0);         // 24187
//   const status = runtime.wasmTable.get(idx)(operands, out, 4096);
//   _meJitFreeFn(runtime, idx);
//
// As a plain script this file sets globalThis._meJitInstantiate and globalThis._meJitFreeFn; where
// a CommonJS `module` is in scope it fills module.exports and leaves the globals alone. It needs no
// eval, looks at no byte of a module and does no arithmetic on data. Tests: tests/js.
//
// Table slots. `runtime.addFunction` grows the table by one entry per kernel. We grow by kSlotBatch
// and recycle the slots in a list of our own, one list per table. Emscripten never hands out an
// index that it has not grown itself, so its list and ours cannot meet; addFunction stays a
// required member because the two helpers are registered with it. Emscripten also keeps a
// JavaScript copy of the table (used by ctypes and other callers outside wasm), so a runtime which
// offers `setWasmTableEntry` gets its slots written through that, and the copy stays true.
(function () {
  'use strict';

  const kAbi = 1;
  const kKernelExport = 'me_dsl_jit_kernel';
  const kSlotBatch = 64;

  // Imports k.f as (i32, i32, i32) -> i32 and holds nothing else. Linking a function to it is the
  // one way to check the type of a wasm function which every engine has.
  const kTypeProbe = Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,                    // magic, version
    0x01, 0x08, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x01, 0x7f,        // type 0
    0x02, 0x07, 0x01, 0x01, 0x6b, 0x01, 0x66, 0x00, 0x00);             // import k.f : type 0

  const isFunction = (v) => typeof v === 'function';
  const isView = (v) => ArrayBuffer.isView(v);
  const isMemory = (v) => typeof v === 'object' && isFunction(v.grow) && v.buffer !== undefined;
  const isTable = (v) =>
    typeof v === 'object' && isFunction(v.grow) && isFunction(v.get) && isFunction(v.set);

  // What a runtime must have: [name, check, what the check asks for].
  const kMembers = [
    ['HEAPF32', isView, 'a typed array'],
    ['HEAPF64', isView, 'a typed array'],
    ['HEAPU8', isView, 'a typed array'],
    ['wasmMemory', isMemory, 'a WebAssembly.Memory'],
    ['wasmTable', isTable, 'a WebAssembly.Table'],
    ['addFunction', isFunction, 'a function'],
    ['removeFunction', isFunction, 'a function'],
    ['stackSave', isFunction, 'a function'],
    ['stackAlloc', isFunction, 'a function'],
    ['stackRestore', isFunction, 'a function'],
    ['lengthBytesUTF8', isFunction, 'a function'],
    ['stringToUTF8', isFunction, 'a function'],
  ];

  // Reasons for a refusal; the keys of meJitStats().refusals.
  const kReasons = [
    'arguments', 'runtime', 'compile', 'imports', 'export', 'signature', 'link', 'table', 'free',
  ];

  const stats = {
    instantiated: 0, freed: 0, refused: 0, slotsGrown: 0, lastError: '',
    refusals: Object.fromEntries(kReasons.map((reason) => [reason, 0])),
  };

  class Refusal extends Error {
    constructor(reason, message, quiet = false) {
      super(message);
      this.reason = reason;
      this.quiet = quiet;  // counted, but not printed
    }
  }

  // The text of anything that was thrown, a hostile object included.
  function textOf(thrown) {
    try {
      return String((thrown && thrown.message) || thrown);
    } catch {
      return 'an error without a readable message';
    }
  }

  // runtime[name], or `fallback` when reading it throws.
  function memberOr(runtime, name, fallback) {
    try {
      return runtime[name];
    } catch {
      return fallback;
    }
  }

  function checkedRuntime(runtime) {
    const members = {};
    const faults = [];
    for (const [name, check, wanted] of kMembers) {
      try {
        const value = runtime[name];
        if (value === undefined || value === null) faults.push(`${name} is missing`);
        else if (!check(value)) faults.push(`${name} is not ${wanted}`);
        members[name] = value;
      } catch (thrown) {
        faults.push(`${name} cannot be read (${textOf(thrown)})`);
      }
    }
    if (faults.length > 0) {
      throw new Refusal('runtime', `invalid runtime object: ${faults.join(', ')}`);
    }
    return members;
  }

  function print(runtime, message) {
    const line = `[me-wasm-jit] ${message}`;
    try {
      const err = runtime.err;
      if (isFunction(err)) {
        err.call(runtime, line);
        return;
      }
    } catch {
      // A broken err is no reason to lose the message.
    }
    try {
      console.error(line);
    } catch {
      // No console either: meJitStats().lastError still has the text.
    }
  }

  // Explicit argument, then runtime.meJitEmitWarnings, then true.
  function warningsWanted(runtime, emitWarnings) {
    if (typeof emitWarnings === 'boolean') return emitWarnings;
    const own = memberOr(runtime, 'meJitEmitWarnings', undefined);
    return typeof own === 'boolean' ? own : true;
  }

  // Called from a catch block; whatever goes wrong here, the stack limit included, ends here.
  function report(runtime, thrown, emitWarnings) {
    try {
      noteRefusal(runtime, thrown, emitWarnings);
    } catch {
      stats.refused += 1;
    }
  }

  function noteRefusal(runtime, thrown, emitWarnings) {
    const refusal = thrown instanceof Refusal ? thrown : new Refusal('link', textOf(thrown));
    stats.refused += 1;
    stats.refusals[refusal.reason] += 1;
    stats.lastError = refusal.message;
    if (refusal.quiet) return;
    const always = refusal.reason === 'runtime';
    if (always || warningsWanted(runtime, emitWarnings)) print(runtime, refusal.message);
  }

  // Runs `step`; what it throws becomes a refusal for `reason`.
  function attempt(reason, what, step) {
    try {
      return step();
    } catch (thrown) {
      throw new Refusal(reason, `${what}: ${textOf(thrown)}`);
    }
  }

  function compile(bytes) {
    if (!isView(bytes)) throw new Refusal('arguments', 'kernel bytes are not a Uint8Array');
    // Synchronous by contract. Some browsers limit that on the main thread; their message says so.
    return attempt('compile', 'cannot compile the kernel module',
                   () => new WebAssembly.Module(bytes));
  }

  function checkShape(module) {
    const imports = WebAssembly.Module.imports(module);
    const isHostMemory = (i) => i.module === 'env' && i.name === 'memory' && i.kind === 'memory';
    const other = imports.find((i) => !isHostMemory(i));
    if (other) {
      throw new Refusal('imports', `cannot supply import ${other.module}.${other.name} ` +
                        `(${other.kind}): a kernel imports env.memory only`);
    }
    if (imports.length === 0) {
      throw new Refusal('imports', 'the module does not import env.memory');
    }
    const kernel = WebAssembly.Module.exports(module).find((e) => e.name === kKernelExport);
    if (!kernel) throw new Refusal('export', `missing export ${kKernelExport}`);
    if (kernel.kind !== 'function') {
      throw new Refusal('export', `export ${kKernelExport} is a ${kernel.kind}, not a function`);
    }
  }

  let typeProbe = null;

  function link(module, memory) {
    const instance = attempt('link', 'cannot instantiate the kernel module',
                             () => new WebAssembly.Instance(module, { env: { memory } }));
    return checkedKernel(instance);
  }

  function checkedKernel(instance) {
    const kernel = instance.exports[kKernelExport];
    if (!isFunction(kernel)) throw new Refusal('export', `missing export ${kKernelExport}`);
    typeProbe = typeProbe || new WebAssembly.Module(kTypeProbe);
    try {
      new WebAssembly.Instance(typeProbe, { k: { f: kernel } });
    } catch {
      throw new Refusal('signature', `export ${kKernelExport} is not (i32, i32, i32) -> i32`);
    }
    return kernel;
  }

  // table -> { owned: every slot we ever grew, used: those that hold a kernel, free: the others }.
  const slotsOfTable = new WeakMap();

  function growSlots(table, slots) {
    let count = kSlotBatch;
    let first;
    try {
      first = table.grow(count);
    } catch {
      // The table has a maximum that leaves no room for a whole batch.
      count = 1;
      first = attempt('table', 'the function table cannot grow', () => table.grow(count));
    }
    if (!Number.isSafeInteger(first) || first < 0) {
      throw new Refusal('table', 'growing the function table gave no index');
    }
    stats.slotsGrown += count;
    for (let slot = first + count - 1; slot >= first; slot -= 1) {
      if (slot === 0) continue;  // index 0 is the null function pointer
      slots.owned.add(slot);
      slots.free.push(slot);
    }
  }

  function slotsWithRoom(table) {
    let slots = slotsOfTable.get(table);
    if (!slots) {
      slots = { owned: new Set(), used: new Set(), free: [] };
      slotsOfTable.set(table, slots);
    }
    if (slots.free.length === 0) growSlots(table, slots);
    if (slots.free.length === 0) growSlots(table, slots);  // the first one was index 0
    if (slots.free.length === 0) throw new Refusal('table', 'the function table gave no slot');
    return slots;
  }

  function writeSlot(runtime, table, slot, value) {
    const setEntry = memberOr(runtime, 'setWasmTableEntry', undefined);
    if (isFunction(setEntry)) setEntry.call(runtime, slot, value);
    else table.set(slot, value);
  }

  function instantiate(runtime, wasmBytes) {
    if (!runtime || !wasmBytes) {
      throw new Refusal('arguments', 'no runtime object or no kernel bytes', true);
    }
    const { wasmMemory, wasmTable } = checkedRuntime(runtime);
    const module = compile(wasmBytes);
    checkShape(module);
    return place(runtime, wasmTable, link(module, wasmMemory));
  }

  // An instance that the caller has made asynchronously, with the runtime's memory.
  function adopt(runtime, instance) {
    if (!instance || typeof memberOr(instance, 'exports', null) !== 'object') {
      throw new Refusal('arguments', 'no instance of a kernel module');
    }
    return place(runtime, checkedRuntime(runtime).wasmTable, checkedKernel(instance));
  }

  function place(runtime, wasmTable, kernel) {
    const slots = slotsWithRoom(wasmTable);
    const slot = slots.free[slots.free.length - 1];
    attempt('table', `cannot write table slot ${slot}`,
            () => writeSlot(runtime, wasmTable, slot, kernel));
    slots.free.pop();
    slots.used.add(slot);
    return slot;
  }

  function free(runtime, idx) {
    if (!runtime || !idx) return;
    const table = memberOr(runtime, 'wasmTable', null);
    const slots = table ? slotsOfTable.get(table) : undefined;
    if (slots && slots.owned.has(idx)) {
      if (!slots.used.delete(idx)) {
        throw new Refusal('free', `table slot ${idx} holds no kernel: freed twice`);
      }
      slots.free.push(idx);
      attempt('free', `cannot clear table slot ${idx}`,
              () => writeSlot(runtime, table, idx, null));
    } else {
      // Not from this copy of the glue: the index came from addFunction.
      const remove = memberOr(runtime, 'removeFunction', undefined);
      if (!isFunction(remove)) return;
      attempt('free', `cannot free table slot ${textOf(idx)}`, () => remove.call(runtime, idx));
    }
    stats.freed += 1;
  }

  // The slot that `step` gives, or 0.
  function counted(runtime, emitWarnings, step) {
    try {
      const slot = step();
      stats.instantiated += 1;
      return slot;
    } catch (thrown) {
      report(runtime, thrown, emitWarnings);
      return 0;
    }
  }

  // The bridge look-up function is not used: our kernels carry their mathematics inside.
  function _meJitInstantiate(runtime, wasmBytes, bridgeLookupFnIdx, emitWarnings) {
    return counted(runtime, emitWarnings, () => instantiate(runtime, wasmBytes));
  }

  function _meJitFreeFn(runtime, idx) {
    try {
      free(runtime, idx);
    } catch (thrown) {
      report(runtime, thrown, undefined);
    }
  }

  _meJitInstantiate.meJitAbi = kAbi;
  _meJitInstantiate.meJitStats = () => ({ ...stats, refusals: { ...stats.refusals } });
  _meJitInstantiate.meJitAdopt = (runtime, instance) =>
    counted(runtime, undefined, () => adopt(runtime, instance));
  _meJitFreeFn.meJitAbi = kAbi;

  if (typeof module === 'object' && module !== null && module.exports) {
    module.exports = { _meJitInstantiate, _meJitFreeFn };
  } else {
    globalThis._meJitInstantiate = _meJitInstantiate;
    globalThis._meJitFreeFn = _meJitFreeFn;
  }
})();
