// The main job on real input: great-circle distances of thousands of airports, and a Mandelbrot picture,
// typed as text in Pyodide and run as SIMD kernels.
//
//   node examples/demo.mjs --wheel build/wasm/dist/mejit-….whl [--numpy numpy-….whl] [--png FILE]
//
// Prints a table of medians (milliseconds, and as ratios to mejit's JIT), checks that all contenders
// give the same numbers, writes the picture, and ends by saying which path ran. Exit code 1 if numbers differ.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadPyodide } from "pyodide";
import { PNG } from "pngjs";

const { values: options } = parseArgs({
  options: {
    wheel: { type: "string" },
    numpy: { type: "string" },
    png: { type: "string", default: "mandelbrot.png" },
  },
});
if (!options.wheel) {
  console.error("usage: node examples/demo.mjs --wheel FILE [--numpy FILE] [--png FILE]");
  process.exit(2);
}

const EARTH_DIAMETER_KM = 12742;
const WIDTH = 640;
const HEIGHT = 480;

// Coordinates of the airports in radians, from the table that comes with vega-datasets.
function airports() {
  const file = new URL("../node_modules/vega-datasets/data/airports.csv", import.meta.url);
  const [header, ...rows] = readFileSync(file, "utf8").trim().split("\n");
  const fields = header.trim().split(",").length;
  const radians = (text) => (Number(text) * Math.PI) / 180;
  return rows.map((row) => {
    const cells = row.trim().split(",");
    // Names may hold commas; the coordinates are the last two cells.
    if (cells.length < fields) throw new Error(`airports.csv: bad row ${row}`);
    return { lat: radians(cells.at(-2)), lon: radians(cells.at(-1)) };
  });
}

// Distances from every 12th airport to every airport.
function distanceOperands() {
  const all = airports();
  const from = all.filter((_, i) => i % 12 === 0);
  const n = all.length * from.length;
  const [lat, lat0, lon, lon0] = Array.from({ length: 4 }, () => new Float64Array(n));
  let i = 0;
  for (const start of from) {
    for (const end of all) {
      lat[i] = end.lat;
      lat0[i] = start.lat;
      lon[i] = end.lon;
      lon0[i] = start.lon;
      i++;
    }
  }
  return [lat, lat0, lon, lon0];
}

function distanceInJs([lat, lat0, lon, lon0], out) {
  for (let i = 0; i < out.length; i++) {
    const a = Math.sin((lat[i] - lat0[i]) / 2);
    const b = Math.sin((lon[i] - lon0[i]) / 2);
    out[i] = EARTH_DIAMETER_KM * Math.asin(Math.sqrt(a * a + Math.cos(lat0[i]) * Math.cos(lat[i]) * b * b));
  }
}

function mandelbrotOperands() {
  const cr = new Float64Array(WIDTH * HEIGHT);
  const ci = new Float64Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      cr[y * WIDTH + x] = -2.2 + (3.2 * x) / WIDTH;
      ci[y * WIDTH + x] = -1.2 + (2.4 * y) / HEIGHT;
    }
  }
  return [cr, ci];
}

function mandelbrotInJs([cr, ci], out) {
  for (let i = 0; i < out.length; i++) {
    const a = cr[i];
    const b = ci[i];
    let zr = 0;
    let zi = 0;
    let count = 0;
    for (; count < 200; count++) {
      const zr2 = zr * zr;
      const zi2 = zi * zi;
      if (zr2 + zi2 > 4) break;
      zi = 2 * zr * zi + b;
      zr = zr2 - zi2 + a;
    }
    out[i] = count;
  }
}

