"""The Python package in Pyodide, without NumPy. Runs inside Pyodide; see package.test.mjs."""

import array

import mejit

COUNT = 10007
DTYPES = {"a": "float64", "b": "float64"}
KERNEL = """def clipped(a, b):
    total = {shift}
    for i in range(20):
        if total > 3.0:
            break
        total = total + a * b
    return total
"""

a = array.array("d", ((i * 37 % 401) / 100 - 2 for i in range(COUNT)))
b = array.array("d", ((i * 53 % 307) / 200 - 0.75 for i in range(COUNT)))


def clipped(x, y, shift):
    total = shift
    for _ in range(20):
        if total > 3.0:
            break
        total = total + x * y
    return total


def check(shift):
    """Counter changes while an expression and a kernel are compiled and called, results checked.

    `shift` goes into the texts: another value makes other programs, which no cache knows.
    """
    before = dict(mejit.counters())
    result = mejit.compile(f"a * b + {shift}", DTYPES)(a, b)
    assert memoryview(result).tolist() == [x * y + shift for x, y in zip(a, b)]
    result = mejit.compile(KERNEL.format(shift=shift), DTYPES)(a, b)
    assert memoryview(result).tolist() == [clipped(x, y, shift) for x, y in zip(a, b)]
    result = mejit.evaluate(f"a * b - {shift}", {"a": a, "b": b})
    assert memoryview(result).tolist() == [x * y - shift for x, y in zip(a, b)]
    return {name: value - before.get(name, 0) for name, value in mejit.counters().items()}
