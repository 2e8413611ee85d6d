"""The contenders that are Python packages, natively and in Pyodide alike.

`python_contenders(row, dtype, items)` gives name -> Contender. A contender's `call()` does the
row's job once, as a user would write it: with an output to fill where the package takes one.
What a package cannot do is in `excluded`, by name, with the reason: nothing is left out in
silence. blosc2 has several ways to the same result; the fastest one is taken, and named in
`way`. What takes turns with others does `enter()` before its turn and `leave()` after it, which is
not timed: threads are there when the turn begins, and gone in the turns of others.
"""

import linecache
import os
import sys
import time
from dataclasses import dataclass, replace

import numpy as np

import mejit
from rows import INTEGERS

OURS = "mejit"
OURS_THREADED = "mejit, all threads"
IN_WASM = sys.platform == "emscripten"
PROCESSORS = 1 if IN_WASM else os.cpu_count()


def _optional(name):
    try:
        return __import__(name), ""
    except ImportError as error:
        return None, f"{name} is missing: {error}"


numexpr, numexpr_missing = _optional("numexpr")
blosc2, blosc2_missing = _optional("blosc2")


def _nothing():
    pass


@dataclass
class Contender:
    call: object
    out: object = None  # the array that call() fills; None: it returns its result
    way: str = ""
    enter: object = _nothing
    leave: object = _nothing

    def result(self):
        self.enter()
        try:
            returned = self.call()
        finally:
            self.leave()
        return self.out if self.out is not None else np.asarray(returned[()])


def _mejit(row, dtype, arrays, **options):
    kernel = mejit.compile(row.text, {name: dtype for name in arrays}, **options)
    values = list(arrays.values())
    if row.reduces:
        return Contender(lambda: kernel(*values), None, kernel.tier)
    out = np.empty(values[0].shape, kernel.dtype)
    return Contender(lambda: kernel(*values, out=out), out, kernel.tier)


def _with_threads(contender, set_threads, threads):
    """The contender with so many threads, which its turn finds at work."""
    def enter():
        set_threads(threads)
        contender.call()

    return replace(contender, enter=enter, leave=lambda: set_threads(1))


def _mejit_threaded(row, dtype, arrays, threads):
    return _with_threads(_mejit(row, dtype, arrays), mejit.set_num_threads, threads)


def _numpy(row, dtype, arrays):
    source = row.source("numpy")
    if source is None:
        return None
    if callable(source):
        out = np.empty(next(iter(arrays.values())).shape, row.result_dtype(dtype))
        arguments = (*arrays.values(), out, np)
        return Contender(lambda: source(*arguments), out)
    scope = {name: getattr(np, name) for name in dir(np) if not name.startswith("_")} | arrays
    code = compile(source, "<row>", "eval")
    # A longer formula: each operation allocates its result.
    return Contender(lambda: eval(code, scope))


def _numexpr(row, dtype, arrays, threads):
    source = row.source("numexpr")
    if numexpr is None or source is None:
        return None
    extra = {}
    if not row.reduces:
        extra["out"] = np.empty(next(iter(arrays.values())).shape, row.result_dtype(dtype))
        extra["casting"] = "same_kind"  # its constants are float64
    one = Contender(lambda: numexpr.evaluate(source, arrays, {}, **extra), extra.get("out"))
    return _with_threads(one, numexpr.set_num_threads, threads)


def _function_of(text):
    """The function of a text that is in no file; blosc2 asks for its source."""
    name = f"<kernel {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {}
    exec(compile(text, name, "exec"), namespace)
    return next(v for v in namespace.values() if callable(v))


def _blosc2_expressions(row, arrays, stored):
    """Its lazy expressions, over NumPy's arrays and over its own: (way, function that makes a call)."""
    source = row.source("blosc2")
    if source is None:
        return

    def whole(operands):
        lazy = blosc2.lazyexpr(source, operands=operands)
        return lambda: lazy[()]

    def sliced(operands):
        lazy = blosc2.lazyexpr(source, operands=operands)
        return lambda: lazy[...]

    def computed(operands):
        lazy = blosc2.lazyexpr(source, operands=operands)
        return lambda: lazy.compute(cparams={"clevel": 0})

    yield "NumPy arrays [()]", lambda: whole(arrays)
    yield "NumPy arrays [...]", lambda: sliced(arrays)
    if not row.reduces:
        yield "its arrays", lambda: computed(stored)


