"""The benchmark program runs and compares what the contenders compute; its times are nobody's test."""

import json
import pathlib
import subprocess
import sys

import mejit
import pytest
from conftest import needs_processes

ROOT = pathlib.Path(__file__).resolve().parents[2]


@needs_processes
@pytest.mark.skipif(mejit.host().startswith("none"), reason="measures the JIT")
def test_native_rows_run(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/native.py", "--rows", "a", "--sizes", "64",
         "--rounds", "1", "--json", figures], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    measured = json.loads(figures.read_text())["figures"]
    assert {"mejit JIT", "mejit interpreter", "NumPy", "C, 128 bit"} <= set(measured[0]["ns"])
    assert len({f["row"] for f in measured}) > 10
