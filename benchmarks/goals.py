"""What mejit wants to reach, and what was measured: one Goal per line of docs/performance.md.

A goal reads the figures of one place (results: name of file -> figures) and gives what it found:
a value, whether that is enough, and where not. Why a goal is missed is in CAUSES, by the goal's
key: found by profiling, never guessed.
"""

import statistics
from dataclasses import dataclass

import report

# Key of a goal -> why it is missed where it is.
CAUSES = {
    "wasm-arithmetic":
        "sum(a*b): the loop alone is within 1.1; a call that reduces costs about 1 µs more than one that maps (table of "
        "calls: Kernel, sum). copy of float32: the call takes longer than copying 16 KB. "
        "(a&b)^(a>>2) of int64: the count of the shift is a vector's lane to the engine, not a constant",
    "wasm-functions": "V8's tiers, see Mandelbrot",
    "wasm-functions-js":
        "clang's code for the same recipes takes as long (the goal above this): log, tan, cbrt and powers need too many "
        "steps for 1 ulp in two lanes. Math.pow of Node 24 takes a quarter of Node 20's time",
    "wasm-functions-numpy": "as against JavaScript; log of a million: V8's tiers, see Mandelbrot",
    "wasm-float32":
        "tan, tanh and the functions without a float32 recipe are computed in float64 and rounded: the same vectors, half "
        "as many items in each",
    "wasm-mandelbrot-float64":
        "with four vectors in flight V8 runs out of registers and spills; a hand-written loop reached 2.4 to 2.8. In Node "
        "20's run of all rows the large picture ran as slowly as in V8's baseline tier; measured alone it is 2.3 times as "
        "fast as JavaScript (and 1.5 times with --liftoff-only)",
    "wasm-peers":
        "tan and cbrt: the recipes, as above, and no float32 ones; a+b and copy of a million: as fast as the memory, and "
        "10 % is what runs differ by; the others: V8's tiers, see Mandelbrot",
    "wasm-interpreter":
        "each operation of a loop goes through memory, with 128-bit vectors; natively AVX-512 makes up for it",
    "native-arithmetic":
        "4096 items: the call, 0.13 µs, is a sixth to a half of these rows; float32's loop alone is at 1.2; memcpy uses "
        "wider registers than kernels",
    "native-peers": "a+b of a million is as fast as the memory; 7 % is what runs differ by",
}


@dataclass
class Finding:
    value: str
    met: bool
    missed: list  # the rows that miss it, worst first


@dataclass
class Goal:
    key: str
    text: str
    find: object  # results -> Finding, or None if it was not measured


def _name(figure):
    return f"{figure['row']} ({figure['dtype']}, {figure['items']})"


def _worst(pairs, bound, at_most, unit="x"):
    """Finding over (value, name) pairs, all of which should be at most (at least) the bound."""
    pairs = sorted(pairs, key=lambda pair: pair[0], reverse=at_most)
    if not pairs:
        return None
    misses = [(v, n) for v, n in pairs if (v > bound if at_most else v < bound)]
    middle = statistics.median(v for v, _ in pairs)
    worst, name = pairs[0]
    value = f"median {middle:.2f} {unit}, worst {worst:.2f} {unit}: {name}"
    return Finding(value, not misses, [f"{n} {v:.2f}" for v, n in misses])


def _figures(results, place):
    return results.get(place, {}).get("figures", [])


def within_limit(place, groups, bound):
    def find(results):
        pairs = [(report.of_limit(f), _name(f)) for f in _figures(results, place)
                 if f["group"] in groups and report.of_limit(f)]
        return _worst(pairs, bound, True)

    return find


def times_peer(place, peer, least, dtype="float64", identical=False):
    """`least`: row -> at least how many times as fast as the peer; `identical`: with the same results."""
    def find(results):
        pairs = []
        for f in _figures(results, place):
            if f["dtype"] == dtype and f["row"] in least and peer in f["ns"]:
                value = report.ratio(f, peer)
                if identical and f["differing"][peer]:
                    value = 0
                pairs.append((value / least[f["row"]], f"{_name(f)}: {value:.2f} of {least[f['row']]}"))
        if not pairs:
            return None
        pairs.sort()
        misses = [name for share, name in pairs if share < 1]
        return Finding(f"worst {pairs[0][1]}", not misses, misses)

    return find


