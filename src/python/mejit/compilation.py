"""Compilation beside the program: compile_async() and the future that it gives.

A kernel can be called at once, in the interpreter; when its code is there, calls run that. Natively
the compiler works in another thread. In Pyodide the library works in short steps, between which the
event loop turns, and the host compiles its modules beside the page (pyodide.py); a store of kernel
files can spare that.
"""

import array
import asyncio
import sys
import time

from . import _core, engine
from .kernel import AUTO, Kernel, arguments, core_arguments

_TURN_SECONDS = 0.005  # the loop turns after so much work; a step that takes longer is the exception
_SHORT_TEXT = 2000  # the front end takes a few milliseconds

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

    def __init__(self, front, work):
        self._front = front
        self._task = asyncio.ensure_future(work)
        self._task.add_done_callback(_retrieved)

    @property
    def kernel(self):
        return self._front.kernel

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

    What is wrong with the text is raised here, or in Pyodide, where long texts are read beside the
    page, by the Compilation and its kernel. store: in Pyodide, where kernel files are kept: an
    object with asynchronous get(key) and put(key, bytes), such as those of js/kernel_cache.js;
    None: that of use_kernel_cache(), which serves natively, too.
    """
    asyncio.get_running_loop()
    store = _store if store is None else store
    engine.find_host()
    wanted = arguments(text, dtypes, tier, dialect, result)
    if sys.platform == "emscripten":
        front = _FrontEnd(wanted)
        if len(text) <= _SHORT_TEXT:
            front.kernel
        return Compilation(front, _complete(front, store))
    front = _Thread(wanted)
    return Compilation(front, front.work())


class _Thread:
    """A kernel of the interpreter, which takes the code that another thread compiles."""

    def __init__(self, wanted):
        self._wanted = wanted
        self.kernel = Kernel(*wanted[:4], 0)

    async def work(self):
        loop = asyncio.get_running_loop()
        self.kernel.take(await loop.run_in_executor(None, lambda: Kernel(*self._wanted)))


class _FrontEnd:
    """A kernel without code, or on the way to it: `kernel` does at once what is left of the front end."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._kernel = None
        self.steps = _core.CompileSteps(*core_arguments(*wanted))

    def next(self):
        """Does a step; False: there is nothing left to do."""
        return self._kernel is None and self.steps.next()

    @property
    def kernel(self):
        if self._kernel is None:
            while self.next():
                pass
            self._kernel = Kernel(*self._wanted, self.steps.kernel())
        return self._kernel

    @property
    def wants_code(self):
        return self.kernel.tier == "interpreter" and self._wanted[4] not in (0, AUTO)


class Pace:
    """rest() between steps: the event loop turns when those since it did so last have taken long enough."""

    def __init__(self):
        self._since = time.perf_counter()

    async def rest(self):
        if time.perf_counter() - self._since >= _TURN_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()


async def _complete(front, store):
    from . import pyodide

    pace = Pace()
    while front.next():
        await pace.rest()
    kernel = front.kernel
    await pace.rest()
    if front.wants_code:
        await pyodide.complete(kernel, front.steps.program(), store, pace)


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
