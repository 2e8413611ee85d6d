// Types of js/async_compile.js.

import type { KernelStore } from './kernel_cache';
import type { MeJitGlue } from './pyodide_runtime';
import type { MeJitRuntime } from './me_jit_glue';

/** A loaded library: its C functions by name, its memory, its allocator; runtime and glue as registered. */
export interface KernelLibrary {
  symbol(name: string): (...values: number[]) => number;
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  runtime: MeJitRuntime;
  glue: MeJitGlue;
}

/** The library's C functions with JavaScript values, for what is built on it (library.mjs). */
export class Library {
  constructor(library: Pick<KernelLibrary, 'symbol' | 'memory' | 'malloc' | 'free'>);
  readonly memory: WebAssembly.Memory;
  readonly heap: Uint8Array;
  readonly data: DataView;
  symbol(name: string): (...values: number[]) => number;
  malloc(bytes: number): number;
  free(pointer: number): void;
  call(name: string, ...values: number[]): number;
  word(pointer: number): number;
  text(pointer: number): string;
  allocate(bytes: number): number;
  with<T>(bytes: Uint8Array, step: (pointer: number) => T): T;
  error(status: number, during: 'compile' | 'engine'): Error;
  given(pointer: number, length: number): Uint8Array;
  key(kernel: number): string;
  step(steps: number): boolean;
  save(kernel: number, rest: () => Promise<void>): Promise<Uint8Array>;
  modules(file: Uint8Array): Uint8Array[];
  adopt(kernel: number, file: Uint8Array, entries: number[], taken: () => void): void;
}

/**
 * A function to be awaited between the steps of something long: it lets the event loop turn where that is due, and
 * rejects once the signal is aborted.
 */
export function pace(signal?: AbortSignal): () => Promise<void>;

/**
 * Gives code to a kernel of me_kernel_compile_deferred. Rejects, and leaves the kernel to the interpreter,
 * when the signal is aborted before the code is there or the kernel cannot be compiled (the error's `code` is
 * 'ME_INTERPRETED' if no tier takes its program). The kernel must not be freed before the promise is settled.
 */
export function completeKernel(
  host: KernelLibrary, kernel: number, options?: { store?: KernelStore; signal?: AbortSignal },
): Promise<{
  /** Where the code came from. */
  source: 'store' | 'compiled';
  /** Settles when the store has been told: whether it took the file. Never rejects. */
  written: Promise<boolean>;
}>;

declare global {
  /** Set when the file runs as a plain script. */
  var mejitAsyncCompile: {
    Library: typeof Library;
    completeKernel: typeof completeKernel;
    pace: typeof pace;
  };
}
