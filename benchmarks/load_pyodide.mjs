// Pyodide with packages from wheels and the Python programs of this folder.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const HERE = fileURLToPath(new URL(".", import.meta.url));

// Shows what went wrong without the engine's source around it.
process.on("uncaughtException", (error) => {
  console.error(`${error.message ?? error}`);
  process.exit(1);
});

export const plain = (proxy) => proxy.toJs({ dict_converter: Object.fromEntries });

export const wheelsOf = (folder) =>
  readdirSync(folder).filter((f) => f.endsWith(".whl")).map((f) => join(folder, f));

export async function pyodideWith(wheels, scripts) {
  const pyodide = await loadPyodide({ stderr: (text) => console.error(text) });
  for (const wheel of wheels) pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  for (const name of scripts) pyodide.FS.writeFile(name, readFileSync(join(HERE, name)));
  pyodide.runPython("import sys; sys.path.insert(0, '.')");
  return pyodide;
}

export const placeOf = (pyodide) => `Pyodide ${pyodide.version}, Node ${process.versions.node}`;

export const machine = () =>
  execFileSync("python3", ["-c", "import machine; print(machine.describe())"],
               { cwd: HERE, encoding: "utf8" }).trim();
