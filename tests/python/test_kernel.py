"""compile() and Kernel: spelling of dtypes, ways to call, what a kernel tells, pickling."""

import pickle

import numpy as np
import pytest
from conftest import DTYPES, TIERS, needs_processes, same

import mejit

COLLATZ = """
def collatz(n, limit):
    "Steps until 1."
    steps = 0
    while n != 1 and steps < limit:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
"""


@pytest.mark.parametrize("dtype", DTYPES)
def test_spellings_of_dtypes(dtype):
    np_dtype = np.dtype(dtype)
    for spelling in (dtype, np_dtype, np_dtype.type, np_dtype.str, np_dtype.char,
                     np_dtype.newbyteorder(">")):
        assert mejit.compile("a", {"a": spelling}).dtype == np_dtype, spelling


@pytest.mark.parametrize("dtype", ["nonsense", "V8", "datetime64[s]", None, 5, object, str])
def test_unknown_dtypes(dtype):
    with pytest.raises((TypeError, mejit.CompileError)):
        mejit.compile("a + 1", {"a": dtype})


def test_unsupported_dtypes_are_located():
    with pytest.raises(mejit.DTypeError, match="complex128"):
        mejit.compile("a % 2", {"a": "complex128"})


def test_dtypes_in_order_and_one_for_all():
    assert mejit.compile("b * a", ["float32", "int8"]).dtypes == {"b": "float32", "a": "int8"}
    assert mejit.compile("b * a", "float32").names == ("b", "a")
    assert mejit.compile("b * a", float).dtypes == {"b": float, "a": float}
    with pytest.raises(TypeError, match="1 dtypes for 2 names"):
        mejit.compile("b * a", ["float32"])


def test_weak_parameters():
    k = mejit.compile("x * n + f", {"x": "float32", "n": int, "f": float})
    same(k(np.ones(3, "float32"), 2, 0.5), np.full(3, 2.5, "float32"))
    assert k.dtypes == {"x": "float32", "n": int, "f": float}
    narrow = mejit.compile("x + n", {"x": "int8", "n": int})
    same(narrow(np.ones(2, "int8"), 100), np.full(2, 101, "int8"))
    with pytest.raises(OverflowError, match="int8"):
        narrow(np.ones(2, "int8"), 300)
    with pytest.raises(TypeError, match="one value"):
        narrow(np.ones(2, "int8"), np.array([1, 2]))
    with pytest.raises(TypeError):
        narrow(np.ones(2, "int8"), 1.5)


def test_numbers_as_arguments():
    k = mejit.compile("a + b", {"a": "float32", "b": "int16"})
    same(k(1, 2), np.float32(3))
    same(k(np.ones(2, "float32"), 7), np.full(2, 8, "float32"))
    for wrong, error in ((1.5, TypeError), (70000, OverflowError), (True, None), ("x", TypeError)):
        if error is None:
            k(1.0, wrong)
        else:
            with pytest.raises(error):
                k(1.0, wrong)


def test_ways_to_call():
    k = mejit.compile("a - b", ["float64", "float64"])
    a, b, out = np.arange(3.0), np.ones(3), np.empty(3)
    for result in (k(a, b), k(a, b=b), k(b=b, a=a), k.run([a, b]), k(a, b, out=out)):
        same(result, a - b)
    for args, named in [((a,), {}), ((a, b, b), {}), ((a,), {"a": a}), ((a, b), {"c": b}), ((), {})]:
        with pytest.raises(TypeError):
            k(*args, **named)


def test_a_kernels_parameters_come_in_its_own_order():
    k = mejit.compile(COLLATZ, {"limit": "int64", "n": "int64"})
    assert k.names == ("n", "limit")
    same(k(np.array([1, 6, 27]), 1000), np.array([0, 8, 111], "int64"))
    same(k(np.array([27]), limit=10), np.array([10], "int64"))


@pytest.mark.parametrize("tier", TIERS)
def test_tiers_give_the_same_bits(tier):
    x = np.random.default_rng(5).normal(size=10_000) * 10
    text = "sin(x) * exp(-x * x / 50) + where(x > 0, log1p(abs(x)), cbrt(x))"
    k = mejit.compile(text, {"x": "float64"}, tier=tier)
    assert k.tier == tier
    expected = mejit.compile(text, {"x": "float64"}, tier="interpreter")(x)
    assert k(x).tobytes() == expected.tobytes()
    n = np.arange(1, 5000)
    steps = mejit.compile(COLLATZ, ["int64", "int64"], tier=tier)(n, 500)
    assert steps.tolist() == mejit.compile(COLLATZ, "int64", tier="interpreter")(n, 500).tolist()


