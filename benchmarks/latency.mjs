// latency.py inside Pyodide under Node: node benchmarks/latency.mjs --wheel mejit-….whl --numpy numpy-….whl
//   [--rounds 15] [--json FILE]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { placeOf, pyodideWith } from "./load_pyodide.mjs";

const { values: options } = parseArgs({
  options: {
    wheel: { type: "string" },
    numpy: { type: "string" },
    rounds: { type: "string", default: "15" },
    json: { type: "string" },
  },
});
const pyodide = await pyodideWith([options.numpy, options.wheel], ["latency.py"]);
const latency = pyodide.pyimport("latency");
const samples = latency.measure(Number(options.rounds));
const place = placeOf(pyodide);
console.log(place);
console.log(latency.report(samples));
if (options.json) {
  const us = samples.toJs({ dict_converter: Object.fromEntries });
  writeFileSync(options.json, JSON.stringify({ place, us }));
}
