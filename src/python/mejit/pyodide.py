"""Connects the library with the page that Pyodide runs in, so that kernels are compiled.

The library needs two functions: one turns the bytes of a kernel into an index of the function table,
one frees the index. register() supplies them in the first of three ways that works:

1. the page has loaded me_jit_glue.js (ours, by its ABI mark) and pyodide_runtime.js: they are used;
2. the package's copies of those scripts are evaluated, once, as CommonJS modules, so that the page's
   globals stay as they are;
3. where the host forbids eval, the same steps are driven from here over JsProxy: check, instantiate
   with the program's memory, write a table slot, free it.

Without any, the interpreter computes the same. Everything registered is kept for the life of the
process. Tested by tests/side_module/package.test.mjs and tests/python/in_pyodide.
"""

import contextlib
import ctypes
import importlib.resources
import sys

from . import _core, errors

_ABI = 1
_KERNEL = "me_dsl_jit_kernel"
_SLOT_BATCH = 64
# Bytes of modules that take a host less time to compile than an event loop takes to come back.
_SMALL = 1 << 15

# Imports k.f as (i32, i32, i32) -> i32 and holds nothing else: linking a function to it checks the
# function's type.
_TYPE_PROBE = bytes([
    0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,              # magic, version
    0x01, 0x08, 0x01, 0x60, 0x03, 0x7F, 0x7F, 0x7F, 0x01, 0x7F,  # type 0
    0x02, 0x07, 0x01, 0x01, 0x6B, 0x01, 0x66, 0x00, 0x00,        # import k.f : type 0
])

_backend = None  # how it went, in words
_kept = []  # proxies and records that the host must be able to call for ever


# For compilation beside the page, set by the way that register() took: the program's memory, what gives an
# instance of WebAssembly an entry of the function table, and what takes the entry back.
_memory = _adopt = _release = None


def backend():
    """"page scripts", "packaged scripts", "Python", or "none: <reasons>"."""
    return _backend or "none: not registered"


def register():
    """Registers the helpers; does nothing when they are registered already."""
    global _backend
    if _backend is not None and not _backend.startswith("none"):
        return
    reasons = []
    for words, way in (("scripts", _register_scripts), ("Python", _register_python)):
        try:
            _backend = way()
            return
        except Exception as error:  # the next way, or the interpreter
            reasons.append(f"{words}: {error}")
    _backend = "none: " + "; ".join(reasons)


async def complete(kernel, program, store, pace):
    """Gives a kernel's program its code: from a file in `store`, if it has one that fits, or generated now.

    Without a host, and for programs that no JIT takes, the interpreter's kernel is what there is.
    """
    if _adopt is None:
        return
    found = await _stored(program, store)
    if found is not None:
        try:
            return await _install(program, found, pace, at_once=True)
        except Exception:  # another kernel's, or refused by this engine
            pass
    steps = _core.SaveSteps(program, 32)
    while steps.next():
        await pace.rest()
    file = steps.file()
    await pace.rest()
    if not _core.modules(file, 32):
        with contextlib.suppress(errors.Error):
            kernel.promote()  # explain() says from now on why there is no code
        return
    await _install(program, file, pace)
    if store is not None:
        try:
            from pyodide.ffi import to_js

            await store.put(program.key(), to_js(file))
        except Exception:  # not kept
            pass


async def _stored(program, store):
    """The stored file of a program, or None."""
    if store is None:
        return None
    try:
        file = await store.get(program.key())
        file = file.to_bytes() if hasattr(file, "to_bytes") else bytes(file)
        _core.modules(file, 32)
        return file
    except Exception:  # none, damaged, of another build, or the store is broken
        return None


async def _install(program, file, pace, at_once=False):
    """at_once: small modules are compiled here, where they wait for nothing else that the host compiles."""
    import js
    from pyodide.ffi import to_js

    wasm = js.WebAssembly
    imports = to_js({"env": {"memory": _memory}}, dict_converter=js.Object.fromEntries)
    codes = _core.modules(file, 32)
    instances = []
    if at_once and sum(map(len, codes)) <= _SMALL:
        try:
            instances = [wasm.Instance.new(wasm.Module.new(to_js(code)), imports) for code in codes]
        except Exception:  # some pages allow it to workers only
            instances = []
    for code in codes[len(instances):]:
        compiled = await wasm.compile(to_js(code))
        instances.append(await wasm.instantiate(compiled, imports))
        await pace.rest()
    entries = []
    try:
        for instance in instances:
            entry = _adopt(instance)
            if entry == 0:
                raise RuntimeError("the host refused the kernel")
            entries.append(entry)
            await pace.rest()
    except BaseException:
        for slot in entries:
            _release(slot)
        raise
    program.adopt(file, entries)


def _page_glue(js):
    """The page's object with the two glue functions, if they are ours."""
    function = getattr(js, "_meJitInstantiate", None)
    return js.globalThis if getattr(function, "meJitAbi", None) == _ABI else None


