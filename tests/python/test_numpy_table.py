"""The whole table: every operator and function on every pair of dtypes, and beside Python scalars.

NumPy decides the dtype, whether there is an error, and the values: equal where both are exact or
correctly rounded, else within the bound that mejit.functions() states of a reference in long
double. float16 results of NumPy are float32 here. numpy_functions.py names what each function is in
NumPy; a function of the language that it does not know is a failure.

The values are the specials (NaN, zeros, infinities, subnormals, the ends of integers) and some
others, all pairs of them in one call of the interpreter; that other tiers have the same bits is
tests/agree's business.
"""

import itertools
import math
import sys

import numpy as np
import pytest
from conftest import DTYPES, wide
from numpy_functions import (
    ELSEWHERE,
    ERRORS,
    FLOOR_DIVIDE,
    FUNCTIONS,
    LONG,
    NUMPY,
    OPERATORS,
    OTHERS,
    Row,
    STRINGS,
    exact,
    fma,
    inexact,
)

import mejit

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten" or np.finfo(LONG).nmant < 63 or np.dtype(np.intp).itemsize < 8,
    reason="needs 64-bit default integers and a long double that is wider than double")

COMPARISONS = {"<", "<=", ">", ">=", "==", "!=", "less", "less_equal", "greater", "greater_equal",
               "equal", "not_equal"}
LOGICAL = {"and", "or", "logical_and", "logical_or", "logical_xor"}

INTS = [0, 1, -1, 2, 3, 127, 128, 256, -129, 40000, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63,
        -2**63, 2**64 - 1, 2**64, -2**63 - 1]
FLOATS = [0.0, -0.0, 0.5, -1.5, 2.0, 1e300, math.inf, math.nan]
SCALARS = [False, True, *INTS, *FLOATS]


