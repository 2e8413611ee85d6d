"""Compile latency by phase, and the cost of finding a kernel again: python benchmarks/latency.py [options].

Each text is compiled many times with another constant each time, so that neither mejit's cache nor the
engine's (V8 shares the code of identical modules) knows it. Phases come from mejit's own counters
(`*_ns`). Texts take turns. Prints p50 and p95 per class of text, and the bytes of wasm. Runs natively, and inside Pyodide as a module: print(latency.report(latency.measure())).
"""

import argparse
import json
import pathlib
import platform
import random
import statistics
import sys
import time

import mejit

# Up to 20 operations; K is the constant that changes.
EXPRESSIONS = [
    "a + K", "a*b + K", "(a - b)**2*K", "sqrt(a*a + b*b + K)", "a/(b + K)", "abs(a - b) < K",
    "where(a > K, a, b)", "where((a > K) & (b < 0.5), a - b, a + b)", "minimum(maximum(a, 0), K)",
    "((a*K + 2)*a + 3)*a + 4", "(((((a*K + 2)*a + 3)*a + 4)*a + 5)*a + 6)*a + 7",
    "sum(a*b + K)", "mean(a + K)", "max(a*K)", "sum((a - mean(a))**2) / K",
    "(a - mean(a)) / std(a) * K", "any(a > K)", "i*3 + j + int64(a*K)", "(i // (j + 7)) % 5 + a*K",
    "(i << 3) ^ j & 255 | int64(K*1000000)", "f*g + float32(K)", "sqrt(f*f + g*g)*float32(K)",
    "sin(a*K)", "cos(a + K)", "exp(-a*a*K)", "log(a + K)", "a**b + K", "a**2.5 * K", "tanh(a*K)",
    "erf(a*K)", "arctan2(a, b + K)", "cbrt(a + K)", "expm1(a)*K", "log1p(a*K)", "hypot(a, b)*K",
    "sin(a)*cos(b) + K", "exp(-a)*log(b + K) + sqrt(a)", "tanh(a)*erf(b*K)",
    "sin(a)**2 + cos(a)**2 + K", "sin(f*float32(K))", "exp(-f*f) * float32(K)",
    "a*exp(-b*K)*sin(2*a + 1) + b",
]

KERNELS = [
    """def poly(a):
    r = K
    for c in range(8):
        r = r*a + 0.5
    return r
""",
    """def clip(a, b):
    if a < K:
        return b
    elif a > b:
        return a - b
    return a*b
""",
    """def escape(a, b):
    zr = 0.0
    zi = 0.0
    n = 0
    for k in range(100):
        t = zr*zr - zi*zi + a + K
        zi = 2*zr*zi + b
        zr = t
        if zr*zr + zi*zi > 4:
            break
        n = n + 1
    return n
""",
    """def newton(a):
    x = a*0.5 + K
    for k in range(6):
        x = 0.5*(x + a/x)
    return x
""",
    """def collatz(i):
    n = int64(i + K)
    steps = 0
    while n > 1 and steps < 100:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3*n + 1
        steps = steps + 1
    return steps
""",
    """def logistic(a, b):
    x = 1.0/(1.0 + exp(-(a*K + b)))
    return x*(1 - x)
""",
    """def black_scholes(a, b):
    s = 100.0 + a
    k = 90.0 + b
    t = 0.5 + K
    r = 0.05
    v = 0.2
    d1 = (log(s/k) + (r + v*v/2)*t) / (v*sqrt(t))
    d2 = d1 - v*sqrt(t)
    n1 = 0.5*(1 + erf(d1/1.4142135623730951))
    n2 = 0.5*(1 + erf(d2/1.4142135623730951))
    return s*n1 - k*exp(-r*t)*n2
""",
    """def great_circle(a, b):
    la1 = a*0.01745
    la2 = b*0.01745 + K
    h = sin((la2 - la1)*0.5)**2 + cos(la1)*cos(la2)*sin(0.3)**2
    return 12742*arcsin(sqrt(h))
""",
    """def gauss(a, b):
    x = (a - K)/b
    return exp(-0.5*x*x) / (b*2.5066282746310002)
""",
    """def normalise(a):
    m = mean(a) + K
    s = std(a)
    return (a - m)/s
""",
    """def wave(a, b):
    r = 0.0
    for k in range(5):
        r = r + sin(a*k + K)*cos(b*k)
    return r
""",
    """def trapezoid(a, b):
    s = 0.0
    h = (b - a)/16
    for k in range(16):
        x = a + k*h
        s = s + h*(x*x*K + x)
    return s
""",
    """def rgb(a, b, f):
    l = 0.299*a + 0.587*b + 0.114*f
    g = where(l > K, (l/0.9)**0.45, l*4.5)
    return int32(clip(g, 0, 1)*255)
""",
    """def hash(i, j):
    h = i*73856093 ^ j*19349663 ^ int64(K*1000000)
    h = (h ^ (h >> 13)) * 1274126177
    return (h ^ (h >> 16)) & 255
""",
    """def gamma_density(a, b):
    k = 2.0 + K
    return a**(k - 1)*exp(-a/b) / (b**k*1.5)
""",
]

