"""What a call costs besides the work, natively: C functions, compiled kernels, evaluate().

    python benchmarks/overhead.py [--library build/native/libmejit.so] [--json FILE]

Rows take turns and keep their fastest turn, in nanoseconds per call; the C rows are overhead.c's.
--json writes them all, and the three that have goals (goals.py) under "ns". Peers stand beside the rows: one NumPy ufunc with out=, numexpr's evaluate and re_evaluate.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import mejit

HERE = Path(__file__).resolve().parent
CALLS, TURNS = 500, 60


def c_rows(library):
    """The rows of overhead.c, linked with `library`."""
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, "overhead")
        subprocess.run(
            ["cc", "-O2", "-D_POSIX_C_SOURCE=199309L", f"-I{HERE.parent / 'include'}",
             str(HERE / "overhead.c"), str(library), f"-Wl,-rpath,{library.parent}", "-o", program],
            check=True)
        return json.loads(subprocess.run([program], check=True, capture_output=True).stdout)


def python_rows(items):
    """{name: callable without arguments} over arrays of that many items."""
    a, b = np.linspace(0, 1, items), np.linspace(1, 2, items)
    out = np.empty(items)
    kernel = mejit.compile("a*b + 1", "float64")
    total = mejit.compile("sum(a*b)", "float64")
    scope = {"a": a, "b": b}

    def evaluate():
        return mejit.evaluate("a*b + 1")

    def evaluate_here(a=a, b=b, out=out):
        return mejit.evaluate("a*b + 1", out=out)

    rows = {
        "Kernel, out=": lambda: kernel(a, b, out=out),
        "Kernel": lambda: kernel(a, b),
        "Kernel, sum": lambda: total(a, b),
        "Kernel, strided": lambda s=a[::-1]: kernel(s, b, out=out),
        "evaluate, out=": evaluate_here,
        "evaluate, dicts": lambda: mejit.evaluate("a*b + 1", scope, {}, out),
        "NumPy add, out=": lambda: np.add(a, b, out),
    }
    try:
        import numexpr
    except ImportError:
        print("numexpr cannot be imported: not measured", file=sys.stderr)
    else:
        numexpr.set_num_threads(1)
        numexpr.evaluate("a*b + 1", out=out)
        rows["numexpr evaluate, out="] = lambda a=a, b=b: numexpr.evaluate("a*b + 1", out=out)
        rows["numexpr re_evaluate"] = lambda a=a, b=b: numexpr.re_evaluate()
    return rows


def measure(rows):
    """Nanoseconds per call of each row, without those of calling an empty function."""
    best = dict.fromkeys(["", *rows], float("inf"))
    calls = {"": lambda: None, **rows}
    for call in rows.values():
        call()
    for _ in range(TURNS):
        for name, call in calls.items():
            start = time.perf_counter_ns()
            for _ in range(CALLS):
                call()
            best[name] = min(best[name], (time.perf_counter_ns() - start) / CALLS)
    empty = best.pop("")
    return {name: ns - empty for name, ns in best.items()}


def with_goals(groups, c_api, python):
    """What --json writes: all groups of rows, and under "ns" the figures that have goals."""
    figures = {"kernel_out": groups[python]["Kernel, out="], "evaluate": groups[python]["evaluate, out="]}
    if c_api is not None:
        figures["c_api"] = c_api
    return {"ns": figures, "rows": groups}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, default=HERE.parent / "build/native/libmejit.so")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    groups = {}
    if arguments.library.exists():
        groups["C"] = c_rows(arguments.library.resolve())
    else:
        print(f"{arguments.library} is not there: C is not measured", file=sys.stderr)
    for items in (1, 4096):
        groups[f"Python, {items} items"] = measure(python_rows(items))
    for group, rows in groups.items():
        print(f"\n{group}")
        for name, ns in rows.items():
            print(f"  {name:40} {ns:9.0f} ns")
    if arguments.json:
        c_api = groups.get("C", {}).get("me_eval, 1 item")
        arguments.json.write_text(json.dumps(with_goals(groups, c_api, "Python, 1 items"), indent=1) + "\n")


if __name__ == "__main__":
    main()
