"""Generated programs of the miniexpr dialect give what miniexpr gives, inside the package blosc2.

blosc2 evaluates a kernel (`@blosc2.dsl_kernel`) with miniexpr alone; an expression becomes the kernel
that returns it. Programs and inputs come from the generator of tests/agree (agree_cases.py); those that
use what EXCLUDED names are left out, each for its reason. Results are compared exactly where every
operation is exact or correctly rounded, within TOLERANCE where one elementary function ends an exact
computation, and not where errors may have grown. Needs `ci/toolchain.sh blosc2`.
"""
import ast
import linecache
import re

import pytest

np = pytest.importorskip("numpy")
mejit = pytest.importorskip("mejit")
blosc2 = pytest.importorskip("blosc2", reason="run ci/toolchain.sh blosc2")

from agree_cases import FACTOR, SEED, cases, golden_case  # noqa: E402
from numpy_functions import REDUCTIONS  # noqa: E402
from numpy_evaluator import EXACT, NOT_COMPARABLE, UNKNOWN, same  # noqa: E402

EXPRESSIONS = 6000
SMALL = 9000
KERNELS = 600  # of floats and correctly rounded operations: where miniexpr's rules have no faults
TOLERANCE = 12  # ULP: miniexpr's vector functions promise 3.5, in float32 some have more

INTEGERS = re.compile(r"u?int\d+")
WIDE = {"int64", "uint64", "uint32"}


def dtypes(case):
  return {p["dtype"] for p in case["params"]}


def has_integers(case):
  return any(INTEGERS.fullmatch(t) for t in dtypes(case))


def calls(*names):
  pattern = re.compile(r"\b(?:%s)\(" % "|".join(names))
  return lambda case: pattern.search(case["text"]) is not None


def operator(*symbols):
  pattern = re.compile("|".join(re.escape(f" {s} ") for s in symbols))
  return lambda case: pattern.search(case["text"]) is not None


def both(*tests):
  return lambda case: all(test(case) for test in tests)


# What is not compared, and why. Faults are miniexpr's, which mejit does not share.
EXCLUDED = [
    ("integer division: a zero divisor ends the process",
     both(has_integers, operator("/", "/="))),
    ("remainders and powers of integers pass through doubles",
     both(has_integers, lambda c: operator("%", "**")(c) or calls("fmod", "remainder", "pow",
                                                                  "power")(c))),
    ("shifts by the width or more are not defined", operator("<<", ">>", "<<=", ">>=")),
    ("arithmetic on bools is not normalised to 0 and 1",
     both(lambda c: "bool" in dtypes(c), operator("+", "-", "*", "/", "**", "%"))),
    ("negated literals are float64 whatever is beside them",
     lambda c: re.search(r"\(-\s*[\d.]", c["text"]) is not None),
    ("there are no names for these constants, or they need parentheses",
     lambda c: re.search(r"\b(nan|inf|pi|e)\b", c["text"]) is not None),
    ("integers in functions pass through doubles",
     both(lambda c: bool(dtypes(c) & WIDE), calls("abs", "absolute", "sign", "floor", "ceil",
                                                  "trunc", "round", "rint", "square"))),
    ("literals pass through doubles", lambda c: re.search(r"\d{16,}", c["text"]) is not None),
    ("int() and bool() truncate operands first", calls("int", "bool", "float")),
]


def reason_against(case):
  for reason, test in EXCLUDED:
    if test(case):
      return reason
  return None