TYPES = {"a": "f8", "b": "f8", "f": "f4", "g": "f4", "i": "i8", "j": "i4"}
PHASES = ["parse", "infer", "build", "passes", "schedule", "lower", "optimize", "encode",
          "instantiate"]
_random = random.Random(11)


def _types(text):
    if text.startswith("def"):
        names = text[text.index("(") + 1:text.index(")")].split(", ")
    else:
        words = "".join(c if c.isalnum() else " " for c in text).split()
        names = [name for name in TYPES if name in words]
    return {name: TYPES[name] for name in names}


def _fresh(text):
    return text.replace("K", repr(round(_random.uniform(0.25, 0.75), 12)))


def _sample(text, types, tier):
    source = _fresh(text)
    before = mejit.counters()
    started = time.perf_counter()
    kernel = mejit.compile(source, types, tier=tier)
    total = (time.perf_counter() - started) * 1e6
    after = mejit.counters()
    if kernel.tier != tier:
        raise SystemExit(f"{text}\n{kernel.explain()}")
    phases = {p: (after[p + "_ns"] - before[p + "_ns"]) / 1e3 for p in PHASES}
    phases["rest"] = total - sum(phases.values())
    started = time.perf_counter()
    mejit.compile(source, types, tier=tier)
    hit = (time.perf_counter() - started) * 1e6
    return {"total": total, **phases, "hit": hit, "bytes": len(kernel.wasm())}


def measure(rounds=15, tier="optimizing", only=""):
    """Samples in microseconds: class -> text -> list of dicts."""
    work = [("expression", t) for t in EXPRESSIONS] + [("kernel", t) for t in KERNELS]
    work = [(c, t, _types(t)) for c, t in work if only in t]
    samples = {}
    for c, text, types in work:  # what is loaded and compiled once per process
        _sample(text, types, tier)
    for _ in range(rounds):
        _random.shuffle(work)
        for c, text, types in work:
            samples.setdefault(c, {}).setdefault(text, []).append(_sample(text, types, tier))
    return samples


def _quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def summary(samples):
    """class -> {column: {p50, p95, all}}: over the class's texts, of each text's best compilation (what
    the work takes, whatever else the machine does); `all` is the 95th percentile of all compilations."""
    result = {}
    for c, texts in samples.items():
        columns = next(iter(texts.values()))[0]
        result[c] = {}
        for column in columns:
            best = [min(row[column] for row in rows) for rows in texts.values()]
            every = [row[column] for rows in texts.values() for row in rows]
            result[c][column] = {"p50": statistics.median(best), "p95": _quantile(best, 0.95),
                                 "all": _quantile(every, 0.95)}
    return result


def report(samples, every_text=False):
    lines = []
    for c, columns in summary(samples).items():
        lines.append(f"{c}s ({len(samples[c])} texts), microseconds of the best compilation of each; "
                     "p95 of all")
        lines.append(f"  {'':12}{'p50':>9}{'p95':>9}{'all p95':>9}")
        lines += [f"  {name:12}" + "".join(f"{v[k]:9.0f}" for k in ("p50", "p95", "all"))
                  for name, v in columns.items()]
    if every_text:
        names = ("total", "lower", "optimize", "encode", "instantiate", "bytes")
        lines.append("".join(f"{name[:8]:>9}" for name in names))
        for texts in samples.values():
            for text, rows in texts.items():
                lines.append("".join(f"{min(r[k] for r in rows):9.0f}" for k in names)
                             + "  " + text.split("\n")[0])
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tier", default="optimizing")
    parser.add_argument("--only", default="", help="only texts that contain this")
    parser.add_argument("--every", action="store_true", help="a line per text, too")
    parser.add_argument("--json", type=pathlib.Path, help="write all samples here")
    options = parser.parse_args()
    samples = measure(options.rounds, options.tier, options.only)
    place = f"mejit {mejit.__version__}, {mejit.host().split(' (')[0]}, Python {platform.python_version()}"
    print(place)
    print(report(samples, options.every))
    if options.json:
        options.json.write_text(json.dumps({"place": place, "us": samples}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
