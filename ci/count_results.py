#!/usr/bin/env python3
"""Counts passed and failed tests in the log of one test step.

usage: count_results.py LOG EXIT_STATUS      prints "PASSED FAILED"

Understands doctest, node --test, pytest and a plain line "N passed, N failed", each also inside the
verbose output of ctest (lines "12: ..."), and ctest's own verdicts: a program that failed without
saying a count (a crash, a time limit) is one failure, one that passed silently is one pass. A step
that ended with an error but reported no failure counts as one failure.
"""
import re
import sys
from collections import defaultdict

INNER = re.compile(r"^(\d+): ?(.*)$")
VERDICT = re.compile(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.*\s*(Passed|\*\*\*.*|Subprocess.*|.*Failed.*)")
DOCTEST = re.compile(r"\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed$")
NODE = re.compile(r"^(?:#|\u2139) (pass|fail|cancelled) (\d+)$")
PYTEST = re.compile(r"^=*\s*(?:\d+ \w+,? )*.*\bin [\d.]+s")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def counts_of_line(line: str) -> tuple[int, int] | None:
  match = DOCTEST.search(line) or PLAIN.match(line)
  if match:
    return int(match.group(1)), int(match.group(2))
  match = NODE.match(line)
  if match:
    number = int(match.group(2))
    return (number, 0) if match.group(1) == "pass" else (0, number)
  if PYTEST.match(line) and re.search(r"\d+ (passed|failed|error)", line):
    def of(word):
      found = re.search(rf"(\d+) {word}", line)
      return int(found.group(1)) if found else 0
    return of("passed"), of("failed") + of("error")
  return None


def main() -> None:
  log, status = sys.argv[1], int(sys.argv[2])
  totals = defaultdict(lambda: [0, 0])
  verdicts = {}
  for raw in open(log, errors="replace"):
    line = COLOUR.sub("", raw.rstrip())
    verdict = VERDICT.match(line)
    if verdict:
      verdicts[verdict.group(1)] = verdict.group(3).startswith("Passed")
      continue
    inner = INNER.match(line)
    program, text = (inner.group(1), inner.group(2)) if inner else ("", line)
    found = counts_of_line(text.strip())
    if found:
      totals[program][0] += found[0]
      totals[program][1] += found[1]
  for program, passed in verdicts.items():
    if passed and totals[program] == [0, 0]:
      totals[program][0] = 1
    if not passed and totals[program][1] == 0:
      totals[program][1] = 1
  passed = sum(t[0] for t in totals.values())
  failed = sum(t[1] for t in totals.values())
  print(passed, failed + (1 if status != 0 and failed == 0 else 0))


if __name__ == "__main__":
  main()