class States(ast.NodeVisitor):
  """EXACT, 1 or UNKNOWN of an expression, as in numpy_evaluator.py."""

  ROUNDED = {"abs", "absolute", "sign", "square", "floor", "ceil", "trunc", "round", "rint", "sqrt",
             "copysign", "fmin", "fmax", "fmod", "where", "min", "max", "any", "all", "real", "range",
             "nextafter"}

  def __init__(self, floats):
    self.floats = floats

  def generic_visit(self, node):
    parts = [self.visit(n) for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    return EXACT if all(s == EXACT for s in parts) else UNKNOWN

  def visit_BinOp(self, node):
    state = self.generic_visit(node)
    inexact = isinstance(node.op, (ast.Pow, ast.Mod, ast.FloorDiv))
    return 1 if inexact and state == EXACT else state

  def visit_Call(self, node):
    name = node.func.id
    state = EXACT if all(self.visit(a) == EXACT for a in node.args) else UNKNOWN
    if name in ("sum", "prod", "mean"):
      return state if name != "mean" and not self.floats else UNKNOWN
    if name in NOT_COMPARABLE or name in ("logaddexp", "fma"):
      return UNKNOWN
    return state if name in self.ROUNDED or state is UNKNOWN else 1


def state_of(case):
  floats = bool(dtypes(case) & {"float32", "float64"})
  states = States(floats)
  if not case["kernel"]:
    return states.visit(ast.parse(case["text"], mode="eval").body)
  parts = [states.visit(n) for n in ast.walk(ast.parse(case["text"])) if isinstance(n, ast.expr)]
  return EXACT if all(s == EXACT for s in parts) else UNKNOWN


def is_reduction(case):
  """Whether the expression is the call of a reduction."""
  root = ast.parse(case["text"], mode="eval").body
  return isinstance(root, ast.Call) and root.func.id in REDUCTIONS


def kernel_of(case):
  text = case["text"]
  if not case["kernel"]:
    text = f"def kernel({', '.join(case['values'])}):\n    return {text}\n"
  name = f"<{case['number']}>"
  linecache.cache[name] = (len(text), None, text.splitlines(True), name)
  namespace = {}
  exec(compile(text, name, "exec"), namespace)
  return blosc2.dsl_kernel(namespace["kernel"])


def arrays_of(case):
  """All inputs as arrays of one length: miniexpr has no others."""
  length = max((len(v) for v in case["values"].values() if np.ndim(v)), default=1)
  return {n: np.ascontiguousarray(np.broadcast_to(v, (length,))) for n, v in case["values"].items()}


def run(chosen, at_least):
  compared = {"exactly": 0, "within ulps": 0, "not compared": 0, "excluded": 0, "refused there": 0,
              "refused here": 0}
  wrong = []
  for case in chosen:
    if reason_against(case):
      compared["excluded"] += 1
      continue
    values = arrays_of(case)
    kinds = {n: v.dtype for n, v in values.items()}
    for p in case["params"]:
      p["uniform"] = p["weak"] = False
    case["values"] = values
    try:
      dtype = mejit.compile(case["text"], kinds, dialect="miniexpr").dtype
      kernel = mejit.compile(case["text"], kinds, dialect="miniexpr", result=dtype)
      got = np.asarray(kernel(**{n: values[n] for n in kernel.names}))
    except mejit.Error:
      compared["refused here"] += 1
      continue
    try:
      lazy = blosc2.lazyudf(kernel_of(case), tuple(values.values()), dtype=np.dtype(dtype),
                            jit=case["number"] % 4 == 0)
      expected = np.asarray(lazy.compute(strict_miniexpr=True)[:])
    except Exception:  # whatever it raises for what it does not have
      compared["refused there"] += 1
      continue
    state = state_of(case)
    if not case["kernel"] and is_reduction(case):
      expected = expected[:1]  # miniexpr writes one item, and blosc2 leaves the others zero
    got = np.broadcast_to(got, expected.shape)
    if not same(got, expected, state, TOLERANCE):
      at = next(i for i in range(got.size)
                if not same(got[i:i + 1], expected[i:i + 1], state, TOLERANCE))
      wrong.append(golden_case(case, at, expected[at], f"blosc2; mejit gave {got[at]!r}",
                               np.dtype(dtype)))
    compared[{EXACT: "exactly", UNKNOWN: "not compared"}.get(state, "within ulps")] += 1
  print(f"seed {SEED}: {compared}")
  assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])
  assert compared["exactly"] > at_least * FACTOR


def test_generated_kernels():
  run(cases("miniexpr", kernels=KERNELS, plain=True), 500)


def test_generated_expressions():
  run(cases("miniexpr", expressions=EXPRESSIONS, small=SMALL), 600)

