"""Calls that go the short way, and all those that must not: the same results, the same errors."""

import array
import gc
import sys
import weakref

import numpy as np
import pytest
from conftest import same

import mejit

NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"]


def kernel(text="a*b + 1", dtypes="float64", **options):
    return mejit.compile(text, dtypes, **options)


@pytest.mark.parametrize("dtype", NUMBERS)
def test_every_dtype_in_and_out(dtype):
    a = np.array([0, 1, 2, 3, 100]).astype(dtype)
    k = kernel("a", {"a": dtype})
    same(k(a), a)
    out = np.empty_like(a)
    assert k(a, out=out) is out
    same(out, a)


@pytest.mark.parametrize("shape", [(), (1,), (7,), (0,), (3, 4), (3, 0), (2, 1, 3), (5000,)])
def test_shapes(shape):
    a, b = np.full(shape, 2.0), np.full(shape, 3.0)
    result = kernel()(a, b)
    assert type(result) is type(np.add(a, b))
    same(result, np.add(a * b, 1))
    out = np.zeros(shape)
    assert kernel()(a, b, out=out) is out
    same(out, a * b + 1)


def test_scalar_results():
    total = kernel("sum(a)", {"a": "int32"})
    a = np.arange(10, dtype="i4")
    assert type(total(a)) is np.int64 and total(a) == 45
    out = np.zeros((), "i8")
    assert total(a, out=out) is out and out == 45
    wide = np.zeros(3, "i8")
    total(a, out=wide)  # repeated
    assert wide.tolist() == [45] * 3
    assert type(kernel("any(a > 3)", {"a": "int32"})(a)) is np.bool_


def test_arrays_that_need_more_than_an_address():
    a, b = np.arange(12.0), np.arange(12.0)[::-1]
    expected = a * b + 1
    k = kernel()
    same(k(a, b), expected)  # strides
    same(k(a.reshape(3, 4).T, b.reshape(3, 4).T), expected.reshape(3, 4).T)
    same(k(a.astype(">f8"), b.copy()), expected)  # byte order
    same(k(a.astype("f4"), b.copy()), expected)  # safe cast
    same(k(a, 2.0), a * 2 + 1)  # broadcast
    same(k(a.reshape(3, 4), a[:4]), a.reshape(3, 4) * a[:4] + 1)
    odd = np.frombuffer(b"x" + b.tobytes(), "f8", offset=1)  # unaligned
    same(k(a, odd), expected)
    same(k(array.array("d", a), memoryview(b.copy())), expected)
    same(k(a.tolist(), b.tolist()), expected)

    class Array(np.ndarray):
        pass

    same(np.asarray(k(a.view(Array), b.copy())), expected)
    out = np.zeros((2, 12))
    k(a, b.copy(), out=out[0])
    k(a, b.copy(), out=out[:, ::1][1])
    same(out, np.stack([expected, expected]))
    strided = np.zeros(24)
    k(a, b.copy(), out=strided[::2])
    same(strided[::2], expected)
    single = np.zeros(12, "f4")
    k(a, b.copy(), out=single, casting="same_kind")
    same(single, expected.astype("f4"))


def test_reductions_along_axes():
    a, b = np.arange(12.0).reshape(3, 4), np.ones((3, 4))
    for axis in (0, 1):
        k = kernel(f"sum(a*b, axis={axis})")
        same(k(a, b), a.sum(axis))
        same(k(a, b, out=np.zeros(4 - axis)), a.sum(axis))
        for _ in range(2):
            same(mejit.evaluate(f"sum(a*b, axis={axis})"), a.sum(axis))
    same(kernel("a - mean(a*b, axis=0)")(a, b), a - a.mean(0))


def test_outputs_over_operands():
    for shift in (0, 1, -1):
        memory = np.arange(10_000.0)
        a = memory[1:-1]
        out = memory[1 + shift: len(memory) - 1 + shift]
        expected = a * a + 1
        kernel("a*b + 1")(a, a, out=out)
        same(out, expected)


def test_errors_are_those_of_the_long_way():
    k, a = kernel(), np.ones(3)
    with pytest.raises(TypeError, match="takes 2 values"):
        k(a, a, a)
    with pytest.raises(TypeError, match="no value for b"):
        k(a)
    with pytest.raises(TypeError, match="'a' was given twice"):
        k(a, a, a=a)
    with pytest.raises(mejit.EvaluateError, match="broadcast"):
        k(a, np.ones(4))
    with pytest.raises(mejit.EvaluateError, match="out has shape"):
        k(a, a, out=np.ones(4))
    with pytest.raises(TypeError, match="not allowed by casting"):
        k(a, a, out=np.ones(3, "i4"))
    frozen = np.ones(3)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        k(a, a, out=frozen)
    with pytest.raises(ValueError, match="order must be"):
        k(a, a, order="Z")
    with pytest.raises(TypeError, match="no safe conversion"):
        k(a, a.astype("c16"))
    with pytest.raises(mejit.EvaluateError, match="zero-size"):
        kernel("max(a)")(np.ones(0))
    same(k(a, b=a), a * a + 1)
    same(k(b=a, a=2 * a), a * 2 * a + 1)
    same(k(a, a, out=None), a * a + 1)


