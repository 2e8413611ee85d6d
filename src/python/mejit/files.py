"""Kernel files: Kernel.save(), load(), and what stands in a file; the kernel cache on disk."""

import os
import sys
from typing import NamedTuple

from . import _core, engine


class Module(NamedTuple):
    """A module of WebAssembly in a kernel file: its tier, its pointers' width in bits, its bytes."""

    tier: str
    pointer_bits: int
    size: int


class Manifest(NamedTuple):
    """What a kernel file says of itself. params: (kind, dtype, itemsize, name) of each."""

    format: int
    abi: int
    build: str
    dialect: str
    tier: str
    result: str
    params: list
    modules: list
    source: str


def _bytes(file):
    """The bytes of a path, or of what is bytes already."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        return bytes(file)
    with open(os.fspath(file), "rb") as stream:
        return stream.read()


def inspect(file):
    """The Manifest of a kernel file (a path or bytes). Error if the file is damaged or none."""
    text = _core.manifest(_bytes(file)).decode()
    words, params, modules = {}, [], []
    while True:
        line, text = text.split("\n", 1)
        key, _, rest = line.partition(" ")
        if key == "source":
            break
        if key == "param":
            kind, dtype, itemsize, name = rest.split(" ", 3)
            params.append((kind, dtype, int(itemsize), name))
        elif key == "module":
            tier, bits, size = rest.split(" ")
            modules.append(Module(tier, int(bits), int(size)))
        else:
            words[key] = rest
    return Manifest(int(words["mejit-kernel"]), int(words["abi"]), words["build"],
                    words["dialect"], words["tier"], words["result"], params, modules, text)


def save(kernel):
    """The bytes of a kernel's file."""
    return program_of(kernel).save(0)


def program_of(kernel):
    """The program of a Kernel in the engine's cache, with or without code."""
    from .kernel import core_arguments

    return _core.Program(*core_arguments(kernel.source, kernel._params, kernel._dialect, kernel._result,
                                         kernel._max_tier))


def load(file, recompile=False):
    """The kernel of a file (a path or bytes), as Kernel.save() wrote it.

    Its code runs as it is, at the tier "ahead-of-time". A file is code: load only what you would run.
    Error says what is wrong with a file that is damaged, truncated, or of another kernel ABI or
    build; with recompile=True a whole file of another ABI or build is compiled from its source.
    """
    from . import dtypes
    from .kernel import DIALECTS, TIERS, Kernel

    engine.find_host()
    data = _bytes(file)
    program = _core.load(data, recompile)  # held until the Kernel has found it in the engine's cache
    told = inspect(data)
    params = []
    for kind, dtype, itemsize, name in told.params:
        code = dtypes.NAMES.index(dtype) + 256 * itemsize
        flags = ("uniform" in kind and dtypes.UNIFORM) | ("weak" in kind and dtypes.WEAK)
        params.append((name, code, int(flags)))
    result = dtypes.AUTO if told.result == "auto" else dtypes.NAMES.index(told.result)
    tier = {"fastest": -1, "auto": -2}.get(told.tier)
    if tier is None:
        tier = TIERS.index(told.tier)
    kernel = Kernel(told.source, params, DIALECTS.index(told.dialect), result, tier)
    del program
    return kernel


def use_kernel_cache(directory=None, max_bytes=0):
    """Keeps compiled programs in a directory, for other processes, from now on.

    directory: None for mejit below $XDG_CACHE_HOME or ~/.cache, "" for none. It is made with mode
    0700; Error if it belongs to somebody else, or others may open it. max_bytes: the entries that
    were used longest ago make room; 0 = 256 MiB. The environment does the same for all programs:
    ME_CACHE=1, or ME_CACHE_DIR=directory.

    In Pyodide: a store for compile_async() (its store=), or "" for none. A store gives an awaitable; when it
    is done, the first program need not wait for the host to compile the compiler.
    """
    if sys.platform == "emscripten":
        from . import compilation

        if not isinstance(directory, (str, os.PathLike, type(None))):
            return compilation.use_store(directory)
        compilation.use_store(None)
    _core.use_kernel_cache(None if directory is None else os.fspath(directory), max_bytes)
    engine.prepare_host()
    return None


def kernel_cache():
    """The kernel cache's directory, or "off" and why."""
    return _core.kernel_cache()
