// Types of js/me_jit_glue.js. The two functions are the JavaScript ends of `instantiate` and
// `release` in include/me_host.h; me_register_wasm_jit_helpers (include/miniexpr.h) takes them.

/** Members of an Emscripten program. All are required, except those marked with `?`. */
export interface MeJitRuntime {
  HEAPF32: Float32Array;
  HEAPF64: Float64Array;
  HEAPU8: Uint8Array;
  wasmMemory: WebAssembly.Memory;
  wasmTable: WebAssembly.Table;
  addFunction(fn: Function, signature?: string): number;
  removeFunction(index: number): void;
  stackSave(): number;
  stackAlloc(bytes: number): number;
  stackRestore(pointer: number): void;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, maxBytes: number): void;
  /** Takes one line per refusal; console.error serves when it is absent. */
  err?: ((line: string) => void) | null;
  /** Writes a table entry together with the program's own copy of it; else wasmTable.set serves. */
  setWasmTableEntry?(index: number, fn: Function | null): void;
  /** Used when `emitWarnings` is not given: false silences all but runtime faults. */
  meJitEmitWarnings?: boolean;
}

/** Why a call was refused; see MeJitStats.refusals. */
export type MeJitReason =
  'arguments' | 'runtime' | 'compile' | 'imports' | 'export' | 'signature' | 'link' | 'table' |
  'free';

/** Counters since the script was loaded, over all runtimes. */
export interface MeJitStats {
  instantiated: number;
  freed: number;
  refused: number;
  /** Table entries that were added; they are recycled, so this follows the most kernels alive. */
  slotsGrown: number;
  /** The text of the last refusal, '' before the first. */
  lastError: string;
  refusals: Record<MeJitReason, number>;
}

/**
 * Instantiates one kernel module in the runtime's own memory.
 * Returns its index in `runtime.wasmTable` (> 0), or 0 with the reason counted. Never throws.
 * `wasmBytes` is only read during the call. `bridgeLookupFnIdx` is accepted and not used.
 */
export const _meJitInstantiate: {
  (runtime: MeJitRuntime, wasmBytes: Uint8Array, bridgeLookupFnIdx: number,
   emitWarnings?: boolean): number;
  /** Version of this contract; also tells our glue from another one under the same name. */
  readonly meJitAbi: 1;
  meJitStats(): MeJitStats;
  /**
   * The same for a kernel that was compiled and instantiated already, with the runtime's memory as
   * `env.memory`: gives it a slot. What asynchronous compilation ends with.
   */
  meJitAdopt(runtime: MeJitRuntime, instance: WebAssembly.Instance): number;
};

/** Gives an index back; 0 is ignored. An index of another origin goes to removeFunction. */
export const _meJitFreeFn: {
  (runtime: MeJitRuntime, idx: number): void;
  readonly meJitAbi: 1;
};

declare global {
  /** Set when the file runs as a plain script. */
  var _meJitInstantiate: typeof import('./me_jit_glue')._meJitInstantiate;
  var _meJitFreeFn: typeof import('./me_jit_glue')._meJitFreeFn;
}
