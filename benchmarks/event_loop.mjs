// How long an awaited compile keeps the event loop from turning, in Node with the ES module and in Pyodide.
//
//   node benchmarks/event_loop.mjs [--standalone build/wasm-node/mejit.mjs] [--wheel mejit-….whl --numpy numpy-….whl]
//     [--processes 5] [--only TEXT] [--json FILE]
//
// Every program is compiled in processes of its own: first by the very first compile of a process (cold), then
// with other constants (warm), each time awaited while setImmediate counts the turns. A compile's figure is the
// longest time between two turns, from before it is asked for until its code is there; `busy` the longest that the
// thread itself worked between two turns (Linux; the rest of a gap is other threads' and programs' time on a busy
// machine), `total` all of the time. Printed are median and maximum over the processes, in milliseconds. The programs
// go up to the size that the JIT takes (kMaxJitInstructions in src/base/tuning.h).
import { execFileSync } from "node:child_process";
import { openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath, pathToFileURL } from "node:url";

import { init } from "../js/index.mjs";
import { pyodideWith } from "./load_pyodide.mjs";

const { values: options } = parseArgs({
  options: {
    standalone: { type: "string" },
    wheel: { type: "string" },
    numpy: { type: "string" },
    processes: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    child: { type: "string" },
  },
});
const LIMIT_MS = 50;
const WARM = 3;

// --- programs: K is a constant that changes, `size` how many terms or statements ---------------------------

const list = (size, item, between) => Array.from({ length: size }, (_, i) => item(i + 1)).join(between);
const PROGRAMS = {
  "a*b + 1": [() => "a*b + K"],
  "Black-Scholes": [() => `def black_scholes(a, b):
    t = 0.5 + K
    d1 = (log((100.0 + a)/(90.0 + b)) + 0.07*t) / (0.2*sqrt(t))
    d2 = d1 - 0.2*sqrt(t)
    n1 = 0.5*(1 + erf(d1/1.4142135623730951))
    n2 = 0.5*(1 + erf(d2/1.4142135623730951))
    return (100.0 + a)*n1 - (90.0 + b)*exp(-0.05*t)*n2
`],
  "Mandelbrot": [() => `def escape(a, b):
    zr = 0.0
    zi = 0.0
    n = 0
    while n < 50 and zr*zr + zi*zi <= 4.0 + K:
        zr, zi = zr*zr - zi*zi + a, 2*zr*zi + b
        n += 1
    return n
`],
  "sum of products": [(n) => list(n, (i) => `a*${i}.5 - b/(K + ${i})`, " + "), 8000],
  "sum of functions": [(n) => list(n, (i) => `${["sin", "exp", "tanh", "erf", "log"][i % 5]}(a*K + ${i})`, " + "), 8000],
  "powers": [(n) => list(n, (i) => `(abs(a) + ${i})**(b*K)`, " + "), 8000],
  "reductions": [(n) => list(n, (i) => `sum(exp(a*K + ${i}))`, " * b + "), 105],
  "branches": [(n) => `def branches(a, b):
    r = K
${list(n, (i) => `    if a > ${i}.25:
        r = r*b + ${i}
    elif b < ${i}:
        r = r - sqrt(abs(a))
`, "")}    return r
`, 8000],
  "nested loops": [(n) => `def loops(a, b):
    r = K
${list(n, (i) => `    for i in range(${i % 7 + 2}):
        if r > ${i}:
            break
        for j in range(3):
            r = r + a*j - sin(b)*i
            if r < -${i}:
                continue
            r = r*0.5
`, "")}    return r
`, 2000],
};
const withConstant = (text) => text.replaceAll("K", (0.25 + Math.random() / 2).toFixed(12));
const TYPES = { a: "float64", b: "float64" };
const typesOf = (text) => Object.fromEntries(Object.entries(TYPES).filter(([name]) => new RegExp(`\\b${name}\\b`).test(text)));

