"""evaluate(): where names are looked up, weak and strong scalars, kernels as text."""

import collections

import numpy as np
import pytest
from conftest import DTYPES, same, wide

import mejit

shared = np.arange(4.0)
pi_like = 3


def test_names_of_the_caller():
    a, b = np.arange(3.0), 2.0
    same(mejit.evaluate("a * b"), a * b)
    same(mejit.evaluate("shared + pi_like"), shared + pi_like)  # globals

    def inner():
        shared = np.ones(2)
        return mejit.evaluate("shared + 1")

    same(inner(), np.full(2, 2.0))  # locals win


def test_local_dict_and_global_dict():
    a = np.zeros(3)
    same(mejit.evaluate("a + 1", {"a": np.ones(2)}), np.full(2, 2.0))
    same(mejit.evaluate("a + shared", {"a": 1.0}, {"shared": np.ones(2)}), np.full(2, 2.0))
    same(mejit.evaluate("a + b", local_dict={"a": a}, global_dict={"b": 1.0, "a": 5.0}), a + 1)
    with pytest.raises(mejit.CompileError, match="shared"):
        mejit.evaluate("shared + 1", {}, {})


def test_names_in_a_class_body_and_after_deletion():
    class Body:
        a = np.ones(2)
        doubled = mejit.evaluate("a * 2")
        after = a  # still there

    same(Body.doubled, Body.after * 2)


def test_the_caller_keeps_nothing_alive():
    import weakref

    class Array(np.ndarray):
        pass

    a = np.ones(3).view(Array)
    alive = weakref.ref(a)
    mejit.evaluate("a + 1")
    del a
    assert alive() is None


def test_deeper_frames():
    def evaluate(text):
        return mejit.evaluate(text, _frame_depth=2)

    a = np.ones(3)
    same(evaluate("a + 1"), a + 1)


def test_variables_win_over_constants():
    a = np.ones(2)
    same(mejit.evaluate("a * pi"), a * np.pi)
    pi = 3.0
    same(mejit.evaluate("a * pi"), a * pi)
    same(mejit.evaluate("a * e", {"a": a}), a * np.e)
    same(mejit.evaluate("a * e", {"a": a, "e": 2.0}), a * 2)
    try:
        raise RuntimeError
    except RuntimeError as e:  # not a number
        assert e is not None
        same(mejit.evaluate("a * e"), a * np.e)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scalar", [True, 3, 1.5])
@pytest.mark.parametrize("operator", ["+", "*", "/", ">"])
def test_python_scalars_are_weak(dtype, scalar, operator):
    a = np.array([0, 1, 1]).astype(dtype)
    expected = eval(f"a {operator} scalar")
    if expected.dtype == np.float16:
        expected = eval(f"a.astype('float32') {operator} np.float32(scalar)")
    expected = wide(expected) if dtype == "bool" else expected
    same(mejit.evaluate(f"a {operator} scalar"), expected)
    same(mejit.evaluate(f"a {operator} {scalar}"), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scalar", [np.True_, np.int8(3), np.uint16(3), np.int64(3),
                                    np.float32(1.5), np.float64(1.5), np.array(1.5, "f4"),
                                    np.array(7, "u8")])
def test_numpy_scalars_are_strong(dtype, scalar):
    a = np.array([0, 1, 1]).astype(dtype)
    same(mejit.evaluate("a * scalar"), a * scalar)
    same(mejit.evaluate("scalar * a"), scalar * a)


def test_only_scalars():
    x, y = 2, 0.5
    assert mejit.evaluate("x * y + 1") == 2.0
    n = np.int8(100)
    same(mejit.evaluate("n + 27"), n + 27)
    assert mejit.evaluate("1 + 2") == 3 and mejit.evaluate("2 ** 0.5") == 2**0.5


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("value", [-1, 127, 128, 255, 256, 300, -(2**40), 2**32, 2**63 - 1, 2**63])
def test_python_integers_that_do_not_fit(dtype, value):
    a = np.array([0, 1, 100], dtype)
    n = value
    same(mejit.evaluate("a < n"), a < n)
    same(mejit.evaluate("a == n"), a == n)
    try:
        expected = a + n
    except OverflowError:
        with pytest.raises((OverflowError, mejit.CompileError), match="fit"):
            mejit.evaluate("a + n")
    else:
        same(mejit.evaluate("a + n"), expected)


def test_integers_beyond_64_bits():
    a, i, n = np.ones(2), np.ones(2, np.int64), 2**64
    same(mejit.evaluate("a + n"), a + n)
    same(mejit.evaluate("i < n"), i < n)
    with pytest.raises(mejit.CompileError, match="does not fit int64"):
        mejit.evaluate("i + n")
    with pytest.raises(OverflowError, match="more than 64 bits"):
        mejit.evaluate("def f(a, n):\n    return a + n")


@pytest.mark.parametrize("text", ["a * 0", "a | True", "a or True", "where(a, 1, 1)", "a < 300"])
def test_one_value_for_all_is_still_an_array(text):
    a = np.array([[1, 0, 2]], "uint8")
    expected = {"a * 0": a * 0, "a | True": a | True}.get(text, np.ones(a.shape, bool))
    if text.startswith("where"):
        expected = wide(np.where(a, 1, 1))
    same(mejit.evaluate(text), expected)
    out = np.zeros((4, 3), expected.dtype)
    same(mejit.evaluate(text, out=out), np.broadcast_to(expected, (4, 3)))


def test_a_kernel_text():
    cr, ci = np.linspace(-2, 1, 50), np.linspace(-1, 1, 50)
    got = mejit.evaluate("""
# Escape time.
def escape(cr, ci):
    zr = 0.0
    zi = 0.0
    count = 0
    for i in range(30):
        if zr*zr + zi*zi > 4.0:
            break
        zr, zi = zr*zr - zi*zi + cr, 2.0*zr*zi + ci
        count += 1
    return count
""")
    expected = []
    for r, i in zip(cr, ci):
        x = y = 0.0
        count = 0
        while count < 30 and not x * x + y * y > 4.0:
            x, y = x * x - y * y + r, 2.0 * x * y + i
            count += 1
        expected.append(count)
    same(got, np.array(expected, "int64"))


def test_results_are_new_each_time():
    a = np.ones(3)
    first = mejit.evaluate("a + 1")
    second = mejit.evaluate("a + 1")
    assert first is not second and first.base is not second
    first[:] = 9
    same(second, a + 1)


def test_wrong_arguments():
    with pytest.raises(TypeError, match="str"):
        mejit.evaluate(5)
    with pytest.raises(TypeError):
        mejit.evaluate("shared", order="C", nonsense=1)


def test_a_scope_that_makes_values_up_is_not_asked_for_them():
    scope = collections.defaultdict(float, x=np.ones(3))
    for _ in range(3):
        assert np.array_equal(mejit.evaluate("x*pi", scope), np.full(3, np.pi))
    assert set(scope) == {"x"}
