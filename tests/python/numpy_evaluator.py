"""NumPy's answer to a text of the numpy dialect, with book-keeping of what it may be compared for.

Every value comes with a state: EXACT where all operations are exact or correctly rounded, a number where
one elementary function ends an exact computation (errors of a few units in the last place), UNKNOWN
where errors may have grown.
"""
import ast
import math
import operator

import numpy as np
from numpy_functions import REDUCTIONS

EXACT, UNKNOWN = 0, None


class Skip(Exception):
  """NumPy has no answer: an error, or a function that it does not have."""


def elementwise(function):
  def call(x):
    def one(v):
      try:
        return function(float(v))
      except OverflowError:
        return math.inf
      except ValueError:
        return math.nan
    x = np.asarray(x)
    dtype = np.result_type(np.float32, x.dtype)
    return np.array([one(v) for v in x.ravel()], dtype=dtype).reshape(x.shape)
  return call


# Calls that are exact or correctly rounded in both.
EXACT_CALLS = {
    "abs": np.abs, "absolute": np.abs, "fabs": np.fabs, "sign": np.sign, "square": np.square,
    "positive": np.positive, "negative": np.negative, "reciprocal": np.reciprocal,
    "minimum": np.minimum, "maximum": np.maximum, "fmin": np.fmin, "fmax": np.fmax, "clip": np.clip,
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "rint": np.rint, "sqrt": np.sqrt,
    "copysign": np.copysign, "signbit": np.signbit, "isnan": np.isnan, "isinf": np.isinf,
    "isfinite": np.isfinite, "nan_to_num": np.nan_to_num, "nextafter": np.nextafter,
    "heaviside": np.heaviside, "fmod": np.fmod, "where": np.where, "any": np.any, "all": np.all,
    "min": np.min, "max": np.max}
# Calls with an error, and names that NumPy spells otherwise.
INEXACT_CALLS = {
    "ln": np.log, "exp10": lambda x: np.power(10.0, x), "arcsin": np.arcsin, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "degrees": np.degrees, "radians": np.radians,
    "mean": np.mean, "erf": elementwise(math.erf), "erfc": elementwise(math.erfc)}
# By name: what no NumPy function computes comparably.
NOT_COMPARABLE = {"fma", "ldexp", "sinpi", "cospi", "sinc", "fdim", "lgamma", "tgamma"}
# What loses digits in NumPy: pairwise means, differences inside logarithms of sums.
# Of sums and products the order, too.
NUMPY_IS_WORSE = {"mean", "logaddexp", "logaddexp2", "std", "var", "nansum", "nanprod", "nanmean",
                  "nanstd", "nanvar"}
FLOAT_FUNCTIONS = (set(INEXACT_CALLS) - {"mean"}) | {
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2", "cbrt",
    "hypot", "sin", "cos", "tan", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh",
    "arccosh", "arctanh", "sqrt", "copysign", "nextafter", "heaviside", "rad2deg", "deg2rad",
    "fabs"}
# Zeros of both signs are equal to NumPy's extremes; what comes after them may differ.
EXTREMES = {"minimum", "maximum", "fmin", "fmax", "clip", "min", "max"}

UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}
BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.Pow: operator.pow,
    ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv}
COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
           ast.Eq: operator.eq, ast.NotEq: operator.ne}


def is_float(x):
  return isinstance(x, float) or getattr(x, "dtype", np.dtype(bool)).kind == "f"


def no_half(x):
  """Where NumPy would compute in float16, the language computes in float32."""
  x = np.asarray(x)
  return x.astype(np.float32) if x.dtype.kind in "bui" and x.dtype.itemsize == 1 else x


