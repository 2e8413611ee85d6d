#!/usr/bin/env python3
"""Checks that every file of src/ includes only what cmake/layers.txt lets its folder include.

Also: external libraries only where the table names them, Emscripten headers nowhere in src/, no
getenv outside src/base/env.cpp, and include/ free of our own C++ headers. Prints each violation as
file:line and ends with "N passed, N failed" (one check).
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
SUFFIXES = {".cpp", ".h", ".def", ".inc", ".c"}
# How an include line betrays an external library.
EXTERNAL = {
    "binaryen": re.compile(r"^(wasm(-[a-z-]+)?|pass|literal|passes/passes)\.h$"
                           r"|^(support|cfg|analysis|parser)/.*\.h$"),
    "pybind11": re.compile(r"^pybind11/|^Python\.h"),
    "yyjson": re.compile(r"^yyjson"),
    "dl": re.compile(r"^dlfcn\.h"),
}
EMSCRIPTEN = re.compile(r"^emscripten([/.]|$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def layers() -> dict[str, tuple[set[str], set[str]]]:
  table = {}
  for line in (ROOT / "cmake" / "layers.txt").read_text().splitlines():
    if line and not line.startswith("#"):
      folder, includes, externals = line.split()
      table[folder] = (set(includes.split(",")) - {"-"}, set(externals.split(",")) - {"-"})
  return table


def layer_of(relative: pathlib.PurePath, table: dict) -> str | None:
  """The innermost folder of the table that a file of src/ is in, or None."""
  return next((p.as_posix() for p in relative.parents if p.as_posix() in table), None)


def violation(path: pathlib.Path, folder: str, target: str, table: dict) -> str | None:
  """Why `folder` may not include `target`, or None."""
  includes, externals = table[folder]
  if EMSCRIPTEN.match(target):
    return "Emscripten headers belong nowhere in src/"
  for library, pattern in EXTERNAL.items():
    if pattern.match(target) and not (path.parent / target).exists() and library not in externals:
      return f"{library} is not allowed in src/{folder}"
  other = layer_of(pathlib.PurePath(target), table)
  if other is None or other == folder or not (SRC / other).is_dir():
    return None
  rest = target.removeprefix(other + "/")
  if "include-only" in includes or not (other in includes or f"{other}:{rest}" in includes):
    return f"src/{folder} may not include src/{other}"
  return None


def check_source(path: pathlib.Path, table: dict) -> list[str]:
  relative = path.relative_to(SRC)
  problems = []
  for number, line in enumerate(path.read_text().splitlines(), 1):
    match = INCLUDE.match(line)
    why = match and violation(path, layer_of(relative, table), match.group(1), table)
    if not why and re.search(r"\bgetenv\s*\(", line) and str(relative) != "base/env.cpp":
      why = "getenv belongs in src/base/env.cpp"
    if why:
      problems.append(f"src/{relative}:{number}: {why}: {line.strip()}")
  return problems


def check_public(path: pathlib.Path) -> list[str]:
  own = {h.name for h in path.parent.glob("*.h")}
  problems = []
  for number, line in enumerate(path.read_text().splitlines(), 1):
    match = INCLUDE.match(line)
    if match and '"' in line and match.group(1) not in own:
      problems.append(f"include/{path.name}:{number}: a public header includes a private one")
  return problems


def main() -> int:
  table = layers()
  sources = [p for p in sorted(SRC.rglob("*")) if p.suffix in SUFFIXES and p.is_file()]
  layers_known = {p: layer_of(p.relative_to(SRC), table) for p in sources}
  unknown = {p.relative_to(SRC).parts[0] for p, layer in layers_known.items() if layer is None}
  for folder in sorted(unknown):
    print(f"src/{folder} has no row in cmake/layers.txt")
  results = [check_source(p, table) for p in sources if layers_known[p] is not None]
  results += [check_public(p) for p in sorted((ROOT / "include").glob("*.h"))]
  for problem in sum(results, []):
    print(problem)
  failed = len(unknown) + sum(map(bool, results))
  passed = sum(not r for r in results)
  print(f"{passed} files keep to cmake/layers.txt, {failed} do not")
  print(f"{int(failed == 0)} passed, {int(failed > 0)} failed")
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