def narrow_gain(place, rows, least):
    """How many times as fast float32 is as float64."""
    def find(results):
        wide = {(f["row"], f["items"]): f for f in _figures(results, place) if f["dtype"] == "float64"}
        pairs = [(wide[f["row"], f["items"]]["ns"][report.DIRECT]["median"]
                  / f["ns"][report.DIRECT]["median"], f"{f['row']} ({f['items']})")
                 for f in _figures(results, place)
                 if f["dtype"] == "float32" and f["row"] in rows and (f["row"], f["items"]) in wide]
        return _worst(pairs, least, False)

    return find


def no_faster_peer(place, peers=None):
    """No row in which a peer is faster; `peers`: only those whose name this accepts."""
    def find(results):
        figures = _figures(results, place)
        compared = [(f, n) for f in figures for n in f["ns"]
                    if report.is_peer(n) and report.ratio(f, n) and (peers is None or peers(n))]
        if not compared:
            return None
        faster = [(r, f, n) for r, f, n in report.faster_peers(figures) if peers is None or peers(n)]
        value = f"{len(faster)} of {len(compared)} comparisons"
        return Finding(value, not faster, [f"{_name(f)} {n} {r:.2f}" for r, f, n in faster])

    return find


def interpreter_of_jit(place, bound):
    def find(results):
        pairs = [(f["ns"]["mejit interpreter"]["median"] / f["ns"]["mejit"]["median"], _name(f))
                 for f in _figures(results, place) if f["group"] == "kernels"]
        return _worst(pairs, bound, True)

    return find


def interpreter_of_blosc2(place):
    def find(results):
        pairs = [(f["ns"]["mejit interpreter"]["median"] / f["ns"]["blosc2"]["median"], _name(f))
                 for f in _figures(results, place)
                 if f["group"] != "kernels" and f["items"] > 100_000 and "blosc2" in f["ns"]]
        return _worst(pairs, 1 / report.EQUAL, True)

    return find


def latency(place, kind, column, bound, unit="µs", scale=1.0):
    """95th percentile over the texts of each text's best compilation."""
    def find(results):
        classes = results.get(place, {}).get("us", {})
        texts = [t for c, t in classes.items() if kind in (c, "")]
        best = sorted(min(row[column] for row in rows) for text in texts for rows in text.values())
        if not best:
            return None
        p95 = best[min(len(best) - 1, int(len(best) * 0.95))] / scale
        value = f"p50 {statistics.median(best) / scale:.3g} {unit}, p95 {p95:.3g} {unit}"
        return Finding(value, p95 <= bound, [])

    return find


def overhead(place, group, row, bound):
    """A row of overhead.py or overhead.mjs, in nanoseconds."""
    def find(results):
        value = results.get(place, {}).get("rows", {}).get(group, {}).get(row)
        return None if value is None else Finding(f"{value:.0f} ns", value <= bound, [])

    return find


FUNCTIONS = {"exp": 4, "log": 2.5, "sin": 1.5, "cos": 1.5, "tanh": 2.7, "arctan2(a,b)": 2.7, "a**b": 6,
             "tan": 1.4, "cbrt": 1.4}


def _one_thread(name):
    return name.startswith(("numexpr", "blosc2")) and not name.endswith("threads")


def _all_threads(name):
    return name.endswith("all threads")