def sample(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind == "f":
        info = np.finfo(dtype)
        values = [0.0, 1.0, 0.5, 1.5, 2.5, 3.0, 3.7, 7.0, 20.0, 21.0, 64.0, 100.25, 1e-30, 1e30,
                  2.0**31, 2.0**53, 2.0**63, 2.0**64, 1 + info.eps, info.max, info.tiny,
                  info.smallest_subnormal, info.tiny - info.smallest_subnormal, math.inf]
        return np.array([*values, *[-v for v in values], math.nan]).astype(dtype)
    info = np.iinfo(dtype)
    values = [0, 1, 2, 3, 5, 7, 8, 21, 63, 64, 100, 127, info.max, info.max - 1, info.max // 2]
    if dtype.kind == "i":
        values += [-1, -2, -3, -7, -8, -64, -100, info.min, info.min + 1]
    return np.array(values, dtype)


def literal(value):
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "(-inf)"
    text = repr(value)
    return f"({text})" if text.startswith("-") else text


def no_half(x):
    return x.astype(np.float32) if x.dtype == np.float16 else x


def numpy_result(function, args):
    """What NumPy gives, with float32 in the place of float16; None for an error."""
    try:
        result = np.asarray(function(*args))
    except ERRORS:
        return None
    if result.dtype == object:  # integers beyond 64 bits
        return None
    if result.dtype == np.float16:
        widened = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in args]
        if function is np.ldexp:
            widened = [np.float32(args[0]), np.asarray(args[1])]
        try:
            result = np.asarray(function(*widened)).astype(np.float32)
        except ERRORS:
            return None
    return wide(result)


def mejit_result(text, arrays):
    try:
        kernel = mejit.compile(text, {n: a.dtype for n, a in arrays.items()}, tier="interpreter")
        return np.asarray(kernel(*arrays.values()))
    except mejit.Error as error:
        return error


def within(got, expected, ulp, row, args):
    """Elements that are what they ought to be."""
    equal = got == expected
    if got.dtype.kind != "f":
        return equal
    if not row.free_zeros and row.reference is None:
        equal &= np.signbit(got) == np.signbit(expected)
    equal |= np.isnan(got) & np.isnan(expected)
    if row.reference is None:
        return equal | (np.abs(got - expected) <= row.ulp * np.spacing(np.abs(expected)))
    work = [np.asarray(a).astype(got.dtype).astype(LONG) for a in args]
    truth = np.asarray(row.reference(*work), LONG)
    rounded = truth.astype(got.dtype)
    equal |= np.isnan(got) & np.isnan(rounded)
    # Infinities stand for the number after the largest.
    after = 2 * LONG(2.0) ** (np.finfo(got.dtype).maxexp - 1)
    half = np.finfo(got.dtype).max / 2
    size = np.abs(rounded)
    unit = np.spacing(np.minimum(size, half)).astype(LONG) * np.where(size > half, 2, 1)
    error = np.abs(np.clip(got.astype(LONG), -after, after) - np.clip(truth, -after, after))
    bound = np.maximum((ulp + row.slack) * unit, row.absolute)
    return equal | (error <= bound)


def undefined(name, result, args):
    """Where NumPy leaves the value to the platform."""
    if name == "reciprocal" and result.dtype.kind in "iu":
        return args[0] == 0
    return np.zeros(result.shape, bool)


def beyond_64_bits(name, args):
    """NumPy compares integers of any size with integers and floats, yet not with bools, nor does it
    take their truth; here both work for all."""
    huge = [a for a in args if isinstance(a, int) and not -2**63 <= a < 2**63]
    return bool(huge) and (name in COMPARISONS or name in LOGICAL)


class Report:
    def __init__(self):
        self.wrong = []
        self.done = 0

    def check(self, name, ulp, row, text, arrays, args):
        """One text: `arrays` are its variables, `args` what NumPy's function gets."""
        if integer_power(row, args):
            args = [args[0], positive_only(args[1])]
            arrays = {**arrays, **{n: args[1] for n in arrays if n == "b"}}
        self.done += 1
        expected = numpy_result(row.function, args)
        got = mejit_result(text, arrays)
        kinds = {n: str(a.dtype) for n, a in arrays.items()}
        if expected is None and beyond_64_bits(name, args):
            return
        if expected is None or isinstance(got, Exception):
            if expected is not None:
                self.wrong.append(f"{text} {kinds}: NumPy gives {expected.dtype}, mejit {got}")
            elif not isinstance(got, Exception):
                self.wrong.append(f"{text} {kinds}: an error in NumPy, {got.dtype} in mejit")
            return
        if got.dtype != expected.dtype or got.shape != expected.shape:
            self.wrong.append(f"{text} {kinds}: {got.dtype}{got.shape}, "
                              f"NumPy {expected.dtype}{expected.shape}")
            return
        good = within(got, expected, ulp, row, args) | undefined(name, got, args)
        if not np.all(good):
            at = tuple(np.argwhere(~good)[0])
            values = [np.broadcast_to(np.asarray(a), got.shape)[at] for a in args]
            self.wrong.append(f"{text} {kinds} at {values}: {got[at]!r}, NumPy {expected[at]!r} "
                              f"({np.count_nonzero(~good)} values)")

    def finish(self):
        assert self.done
        assert not self.wrong, f"{len(self.wrong)} of {self.done}:\n" + "\n".join(self.wrong[:30])


def integer_power(row, args):
    """NumPy refuses negative exponents of integers by value; here they are defined."""
    if row.function not in (np.power, np.pow) or not isinstance(args[1], np.ndarray):
        return False
    return args[1].dtype.kind == "i" and np.asarray(args[0]).dtype.kind in "biu"


def positive_only(x):
    return np.where(x < 0, 3, x).astype(x.dtype)


def walk(name, ulp, row, arity, spell):
    report = Report()
    if arity == 1:
        for dtype in DTYPES:
            a = sample(dtype)
            report.check(name, ulp, row, spell("a"), {"a": a}, [a])
        return report
    for left, right in itertools.product(DTYPES, DTYPES):
        a, b = sample(left)[:, None], sample(right)[None, :]
        report.check(name, ulp, row, spell("a", "b"), {"a": a, "b": b}, [a, b])
    for dtype, scalar in itertools.product(DTYPES, SCALARS):
        a = sample(dtype)
        report.check(name, ulp, row, spell("a", literal(scalar)), {"a": a}, [a, scalar])
        if integer_power(row, [scalar, a]):
            continue
        report.check(name, ulp, row, spell(literal(scalar), "a"), {"a": a}, [scalar, a])
    return report


LISTED = {f.name: f for f in mejit.functions()}


def test_the_table_knows_every_function():
    assert not set(LISTED) - set(FUNCTIONS) - ELSEWHERE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    listed = LISTED.get(name)
    arity = listed.arity if listed else 2 if name == "remainder" else 1
    ulp = listed.ulp if listed else 0
    walk(name, ulp, FUNCTIONS[name], arity, lambda *args: f"{name}({', '.join(args)})").finish()


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators(symbol):
    row = FLOOR_DIVIDE if symbol == "//" else exact(OPERATORS[symbol])
    walk(symbol, 0, row, 2, lambda a, b: f"{a} {symbol} {b}").finish()


def test_power_operator():
    walk("**", 1, inexact(np.power), 2, lambda a, b: f"{a} ** {b}").finish()


@pytest.mark.parametrize("text, function", [
    ("-a", np.negative), ("+a", np.positive), ("~a", np.invert), ("not a", np.logical_not)])
def test_prefix_operators(text, function):
    walk(text, 0, Row(function), 1, lambda a: text).finish()


# Python numbers bound to names, not written out.
VARIABLES = [True, 0, 1, -1, 3, 100, 0.5, -2.0, 1e300, math.nan]


def check_variable(report, name, ulp, row, text, dtype, value, scalar_first):
    a = sample(dtype)
    args = [value, a] if scalar_first else [a, value]
    expected = numpy_result(row.function, args)
    power = row.function in (np.power, np.pow)
    if power and expected is None or integer_power(row, args):
        return  # negative exponents of integers: a matter of values
    if dtype[0] == "u" and isinstance(value, int) and value < 0:
        return  # a kernel refuses them; evaluate() then writes them out
    report.done += 1
    try:
        kernel = mejit.compile(text, {"a": a.dtype, "s": type(value)}, tier="interpreter")
        got = np.asarray(kernel(**{"a": a, "s": value}))
    except (mejit.Error, OverflowError) as error:
        if expected is not None:
            report.wrong.append(f"{text} {dtype} {value!r}: NumPy gives {expected.dtype}, {error}")
        return
    if expected is None or got.dtype != expected.dtype:
        report.wrong.append(f"{text} {dtype} {value!r}: {got.dtype}, NumPy "
                            f"{'an error' if expected is None else expected.dtype}")
        return
    good = within(got, expected, ulp, row, args)
    if power:  # NumPy looks at the exponent's value: x**0.5 is sqrt(x)
        good |= np.isinf(a) if a.dtype.kind == "f" else False
    if not np.all(good):
        at = np.argwhere(~good)[0][0]
        report.wrong.append(f"{text} {dtype} {value!r} at {a[at]!r}: {got[at]!r}, "
                            f"NumPy {expected[at]!r}")


@pytest.mark.parametrize("name", [*FUNCTIONS, *OPERATORS, "**"])
def test_python_variables(name):
    operator = name in OPERATORS or name == "**"
    row = (inexact(np.power) if name == "**" else FLOOR_DIVIDE if name == "//"
           else exact(OPERATORS[name]) if operator else FUNCTIONS[name])
    listed = LISTED.get(name)
    ulp = 1 if name == "**" else listed.ulp if listed else 0
    if not operator and (listed.arity if listed else 1 + (name == "remainder")) == 1:
        return
    report = Report()
    for dtype, value in itertools.product(DTYPES, VARIABLES):
        for first in (False, True):
            x, y = ("s", "a") if first else ("a", "s")
            text = f"{x} {name} {y}" if operator else f"{name}({x}, {y})"
            check_variable(report, name, ulp, row, text, dtype, value, first)
    report.finish()


@pytest.mark.parametrize("symbol", ["+", "*", "/", "//", "<", ">=", "==", "!="])
def test_evaluate_writes_out_numbers_that_do_not_fit(symbol):
    for dtype, s in itertools.product(["uint8", "int16", "int64", "uint64", "float32"],
                                      [-1, 300, 40000, 2**63, 2**64, -2**70]):
        a = sample(dtype)
        expected = numpy_result(OPERATORS[symbol], [a, s])
        if expected is None:
            with pytest.raises((mejit.Error, OverflowError)):
                mejit.evaluate(f"a {symbol} s")
            continue
        got = mejit.evaluate(f"a {symbol} s")
        assert got.dtype == expected.dtype, (dtype, s)
        row = FLOOR_DIVIDE if symbol == "//" else exact(OPERATORS[symbol])
        assert np.all(within(got, expected, 0, row, [a, s])), (dtype, s)


PYTHON = [False, True, 0, 1, -1, 2, 3, 7, 64, 2**53 + 1, 2**63 - 1, 2**63, -2**63, 0.0, -0.0, 0.5,
          -1.5, 2.0, 1e300]


def python_result(text):
    """What Python makes of numbers, as NumPy takes it over; None for an error."""
    try:
        value = eval(text)  # noqa: S307
    except ERRORS:
        return None
    if isinstance(value, complex):
        raise LookupError
    value = np.asarray(value)
    return None if value.dtype == object else value


@pytest.mark.parametrize("symbol", [*(set(OPERATORS) - LOGICAL), "**"])
def test_python_numbers_among_themselves(symbol):
    wrong = []
    for left, right in itertools.product(PYTHON, PYTHON):
        text = f"{literal(left)} {symbol} {literal(right)}"
        whole = isinstance(left, int) and isinstance(right, int)
        if symbol in ("**", "<<") and whole and right > 99:
            continue  # Python's answer has too many digits
        try:
            expected = python_result(text)
        except LookupError:
            continue
        got = mejit_result(text, {})
        if expected is None or isinstance(got, Exception):
            if expected is not None or not isinstance(got, Exception):
                wrong.append(f"{text}: Python {expected!r}, mejit {got}")
        elif got.dtype != expected.dtype:
            wrong.append(f"{text}: {got.dtype}, Python {expected.dtype}")
        elif symbol == "**" and got.dtype.kind == "f":
            if not np.isclose(got, expected, 1e-15, 0, equal_nan=True):
                wrong.append(f"{text}: {got!r}, Python {expected!r}")
        elif got != expected and not (np.isnan(got) and np.isnan(expected)):
            wrong.append(f"{text}: {got!r}, Python {expected!r}")
    assert not wrong, "\n".join(wrong[:40])


def test_where():
    report = Report()
    condition = np.array([[True], [False]])
    for left, right in itertools.product(DTYPES, DTYPES):
        a, b = sample(left)[:2], sample(right)[-2:]
        for c in (condition, condition.astype(np.int8), np.array([[np.nan], [-0.0]])):
            row = exact(lambda a, b, c=c: np.where(c, a, b))
            report.check("where", 0, row, "where(c, a, b)", {"c": c, "a": a, "b": b}, [a, b])
    for dtype, scalar in itertools.product(DTYPES, SCALARS):
        a = sample(dtype)
        c = np.arange(a.size) % 2 == 0
        with_right = exact(lambda a, c=c, s=scalar: np.where(c, a, s))
        text = f"where(c, a, {literal(scalar)})"
        report.check("where", 0, with_right, text, {"c": c, "a": a}, [a])
    report.finish()


def test_clip():
    report = Report()
    row = exact(np.clip, free_zeros=True)
    for dtypes in itertools.product(DTYPES, repeat=3):
        a, low, high = (sample(t) for t in dtypes)
        arrays = {"a": a[:, None], "lo": low[None, 1:2], "hi": high[None, -1:]}
        report.check("clip", 0, row, "clip(a, lo, hi)", arrays, [*arrays.values()])
    for dtype, low, high in itertools.product(DTYPES, [-1, 0, 2, 0.5], [3, 300, 2**40, 7.5]):
        a = sample(dtype)
        text = f"clip(a, {literal(low)}, {literal(high)})"
        report.check("clip", 0, row, text, {"a": a}, [a, low, high])
    report.finish()


def test_fma():
    x = sample("float64")[::3]
    a, b, c = x[:, None, None], x[None, :, None], x[None, None, :]
    got = mejit.compile("fma(a, b, c)", "float64", tier="interpreter")(a, b, c)
    expected = np.array([fma(p, q, r) for p in x.tolist() for q in x.tolist() for r in x.tolist()])
    good = (got.ravel() == expected) | (np.isnan(got.ravel()) & np.isnan(expected))
    assert np.all(good)


@pytest.mark.parametrize("rtol, atol", [(1e-5, 1e-8), (0.1, 0), (0, 2)])
def test_isclose_with_tolerances(rtol, atol):
    report = Report()
    row = exact(lambda a, b: np.isclose(a, b, rtol, atol))
    text = f"isclose(a, b, {rtol}, {atol})"
    for left, right in itertools.product(DTYPES, DTYPES):
        a, b = sample(left)[:, None], sample(right)[None, :]
        report.check("isclose", 0, row, text, {"a": a, "b": b}, [a, b])
    report.finish()


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "uint64", "float32",
                                   "float64", "complex64", "complex128"])
