"""The Python side of pyodide.mjs: runs inside Pyodide, next to the JavaScript contenders.

A contender is a function of one number, how many times to do the row's job: one call from
JavaScript per turn, so that crossing over is not what is measured.
"""

import ctypes
import os

import numpy as np

import mejit
from c_kernel import CKernel
from contenders import OURS, disagreement, missing, python_contenders, versions
from measure import repeat
from rows import ROWS

_row = None  # what prepare() made last: row, dtype, result of mejit, all that must live as long


def prepare(index, dtype, asked):
    """Arrays, contenders, what is excluded and the arguments of me_kernel_eval, for one row."""
    global _row
    row = ROWS[index]
    items = row.items(asked)
    arrays, contenders, excluded = python_contenders(row, dtype, items)
    want = contenders[OURS].result().copy()
    core = ctypes.CDLL(os.path.join(os.path.dirname(mejit.__file__), "mejit.so"))
    kernel = CKernel(core, row.text, arrays, want.dtype, row.reduces)
    _row = row, dtype, want, kernel, contenders
    for name, contender in list(contenders.items()):
        refuse(name, disagreement(row, dtype, contender.result(), want), excluded)
    return {"arrays": arrays, "arguments": kernel.arguments, "items": items, "excluded": excluded,
            "contenders": {n: repeat(c.call) for n, c in contenders.items() if n not in excluded},
            "tier": contenders[OURS].way,
            "ways": {n: c.way for n, c in contenders.items() if c.way and not n.startswith("mejit")}}


def refuse(name, wrong, excluded):
    if wrong and name.startswith("mejit"):
        raise RuntimeError(f"{_row[0].name}, {_row[1]}: {name} {wrong}")
    if wrong:
        excluded[name] = wrong


def check(got):
    """(what is wrong with the result of a contender of JavaScript's, or an empty text; items that
differ)."""
    row, dtype, want, _, _ = _row
    got = np.asarray(got.to_py())
    got = got[0] if row.reduces else got
    return disagreement(row, dtype, got, want), int(np.count_nonzero(got != want))


def check_c_kernel():
    row, dtype, want, kernel, _ = _row
    return disagreement(row, dtype, kernel.out, want)


def describe():
    return [{"name": row.name, "group": row.group, "arrays": list(row.arrays), "js": row.source("js"),
             "js_setup": row.js_setup, "reduces": row.reduces, "dtypes": list(row.dtypes),
             "result": row.result, "wasm_limit": row.wasm_limit} for row in ROWS]


def about():
    return {"versions": versions(), "missing": missing()}
