"""Every operator and function on every dtype (pair), against NumPy: dtype, shape and values.

float16 results of NumPy are float32 here, and integer division by zero is 0 as in NumPy. What
NumPy refuses, mejit refuses.
"""

import itertools

import numpy as np
import pytest
from conftest import DTYPES, sample, same

import mejit

BINARY = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "//": np.floor_divide,
    "%": np.mod, "&": np.bitwise_and, "|": np.bitwise_or, "^": np.bitwise_xor,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
    "==": np.equal, "!=": np.not_equal,
}
BINARY_CALLS = {
    "minimum": np.minimum, "maximum": np.maximum, "fmin": np.fmin, "fmax": np.fmax,
    "copysign": np.copysign, "fmod": np.fmod, "nextafter": np.nextafter,
}
EXACT_CALLS = {
    "abs": np.abs, "sign": np.sign, "square": np.square, "positive": np.positive,
    "negative": np.negative, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc,
    "rint": np.rint, "sqrt": np.sqrt, "isnan": np.isnan, "isinf": np.isinf,
    "isfinite": np.isfinite, "signbit": np.signbit, "reciprocal": np.reciprocal,
}
# NumPy's own functions are off by some units; mejit's error against the exact result is another
# suite's business (tests/accuracy).
MATH_CALLS = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "cbrt": np.cbrt, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "arcsinh": np.arcsinh,
    "arccosh": np.arccosh, "arctanh": np.arctanh, "degrees": np.degrees, "radians": np.radians,
}
PAIRS = list(itertools.product(DTYPES, DTYPES))


def numpy_result(function, *arrays):
    """What NumPy gives, float16 widened; None where it refuses the dtypes."""
    try:
        result = function(*arrays)
    except TypeError:
        return None
    if result.dtype != np.float16:
        return result
    # The same function on what the float16 stood for: values then have float32's precision.
    widened = [a.astype(np.float32) for a in arrays]
    return function(*widened)


def compare(text, function, *arrays, **tolerance):
    names = "abc"[: len(arrays)]
    expected = numpy_result(function, *arrays)
    if expected is None:
        with pytest.raises(mejit.CompileError):
            mejit.evaluate(text, dict(zip(names, arrays)))
    else:
        same(mejit.evaluate(text, dict(zip(names, arrays))), expected, **tolerance)


def grid(left, right):
    return sample(left)[:, None], sample(right)[None, :]


@pytest.mark.parametrize("operator", BINARY)
@pytest.mark.parametrize("left, right", PAIRS)
def test_binary_operators(operator, left, right):
    compare(f"a {operator} b", BINARY[operator], *grid(left, right))


@pytest.mark.parametrize("name", BINARY_CALLS)
@pytest.mark.parametrize("left, right", PAIRS)
def test_binary_functions(name, left, right):
    a, b = grid(left, right)
    # Which of -0.0 and 0.0 is the smaller is defined here, and left open by NumPy.
    zero_signs = "min" not in name and "max" not in name
    compare(f"{name}(a, b)", BINARY_CALLS[name], a, b, zero_signs=zero_signs)


@pytest.mark.parametrize("operator, function", [("<<", np.left_shift), (">>", np.right_shift)])
@pytest.mark.parametrize("left, right", PAIRS)
def test_shifts(operator, function, left, right):
    a, b = grid(left, right)
    if np.dtype(np.intp).itemsize == 4 and right == "int64":
        b = b[b != -(2**63)][None, :]  # NumPy on 32-bit platforms looks at the low half of counts
    compare(f"a {operator} b", function, a, b)


@pytest.mark.parametrize("left, right", PAIRS)
def test_power(left, right):
    a, b = grid(left, right)
    integers = np.result_type(a, b).kind in "iu"
    if integers and np.dtype(right).kind == "i":
        b = np.abs(b[b >= 0])[None, :]  # NumPy refuses negative exponents of integers
    elif integers and np.result_type(a, b).kind == "i":
        b = b[b <= 127][None, :]
    compare("a ** b", np.power, a, b, ulp=0 if integers else 2)


@pytest.mark.parametrize("name", EXACT_CALLS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_exact_functions(name, dtype):
    a = sample(dtype)
    if name == "reciprocal" and a.dtype.kind in "biu":
        a = a[a != 0]  # NumPy leaves 1/0 open
    compare(f"{name}(a)", EXACT_CALLS[name], a)


@pytest.mark.parametrize("name", MATH_CALLS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_elementary_functions(name, dtype):
    a = sample(dtype)
    if name in ("sin", "cos", "tan"):
        a = a[np.abs(a.astype(np.float64)) < 1e6] if a.dtype.kind == "f" else a
    compare(f"{name}(a)", MATH_CALLS[name], a, ulp=4)


@pytest.mark.parametrize("name, function", [("hypot", np.hypot), ("arctan2", np.arctan2),
                                            ("logaddexp", np.logaddexp),
                                            ("logaddexp2", np.logaddexp2)])
@pytest.mark.parametrize("left, right", PAIRS)
def test_binary_elementary_functions(name, function, left, right):
    compare(f"{name}(a, b)", function, *grid(left, right), ulp=4)


@pytest.mark.parametrize("text, function", [
    ("-a", np.negative), ("+a", np.positive), ("~a", np.invert),
    ("not a", np.logical_not),
])
@pytest.mark.parametrize("dtype", DTYPES)
def test_unary_operators(text, function, dtype):
    compare(text, function, sample(dtype))


@pytest.mark.parametrize("text, function", [("a and b", np.logical_and),
                                            ("a or b", np.logical_or)])
@pytest.mark.parametrize("left, right", PAIRS)
def test_logical_operators(text, function, left, right):
    compare(text, function, *grid(left, right))


@pytest.mark.parametrize("left, right", PAIRS)
def test_where(left, right):
    a, b = grid(left, right)
    c = np.arange(a.size * b.size).reshape(a.size, b.size) % 3 == 0
    expected = np.where(c, a, b)
    same(mejit.evaluate("where(c, a, b)"), expected)
    same(mejit.evaluate("a if c else b"), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_clip(dtype):
    if dtype == "bool":
        return
    a = sample(dtype)
    low, high = np.array(2, dtype), np.array(100, dtype)
    same(mejit.evaluate("clip(a, low, high)"), np.clip(a, low, high))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "any", "all", "mean"])
def test_reductions(name, dtype):
    a = sample(dtype)
    if a.dtype.kind == "f":
        a = a[np.isfinite(a) & (np.abs(a) < 1e20) & (np.abs(a) > 1e-20)]
    accumulator = {"u": np.uint64, "f": a.dtype.type}.get(a.dtype.kind, np.int64)
    chosen = {"dtype": accumulator} if name in ("sum", "prod") else {}
    got, expected = mejit.evaluate(f"{name}(a)"), getattr(np, name)(a, **chosen)
    if a.dtype.kind == "f" or name == "mean":
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-6 if dtype == "float32" else 1e-14)
    else:
        same(got, expected)


@pytest.mark.parametrize("source, target", PAIRS)
def test_casts(source, target):
    a = sample(source)
    got = mejit.evaluate(f"{target}(a)")
    assert got.dtype == target
    with np.errstate(all="ignore"):
        expected = a.astype(target)
    if a.dtype.kind == "f" and np.dtype(target).kind in "iu":
        # Defined here, undefined there: saturation, NaN is 0.
        limits = np.iinfo(target)
        whole = [0 if np.isnan(x) else max(limits.min, min(limits.max, int(x))) if np.isfinite(x)
                 else (limits.max if x > 0 else limits.min) for x in a.tolist()]
        expected = np.array(whole, target)
    same(got, expected)
