"""The first evaluation of a process that finds its kernels in the kernel cache: python benchmarks/second_process.py [options].

Every sample is a fresh process with the cache of an earlier one. `first` is the time from the statement with the
program's text to its result, `warm` the median of the same statement later in the same process. Before each of
both the same is done with the arrays: they are written anew. So is the array of `out=`; without it every
evaluation allocates, and results are kept, so that all of them fill fresh pages. `at once` evaluates directly
after `import mejit`, before the host, which the import has begun to load, may be there. Rows take turns. Prints
medians over the processes in microseconds, and what the first evaluation spent by mejit's counters (`*_ns`).
In Pyodide: second_process.mjs, which keeps kernel files in a directory store and shows its figures with --report;
`cache on` is after `await use_kernel_cache(store)`, whose time is told beside.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROWS = {
    "expression": "a*b + 1",
    "reduction": "sum(a*b)",
    "loop": """def escape(a, b):
    zr = 0.0
    zi = 0.0
    n = 0
    for k in range(20):
        t = zr*zr - zi*zi + a
        zi = 2*zr*zi + b
        zr = t
        if zr*zr + zi*zi > 4:
            break
        n = n + 1
    return n
""",
    "Black-Scholes": """def black_scholes(a, b):
    s = 100.0 + a
    k = 90.0 + b
    t = 0.5
    r = 0.05
    v = 0.2
    d1 = (log(s/k) + (r + v*v/2)*t) / (v*sqrt(t))
    d2 = d1 - v*sqrt(t)
    n1 = 0.5*(1 + erf(d1/1.4142135623730951))
    n2 = 0.5*(1 + erf(d2/1.4142135623730951))
    return s*n1 - k*exp(-r*t)*n2
""",
}
SIZES = (10, 1_000_000)
WAYS = ("evaluate", "evaluate out=", "compile, call", "at once")
PHASES = ("parse", "infer", "build", "passes", "schedule", "lower", "optimize", "encode", "instantiate")
TYPES = {"a": "float64", "b": "float64"}
_WARM = 15


def _arrays(row, items, with_out):
    import numpy as np

    arrays = {"a": np.empty(items), "b": np.empty(items)}
    if with_out:
        arrays["out"] = np.empty(() if row == "reduction" else items, "int64" if row == "loop" else "float64")
    _write(arrays)
    return arrays


def _write(arrays):
    """In place: large temporary arrays would leave their pages to the next result."""
    import numpy as np

    for scale, name in enumerate(TYPES, 1):
        arrays[name].reshape(-1, 10)[:] = np.linspace(0.1, 1, 10) * scale
    if "out" in arrays:
        arrays["out"][...] = 1


def _sample(row, items, way):
    """What one process measures: first, warm and phases in microseconds."""
    arrays = _arrays(row, items, way == "evaluate out=")
    text = ROWS[row]
    import mejit

    values = {name: arrays[name] for name in TYPES}
    out = arrays.get("out")

    def evaluate():
        return mejit.evaluate(text, values, {}, out=out)

    def compile_and_call():
        return mejit.compile(text, TYPES)(values["a"], values["b"])

    statement = compile_and_call if way == "compile, call" else evaluate
    if way != "at once":
        _write(arrays)
    started = time.perf_counter()
    kept = [statement()]
    first = (time.perf_counter() - started) * 1e6
    counters = mejit.counters()
    times = []
    for _ in range(_WARM):
        _write(arrays)
        started = time.perf_counter()
        result = statement()
        times.append((time.perf_counter() - started) * 1e6)
        kept.append(result)
    return {"first": first, "warm": statistics.median(times), "hits": counters["disk_hits"], "switched": 0,
            "tier": mejit.compile(text, TYPES).tier, **{p: counters[p + "_ns"] / 1e3 for p in PHASES}}


async def sample_beside(row, items, store, file, cache_on):
    """The same in Pyodide: `await compile_async(store=)` and a call; load() of a kernel file and a call."""
    import mejit

    started = time.perf_counter()
    if cache_on:
        await mejit.use_kernel_cache(store)
    switched = (time.perf_counter() - started) * 1e6
    before = mejit.counters()
    arrays, text = _arrays(row, items, False), ROWS[row]
    values = [arrays[name] for name in TYPES]

    async def stored():
        kernel = await mejit.compile_async(text, TYPES, store=store)
        return kernel, kernel(*values)

    async def loaded():
        kernel = mejit.load(file)
        return kernel, kernel(*values)

    statement = loaded if file is not None else stored
    _write(arrays)
    started = time.perf_counter()
    kernel, result = await statement()
    first = (time.perf_counter() - started) * 1e6
    counters = mejit.counters()
    kept, times = [result], []
    for _ in range(_WARM):
        _write(arrays)
        started = time.perf_counter()
        kept.append(await statement())
        times.append((time.perf_counter() - started) * 1e6)
    return json.dumps({"first": first, "warm": statistics.median(times), "tier": kernel.tier, "switched": switched,
                       **{p: (counters[p + "_ns"] - before[p + "_ns"]) / 1e3 for p in PHASES}})


def file_of(row):
    """The bytes of a row's kernel file."""
    import mejit

    return mejit.compile(ROWS[row], TYPES).save()


def _process(row, items, way, cache):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ME_CACHE")}
    done = subprocess.run([sys.executable, __file__, "--sample", row, str(items), way], text=True,
                          capture_output=True, env={**environment, **cache}, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def measure(rounds, rows, sizes):
    """[row, items, way] -> samples, one of each process."""
    work = [(row, items, way) for row in rows for items in sizes for way in WAYS]
    samples = [(job, []) for job in work]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"ME_CACHE_DIR": os.path.join(folder, "kernels")}
        for row in rows:  # the process before
            _process(row, 10, "evaluate", cache)
            _process(row, 10, "evaluate out=", cache)
        for _ in range(rounds):
            random.shuffle(samples)
            for job, got in samples:
                got.append(_process(*job, cache))
    return sorted(samples, key=lambda pair: work.index(pair[0]))


def report(samples):
    lines = [f"{'':15}{'items':>8}  {'':25}{'first':>8}{'warm':>8}{'ratio':>7}  tier"]
    for (row, items, way), got in samples:
        def median(column, got=got):
            return statistics.median(sample[column] for sample in got)

        first, warm = median("first"), median("warm")
        lines.append(f"{row:15}{items:8}  {way:25}{first:8.0f}{warm:8.0f}{first / warm:7.2f}  {got[0]['tier']}")
        phases = " ".join(f"{p} {median(p):.0f}" for p in PHASES if median(p) >= 0.5)
        if median("switched") >= 10:
            phases += f" (use_kernel_cache before it: {median('switched'):.0f})"
        rest = first - warm - sum(median(p) for p in PHASES)
        lines.append(f"{'':25}of the first: {phases}, rest beyond warm {rest:.0f}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="processes of each row")
    parser.add_argument("--rows", nargs="*", choices=tuple(ROWS), default=tuple(ROWS))
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--sample", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--report", help="show the samples in this file instead")
    parser.add_argument("--json", help="write all samples here")
    options = parser.parse_args()
    if options.sample:
        row, items, way = options.sample
        print(json.dumps(_sample(row, int(items), way)))
        return 0
    if options.report:
        with open(options.report, encoding="utf-8") as stream:
            told = json.load(stream)
        place, samples = told["place"], told["us"]
    else:
        samples = measure(options.rounds, options.rows, options.sizes)
        place = f"native, Python {platform.python_version()}"
    print(place)
    print(report(samples))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"place": place, "us": samples}, stream)
    return 0


if __name__ == "__main__":
    sys.exit(main())
