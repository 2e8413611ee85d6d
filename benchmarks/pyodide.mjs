// mejit in Pyodide under Node, against NumPy, JavaScript loops and hand-written wasm SIMD.
//
//   node benchmarks/pyodide.mjs --wheel mejit-….whl --numpy numpy-….whl --limits limits.wasm
//     [--rows TEXT] [--sizes 4096,1000000] [--dtypes float64,float32] [--rounds 9] [--json FILE]
//
// All contenders of a row take turns, as in measure.py. Prints a table; --json writes all figures.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadPyodide } from "pyodide";

const { values: options } = parseArgs({
  options: {
    wheel: { type: "string" },
    numpy: { type: "string" },
    limits: { type: "string" },
    rows: { type: "string", default: "" },
    sizes: { type: "string", default: "4096,1000000" },
    dtypes: { type: "string", default: "float64,float32" },
    rounds: { type: "string", default: "9" },
    json: { type: "string" },
  },
});

const TURN_MS = 4;
const ARRAYS = { float64: Float64Array, float32: Float32Array };

async function pyodideWithPackages() {
  const pyodide = await loadPyodide({ stderr: (text) => console.error(text) });
  for (const wheel of [options.numpy, options.wheel]) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  }
  for (const name of ["rows.py", "in_pyodide.py"]) {
    pyodide.FS.writeFile(name, readFileSync(new URL(name, import.meta.url)));
  }
  pyodide.runPython("import sys; sys.path.insert(0, '.')");
  return pyodide;
}

// A loop over typed arrays, written by hand for this row alone.
function jsLoop(row) {
  const loads = row.arrays.map((n) => `const ${n} = ${n}_[i];`).join(" ");
  const body = row.reduces
    ? `let s = 0; for (let i = 0; i < n; i++) { ${loads} s += ${row.js}; } out[0] = s;`
    : `for (let i = 0; i < n; i++) { ${loads} ${row.js_setup} out[i] = ${row.js}; }`;
  return new Function("out", ...row.arrays.map((n) => `${n}_`), "n", body);
}

function limitCall(limits, index, dtype, arrays, items) {
  const { exports } = limits;
  const type = ARRAYS[dtype];
  const bytes = items * type.BYTES_PER_ELEMENT;
  const addresses = arrays.map((array) => {
    const at = exports.allocate(bytes);
    new type(exports.memory.buffer, at, items).set(array);
    return at;
  });
  const out = exports.allocate(bytes);
  const run = exports[`row${index}_${dtype}`];
  return {
    call: () => run(out, ...addresses, BigInt(items)),
    result: () => new type(exports.memory.buffer, out, items),
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
    run(counts[name]); // lets engines finish optimising
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

function bufferOf(proxy) {
  const buffer = proxy.getBuffer();
  const copy = buffer.data.slice();
  buffer.release();
  return copy;
}

function checkSame(row, dtype, results) {
  const [[, first], ...others] = Object.entries(results);
  const tolerance = dtype === "float64" ? 1e-9 : 2e-3;
  for (const [name, values] of others) {
    for (let i = 0; i < first.length; i++) {
      const scale = Math.max(1, Math.abs(first[i]));
      if (Math.abs(Number(values[i]) - Number(first[i])) > tolerance * scale) {
        throw new Error(`${row.name}, ${dtype}: ${name} computes something else at ${i}`);
      }
    }
  }
}

const pyodide = await pyodideWithPackages();
const side = pyodide.pyimport("in_pyodide");
const rows = side.describe().toJs({ dict_converter: Object.fromEntries });
const limits = options.limits
  ? (await WebAssembly.instantiate(readFileSync(options.limits), {
      wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0 }),
      env: new Proxy({}, { get: () => () => 0 }),
    })).instance
  : null;
limits?.exports._initialize?.();

const figures = [];
for (const dtype of options.dtypes.split(",")) {
  for (const items of options.sizes.split(",").map(Number)) {
    for (const [index, row] of rows.entries()) {
      if (!row.name.includes(options.rows)) continue;
      if (row.sizes.length && !row.sizes.includes(items)) continue;
      const prepared = side.prepare(index, dtype, items);
      const inputs = prepared.get("arrays");
      const arrays = row.arrays.map((name) => bufferOf(inputs.get(name)));
      const contenders = {};
      Object.assign(contenders, prepared.get("contenders").toJs({ depth: 1, dict_converter: Object.fromEntries }));
      const results = {};
      if (row.js !== null && row.js !== undefined) {
        const loop = jsLoop(row);
        const out = new ARRAYS[dtype](items);
        contenders["JavaScript"] = (count) => {
          for (let k = 0; k < count; k++) loop(out, ...arrays, items);
        };
        results["JavaScript"] = out;
      }
      if (limits && row.wasm_limit) {
        const limit = limitCall(limits, index, dtype, arrays, items);
        contenders["wasm SIMD by hand"] = (count) => {
          for (let k = 0; k < count; k++) limit.call();
        };
        results["wasm SIMD by hand"] = limit.result;
      }
      const ns = compare(contenders, items, Number(options.rounds));
      if (!row.reduces) {
        const outputs = prepared.get("outputs");
        const all = { "mejit JIT": bufferOf(outputs.get("mejit JIT")) };
        for (const [name, out] of Object.entries(results)) all[name] = out instanceof Function ? out() : out;
        checkSame(row, dtype, all);
      }
      figures.push({ row: row.name, group: row.group, dtype, items, ns });
      prepared.destroy();
    }
  }
}
const place = `Pyodide ${pyodide.version}, Node ${process.versions.node}`;
const text = JSON.stringify({ place, figures });
if (options.json) writeFileSync(options.json, text);
pyodide.FS.writeFile("report.py", readFileSync(new URL("report.py", import.meta.url)));
pyodide.globals.set("text", text);
console.log(place);
console.log(pyodide.runPython("import json, report; report.table(json.loads(text)['figures'])"));