def test_python_numbers():
    k = kernel("a + s", {"a": "float32", "s": float})
    a = np.ones(3, "f4")
    same(k(a, 0.5), a + 0.5)
    same(k(a, 2), a + 2)
    with pytest.raises(TypeError, match="takes one value"):
        k(a, a)
    k = kernel("a + n", {"a": "int8", "n": int})
    b = np.ones(3, "i1")
    same(k(b, 5), b + 5)
    with pytest.raises(OverflowError):
        k(b, 500)
    same(kernel("a + n", {"a": "float64", "n": int})(np.ones(2), 2**62), np.ones(2) + 2**62)
    with pytest.raises(OverflowError):
        kernel("a + n", {"a": "float64", "n": int})(np.ones(2), 2**70)


def test_loops_of_short_calls_let_other_threads_run():
    k = kernel("def k(a):\n    for i in range(10):\n        a = a + i\n    return a\n")
    same(k(np.zeros(3)), np.full(3, 45.0))


def test_subclasses_and_lifetimes():
    class Doubling(mejit.Kernel):
        def __call__(self, *values):
            return 2 * super().__call__(*values)

    k = kernel()
    d = Doubling(k.source, k._params)
    a = np.ones(3)
    same(d(a, a), np.full(3, 4.0))
    alive = weakref.ref(d)
    del d
    gc.collect()
    assert alive() is None
    before = sys.getrefcount(a)
    for _ in range(100):
        k(a, a)
        k(a, a, out=a)
        a.fill(1)
    assert sys.getrefcount(a) == before
    with pytest.raises(AttributeError):
        mejit._core.Callable()(a)


def test_evaluate_remembers_texts_and_dtypes():
    def compiled():
        return mejit.counters()["compiles"]

    text = "p*3 + q - 0.125"
    p, q = np.arange(4.0), np.ones(4)
    same(mejit.evaluate(text), p * 3 + q - 0.125)
    before = compiled()
    for _ in range(3):
        same(mejit.evaluate(text), p * 3 + q - 0.125)
    p = np.arange(5.0)[::-1]
    q = 2.0
    same(mejit.evaluate(text), p * 3 + q - 0.125)
    p = p.astype("f4")
    q = 7
    same(mejit.evaluate(text), p * np.float32(3) + np.float32(q - 0.125))
    out = np.zeros(5, "f4")
    assert mejit.evaluate(text, out=out) is out
    same(mejit.evaluate(text, {"p": p, "q": 1}, {}), mejit.evaluate(text, {"p": p}, {"q": 1}))
    assert compiled() - before <= 2  # one per combination of dtypes
    for dtype in ("f8", "f4", "i4", "i8", "u1", "i2", "f8", "c16"):
        q = np.ones(5, dtype)
        same(mejit.evaluate(text), mejit.compile(text, {"p": "f4", "q": dtype})(p, q))


def test_evaluate_with_names_that_come_and_go():
    x = np.ones(3)
    same(mejit.evaluate("x * pi"), x * np.pi)
    pi = 3.0
    same(mejit.evaluate("x * pi"), x * pi)
    same(mejit.evaluate("x * pi"), x * 3)
    pi = "a string"
    with pytest.raises(mejit.Error):
        mejit.evaluate("x * pi")
    del pi
    same(mejit.evaluate("x * pi"), x * np.pi)
    del x
    with pytest.raises(mejit.CompileError, match="x"):
        mejit.evaluate("x * pi")


def test_evaluate_with_integers_beyond_the_dtypes():
    a = np.arange(3, dtype="i1")
    n = 5
    same(mejit.evaluate("a < n"), a < n)
    n = 500
    same(mejit.evaluate("a < n"), a < n)
    n = 2**70
    same(mejit.evaluate("a < n"), a < n)


def test_evaluate_in_scopes_that_are_no_dicts():
    class Scope:
        def __getitem__(self, name):
            return {"a": np.ones(2)}[name]

        def __contains__(self, name):
            return name == "a"

    for _ in range(2):
        same(mejit.evaluate("a + 1.5", Scope(), {}), np.full(2, 2.5))

    class Broken(dict):
        def __getitem__(self, name):
            raise RuntimeError("broken scope")

    mejit.evaluate("a + 1.5", {"a": np.ones(2)}, {})
    with pytest.raises(RuntimeError, match="broken scope"):
        mejit.evaluate("a + 1.5", Broken(a=1), {})
