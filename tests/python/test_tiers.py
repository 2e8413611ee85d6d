"""Tiers from Python: tier="auto", promotion, invalidation, statistics, function ids."""

import os
import pickle
import sys
import threading
import time

import numpy as np
import pytest

import mejit
from mejit import tiers

X = np.linspace(-3, 3, 50_000)


@pytest.fixture
def kernel():
    k = mejit.compile("a * 2.5 - sum(a)", "float64", tier="auto")
    k.invalidate()  # the engine's cache may know it
    return k


def interpreted():
    return mejit.compile("a * 2.5 - sum(a)", "float64", tier="interpreter")(X)


def test_auto_starts_in_the_interpreter_and_is_promoted(kernel):
    assert kernel.tier == "interpreter"
    assert "profile" in kernel.explain() or "invalidated" in kernel.explain()
    expected = interpreted()
    seen = []
    for _ in range(20_000):
        assert kernel(X).tobytes() == expected.tobytes()
        seen.append(kernel.tier)
        if seen[-1] == "optimizing":
            break
    assert seen[-1] == "optimizing"
    ranks = [mejit.kernel.TIERS.index(t) for t in seen]
    assert ranks == sorted(ranks)


def test_promote_and_invalidate(kernel):
    expected = interpreted()
    before = kernel.stats()
    kernel.promote("baseline")
    assert kernel.tier == "baseline"
    assert kernel(X).tobytes() == expected.tobytes()
    kernel.promote()
    kernel.promote("baseline")
    assert kernel.tier == "optimizing"
    assert kernel(X).tobytes() == expected.tobytes()
    stats = kernel.stats()
    assert stats["tier"] == "optimizing"
    assert stats["promotions"] == before["promotions"] + 2
    assert stats["calls"]["baseline"] == before["calls"]["baseline"] + 1
    assert stats["calls"]["optimizing"] == before["calls"]["optimizing"] + 1
    assert "in optimizing JIT" in kernel.explain()
    kernel.invalidate()
    assert kernel.tier == "interpreter"
    assert kernel(X).tobytes() == expected.tobytes()
    assert "invalidated" in kernel.explain()


def test_strings_are_not_promoted():
    k = mejit.compile("upper(s) == 'A'", {"s": "U3"}, tier="auto")
    with pytest.raises(mejit.Error, match="strings"):
        k.promote()
    assert k(np.array(["a", "b"])).tolist() == [True, False]


def test_results_do_not_depend_on_what_other_threads_do(kernel):
    expected = interpreted().tobytes()
    wrong = []
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            for tier in ("baseline", "optimizing"):
                try:
                    kernel.promote(tier)
                except mejit.Error as error:  # the other thread was in between
                    assert "invalidated" in str(error)
            kernel.invalidate()

    def run():
        for _ in range(60):
            if kernel(X).tobytes() != expected:
                wrong.append(1)

    others = [threading.Thread(target=disturb) for _ in range(2)]
    runs = [threading.Thread(target=run) for _ in range(2)]
    for thread in others + runs:
        thread.start()
    for thread in runs:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    assert not wrong


def test_function_ids(kernel):
    f = tiers.FunctionId("test_tiers.f")
    assert f == tiers.FunctionId("test_tiers.f") != tiers.FunctionId("test_tiers.g")
    assert f.tier == "interpreter" and f.compile() is None and f.get_compiled() is None
    f.bind(kernel)
    calls = f.calls
    kernel(X)
    f.record_call(2)
    assert f.calls == calls + 3
    assert f.compile("baseline") == "baseline" and f.has_compiled() and f.get_compiled() == "baseline"
    assert not f.has_compiled("optimizing")
    assert f.can_osr(4096) and not f.can_osr(1)
    assert f.do_osr(0) and f.tier == "optimizing" and f.has_compiled("optimizing")
    f.invalidate()
    assert f.tier == "interpreter"
    assert "test_tiers.f" in repr(f)
    with pytest.raises(TypeError, match="a kernel is needed"):
        f.bind("a + 1")


