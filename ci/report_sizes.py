#!/usr/bin/env python3
"""Reports the sizes of our files; one over 700 lines needs a reason in ci/large_files.txt.

Prints the median, the largest files and every file over the limit. A file over it without a reason,
or a reason for a file that needs none, fails. Ends with "N passed, N failed" (one check).
"""
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 700
SUFFIXES = {".cpp", ".h", ".c", ".def", ".py", ".js", ".mjs", ".sh", ".cmake", ".ts", ".pyi"}


def reasons() -> dict[str, str]:
  rows = (ROOT / "ci" / "large_files.txt").read_text().splitlines()
  return dict(row.split(maxsplit=1) for row in rows if row and not row.startswith("#"))


def main() -> int:
  listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True,
                          capture_output=True, check=True).stdout.split("\n")
  files = [ROOT / f for f in listed if pathlib.Path(f).suffix in SUFFIXES and (ROOT / f).is_file()]
  lines = {str(f.relative_to(ROOT)): len(f.read_text(errors="replace").splitlines()) for f in files}
  why = reasons()
  ranked = sorted(lines, key=lambda f: -lines[f])
  print(f"{len(lines)} files, {sum(lines.values())} lines, "
        f"median {statistics.median(lines.values()):.0f}; the largest:")
  for name in ranked[:5]:
    print(f"  {lines[name]:5d} {name}")
  failures = 0
  for name in (n for n in ranked if lines[n] > LIMIT):
    failures += name not in why
    print(f"over {LIMIT} lines: {name} ({lines[name]}): {why.get(name, 'no reason given')}")
  for name in (n for n in why if lines.get(n, 0) <= LIMIT):
    failures += 1
    print(f"ci/large_files.txt: {name} is not over {LIMIT} lines")
  print(f"{int(failures == 0)} passed, {int(failures > 0)} failed")
  return 1 if failures else 0


if __name__ == "__main__":
  sys.exit(main())