class Evaluator(ast.NodeVisitor):
  """Of one expression. `names`: values, or (value, state) pairs."""

  def __init__(self, names):
    self.names = {"pi": math.pi, "e": math.e, "nan": math.nan, "inf": math.inf, **names}
    self.active = None  # in kernels the elements that reductions see

  def visit_Expression(self, node):
    return self.visit(node.body)

  def visit_Name(self, node):
    found = self.names[node.id]
    return found if isinstance(found, tuple) else (found, EXACT)

  def visit_Constant(self, node):
    return node.value, EXACT

  def visit_UnaryOp(self, node):
    x, state = self.visit(node.operand)
    if isinstance(node.op, ast.Not):
      return np.logical_not(x), state
    return UNARY[type(node.op)](x), state

  def visit_BinOp(self, node):
    x, a = self.visit(node.left)
    y, b = self.visit(node.right)
    result = BINARY[type(node.op)](x, y)
    state = EXACT if a == b == EXACT else UNKNOWN
    rounded_apart = isinstance(node.op, (ast.Pow, ast.Mod, ast.FloorDiv))
    if state == EXACT and rounded_apart and is_float(result):
      state = 1
    return result, state

  def visit_BoolOp(self, node):
    function = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
    values = [self.visit(v) for v in node.values]
    result = values[0][0]
    for value, _ in values[1:]:
      result = function(result, value)
    return result, EXACT if all(s == EXACT for _, s in values) else UNKNOWN

  def visit_Compare(self, node):
    terms = [self.visit(n) for n in (node.left, *node.comparators)]
    result = None
    for (x, _), op, (y, _) in zip(terms, node.ops, terms[1:]):
      one = COMPARE[type(op)](x, y)
      result = one if result is None else np.logical_and(result, one)
    return result, EXACT if all(s == EXACT for _, s in terms) else UNKNOWN

  def visit_IfExp(self, node):
    terms = [self.visit(n) for n in (node.test, node.body, node.orelse)]
    state = EXACT if all(s == EXACT for _, s in terms) else UNKNOWN
    return np.where(*(v for v, _ in terms)), state

  def cast(self, name, x):
    x = np.asarray(x)
    if name == "bool":
      return x != 0
    if name == "float":
      return x if x.dtype.kind == "f" else x.astype(np.float64)
    if x.dtype.kind in "iu":
      return x
    if x.dtype.kind == "b":
      return x.astype(np.int64)
    limits = np.iinfo(np.int64)
    inside = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
    inside = np.where(np.abs(inside) < 2.0**63, inside, 0).astype(np.int64)
    return np.where(x >= 2.0**63, limits.max, np.where(x < -2.0**63, limits.min, inside))

  def visit_Call(self, node):
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    values = [self.visit(a) for a in node.args]
    exact = all(s == EXACT for _, s in values)
    args = [v for v, _ in values]
    if name in NOT_COMPARABLE:
      raise Skip(name)
    if name in REDUCTIONS and self.active is not None:
      args[0] = np.broadcast_to(args[0], self.active.shape)[self.active]
    if name in ("int", "float", "bool"):
      return self.cast(name, args[0]), EXACT if exact else UNKNOWN
    if name in FLOAT_FUNCTIONS:
      args = [no_half(a) if hasattr(a, "dtype") else a for a in args]
    if name in ("pow", "power", "mod", "floor_divide"):
      result = {"mod": np.mod, "floor_divide": np.floor_divide}.get(name, np.power)(*args)
      return result, UNKNOWN if not exact else 1 if is_float(result) else EXACT
    if name in ("sum", "prod"):
      result = getattr(np, name)(args[0])
      return result, EXACT if exact and not is_float(result) else UNKNOWN
    if name == "reciprocal" and np.asarray(args[0]).dtype.kind in "iu" and not np.all(args[0]):
      raise Skip("NumPy leaves 1/0 of integers to the platform")
    if name in ("copysign", "signbit") and np.any(np.isnan(args[-1])):
      exact = False  # the sign of a NaN is the processor's choice
    if name in EXACT_CALLS:
      result = EXACT_CALLS[name](*args)
      state = EXACT if exact else UNKNOWN
      # Equal as a value, yet perhaps of another sign: nothing may be built on it.
      return result, 1 if state == EXACT and name in EXTREMES and is_float(result) else state
    function = INEXACT_CALLS.get(name) or getattr(np, name, None)
    if function is None:
      raise Skip(name)
    state = UNKNOWN if not exact or name in NUMPY_IS_WORSE else 1
    return function(*args), state


def same(got, expected, state, tolerance):
  if state is UNKNOWN:
    return True
  if expected.dtype.kind != "f":
    return np.array_equal(got, expected)
  both_nan = np.isnan(got) & np.isnan(expected)
  equal = (got == expected) | both_nan
  if state != EXACT:
    finite = np.isfinite(got) & np.isfinite(expected)
    size = np.maximum(np.abs(np.where(finite, expected, 1)), np.finfo(expected.dtype).tiny)
    bound = tolerance * np.spacing(size)
    with np.errstate(all="ignore"):
      equal |= finite & (np.abs(got - expected) <= bound)
  return bool(np.all(equal))
