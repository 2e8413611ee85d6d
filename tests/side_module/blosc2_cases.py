"""blosc2 in Pyodide beside mejit, both through one glue. Runs inside Pyodide; see blosc2.test.mjs."""

import linecache

import blosc2
import numpy as np

import mejit

A = np.linspace(-3, 3, 5003)
B = np.cos(A)
N = np.arange(-2501, 2502, dtype=np.int32)

COUNTED = """def k(a, b):
    s = 0.0
    for i in range(4):
        if a > b:
            s = s + a * i
        else:
            s = s - b
    return s
"""
LEAVING = """def k(a, b):
    x = a
    n = 0.0
    while n < 6.0:
        n = n + 1.0
        x = x * 0.5 + b
        if x > 1.5:
            break
    return x + n
"""
INTEGERS = """def k(n):
    s = n
    for i in range(3):
        s = s + n * 2
    return s
"""
EXPRESSIONS = {
    "a*b + 2.5": A * B + 2.5,
    "sin(a)**2 + cos(b)": np.sin(A) ** 2 + np.cos(B),
    "where(a < b, a, b) - sqrt(abs(a))": np.where(A < B, A, B) - np.sqrt(np.abs(A)),
}


def function_of(text):
    """The function of a text that is in no file; blosc2 asks for its source."""
    name = f"<kernel {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace = {}
    exec(compile(text, name, "exec"), namespace)
    return namespace["k"]


def leaving(a, b):
    x, n = a, 0.0
    while n < 6.0:
        n += 1.0
        x = x * 0.5 + b
        if x > 1.5:
            break
    return x + n


def registered():
    return bool(blosc2._WASM_MINIEXPR_ENABLED)


def run_blosc2():
    """Kernels and expressions in blosc2, its own compiler asked for; the number of results checked."""
    checked = 0
    expected = {
        COUNTED: ((A, B), np.where(A > B, A * 6, -4 * B)),
        LEAVING: ((A, B), np.array([leaving(a, b) for a, b in zip(A, B)])),
        INTEGERS: ((N,), N * 7),
    }
    for text, (inputs, values) in expected.items():
        kernel = blosc2.dsl_kernel(function_of(text))
        lazy = blosc2.lazyudf(kernel, inputs, dtype=values.dtype, jit=True, jit_backend="tcc")
        got = lazy.compute(strict_miniexpr=True)[:]
        assert got.dtype == values.dtype, (text, got.dtype)
        np.testing.assert_allclose(got, values, rtol=1e-15, atol=1e-15, err_msg=text)
        checked += 1
    operands = {"a": blosc2.asarray(A), "b": blosc2.asarray(B)}
    for text, values in EXPRESSIONS.items():
        for jit in (None, True):
            lazy = blosc2.lazyexpr(text, {n: v for n, v in operands.items() if n in text})
            got = lazy.compute(strict_miniexpr=True, jit=jit)[:]
            np.testing.assert_allclose(got, values, rtol=1e-14, atol=1e-14, err_msg=text)
            checked += 1
    return checked


def run_mejit(instantiate, free):
    """The same in mejit, its helpers those that blosc2's registration made; counter changes."""
    mejit._core._register_helpers(instantiate, free)
    before = dict(mejit.counters())
    got = mejit.compile(COUNTED, ["float64", "float64"], dialect="miniexpr")(A, B)
    np.testing.assert_array_equal(got, np.where(A > B, A * 6, -4 * B))
    got = mejit.compile(LEAVING, ["float64", "float64"], dialect="miniexpr")(A, B)
    np.testing.assert_array_equal(got, [leaving(a, b) for a, b in zip(A, B)])
    got = mejit.compile(INTEGERS, ["int32"], dialect="miniexpr")(N)
    np.testing.assert_array_equal(got, N * 7)
    for text, values in EXPRESSIONS.items():
        got = mejit.compile(text, ["float64", "float64"], dialect="miniexpr")(A, B)
        np.testing.assert_allclose(got, values, rtol=1e-15, atol=1e-15)
    return {name: value - before[name] for name, value in mejit.counters().items()}
