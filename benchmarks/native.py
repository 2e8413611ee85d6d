"""mejit natively, against NumPy, numexpr, blosc2 and C: python benchmarks/native.py [options].

Prints a table per dtype and size: mejit's nanoseconds per element, and how many times as long each
other contender takes (more than 1: mejit is faster). See README.md.
"""

import argparse
import ctypes
import json
import pathlib
import platform
import sys

import mejit
import numpy as np
import limits
import machine
import report
from c_kernel import CKernel
from contenders import OURS, disagreement, missing, python_contenders, versions
from measure import TURN_SECONDS, compare, repeat, summary
from report import DIRECT, NATIVE_LIMIT
from rows import ROWS


def library():
    """The library that the package has loaded."""
    return ctypes.CDLL(str(pathlib.Path(mejit.__file__).parent / "libmejit.so"))


def measure_row(row, dtype, asked, loops, rounds, turn):
    items = row.items(asked)
    arrays, contenders, excluded = python_contenders(row, dtype, items)
    runs = {name: repeat(c.call) for name, c in contenders.items()}
    results = {name: c.result() for name, c in contenders.items()}
    want = results[OURS]

    core = library()
    kernel = CKernel(core, row.text, arrays, want.dtype, row.reduces)
    runs[DIRECT] = loops.repeat_eval(core.me_kernel_eval, kernel)
    runs[DIRECT](1)
    results[DIRECT] = kernel.out
    # A loop that writes nothing is found out.
    out = np.ones_like(want) if want.dtype == bool else np.zeros_like(want)
    runs[NATIVE_LIMIT] = loops.repeat(row, dtype, out, arrays)
    runs[NATIVE_LIMIT](1)
    results[NATIVE_LIMIT] = out

    for name, got in results.items():
        wrong = disagreement(row, dtype, got, want)
        if wrong and name.startswith("mejit"):
            raise SystemExit(f"{row.name}, {dtype}: {name} {wrong}")
        if wrong:
            excluded[name] = wrong
            del runs[name]
    around = {name: (c.enter, c.leave) for name, c in contenders.items()}
    samples = compare(runs, items, rounds, turn, around)
    return {"row": row.name, "group": row.group, "dtype": dtype, "items": asked, "measured": items,
            "tier": contenders[OURS].way, "excluded": excluded,
            "ways": {n: c.way for n, c in contenders.items() if c.way and not n.startswith("mejit")},
            "ns": {name: summary(s) for name, s in samples.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--sizes", default="4096,1000000")
    parser.add_argument("--dtypes", default="float64,float32,int64,int32")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="little of everything: shows that it runs")
    parser.add_argument("--json", type=pathlib.Path, help="write all figures here")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.rounds = "256", 1

    rows = [row for row in ROWS if options.rows in row.name]
    loops = limits.Native(rows)
    figures = [measure_row(row, dtype, items, loops, options.rounds,
                           1e-4 if options.quick else TURN_SECONDS)
               for dtype in options.dtypes.split(",")
               for items in map(int, options.sizes.split(","))
               for row in rows if dtype in row.dtypes]
    measured = {"place": f"native, {mejit.host().split(' (')[0]}, Python {platform.python_version()}",
                "machine": machine.describe(), "versions": versions(), "missing": missing(),
                "figures": figures}
    print(report.text(measured))
    if options.json:
        options.json.write_text(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
