#!/usr/bin/env python3
"""Compares wasm/exports.txt with the functions that include/*.h declare.

Prints what differs and ends with "N passed, N failed"; one check per header and one for the list.
Fails when a declared function is not exported or an exported name is declared nowhere.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What guests implement or import is declared for them, not exported by the library.
NOT_OURS = {"me_guest.h"}


def declared(header: pathlib.Path) -> set[str]:
  text = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*(\\\n[^\n]*)*", " ", header.read_text(), flags=re.S | re.M)
  return set(re.findall(r"\b(me_\w+)\s*\([^;{]*\)\s*;", text))


def main() -> int:
  lines = (ROOT / "wasm" / "exports.txt").read_text().splitlines()
  exports = [line for line in lines if line and not line.startswith("#")]
  headers = [h for h in sorted((ROOT / "include").glob("*.h")) if h.name not in NOT_OURS]
  problems = []
  for header in headers:
    missing = sorted(declared(header) - set(exports))
    if missing:
      problems.append(f"include/{header.name}: not in wasm/exports.txt: {', '.join(missing)}")
  unknown = sorted(set(exports) - set().union(*map(declared, headers)))
  if unknown or len(exports) != len(set(exports)):
    problems.append(f"wasm/exports.txt: undeclared or repeated: {', '.join(unknown)}")
  for problem in problems:
    print(problem)
  print(f"{len(headers) + 1 - len(problems)} passed, {len(problems)} failed")
  return 1 if problems else 0


if __name__ == "__main__":
  sys.exit(main())