def _blosc2_kernels(row, dtype, stored):
    """Its kernels, by every compiler that it has here."""
    source = row.blosc2_source()
    if source is None:
        return
    kernel = blosc2.dsl_kernel(_function_of(source))

    def compiled(compiler):
        lazy = blosc2.lazyudf(kernel, tuple(stored.values()), dtype=np.dtype(row.result_dtype(dtype)),
                              jit=True, jit_backend=compiler)
        return lambda: lazy.compute(cparams={"clevel": 0})

    for compiler in ("tcc", "js") if IN_WASM else ("tcc", "cc"):
        yield compiler, lambda compiler=compiler: compiled(compiler)


def _fastest(ways, threads):
    """The fastest of several ways by a few calls each; raises when none works."""
    if not IN_WASM:
        blosc2.set_nthreads(threads)
    best = None
    reasons = []
    for way, make in ways:
        try:
            call = make()
            call()
            seconds = []
            for _ in range(3):
                started = time.perf_counter()
                call()
                seconds.append(time.perf_counter() - started)
        except Exception as error:
            reasons.append(f"{way}: {_first_line(error)}")
            continue
        if best is None or min(seconds) < best[0]:
            best = min(seconds), Contender(call, None, way)
    if best is None and reasons:
        raise RuntimeError("; ".join(reasons))
    if best is None or IN_WASM:
        return best and best[1]
    return _with_threads(best[1], blosc2.set_nthreads, threads)


def _first_line(error):
    return (str(error) or type(error).__name__).strip().splitlines()[0][:120]


def blosc2_fault(row, dtype):
    """Why blosc2 is not asked to do a row here, or an empty text."""
    if IN_WASM and row.name == "Black-Scholes" and dtype == "float32":
        return "ends the runtime here"
    return ""


def python_contenders(row, dtype, items):
    """(arrays, name -> Contender, name -> reason): what takes part, and what does not and why."""
    arrays = row.inputs(np, dtype, items)
    contenders = {}
    excluded = {}

    def add(name, make, *arguments):
        try:
            made = make(*arguments)
        except Exception as error:
            excluded[name] = _first_line(error)
            return
        if made is not None:
            contenders[name] = made

    contenders[OURS] = _mejit(row, dtype, arrays)
    if PROCESSORS > 1:
        contenders[OURS_THREADED] = _mejit_threaded(row, dtype, arrays, PROCESSORS)
    contenders["mejit interpreter"] = _mejit(row, dtype, arrays, tier="interpreter")
    add("NumPy", _numpy, row, dtype, arrays)
    if numexpr is not None:
        add("numexpr", _numexpr, row, dtype, arrays, 1)
        if PROCESSORS > 1:
            add("numexpr, all threads", _numexpr, row, dtype, arrays, PROCESSORS)
    if blosc2 is not None and (fault := blosc2_fault(row, dtype)):
        excluded["blosc2"] = excluded["blosc2 kernel"] = fault
    elif blosc2 is not None:
        # In memory and uncompressed: what serves it best.
        stored = {n: blosc2.asarray(a, cparams={"clevel": 0}) for n, a in arrays.items()}
        for threads in {1, PROCESSORS}:
            more = ", all threads" if threads > 1 else ""
            add("blosc2" + more, lambda: _fastest(_blosc2_expressions(row, arrays, stored), threads))
            add("blosc2 kernel" + more,
                lambda: _fastest(_blosc2_kernels(row, dtype, stored), threads))
    return arrays, contenders, excluded


def missing():
    """What could not be had at all, one line each."""
    absent = [("blosc2", blosc2, blosc2_missing)]
    if not IN_WASM:
        absent.append(("numexpr", numexpr, numexpr_missing))
    return [why for _, module, why in absent if module is None]


def versions():
    return {module.__name__: module.__version__ for module in (mejit, np, numexpr, blosc2)
            if module is not None}


def disagreement(row, dtype, got, want):
    """What is wrong with a contender's result, or an empty text. `want` is mejit's."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return f"gives {got.shape[0] if got.shape else 'one'} items"
    if dtype in INTEGERS or row.result_dtype(dtype) == "bool":
        equal = got.astype(want.dtype) == want
    else:
        tolerance = 1e-9 if dtype == "float64" else 2e-3
        # A sum of n terms is compared with the size of the terms, not of what is left of them.
        equal = np.isclose(got, want, rtol=tolerance, atol=tolerance * (1000 if row.reduces else 1))
    wrong = equal.size - np.count_nonzero(equal)
    share = wrong / max(1, equal.size)
    return "" if share <= row.differ else f"computes something else in {share:.0%} of the items"
