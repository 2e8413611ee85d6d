"""mejit: NumPy-style expressions and small kernels, compiled to WebAssembly SIMD at run time.

    mejit.evaluate("where(a > b, sqrt(a*a + b*b), exp(-a))")
    kernel = mejit.compile("a*b + 1", {"a": "float64", "b": "float64"})
    kernel(x, y)
    kernel.explain()
"""

import sys

from . import _library

_library.load()

from . import _core
from . import engine as _engine

_engine.prepare_host()  # beside the rest of the import

from .compilation import Compilation, compile_async
from .engine import (
    Function,
    counter_help,
    counters,
    functions,
    get_num_threads,
    host,
    interrupt,
    jit_backend,
    reset_counters,
    set_num_threads,
    use_wasmtime,
)
from .errors import (
    CompileError,
    DTypeError,
    Error,
    EvaluateError,
    OutOfMemory,
    ParseError,
    ReductionError,
)
from .expr import evaluate
from .files import inspect, kernel_cache, load, use_kernel_cache
from .kernel import Kernel, compile
from . import tiers

if sys.platform == "emscripten":
    from . import pyodide

    pyodide.register()

__version__ = "0.1.0"
__all__ = [
    "Compilation", "CompileError", "DTypeError", "Error", "EvaluateError", "Function", "Kernel",
    "OutOfMemory", "ParseError", "ReductionError", "compile", "compile_async", "counter_help",
    "counters", "evaluate", "functions", "get_num_threads", "host", "inspect", "interrupt",
    "jit_backend", "kernel_cache", "load", "reset_counters", "set_num_threads", "tiers",
    "use_kernel_cache", "use_wasmtime",
]
