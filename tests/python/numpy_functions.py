"""What every function and operator of the language is in NumPy: the one list, for test_numpy_table.

A Row is NumPy's function, and for inexact ones a reference of long doubles for the values.
"""

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

LONG = np.longdouble
ERRORS = (TypeError, OverflowError, ValueError, ZeroDivisionError)


class Row(NamedTuple):
    """function: what NumPy makes of it, dtype included. reference: the same of long doubles, for
    the values of inexact functions. slack: error of the reference in units of the result; absolute:
    a bound for results near 0. free_zeros: NumPy leaves open which zero comes out."""

    function: Any
    reference: Any = None
    slack: float = 0.01
    absolute: float = 0
    free_zeros: bool = False
    ulp: float = 0  # NumPy's own error where there is no reference


def exact(function, free_zeros=False):
    return Row(function, free_zeros=free_zeros)


def inexact(function, reference=None, slack=0.01, absolute=0):
    return Row(function, reference or function, slack, absolute)


def each(function):
    """`function` of Python floats as a function of arrays, by float64."""
    def call(*args):
        def one(*values):
            try:
                return function(*values)
            except OverflowError:
                return math.copysign(math.inf, values[0])  # gamma
            except ValueError:
                return math.nan
        columns = np.broadcast_arrays(*[np.asarray(a, np.float64) for a in args])
        values = [one(*v) for v in zip(*[c.ravel().tolist() for c in columns])]
        return np.array(values, np.float64).reshape(columns[0].shape)
    return call


def wide_float(function):
    """Integers of all widths compute in float64."""
    def call(*args):
        result = function(*args)
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        return result.astype(np.float64) if any(a.dtype.kind in "biu" for a in arrays) else result
    return call


def sinpi(x):
    turns = np.rint(x)
    sign = np.where(np.fmod(turns, 2) == 0, LONG(1), LONG(-1))
    return sign * np.sin(LONG("3.14159265358979323846264338327950288") * (x - turns))


def cospi(x):
    turns = np.rint(x)
    sign = np.where(np.fmod(turns, 2) == 0, LONG(1), LONG(-1))
    rest = np.abs(x - turns)
    return np.where(rest == 0.5, 0, sign * sinpi(0.5 - rest))


def sinc(x):
    angle = LONG("3.14159265358979323846264338327950288") * x
    return np.where(x == 0, LONG(1), sinpi(x) / np.where(x == 0, 1, angle))


def factorial(x):
    if not x >= 0:
        return math.nan
    return float(math.factorial(int(x))) if x < 21 else math.inf


def choices(n, r):
    if not 0 <= r <= n:
        return math.nan
    if n > 2**32 - 1:
        return math.inf
    n, r = int(n), int(r)
    r = min(r, n - r)
    product = 1
    for i in range(1, r + 1):
        if product * (n - r + i) >= 2**64:
            return math.inf
        product = product * (n - r + i) // i
    return float(product)


def fma(x, y, z):
    if not all(map(math.isfinite, (x, y, z))):
        return z if math.isfinite(x) and math.isfinite(y) else x * y + z
    value = Fraction(x) * Fraction(y) + Fraction(z)
    if not value:
        return x * y + z
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def tgamma(x):
    if x == 0:
        return math.copysign(math.inf, x)
    return math.gamma(x)


def fdim(x, y):
    work = np.hypot(x, y).dtype
    if work == np.float16:
        return np.zeros(1, work)  # numpy_result asks again with float32
    x, y = np.asarray(x).astype(work), np.asarray(y).astype(work)
    return np.where(x <= y, work.type(0), x - y)


def lgamma(x):
    return math.inf if math.isinf(x) or (x <= 0 and x == math.floor(x)) else math.lgamma(x)


# NumPy rounds a division and then down, so that it may be one unit off; here the quotient rounded
# down is rounded once.
FLOOR_DIVIDE = Row(np.floor_divide, ulp=1)

