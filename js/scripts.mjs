// The plain scripts of this folder, for ES modules: in Node they are CommonJS modules, in browsers they
// leave what they have in globalThis.

import * as asyncCompileScript from './async_compile.js';
import * as kernelCacheScript from './kernel_cache.js';
import * as glueScript from './me_jit_glue.js';
import * as pyodideScript from './pyodide_runtime.js';

export const glue = glueScript.default ?? globalThis;
export const asyncCompile = asyncCompileScript.default ?? globalThis.mejitAsyncCompile;
export const kernelCache = kernelCacheScript.default ?? globalThis.mejitKernelCache;
export const pyodideRuntime = pyodideScript.default ?? globalThis.mejitPyodide;
