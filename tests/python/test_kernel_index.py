"""Index symbols against np.indices, print() against sys.stdout, reductions in loops against NumPy."""

import numpy as np
import pytest

import mejit

TIERS = ["interpreter", "baseline", "optimizing"]
SHAPES = [(7,), (3, 4), (2, 3, 5), (2, 1, 3, 2), (1, 2, 1, 2, 1, 2, 1, 2), (5000,), (70, 71)]


def layouts(shape):
    """The same shape in C order, Fortran order, reversed and with gaps."""
    items = np.arange(float(np.prod(shape))).reshape(shape)
    yield items
    yield np.asfortranarray(items)
    yield items[..., ::-1]
    gaps = np.zeros(tuple(2 * n for n in shape))
    view = gaps[tuple(slice(None, None, 2) for _ in shape)]
    view[...] = items
    yield view


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_positions(shape, tier):
    coordinates = np.indices(shape)
    for array in layouts(shape):
        for axis in range(8):
            k = mejit.compile(f"def f(a):\n    return _i{axis} * 1000 + _n{axis}\n", {"a": "f8"},
                              tier=tier)
            known = axis < len(shape)
            position = coordinates[axis] if known else 0
            extent = shape[axis] if known else 1
            expected = np.broadcast_to(position * 1000 + extent, shape)
            assert np.array_equal(k(array), expected)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_flat_index(shape, tier):
    k = mejit.compile("def f(a):\n    return _flat_idx * 10 + _ndim\n", {"a": "f8"}, tier=tier)
    expected = np.arange(np.prod(shape)).reshape(shape) * 10 + len(shape)
    for array in layouts(shape):
        assert np.array_equal(k(array), expected)
        out = np.empty(shape[::-1], "i8").T
        k(array, out=out)
        assert np.array_equal(out, expected)


def test_broadcast_shape():
    k = mejit.compile("def f(a, b):\n    return a + b + 100 * _i0 + _i1\n",
                      {"a": "f8", "b": "f8"})
    a, b = np.ones((3, 1)), np.arange(4.0)
    i, j = np.indices((3, 4))
    assert np.array_equal(k(a, b), a + b + 100 * i + j)


def test_print_goes_to_stdout(capsys):
    k = mejit.compile(
        """
def f(x, n):
    for i in range(n):
        print("{}: {} {{}}", i, sum(x))
    if any(x > 100):
        print("large")
    if x > 1.75:
        print("one is")
    print(True, 0.1, 1e20)
    return x
""",
        {"x": "f8", "n": int},
    )
    x = np.array([1.5, 2.0])
    assert np.array_equal(k(x, 2), x)
    assert capsys.readouterr().out == "0: 3.5 {}\n1: 3.5 {}\none is\nTrue 0.1 1e+20\n"


@pytest.mark.parametrize("tier", TIERS)
def test_reductions_in_loops(tier):
    k = mejit.compile("def f(x):\n    n = 0\n    while max(abs(x - mean(x))) > 0.5:\n"
                      "        x = x + (mean(x) - x) / 2\n        n += 1\n    return x + n\n",
                      {"x": "f8"}, tier=tier)
    x = np.random.default_rng(1).normal(size=10_000) * 10
    y, n = x.copy(), 0
    while np.max(np.abs(y - np.mean(y))) > 0.5:
        y = y + (np.mean(y) - y) / 2
        n += 1
    assert np.allclose(k(x), y + n, rtol=1e-12)