def test_the_compiler_takes_every_function(dtype):
    if mejit.host().startswith("none"):
        pytest.skip("nothing runs kernels here")
    declined = []
    for name, listed in LISTED.items():
        if name in STRINGS:
            continue
        try:
            kernel = mejit.compile(f"{name}({', '.join('abc'[:listed.arity])})", dtype,
                                   tier="optimizing")
        except mejit.CompileError:
            continue
        if kernel.tier == "interpreter":
            declined.append(f"{name}: {kernel.explain()}")
    assert not declined, "\n".join(declined)


def test_names_of_other_libraries():
    a, b = np.array([7.0, -7.0, np.inf]), np.array([4.0, 4.0, np.nan], np.float32)
    got = mejit.evaluate("complex(a, b)")
    assert got.dtype == np.complex128
    assert np.array_equal(got.real, a) and np.array_equal(got.imag, b, equal_nan=True)
    assert mejit.evaluate("complex(b, 1)").dtype == np.complex64
    expected = [math.remainder(7.0, 4.0), math.remainder(-7.0, 4.0), math.nan]
    assert np.array_equal(mejit.evaluate("math.remainder(a, b)"), expected, equal_nan=True)
    assert np.array_equal(mejit.evaluate("np.remainder(a, b)"), np.remainder(a, b), equal_nan=True)
    with pytest.raises(mejit.CompileError, match="takes two real numbers"):
        mejit.evaluate("complex(a, 1j)")
    with pytest.raises(mejit.CompileError, match=r"where\(\) takes 3 arguments, got 2"):
        mejit.evaluate("where(a > 0, a)")


