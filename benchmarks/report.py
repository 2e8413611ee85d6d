"""Figures as tables and as a picture: python report.py FIGURES.json [PICTURE.svg|.png ...].

Every contender is compared with the form of mejit that does the same: Python packages with mejit
called from Python, loops in C, wasm and JavaScript with mejit's C interface, contenders with all
threads with mejit with all threads. A ratio is the quotient of two medians.
"""

import json
import sys

OURS = "mejit"
DIRECT = "mejit, C API"
OURS_THREADED = "mejit, all threads"
NATIVE_LIMIT = "C, 128 bit"
WASM_LIMIT = "wasm SIMD by hand"
JAVASCRIPT = "JavaScript"
LIMITS = (NATIVE_LIMIT, WASM_LIMIT)
# Medians that are nearer than this are called equal: what repeated runs differ by.
EQUAL = 0.95


def base_of(name, ns):
    """The form of mejit that contender `name` is compared with."""
    if name in LIMITS or name == JAVASCRIPT:
        return DIRECT
    if name.endswith("all threads") and OURS_THREADED in ns:
        return OURS_THREADED
    return OURS


def ratio(figure, name):
    """How many times as long as mejit the contender takes, or None if it did not take part."""
    ns = figure["ns"]
    base = base_of(name, ns)
    if name not in ns or base not in ns:
        return None
    return ns[name]["median"] / ns[base]["median"]


def of_limit(figure):
    """How many times as long as the hand-written loop mejit takes, or None."""
    found = [1 / ratio(figure, name) for name in LIMITS if ratio(figure, name)]
    return found[0] if found else None


def is_peer(name):
    return not name.startswith("mejit") and name not in LIMITS


def blocks(figures):
    return list(dict.fromkeys((f["dtype"], f["items"]) for f in figures))


def block(figures, dtype, items):
    return [f for f in figures if (f["dtype"], f["items"]) == (dtype, items)]


def columns(figures):
    """(ours in ns, others as ratios), limits last, else in the order in which they were first met."""
    names = list(dict.fromkeys(n for f in figures for n in (*f["ns"], *f.get("excluded", {}))))
    ours = [n for n in (OURS, DIRECT, OURS_THREADED) if n in names]
    return ours, sorted((n for n in names if n not in ours), key=lambda name: name in LIMITS)


def cell(figure, name):
    if name in figure.get("excluded", {}):
        wrong = figure["excluded"][name].startswith(("computes", "gives"))
        return "wrong" if wrong else "none"
    value = ratio(figure, name)
    if value is None:
        return "-"
    if name in LIMITS:
        return f"{1 / value:.2f}"
    return f"{value:.2f} x"


def heading(name):
    return f"of {name}" if name in LIMITS else name


def table_rows(figures):
    """The header and the rows of one block, as lists of texts."""
    ours, others = columns(figures)
    yield ["", *(f"{n}, ns" for n in ours), *map(heading, others)]
    for f in figures:
        name = f["row"] if f.get("measured", f["items"]) == f["items"] else f"{f['row']} ({f['measured']})"
        mine = [f"{f['ns'][n]['median']:.2f}" if n in f["ns"] else "-" for n in ours]
        yield [name, *mine, *(cell(f, n) for n in others)]


def faster_peers(figures):
    """(ratio, figure, peer) of every row in which a peer is faster, the worst first."""
    found = [(ratio(f, n), f, n) for f in figures for n in f["ns"] if is_peer(n)]
    return sorted(((r, f, n) for r, f, n in found if r is not None and r < EQUAL),
                  key=lambda entry: entry[0])


def exclusions(figures):
    """Which contender did not take part where, as lines."""
    rows = {}
    for f in figures:
        for name, reason in f.get("excluded", {}).items():
            rows.setdefault((name, reason), []).append(f"{f['row']} {f['dtype']} {f['items']}")
    return [f"{name}: {reason}: {', '.join(where)}" for (name, reason), where in rows.items()]


def text(measured):
    figures = measured["figures"]
    versions = ", ".join(f"{n} {v}" for n, v in measured.get("versions", {}).items())
    lines = [f"{measured['place']}; {measured['machine']}; {versions}", *measured.get("missing", [])]
    for dtype, items in blocks(figures):
        lines += ["", f"{dtype}, {items} items: mejit in ns per element (medians), others as multiples of it; "
                      "of a limit: mejit as a multiple of it"]
        rows = list(table_rows(block(figures, dtype, items)))
        widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        lines += ["  ".join(c.ljust(w) if k == 0 else c.rjust(w)
                            for k, (c, w) in enumerate(zip(row, widths))) for row in rows]
    faster = faster_peers(figures)
    lines += ["", f"rows where a peer is faster: {len(faster)}"]
    lines += [f"  {f['row']}, {f['dtype']}, {f['items']}: {n} takes {r:.2f} of mejit's time"
              for r, f, n in faster]
    left_out = exclusions(figures)
    if left_out:
        lines += ["", "not measured:", *("  " + line for line in left_out)]
    return "\n".join(lines)


def plot(figures, paths):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = blocks(figures)
    tallest = max(len(block(figures, *b)) for b in shown)
    figure, axes = plt.subplots(1, len(shown), figsize=(4.5 * len(shown), 1.5 + 0.3 * tallest),
                                squeeze=False)
    others = columns(figures)[1]
    colours = dict(zip(others, plt.rcParams["axes.prop_cycle"].by_key()["color"] * 3))
    seen = {}
    for axis, (dtype, items) in zip(axes[0], shown):
        rows = block(figures, dtype, items)[::-1]
        for name in others:
            points = [(ratio(f, name), i) for i, f in enumerate(rows) if ratio(f, name)]
            if points:
                seen[name] = axis.plot(*zip(*points), "D" if name in LIMITS else "o", color=colours[name],
                                       markersize=5, alpha=0.8)[0]
        axis.axvline(1, color="black", linewidth=1)
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:g}")
        axis.set_yticks(range(len(rows)), [f["row"] for f in rows])
        axis.set_title(f"{dtype}, {items} items", fontsize=10)
        axis.set_xlabel("time / time of mejit")
        axis.grid(axis="x", alpha=0.3)
    figure.legend(seen.values(), seen.keys(), loc="lower center", ncols=5, fontsize=9)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    for path in paths:
        figure.savefig(path)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        measured = json.load(file)
    if sys.argv[2:]:
        plot(measured["figures"], sys.argv[2:])
    else:
        print(text(measured))
