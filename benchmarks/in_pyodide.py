"""The Python side of pyodide.mjs: runs inside Pyodide, next to the JavaScript contenders.

A contender is a function of one number, how many times to do the row's job: one call from JavaScript
per turn, so that crossing over is not what is measured.
"""

import numpy as np

import mejit
from rows import ROWS


def repeat(call):
    def run(count):
        for _ in range(count):
            call()

    return run


def prepare(index, dtype, items):
    """Arrays, contenders and their outputs for one row, as dicts that JavaScript reads."""
    row = ROWS[index]
    random = np.random.default_rng(7)
    arrays = {name: random.uniform(low, high, items).astype(dtype)
              for name, (low, high) in row.arrays.items()}
    values = list(arrays.values())
    types = {name: dtype for name in arrays}
    contenders = {}
    outputs = {}

    def add(name, call, out):
        contenders[name] = repeat(call)
        outputs[name] = out

    for name, tier in (("mejit JIT", "optimizing"), ("mejit interpreter", "interpreter")):
        kernel = mejit.compile(row.text, types, tier=tier)
        if kernel.tier != tier:
            raise RuntimeError(f"{row.name}: {kernel.explain()}")
        if row.reduces:
            add(name, lambda kernel=kernel: kernel(*values), None)
        else:
            out = np.empty(items, kernel.dtype)
            add(name, lambda kernel=kernel, out=out: kernel(*values, out=out), out)

    source = row.source("numpy")
    if callable(source):
        out = np.empty(items, dtype)
        add("NumPy", lambda: source(*values, out, np), out)
    elif source is not None:
        names = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")}
        code = compile(source, "<row>", "eval")
        scope = {**names, **arrays}
        # NumPy's own way: the last operation allocates its result.
        add("NumPy", lambda: eval(code, scope), None)
    return {"arrays": arrays, "contenders": contenders, "outputs": outputs}


def describe():
    return [{"name": row.name, "group": row.group, "arrays": list(row.arrays), "js": row.source("js"),
             "js_setup": row.js_setup, "reduces": row.reduces, "sizes": list(row.sizes),
             "wasm_limit": row.wasm_limit} for row in ROWS]
