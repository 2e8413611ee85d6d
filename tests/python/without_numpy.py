"""What must hold where NumPy is not installed. Run in a process of its own, and in Pyodide."""

import array

import mejit

KERNEL = """
def power(x, n):
    product = 1.0
    for i in range(n):
        product = product * x
    return product
"""


def raises(error, function, *arguments, **named):
    try:
        function(*arguments, **named)
    except error as caught:
        return str(caught)
    raise AssertionError(f"no {error.__name__}")


def check_results():
    a = array.array("d", [1, 2, 3])
    result = mejit.evaluate("a * 2")
    assert isinstance(result, memoryview) and result.format == "d" and not result.readonly
    assert result.tolist() == [2, 4, 6] and result.shape == (3,)
    assert mejit.evaluate("sum(a)") == 6.0
    flags = mejit.evaluate("a > 1")
    assert flags.format == "?" and flags.tolist() == [False, True, True]
    data = bytearray(b"\x01\xff")
    assert mejit.evaluate("data + 1").tolist() == [2, 0]
    for code in "bBhHiIqQfd":
        b = array.array(code, range(5))
        result = mejit.evaluate("b + b")
        assert result.format == code and result.tolist() == [0, 2, 4, 6, 8], code
    empty = array.array("f")
    assert mejit.evaluate("empty + 1").shape == (0,)


def check_shapes():
    grid = memoryview(array.array("i", range(6))).cast("B").cast("i", (2, 3))
    row = array.array("i", [10, 20, 30])
    assert mejit.evaluate("grid + row").tolist() == [[10, 21, 32], [13, 24, 35]]
    fortran = mejit.evaluate("grid + 1", order="F")
    assert fortran.tolist() == [[1, 2, 3], [4, 5, 6]] and fortran.strides == (4, 8)
    assert mejit.evaluate("fortran * fortran").strides == (4, 8)
    backwards = memoryview(row)[::-1]
    assert mejit.evaluate("backwards - row").tolist() == [20, 0, -20]
    assert "broadcast" in raises(mejit.EvaluateError, mejit.evaluate, "grid + x",
                                 {"grid": grid, "x": array.array("i", [1, 2])})


def check_out():
    a = array.array("d", range(10_000))
    out = array.array("f", bytes(40_000))
    assert mejit.evaluate("a + 0.5", out=out, casting="same_kind") is out
    assert out[0] == 0.5 and out[9999] == 9999.5
    raises(TypeError, mejit.evaluate, "a + 0.5", {"a": a}, out=out)
    assert mejit.evaluate("a * a + 1", out=a) is a and a[3] == 10.0
    data = bytearray(b"ab")
    raises(ValueError, mejit.evaluate, "data + data", out=memoryview(b"cd"))


def check_kernels():
    power = mejit.compile(KERNEL, {"x": "float64", "n": "int64"})
    assert power.dtype == "float64" and power.dtypes == {"x": "float64", "n": "int64"}
    x, n = array.array("d", [2, 3, 4]), array.array("q", [0, 1, 5])
    assert power(x, n).tolist() == [1, 3, 1024]
    assert power(x, 2).tolist() == [4, 9, 16] and power(2.0, 3) == 8.0
    assert power(array.array("i", [5]), 1).tolist() == [5.0]  # a safe conversion
    slow = mejit.compile(KERNEL, {"x": "float64", "n": "int64"}, tier="interpreter")
    assert slow.tier == "interpreter" and "interpreter" in slow.explain()


def check_errors():
    assert "list" in raises(TypeError, mejit.evaluate, "x + 1", {"x": [1, 2]})
    report = raises(mejit.ParseError, mejit.evaluate, "1 + unknown")
    assert report.splitlines()[-1].lstrip(" |") == "^^^^^^^"


def check():
    """Returns how many evaluations kernels and the interpreter ran in the first three groups."""
    before = mejit.counters()
    check_results()
    check_shapes()
    check_out()
    after = mejit.counters()
    check_kernels()
    check_errors()
    names = ("jit_executions", "interpreter_executions")
    return [after[name] - before[name] for name in names]
