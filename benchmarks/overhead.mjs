// What a call costs besides the work, in wasm: me_eval from JavaScript, kernels and evaluate() in Pyodide.
//
//   node benchmarks/overhead.mjs [--wheel mejit-….whl --numpy numpy-….whl]
//     [--standalone build/wasm-node/mejit.mjs] [--json FILE]
//
// Prints nanoseconds per call, the fastest of many turns; --json as overhead.py's, whose Python rows these are.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values: options } = parseArgs({
  options: {
    wheel: { type: "string" },
    numpy: { type: "string" },
    standalone: { type: "string" },
    json: { type: "string" },
  },
});

const require = createRequire(import.meta.url);
const CALLS = 2000;
const TURNS = 200;

// Fastest turn of `run`, in ns per call.
function fastest(run) {
  let best = Infinity;
  for (let turn = 0; turn < TURNS; turn++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) run();
    best = Math.min(best, ((performance.now() - start) * 1e6) / CALLS);
  }
  return best;
}

// me_eval of a*b + 1 over one item and over 4096.
async function fromJavaScript(path) {
  const glue = require("../js/me_jit_glue.js");
  const { registerJitHelpers, emscriptenRuntime } = require("../js/pyodide_runtime.js");
  const { default: createModule } = await import(pathToFileURL(resolve(path)).href);
  const Module = await createModule();
  registerJitHelpers(Module, glue);
  const { wasmMemory } = emscriptenRuntime(Module);
  const words = () => new Uint32Array(wasmMemory.buffer);
  const place = (values) => {
    const at = Module._malloc(4 * values.length);
    words().set(values, at >>> 2);
    return at;
  };
  const text = (string) => {
    const bytes = new TextEncoder().encode(`${string}\0`);
    const at = Module._malloc(bytes.length);
    new Uint8Array(wasmMemory.buffer).set(bytes, at);
    return at;
  };
  const FLOAT64 = 11;
  const variables = place(["a", "b"].flatMap((name) => [text(name), FLOAT64, 0, 0, 0, 0]));
  const result = place([0, 0]);
  if (Module._me_compile(text("a*b + 1"), variables, 2, FLOAT64, result + 4, result) !== 0) {
    throw new Error("me_compile failed");
  }
  const expression = words()[result >>> 2];
  const arrays = [0, 1, 2].map(() => Module._malloc(8 * 4096));
  arrays.forEach((at) => new Float64Array(wasmMemory.buffer, at, 4096).fill(1.5));
  const [a, b, out] = arrays;
  const operands = place([a, b]);
  const rows = {};
  for (const items of [1, 4096]) {
    const name = `me_eval, ${items} item${items > 1 ? "s" : ""}`;
    rows[name] = fastest(() => Module._me_eval(expression, operands, 2, out, items, 0));
  }
  if (new Float64Array(wasmMemory.buffer, out, 1)[0] !== 1.5 * 1.5 + 1) throw new Error("wrong result");
  return rows;
}

async function inPyodide(wheel, numpy) {
  const { loadPyodide } = await import("pyodide");
  const pyodide = await loadPyodide({ stderr: (line) => console.error(line) });
  for (const file of [numpy, wheel]) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(file)), "wheel");
  }
  pyodide.FS.writeFile("overhead.py", readFileSync(new URL("overhead.py", import.meta.url)));
  return JSON.parse(pyodide.runPython(`
import json, sys
sys.path.insert(0, ".")
import overhead
json.dumps({f"Pyodide, {items} items": overhead.measure(overhead.python_rows(items)) for items in (1, 4096)})
`));
}

const groups = {};
const ns = {};
if (options.standalone) {
  groups.JavaScript = await fromJavaScript(options.standalone);
  ns.c_api = groups.JavaScript["me_eval, 1 item"];
}
if (options.wheel && options.numpy) {
  Object.assign(groups, await inPyodide(options.wheel, options.numpy));
  const rows = groups["Pyodide, 1 items"];
  Object.assign(ns, { kernel_out: rows["Kernel, out="], evaluate: rows["evaluate, out="] });
}
for (const [group, rows] of Object.entries(groups)) {
  console.log(`\n${group}`);
  for (const [name, ns] of Object.entries(rows)) {
    console.log(`  ${name.padEnd(40)} ${ns.toFixed(0).padStart(9)} ns`);
  }
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ ns, rows: groups }, null, 1)}\n`);
