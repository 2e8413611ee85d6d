"""Compilation beside the program: compile_async() and the future that it gives.

A kernel can be called at once, in the interpreter; when its code is there, calls run that. Natively
the compiler works in another thread. In Pyodide the library generates the modules, which is short,
and the host compiles them beside the page (pyodide.py); a store of kernel files can spare that.
"""

import array
import asyncio
import sys

from . import engine, files
from .kernel import AUTO, Kernel, arguments

# In Pyodide: the store of use_kernel_cache().
_store = None

# Programs that need most of what a small program needs of the compiler and of the host.
_SAMPLES = (
    "where(a > b, sqrt(a*a + 1), -b) + sum(a/b)",
    """def sample(a, b):
    r = 0.0
    for k in range(3):
        t = r*a + exp(b)
        if t > 4:
            break
        r = t
    return r
""",
)


class Compilation:
    """The future of a kernel's code. Await it for the kernel.

    kernel: can be called at any time, also when the compilation was cancelled or has failed.
    """

    def __init__(self, kernel, work):
        self.kernel = kernel
        self._task = asyncio.ensure_future(work)
        self._task.add_done_callback(_retrieved)

    def __await__(self):
        return self._result().__await__()

    async def _result(self):
        await asyncio.shield(self._task) if not self._task.done() else self._task.result()
        return self.kernel

    def done(self):
        return self._task.done()

    def cancel(self):
        """Gives up; the kernel stays in the interpreter. False if it is too late."""
        return self._task.cancel()

    def cancelled(self):
        return self._task.cancelled()

    def exception(self):
        """Why the compilation failed, None if it did not; asyncio.InvalidStateError before its end."""
        return self._task.exception()

    def result(self):
        """The kernel with its code; raises what the compilation did."""
        self._task.result()
        return self.kernel

    def __repr__(self):
        state = ("pending" if not self.done() else "cancelled" if self.cancelled()
                 else "failed" if self.exception() else "done")
        return f"<mejit.Compilation {state} of {self.kernel!r}>"


def _retrieved(task):
    """Nobody has to look at a failure: the kernel works."""
    if not task.cancelled():
        task.exception()


def compile_async(text, dtypes, *, tier=None, dialect="numpy", result=None, store=None):
    """Like compile(), but gives a Compilation at once. Needs a running event loop.

    What is wrong with the text is raised here. store: in Pyodide, where kernel files are kept: an
    object with asynchronous get(key) and put(key, bytes), such as those of js/kernel_cache.js;
    None: that of use_kernel_cache(), which serves natively, too.
    """
    asyncio.get_running_loop()
    store = _store if store is None else store
    engine.find_host()
    wanted = arguments(text, dtypes, tier, dialect, result)
    kernel = Kernel(*wanted[:4], 0)  # the interpreter's
    return Compilation(kernel, _compile(kernel, wanted, store))


async def _compile(kernel, wanted, store):
    if sys.platform == "emscripten":
        from . import pyodide

        program = files.program(*wanted)
        if program.tier == 0 and wanted[4] != AUTO:
            await pyodide.complete(program, store)
        compiled = Kernel(*wanted)  # finds the program in the engine's cache
        del program
    else:
        compiled = await asyncio.get_running_loop().run_in_executor(None, lambda: Kernel(*wanted))
    kernel.take(compiled)


def use_store(store):
    """Has compile_async() use `store` from now on, None: none.

    Gives a task that compiles samples. WebAssembly engines compile a function when it is called first,
    also those of this library: what the samples have called does not hold up the first program.
    """
    global _store
    _store = store
    return None if store is None else asyncio.ensure_future(_compile_samples())


async def _compile_samples():
    values = [array.array("d", [1, 2, 3])] * 2
    if "numpy" in sys.modules:
        values = [sys.modules["numpy"].ones(3)] * 2
    for text in _SAMPLES:
        kernel = await compile_async(text, "float64")
        kernel(*values)
