"""Several threads at once, and stopping what runs too long."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import mejit

LONG = """
def long(a):
    total = a
    for i in range(2000000000):
        total = total * 0.5 + a
    return total
"""


def test_threads_compile_and_evaluate():
    def work(seed):
        random = np.random.default_rng(seed)
        a, b = random.random(20_000), random.random(20_000)
        for i in range(20):
            text = f"a * {(seed + i) % 7} + b * sin(a) + {i}"
            expected = a * ((seed + i) % 7) + b * np.sin(a) + i
            np.testing.assert_allclose(mejit.evaluate(text), expected, rtol=1e-14)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


def test_one_kernel_in_many_threads():
    kernel = mejit.compile("a * a - sum(a)", "float64")
    a = np.arange(50_000.0)
    expected = kernel(a).tobytes()
    with ThreadPoolExecutor(8) as pool:
        assert all(r.tobytes() == expected for r in pool.map(lambda _: kernel(a), range(64)))


def test_other_threads_run_meanwhile():
    kernel = mejit.compile(LONG, "float64")
    ticks = []

    def tick():
        for _ in range(20):
            time.sleep(0.01)
            ticks.append(time.perf_counter())
        mejit.interrupt(True)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        with pytest.raises(mejit.EvaluateError, match="interrupt"):
            kernel(np.ones(10))
    finally:
        thread.join()
        mejit.interrupt(False)
    assert len(ticks) == 20
    assert mejit.evaluate("1 + 1") == 2


@pytest.mark.parametrize("tier", ["interpreter", "optimizing"])
def test_ctrl_c_stops_an_evaluation(tier):
    code = f"""
        import mejit, numpy, os, signal, threading, time
        # Whatever this process inherited: shells start background jobs with SIGINT ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        kernel = mejit.compile({LONG!r}, "float64", tier={tier!r})
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            kernel(numpy.ones(10))
        except KeyboardInterrupt:
            print("stopped", mejit.evaluate("1 + 1"))
        old = signal.getsignal(signal.SIGINT)
        assert old is signal.default_int_handler, old
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            print("as before")
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True,
                         text=True, timeout=60)
    assert run.stdout.split() == ["stopped", "2", "as", "before"], run.stderr


def test_ctrl_c_is_left_alone_where_it_is_ignored():
    code = """
        import mejit, numpy, os, signal, threading
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        a = numpy.ones(1000)
        for _ in range(2000):
            mejit.evaluate("a + 1")
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        print("done")
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True,
                         text=True, timeout=60)
    assert run.stdout.strip() == "done", run.stderr
