"""The exceptions: their tree, what they carry, and that bad input never does worse than raise."""

import pathlib
import re
import textwrap

import numpy as np
import pytest

import mejit


def test_the_tree():
    for error in (mejit.CompileError, mejit.EvaluateError, mejit.OutOfMemory):
        assert issubclass(error, mejit.Error)
    for error in (mejit.ParseError, mejit.DTypeError, mejit.ReductionError):
        assert issubclass(error, mejit.CompileError)
    assert issubclass(mejit.CompileError, ValueError) and issubclass(mejit.DTypeError, TypeError)
    assert issubclass(mejit.OutOfMemory, MemoryError)


def test_reports_are_located():
    a = np.ones(3)
    with pytest.raises(mejit.ParseError) as caught:
        mejit.evaluate("a * (a + unknown)")
    error = caught.value
    assert "unknown" in str(error) and error.span == (9, 16) and error.status == -2
    lines = str(error).splitlines()
    assert len(lines) <= 6 and lines[-1].lstrip(" |") == "^^^^^^^"
    assert lines[-1].index("^") == lines[-2].index("unknown")
    assert error.report.startswith("error: ")


@pytest.mark.parametrize("text", [
    "", " ", "a +", "+", "a b", "(a", "a)", "a..b", "a @ b", "lambda: a", "a[0]", "a.real", "f'x'",
    "a = 1", "import os", "__import__('os')", "sin()", "sin(a, a)", "nosuch(a)", "1e999999(",
    "\0", "a\0b", "é", "\ud800", "a if", "a if a", "0x", "1__0", "'text", "def", "def f", "def f(:",
    "def f(a):", "def f(a):\n  retur a", "def f(a):\n  x = y\n  return x",
    "def f(a):\n  if a > 0:\n    return a", "def f(a):\nreturn a", "def f(a, a):\n  return a",
    "def f(b):\n  return b", "# nothing", "sum(sum(", "a" * 100000 + "(", "(" * 1_000_000,
    "a+" * 1_000_000 + "a", "-" * 500_000 + "a", "sin(" * 10_000 + "a" + ")" * 10_000,
    "a**" * 50_000 + "a", "a if a else " * 20_000 + "a", "9" * 100_000 + "*a",
    "def f(a):\n" + "".join(" " * i + "if a:\n" for i in range(1, 200)) + " " * 200 + "return a",
])
def test_bad_texts(text):
    a = np.ones(3)
    assert len(a) == 3
    with pytest.raises(mejit.CompileError) as caught:
        mejit.evaluate(text)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("text, values", [
    ("a - b", {"a": np.array([True]), "b": np.array([False])}),
    ("a & b", {"a": np.ones(1), "b": np.ones(1, int)}),
    ("~a", {"a": np.ones(1)}),
    ("a << 1", {"a": np.ones(1)}),
    ("a + 300", {"a": np.ones(1, "uint8")}),
])
def test_dtypes_that_do_not_fit(text, values):
    with pytest.raises(mejit.DTypeError):
        mejit.evaluate(text, values)
    with pytest.raises(TypeError):
        mejit.evaluate(text, values)


def test_errors_while_evaluating():
    a, n = np.ones(3), 0
    with pytest.raises(mejit.EvaluateError, match="step"):
        mejit.evaluate("def f(a, n):\n  for i in range(0, 5, n):\n    a += 1.0\n  return a")
    with pytest.raises(mejit.EvaluateError, match="limit"):
        mejit.evaluate("def f(a):\n  while a == 1.0:\n    a = a * 1.0\n  return a")
    assert n == 0 and a.sum() == 3  # and everything still works
    assert mejit.evaluate("sum(a)") == 3


def test_errors_survive_pickling():
    import pickle

    with pytest.raises(mejit.ParseError) as caught:
        mejit.evaluate("1 +")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is mejit.ParseError
    assert (str(copy), copy.span, copy.status) == (
        str(caught.value), caught.value.span, caught.value.status)


def test_private_entry_points_check_their_arguments():
    core = mejit._core
    with pytest.raises(ValueError):
        core.Kernel("a", ["a"], [11, 11], [0], 0, 0, 2)
    for dialect, result, tier in [(9, 0, 2), (0, 99, 2), (0, 0, 9), (-1, 0, 2), (0, -5, 2)]:
        with pytest.raises(mejit.CompileError):
            core.Kernel("a", ["a"], [11], [0], dialect, result, tier)
    with pytest.raises(mejit.CompileError):
        core.Kernel("a", ["a"], [77], [0], 0, 0, 2)
    with pytest.raises(mejit.CompileError):
        core.Kernel("a", ["a"], [11], [64], 0, 0, 2)
    with pytest.raises(TypeError):
        core.Kernel("a", ["a"], [11], [0], 0, 0, 2).run((), None, "K")
    with pytest.raises((ValueError, IndexError)):
        core.ResultBuffer(11, (2, 3), (0, 5))
    with pytest.raises(ValueError):
        core.ResultBuffer(15, (2,), ())


def golden_reports():
    """The cases of tests/golden/errors that hold a whole report: text, types, dialect, report."""
    folder = pathlib.Path(__file__).resolve().parents[1] / "golden" / "errors"
    for page in sorted(folder.glob("reported_*.txt")):
        for case in re.split(r"^# ", page.read_text(), flags=re.MULTILINE)[1:]:
            title, rest = case.split("\n", 1)
            fields = dict(re.findall(r"^(\w+):(.*\n(?:  .*\n?)*)", rest, re.MULTILINE))
            block = {key: textwrap.dedent("".join(value.split("\n", 1)[1:])) for key, value in fields.items()}
            text = fields["expr"].strip() if "expr" in fields else block["kernel"]
            types = dict(pair.split(":") for pair in fields["types"].split())
            dialect = fields.get("dialect", "numpy").strip()
            yield pytest.param(text, types, dialect, block["report"], id=title)


@pytest.mark.parametrize("text, types, dialect, report", list(golden_reports()))
def test_typical_mistakes(text, types, dialect, report):
    with pytest.raises(mejit.CompileError) as caught:
        mejit.compile(text, types, dialect=dialect)
    assert caught.value.report == report
    assert len(report.splitlines()) <= 6 and "^" in report
    assert str(caught.value).splitlines()[0] == report.splitlines()[0].removeprefix("error: ")