def test_recorded_calls_promote():
    k = mejit.compile("a * 0.375 + 7", "float64", tier="auto")
    f = tiers.FunctionId("test_tiers.recorded")
    f.bind(k)
    jobs = mejit.counters()["compile_jobs"]
    f.record_call(1_000_000)
    assert mejit.counters()["compile_jobs"] == jobs + 1


def test_pickled_kernels_keep_their_policy(kernel):
    assert pickle.loads(pickle.dumps(kernel)).tier in mejit.kernel.TIERS
    with pytest.raises(ValueError, match="tier must be"):
        mejit.compile("a", "f8", tier="fastest")


@pytest.mark.skipif(sys.platform == "emscripten" or mejit.host().startswith("none"),
                    reason="forks and compiles")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks beside threads
def test_a_forked_child_compiles_too():
    def promoted(text):
        k = mejit.compile(text, "float64", tier="auto")
        end = time.monotonic() + 30
        while k.tier == "interpreter" and time.monotonic() < end:
            k(X)
        return k.tier != "interpreter"

    assert promoted("a * 2.5 - 71")  # the worker runs
    child = os.fork()
    if child == 0:
        os._exit(0 if promoted("a * 2.5 - 72") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_kernels_of_the_interpreter_can_be_promoted():
    k = mejit.compile("a * 2.5 - 73", "float64", tier="interpreter")
    if mejit.host().startswith("none"):
        pytest.skip("no host")
    before = k.stats()["calls"]["optimizing"]
    k.promote()
    k(X)
    assert k.stats()["calls"]["optimizing"] == before + 1
    k.invalidate()


def test_calls_of_an_id_that_goes_back_to_a_kernel_count_once():
    f = tiers.FunctionId("test_tiers.back")
    a, b = (mejit.compile(f"a - {n}", "float64") for n in (74, 75))
    for k, calls in ((a, 10), (b, 5), (a, 0)):
        f.bind(k)
        for _ in range(calls):
            k(X)
    assert f.calls == 15


LONG_LOOP = """
def settle(x):
    n = 0
    s = 0.0
    while n < {steps}:
        s = s * 0.999 + x
        n += 1
    return s
"""


def test_a_long_loop_goes_over_to_code_while_it_runs():
    text = LONG_LOOP.format(steps=1_000_000)
    x = np.array([1.5, -0.25])
    expected = mejit.compile(text, {"x": "float64"}, tier="interpreter")(x)
    kernel = mejit.compile(text, {"x": "float64"}, tier="auto")
    before = mejit.counters()["osr_loop_entries"]
    for _ in range(200):  # the compiler's thread may be late
        kernel.invalidate()
        assert kernel(x).tobytes() == expected.tobytes()
        if mejit.counters()["osr_loop_entries"] > before:
            break
    assert mejit.counters()["osr_loop_entries"] > before
    assert kernel.stats()["osr_entries"] > 0
    assert "on-stack replacements" in kernel.explain()


def test_an_operand_that_is_always_one_value_is_assumed_to_be():
    kernel = mejit.compile("a * exp(assumed_b)", {"a": "float64", "assumed_b": "float64"}, tier="auto")
    reference = mejit.compile(
        "a * exp(assumed_b)", {"a": "float64", "assumed_b": "float64"}, tier="interpreter")
    for _ in range(20_000):
        assert kernel(X, 2.0).tobytes() == reference(X, 2.0).tobytes()
        if "assumes one value each: assumed_b" in kernel.explain():
            break
        time.sleep(0.001)
    assert "assumes one value each: assumed_b" in kernel.explain()
    assert kernel(X, -1.0).tobytes() == reference(X, -1.0).tobytes()
    before = kernel.stats()["deoptimizations"]
    assert kernel(X, X).tobytes() == reference(X, X).tobytes()
    assert kernel.stats()["deoptimizations"] == before + 1
    assert "assumes" not in kernel.explain()
    assert kernel(X, 2.0).tobytes() == reference(X, 2.0).tobytes()