def _wasm_goals(place, node):
    where = f"Pyodide, Node {node}"
    yield Goal("wasm-arithmetic", f"{where}: arithmetic, comparisons, where, sums: within 1.15 of hand-written SIMD",
               within_limit(place, ("arithmetic", "memory"), 1.15))
    yield Goal("wasm-functions", f"{where}: elementary functions: within 1.1 of the same recipe compiled ahead of time",
               within_limit(place, ("functions", "fused"), 1.1))
    yield Goal("wasm-functions-js", f"{where}: elementary functions: 1.4 to 6 times JavaScript's speed, by function",
               times_peer(place, "JavaScript", FUNCTIONS))
    yield Goal("wasm-functions-numpy", f"{where}: elementary functions: 2.3 times NumPy's speed",
               times_peer(place, "NumPy", dict.fromkeys(FUNCTIONS, 2.3)))
    yield Goal("wasm-float32", f"{where}: float32 functions 1.9 times as fast as float64",
               narrow_gain(place, ("exp", "log", "sin", "cos", "tan", "tanh"), 1.9))
    for peer in ("JavaScript", "NumPy"):
        yield Goal(f"wasm-black-scholes-{peer}", f"{where}: Black-Scholes 3.5 times {peer}'s speed",
                   times_peer(place, peer, {"Black-Scholes": 3.5}))
    for dtype, least in (("float64", 2.8), ("float32", 5)):
        yield Goal(f"wasm-mandelbrot-{dtype}", f"{where}: Mandelbrot {dtype} {least} times JavaScript's speed, same counts",
                   times_peer(place, "JavaScript", {"Mandelbrot": least}, dtype, identical=True))
    yield Goal("wasm-peers", f"{where}: no row slower than a peer", no_faster_peer(place))
    yield Goal("wasm-interpreter", f"{where}: interpreter within 5 times the JIT on kernels",
               interpreter_of_jit(place, 5))
    timing = f"latency-node{node}"
    yield Goal("wasm-latency", f"{where}: expressions compile within 10 ms",
               latency(timing, "expression", "total", 10, "ms", 1000))
    yield Goal("wasm-latency-kernels", f"{where}: kernels compile within 25 ms",
               latency(timing, "kernel", "total", 25, "ms", 1000))
    yield Goal("wasm-hit", f"{where}: a kernel is found again within 50 µs", latency(timing, "", "hit", 50))
    calls = f"overhead-node{node}"
    yield Goal("wasm-kernel-call", f"{where}: a Kernel called with out= costs 1.5 µs",
               overhead(calls, "Pyodide, 1 items", "Kernel, out=", 1500))
    yield Goal("wasm-evaluate", f"{where}: evaluate() of a known text costs 10 µs",
               overhead(calls, "Pyodide, 1 items", "evaluate, out=", 10_000))
    yield Goal("wasm-c-call", f"{where}: a call from JavaScript costs 200 ns",
               overhead(calls, "JavaScript", "me_eval, 1 item", 200))


def _native_goals():
    yield Goal("native-arithmetic", "natively: arithmetic, comparisons, where, sums: within 1.15 of C",
               within_limit("native", ("arithmetic", "memory"), 1.15))
    yield Goal("native-peers", "natively: no row slower than numexpr or blosc2 with one thread",
               no_faster_peer("native", _one_thread))
    yield Goal("native-threads", "natively: with threads, no row slower than numexpr or blosc2 with theirs",
               no_faster_peer("native", _all_threads))
    yield Goal("native-interpreter", "natively: interpreter within 5 times the JIT on kernels",
               interpreter_of_jit("native", 5))
    yield Goal("native-interpreter-expressions", "natively: interpreter as fast as miniexpr (in blosc2) on expressions",
               interpreter_of_blosc2("native"))
    yield Goal("native-latency", "natively: expressions compile within 5 ms",
               latency("latency-native", "expression", "total", 5, "ms", 1000))
    yield Goal("native-hit", "natively: a kernel is found again within 50 µs", latency("latency-native", "", "hit", 50))
    yield Goal("size", "modules of expressions within 4 KB", latency("latency-native", "expression", "bytes", 4096, "bytes"))
    for call in ("me_eval", "me_kernel_eval"):
        yield Goal("native-c-call", f"natively: a call of {call} costs 150 ns",
                   overhead("overhead-native", "C", f"{call}, 1 item", 150))
    yield Goal("native-kernel-call", "natively: a Kernel called with out= costs 1 µs",
               overhead("overhead-native", "Python, 1 items", "Kernel, out=", 1000))
    yield Goal("native-evaluate", "natively: evaluate() of a known text costs 5 µs",
               overhead("overhead-native", "Python, 1 items", "evaluate, out=", 5000))


def nodes(results):
    return sorted(int(name.removeprefix("pyodide-node")) for name in results if name.startswith("pyodide-node"))


def goals(results):
    for node in nodes(results):
        yield from _wasm_goals(f"pyodide-node{node}", node)
    yield from _native_goals()


def judged(results):
    """(goal, finding or None) of every goal."""
    return [(goal, goal.find(results)) for goal in goals(results)]


def text(results):
    lines = ["goals:"]
    for goal, finding in judged(results):
        state = "not measured" if finding is None else "met" if finding.met else "MISSED"
        lines.append(f"  {state:12} {goal.text}" + (f": {finding.value}" if finding else ""))
        if finding and not finding.met:
            lines += [f"{'':17}{line}" for line in finding.missed[:12]]
            if len(finding.missed) > 12:
                lines.append(f"{'':17}and {len(finding.missed) - 12} more")
    return "\n".join(lines)
