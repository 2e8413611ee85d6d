// Types of js/pyodide_runtime.js.

import type { MeJitRuntime, _meJitFreeFn, _meJitInstantiate } from './me_jit_glue';

/** A Pyodide instance, or the Module object of any Emscripten program with dynamic linking. */
export type EmscriptenHost = { _module: object } | object;

/** What me_jit_glue.js exports; also fulfilled by `globalThis` where it ran as a script. */
export interface MeJitGlue {
  _meJitInstantiate: typeof _meJitInstantiate;
  _meJitFreeFn: typeof _meJitFreeFn;
}

/**
 * Where me_register_wasm_jit_helpers is: a function table index, or something callable. When it is
 * not given, the program's own export or the symbol of a loaded library is taken.
 */
export type RegisterTarget = number | ((instantiatePtr: number, freePtr: number) => void);

export interface JitRegistration {
  /** Function table indices of the two helpers; 0 when there are none. */
  instantiatePtr: number;
  freePtr: number;
  runtime: MeJitRuntime | null;
  /** The JavaScript functions behind the indices. They never throw. */
  helpers: {
    instantiate(pointer: number, length: number, bridgeLookupFnIdx: number): number;
    free(idx: number): void;
  } | null;
  /** True when the library has been told. */
  registered: boolean;
  /** '' or what went wrong. */
  error: string;
}

/** Builds the runtime object. Throws a TypeError when `host` is not an Emscripten program. */
export function emscriptenRuntime(host: EmscriptenHost): MeJitRuntime;

/**
 * Registers the helpers with the library, once per program: further calls return the same record
 * and tell the library the same indices again. Never throws; see `registered` and `error`.
 */
export function registerJitHelpers(
  host: EmscriptenHost, glue: MeJitGlue, target?: RegisterTarget): JitRegistration;

/** Makes the library forget the helpers: it interprets from then on. Throws if it is not loaded. */
export function withdrawJitHelpers(host: EmscriptenHost, target?: RegisterTarget): void;

declare global {
  /** Set when the file runs as a plain script. */
  var mejitPyodide: {
    emscriptenRuntime: typeof emscriptenRuntime;
    registerJitHelpers: typeof registerJitHelpers;
    withdrawJitHelpers: typeof withdrawJitHelpers;
  };
}
