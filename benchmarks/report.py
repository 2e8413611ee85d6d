"""Figures as a table and as a picture: python report.py FIGURES.json PICTURE.svg draws one."""

import json
import sys

OURS = "mejit JIT"


def _ratio(ours, theirs):
    return theirs["median"] / ours["median"]


def table(figures, ours=OURS):
    """One block per dtype and size: our ns per element, then ratios of the others' medians to it."""
    lines = []
    blocks = dict.fromkeys((f["dtype"], f["items"]) for f in figures)
    for dtype, items in blocks:
        block = [f for f in figures if (f["dtype"], f["items"]) == (dtype, items)]
        others = list(dict.fromkeys(n for f in block for n in f["ns"] if n != ours))
        lines += ["", f"{dtype}, {items} items: {ours} in ns per element (median), others as multiples of it"]
        lines.append(f"{'':27}{ours:>10}" + "".join(f"{n:>19}" for n in others))
        for f in block:
            mine = f["ns"][ours]
            cells = [f"{_ratio(mine, f['ns'][n]):.2f} x" if n in f["ns"] else "-" for n in others]
            lines.append(f"{f['row']:27}{mine['median']:10.2f}" + "".join(f"{c:>19}" for c in cells))
    return "\n".join(lines)


def plot(figures, path, ours=OURS):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    blocks = list(dict.fromkeys((f["dtype"], f["items"]) for f in figures))
    figure, axes = plt.subplots(1, len(blocks), figsize=(5.5 * len(blocks), 8), squeeze=False,
                                sharey=True)
    for axis, (dtype, items) in zip(axes[0], blocks):
        block = [f for f in figures if (f["dtype"], f["items"]) == (dtype, items)][::-1]
        others = list(dict.fromkeys(n for f in block for n in f["ns"] if n != ours))
        for k, name in enumerate(others):
            points = [(_ratio(f["ns"][ours], f["ns"][name]), i) for i, f in enumerate(block)
                      if name in f["ns"]]
            axis.plot(*zip(*points), "o", label=name, alpha=0.8)
        axis.axvline(1, color="black", linewidth=1)
        axis.set_xscale("log", base=2)
        axis.set_yticks(range(len(block)), [f["row"] for f in block])
        axis.set_title(f"{dtype}, {items} items")
        axis.set_xlabel(f"time / time of {ours}")
        axis.grid(axis="x", alpha=0.3)
    axes[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        plot(json.load(file)["figures"], sys.argv[2])
