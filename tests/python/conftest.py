"""What all tests share."""

import sys

import numpy as np
import pytest

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float32", "float64"]
TIERS = ["interpreter", "baseline", "optimizing"]

needs_processes = pytest.mark.skipif(sys.platform == "emscripten", reason="there are no processes")

INTEGERS = [0, 1, 2, 3, 5, 7, 11, 63, 64, 100, 127]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 3.7, -3.7, 100.25, -7.0, 1e-30, -1e30,
          float("inf"), float("-inf"), float("nan")]


def sample(dtype):
    """Values of a dtype, its limits and specials among them."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            limits = [np.finfo(dtype).max, -np.finfo(dtype).max, np.finfo(dtype).tiny]
            return np.concatenate([np.array(FLOATS).astype(dtype), np.array(limits, dtype)])
    limits = [np.iinfo(dtype).max, np.iinfo(dtype).min]
    signed = [-1, -2, -7] if dtype.kind == "i" else []
    return np.array(INTEGERS + limits + signed, dtype)


def wide(expected):
    """NumPy's result with its default integers as int64: NumPy's are int32 on 32-bit platforms
    (Pyodide), mejit's are the same everywhere."""
    expected = np.asarray(expected)
    narrow = {np.dtype(np.intp): np.int64, np.dtype(np.uintp): np.uint64}
    return expected.astype(narrow.get(expected.dtype, expected.dtype))


def same(got, expected, ulp=0, zero_signs=True):
    """Asserts that two arrays have one dtype, one shape and the same values; NaN equals NaN.

    -0.0 and 0.0 differ, unless zero_signs is False. With ulp, floats may differ by so many units
    in the last place.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.dtype == expected.dtype, f"{got.dtype}, NumPy has {expected.dtype}"
    assert got.shape == expected.shape, f"{got.shape}, NumPy has {expected.shape}"
    if got.dtype.kind != "f":
        equal = got == expected
    else:
        equal = got == expected
        if zero_signs:
            equal &= np.signbit(got) == np.signbit(expected)
        equal |= np.isnan(got) & np.isnan(expected)
        if ulp:
            with np.errstate(all="ignore"):
                equal |= np.abs(got - expected) <= ulp * np.spacing(np.abs(expected))
    bad = np.argwhere(~equal)
    assert not len(bad), (
        f"{len(bad)} of {got.size} differ, first at {tuple(bad[0])}: "
        f"{got[tuple(bad[0])]!r}, NumPy has {expected[tuple(bad[0])]!r}"
    )


@pytest.fixture(autouse=True)
def _quiet_numpy():
    with np.errstate(all="ignore"):
        yield