def test_round_to_decimals():
    report = Report()
    for dtype, decimals in itertools.product(DTYPES, [0, 1, 2, 5, -1, -3]):
        row = exact(lambda a, n=decimals: np.round(a, n))
        a = sample(dtype)
        if a.dtype.kind in "iu" and decimals < 0:
            a = a[np.abs(a.astype(float)) < 2**50]  # beyond that NumPy casts floats out of range
            a = a[np.round(a.astype(float), decimals) <= np.iinfo(dtype).max]
            a = a[np.round(a.astype(float), decimals) >= np.iinfo(dtype).min]
        report.check("round", 0, row, f"round(a, {literal(decimals)})", {"a": a}, [a])
    report.finish()


COMPLEX_DTYPES = ["complex64", "complex128"]
ALL_DTYPES = [*DTYPES, *COMPLEX_DTYPES]


def complex_sample(dtype):
    if np.dtype(dtype).kind == "c":
        values = [1 + 2j, -0.5 + 3j, 2 - 1j, 0.25 - 0.75j, -0.75 - 0.25j, -3 - 4j, 0.9 + 0.01j,
                  -1.01 + 0.01j, 1e-3 + 5j, 1 + 0j, 0.5j, 12.5 - 30j]
        return np.array(values, dtype)
    signs = 1 if dtype[0] in "bu" else np.array([1, -1] * 6)
    return (np.array([1, 2, 3, 5, 7, 1, 2, 4, 3, 1, 2, 6]) * signs).astype(dtype)


