// mejit in Pyodide under Node, against NumPy, blosc2, JavaScript loops and hand-written wasm SIMD.
//
//   node benchmarks/pyodide.mjs --wheel mejit-….whl --numpy numpy-….whl [--blosc2 FOLDER_OF_WHEELS]
//     [--limits limits.wasm] [--rows TEXT] [--sizes 4096,1000000] [--dtypes float64,float32]
//     [--rounds 15] [--quick] [--json FILE]
//
// All contenders of a row take turns, as in measure.py; their results are compared before. Prints a table;
// --json writes all figures.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { machine, placeOf, plain, pyodideWith, wheelsOf } from "./load_pyodide.mjs";

const { values: options } = parseArgs({
  options: {
    wheel: { type: "string" },
    numpy: { type: "string" },
    blosc2: { type: "string" },
    limits: { type: "string" },
    rows: { type: "string", default: "" },
    sizes: { type: "string", default: "4096,1000000" },
    dtypes: { type: "string", default: "float64,float32,int64,int32" },
    rounds: { type: "string", default: "15" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
if (options.quick) Object.assign(options, { sizes: "256", rounds: "1" });

const TURN_MS = options.quick ? 0.1 : 4;
const ARRAYS = { float64: Float64Array, float32: Float32Array, int64: BigInt64Array, int32: Int32Array,
                 bool: Uint8Array };
const SCRIPTS = ["rows.py", "contenders.py", "c_kernel.py", "measure.py", "report.py", "in_pyodide.py"];

// A loop over typed arrays, written by hand for this row alone. F(x) rounds to the dtype.
function jsLoop(row, dtype) {
  const round = (text) => text.replaceAll("F(", dtype === "float32" ? "Math.fround(" : "(");
  const loads = row.arrays.map((n) => `const ${n} = ${n}_[i];`).join(" ");
  const body = row.reduces
    ? `let s = 0; for (let i = 0; i < n; i++) { ${loads} s += ${row.js}; } out[0] = s;`
    : `for (let i = 0; i < n; i++) { ${loads} ${round(row.js_setup)} out[i] = ${round(row.js)}; }`;
  return new Function("out", ...row.arrays.map((n) => `${n}_`), "n", body);
}

// The hand-written loop on copies of the arrays in its own memory.
function limitCall(limits, index, row, dtype, arrays, items) {
  const { exports } = limits;
  const type = ARRAYS[dtype];
  const result = ARRAYS[row.result || dtype];
  const blocks = arrays.map(() => exports.allocate(items * type.BYTES_PER_ELEMENT));
  const out = exports.allocate(items * result.BYTES_PER_ELEMENT);
  blocks.forEach((at, k) => new type(exports.memory.buffer, at, items).set(arrays[k]));
  const run = exports[`row${index}_${dtype}`];
  const count = BigInt(items);
  return {
    repeat: (times) => { for (let k = 0; k < times; k++) run(out, ...blocks, count); },
    result: () => new result(exports.memory.buffer, out, row.reduces ? 1 : items).slice(),
    release: () => [...blocks, out].forEach((at) => exports.release(at)),
  };
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

// `contenders`: name -> run(count). Returns name -> { median, min, max } in ns per element.
function compare(contenders, items, rounds) {
  const counts = {};
  for (const [name, run] of Object.entries(contenders)) {
    run(2);
    const start = performance.now();
    run(1);
    const once = performance.now() - start;
    counts[name] = Math.max(1, Math.min(20000, Math.round(TURN_MS / Math.max(once, 1e-4))));
    run(counts[name]); // lets engines and tiers finish optimising
  }
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(contenders).sort(() => Math.random() - 0.5);
    for (const name of order) {
      const start = performance.now();
      contenders[name](counts[name]);
      samples[name].push(((performance.now() - start) / counts[name] / items) * 1e6);
    }
  }
  return Object.fromEntries(
    Object.entries(samples).map(([name, s]) => [
      name,
      { median: median(s), min: Math.min(...s), max: Math.max(...s) },
    ]),
  );
}

function copyOf(proxy) {
  const buffer = proxy.getBuffer();
  const copy = buffer.data.slice();
  buffer.release();
  return copy;
}

const wheels = [options.numpy, options.wheel, ...(options.blosc2 ? wheelsOf(options.blosc2) : [])];
const pyodide = await pyodideWith(wheels, SCRIPTS);
const side = pyodide.pyimport("in_pyodide");
const rows = plain(side.describe());
const evaluate = pyodide._module.resolveGlobalSymbol("me_kernel_eval").sym;
const limits = options.limits
  ? (await WebAssembly.instantiate(readFileSync(options.limits), {
      wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0 }),
      env: new Proxy({}, { get: () => () => 0 }),
    })).instance
  : null;
limits?.exports._initialize?.();

function measureRow(index, dtype, asked) {
  const row = rows[index];
  const prepared = side.prepare(index, dtype, asked);
  const items = prepared.get("items");
  const excluded = plain(prepared.get("excluded"));
  const arrays = row.arrays.map((name) => copyOf(prepared.get("arrays").get(name)));
  const contenders = plain(prepared.get("contenders"));

  const [kernel, inputs, count, out, tier] = prepared.get("arguments").toJs();
  contenders["mejit, C API"] = (times) => {
    for (let k = 0; k < times; k++) evaluate(kernel, inputs, count, out, tier);
  };
  contenders["mejit, C API"](1);
  const wrong = side.check_c_kernel();
  if (wrong) throw new Error(`${row.name}, ${dtype}: the C interface ${wrong}`);

  // A result of JavaScript's or of the limit's is compared before it is timed.
  const differing = {};
  function add(name, run, result) {
    run(1);
    const [problem, items] = side.check(result()).toJs();
    differing[name] = items;
    if (problem) excluded[name] = problem;
    else contenders[name] = run;
  }
  if (dtype === "int64") {
    excluded["JavaScript"] = "its numbers hold 53 bits";
  } else if (row.js !== null && row.js !== undefined) {
    const loop = jsLoop(row, dtype);
    const result = new ARRAYS[row.result || dtype](row.reduces ? 1 : items);
    add("JavaScript", (times) => {
      for (let k = 0; k < times; k++) loop(result, ...arrays, items);
    }, () => result);
  }
  let limit = null;
  if (limits && row.wasm_limit) {
    limit = limitCall(limits, index, row, dtype, arrays, items);
    add("wasm SIMD by hand", limit.repeat, limit.result);
  }
  const ns = compare(contenders, items, Number(options.rounds));
  limit?.release();
  const figure = { row: row.name, group: row.group, dtype, items: asked, measured: items,
                   tier: prepared.get("tier"), excluded, differing, ways: plain(prepared.get("ways")), ns };
  prepared.destroy();
  return figure;
}

const figures = [];
for (const dtype of options.dtypes.split(",")) {
  for (const items of options.sizes.split(",").map(Number)) {
    for (const [index, row] of rows.entries()) {
      if (!row.name.includes(options.rows) || !row.dtypes.includes(dtype)) continue;
      figures.push(measureRow(index, dtype, items));
    }
  }
}
const { versions, missing } = plain(side.about());
if (!limits) missing.push("wasm SIMD by hand is missing: no --limits");
const text = JSON.stringify({ place: placeOf(pyodide), machine: machine(), versions, missing, figures });
if (options.json) writeFileSync(options.json, text);
pyodide.globals.set("text", text);
console.log(pyodide.runPython("import json, report; report.text(json.loads(text))"));
