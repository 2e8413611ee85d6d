// The library as a stand-alone Emscripten program, with the same glue.

import { jitCases } from './jit_cases.mjs';
import { standaloneProgram } from './programs.mjs';

jitCases(await standaloneProgram());