// The largest size up to `most` that the JIT takes, and its instructions.
function largest(engine, make, most) {
  const instructions = (size) => {
    const text = withConstant(make(size));
    try {
      const kernel = engine.compile(text, typesOf(text), { tier: "interpreter" });
      const told = kernel.explain();
      kernel.free();
      return [...told.matchAll(/(\d+) instructions/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    } catch {
      return Infinity;  // beyond a limit of the language
    }
  };
  let [low, high] = [1, most + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (instructions(middle) <= 20000) low = middle;
    else high = middle;
  }
  return { size: low, instructions: instructions(low) };
}

// --- in a process of its own ----------------------------------------------------------------------------

const turn = () => new Promise((resolve) => { setImmediate(resolve); });

// Milliseconds that this thread has worked, or NaN.
const cpuTime = (() => {
  const buffer = Buffer.alloc(64);
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`);
    return () => Number(buffer.toString("latin1", 0, readSync(file, buffer, 0, 64, 0)).split(" ")[0]) / 1e6;
  } catch {
    return () => NaN;
  }
})();

// Milliseconds: the longest time without a turn while compile() runs, and the time of all of it.
async function longestGap(compile) {
  for (let i = 0; i < 20; i++) await turn();
  let done = false;
  const began = performance.now();
  let [last, lastCpu] = [began, cpuTime()];
  let [longest, busy] = [0, 0];
  const note = () => {
    const [now, cpu] = [performance.now(), cpuTime()];
    longest = Math.max(longest, now - last);
    busy = Math.max(busy, cpu - lastCpu);
    [last, lastCpu] = [now, cpu];
  };
  const job = compile().finally(() => { done = true; });
  while (!done) {
    await turn();
    note();
  }
  const tier = await job;
  note();
  return { gap: longest, busy, total: last - began, tier };
}

// How programs are compiled in a place: a function of text and types that gives the tier.
const PLACES = {
  async Node() {
    const engine = await init({ moduleUrl: pathToFileURL(resolve(options.standalone)) });
    return async (text, types) => (await engine.compileAsync(text, types)).tier;
  },
  async Pyodide() {
    const pyodide = await pyodideWith([options.numpy, options.wheel].filter(Boolean), []);
    pyodide.runPython(`
import json, mejit
async def compile(text, types):
    return (await mejit.compile_async(text, json.loads(types))).tier
`);
    const compile = pyodide.globals.get("compile");
    return (text, types) => compile(text, JSON.stringify(types));
  },
};

if (options.child) {
  const { place, text } = JSON.parse(readFileSync(0, "utf8"));
  const compile = await PLACES[place]();
  const once = () => {
    const fresh = withConstant(text);
    return longestGap(() => compile(fresh, typesOf(fresh)));
  };
  const cold = await once();
  const warm = [];
  for (let i = 0; i < WARM; i++) warm.push(await once());
  console.log(JSON.stringify({ cold, warm }));
  process.exit(0);
}

// --- all of them ------------------------------------------------------------------------------------------

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const ms = (value) => value.toFixed(1).padStart(8);
const places = [...(options.standalone ? ["Node"] : []), ...(options.wheel ? ["Pyodide"] : [])];
const engine = await init(options.standalone && { moduleUrl: pathToFileURL(resolve(options.standalone)) });
const rows = [];
for (const place of places) {
  console.log(`\n${place}: longest time without a turn of the event loop, ms   (total: of the whole compile)`);
  console.log(`${"".padEnd(38)}cold p50     max    busy   total   warm p50     max    busy   total  tier`);
  for (const [name, [make, most]] of Object.entries(PROGRAMS)) {
    if (!name.includes(options.only)) continue;
    const { size, instructions } = largest(engine, make, most ?? 1);
    const runs = Array.from({ length: Number(options.processes) }, () => JSON.parse(execFileSync(
      process.execPath,
      [fileURLToPath(import.meta.url), "--child", "1",
       ...["standalone", "wheel", "numpy"].flatMap((o) => (options[o] ? [`--${o}`, options[o]] : []))],
      { input: JSON.stringify({ place, text: make(size) }), encoding: "utf8", stdio: ["pipe", "pipe", "inherit"] })));
    const figure = (samples) => ({
      gap: median(samples.map((s) => s.gap)), max: Math.max(...samples.map((s) => s.gap)),
      busy: Math.max(...samples.map((s) => s.busy)),
      total: median(samples.map((s) => s.total)),
    });
    const row = {
      place, name, size, instructions, tier: runs[0].cold.tier,
      cold: figure(runs.map((r) => r.cold)), warm: figure(runs.flatMap((r) => r.warm)),
    };
    rows.push(row);
    const late = Math.max(row.cold.max, row.warm.max) > LIMIT_MS ? ` > ${LIMIT_MS} ms` : "";
    const figures = [row.cold, row.warm].map((f) => `${ms(f.gap)}${ms(f.max)}${ms(f.busy)}${ms(f.total)}`).join("   ");
    console.log(`${name.padEnd(20)}${String(instructions).padStart(6)} instructions${figures}  ${row.tier}${late}`);
  }
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ rows }, null, 1)}\n`);
