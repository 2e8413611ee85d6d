"""Hosts, counters, the function table."""

import subprocess
import sys

import numpy as np
import pytest

import mejit


def in_process(code, **environment):
    import os

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         env={**os.environ, **environment})
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_kernels_run_through_wasmtime():
    assert mejit.host().startswith("wasmtime")
    assert mejit.jit_backend() == mejit.host()


def test_the_wasmtime_package_is_found_without_help():
    import os

    code = "import mejit; print(mejit.compile('a', 'f8').tier, mejit.host())"
    clean = {name: value for name, value in os.environ.items() if name != "ME_WASMTIME"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean)
    tier, host = run.stdout.strip().split(" ", 1)
    assert tier == "optimizing" and host.startswith("wasmtime"), run.stderr


def test_without_an_engine_the_interpreter_runs():
    code = """
import importlib.util, sys
sys.modules["wasmtime"] = None
import mejit
k = mejit.compile("a * 2", "f8")
print(k.tier, "|", mejit.host()[:5], "|", k([1.0, 2.0]).tolist(), "|", "why" in k.explain())
"""
    import os

    clean = {name: value for name, value in os.environ.items() if name != "ME_WASMTIME"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean)
    assert run.stdout.strip() == "interpreter | none: | [2.0, 4.0] | True", run.stdout + run.stderr


def test_the_jit_can_be_switched_off():
    code = "import mejit; print(mejit.compile('a', 'f8').tier)"
    assert in_process(code, ME_DSL_JIT="0") == "interpreter"


def test_use_wasmtime_says_why_not():
    code = """
import mejit
try:
    mejit.use_wasmtime("/nowhere/wasmtime.so")
except mejit.Error as error:
    print("refused", "nowhere" in str(error))
"""
    assert in_process(code) == "refused True"


def test_counters():
    before = mejit.counters()
    assert set(before) == set(mejit.counter_help())
    assert {"jit_compiles", "jit_executions", "interpreter_executions"} <= set(before)
    a = np.ones(3)
    mejit.evaluate("a + 0.125")
    assert mejit.counters()["jit_executions"] == before["jit_executions"] + 1
    assert all(mejit.counter_help().values())


def test_compile_times_by_phase():
    before = mejit.counters()
    kernel = mejit.compile("a*0.0078125 + 3.5", {"a": "f8"})
    after = mejit.counters()
    grown = {name for name in after if name.endswith("_ns") and after[name] > before[name]}
    assert {"parse_ns", "infer_ns", "build_ns", "passes_ns", "schedule_ns"} <= grown
    jit = {"lower_ns", "optimize_ns", "encode_ns", "instantiate_ns"}
    assert grown & jit == (jit if kernel.tier == "optimizing" else set())
    assert "compiled in" in kernel.explain()


def test_a_kernel_found_again_costs_no_compilation():
    mejit.compile("a*0.0078125 + 4.5", {"a": "f8"})
    before = mejit.counters()
    mejit.compile("a*0.0078125 + 4.5", {"a": "f8"})
    after = mejit.counters()
    assert after["compiles"] == before["compiles"]
    assert all(after[name] == before[name] for name in after if name.endswith("_ns"))


STRING_FUNCTIONS = {
    "capitalize", "contains", "count", "endswith", "find", "len", "lower", "lstrip", "removeprefix",
    "removesuffix", "replace", "rfind", "rstrip", "split_part", "startswith", "str_len", "strip",
    "substr", "swapcase", "title", "upper",
}


def test_functions():
    table = {f.name: f for f in mejit.functions()}
    assert len(table) > 60
    assert table["sin"].arity == 1 and table["sin"].ulp == 1 and table["sin"].help == "sine"
    values = {"x": np.full(3, 0.5), "n": np.full(3, 2)}
    for f in table.values():
        if f.name in STRING_FUNCTIONS:
            continue
        for kind in ("xxx", "nnn", "xnn"):  # functions of floats, of integers, ldexp
            try:
                mejit.evaluate(f"{f.name}({', '.join(kind[:f.arity])})", values)
                break
            except mejit.CompileError:
                continue
        else:
            pytest.fail(f"{f.name} takes nothing")


def test_versions():
    assert mejit.__version__ == "0.1.0"
    assert mejit._core.version().count(".") == 2


def test_reloading_is_harmless():
    import importlib

    importlib.reload(mejit)
    with pytest.raises(mejit.CompileError):
        mejit.evaluate("1 +")
