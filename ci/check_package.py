#!/usr/bin/env python3
"""Checks that both built wheels, and the installed package, contain what importing needs.

Run with build/venv's Python. The wheel for Pyodide is looked at when it has been built. The glue must
be the same file as js/me_jit_glue.js. Ends with "N passed, N failed".
"""
import importlib.util
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NEEDED = ["__init__.py", "_core.*.so", "me_jit_glue.js", "pyodide_runtime.js"]
WHEELS = {"build/native/dist": "libmejit.so", "build/wasm/dist": "mejit.so"}


def check(where: str, names: list[str], library: str, glue: bytes) -> bool:
  missing = [n for n in NEEDED + [library] if not any(pathlib.PurePath(m).match(n) for m in names)]
  for name in missing:
    print(f"{where}: {name} is missing")
  same = glue == (ROOT / "js" / "me_jit_glue.js").read_bytes()
  if not same:
    print(f"{where}: me_jit_glue.js is not js/me_jit_glue.js")
  return same and not missing


def main() -> int:
  results = []
  for folder, library in WHEELS.items():
    for wheel in (ROOT / folder).glob("mejit-*.whl"):
      archive = zipfile.ZipFile(wheel)
      names = [n.removeprefix("mejit/") for n in archive.namelist()]
      glue = archive.read("mejit/me_jit_glue.js") if "me_jit_glue.js" in names else b""
      results.append(check(wheel.name, names, library, glue))
  spec = importlib.util.find_spec("mejit")
  if spec is None:
    print("mejit is not installed in this Python")
    results.append(False)
  else:
    home = pathlib.Path(spec.origin).parent
    glue = home / "me_jit_glue.js"
    names = [p.name for p in home.iterdir()]
    results.append(check(str(home), names, "libmejit.so", glue.read_bytes() if glue.exists() else b""))
  print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
  return 0 if all(results) else 1


if __name__ == "__main__":
  sys.exit(main())