def _evaluated(js, file):
    """What a script of the package exports. Raises where eval is forbidden."""
    source = importlib.resources.files(__package__).joinpath(file).read_text("utf-8")
    module = js.Object.new()
    module.exports = js.Object.new()
    js.eval("(function (module) {" + source + "\n})")(module)
    return module.exports


def _register_scripts():
    import js
    import pyodide_js
    from pyodide.ffi import create_proxy

    glue, runtime = _page_glue(js), getattr(js, "mejitPyodide", None)
    words = "page scripts" if glue is not None and runtime is not None else "packaged scripts"
    if glue is None:
        glue = _evaluated(js, "me_jit_glue.js")
    if runtime is None:
        runtime = _evaluated(js, "pyodide_runtime.js")
    target = create_proxy(_core._register_helpers)
    record = runtime.registerJitHelpers(pyodide_js, glue, target)
    if not record.registered:
        raise RuntimeError(record.error)
    _kept.extend((glue, runtime, target, record))
    _work_beside(
        record.runtime.wasmMemory,
        lambda instance: glue._meJitInstantiate.meJitAdopt(record.runtime, instance),
        lambda slot: glue._meJitFreeFn(record.runtime, slot),
    )
    return words


def _work_beside(memory, adopt, release):
    global _memory, _adopt, _release
    _memory, _adopt, _release = memory, adopt, release


class _Refused(Exception):
    pass


class _Kernels:
    """Instantiates kernels and keeps table slots for them, as me_jit_glue.js does."""

    def __init__(self, module):
        import js
        from pyodide.ffi import jsnull, to_js

        self._js = js
        self._to_js = to_js
        self._null = jsnull
        self._module = module
        self._memory = getattr(module, "wasmMemory", None) or getattr(module, "memory", None)
        self._table = getattr(module, "wasmTable", None)
        missing = [
            name
            for name, member in (
                ("memory", self._memory),
                ("wasmTable", self._table),
                ("addFunction", getattr(module, "addFunction", None)),
                ("setWasmTableEntry", getattr(module, "setWasmTableEntry", None)),
            )
            if member is None
        ]
        if missing:
            raise _Refused(f"this Pyodide does not offer {', '.join(missing)}")
        self._probe = js.WebAssembly.Module.new(to_js(_TYPE_PROBE))
        self._free = []
        self._used = set()

    def _object(self, **members):
        return self._to_js(members, dict_converter=self._js.Object.fromEntries)

    def _kernel(self, code):
        wasm = self._js.WebAssembly
        module = wasm.Module.new(self._to_js(code))
        imports = [(i.module, i.name, i.kind) for i in wasm.Module.imports(module)]
        if imports != [("env", "memory", "memory")]:
            raise _Refused(f"a kernel imports env.memory only, not {imports}")
        if (_KERNEL, "function") not in [(e.name, e.kind) for e in wasm.Module.exports(module)]:
            raise _Refused(f"the module exports no function {_KERNEL}")
        env = self._object(memory=self._memory)
        return self._checked(wasm.Instance.new(module, self._object(env=env)))

    def _checked(self, instance):
        kernel = getattr(instance.exports, _KERNEL)
        self._js.WebAssembly.Instance.new(self._probe, self._object(k=self._object(f=kernel)))
        return kernel

    def _slot(self):
        if not self._free:
            first = self._table.grow(_SLOT_BATCH)
            self._free.extend(range(first + _SLOT_BATCH - 1, first - 1, -1))
        return self._free.pop()

    def instantiate(self, address, length, bridge):
        """The table index of the kernel in those bytes, or 0. Never raises: the caller is wasm."""
        return self._placed(lambda: self._kernel(ctypes.string_at(address, length)))

    def adopt(self, instance):
        """The table index of an instance's kernel, or 0."""
        return self._placed(lambda: self._checked(instance))

    def _placed(self, make):
        slot = 0
        try:
            kernel = make()
            slot = self._slot()
            self._module.setWasmTableEntry(slot, kernel)
            self._used.add(slot)
            return slot
        except BaseException as error:
            if slot:
                self._free.append(slot)
            _report(error)
            return 0

    def free(self, slot):
        """Empties a slot for the next kernel. Never raises."""
        try:
            if slot in self._used:
                self._used.remove(slot)
                self._module.setWasmTableEntry(slot, self._null)
                self._free.append(slot)
        except BaseException as error:
            _report(error)


def _report(error):
    try:
        print(f"[me-wasm-jit] {error}", file=sys.stderr)
    except BaseException:
        pass  # nobody is there to read it


def _register_python():
    import pyodide_js
    from pyodide.ffi import create_proxy

    module = pyodide_js._module
    kernels = _Kernels(module)
    instantiate, free = create_proxy(kernels.instantiate), create_proxy(kernels.free)
    instantiate_index = module.addFunction(instantiate, "iiii")
    free_index = module.addFunction(free, "vi")
    _core._register_helpers(instantiate_index, free_index)
    _kept.extend((kernels, instantiate, free))
    _work_beside(kernels._memory, kernels.adopt, kernels.free)
    return "Python"