// Median of `repeats` timed calls after one untimed.
function milliseconds(run, repeats) {
  run();
  const times = [];
  for (let r = 0; r < repeats; r++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[repeats >> 1];
}

function largestRelativeDifference(got, expected) {
  let largest = 0;
  for (let i = 0; i < got.length; i++) {
    const scale = Math.max(Math.abs(expected[i]), 1e-300);
    largest = Math.max(largest, Math.abs(Number(got[i]) - expected[i]) / scale);
  }
  return largest;
}

function writePicture(counts, file) {
  const png = new PNG({ width: WIDTH, height: HEIGHT });
  counts.forEach((count, i) => {
    const t = Number(count) / 200;
    const inside = t === 1;
    png.data[4 * i] = inside ? 0 : 255 * Math.sqrt(t);
    png.data[4 * i + 1] = inside ? 0 : 255 * t;
    png.data[4 * i + 2] = inside ? 0 : 90 + 165 * Math.sin(Math.PI * t) ** 2;
    png.data[4 * i + 3] = 255;
  });
  writeFileSync(file, PNG.sync.write(png));
}

async function pyodideWithMejit() {
  const pyodide = await loadPyodide({ stderr: (text) => console.error(text) });
  for (const wheel of [options.numpy, options.wheel].filter(Boolean)) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  }
  pyodide.FS.writeFile("demo_jobs.py", readFileSync(new URL("demo.py", import.meta.url)));
  pyodide.runPython("import sys; sys.path.insert(0, '.')");
  return pyodide;
}

// Runs one job everywhere and returns a table row; throws if numbers differ by more than `tolerance`.
function measure(jobs, name, operands, run, inJs, tolerance) {
  const items = operands[0].length;
  const result = run(...operands.map((o) => new Uint8Array(o.buffer)));
  const get = (key) => result.get(key);
  const buffer = get("out").getBuffer();
  const out = buffer.data.slice();
  buffer.release();
  const expected = new Float64Array(items);
  const js = milliseconds(() => inJs(operands, expected), 5);
  const difference = largestRelativeDifference(out, expected);
  if (!get("same_bits")) throw new Error(`${name}: JIT and interpreter differ`);
  if (!(difference <= tolerance)) throw new Error(`${name}: differs from JavaScript by ${difference}`);
  if (get("numpy") !== undefined && !(get("numpy_difference") <= tolerance)) {
    throw new Error(`${name}: differs from NumPy by ${get("numpy_difference")}`);
  }
  const times = { jit: get("jit"), interpreter: get("interpreter"), numpy: get("numpy"), js };
  return { name, items, times, out, difference, tier: get("tier"), explain: get("explain") };
}

function printTable(rows) {
  const contenders = [
    ["jit", "mejit JIT"],
    ["interpreter", "mejit interpreter"],
    ["numpy", "NumPy"],
    ["js", "JavaScript loop"],
  ];
  for (const row of rows) {
    console.log(`\n${row.name}: ${row.items.toLocaleString("en")} items, one thread`);
    for (const [key, label] of contenders) {
      const ms = row.times[key];
      const text =
        ms === undefined
          ? "not installed"
          : `${ms.toFixed(2).padStart(9)} ms   ${(ms / row.times.jit).toFixed(2).padStart(6)} x`;
      console.log(`  ${label.padEnd(18)} ${text}`);
    }
    console.log(
      `  same numbers: JIT = interpreter bit for bit; JavaScript within ${row.difference.toExponential(1)}`,
    );
  }
}

const pyodide = await pyodideWithMejit();
const jobs = pyodide.pyimport("demo_jobs");
const rows = [
  measure(jobs, "Great-circle distances", distanceOperands(), jobs.run_distance, distanceInJs, 1e-7),
  measure(jobs, `Mandelbrot ${WIDTH} x ${HEIGHT}`, mandelbrotOperands(), jobs.run_mandelbrot, mandelbrotInJs, 0),
];
printTable(rows);
writePicture(rows[1].out, options.png);
console.log(`\npicture written to ${options.png}`);
const backend = pyodide.runPython("import mejit; mejit.jit_backend()");
const compiled = rows.every((row) => row.tier !== "interpreter");
console.log(
  compiled
    ? `JIT active: both jobs ran as compiled kernels in Pyodide ${pyodide.version} (${backend})`
    : `interpreter fallback: ${rows.map((row) => row.explain).join("; ")}`,
);
process.exit(compiled ? 0 : 1);
