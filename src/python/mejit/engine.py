"""The engine of the process: what runs kernels, counters, the function table."""

import importlib.util
import operator
import os
import platform
import sys
import threading
from typing import NamedTuple

from . import _core


class Function(NamedTuple):
    """A function or operator of the language. ulp bounds its error in units in the last place."""

    name: str
    arity: int
    ulp: float
    help: str


_lock = threading.Lock()
_searched = sys.platform == "emscripten"


def _packaged_wasmtime():
    """Path of the library inside the Python package wasmtime, or None. Does not import it."""
    spec = importlib.util.find_spec("wasmtime")
    if spec is None or not spec.submodule_search_locations:
        return None
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    system, name = {
        "darwin": ("darwin", "_libwasmtime.dylib"),
        "win32": ("win32", "_wasmtime.dll"),
    }.get(sys.platform, ("linux", "_libwasmtime.so"))
    path = os.path.join(spec.submodule_search_locations[0], f"{system}-{machine}", name)
    return path if os.path.exists(path) else None


def find_host():
    """Gives the engine its chance to compile; called before the first compilation, then free.

    The engine searches by itself first (ME_WASMTIME, the system's library path). If it finds
    nothing, the library in the Python package wasmtime is used, where that is installed.
    """
    global _searched
    if _searched:
        return
    with _lock:
        if not _searched and _core.host().startswith("none"):
            path = _packaged_wasmtime()
            if path is not None:
                try:
                    _core.use_wasmtime(path)
                except Exception:  # the reason stays in host() and in Kernel.explain()
                    pass
        _searched = True


def prepare_host():
    """Has another thread find the host, where programs may be found in the kernel cache.

    Their first evaluation takes less time than finding the host.
    """
    if not _searched and not _core.kernel_cache().startswith("off"):
        _core.prepare_wasmtime(_packaged_wasmtime())


def host():
    """What runs compiled kernels, as a sentence: "wasmtime (...)", "wasm helpers", "none: ..."."""
    find_host()
    return _core.host()


def use_wasmtime(path=None):
    """Loads the Wasmtime library at `path` now, or searches for it. Error says why it cannot."""
    _core.use_wasmtime(None if path is None else os.fspath(path))


def jit_backend():
    """How kernels reach the machine: in Pyodide which of the three ways registered the helpers,
    natively the same as host()."""
    if sys.platform == "emscripten":
        from . import pyodide

        return pyodide.backend()
    return host()


def counters():
    """The engine's counters by name; counter_help() says what they mean."""
    return _core.counters()


def counter_help():
    """One sentence per counter."""
    return _core.counter_help()


def reset_counters():
    """Sets all counters to 0."""
    _core.reset_counters()


def functions():
    """All functions and operators of the language."""
    return [Function(*row) for row in _core.functions()]


def set_num_threads(count):
    """Sets how many threads an evaluation may use; returns the setting before.

    0 stands for all processors. The first setting is ME_NUM_THREADS, else 1. Results are the same
    bits with any number. Small evaluations stay in the calling thread, and all of them in Pyodide.
    """
    count = operator.index(count)
    if count < 0:
        raise ValueError(f"the number of threads must not be negative, not {count}")
    return _core.set_num_threads(min(count, 2**31 - 1))


def get_num_threads():
    """How many threads an evaluation may use."""
    return _core.get_num_threads()


def interrupt(on=True):
    """Asks running evaluations, in all threads, to stop with EvaluateError.

    The request stays in force until interrupt(False). Ctrl-C does this by itself.
    """
    _core.interrupt(bool(on))
