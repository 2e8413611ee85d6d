#!/usr/bin/env python3
"""Writes the pyconfig.h of the CPython inside Pyodide, out of that CPython's own build variables.

usage: make_pyconfig.py PYTHON_STDLIB_ZIP TEMPLATE OUTPUT

TEMPLATE is the pyconfig.h of another platform, for the names of the macros; each value comes from
_sysconfigdata in Pyodide's python_stdlib.zip. A macro that Pyodide's build did not record stays
undefined. Ends with an error when the sizes are not those of wasm32.
"""
import re
import sys
import zipfile

STRINGS = {"PLATLIBDIR"}
EXPECTED = {"SIZEOF_VOID_P": 4, "SIZEOF_LONG": 4, "SIZEOF_SIZE_T": 4, "SIZEOF_TIME_T": 8}


def build_variables(stdlib: str) -> dict:
  with zipfile.ZipFile(stdlib) as archive:
    names = [n for n in archive.namelist() if n.startswith("_sysconfigdata")]
    if len(names) != 1:
      sys.exit(f"{stdlib}: expected one _sysconfigdata module, found {names}")
    scope: dict = {}
    exec(archive.read(names[0]).decode(), scope)
  return scope["build_time_vars"]


def macro_line(name: str, variables: dict) -> str:
  value = variables.get(name, "")
  if value == "" or (value == 0 and not name.startswith(("SIZEOF", "ALIGNOF"))):
    return f"/* #undef {name} */\n"
  if name in STRINGS:
    return f'#define {name} "{value}"\n'
  return f"#define {name} {value}\n"


def main() -> None:
  stdlib, template, output = sys.argv[1:]
  variables = build_variables(stdlib)
  wrong = {k: variables.get(k) for k, v in EXPECTED.items() if variables.get(k) != v}
  if wrong:
    sys.exit(f"{stdlib} is not a wasm32 Python: {wrong}")
  pattern = re.compile(r"\s*#\s*define\s+(\w+)|/\*\s*#undef\s+(\w+)\s*\*/")
  lines, seen = [], {"Py_PYCONFIG_H"}
  for line in open(template):
    match = pattern.match(line)
    name = match and (match.group(1) or match.group(2))
    if name in seen and name != "Py_PYCONFIG_H":
      continue
    if name and name not in seen:
      line = macro_line(name, variables)
      seen.add(name)
    lines.append(line)
  with open(output, "w") as out:
    out.writelines(lines)


if __name__ == "__main__":
  main()
