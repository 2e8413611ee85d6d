// Arrays: those in the library's memory, and how the values of a call get there and back.
//
// In:  JavaScript values: numbers, typed arrays, lists of numbers, EngineArrays.
// Out: me_array structures in a kernel's frame. What lies in the library's memory is used in place, other
//      arrays are copied in, and out.

import { dtypeOf, scalarOf, valueOf } from './dtypes.mjs';

const kArrayBytes = 24;  // me_array: data, dtype, ndim, shape, strides, itemsize
const kMaxNdim = 32;     // ME_MAX_NDIM
const kSlotBytes = kArrayBytes + 8 * kMaxNdim + 16;  // with its shape, and the value of a number

const kPointerIn = Symbol('pointerIn');

const itemsOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

// An array in the library's memory, in C order. It stays there until free(): views of it may be anywhere.
export class EngineArray {
  #library;
  #pointer;

  constructor(library, dtype, shape) {
    const row = dtypeOf(dtype);
    this.dtype = row.name;
    this.shape = Object.freeze(typeof shape === 'number' ? [shape] : [...shape]);
    if (this.shape.length > kMaxNdim || !this.shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(`[${this.shape}] is not the shape of an array`);
    }
    this.length = itemsOf(this.shape) * row.items;
    const bytes = this.length * row.View.BYTES_PER_ELEMENT;
    if (bytes > 0x7fffffff) throw new RangeError(`an array of ${bytes} bytes is too large`);
    this.#library = library;
    this.#pointer = library.allocate(bytes);
    this.values.fill(row.View.BYTES_PER_ELEMENT === 8 && row.isInteger ? 0n : 0);
  }

