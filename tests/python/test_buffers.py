"""Values of other makes: plain buffers, odd memory, lists; and a process without NumPy."""

import array
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from conftest import DTYPES, needs_processes, sample, same

import mejit


@pytest.mark.parametrize("dtype", DTYPES)
def test_other_byte_order(dtype):
    a = sample(dtype)
    x = a.astype(a.dtype.newbyteorder(">"))
    same(mejit.evaluate("where(True, x, x)"), a)
    out = np.zeros(a.shape, x.dtype)
    assert mejit.evaluate("where(True, a, a)", out=out) is out
    same(out.astype(dtype), a)


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint64", "float32", "float64"])
def test_unaligned(dtype):
    a = np.tile(sample(dtype), 500)
    raw = np.zeros(a.nbytes + 1, np.uint8)
    x = raw[1:].view(dtype)
    x[:] = a
    assert not x.flags.aligned
    same(mejit.evaluate("where(True, x, x)"), a)
    mejit.evaluate("where(True, a, a) + 0", out=x)
    same(x.copy(), a + np.array(0, dtype), zero_signs=False)
    record = np.zeros(100, [("flag", "u1"), ("value", dtype)])
    record["value"] = a[:100]
    value = record["value"]
    same(mejit.evaluate("value - value / 1" if dtype[0] == "f" else "value - value"),
         value - value / 1 if dtype[0] == "f" else value - value)


def test_float16_is_read_as_float32():
    h = np.array([0.5, -2, 65504, np.inf, np.nan, 6e-8], np.float16)
    same(mejit.evaluate("h + h"), h.astype(np.float32) * 2)
    same(mejit.compile("h", {"h": "float16"})(h[::2]), h[::2].astype(np.float32))


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_array_array(code):
    a = array.array(code, [0, 1, 2, 100])
    same(mejit.evaluate("a + a"), np.array(a) + np.array(a))
    out = array.array(code, bytes(4 * a.itemsize))
    assert mejit.evaluate("a + a", out=out) is out
    assert out.tolist() == [0, 2, 4, 200 if code != "b" else -56]


def test_bytearrays_and_memoryviews():
    data = bytearray(range(10))
    same(mejit.evaluate("data + data"), np.arange(10, dtype=np.uint8) * 2)
    view = memoryview(bytearray(48)).cast("d", (2, 3))
    same(mejit.evaluate("view + 1.5"), np.full((2, 3), 1.5))
    flags = memoryview(bytes([0, 1, 7])).cast("?")
    same(mejit.evaluate("flags | False"), np.array([False, True, True]))
    steps = memoryview(array.array("i", range(10)))[::-3]
    same(mejit.evaluate("steps * 1"), np.arange(10, dtype="int32")[::-3])


def test_lists_become_arrays():
    a, b = [1, 2, 3], (0.5, 1.5, 2.5)
    same(mejit.evaluate("a * b"), np.array(a) * np.array(b))
    kernel = mejit.compile("x + 1", {"x": "float64"})
    same(kernel([1.5, 2.5]), np.array([2.5, 3.5]))
    same(kernel([1, 2]), np.array([2.0, 3.0]))

    class Column:
        def __array__(self, dtype=None, copy=None):
            return np.array([1.0, 2.0])

    c = Column()
    same(mejit.evaluate("c + c"), np.array([2.0, 4.0]))


@pytest.mark.parametrize("value", [
    np.array(["2020-01-01"], "datetime64[D]"),
    np.zeros(2, [("x", "f8")]), np.array([1, None], object), np.ones(2, np.longdouble),
    None, {}, [object()],
])
def test_unsupported_values(value):
    with pytest.raises(TypeError, match="supported|neither|value"):
        mejit.evaluate("value + 1")


def test_arguments_are_converted_when_that_is_safe():
    kernel = mejit.compile("a + 1", {"a": "float64"})
    for dtype in DTYPES:
        same(kernel(np.ones(5, dtype)), np.full(5, 2.0))
    narrow = mejit.compile("a + 1", {"a": "int16"})
    same(narrow(np.ones((2, 2), "int8")), np.full((2, 2), 2, "int16"))
    for dtype in ("int32", "uint16", "float32"):
        with pytest.raises(TypeError, match="safe"):
            narrow(np.ones(5, dtype))


def test_buffers_are_released():
    a, out = bytearray(80), bytearray(80)
    x, y = memoryview(a).cast("d"), memoryview(out).cast("d")
    mejit.evaluate("x + 1", out=y)
    with pytest.raises(mejit.CompileError):
        mejit.evaluate("x + nobody")
    with pytest.raises(TypeError):
        mejit.evaluate("x + 1", out=memoryview(bytearray(80)).cast("f"))
    del x, y
    a.append(1)  # BufferError if anybody still held it
    out.append(1)


def in_process(code):
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True,
                         text=True, cwd=pathlib.Path(__file__).parent)
    assert run.returncode == 0, run.stderr
    return run.stdout


@needs_processes
def test_a_process_without_numpy():
    in_process("""
        import sys
        sys.modules["numpy"] = None  # importing it fails
        import without_numpy
        without_numpy.check()
    """)


@needs_processes
def test_importing_is_cheap():
    out = in_process("""
        import sys, mejit
        print("numpy" in sys.modules, "wasmtime" in sys.modules)
    """)
    assert out.split() == ["False", "False"]
