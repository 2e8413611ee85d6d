#!/usr/bin/env python3
"""Compares what decides speed, counted in instructions, with tests/proxies/reference.json. Never a
time.

usage: check.py [--bless] [--build FOLDER] [--only TEXT]

Kernels: every row of benchmarks/rows.py, compiled for both targets (wasm32, and the 64-bit
memory of native hosts), and the shape of its loop (shape.py): bytes of the module, elements per
iteration, instructions, loads and stores per element, share of vector instructions, constants
inside the loop.

Calls: instructions of work.cpp's jobs under callgrind: the interpreter per element, one call's
overhead, a compilation (of programs that grow, too), a cache hit. Left out, and said so, where
valgrind is missing or another compiler built them.

Worse than the reference by more than the tolerance fails. Better is reported and passes: --bless
writes what is now into the reference, as one line per kernel. Ends with "N passed, N failed".
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = pathlib.Path(__file__).with_name("reference.json")
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import shape  # noqa: E402
from rows import ROWS  # noqa: E402

TARGETS = {32: "wasm32", 64: "native"}  # by pointer width
ITEMSIZE = {"float64": 8, "float32": 4, "int64": 8, "int32": 4}

# Name -> (share of the reference, absolute) by which a figure may move; +1: more is worse, -1:
# less is.
TOLERANCES = {
    "bytes": (0.05, 16, +1),
    "elements": (0, 0, -1),
    "instructions": (0.03, 0.05, +1),
    "loads": (0.01, 0.005, +1),
    "stores": (0.01, 0.005, +1),
    "vectors": (0, 0.02, -1),
    "constants": (0, 0, +1),
    "count": (0.03, 0, +1),
}


# ---- kernels ------------------------------------------------------------------------------------


def job(what, tier, items, dtype, names, text):
    """A line of job.h."""
    return "\t".join([what, tier, str(items), dtype, ",".join(names), text.replace("\n", "\\n")])


def kernel_figures(build, only):
    asked = [(row, dtype) for row in ROWS for dtype in row.dtypes if only in f"{row.name}, {dtype}"]
    done = subprocess.run([build / "tests/proxies/proxy_modules"], text=True, check=True, capture_output=True,
                          input="".join(job("modules", "jit", 1, dtype, row.arrays, row.text) + "\n"
                                        for row, dtype in asked)).stdout
    found = {}
    modules = re.findall(r"^= (\d+) (\d+)\n(.*?)\n=$", done, re.M | re.S)
    if len(modules) != len(asked) * len(TARGETS):
        raise SystemExit(f"error: proxy_modules printed {len(modules)} modules for {len(asked)} texts "
                         f"and {len(TARGETS)} targets")
    for index, (width, size, text) in enumerate(modules):
        row, dtype = asked[index // len(TARGETS)]
        name = f"{row.name}, {dtype}, {TARGETS[int(width)]}"
        found[name] = {"bytes": int(size), **shape.measure(text, ITEMSIZE[dtype])} if int(size) else {}
    return found


# ---- calls --------------------------------------------------------------------------------------

LONG = ("((((((((a*0.5+b)*a-0.25)*b+a)*a-b)*b+0.125)*a+a)*b-a)*b+0.75)*a")  # 17 operations
_OVERHEAD_ITEMS = 100 * 4096

# Programs that grow: text of n parts, and two n. Compilation may not take more than GROWTH times as many
# instructions per part in the large one.
GROWTH = 1.3
_INDENT = "\n    "
GROWING = {
    "terms": (lambda n: "+".join(f"a*{i}.5" for i in range(n)), 100, 800),
    "functions": (lambda n: "+".join(f"sin(a*{i}.5)" for i in range(n)), 20, 160),
    "sums": (lambda n: "+".join(f"sum(a*{i}.5)" for i in range(n)), 20, 160),
    "lines": (lambda n: _INDENT.join(["def k(a, b):", "x = a", *(f"x = x*{i}.5 + b" for i in range(n)),
                                      "return x"]), 60, 500),
    "conditions": (lambda n: _INDENT.join(["def k(a, b):", "x = a",
                                           *(f"if x > {i}.5:{_INDENT}    x = x - b" for i in range(n)),
                                           "return x"]), 40, 320),
    "loops": (lambda n: _INDENT.join(["def k(a, b):", "x = a",
                                      *(f"for i in range(5):{_INDENT}    x = x*0.5 + b{_INDENT}    if x > {i}:"
                                        f"{_INDENT}        break" for i in range(n)), "return x"]), 15, 120),
    "locals in a loop": (lambda n: _INDENT.join([
        "def k(a, b):", *(f"v{i} = a*{i}.5" for i in range(n)), "for q in range(10):",
        *(f"    v{i} = v{i}*b + v{(i + 1) % n}{_INDENT}    if v{i} > 9:{_INDENT}        break" for i in range(n)),
        "return v0"]), 10, 80),
}


def growing_name(part, n):
    return f"compile, {n} {part}, per part"


def jobs():
    """(name, job line, what the count is divided by)."""
    for row in ROWS:
        for dtype in ("float64", "float32", "int64"):
            if dtype in row.dtypes and (dtype == "float64" or row.group in ("arithmetic", "kernels")):
                yield (f"interpreter, {row.name}, {dtype}, per element",
                       job("evaluate", "interpreter", 4096, dtype, row.arrays, row.text), 4096)
    yield "call, 1 item", job("evaluate", "jit", 1, "float64", "ab", "a+b"), 1
    yield ("call, one more chunk",
           job("evaluate", "jit", _OVERHEAD_ITEMS, "float64", "ab", "a+b"), _OVERHEAD_ITEMS / 4096)
    yield "interpreter's call, 1 item", job("evaluate", "interpreter", 1, "float64", "ab", "a+b"), 1
    for name, text in (("a+b", "a+b*1.5"), ("17 operations", LONG), ("sin", "sin(a)+b")):
        yield f"compile, {name}", job("compile", "jit", 1, "float64", "ab", text), 1
    black_scholes = next(row for row in ROWS if row.name == "Black-Scholes")
    yield "compile, Black-Scholes", job("compile", "jit", 1, "float64", "abc", black_scholes.text), 1
    for part, (text, *sizes) in GROWING.items():
        for n in sizes:
            names = "a" if part in ("terms", "functions", "sums") else "ab"
            yield growing_name(part, n), job("compile", "jit", 1, "float64", names, text(n)), n
    yield "cache hit", job("find", "jit", 1, "float64", "ab", "a*b-1"), 1


def valgrind():
    own = ROOT / "build/toolchain/valgrind/bin/valgrind"
    return str(own) if own.exists() else shutil.which("valgrind")


def compiler_of(build):
    """What built the library, as CMake recorded it: counts depend on it."""
    for file in sorted(build.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")):
        text = file.read_text()
        name, version = (re.search(rf'CMAKE_CXX_COMPILER_{key} "([^"]*)"', text)[1]
                         for key in ("ID", "VERSION"))
        return f"{name} {version.split('.')[0]}"
    return "unknown"


def call_figures(build, only):
    """Instructions by job. All jobs run in one process; each leaves a file of its own."""
    work = [(name, line, share) for name, line, share in jobs() if only in name]
    if not work:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "counts"
        # The 128-bit functions, whatever this processor has: the same instructions everywhere.
        subprocess.run([valgrind(), "--tool=callgrind", "--toggle-collect=proxy_measured",
                        "--dump-after=proxy_measured", f"--callgrind-out-file={out}",
                        build / "tests/proxies/proxy_work"],
                       input="\n".join(line for _, line, _ in work) + "\n", text=True, check=True,
                       capture_output=True, env={**os.environ, "ME_SIMD": "128"})
        counts = []
        for index in range(1, len(work) + 1):
            totals = re.search(r"^totals: (\d+)", out.with_name(f"counts.{index}").read_text(), re.M)
            counts.append(int(totals[1]))
    return {name: {"count": round(count / share, 2)}
            for (name, _, share), count in zip(work, counts)}


# ---- comparing ----------------------------------------------------------------------------------


def judge(name, figures, reference):
    """(lines that say what is worse, lines that say what is better)."""
    worse, better = [], []
    for figure, (share, absolute, direction) in TOLERANCES.items():
        old, new = reference.get(figure), figures.get(figure)
        if old is None and new is None:
            continue
        if old is None or new is None:
            worse.append(f"{name}: {figure}: {old} before, {new} now")
            continue
        change = (new - old) * direction
        if abs(change) <= max(share * abs(old), absolute) + 1e-9:
            continue
        (worse if change > 0 else better).append(f"{name}: {figure} {old} -> {new}")
    return worse, better


def check_shape():
    """shape.measure on a text with known figures."""
    step = "(local.set $p (i32.add (local.get $p) (i32.const 32)))"
    load = "(v128.load (local.get $p))"
    text = (f"(module (func $f (local.set $c (v128.const i32x4 0 0 0 0)) (loop $l (v128.store (local.get $p) "
            f"(f64x2.add {load} {load})) (v128.store offset=16 (local.get $p) (f64x2.mul {load} {load})) {step} "
            f"(br_if $l (i32.lt_u (local.get $p) (local.get $e))))))")
    want = {"elements": 4, "instructions": 2.75, "loads": 1, "stores": 0.5, "vectors": round(8 / 11, 3),
            "constants": 0}
    got = shape.measure(text, 8)
    return [] if got == want else [f"shape.measure: {got}, not {want}"]


def check_growth(calls, only):
    """What takes more than its share in large programs, or was asked for and not counted."""
    worse = []
    for part, (_, small, large) in GROWING.items():
        names = [growing_name(part, n) for n in (small, large)]
        counts = [calls.get(name, {}).get("count") for name in names]
        worse += [f"{name}: not counted" for name, count in zip(names, counts) if count is None and only in name]
        if None not in counts and counts[1] > GROWTH * counts[0]:
            worse.append(f"compilation of {part} grows faster than their number: {counts[0]:.0f} instructions "
                         f"each of {small}, {counts[1]:.0f} each of {large}")
    return worse


def write_reference(kernels, calls, compiler):
    def lines(entries):
        return ",\n".join(f"    {json.dumps(n)}: {json.dumps(f)}" for n, f in sorted(entries.items()))

    REFERENCE.write_text(f'{{\n  "compiler": {json.dumps(compiler)},\n  "kernels": {{\n{lines(kernels)}\n  }},\n'
                         f'  "calls": {{\n{lines(calls)}\n  }}\n}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bless", action="store_true", help="write the reference")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/native")
    parser.add_argument("--only", default="", help="only what has this in its name")
    options = parser.parse_args()
    reference = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}
    compiler = compiler_of(options.build)

    kernels = kernel_figures(options.build, options.only)
    why = ""
    if not valgrind():
        why = "valgrind is missing: ci/toolchain.sh valgrind"
    elif not options.bless and compiler != reference.get("compiler"):
        why = f"the reference is of {reference.get('compiler')}, this build of {compiler}"
    calls = {} if why else call_figures(options.build, options.only)
    if options.bless:
        if why or options.only:
            raise SystemExit(f"cannot bless: {why or '--only'}")
        write_reference(kernels, calls, compiler)
        print(f"{len(kernels)} kernels, {len(calls)} calls written to {REFERENCE.relative_to(ROOT)}")
        return 0

    failures, passed = check_shape(), 1
    passed -= len(failures)
    if not why:
        growth = check_growth(calls, options.only)
        passed += not growth
        failures += growth
    improvements = []
    for figures, expected in ((kernels, reference.get("kernels", {})), (calls, reference.get("calls", {}))):
        for name, found in figures.items():
            worse, better = judge(name, found, expected.get(name, {}))
            failures += worse
            improvements += better
            passed += not worse
        if figures:
            gone = [name for name in expected if options.only in name and name not in figures]
            failures += [f"{name}: in the reference, no longer measured" for name in gone]
    for line in improvements:
        print("better:", line)
    for line in failures:
        print("error: worse:", line)
    if why:
        print("calls not compared:", why)
    if improvements or failures:
        print("when this is meant: tests/proxies/check.py --bless")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
