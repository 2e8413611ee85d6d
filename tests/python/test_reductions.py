"""Reductions against NumPy: axis=, keepdims=, ddof=, shapes, layouts, dtypes, tiers."""

import itertools
import random


import numpy as np
import pytest
from conftest import DTYPES, wide

import mejit

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

NAMES = ["sum", "prod", "min", "max", "any", "all", "mean", "std", "var", "argmin", "argmax",
         "count_nonzero", "nansum", "nanprod", "nanmin", "nanmax", "nanmean", "nanstd", "nanvar",
         "nanargmin", "nanargmax"]
ONE_AXIS = ("argmin", "argmax", "nanargmin", "nanargmax")
COMPLEX = ["sum", "prod", "min", "max", "any", "all", "mean", "std", "var", "count_nonzero",
           "nansum", "nanprod", "nanmean"]
SHAPES = [(), (1,), (7,), (4100,), (0,), (3, 5), (5, 1), (0, 3), (3, 0), (2, 3, 4), (2, 0, 3),
          (3, 2, 1, 2), (2, 3, 2, 3)]


def filled(shape, dtype, seed=1):
    """Small values, so that float results do not depend much on the order of operations."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -5, 6, shape).astype(dtype)
    a = rng.normal(size=shape).astype(dtype)
    if dtype.kind == "c":
        a = (a + 1j * rng.normal(size=shape)).astype(dtype)
    return a


def layouts(a):
    """The same values in other memory layouts."""
    yield a
    if a.ndim == 0:
        return
    yield np.asfortranarray(a)
    flipped = np.ascontiguousarray(a[(slice(None, None, -1),) * a.ndim])
    yield flipped[(slice(None, None, -1),) * a.ndim]
    spread = np.zeros(tuple(2 * n for n in a.shape), a.dtype)
    view = spread[(slice(None, None, 2),) * a.ndim]
    view[...] = a
    yield view


def axes_of(ndim):
    yield None
    for axis in range(ndim):
        yield axis
        yield axis - ndim
    for count in range(0, ndim + 1):
        yield from itertools.combinations(range(ndim), count)


def close(got, expected, dtype, what):
    expected = wide(expected)
    got = np.asarray(got)
    assert got.dtype == expected.dtype, what
    assert got.shape == expected.shape, what
    single = np.dtype(dtype) in (np.float32, np.complex64)
    tolerance = 0 if expected.dtype.kind in "biu" else 2e-5 if single else 1e-12
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=what)


def call(name, axis, keepdims):
    options = f", axis={axis}" if axis is not None else ""
    return f"{name}(a{options}{', keepdims=True' if keepdims else ''})"


def numpy_of(name, a, axis, keepdims):
    return getattr(np, name)(a, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("name", NAMES)
def test_axes_and_shapes(name):
    for shape in SHAPES:
        a = filled(shape, "float64")
        for axis, keepdims in itertools.product(axes_of(a.ndim), (False, True)):
            if name in ONE_AXIS and isinstance(axis, tuple):
                continue
            text = call(name, axis, keepdims)
            what = f"{text} of {shape}"
            try:
                expected = numpy_of(name, a, axis, keepdims)
            except ValueError:
                with pytest.raises(mejit.EvaluateError, match="zero-size array"):
                    mejit.evaluate(text)
                continue
            close(mejit.evaluate(text), expected, "float64", what)


@pytest.mark.parametrize("dtype", [*DTYPES, "complex64", "complex128"])
@pytest.mark.parametrize("name", NAMES)
def test_dtypes(name, dtype):
    if dtype.startswith("complex") and name not in COMPLEX:
        a = filled((3, 4), dtype)
        with pytest.raises(mejit.CompileError, match="not defined for complex"):
            mejit.evaluate(call(name, 0, False))
        return
    a = filled((5, 6), dtype)
    for axis in (None, 0, 1):
        close(mejit.evaluate(call(name, axis, False)), numpy_of(name, a, axis, False), dtype,
              f"{call(name, axis, False)} of {dtype}")


@pytest.mark.parametrize("name", NAMES)
def test_layouts_and_tiers_give_the_same_bits(name):
    """Whatever the memory layout, the tier and the way of walking: the same bits."""
    random.seed(name)
    for shape, dtype in [((9, 40), "float64"), ((300, 3), "float32"), ((3, 5, 7), "float64"),
                         ((4100, 2), "float64"), ((2, 4100), "float32"), ((3, 4200), "int16")]:
        values = filled(shape, dtype)
        axes = [None, *range(len(shape))]
        for axis in axes:
            text = call(name, axis, random.random() < 0.3)
            results = []
            for tier in ("interpreter", "optimizing"):
                k = mejit.compile(text, {"a": dtype}, tier=tier)
                for a in layouts(values):
                    results.append(np.asarray(k(a)))
            for r in results[1:]:
                assert r.tobytes() == results[0].tobytes(), f"{text} of {shape} {dtype}"


@pytest.mark.parametrize("shape", [(9000, 3), (3, 9000), (2, 5000, 2), (10, 5000)])
@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var"])
def test_each_result_is_that_of_its_items_alone(name, shape):
    a = 1 + filled(shape, "float64") / 1e4
    for axis in range(a.ndim):
        whole = mejit.evaluate(f"{name}(a, axis={axis})")
        moved = np.moveaxis(a, axis, -1).reshape(-1, shape[axis])
        picks = range(0, moved.shape[0], max(1, moved.shape[0] // 7))
        k = mejit.compile(f"{name}(x)", {"x": "float64"})
        for i in picks:
            assert whole.reshape(-1)[i] == k(np.ascontiguousarray(moved[i]))


EXPRESSIONS = {
    "a / sum(a, axis=1, keepdims=True)": lambda a, b: a / np.sum(a, axis=1, keepdims=True),
    "sum(sum(a*b, axis=0))": lambda a, b: np.sum(np.sum(a * b, axis=0)),
    "max(abs(a - mean(a, axis=0)))": lambda a, b: np.max(np.abs(a - np.mean(a, axis=0))),
    "(a - mean(a, 0)) / std(a, 0, ddof=1)":
        lambda a, b: (a - np.mean(a, 0)) / np.std(a, axis=0, ddof=1),
    "sum(a) + b": lambda a, b: np.sum(a) + b,
    "sum(a*b) - mean(b)": lambda a, b: np.sum(a * b) - np.mean(b),
    "sum(a) / sum(b)": lambda a, b: np.sum(a) / np.sum(b),
    "argmax(a, axis=-1) * argmin(b)": lambda a, b: np.argmax(a, axis=-1) * np.argmin(b),
    "np.sum(a, axis=(0, 1)) + np.max(b, axis=0)":
        lambda a, b: np.sum(a, axis=(0, 1)) + np.max(b, axis=0),
    "sum(a - mean(b))": lambda a, b: np.sum(a - np.mean(b)),
    "sum(a, axis=0) / sum(a, axis=0)": lambda a, b: np.sum(a, axis=0) / np.sum(a, axis=0),
    "where(any(a > 1, axis=1, keepdims=True), a, b)":
        lambda a, b: np.where(np.any(a > 1, axis=1, keepdims=True), a, b),
    "mean(max(a, axis=0) - min(a, axis=0))": lambda a, b: np.mean(np.ptp(a, axis=0)),
    "sum(a, keepdims=True) + sum(b, axis=None)":
        lambda a, b: np.sum(a, keepdims=True) + np.sum(b),
    "var(a, correction=2) + nanvar(b, ddof=1)": lambda a, b: np.var(a, ddof=2) + np.var(b, ddof=1),
    "sum(a**0 * b)": lambda a, b: np.sum(a**0 * b),
    "sum(sum(a, axis=0), axis=0)": lambda a, b: np.sum(np.sum(a, axis=0), axis=0),
    "sum(a, axis=())": lambda a, b: np.sum(a, axis=()),
    "max(a + b, axis=0) - b": lambda a, b: np.max(a + b, axis=0) - b,
}


@pytest.mark.parametrize("tier", ["interpreter", "optimizing"])
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_nested_anywhere(text, tier):
    for shape in [(6, 4), (1, 4), (4500, 4)]:
        a, b = filled(shape, "float64", 2), filled((4,), "float64", 3)
        names = [name for name in "ab" if name in mejit._core.free_names(text, 0)]
        k = mejit.compile(text, {name: "float64" for name in names}, tier=tier)
        got = k(*[{"a": a, "b": b}[name] for name in names])
        expected = np.asarray(EXPRESSIONS[text](a, b))
        assert np.shape(got) == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)


def test_positions_are_the_first_and_nan_wins():
    a = np.array([[3.0, 1.0, 1.0, 3.0], [np.nan, 2.0, np.nan, 9.0], [0.0, -0.0, 0.0, -0.0]])
    for text, function in [("argmin", np.argmin), ("argmax", np.argmax)]:
        for axis in (None, 0, 1):
            got = np.asarray(mejit.evaluate(f"{text}(a, axis={axis})"))
            assert got.dtype == np.int64
            assert np.array_equal(got, function(a, axis=axis))
    big = np.zeros(10000)
    big[[7000, 8000]] = 1
    assert mejit.evaluate("argmax(big)") == 7000
    rows = np.zeros((5, 10000)).T
    rows[4097] = 1
    assert np.array_equal(mejit.evaluate("argmax(rows, axis=0)"), [4097] * 5)


def test_kernels_take_the_whole_call_forms():
    a = filled((1000,), "float64")
    for name in NAMES:
        k = mejit.compile(f"def k(a):\n    return {name}(a)\n", {"a": "float64"})
        np.testing.assert_allclose(k(a), getattr(np, name)(a), rtol=1e-12)
    k = mejit.compile("def k(a):\n    return a - np.mean(a) + std(a, ddof=1)\n", {"a": "float64"})
    np.testing.assert_allclose(k(a), a - a.mean() + a.std(ddof=1), rtol=1e-12)


def test_only_elements_that_are_left_take_part():
    k = mejit.compile("""
