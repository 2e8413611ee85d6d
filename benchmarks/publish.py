"""Figures into documentation: the tables of docs/performance.md and README.md come from
benchmarks/results.

    publish.py --take build/benchmarks [SINCE]
                                         new figures into benchmarks/results, then both documents;
                                         only those that are not older than the file SINCE
    publish.py                           both documents from the figures that are there
    publish.py docs/performance.md       prints what the document should be (ci/check_generated.sh)
    publish.py --goals build/benchmarks  prints the goals and how they are met

A document marks a table with `<!-- table: NAME -->` ... `<!-- end -->`; NAME is a function of
TABLES.
"""

import json
import pathlib
import re
import sys

import goals
import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"
DOCUMENTS = (ROOT / "docs/performance.md", ROOT / "README.md")
_MARK = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.S)


def load(folder):
    return {path.stem: json.loads(path.read_text()) for path in sorted(pathlib.Path(folder).glob("*.json"))}


# ---- taking figures -----------------------------------------------------------------------------


def _rounded(value):
    return float(f"{value:.4g}")


def _compact(measured):
    """What the tables need: medians, and of compilations the best of each text."""
    kept = {k: v for k, v in measured.items() if k not in ("figures", "us")}
    if "figures" in measured:
        kept["figures"] = [
            {**f, "ns": {n: {"median": _rounded(s["median"])} for n, s in f["ns"].items()}}
            for f in measured["figures"]]
    if "us" in measured:
        kept["us"] = {kind: {text: [{c: _rounded(min(row[c] for row in rows)) for c in rows[0]}]
                             for text, rows in texts.items()}
                      for kind, texts in measured["us"].items()}
    return kept


def _write(path, measured):
    """JSON with one line per figure, so that differences can be read."""
    lines = []
    for key, value in measured.items():
        if key == "figures":
            inner = ",\n".join("    " + json.dumps(f) for f in value)
            lines.append(f'  "figures": [\n{inner}\n  ]')
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def take(folder, since=None):
    """Figures of a folder into RESULTS; what is older than the file `since` is named and skipped."""
    RESULTS.mkdir(exist_ok=True)
    oldest = pathlib.Path(since).stat().st_mtime_ns if since else 0
    for name, measured in load(folder).items():
        if (pathlib.Path(folder) / f"{name}.json").stat().st_mtime_ns < oldest:
            print(f"skipped {name}: of an earlier run")
            continue
        _write(RESULTS / f"{name}.json", _compact(measured))


# ---- tables -------------------------------------------------------------------------------------


def markdown(rows):
    header, *body = [[str(c).replace("|", "\\|") for c in row] for row in rows]
    return "\n".join(["| " + " | ".join(row) + " |" for row in
                      (header, ["---"] + ["--:"] * (len(header) - 1), *body)])


def _places(results):
    return [*(f"pyodide-node{n}" for n in goals.nodes(results)), *(["native"] if "native" in results else [])]


def environment(results):
    """Where the figures come from."""
    lines = []
    for place in _places(results):
        measured = results[place]
        where = re.sub(r"\(/[^)]*\)", "", measured["place"]).replace(" ,", ",")
        versions = ", ".join(f"{n} {v}" for n, v in measured["versions"].items())
        lines.append(f"- {where}; {versions}; {measured['machine']}")
        lines += [f"- missing there: {line}" for line in measured.get("missing", [])]
    return "\n".join(lines) or "Nothing was measured yet."


def goals_table(results):
    rows = [["goal", "measured", "", "cause of a miss"]]
    for goal, finding in goals.judged(results):
        if finding is None:
            rows.append([goal.text, "", "not measured", ""])
            continue
        missed = "; ".join(finding.missed[:4]) + (f"; {len(finding.missed) - 4} more" if len(finding.missed) > 4 else "")
        cause = "" if finding.met else goals.CAUSES.get(goal.key, "not known yet")
        value = finding.value + (f". Missed: {missed}" if missed else "")
        rows.append([goal.text, value, "met" if finding.met else "**missed**", cause])
    return markdown(rows).replace("| --: | --: | --: |", "| --- | --- | --- |")


def all_tables(results):
    parts = []
    for place in _places(results):
        figures = results[place]["figures"]
        parts.append(f"### {results[place]['place'].split(',')[0].capitalize()}" if place == "native"
                     else f"### {results[place]['place']}")
        for dtype, items in report.blocks(figures):
            parts.append(f"{dtype}, {items} items:")
            parts.append(markdown(report.table_rows(report.block(figures, dtype, items))))
        left_out = report.exclusions(figures)
        if left_out:
            parts.append("Not measured here, or wrong:")
            parts.append("\n".join(f"- {line}" for line in left_out))
    return "\n\n".join(parts) or "Nothing was measured yet."


