// Compiles a kernel without holding up the event loop: the library generates its modules, which is
// short, and the host's own compiler works beside the page.
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

  // The C functions that are needed, with JavaScript values. Views are made anew for every access: the
  // memory may have grown.
  class Library {
    constructor({ symbol, memory, malloc, free }) {
      Object.assign(this, { symbol, memory, malloc, free });
    }
    get heap() { return new Uint8Array(this.memory.buffer); }
    word(pointer) { return new DataView(this.memory.buffer).getUint32(pointer, true); }
    call(name, ...values) { return this.symbol(name)(...values); }

    text(pointer) {
      const { heap } = this;
      return new TextDecoder().decode(heap.slice(pointer, heap.indexOf(0, pointer)));
    }

    // step(pointer) with `bytes` in the library's memory.
    with(bytes, step) {
      const pointer = this.malloc(Math.max(1, bytes.length)) >>> 0;
      if (pointer === 0) throw new RangeError('out of memory');
      try {
        this.heap.set(bytes, pointer);
        return step(pointer);
      } finally {
        this.free(pointer);
      }
    }

    lastError() {
      const pointer = this.call('me_get_last_error_message') >>> 0;
      return pointer ? this.text(pointer) : 'no reason given';
    }

    // What a function gives through a pointer that is ended with me_text_free.
    given(pointer, length) {
      if (!pointer) throw new Error(this.lastError());
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

    // The kernel's file, its modules generated now.
    save(kernel) {
      return this.with(new Uint8Array(4), (out) => {
        const size = this.call('me_kernel_save', kernel, kPointerBits, out) >>> 0;
        return this.given(this.word(out), size);
      });
    }

    // The modules in a file. Throws when it is not one of this build.
    modules(file) {
      const out = new Uint8Array(file.length + 8);
      out.set(file);
      return this.with(out, (pointer) => {
        const modules = [];
        const place = pointer + file.length;
        for (;;) {
          const status = this.call('me_kernel_file_module', pointer, file.length, kPointerBits,
                                   modules.length, place, place + 4) | 0;
          if (status < 0) throw new Error(this.lastError());
          if (status > 0) return modules;
          const begin = this.word(place);
          modules.push(file.slice(begin, begin + this.word(place + 4)));
        }
      });
    }

    adopt(kernel, file, entries) {
      const words = new Uint8Array(Uint32Array.from(entries).buffer);
      const status = this.with(file, (pointer) => this.with(words, (list) =>
        this.call('me_kernel_adopt', kernel, pointer, file.length, list, entries.length) | 0));
      if (status !== 0) throw new Error(this.lastError());
    }
  }

  // The stored file with its modules, or null.
  async function stored(library, store, key) {
    try {
      const file = await store.get(key);
      return file ? { file, modules: library.modules(file) } : null;
    } catch {
      return null;  // damaged, of another build, or the store is broken: compile
    }
  }

  async function instancesOf(modules, memory, signal) {
    const compiled = await Promise.all(modules.map((bytes) => WebAssembly.compile(bytes)));
    if (signal) signal.throwIfAborted();
    const instances = await Promise.all(compiled.map(
      (module) => WebAssembly.instantiate(module, { env: { memory } })));
    if (signal) signal.throwIfAborted();
    return instances;
  }

  // Gives the kernel its code. From here on nothing waits: a signal comes too late.
  function install(library, { runtime, glue }, kernel, file, instances) {
    const entries = [];
    for (const instance of instances) {
      const entry = glue._meJitInstantiate.meJitAdopt(runtime, instance);
      if (entry === 0) {
        entries.forEach((slot) => glue._meJitFreeFn(runtime, slot));
        throw new Error(glue._meJitInstantiate.meJitStats().lastError);
      }
      entries.push(entry);
    }
    library.adopt(kernel, file, entries);
  }

  async function completeKernel(host, kernel, { store, signal } = {}) {
    if (signal) signal.throwIfAborted();
    const library = new Library(host);
    const memory = host.runtime.wasmMemory;
    const key = store ? library.key(kernel) : '';
    const found = store ? await stored(library, store, key) : null;
    if (signal) signal.throwIfAborted();
    if (found) {
      try {
        install(library, host, kernel, found.file,
                await instancesOf(found.modules, memory, signal));
        return { source: 'store', written: Promise.resolve(false) };
      } catch (error) {
        if (signal && signal.aborted) throw error;
        // Of another kernel, or refused by this engine: compile.
      }
    }
    const file = library.save(kernel);
    const modules = library.modules(file);
    if (modules.length === 0) throw new Error('there is no code for this kernel: it is interpreted');
    install(library, host, kernel, file, await instancesOf(modules, memory, signal));
    const keep = async () => {
      await store.put(key, file);
      return true;
    };
    const written = store ? keep().catch(() => false) : Promise.resolve(false);
    return { source: 'compiled', written };
  }

  const api = { completeKernel };
  if (typeof module === 'object' && module !== null && module.exports) module.exports = api;
  else globalThis.mejitAsyncCompile = api;
})();
