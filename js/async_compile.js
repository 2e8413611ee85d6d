// Compiles a kernel without holding up the event loop: the library generates its modules in short
// steps, between which the loop turns, and the host's own compiler works beside the page.
//
// In:  a library (its C functions, its memory), the runtime object and the glue, and a kernel of
//      me_kernel_compile_deferred, which the interpreter runs. Optionally a store of kernel files
//      (kernel_cache.js) and an AbortSignal.
// Out: the kernel has code, from its next chunk on. Or the promise is rejected, and the kernel stays as
//      usable as it was.
//
//   const job = completeKernel({ symbol, memory, malloc, free, runtime, glue }, kernel, { store });
//   evaluate(kernel);                       // meanwhile, in the interpreter
//   const { source } = await job;           // 'compiled' or 'store'
//
// A stored file that is damaged, or of another build or kernel, is compiled anew and replaced; a store
// that fails is as good as none. Plain script: module.exports or globalThis.mejitAsyncCompile. Tests:
// tests/js/async_compile.test.mjs, tests/side_module/async_compile.test.mjs.
(function () {
  'use strict';

  const kPointerBits = 32;
  // Bytes of modules that a host compiles in less time than an event loop takes to come back.
  const kSmall = 1 << 15;
  const kMaxStages = 256;  // ME_MAX_STAGES
  const kTurnMs = 5;       // the loop turns after so much work; a step that takes longer is the exception

  // The loop does all that waits, and comes back. Timers would wait for milliseconds; one setImmediate in Node
  // would come back in the same turn.
  const channels = [];
  function turn() {
    if (typeof setImmediate === 'function') {
      return new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
    }
    return new Promise((resolve) => {
      const channel = channels.pop() || new MessageChannel();
      channel.port1.onmessage = () => { channels.push(channel); resolve(); };
      channel.port2.postMessage(null);
    });
  }

  // A function to be awaited between steps: it lets the loop turn when the steps since it did so last have
  // taken long enough, and throws the signal's reason once that is aborted.
  function pace(signal) {
    let since = performance.now();
    return async () => {
      if (performance.now() - since >= kTurnMs) {
        await turn();
        since = performance.now();
      }
      signal?.throwIfAborted();
    };
  }

  // The C functions that are needed, with JavaScript values; library.mjs has those of whole programs.
  // Views are made anew for every access: the memory may have grown.
  class Library {
    constructor({ symbol, memory, malloc, free }) {
      Object.assign(this, { symbol, memory, malloc, free });
    }
    get heap() { return new Uint8Array(this.memory.buffer); }
    get data() { return new DataView(this.memory.buffer); }
    word(pointer) { return this.data.getUint32(pointer, true); }
    call(name, ...values) { return this.symbol(name)(...values); }

    text(pointer) {
      const { heap } = this;
      return new TextDecoder().decode(heap.slice(pointer, heap.indexOf(0, pointer)));
    }

    // A block of the library's memory, to be given back with free().
    allocate(bytes) {
      const pointer = this.malloc(Math.max(1, bytes)) >>> 0;
      if (pointer === 0) throw new RangeError('out of memory');
      return pointer;
    }

    // step(pointer) with `bytes` in the library's memory.
    with(bytes, step) {
      const pointer = this.allocate(bytes.length);
      try {
        this.heap.set(bytes, pointer);
        return step(pointer);
      } finally {
        this.free(pointer);
      }
    }

    error() {
      const pointer = this.call('me_get_last_error_message') >>> 0;
      return new Error(pointer ? this.text(pointer) : 'no reason given');
    }

    // What a function gives through a pointer that is ended with me_text_free.
    given(pointer, length) {
      if (!pointer) throw this.error(0, 'engine');
      const bytes = this.heap.slice(pointer, pointer + length);
      this.call('me_text_free', pointer);
      return bytes;
    }

    key(kernel) {
      const pointer = this.call('me_kernel_key', kernel) >>> 0;
      if (!pointer) throw new Error('out of memory');
      const text = this.text(pointer);
      this.call('me_text_free', pointer);
      return text;
    }

    // A step of a compilation or of saving (me_steps). False: it was the last one.
    step(steps) {
      const status = this.call('me_steps_next', steps) | 0;
      if (status < 0) throw this.error(status, 'compile');
      return status > 0;
    }

    // The kernel's file, its modules generated now, with a rest() between steps.
    async save(kernel, rest) {
      const steps = this.call('me_kernel_save_steps', kernel, kPointerBits) >>> 0;
      if (!steps) throw this.error(0, 'engine');
      try {
        while (this.step(steps)) await rest();
        return this.with(new Uint8Array(4), (out) => {
          const size = this.call('me_steps_file', steps, out) >>> 0;
          return this.given(this.word(out), size);
        });
      } finally {
        this.call('me_steps_free', steps);
      }
    }

    // The modules in a file. Throws when it is not one of this build.
    modules(file) {
      return this.with(file, (pointer) => this.with(new Uint8Array(8 * kMaxStages), (places) => {
        const count = this.call('me_kernel_file_modules', pointer, file.length, kPointerBits, places,
                                kMaxStages) | 0;
        if (count < 0) throw this.error(count, 'engine');
        return Array.from({ length: count }, (_, i) => {
          const begin = this.word(places + 8 * i);
          return file.slice(begin, begin + this.word(places + 8 * i + 4));
        });
      }));
    }

    // The entries are the kernel's, whatever comes of it, from when taken() is called.
    adopt(kernel, file, entries, taken) {
      const words = new Uint8Array(Uint32Array.from(entries).buffer);
      const adopt = this.symbol('me_kernel_adopt');
      const status = this.with(file, (pointer) => this.with(words, (list) => {
        taken();
        return adopt(kernel, pointer, file.length, list, entries.length) | 0;
      }));
      if (status !== 0) throw this.error(status, 'engine');
    }
  }

  // What the promise gives, or the signal's reason as soon as it is aborted.
  async function unlessAborted(signal, promise) {
    if (!signal) return promise;
    let abort;
    const aborted = new Promise((_, reject) => { abort = () => reject(signal.reason); });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      return await Promise.race([aborted, promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  // The stored file with its modules, or null.
  async function stored(library, store, key, signal) {
    try {
      const file = await unlessAborted(signal, store.get(key));
      return ArrayBuffer.isView(file) ? { file, modules: library.modules(file) } : null;
    } catch {
      signal?.throwIfAborted();
      return null;  // damaged, of another build, or the store is broken: compile
    }
  }

  // Small modules, compiled here: they wait for nothing else that the host compiles. Null where they are
  // not small, or this thread may not.
  function compiledAtOnce(modules) {
    if (modules.reduce((sum, { length }) => sum + length, 0) > kSmall) return null;
    try {
      return modules.map((bytes) => new WebAssembly.Module(bytes));
    } catch {
      return null;
    }
  }

  async function compiledModules(modules, rest, signal) {
    const compiled = [];
    for (const bytes of modules) {
      const compiling = WebAssembly.compile(bytes);
      compiling.catch(() => {});  // seen below, unless the signal ends it before
      compiled.push(compiling);
      await rest();
    }
    return unlessAborted(signal, Promise.all(compiled));
  }

  // Gives the kernel its code. On an error, or when the signal is aborted before the last step, no entry stays.
  async function install(library, { runtime, glue }, kernel, file, compiled, rest, signal) {
    const entries = [];
    let taken = false;
    try {
      for (const module of compiled) {
        const imports = { env: { memory: runtime.wasmMemory } };
        const instance = await unlessAborted(signal, WebAssembly.instantiate(module, imports));
        const entry = glue._meJitInstantiate.meJitAdopt(runtime, instance);
        if (entry === 0) throw new Error(glue._meJitInstantiate.meJitStats().lastError);
        entries.push(entry);
        await rest();
      }
      signal?.throwIfAborted();
      library.adopt(kernel, file, entries, () => { taken = true; });
    } catch (error) {
      if (!taken) entries.forEach((entry) => glue._meJitFreeFn(runtime, entry));
      throw error;
    }
  }

  async function complete(library, host, kernel, { file, modules }, rest, signal, atOnce = false) {
    const compiled = (atOnce && compiledAtOnce(modules)) || await compiledModules(modules, rest, signal);
    await install(library, host, kernel, file, compiled, rest, signal);
  }

  async function completeKernel(host, kernel, { store, signal } = {}) {
    signal?.throwIfAborted();
    const library = host instanceof Library ? host : new Library(host);
    const rest = pace(signal);
    const key = store ? library.key(kernel) : '';
    const found = store ? await stored(library, store, key, signal) : null;
    signal?.throwIfAborted();
    if (found) {
      try {
        await complete(library, host, kernel, found, rest, signal, true);
        return { source: 'store', written: Promise.resolve(false) };
      } catch {
        signal?.throwIfAborted();
        // Of another kernel, or refused by this engine: compile.
      }
    }
    const file = await library.save(kernel, rest);
    await rest();
    const modules = library.modules(file);
    if (modules.length === 0) {
      const error = new Error('there is no code for this kernel: it is interpreted');
      throw Object.assign(error, { code: 'ME_INTERPRETED' });
    }
    await complete(library, host, kernel, { file, modules }, rest, signal);
    const keep = async () => {
      await store.put(key, file);
      return true;
    };
    const written = store ? keep().catch(() => false) : Promise.resolve(false);
    return { source: 'compiled', written };
  }

  const api = { Library, completeKernel, pace };
  if (typeof module === 'object' && module !== null && module.exports) module.exports = api;
  else globalThis.mejitAsyncCompile = api;
})();
