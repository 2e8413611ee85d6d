"""Kernels of the numpy dialect, executed by NumPy: one array per local, a mask per control path."""
import ast

import numpy as np

from numpy_evaluator import BINARY, EXACT, UNKNOWN, Evaluator, Skip

MAX_ITERATIONS = 200


class Kernel:
  """Runs a `def` over arrays of `count` items; result() is the value and its state."""

  def __init__(self, text, values, count):
    self.body = ast.parse(text).body[0].body
    index = np.arange(count, dtype=np.int64)
    symbols = {"_i0": index, "_flat_idx": index, "_n0": np.int64(count), "_ndim": np.int64(1)}
    for axis in range(1, 8):
      symbols |= {f"_i{axis}": np.int64(0), f"_n{axis}": np.int64(1)}
    self.evaluator = Evaluator({**symbols, **values})
    self.count = count
    self.result_value = None
    self.result_state = EXACT
    self.returned = np.zeros(count, bool)
    # Whether a condition above was inexact: which elements come here is then not known.
    self.uncertain = False

  def result(self):
    self.block(self.body, np.ones(self.count, bool), [])
    return self.result_value, self.result_state

  def value(self, node, mask):
    self.evaluator.active = mask
    value, state = self.evaluator.visit(node)
    return np.asarray(value), UNKNOWN if self.uncertain else state

  def store(self, old, new, mask):
    """`old` with the elements of `mask` from `new`; both (value, state), old may be None."""
    value, state = new
    if old is None:
      return np.broadcast_to(value, (self.count,)).copy(), state
    if old[0].dtype != value.dtype:
      raise Skip("a local of more than one dtype")
    merged = np.where(mask, value, old[0])
    return merged, state if state == old[1] == EXACT else UNKNOWN

  def assign(self, name, new, mask):
    old = self.evaluator.names.get(name)
    if old is not None and not isinstance(old, tuple):
      raise Skip("assignment to a parameter")
    self.evaluator.names[name] = self.store(old, new, mask)

  def block(self, body, mask, loops):
    """Runs statements for the elements of `mask`; those that go on are what is left of it."""
    for statement in body:
      if not mask.any():
        break
      mask = getattr(self, "run_" + type(statement).__name__)(statement, mask, loops)
    return mask

  def run_Pass(self, statement, mask, loops):
    return mask

  def run_Assign(self, statement, mask, loops):
    target = statement.targets[0]
    if isinstance(target, ast.Tuple):
      values = [self.value(v, mask) for v in statement.value.elts]
      for name, value in zip(target.elts, values):
        self.assign(name.id, value, mask)
    else:
      self.assign(target.id, self.value(statement.value, mask), mask)
    return mask

  def run_AugAssign(self, statement, mask, loops):
    whole = ast.BinOp(ast.Name(statement.target.id), statement.op, statement.value)
    assert type(statement.op) in BINARY
    self.assign(statement.target.id, self.value(whole, mask), mask)
    return mask

  def run_Return(self, statement, mask, loops):
    new = self.value(statement.value, mask)
    if self.result_value is None:
      self.result_value, self.result_state = np.broadcast_to(new[0], (self.count,)).copy(), new[1]
    else:
      self.result_value, state = self.store((self.result_value, EXACT), new, mask)
      # One inexact item among exact ones is compared within the wider bound.
      if self.result_state is not UNKNOWN:
        self.result_state = UNKNOWN if new[1] is UNKNOWN else max(self.result_state, new[1])
    self.returned |= mask
    return mask & False

  def condition(self, node, mask):
    value, state = self.value(node, mask)
    self.uncertain = self.uncertain or state is not EXACT
    return np.broadcast_to(value.astype(bool), (self.count,))

  def run_If(self, statement, mask, loops):
    true = self.condition(statement.test, mask)
    taken = self.block(statement.body, mask & true, loops)
    other = self.block(statement.orelse, mask & ~true, loops)
    return taken | other

  def run_Break(self, statement, mask, loops):
    loops[-1]["left"] |= mask
    return mask & False

  def run_Continue(self, statement, mask, loops):
    return mask & False

  def loop(self, statement, mask, next_mask, loops):
    """Iterates while next_mask(mask) has elements; what leaves by break goes on behind the loop."""
    here = {"left": np.zeros(self.count, bool)}
    finished = np.zeros(self.count, bool)
    for _ in range(MAX_ITERATIONS):
      going = next_mask(mask)
      finished |= mask & ~going
      if not going.any():
        return finished | here["left"]
      self.block(statement.body, going, loops + [here])
      mask = going & ~here["left"] & ~self.returned
    raise Skip("too many iterations")

  def run_While(self, statement, mask, loops):
    return self.loop(statement, mask,
                     lambda m: m & self.condition(statement.test, m) if m.any() else m, loops)

  def run_For(self, statement, mask, loops):
    bounds = [self.value(a, mask)[0] for a in statement.iter.args]
    if any(b.dtype.kind not in "iu" or b.dtype == np.uint64 for b in bounds):
      raise Skip("bounds of another kind")
    bounds = [np.broadcast_to(b.astype(np.int64), (self.count,)) for b in bounds]
    start, stop = (np.zeros(self.count, np.int64), bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = bounds[2] if len(bounds) > 2 else np.ones(self.count, np.int64)
    place = {"next": start.copy()}

    def advance(m):
      going = m & np.where(step > 0, place["next"] < stop, place["next"] > stop)
      self.assign(statement.target.id, (place["next"], EXACT), going)
      place["next"] = np.where(going, place["next"] + step, place["next"])
      return going

    return self.loop(statement, mask, advance, loops)
