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

/**
 * Gives code to a kernel of me_kernel_compile_deferred. Rejects, and leaves the kernel to the interpreter,
 * when the signal is aborted before the code is there or the kernel cannot be compiled. The kernel must
 * not be freed before the promise is settled.
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
  var mejitAsyncCompile: { completeKernel: typeof completeKernel };
}