def test_dtypes_are_read_anew_where_they_may_have_changed():
    spec = {"a": "f8"}
    assert mejit.compile("a + 1", spec).dtypes["a"] == np.float64
    values = spec.values()
    assert mejit.compile("a + 1", values).dtypes["a"] == np.float64
    spec["a"] = "f4"
    assert mejit.compile("a + 1", spec).dtypes["a"] == np.float32
    assert mejit.compile("a + 1", values).dtypes["a"] == np.float32
    assert mejit.compile("a + 1", [int]).dtypes["a"] is int
    assert mejit.compile("a + 1", [np.int64]).dtypes["a"] == np.int64
    for wrong in ([[]], {"a": []}, {"a": "float7"}, {1: "f8"}):
        with pytest.raises(TypeError):
            mejit.compile("a + 1", wrong)


def test_counters_tell_what_ran():
    a = np.ones(10)
    jit = mejit.compile("a * 3.25 + 1", ["float64"])
    interpreter = mejit.compile("a * 3.25 + 1", ["float64"], tier="interpreter")
    before = mejit.counters()
    jit(a), jit(a), interpreter(a)
    after = mejit.counters()
    assert after["jit_executions"] - before["jit_executions"] == 2
    assert after["interpreter_executions"] - before["interpreter_executions"] == 1


def test_what_a_kernel_tells():
    k = mejit.compile("sum(a * b) / 2", {"a": "float32", "b": "float32"})
    assert "optimizing" in k.explain() and "reduction" in k.explain()
    assert "(module" in k.wat() and "v128" in k.wat()
    assert k.wasm().startswith(b"\0asm") and k.wasm(1).startswith(b"\0asm") and k.wasm(9) == b""
    assert "mul" in k.ir()
    assert repr(k) == ("<mejit.Kernel 'sum(a * b) / 2' (a: float32, b: float32) -> float32, "
                       "optimizing>")
    slow = mejit.compile("a + 1", "float64", tier="interpreter")
    assert "interpreter" in slow.explain() and slow.wat() == "" and slow.wasm() == b""


def test_the_result_dtype_can_be_chosen():
    k = mejit.compile("a / 3", {"a": "int32"}, result="float32")
    assert k.dtype == np.float32
    same(k(np.array([1, 2], "int32")), (np.array([1, 2], "int32") / 3).astype("float32"))


def test_the_miniexpr_dialect():
    same(mejit.compile("a / b", "int32", dialect="miniexpr")(np.array([7], "int32"), 2),
         np.array([3], "int32"))


@pytest.mark.parametrize("wrong", [{"tier": "fastest"}, {"dialect": "perl"}, {"result": "text"}])
def test_wrong_words(wrong):
    with pytest.raises((ValueError, TypeError)):
        mejit.compile("a + 1", "float64", **wrong)


@pytest.mark.parametrize("text, dtypes", [("a * n + 1", {"a": "float32", "n": int}),
                                          (COLLATZ, {"n": "int64", "limit": "int64"})])
def test_pickling(text, dtypes):
    k = mejit.compile(text, dtypes, tier="baseline", result="float64")
    copy = pickle.loads(pickle.dumps(k))
    assert (copy.source, copy.names, copy.dtypes, copy.dtype, copy.tier) == (
        k.source, k.names, k.dtypes, k.dtype, k.tier)
    a = np.arange(1, 5).astype("float32" if "a" in dtypes else "int64")
    same(copy(a, 3), k(a, 3))


@needs_processes
def test_a_pickle_works_in_another_process():
    import subprocess
    import sys

    data = pickle.dumps(mejit.compile("a + 1", "float64"))
    code = f"import pickle, numpy; print(pickle.loads({data!r})(numpy.ones(2)).tolist())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[2.0, 2.0]", run.stderr


def test_large_signature():
    names = [f"v{i}" for i in range(300)]
    k = mejit.compile(" + ".join(names), dict.fromkeys(names, "float64"))
    values = [np.full(3, float(i)) for i in range(300)]
    same(k(*values), np.full(3, float(sum(range(300)))))
