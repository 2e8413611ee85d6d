"""The benchmark programs run and compare what the contenders compute; their times are nobody's test."""

import json
import os
import pathlib
import subprocess
import sys

import mejit
import numpy as np
import pytest
from conftest import needs_processes

ROOT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = needs_processes


@pytest.fixture(scope="module")
def programs():
    """The modules of benchmarks/."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import contenders
    import publish
    import report
    import rows

    yield contenders, report, rows, publish
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def native_run(tmp_path_factory):
    """The file that native.py --quick wrote, and what it printed."""
    if mejit.host().startswith("none"):
        pytest.skip("measures the JIT")
    figures = tmp_path_factory.mktemp("figures") / "native.json"
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/native.py", "--quick", "--json", figures],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return figures, done.stdout


def test_native_rows_run(native_run):
    figures, printed = native_run
    measured = json.loads(figures.read_text())
    rows = measured["figures"]
    assert {f["dtype"] for f in rows} == {"float64", "float32", "int64", "int32"}
    assert {"mejit", "mejit, C API", "mejit interpreter", "NumPy", "C, 128 bit"} <= set(rows[1]["ns"])
    assert len({f["row"] for f in rows}) > 20
    for name in ("numexpr", "blosc2"):  # measured, or said to be missing
        assert any(name in f["ns"] for f in rows) or any(name in line for line in measured["missing"])
    for line in ("float64, 256 items", "rows where a peer is faster"):
        assert line in printed


def test_tables_of_the_documents_come_from_figures(programs, native_run, tmp_path, monkeypatch):
    *_, publish = programs
    monkeypatch.setattr(publish, "RESULTS", tmp_path / "results")
    publish.take(native_run[0].parent)
    document = tmp_path / "document.md"
    document.write_text("".join(f"<!-- table: {name} -->\nold\n<!-- end -->\n" for name in publish.TABLES))
    text = publish.refreshed(document)
    assert "old" not in text
    assert "| a*b+c |" in text and "float32, 256 items:" in text
    assert "natively: arithmetic" in text and "not measured" in text
    document.write_text(text)
    assert publish.refreshed(document) == text


def test_figures_of_earlier_runs_are_not_published(programs, tmp_path, monkeypatch, capsys):
    *_, publish = programs
    monkeypatch.setattr(publish, "RESULTS", tmp_path / "results")
    for name, seconds in (("latency-native.json", 1000), (".started", 2000), ("native.json", 3000)):
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (seconds, seconds))
    publish.take(tmp_path, tmp_path / ".started")
    assert [path.name for path in publish.RESULTS.iterdir()] == ["native.json"]
    assert "latency-native" in capsys.readouterr().out


def test_second_processes_find_their_kernels(tmp_path):
    if mejit.host().startswith("none"):
        pytest.skip("measures the cache of compiled kernels")
    figures = tmp_path / "second.json"
    done = subprocess.run([sys.executable, ROOT / "benchmarks/second_process.py", "--rounds", "1", "--rows",
                           "expression", "reduction", "--sizes", "10", "--json", figures],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    samples = json.loads(figures.read_text())["us"]
    assert {way for (_, _, way), _ in samples} == {"evaluate", "evaluate out=", "compile, call", "at once"}
    for (row, items, _), (sample,) in samples:
        assert row in done.stdout and items == 10
        assert sample["tier"] == "ahead-of-time" and sample["hits"] >= 1 and sample["lower"] == 0


def test_turns_are_entered_and_left(programs):
    import measure

    seen = []
    around = {"x": (lambda: seen.append("enter"), lambda: seen.append("leave"))}
    runs = {"x": lambda count: seen.append("run"), "y": lambda count: None}
    assert set(measure.compare(runs, 1, 2, 1e-6, around)) == {"x", "y"}
    turn = ["enter", "run", "leave"]
    assert seen == ["enter", "run", "run", "run", "leave", *turn, *turn]


def test_a_contender_that_computes_something_else_is_found(programs):
    contenders, _, rows, _ = programs
    by_name = {row.name: row for row in rows.ROWS}
    want = np.linspace(1, 2, 100)
    other = want.copy()
    other[7] += 1e-6
    assert contenders.disagreement(by_name["a+b"], "float64", want, want) == ""
    assert "1%" in contenders.disagreement(by_name["a+b"], "float64", other, want)
    assert contenders.disagreement(by_name["Mandelbrot"], "float64", other, want) == ""
    assert contenders.disagreement(by_name["a>b"], "float64", want > 1.5, want > 1.4)


def test_each_contender_is_compared_with_the_same_form_of_mejit(programs):
    _, report, _, _ = programs
    ns = {"mejit": {"median": 2.0}, "mejit, C API": {"median": 1.0}, "mejit, all threads": {"median": 0.5},
          "NumPy": {"median": 3.0}, "numexpr, all threads": {"median": 0.4}, "C, 128 bit": {"median": 0.8}}
    figure = {"row": "a+b", "dtype": "float64", "items": 8, "ns": ns, "excluded": {"blosc2": "computes x"}}
    assert report.ratio(figure, "NumPy") == 1.5
    assert report.ratio(figure, "numexpr, all threads") == 0.8
    assert report.of_limit(figure) == 1.25
    assert [n for _, _, n in report.faster_peers([figure])] == ["numexpr, all threads"]
    assert report.cell(figure, "blosc2") == "wrong"
