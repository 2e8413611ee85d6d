"""Generated programs with their inputs: what `tests/agree --emit` prints, and golden cases of them."""
import json
import math
import os
import pathlib
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED = os.environ.get("ME_AGREE_SEED", "1")
FACTOR = 10 if os.environ.get("ME_AGREE_LONG", "0") != "0" else 1


def program():
  choices = [os.environ.get("ME_AGREE_PROGRAM", "")]
  choices += [ROOT / "build" / kind / "tests" / "agree" / "agree" for kind in ("native", "dev")]
  for choice in choices:
    if str(choice) and pathlib.Path(choice).is_file():
      return str(choice)
  pytest.skip("tests/agree is not built")


def cases(dialect, expressions=0, kernels=0, small=0, plain=False):
  """The programs of a dialect among that many: each a dictionary with `values`, arrays by name."""
  numbers = {"--expressions": expressions, "--kernels": kernels, "--small": small}
  arguments = [program(), "--emit", dialect, "--seed", SEED, *(["--plain"] if plain else [])]
  for name, count in numbers.items():
    arguments += [name, str(count * FACTOR)]
  done = subprocess.run(arguments, capture_output=True, text=True, check=True)
  for line in done.stdout.splitlines():
    case = json.loads(line)
    case["dialect"] = dialect
    case["origin"] = " ".join(["agree", *arguments[3:], "--only", str(case["number"])])
    case["values"] = {}
    for p in case["params"]:
      values = np.frombuffer(bytes.fromhex(p["data"]), p["dtype"])
      scalar = values[0].item() if p["weak"] else values[0] if p["uniform"] else values
      case["values"][p["name"]] = scalar
    yield case


def value_text(value):
  value = np.asarray(value)[()]
  if value.dtype.kind == "b":
    return "1" if value else "0"
  if value.dtype.kind in "iu":
    return str(int(value))
  if math.isnan(value):
    return "nan"
  if math.isinf(value):
    return "inf" if value > 0 else "-inf"
  return float(value).hex()


def golden_case(case, at, expected, title, output=None):
  """Item `at` of a case as tests/golden has them; `expected` is the other program's value."""
  lines = [f"# {title}; {case['origin']}"]
  if case["kernel"]:
    lines += ["kernel:", *("  " + line for line in case["text"].splitlines())]
  else:
    lines.append("expr: " + case["text"])
  kinds = {(False, False): "", (True, False): ":uniform", (True, True): ":weak"}
  types = [f"{p['name']}:{p['dtype']}{kinds[p['uniform'], p['weak']]}" for p in case["params"]]
  lines.append(f"dialect: {case['dialect']}")
  lines.append("types: " + " ".join(types))
  if output is not None:
    lines.append(f"output: {output}")
  lines.append(f"result: {np.asarray(expected).dtype}")
  inputs = []
  for name, values in case["values"].items():
    one = values if np.ndim(values) == 0 else values[at % len(values)]
    inputs.append(f"{name} = {value_text(one)}")
  lines.append(f"run: {' ; '.join(inputs)} -> {value_text(expected)}")
  return "\n".join(lines)
