"""The Python package in Pyodide, without NumPy. Runs inside Pyodide; see package.test.mjs."""

import array

import mejit

COUNT = 10007
DTYPES = {"a": "float64", "b": "float64"}
KERNEL = """def clipped(a, b):
    total = 0.0
    for i in range(20):
        if total > 3.0:
            break
        total = total + a * b
    return total
"""

a = array.array("d", ((i * 37 % 401) / 100 - 2 for i in range(COUNT)))
b = array.array("d", ((i * 53 % 307) / 200 - 0.75 for i in range(COUNT)))


def clipped(x, y):
    total = 0.0
    for _ in range(20):
        if total > 3.0:
            break
        total = total + x * y
    return total


def check():
    """Counter changes while an expression and a kernel are compiled and called, results checked."""
    before = dict(mejit.counters())
    for text, expected in (("a * b + 0.5", lambda x, y: x * y + 0.5), (KERNEL, clipped)):
        result = mejit.compile(text, DTYPES)(a, b)
        assert memoryview(result).tolist() == [expected(x, y) for x, y in zip(a, b)], text
    evaluated = mejit.evaluate("a * b - 1.0", {"a": a, "b": b})
    assert memoryview(evaluated).tolist() == [x * y - 1.0 for x, y in zip(a, b)]
    return {name: value - before.get(name, 0) for name, value in mejit.counters().items()}
