// Types of js/index.mjs.

import type { ClearableKernelStore, KernelStore } from './kernel_cache.js';

export { directoryStore, indexedDbStore } from './kernel_cache.js';
export type { ClearableKernelStore, KernelStore };

export type DtypeName =
  'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64' |
  'float32' | 'float64' | 'complex64' | 'complex128';

/** Elements of bool are 0 and 1 in a Uint8Array; those of complex dtypes are two items each. */
export type TypedArray =
  Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint8ClampedArray | Uint16Array |
  Uint32Array | BigUint64Array | Float32Array | Float64Array;

export type TypedArrayConstructor =
  Int8ArrayConstructor | Int16ArrayConstructor | Int32ArrayConstructor | BigInt64ArrayConstructor |
  Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | BigUint64ArrayConstructor |
  Float32ArrayConstructor | Float64ArrayConstructor;

export type Dtype = DtypeName | TypedArrayConstructor;

/** Number, BigInt and Boolean: one number per call, which takes the dtype of the arrays that it meets. */
export type ParamType = Dtype | NumberConstructor | BigIntConstructor | BooleanConstructor;

/** By name, in order of first appearance, or one for all. */
export type ParamTypes = ParamType | readonly ParamType[] | Readonly<Record<string, ParamType>>;

export type Tier = 'interpreter' | 'baseline' | 'optimizing' | 'ahead-of-time';

export interface CompileOptions {
  /** The highest tier to use; 'fastest' if not given; 'auto': as its profile deserves. */
  tier?: 'interpreter' | 'baseline' | 'optimizing' | 'auto' | 'fastest';
  dialect?: 'numpy' | 'miniexpr';
  /** dtype of the result, if not the one that NumPy gives. */
  result?: Dtype;
}

export interface AsyncCompileOptions extends CompileOptions {
  /** Where kernel files are kept. */
  store?: KernelStore;
  /** Cancels the compilation; the kernel stays in the interpreter. */
  signal?: AbortSignal;
}

/** A promise of the kernel with its code. */
export interface Compilation extends Promise<Kernel> {
  /** Can be called at any time, also when the compilation was cancelled or has failed. */
  readonly kernel: Kernel;
}

/** Typed arrays in the engine's memory and EngineArrays are used in place, other arrays copied. */
export type Value = number | bigint | boolean | readonly (number | bigint | boolean)[] | TypedArray | EngineArray;

/** A new typed array, or the value of a result without dimensions ([re, im] if it is complex). */
export type Result = TypedArray | number | bigint | boolean | [number, number];

export interface KernelStats {
  tier: Tier;
  /** Evaluations by the tier that they began in. */
  calls: Record<Tier, number>;
  recorded_calls: number;
  promotions: number;
  deoptimizations: number;
  osr_entries: number;
  compile_ns: number;
}

/** An array in the engine's memory, in C order. */
export class EngineArray {
  private constructor();
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  /** Items of the typed array. */
  readonly length: number;
  /** The items. Take them anew after anything that may let the memory grow: older views are empty then. */
  readonly values: TypedArray;
  /** Copies values into it. */
  set(values: ArrayLike<number> | ArrayLike<bigint>, offset?: number): this;
  /** Gives back its memory, which is never done by itself. Views of it must not be used any more. */
  free(): void;
  [Symbol.dispose](): void;
}

/** A compiled program, called with one value per name. */
export interface Kernel {
  (...values: Value[]): Result;
}
export class Kernel {
  private constructor();
  readonly source: string;
  /** The parameters, in the order of a call's values. */
  readonly names: readonly string[];
  readonly types: Readonly<Record<string, ParamType>>;
  /** dtype of the result. */
  readonly dtype: DtypeName;
  /** The best tier there is code for. */
  readonly tier: Tier;
  /** values: in the order of `names`, or by name. */
  run<Out extends TypedArray | EngineArray>(
    values: readonly Value[] | Readonly<Record<string, Value>>, options: { out: Out; tier?: Tier }): Out;
  run(values: readonly Value[] | Readonly<Record<string, Value>>, options?: { tier?: Tier }): Result;
  /** Compiles for a tier now, and throws why there is no code. */
  promote(tier?: 'interpreter' | 'baseline' | 'optimizing'): void;
  /** Back to the interpreter. */
  invalidate(): void;
  stats(): KernelStats;
  /** Which tier runs the kernel and why no better one. */
  explain(): string;
  /** The intermediate code, after the passes. */
  ir(): string;
  /** The wasm modules in text form; empty if there are none. */
  wat(): string;
  /** The bytes of its kernel file, with code for 32-bit and 64-bit memories. */
  save(): Uint8Array;
  readonly isFreed: boolean;
  /** Gives back its memory now; otherwise that happens after the last reference is gone. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface Manifest {
  format: number;
  abi: number;
  build: string;
  dialect: string;
  tier: string;
  result: string;
  params: { kind: string; dtype: string; itemsize: number; name: string }[];
  modules: { tier: Tier; pointerBits: number; size: number }[];
  source: string;
}

export class Engine {
  private constructor();
  readonly version: string;
  /** What runs compiled kernels. */
  readonly host: string;
  compile(text: string, types: ParamTypes, options?: CompileOptions): Kernel;
  /** Throws what is wrong with the text; rejects when there is no code because of a failure or the signal. */
  compileAsync(text: string, types: ParamTypes, options?: AsyncCompileOptions): Compilation;
  /** A file is code: load only what you would run. */
  load(bytes: Uint8Array, options?: { recompile?: boolean }): Kernel;
  inspect(bytes: Uint8Array): Manifest;
  /** An array of zeros in the engine's memory. */
  array(dtype: Dtype, shape: number | readonly number[]): EngineArray;
  counters(): Record<string, number>;
}

/** What the library refuses. `name` is the kind, as in Python: ParseError, DTypeError, EvaluateError, ... */
export class MejitError extends Error {
  constructor(report: string, span?: [number, number] | null, status?: number, during?: 'compile' | 'evaluate' | 'engine');
  /** The byte range in the source's UTF-8 text. */
  readonly span: [number, number] | null;
  /** The integer that C callers get. */
  readonly status: number;
}

export interface InitOptions {
  /** An Emscripten Module with the library, a Pyodide that has loaded mejit.so, or what mejit.mjs exports. */
  module?: object | ((options: object) => Promise<object>) | Promise<object>;
  /** Where mejit.mjs is, if not in this package. */
  moduleUrl?: string | URL;
  /** Where mejit.wasm is, if not beside mejit.mjs. */
  wasmUrl?: string | URL;
  /** Takes the lines that kernels print. */
  print?: (line: string) => void;
}

/** Loads the library, or takes a loaded one, and connects it to the page. */
export function init(options?: InitOptions): Promise<Engine>;