  // Where it lies; throws after free().
  [kPointerIn](library) {
    if (this.#pointer === 0) throw new Error('the array was freed');
    if (library !== this.#library) throw new TypeError('the array is that of another engine');
    return this.#pointer;
  }

  // The items as a typed array. Taken anew after the memory has grown, as every view of it must be.
  get values() {
    return new (dtypeOf(this.dtype).View)(this.#library.memory.buffer, this[kPointerIn](this.#library), this.length);
  }

  set(values, offset) {
    this.values.set(values, offset);
    return this;
  }

  free() {
    if (this.#pointer !== 0) this.#library.free(this.#pointer);
    this.#pointer = 0;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { this.free(); }
}

// A view of a memory that has grown since has no items any more.
function isDetached(view) {
  if (view.length > 0) return false;
  try {
    return !new Uint8Array(view.buffer);
  } catch {
    return true;
  }
}

const isNumber = (value) => ['number', 'bigint', 'boolean'].includes(typeof value);
const described = (value) => (value === null || typeof value !== 'object' ? `${typeof value} ${String(value)}`
  : value instanceof EngineArray ? `an array of ${value.dtype}` : `${value.constructor?.name ?? 'object'}`);

// A value for a parameter: { row, shape, pointer } if it is in place, else with the `view` to be copied.
// Nothing is allocated; throws a TypeError or RangeError for what does not fit.
function operandOf(library, name, row, value) {
  if (value instanceof EngineArray) {
    if (value.dtype === row.name) return { row, shape: value.shape, pointer: value[kPointerIn](library) };
  } else if (ArrayBuffer.isView(value)) {
    if (value instanceof row.View || (row.View === Uint8Array && value instanceof Uint8ClampedArray)) {
      if (isDetached(value)) throw new TypeError(`'${name}': the memory has grown since this view was made; take it anew`);
      if (value.length % row.items !== 0) throw new RangeError(`'${name}': half a complex number at the end`);
      const shape = [value.length / row.items];
      if (value.buffer === library.memory.buffer) return { row, shape, pointer: value.byteOffset };
      return { row, shape, view: row.name === 'bool' ? value.map(Boolean) : value };
    }
  } else if (Array.isArray(value)) {
    return { row, shape: [value.length / row.items], view: listOf(name, row, value) };
  } else if (isNumber(value)) {
    const view = scalarOf(row, value);
    if (view) return { row, shape: [], view };
  }
  throw new TypeError(`'${name}' is ${row.name}: ${described(value)} is none`);
}

// The array to be filled: as an operand, `view` standing for one outside the library's memory.
function outputOf(library, row, out) {
  if (!(out instanceof EngineArray) && !ArrayBuffer.isView(out)) {
    throw new TypeError(`'out' is an array to be filled, not ${described(out)}`);
  }
  return operandOf(library, 'out', row, out);
}

// A list of numbers as a typed array.
function listOf(name, row, list) {
  if (list.length % row.items !== 0) throw new RangeError(`'${name}': half a complex number at the end`);
  const view = new row.View(list.length);
  list.forEach((value, i) => {
    const item = isNumber(value) ? scalarOf(row, value) : null;
    if (!item) throw new TypeError(`'${name}' is ${row.name}: ${described(value)} is none`);
    view[i] = item[0];
  });
  return view;
}

const bytesOf = ({ row, shape }) => itemsOf(shape) * row.items * row.View.BYTES_PER_ELEMENT;
const viewOf = (library, { row, shape, pointer }) =>
  new row.View(library.memory.buffer, pointer, itemsOf(shape) * row.items);

// Room for the me_array structures of a kernel's calls: one for each parameter, then the result's.
// params: [{ name, row, isUniform, isWeak }]; result: the result's row; reducesCall: me_kernel_reduces_call.
export class Frame {
  constructor(library, params, result, reducesCall) {
    const integers = params.filter(({ row, isWeak }) => row.isInteger && !isWeak).map(({ row }) => row);
    Object.assign(this, { library, params, result, reducesCall, integers });
    this.pointer = library.allocate(kSlotBytes * (params.length + 1));
  }

  get #out() { return this.pointer + kArrayBytes * this.params.length; }
  #shapeAt(slot) { return this.pointer + kArrayBytes * (this.params.length + 1) + (kSlotBytes - kArrayBytes) * slot; }

  // Runs evaluate(inputs, count, out) over `values`, one per parameter. shape(inputs, count, ndim, extents)
  // tells the result's shape. Gives `out`, or else a new typed array, or the one value of a result without
  // dimensions.
  run(values, out, { shape, evaluate }) {
    const { library, params } = this;
    const operands = params.map(({ name, row }, i) => operandOf(library, name, row, values[i]));
    operands.forEach((operand, i) => this.#check(params[i], operand, values[i]));
    if (this.reducesCall) this.#checkReductions(operands);
    const target = out === undefined ? { row: this.result } : outputOf(library, this.result, out);
    const blocks = [];
    const allocate = (bytes) => {
      const pointer = library.allocate(bytes);
      blocks.push(pointer);
      return pointer;
    };
    try {
      operands.forEach((operand, slot) => {
        if (operand.view) {
          const isNumber = operand.shape.length === 0;
          operand.pointer = isNumber ? this.#shapeAt(slot) + 8 * kMaxNdim : allocate(bytesOf(operand));
          viewOf(library, operand).set(operand.view);
        }
        this.#describe(slot, operand);
      });
      const given = target.shape;
      target.shape = this.#shapeOfResult(shape);
      if (given && itemsOf(given) !== itemsOf(target.shape)) {
        throw new RangeError(`'out' has ${itemsOf(given)} items, the result ${itemsOf(target.shape)}`);
      }
      target.pointer ??= allocate(bytesOf(target));
      this.#describe(params.length, target);
      evaluate(this.pointer, params.length, this.#out);
      const result = viewOf(library, target);
      if (out === undefined) return target.shape.length === 0 ? valueOf(target.row, result) : result.slice();
      if (target.view) out.set(result);
      return out;
    } finally {
      blocks.forEach((block) => library.free(block));
    }
  }

  // A parameter of one value takes no array, and a number that meets integers must fit their dtypes.
  #check({ name, row, isUniform, isWeak }, { shape }, value) {
    if (isUniform && shape.length > 0) throw new TypeError(`'${name}' takes one value, not an array`);
    if (!isWeak || !row.isInteger) return;
    const unfit = this.integers.find((integer) => scalarOf(integer, value) === null);
    if (unfit) throw new RangeError(`the value of '${name}' does not fit ${unfit.name}`);
  }

  // Reductions over all items of the call would count repeated items repeatedly.
  #checkReductions(operands) {
    const arrays = operands.filter((_, i) => !this.params[i].isUniform);
    const other = arrays.find(({ shape }) => String(shape) !== String(arrays[0].shape));
    if (other) {
      throw new RangeError('arrays that meet in a program with reductions must have one shape: ' +
                           `[${arrays[0].shape}] and [${other.shape}]`);
    }
  }

  #shapeOfResult(shape) {
    const ndim = this.#out + 8;
    const extents = this.#shapeAt(this.params.length);
    shape(this.pointer, this.params.length, ndim, extents);
    const { data } = this.library;
    return Array.from({ length: data.getInt32(ndim, true) }, (_, d) => Number(data.getBigInt64(extents + 8 * d, true)));
  }

  #describe(slot, { row, shape, pointer }) {
    const { data } = this.library;
    const extents = this.#shapeAt(slot);
    [pointer, row.code, shape.length, extents, 0, 0].forEach((word, i) =>
      data.setUint32(this.pointer + kArrayBytes * slot + 4 * i, word, true));
    shape.forEach((extent, d) => data.setBigInt64(extents + 8 * d, BigInt(extent), true));
  }
}