def slower_rows(results):
    rows = [["place", "row", "peer", "its share of mejit's time"]]
    for place in _places(results):
        for ratio, f, peer in report.faster_peers(results[place]["figures"]):
            rows.append([results[place]["place"].split(",")[0] if place == "native" else results[place]["place"],
                         f"{f['row']}, {f['dtype']}, {f['items']}", peer, f"{ratio:.2f}"])
    return markdown(rows) if len(rows) > 1 else "None."


def latency_table(results):
    rows = [["", "compile, p50", "p95", "found again, p95", "bytes, p95"]]
    for place in sorted(name for name in results if name.startswith("latency-")):
        for kind, texts in results[place]["us"].items():
            best = {c: sorted(min(r[c] for r in rows_) for rows_ in texts.values()) for c in ("total", "hit", "bytes")}
            last = min(len(texts) - 1, int(len(texts) * 0.95))
            rows.append([f"{results[place]['place'].split(', wasmtime')[0]}: {kind}s",
                         f"{best['total'][len(texts) // 2] / 1000:.2f} ms", f"{best['total'][last] / 1000:.2f} ms",
                         f"{best['hit'][last]:.1f} µs", f"{best['bytes'][last]:.0f}"])
    return markdown(rows) if len(rows) > 1 else "Nothing was measured yet."


def calls_table(results):
    """What overhead.py and overhead.mjs measured: a column per place."""
    places = sorted((name for name in results if name.startswith("overhead-")), reverse=True)
    if not places:
        return "Nothing was measured yet."
    columns = {}  # (place, group) -> row -> ns
    for place in places:
        word = "natively" if place == "overhead-native" else f"Node {place.removeprefix('overhead-node')}"
        for group, rows in results[place]["rows"].items():
            columns[f"{word}: {group.replace(', 1 items', ', 1 item')}"] = rows
    names = list(dict.fromkeys(name for rows in columns.values() for name in rows))
    table = [["ns per call", *columns]]
    table += [[name, *(f"{rows[name]:.0f}" if name in rows else "-" for rows in columns.values())]
              for name in names]
    return markdown(table)


_SMALL = ("a*b+c", "sqrt(a*a+b*b)", "where(a>b,a,b)", "sum(a*b)", "exp", "sin", "a**b", "Black-Scholes", "Mandelbrot")


def small_table(results):
    """A few rows: float64, the largest size; mejit's time and how many times as long others take."""
    places = _places(results)
    wasm = next((p for p in places if p.startswith("pyodide")), None)
    columns = [(p, names) for p, names in ((wasm, ("NumPy", "JavaScript", "blosc2 kernel")),
                                           ("native" if "native" in places else None,
                                            ("NumPy", "numexpr", "blosc2")))
               if p is not None]
    if not columns:
        return "Nothing was measured yet."
    header = ["float64, a million items"]
    for place, names in columns:
        word = "natively" if place == "native" else "Pyodide"
        header += [f"{word}: mejit, ns", *names]
    rows = [header]
    for name in _SMALL:
        row = [name if name != "Mandelbrot" else "Mandelbrot (256 x 256)"]
        for place, names in columns:
            found = [f for f in results[place]["figures"] if f["row"] == name and f["dtype"] == "float64"]
            f = max(found, key=lambda f: f["items"], default=None)
            if f is None:
                row += ["-"] * (1 + len(names))
                continue
            row += [f"{f['ns']['mejit']['median']:.3g}", *(report.cell(f, n) for n in names)]
        rows.append(row)
    return markdown(rows)


TABLES = {"environment": environment, "goals": goals_table, "all": all_tables, "slower": slower_rows,
          "latency": latency_table, "calls": calls_table, "small": small_table}


def refreshed(path):
    """The document with its tables made anew."""
    results = load(RESULTS)
    return _MARK.sub(lambda m: f"{m[1]}{TABLES[m[2]](results)}\n{m[3]}", path.read_text())


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--goals"]:
        print(goals.text(load(arguments[1])))
        return
    if arguments and arguments[0] != "--take":
        sys.stdout.write(refreshed(pathlib.Path(arguments[0]).resolve()))
        return
    if arguments:
        take(*arguments[1:])
    for path in DOCUMENTS:
        path.write_text(refreshed(path))
        print(f"refreshed {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