def k(a):
    if a < 0:
        return 0.0
    return mean(a) + 100 * argmax(a) + 1000 * count_nonzero(a)
""", {"a": "float64"})
    a = np.array([-5.0, 1.0, -7.0, 3.0, 2.0])
    left = 2.0 + 300 + 3000
    assert np.array_equal(k(a), [0, left, 0, left, left])


def test_long_float32_sums_are_right():
    a = np.broadcast_to(np.float32(0.1), (100, 1000, 1000))
    assert mejit.evaluate("sum(a)") == np.float32(float(np.float32(0.1)) * 1e8)
    got = mejit.evaluate("sum(a, axis=(1, 2))")
    assert np.array_equal(got, np.full(100, np.float32(float(np.float32(0.1)) * 1e6)))


def test_integers_wrap_in_64_bits():
    a = np.array([[2**62, 2**62, 2**62], [1, 2, 3]])
    assert np.array_equal(mejit.evaluate("sum(a, axis=1)"), a.sum(axis=1))
    assert np.array_equal(mejit.evaluate("prod(a, axis=0)"), a.prod(axis=0))
    u = np.array([[200, 100]], "uint8")
    assert mejit.evaluate("sum(u, axis=1)").dtype == np.uint64


def test_sums_of_negative_zeros():
    a = np.full((3, 2), -0.0)
    for axis in (None, 0, 1):
        got = np.asarray(mejit.evaluate(f"sum(a, axis={axis})"))
        assert np.array_equal(np.signbit(got), np.signbit(np.sum(a, axis=axis)))


def test_scalars_are_arrays_without_axes():
    x = np.float64(5)
    assert mejit.evaluate("sum(x, axis=0)") == 5
    assert mejit.evaluate("std(x) + argmax(x, axis=-1)") == 0
    assert mejit.evaluate("sum(x, axis=None, keepdims=True)") == 5
    with pytest.raises(mejit.CompileError, match="out of range"):
        mejit.evaluate("sum(x, axis=1)")
    a = np.arange(3.0)
    assert mejit.evaluate("sum(sum(a, axis=0), axis=0)") == 3


@pytest.mark.parametrize("text, message", [
    ("sum(a, axis=2)", "axis 2 is out of bounds for an array of 2 dimensions"),
    ("sum(a, axis=-3)", "axis -3 is out of bounds"),
    ("sum(a, axis=(0, -2))", "axis 0 is given twice"),
    ("1 + sum(sum(a, axis=0), axis=1)", "axis 1 is out of bounds for an array of 1 dimensions"),
])
def test_axes_that_do_not_exist(text, message):
    a = np.ones((2, 3))
    with pytest.raises(mejit.EvaluateError, match=message) as caught:
        mejit.evaluate(text)
    assert "^" in str(caught.value)  # the argument is underlined
    assert mejit.evaluate("sum(a, axis=0)").shape == (3,)


def test_axes_need_shapes_and_literals():
    with pytest.raises(mejit.CompileError, match="write it in an expression"):
        mejit.compile("def k(a):\n    return sum(a, axis=0)\n", {"a": "float64"})
    with pytest.raises(mejit.CompileError, match="write it in an expression"):
        mejit.compile("sum(a, axis=0)", {"a": "float64"}, dialect="miniexpr")
    a, n = np.ones((2, 3)), 1
    with pytest.raises(mejit.CompileError, match="axis must be a literal"):
        mejit.evaluate("sum(a, axis=n)")
    with pytest.raises(mejit.CompileError, match="did you mean 'keepdims'"):
        mejit.evaluate("sum(a, keepdim=True)")


def test_out_has_the_shape_of_the_result():
    a = filled((4, 5), "float64")
    out = np.empty(5)
    mejit.evaluate("sum(a, axis=0)", out=out)
    np.testing.assert_allclose(out, a.sum(axis=0))
    with pytest.raises(mejit.EvaluateError, match="shape"):
        mejit.evaluate("sum(a, axis=0)", out=np.empty(4))
    expected = a - a.mean(axis=0)
    mejit.evaluate("a - mean(a, axis=0)", out=a)
    np.testing.assert_allclose(a, expected, rtol=1e-12, atol=1e-12)


def test_shapes_of_unrelated_reductions_do_not_broadcast():
    a, b, c = np.ones((3, 4)), np.ones(7), np.ones((2, 2))
    assert mejit.evaluate("sum(a) + sum(b) + max(c)") == 12 + 7 + 1
    with pytest.raises(mejit.EvaluateError, match="broadcast"):
        mejit.evaluate("sum(a + b)")


def test_stages_are_shown():
    k = mejit.compile("a / sum(a, axis=1, keepdims=True)", {"a": "float64"})
    assert "fold sum along 1 keepdims" in k.ir()
    assert "stage 0 fold sum along 1 keepdims" in k.explain()
    if k.tier != "interpreter":
        assert k.wat().count("(module") == 2


def test_many_reductions_are_refused_in_time():
    a = np.ones((2, 2))
    text = " + ".join(f"sum(a*{i}, axis=0)" for i in range(400))
    with pytest.raises(mejit.CompileError, match="reductions"):
        mejit.evaluate(text)
    text = " + ".join(f"sum(a, axis=0)" for i in range(400))
    assert np.array_equal(mejit.evaluate(text), [800, 800])
