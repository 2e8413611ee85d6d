"""mejit natively, against NumPy, numexpr, blosc2 and C: python benchmarks/native.py [options].

Prints a table per dtype and size: mejit's nanoseconds per element, and how many times as long each
other contender takes (more than 1: mejit is faster). See README.md.
"""

import argparse
import json
import os
import pathlib
import platform
import sys

import numpy as np

import mejit
import limits
import report
from report import OURS
from measure import compare, summary
from rows import ROWS



def optional(name):
    try:
        return __import__(name), None
    except ImportError as error:
        return None, str(error)


numexpr, numexpr_missing = optional("numexpr")
blosc2, blosc2_missing = optional("blosc2")


def make_arrays(row, dtype, items):
    random = np.random.default_rng(7)
    return {name: random.uniform(low, high, items).astype(dtype)
            for name, (low, high) in row.arrays.items()}


def numpy_call(source, arrays, out, reduces):
    if callable(source):
        return lambda: source(*arrays.values(), out, np)
    names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
    code = compile(source, "<row>", "eval")
    scope = {**names, **arrays}

    def call():
        result = eval(code, scope)
        out[...] = result

    return (lambda: eval(code, scope)) if reduces else call


def numexpr_call(source, arrays, out, threads):
    extra = {} if out is None else {"out": out}

    def call():
        numexpr.set_num_threads(threads)
        return numexpr.evaluate(source, arrays, {}, **extra)

    return call


def blosc2_call(source, arrays):
    # Its own arrays, in memory and uncompressed: what serves it best.
    operands = {n: blosc2.asarray(a, cparams={"clevel": 0}) for n, a in arrays.items()}
    expression = blosc2.lazyexpr(source, operands=operands)
    return lambda: expression[...]


def contenders_of(row, dtype, items, c_functions):
    arrays = make_arrays(row, dtype, items)
    values = list(arrays.values())
    result = np.empty(() if row.reduces else items, dtype)
    types = {name: dtype for name in arrays}
    calls = {}
    results = {}

    def add(name, call, out=None):
        calls[name] = call
        results[name] = out

    jit = mejit.compile(row.text, types)
    if jit.tier == "interpreter":
        raise SystemExit(f"{row.name}: no JIT here: {jit.explain()}")
    interpreted = mejit.compile(row.text, types, tier="interpreter")
    for name, kernel in ((OURS, jit), ("mejit interpreter", interpreted)):
        out = result.copy().astype(kernel.dtype)
        if row.reduces:
            add(name, lambda kernel=kernel: kernel(*values))
        else:
            add(name, lambda kernel=kernel, out=out: kernel(*values, out=out), out)

    source = row.source("numpy")
    if source is not None:
        out = result.copy()
        add("NumPy", numpy_call(source, arrays, out, row.reduces), None if row.reduces else out)
    source = row.source("numexpr")
    if numexpr is not None and source is not None:
        out = None if row.reduces else result.copy()
        for name, threads in (("numexpr, 1 thread", 1), ("numexpr", os.cpu_count())):
            add(name, numexpr_call(source, arrays, out, threads), out)
    source = row.source("blosc2")
    if blosc2 is not None and source is not None:
        add("blosc2", blosc2_call(source, arrays))
    out = result.copy()
    function = c_functions[row.name, dtype]
    pointers = [out.ctypes.data, *(a.ctypes.data for a in values)]
    add("C, 128 bit", lambda: function(*pointers, items), out)
    return calls, results


def check(row, dtype, results):
    """All contenders must have computed the same thing."""
    want = results.get("C, 128 bit")
    if row.reduces or want is None:
        return
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for name, got in results.items():
        if got is not None and not np.allclose(got, want, rtol=tolerance, atol=tolerance):
            raise SystemExit(f"{row.name}, {dtype}: {name} computes something else than C")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--sizes", default="4096,1000000")
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=pathlib.Path, help="write all figures here")
    parser.add_argument("--plot", type=pathlib.Path, help="write a picture here (.svg or .png)")
    options = parser.parse_args()

    rows = [row for row in ROWS if options.rows in row.name]
    c_functions = limits.native(rows)
    figures = []
    for dtype in options.dtypes.split(","):
        for items in map(int, options.sizes.split(",")):
            for row in rows:
                if row.sizes and items not in row.sizes:
                    continue
                calls, results = contenders_of(row, dtype, items, c_functions)
                samples = compare(calls, items, options.rounds)
                check(row, dtype, results)
                figures.append({"row": row.name, "group": row.group, "dtype": dtype,
                                "items": items,
                                "ns": {name: summary(s) for name, s in samples.items()}})
    place = (f"mejit {mejit.__version__}, {mejit.host()}, Python {platform.python_version()}, "
             f"NumPy {np.__version__}")
    print(place)
    for name, module, why in (("numexpr", numexpr, numexpr_missing),
                              ("blosc2", blosc2, blosc2_missing)):
        print(f"{name} {module.__version__}" if module else f"{name}: missing ({why})")
    print(report.table(figures))
    if options.json:
        options.json.write_text(json.dumps({"place": place, "figures": figures}))
    if options.plot:
        report.plot(figures, options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
