// The C functions of include/me_engine.h with JavaScript values. The only file that knows how their
// structures lie in a 32-bit memory, besides arrays.mjs for me_array.
//
// In:  an Emscripten Module with the library's exports, or a Pyodide that has loaded mejit.so.
// Out: a CLibrary with the JIT helpers registered; a call that fails throws the library's last error.
//
//   const library = new CLibrary(Module);
//   const handle = library.compile('a*b + 1', params, options);
//   library.textOf(handle, 'explain');

import { MejitError } from './errors.mjs';
import { asyncCompile, glue, pyodideRuntime } from './scripts.mjs';

const kParamBytes = 16;    // me_param: name, dtype, flags, itemsize
const kOptionBytes = 16;   // me_compile_options: struct_size, dialect, result, max_tier
const kStatsBytes = 80;    // me_kernel_stats: struct_size, tier, then 64-bit counts
const kEncoder = new TextEncoder();

export class CLibrary extends asyncCompile.Library {
  constructor(host) {
    const Module = host._module ?? host;
    const symbols = new Map();
    const record = pyodideRuntime.registerJitHelpers(host, glue);
    const runtime = record.runtime ?? pyodideRuntime.emscriptenRuntime(host);
    super({
      symbol(name) {
        let symbol = symbols.get(name);
        if (!symbol) {
          symbol = Module[`_${name}`] ?? Module.resolveGlobalSymbol?.(name).sym;
          if (typeof symbol !== 'function') throw new ReferenceError(`${name} is not exported: no mejit library`);
          symbols.set(name, symbol);
        }
        return symbol;
      },
      memory: runtime.wasmMemory,
      malloc: (bytes) => Module._malloc(bytes),
      free: (pointer) => Module._free(pointer),
    });
    this.runtime = runtime;
    this.glue = glue;
  }

  // The library's last error.
  error(status, during) {
    const report = this.call('me_last_error_report') >>> 0;
    const told = report ? this.text(report) : status === -1 ? 'out of memory' : 'no reason given';
    const span = this.scratch(16, (at) => (this.call('me_last_error_span', at, at + 8)
      ? [Number(this.data.getBigInt64(at, true)), Number(this.data.getBigInt64(at + 8, true))] : null));
    return new MejitError(told, span, status, during);
  }

  check(status, during) {
    if (status !== 0) throw this.error(status, during);
  }

  // step(pointer) with so many bytes of zeros.
  scratch(bytes, step) {
    return this.with(new Uint8Array(bytes), step);
  }

  // step(pointer, length) with a text and a NUL behind it.
  withText(text, step) {
    const bytes = kEncoder.encode(`${text}\0`);
    return this.with(bytes, (pointer) => step(pointer, bytes.length - 1));
  }

  // A text that a function gives, or null.
  givenText(pointer) {
    if (pointer === 0) return null;
    const text = this.text(pointer);
    this.call('me_text_free', pointer);
    return text;
  }

  textOf(kernel, stage) {
    return this.withText(stage, (name) => this.givenText(this.call('me_kernel_text', kernel, name) >>> 0));
  }

  hostDescription() {
    return this.text(this.call('me_host_description') >>> 0);
  }

  // The variables of an expression in order of first appearance, or a kernel's parameters.
  freeNames(text, dialect) {
    const names = this.withText(text, (at, length) =>
      this.givenText(this.call('me_free_names', at, length, dialect) >>> 0));
    if (names === null) throw this.error(-2, 'compile');
    return names.split('\n').slice(0, -1);  // one a line
  }

  // params: [{ name, code, flags }]; options: { dialect, result, tier }, numbers all. Gives a kernel's handle.
  compile(text, params, options) {
    return this.#withSource(text, params, options, (...source) => this.scratch(4, (out) => {
      this.check(this.call('me_kernel_compile', ...source, out), 'compile');
      return this.word(out);
    }));
  }

  // The same in steps, for step(), without code: kernelOf() gives the handle after the last one.
  compileSteps(text, params, options) {
    const steps = this.#withSource(text, params, options, (...source) =>
      this.call('me_kernel_compile_steps', ...source) >>> 0);
    if (steps === 0) throw this.error(0, 'compile');
    return steps;
  }

  kernelOf(steps) {
    const kernel = this.call('me_steps_kernel', steps) >>> 0;
    if (kernel === 0) throw this.error(-1, 'compile');
    return kernel;
  }

  // step(text, length, params, count, options) with all of that in the library's memory.
  #withSource(text, params, { dialect, result, tier }, step) {
    const names = params.map(({ name }) => kEncoder.encode(`${name}\0`));
    const head = kOptionBytes + kParamBytes * params.length;
    const block = new Uint8Array(names.reduce((size, name) => size + name.length, head));
    return this.withText(text, (source, length) => this.with(block, (at) => {
      const data = this.data;
      [kOptionBytes, dialect, result, tier].forEach((word, i) => data.setInt32(at + 4 * i, word, true));
      const rows = at + kOptionBytes;
      let place = at + head;
      params.forEach(({ code, flags }, i) => {
        [place, code, flags, 0].forEach((word, w) => data.setInt32(rows + kParamBytes * i + 4 * w, word, true));
        this.heap.set(names[i], place);
        place += names[i].length;
      });
      return step(source, length, rows, params.length, at);
    }));
  }

  // The bytes of a kernel's file, with code for both pointer widths.
  file(kernel) {
    return this.scratch(4, (out) => {
      const size = this.call('me_kernel_save', kernel, 0, out) >>> 0;
      return this.given(this.word(out), size);
    });
  }

  load(bytes, flags) {
    return this.scratch(4, (out) => this.with(bytes, (file) => {
      this.check(this.call('me_kernel_load', file, bytes.length, flags, out), 'engine');
      return this.word(out);
    }));
  }

  manifest(bytes) {
    const text = this.with(bytes, (file) =>
      this.givenText(this.call('me_kernel_file_manifest', file, bytes.length) >>> 0));
    if (text === null) throw this.error(0, 'engine');
    return text;
  }

  // A kernel's parameters, as compile() takes them.
  params(kernel) {
    const count = this.call('me_kernel_param_count', kernel);
    return this.scratch(kParamBytes, (row) => Array.from({ length: count }, (_, i) => {
      this.call('me_kernel_param_at', kernel, i, row);
      return { name: this.text(this.word(row)), code: this.word(row + 4), flags: this.word(row + 8) };
    }));
  }

  stats(kernel) {
    return this.scratch(kStatsBytes, (at) => {
      this.data.setUint32(at, kStatsBytes, true);
      this.check(this.call('me_kernel_get_stats', kernel, at), 'engine');
      const data = this.data;
      const counts = Array.from({ length: 9 }, (_, i) => Number(data.getBigUint64(at + 8 + 8 * i, true)));
      return { tier: this.word(at + 4), calls: counts.slice(0, 4), counts: counts.slice(4) };
    });
  }

  counters() {
    const counters = {};
    for (let i = 0; ; i += 1) {
      const name = this.call('me_counter_name', i) >>> 0;
      if (name === 0) return counters;
      counters[this.text(name)] = Number(this.call('me_counter', name));
    }
  }
}