def check_complex(report, name, function, text, arrays, args):
    report.done += 1
    expected = numpy_result(function, args)
    got = mejit_result(text, arrays)
    kinds = {n: str(a.dtype) for n, a in arrays.items()}
    if expected is None and beyond_64_bits(name, args):
        return
    if expected is None or isinstance(got, Exception):
        if expected is not None or not isinstance(got, Exception):
            report.wrong.append(f"{text} {kinds}: NumPy {expected}, mejit {got}")
    elif got.dtype != expected.dtype:
        report.wrong.append(f"{text} {kinds}: NumPy {expected.dtype}, mejit {got.dtype}")
    elif expected.dtype.kind == "b":
        if not np.array_equal(got, expected):
            report.wrong.append(f"{text} {kinds}: NumPy {expected}, mejit {got}")
    else:
        # NumPy's own error is within the bound, too: 64 units of the modulus. Its powers lose more.
        with np.errstate(all="ignore"):
            near = np.abs(got - expected) <= 64 * np.finfo(got.dtype).eps * np.abs(expected)
        near |= ~np.isfinite(expected) | (function in (np.power, np.pow))
        if not np.all(near):
            report.wrong.append(f"{text} {kinds}: NumPy {expected}, mejit {got}")


@pytest.mark.parametrize("name", [*NUMPY, *OPERATORS, "**"])
def test_complex_numbers(name):
    operator = name in OPERATORS or name == "**"
    function = OPERATORS.get(name, np.power) if operator else NUMPY[name].function
    listed = LISTED.get(name)
    report = Report()
    if not operator and (listed.arity if listed else 1 + (name == "remainder")) == 1:
        for dtype in COMPLEX_DTYPES:
            a = complex_sample(dtype)
            check_complex(report, name, function, f"{name}(a)", {"a": a}, [a])
        report.finish()
        return

    def spell(x, y):
        return f"{x} {name} {y}" if operator else f"{name}({x}, {y})"

    for left, right in itertools.product(ALL_DTYPES, ALL_DTYPES):
        if "complex" not in left + right:
            continue
        a, b = complex_sample(left), complex_sample(right)
        check_complex(report, name, function, spell("a", "b"), {"a": a, "b": b}, [a, b])
    for dtype, scalar in itertools.product(ALL_DTYPES, [1j, 2.5 - 1j, True, 2, 2**70, 0.5]):
        if not isinstance(scalar, complex) and dtype not in COMPLEX_DTYPES:
            continue
        a = complex_sample(dtype)
        for args, text in (([a, scalar], spell("a", f"({scalar})")),
                           ([scalar, a], spell(f"({scalar})", "a"))):
            check_complex(report, name, function, text, {"a": a}, args)
    report.finish()


@pytest.mark.parametrize("name", OTHERS)
def test_functions_of_reals_refuse_complex_numbers(name):
    arity = LISTED[name].arity
    with pytest.raises(mejit.CompileError):
        mejit.compile(f"{name}({', '.join('ab'[:arity])})", "complex128")
