"""Generated programs mean what they mean in NumPy: same dtype, same shape, same values.

The programs and inputs come from the generator of tests/agree (agree_cases.py). NumPy evaluates the
same text, node by node (numpy_evaluator.py; kernels: numpy_kernels.py), and what is compared depends
on how exact that is: bit for bit, within the stated ULP and NumPy's own error, or dtype and shape only.
Failures are printed as golden cases. ME_AGREE_SEED chooses other programs, ME_AGREE_LONG=1 ten times as
many.
"""
import ast

import pytest

np = pytest.importorskip("numpy")
mejit = pytest.importorskip("mejit")

from agree_cases import FACTOR, SEED, cases, golden_case  # noqa: E402
from numpy_evaluator import EXACT, UNKNOWN, Evaluator, Skip, same  # noqa: E402
from numpy_kernels import Kernel  # noqa: E402

EXPRESSIONS = 4000
SMALL = 6000
KERNELS = 3000
TOLERANCE = 8  # ULP: NumPy's own functions, the worst of them in float32, and ours

ERRORS = (Skip, ValueError, TypeError, OverflowError, ZeroDivisionError)


class Report:
  def __init__(self):
    self.compared = {"exactly": 0, "within ulps": 0, "dtype only": 0, "skipped": 0, "refused": 0}
    self.wrong = []

  def compare(self, case, got, expected, state):
    if expected.dtype == np.float16:
      expected = expected.astype(np.float32)
      state = UNKNOWN
    text = case["text"]
    if got.dtype != expected.dtype or got.shape != expected.shape:
      kinds = {p["name"]: ("weak " if p["weak"] else "") + p["dtype"] for p in case["params"]}
      self.wrong.append(f"{text} {kinds}: {got.dtype}{got.shape}, NumPy "
                        f"{expected.dtype}{expected.shape}; {case['origin']}")
    elif not same(got, expected, state, TOLERANCE):
      got, expected = got.ravel(), expected.ravel()
      at = next(i for i in range(got.size)
                if not same(got[i:i + 1], expected[i:i + 1], state, TOLERANCE))
      self.wrong.append(golden_case(case, at, expected[at], f"NumPy; mejit gave {got[at]!r}"))
    self.compared[{EXACT: "exactly", UNKNOWN: "dtype only"}.get(state, "within ulps")] += 1

  def finish(self, exactly, within_ulps):
    print(f"seed {SEED}: {self.compared}")
    assert self.compared["exactly"] > exactly * FACTOR
    assert self.compared["within ulps"] > within_ulps * FACTOR
    assert not self.wrong, f"{len(self.wrong)} differ:\n" + "\n".join(self.wrong[:40])


def test_generated_expressions():
  report = Report()
  for case in cases("numpy", expressions=EXPRESSIONS, small=SMALL):
    try:
      with np.errstate(all="ignore"):
        expected, state = Evaluator(case["values"]).visit(ast.parse(case["text"], mode="eval"))
        expected = np.asarray(expected)
    except ERRORS:
      report.compared["skipped"] += 1
      continue
    try:
      got = np.asarray(mejit.evaluate(case["text"], local_dict=case["values"], global_dict={}))
    except mejit.Error as error:
      report.compared["refused"] += 1
      # Documented: whole-call reductions take arrays of one shape.
      if "must have one shape" not in str(error):
        report.wrong.append(f"{case['text']}: NumPy takes it, mejit says {error}")
      continue
    report.compare(case, got, expected, state)
  report.finish(EXPRESSIONS // 6 + SMALL // 6, EXPRESSIONS // 40)


def test_generated_kernels():
  report = Report()
  for case in cases("numpy", kernels=KERNELS):
    shape = np.broadcast_shapes(*(np.shape(v) for v in case["values"].values()))
    count = shape[0] if shape else 1
    try:
      with np.errstate(all="ignore"):
        expected, state = Kernel(case["text"], case["values"], count).result()
    except ERRORS:
      report.compared["skipped"] += 1
      continue
    try:
      got = np.asarray(mejit.evaluate(case["text"], local_dict=case["values"], global_dict={}))
    except (OverflowError, mejit.DTypeError):
      # A Python number that does not fit, in a branch that no element takes: NumPy never saw it. Or
      # an operation that the one dtype of a local, which all its values join, does not have, while
      # NumPy saw the value's own.
      report.compared["refused"] += 1
      continue
    except mejit.Error as error:
      report.compared["refused"] += 1
      if "must have one shape" not in str(error):
        report.wrong.append(f"{case['text']}\nNumPy takes it, mejit says {error}")
      continue
    if case["text"].count("return") > 1 and np.result_type(got, expected) == got.dtype:
      # A return of a wider dtype in a branch that no element took.
      state = state if got.dtype == expected.dtype else UNKNOWN
      expected = expected.astype(got.dtype)
    # Which values are the same for all elements is mejit's own business.
    report.compare(case, np.broadcast_to(got, (count,)), expected, state)
  assert report.compared["refused"] < KERNELS // 20
  report.finish(KERNELS // 40, KERNELS // 150)