NUMPY = {
    # Operators by name
    "add": exact(np.add), "subtract": exact(np.subtract), "multiply": exact(np.multiply),
    "divide": exact(np.divide), "true_divide": exact(np.true_divide),
    "floor_divide": FLOOR_DIVIDE, "mod": exact(np.mod), "remainder": exact(np.remainder),
    "fmod": exact(np.fmod), "pow": inexact(np.pow), "power": inexact(np.power),
    "float_power": inexact(np.float_power, np.power), "negative": exact(np.negative),
    "positive": exact(np.positive), "bitwise_and": exact(np.bitwise_and),
    "bitwise_or": exact(np.bitwise_or), "bitwise_xor": exact(np.bitwise_xor),
    "bitwise_not": exact(np.bitwise_not), "bitwise_invert": exact(np.bitwise_invert),
    "invert": exact(np.invert), "left_shift": exact(np.left_shift),
    "right_shift": exact(np.right_shift), "bitwise_left_shift": exact(np.bitwise_left_shift),
    "bitwise_right_shift": exact(np.bitwise_right_shift), "less": exact(np.less),
    "less_equal": exact(np.less_equal), "greater": exact(np.greater),
    "greater_equal": exact(np.greater_equal), "equal": exact(np.equal),
    "not_equal": exact(np.not_equal), "logical_and": exact(np.logical_and),
    "logical_or": exact(np.logical_or), "logical_not": exact(np.logical_not),
    "logical_xor": exact(np.logical_xor),
    # Exact
    "abs": exact(np.abs), "absolute": exact(np.absolute), "fabs": exact(np.fabs),
    "sign": exact(np.sign), "square": exact(np.square), "reciprocal": exact(np.reciprocal),
    "minimum": exact(np.minimum, free_zeros=True), "maximum": exact(np.maximum, free_zeros=True),
    "fmin": exact(np.fmin, free_zeros=True), "fmax": exact(np.fmax, free_zeros=True),
    "floor": exact(np.floor), "ceil": exact(np.ceil), "trunc": exact(np.trunc),
    "fix": exact(np.fix), "rint": exact(np.rint), "round": exact(np.round),
    "around": exact(np.around), "sqrt": exact(np.sqrt), "copysign": exact(np.copysign),
    "signbit": exact(np.signbit), "isnan": exact(np.isnan), "isinf": exact(np.isinf),
    "isfinite": exact(np.isfinite), "isposinf": exact(np.isposinf),
    "isneginf": exact(np.isneginf), "isclose": exact(np.isclose),
    "nan_to_num": exact(np.nan_to_num), "nextafter": exact(np.nextafter),
    "spacing": exact(np.spacing), "heaviside": exact(np.heaviside), "gcd": exact(np.gcd),
    "lcm": exact(np.lcm), "bitwise_count": exact(np.bitwise_count), "ldexp": exact(np.ldexp),
    "fdim": exact(lambda x, y: fdim(x, y)),
    # Elementary
    "degrees": inexact(np.degrees), "rad2deg": inexact(np.rad2deg),
    "radians": inexact(np.radians), "deg2rad": inexact(np.deg2rad), "exp": inexact(np.exp),
    "exp2": inexact(np.exp2), "expm1": inexact(np.expm1), "log": inexact(np.log),
    "ln": inexact(np.log), "log2": inexact(np.log2), "log10": inexact(np.log10),
    "log1p": inexact(np.log1p), "logaddexp": inexact(np.logaddexp, absolute=2.0**-53),
    "logaddexp2": inexact(np.logaddexp2, absolute=2.0**-53), "cbrt": inexact(np.cbrt),
    "hypot": inexact(np.hypot),
    "sin": inexact(np.sin), "cos": inexact(np.cos), "tan": inexact(np.tan),
    "arcsin": inexact(np.arcsin), "arccos": inexact(np.arccos), "arctan": inexact(np.arctan),
    "asin": inexact(np.asin), "acos": inexact(np.acos), "atan": inexact(np.atan),
    "arctan2": inexact(np.arctan2), "atan2": inexact(np.atan2), "sinh": inexact(np.sinh),
    "cosh": inexact(np.cosh), "tanh": inexact(np.tanh), "arcsinh": inexact(np.arcsinh),
    "arccosh": inexact(np.arccosh), "arctanh": inexact(np.arctanh), "asinh": inexact(np.asinh),
    "acosh": inexact(np.acosh), "atanh": inexact(np.atanh), "sinc": inexact(np.sinc, sinc),
}
# Not in NumPy: the dtype is that of a function like it.
OTHERS = {
    "exp10": inexact(np.exp, lambda x: np.power(LONG(10), x)), "sinpi": inexact(np.sin, sinpi),
    "cospi": inexact(np.cos, cospi),
    "expit": inexact(np.exp, lambda x: 1 / (1 + np.exp(-x))),
    "erf": inexact(np.exp, each(math.erf), 2), "erfc": inexact(np.exp, each(math.erfc), 4),
    "tgamma": inexact(np.exp, each(tgamma), 16), "gamma": inexact(np.exp, each(tgamma), 16),
    "lgamma": inexact(np.exp, each(lgamma), 16, absolute=1e-15),
    "fac": inexact(wide_float(np.exp), each(factorial), 0),
    "factorial": inexact(wide_float(np.exp), each(factorial), 0),
    "ncr": inexact(wide_float(np.hypot), each(choices), 0),
    "npr": inexact(wide_float(np.hypot), each(lambda n, r: choices(n, r) * factorial(r)), 1),
}
FUNCTIONS = {**NUMPY, **OTHERS}
# Names with tests of their own.
THREE_OPERANDS = {"where", "clip", "fma"}
REDUCTIONS = {
    "sum", "prod", "min", "max", "any", "all", "mean", "std", "var", "argmin", "argmax",
    "count_nonzero", "nansum", "nanprod", "nanmin", "nanmax", "nanmean", "nanstd", "nanvar",
    "nanargmin", "nanargmax", "amin", "amax", "average", "ptp", "median",
}
COMPLEX = {"real", "imag", "conj", "conjugate", "angle", "complex", "isreal", "iscomplex", "arg"}
STRINGS = {
    "capitalize", "contains", "count", "endswith", "find", "index", "len", "lower", "lstrip",
    "removeprefix", "removesuffix", "replace", "rfind", "rstrip", "slen", "split_part",
    "startswith", "str_len", "strip", "substr", "swapcase", "title", "upper", "zfill",
}
ELSEWHERE = THREE_OPERANDS | REDUCTIONS | COMPLEX | STRINGS

OPERATORS = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "//": np.floor_divide,
    "%": np.mod, "&": np.bitwise_and, "|": np.bitwise_or, "^": np.bitwise_xor,
    "<<": np.left_shift, ">>": np.right_shift, "<": np.less, "<=": np.less_equal,
    ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
    "and": np.logical_and, "or": np.logical_or,
}
