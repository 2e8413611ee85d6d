"""Shapes, strides, memory layouts, out= and overlap, as NumPy has them."""

import itertools

import numpy as np
import pytest
from conftest import DTYPES, same

import mejit

SUM = mejit.compile("a + 2*b", ["float64", "float64"])


def filled(shape, dtype="float64", start=0):
    return (np.arange(np.prod(shape, dtype=int)) % 97 + start).astype(dtype).reshape(shape)


@pytest.mark.parametrize("shapes", [
    [(5,), (5,)], [(3, 1), (4,)], [(1, 4), (3, 1)], [(2, 3, 4), (3, 1)], [(1,), (7,)],
    [(2, 1, 3, 1), (4, 1, 5)], [(), (6,)], [(6,), ()], [(), ()], [(1, 1), ()],
    [(0,), (1,)], [(3, 0), (1, 1)], [(0, 4), (4,)], [(5000,), (5000,)], [(3, 4097), (3, 1)],
])
def test_broadcasting(shapes):
    a, b = filled(shapes[0]), filled(shapes[1], start=3)
    expected = np.asarray(a + 2 * b)
    same(SUM(a, b), expected)
    same(mejit.evaluate("a + 2*b"), expected)


@pytest.mark.parametrize("shapes", [[(3,), (4,)], [(2, 3), (3, 2)], [(0,), (2,)]])
def test_shapes_that_do_not_broadcast(shapes):
    a, b = filled(shapes[0]), filled(shapes[1])
    with pytest.raises(mejit.EvaluateError, match="broadcast"):
        SUM(a, b)


VIEWS = {
    "reversed": lambda a: a[::-1],
    "every third": lambda a: a[::3],
    "every second backwards": lambda a: a[::-2],
    "offset": lambda a: a[1:-1],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", VIEWS)
def test_strides(view, dtype):
    a = filled((9001,), dtype)[:]
    x = VIEWS[view](a)
    same(mejit.evaluate("where(x, x, x)"), x)


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("steps", [(1, 1, 1), (-1, 2, -3), (2, -1, 1)])
def test_transposed_and_stepped(axes, steps):
    index = tuple(slice(None, None, step) for step in steps)
    a = filled((12, 10, 14))[index].transpose(axes)
    b = np.ascontiguousarray(a) + 1
    same(SUM(a, b), a + 2 * b)
    same(SUM(b, a), b + 2 * a)
    out = np.zeros((a.shape[2], a.shape[0], a.shape[1])).transpose(1, 2, 0)
    assert SUM(a, b, out=out) is out
    same(out, a + 2 * b)


def test_thirty_two_dimensions_and_more():
    a = np.ones((1,) * 31 + (3,))
    same(mejit.evaluate("a + a"), a + a)
    b = np.ones((1,) * 33)
    with pytest.raises(ValueError, match="32 dimensions"):
        mejit.evaluate("b + 1")


@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
@pytest.mark.parametrize("layout", [
    ["C"], ["F"], ["C", "F"], ["F", "F"], ["F", "C"], ["T"], ["T", "F"], ["T", "T"], ["row"],
    ["F", "row"], ["column", "T"],
])
def test_order_of_new_arrays_is_numpys(order, layout):
    def make(kind):
        if kind == "row":
            return filled((5,))
        if kind == "column":
            return filled((4, 1))
        if kind == "T":
            return filled((4, 3, 5)).transpose(1, 0, 2)
        return np.array(filled((3, 4, 5)), order=kind)

    values = [make(kind) for kind in layout]
    a, b = values[0], values[-1]
    got = mejit.evaluate("a + b", order=order)
    expected = np.add(a, b, order=order)
    same(got, expected)
    assert got.strides == expected.strides


def test_order_k_on_random_layouts():
    random = np.random.default_rng(7)
    for _ in range(200):
        ndim = int(random.integers(2, 5))
        shape = tuple(random.integers(1, 5, ndim))
        values = []
        for _ in range(int(random.integers(1, 4))):
            axes = random.permutation(ndim)
            base = np.ones([shape[axis] for axis in axes])
            value = base.transpose(np.argsort(axes))
            if random.random() < 0.3:
                value = value[tuple(slice(0, 1) if random.random() < 0.3 else slice(None)
                                    for _ in range(ndim))]
            values.append(value)
        names = dict(zip("abc", values))
        got = mejit.evaluate("+".join(names), names, order="K")
        flags = [["readonly"]] * len(values) + [["writeonly", "allocate"]]
        expected = np.nditer([*values, None], ["zerosize_ok"], flags).operands[-1]
        assert got.shape == expected.shape
        sizes = [d for d in range(got.ndim) if got.shape[d] > 1]
        assert [got.strides[d] for d in sizes] == [expected.strides[d] for d in sizes]


def test_wrong_order():
    a = np.ones(3)
    with pytest.raises(ValueError, match="order"):
        mejit.evaluate("a + 1", order="X")


# --- out= -----------------------------------------------------------------------------------------


def test_out_is_filled_and_returned():
    a, out = filled((50,)), np.zeros(50)
    assert mejit.evaluate("a * 3", out=out) is out
    same(out, a * 3)


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("casting", ["no", "safe", "same_kind", "unsafe"])
def test_out_casting_is_numpys(source, target, casting):
    a, out = filled((40,), source), np.zeros(40, target)
    if np.can_cast(source, target, casting):
        mejit.evaluate("a", out=out, casting=casting)
        same(out, a.astype(target))
    else:
        with pytest.raises(TypeError, match="casting"):
            mejit.evaluate("a", out=out, casting=casting)
        same(out, np.zeros(40, target))


def test_wrong_casting():
    a, out = np.ones(3), np.ones(3, "float32")
    with pytest.raises(ValueError, match="casting"):
        mejit.evaluate("a + 1", out=out, casting="maybe")


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 1, 4), (3, 1), (0, 3, 4)])
def test_out_of_another_shape(shape):
    a = filled((3, 4))
    out = np.full(shape, -1.0)
    try:
        expected = np.add(a, 1, out=out.copy())
    except ValueError:
        with pytest.raises(mejit.EvaluateError, match="shape"):
            mejit.evaluate("a + 1", out=out)
        same(out, np.full(shape, -1.0))
    else:
        same(mejit.evaluate("a + 1", out=out), expected)


