// The side module in Pyodide, opened from JavaScript with loadDynamicLibrary.

import { jitCases } from './jit_cases.mjs';
import { pyodideByLoadDynamicLibrary } from './programs.mjs';

jitCases(await pyodideByLoadDynamicLibrary());
