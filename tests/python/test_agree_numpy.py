"""Generated expressions mean what they mean in NumPy: same dtype, same shape, same values.

The programs and inputs come from the generator of tests/agree (`agree --print-numpy`). NumPy
evaluates the same text, node by node, and keeps book of what it may be compared for: exactly, where
every operation is exact or correctly rounded; within the stated ULP (and NumPy's own error) where
one elementary function ends an exact computation; dtype and shape only where errors may have grown.
"""
import ast
import json
import math
import operator
import os
import pathlib
import subprocess

import pytest

np = pytest.importorskip("numpy")
mejit = pytest.importorskip("mejit")

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPRESSIONS = 4000
NUMPY_ULP = 4  # NumPy's own functions, the worst of them in float32
EXACT, UNKNOWN = 0, None


class Skip(Exception):
  """NumPy has no answer: an error, or a function that it does not have."""


def program():
  choices = [os.environ.get("ME_AGREE_PROGRAM", "")]
  choices += [ROOT / "build" / kind / "tests" / "agree" / "agree" for kind in ("native", "dev")]
  for choice in choices:
    if str(choice) and pathlib.Path(choice).is_file():
      return str(choice)
  pytest.skip("tests/agree is not built")


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
NUMPY_IS_WORSE = {"mean", "logaddexp", "logaddexp2"}
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
  def __init__(self, names):
    self.names = {"pi": math.pi, "e": math.e, "nan": math.nan, "inf": math.inf, **names}

  def visit_Expression(self, node):
    return self.visit(node.body)

  def visit_Name(self, node):
    return self.names[node.id], EXACT

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
    x, a = self.visit(node.left)
    y, b = self.visit(node.comparators[0])
    return COMPARE[type(node.ops[0])](x, y), EXACT if a == b == EXACT else UNKNOWN

  def visit_Call(self, node):
    name = node.func.id
    values = [self.visit(a) for a in node.args]
    exact = all(s == EXACT for _, s in values)
    args = [v for v, _ in values]
    if name in NOT_COMPARABLE:
      raise Skip(name)
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


def python_scalar(dtype, data):
  return np.frombuffer(data, dtype)[0].item()


def inputs_of(case):
  names = {}
  for p in case["params"]:
    data = bytes.fromhex(p["data"])
    dtype = np.dtype(p["dtype"])
    if p["weak"]:
      names[p["name"]] = python_scalar(dtype, data)
    elif p["uniform"]:
      names[p["name"]] = np.frombuffer(data, dtype)[0]
    else:
      names[p["name"]] = np.frombuffer(data, dtype)
  return names


def test_generated_expressions():
  done = subprocess.run([program(), "--print-numpy", "--expressions", str(EXPRESSIONS),
                         "--seed", os.environ.get("ME_AGREE_SEED", "1")],
                        capture_output=True, text=True, check=True)
  compared = {"exactly": 0, "within ulps": 0, "dtype only": 0, "skipped": 0, "refused": 0}
  wrong = []
  for line in done.stdout.splitlines():
    case = json.loads(line)
    names = inputs_of(case)
    try:
      with np.errstate(all="ignore"):
        expected, state = Evaluator(names).visit(ast.parse(case["expr"], mode="eval"))
        expected = np.asarray(expected)
    except (Skip, ValueError, TypeError, OverflowError, ZeroDivisionError):
      compared["skipped"] += 1
      continue
    try:
      got = np.asarray(mejit.evaluate(case["expr"], local_dict=names, global_dict={}))
    except mejit.Error as error:
      compared["refused"] += 1
      # Documented: whole-call reductions take arrays of one shape.
      if "must have one shape" not in str(error):
        wrong.append(f"{case['expr']}: NumPy takes it, mejit says {error}")
      continue
    kinds = {p["name"]: ("weak " if p["weak"] else "") + p["dtype"] for p in case["params"]}
    if expected.dtype == np.float16:
      expected = expected.astype(np.float32)
      state = UNKNOWN
    if got.dtype != expected.dtype or got.shape != expected.shape:
      wrong.append(f"{case['expr']} {kinds}: {got.dtype}{got.shape}, "
                   f"NumPy {expected.dtype}{expected.shape}")
    elif not same(got, expected, state, NUMPY_ULP + 4):
      at = [i for i in range(got.size)
            if not same(got.ravel()[i:i + 1], expected.ravel()[i:i + 1], state, NUMPY_ULP + 4)][0]
      where = {n: v if np.ndim(v) == 0 else v[at % v.size] for n, v in names.items()}
      wrong.append(f"{case['expr']} {kinds} {where}: {got.ravel()[at]!r}, "
                   f"NumPy {expected.ravel()[at]!r}")
    compared[{EXACT: "exactly", UNKNOWN: "dtype only"}.get(state, "within ulps")] += 1
  print(compared)
  assert compared["exactly"] > EXPRESSIONS // 6
  assert compared["within ulps"] > EXPRESSIONS // 40
  assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])
