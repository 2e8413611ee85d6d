// The C interface of the library, called from JavaScript in a wasm32 program.
//
// In:  a program (programs.mjs): its memory, malloc and free, and its exported C functions.
// Out: compile, evaluate, counters and errors with JavaScript values. The struct layouts and the
//      signatures of include/miniexpr.h and include/me_engine.h that the tests need are here alone.

export const kJit = { default: 0, on: 1, off: 2 };
export const kDtype = new Map([[Float32Array, 10], [Float64Array, 11], [Int32Array, 4]]);
const kVariableBytes = 24;  // me_variable: name, dtype, address, type, context, itemsize
const kParamBytes = 16;     // me_param: name, dtype, flags, itemsize
const kBestTier = 3;        // ME_TIER_AOT_OPTIMIZED

export class CApi {
  constructor(program) {
    this.program = program;
  }

  call(name, ...args) {
    return this.program.symbol(name)(...args);
  }

  get heap() {
    return new Uint8Array(this.program.memory.buffer);
  }

  get words() {
    return new Uint32Array(this.program.memory.buffer);
  }

  // Calls step(allocate); everything that allocate(bytes) gave is freed afterwards.
  scoped(step) {
    const blocks = [];
    const allocate = (bytes) => {
      const block = this.program.malloc(bytes) >>> 0;
      if (block === 0) throw new Error(`malloc(${bytes}) failed`);
      blocks.push(block);
      return block;
    };
    try {
      return step(allocate);
    } finally {
      blocks.forEach((block) => this.program.free(block));
    }
  }

  text(pointer) {
    if (pointer === 0) return '';
    const end = this.heap.indexOf(0, pointer);
    return new TextDecoder().decode(this.heap.slice(pointer, end));
  }

  putText(allocate, text) {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const pointer = allocate(bytes.length);
    this.heap.set(bytes, pointer);
    return pointer;
  }

  putWords(allocate, words) {
    const pointer = allocate(Math.max(4, 4 * words.length));
    this.words.set(words, pointer >>> 2);
    return pointer;
  }

  version() {
    return this.text(this.call('me_version'));
  }

  lastError() {
    return this.text(this.call('me_get_last_error_message'));
  }

  counter(name) {
    return this.scoped((allocate) => Number(this.call('me_counter', this.putText(allocate, name))));
  }

  // All variables and the result have the element type of `Type`. Returns an expression to be ended
  // with free(); throws with the library's own message.
  compile(text, names, Type = Float64Array) {
    return this.scoped((allocate) => {
      const dtype = kDtype.get(Type);
      const rows = names.flatMap((name) => [this.putText(allocate, name), dtype, 0, 0, 0, 0]);
      const variables = this.putWords(allocate, rows);
      if (rows.length * 4 !== names.length * kVariableBytes) throw new Error('me_variable layout');
      const out = this.putWords(allocate, [0, 0]);  // me_expr *, error offset
      const status = this.call('me_compile', this.putText(allocate, text), variables, names.length,
                               dtype, out + 4, out);
      if (status !== 0) throw new Error(`me_compile gave ${status}: ${this.lastError()}`);
      return this.words[out >>> 2];
    });
  }

  free(expression) {
    this.call('me_free', expression);
  }

  hasJitKernel(expression) {
    return Boolean(this.call('me_expr_has_jit_kernel', expression));
  }

  // Evaluates over typed arrays of one length and returns a new array of the type of the first one.
  evaluate(expression, inputs, jitMode = kJit.default) {
    return this.scoped((allocate) => {
      const { length, byteLength, constructor: Type } = inputs[0];
      const pointers = inputs.map((input) => {
        const pointer = allocate(byteLength);
        this.heap.set(new Uint8Array(input.buffer, input.byteOffset, byteLength), pointer);
        return pointer;
      });
      const out = allocate(byteLength);
      const params = this.putWords(allocate, [0, 0, jitMode]);  // disable_simd, ulp mode, jit_mode
      const status = this.call('me_eval', expression, this.putWords(allocate, pointers),
                               pointers.length, out, length, params);
      if (status !== 0) throw new Error(`me_eval gave ${status}`);
      return new Type(this.heap.slice(out, out + byteLength).buffer);
    });
  }

  // An me_kernel of the numpy dialect, all parameters of one type, to be ended with freeKernel().
  // `how`: me_kernel_compile, or me_kernel_compile_deferred for one that has no code yet.
  kernel(text, names, Type = Float64Array, how = 'me_kernel_compile') {
    return this.scoped((allocate) => {
      const rows = names.flatMap((name) => [this.putText(allocate, name), kDtype.get(Type), 0, 0]);
      if (rows.length * 4 !== names.length * kParamBytes) throw new Error('me_param layout');
      const out = this.putWords(allocate, [0]);
      const { length } = new TextEncoder().encode(text);
      const status = this.call(how, this.putText(allocate, text), length,
                               this.putWords(allocate, rows), names.length, 0, out);
      if (status !== 0) throw new Error(`${how} gave ${status}: ${this.lastError()}`);
      return this.words[out >>> 2];
    });
  }

  freeKernel(kernel) {
    this.call('me_kernel_free', kernel);
  }

  // Evaluates a kernel over typed arrays of one length; the result has the type of the first one.
  run(kernel, inputs) {
    return this.scoped((allocate) => {
      const { length, byteLength, constructor: Type } = inputs[0];
      const shape = this.putWords(allocate, [length, 0]);  // int64
      const array = (data) => [data, kDtype.get(Type), 1, shape, 0, 0];
      const arrays = this.putWords(allocate, inputs.flatMap((input) => {
        const data = allocate(byteLength);
        this.heap.set(new Uint8Array(input.buffer, input.byteOffset, byteLength), data);
        return array(data);
      }));
      const out = allocate(byteLength);
      const status = this.call('me_kernel_eval', kernel, arrays, inputs.length,
                               this.putWords(allocate, array(out)), kBestTier);
      if (status !== 0) throw new Error(`me_kernel_eval gave ${status}: ${this.lastError()}`);
      return new Type(this.heap.slice(out, out + byteLength).buffer);
    });
  }

  // The bytes of the wasm module behind `text` (numpy dialect, all parameters of one type).
  kernelBytes(text, names, Type = Float64Array) {
    return this.scoped((allocate) => {
      const kernel = this.kernel(text, names, Type);
      const out = this.putWords(allocate, [0]);
      const size = this.call('me_kernel_wasm', kernel, 0, out);
      const bytes = this.words[out >>> 2];
      const copy = this.heap.slice(bytes, bytes + size);
      if (size > 0) this.call('me_text_free', bytes);
      this.freeKernel(kernel);
      return copy;
    });
  }
}