def test_a_scalar_result_fills_out():
    a, out = filled((10,)), np.zeros((2, 3))
    same(mejit.evaluate("sum(a)", out=out), np.full((2, 3), a.sum()))
    out = np.zeros(())
    mejit.evaluate("sum(a) + 1", out=out)
    assert out == a.sum() + 1


def test_out_that_cannot_be_written():
    a, out = np.ones(3), np.ones(3)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        mejit.evaluate("a + 1", out=out)
    for wrong in ([1.0, 2.0, 3.0], 5, "text"):
        with pytest.raises(TypeError):
            mejit.evaluate("a + 1", out=wrong)
    with pytest.raises(TypeError):
        mejit.evaluate("a + 1j", out=np.ones(3))
    with pytest.raises(TypeError):
        mejit.evaluate("a + 1", out=np.ones(3, "float16"), casting="unsafe")


@pytest.mark.parametrize("tier", ["interpreter", "optimizing"])
@pytest.mark.parametrize("shift", [-5000, -4096, -7, -1, 0, 1, 2, 4095, 4096, 6000])
def test_out_may_overlap_the_operands(shift, tier):
    memory = filled((30000,))
    n, start = 12000, 8000
    kernel = mejit.compile("a + 2*b", ["float64", "float64"], tier=tier)
    a, b = memory[start:start + n], memory[start + 3:start + 3 + n]
    out = memory[start + shift:start + shift + n]
    expected = a + 2 * b
    kernel(a, b, out=out)
    same(out.copy(), expected)


def test_out_overlaps_in_other_layouts():
    square = filled((70, 70))
    transposed = square.T
    expected = transposed + 2 * square
    SUM(transposed, square, out=square)
    same(square, expected)

    line = filled((9000,))
    expected = line[::-1] * 2
    mejit.evaluate("x * 2", {"x": line[::-1]}, out=line)
    same(line, expected)

    same_place = filled((9000,))
    mejit.evaluate("same_place * same_place + 1", out=same_place)
    same(same_place, filled((9000,)) ** 2 + 1)

    bytes_ = filled((64,), "int64")
    narrow = bytes_.view("int32")[:64]
    expected = bytes_.astype("int32") + 1
    mejit.evaluate("bytes_ + 1", out=narrow, casting="same_kind")
    same(narrow.copy(), expected)


# --- zero-size, 0-d, reductions -------------------------------------------------------------------


def test_zero_size_arrays():
    for shape in [(0,), (3, 0), (0, 3), (2, 0, 5)]:
        a = np.zeros(shape, "float32")
        same(mejit.evaluate("a * 2 + 1"), a)
        out = np.zeros(shape, "float32")
        assert mejit.evaluate("a * 2 + 1", out=out) is out
    a = np.zeros(0)
    assert mejit.evaluate("sum(a)") == 0 and mejit.evaluate("prod(a)") == 1
    assert not mejit.evaluate("any(a)") and mejit.evaluate("all(a)")
    with pytest.raises(mejit.EvaluateError, match="zero-size array"):
        mejit.evaluate("min(a)")


def test_zero_dimensional_results_are_scalars():
    a, b = np.float32(1.5), np.array(2, "int8")
    got = mejit.evaluate("a * b")
    assert isinstance(got, np.generic)
    same(got, a * b)


@pytest.mark.parametrize("text, function", [
    ("a - mean(a)", lambda a: a - np.mean(a)),
    ("sum(a * a) / sum(a)", lambda a: np.sum(a * a) / np.sum(a)),
    ("where(a > mean(a), max(a), min(a))", lambda a: np.where(a > a.mean(), a.max(), a.min())),
])
@pytest.mark.parametrize("shape", [(10,), (9000,), (70, 90)])
def test_nested_reductions(text, function, shape):
    a = filled(shape)
    np.testing.assert_allclose(mejit.evaluate(text), function(a), rtol=1e-14)


def test_reductions_do_not_depend_on_layout():
    random = np.random.default_rng(3).random((60, 80, 5))
    total = mejit.evaluate("sum(random)")
    for copy in (np.asfortranarray(random), np.repeat(random, 2, axis=2)[..., ::2]):
        assert mejit.evaluate("sum(copy)") == total


def test_reductions_of_arrays_of_different_shapes():
    a, b = np.arange(3.0), np.ones((4, 3))
    same(mejit.evaluate("sum(a) * b"), np.sum(a) * b)
    k = mejit.compile("def k(a, b):\n    return sum(a) * b\n", {"a": "float64", "b": "float64"})
    with pytest.raises(mejit.EvaluateError, match="one shape"):  # a kernel's items are those of all
        k(a, b)
    n = 3.0
    same(mejit.evaluate("sum(b) * n"), np.sum(b) * n)
