"""Complex numbers against NumPy: dtypes, values, specials, and the accuracy of functions."""

import numpy as np
import pytest

import mejit

INF, NAN = np.inf, np.nan
PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-320, 1e300, -1e300, 1e-200, INF, -INF, NAN, 710.0, -750.0]
SPECIALS = np.array([complex(x, y) for x in PARTS for y in PARTS])
LEFT, RIGHT = (grid.ravel() for grid in np.meshgrid(SPECIALS, SPECIALS))
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float32", "float64", "complex64", "complex128"]
FUNCTIONS = ["sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan",
             "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"]


def parts(values):
    values = np.asarray(values)
    return (values.real, values.imag) if values.dtype.kind == "c" else (values,)


def same_bits(got, want):
    """Equal values, NaN like NaN; zeros of both signs are equal."""
    return all(np.array_equal(g, w, equal_nan=True) for g, w in zip(parts(got), parts(want)))


def near(got, want, tolerance):
    """Relative to the size of the number; infinities and NaN in the same parts."""
    if np.asarray(want).dtype == bool:
        return got == want
    good = np.isfinite(want) & (abs(got - want) <= tolerance * abs(want))
    by_part = np.ones(np.shape(want), bool)
    for g, w in zip(parts(got), parts(want)):
        by_part &= (g == w) | (np.isnan(g) & np.isnan(w)) | (
            np.isfinite(w) & (abs(g - w) <= tolerance * np.maximum(abs(w), 1e-300)))
    return good | by_part


def sample(dtype, count=257, seed=3):
    random = np.random.default_rng(seed)
    values = random.normal(size=count) * 4 + 1j * random.normal(size=count) * 4
    return values.astype(dtype) if np.dtype(dtype).kind == "c" else values.real.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("other", ["complex64", "complex128"])
def test_arrays_promote_as_in_numpy(dtype, other):
    a, b = np.ones(3, dtype), np.ones(3, other)
    for text in ("a + b", "b - a", "a * b", "b / a", "where(a != b, a, b)"):
        want = eval(text, {"a": a, "b": b, "where": np.where})
        got = mejit.evaluate(text)
        assert got.dtype == want.dtype, text
        assert same_bits(got, want), text


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scalar", ["2", "1.5", "2j", "True", "(1 - 0.5j)"])
def test_python_scalars_are_weak(dtype, scalar):
    x = np.array([1, 0, 1]).astype(dtype)
    s = eval(scalar)
    for symbol in "+*":
        want = eval(f"x {symbol} s")
        if want.dtype == np.float16:
            want = want.astype("float32")
        for got in (mejit.evaluate(f"x {symbol} {scalar}"), mejit.evaluate(f"x {symbol} s")):
            assert got.dtype == want.dtype
            assert same_bits(got, want)


@pytest.mark.parametrize("symbol", ["+", "-", "/", "==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_operators_are_numpys_bit_by_bit(symbol, dtype):
    with np.errstate(all="ignore"):
        a, b = LEFT.astype(dtype), RIGHT.astype(dtype)
        want = eval(f"a {symbol} b")
    assert same_bits(mejit.evaluate(f"a {symbol} b"), want)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_products_round_each_operation_once(dtype):
    a, b = sample(dtype, seed=1), sample(dtype, seed=2)
    want = np.empty_like(a)
    want.real = a.real * b.real - a.imag * b.imag
    want.imag = a.real * b.imag + a.imag * b.real
    assert same_bits(mejit.evaluate("a * b"), want)
    assert np.all(near(mejit.evaluate("square(a)"), np.square(a), 1e-6))


@pytest.mark.parametrize("name", ["minimum", "maximum", "fmin", "fmax"])
def test_extrema_order_by_the_real_part_first(name):
    a, b = LEFT, RIGHT
    assert same_bits(mejit.evaluate(f"{name}(a, b)"), getattr(np, name)(a, b))


def test_clip():
    a = sample("complex128")
    want = np.minimum(np.maximum(a, -1 - 1j), 2 + 0j)
    assert same_bits(mejit.evaluate("clip(a, -1 - 1j, 2)"), want)


@pytest.mark.parametrize("name", ["abs", "sign", "reciprocal", "positive", "negative", "conj",
                                  "conjugate", "real", "imag", "angle", "isnan", "isinf", "isfinite",
                                  "rint", "round", "nan_to_num"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_parts_and_predicates(name, dtype):
    with np.errstate(all="ignore"):
        z = SPECIALS.astype(dtype)
        want = getattr(np, name)(z)
        got = mejit.evaluate(f"{name}(z)")
        assert got.dtype == want.dtype
        assert np.all(near(got, want, 1e-6 if dtype == "complex64" else 1e-15))


@pytest.mark.parametrize("name", ["real", "imag", "conj", "angle"])
@pytest.mark.parametrize("dtype", DTYPES[:-2])
def test_parts_of_real_numbers(name, dtype):
    x = np.array([1, 0, 1]).astype(dtype)
    want = getattr(np, name)(x)
    if want.dtype == np.float16:
        want = want.astype("float32")
    got = mejit.evaluate(f"{name}(x)")
    assert got.dtype == want.dtype
    assert same_bits(got, want)


@pytest.mark.parametrize("dtype", DTYPES)
def test_casts(dtype):
    z = np.array([1.9 + 2j, 0, 3j, -1.5 + 1j])
    want = z.astype(dtype) if np.dtype(dtype).kind in "cb" else z.real.clip(0).astype(dtype)
    text = f"{dtype}(z)" if np.dtype(dtype).kind in "cb" else f"{dtype}(clip(real(z), 0, 9))"
    assert same_bits(mejit.evaluate(text), want)
    if np.dtype(dtype).kind not in "cb":
        assert same_bits(mejit.evaluate(f"{dtype}(z + 2)"), (z.real + 2).astype(dtype))
    x = np.array([1, 0, 1]).astype(dtype)
    assert same_bits(mejit.evaluate("complex64(x)"), x.astype("complex64"))


def test_truth_is_not_zero():
    z = np.array([0, 1j, 1, complex(-0.0, 0), complex(NAN, 0)])
    w = np.array([1j, 0, 1, 1, 0])
    assert same_bits(mejit.evaluate("z and w"), np.logical_and(z, w))
    assert same_bits(mejit.evaluate("z or w"), np.logical_or(z, w))
    assert same_bits(mejit.evaluate("not z"), np.logical_not(z))
    assert same_bits(mejit.evaluate("z if z else 7"), np.where(z, z, 7))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_real_arithmetic_on_complex_results(dtype):
    a, b = sample(dtype, seed=1), sample(dtype, seed=2)
    assert same_bits(mejit.evaluate("real(a) + 1"), a.real + 1)
    assert same_bits(mejit.evaluate("where(real(a) > imag(b), real(a), imag(b))"),
                     np.where(a.real > b.imag, a.real, b.imag))
    assert same_bits(mejit.evaluate("abs(a) > 2"), np.abs(a) > 2)
    assert np.all(near(mejit.evaluate("abs(a)**2 - 1"), np.abs(a)**2 - 1, 1e-4))


@pytest.mark.parametrize("power", ["0", "1", "2", "3", "7", "-1", "-2", "0.5", "(2+1j)", "1.5"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_powers(power, dtype):
    a = sample(dtype)
    want = eval(f"a ** {power}")
    got = mejit.evaluate(f"a ** {power}")
    assert got.dtype == want.dtype
    assert np.all(near(got, want, 2e-5 if dtype == "complex64" else 3e-14))
    with np.errstate(all="ignore"):
        zero = np.zeros(3, dtype)
        assert same_bits(mejit.evaluate(f"zero ** {power}"), eval(f"zero ** {power}"))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_reductions(dtype):
    a = sample(dtype, 10000)
    tolerance = 1e-3 if dtype == "complex64" else 1e-11
    for name in ("sum", "mean", "min", "max", "any", "all"):
        want = getattr(np, name)(a)
        got = mejit.evaluate(f"{name}(a)")
        assert got.dtype == want.dtype, name
        assert np.all(near(got, want, tolerance)), name
    small = np.exp(1j * np.arange(5000)).astype(dtype)
    assert np.all(near(mejit.evaluate("prod(small)"), np.prod(small), 1e-2 if dtype == "complex64" else 1e-9))
    assert np.all(near(mejit.evaluate("sum(a * conj(a)) / sum(a)"), np.sum(a * np.conj(a)) / np.sum(a), 1e-2))
    empty = np.zeros(0, dtype)
    assert mejit.evaluate("sum(empty)") == 0
    assert mejit.evaluate("prod(empty)") == 1
    a[77] = complex(5, NAN)
    assert np.isnan(mejit.evaluate("min(a)")) and np.isnan(mejit.evaluate("sum(a)"))


def test_arrays_of_every_layout():
    a = sample("complex128", 240).reshape(12, 20)
    b = sample("complex64", 20)
    for x in (a, a.T, a[::-2, ::3], a[:, :1], a.byteswap().view(a.dtype.newbyteorder()),
              np.frombuffer(b"\0" + a.tobytes(), "u1")[1:].view("c16")):
        assert same_bits(mejit.evaluate("x * 2 + 1j"), x * 2 + 1j)
    out = np.zeros((12, 20), "complex128")
    mejit.evaluate("a + b", out=out)
    assert same_bits(out, a + b)
    mejit.evaluate("out - b", out=out)
    assert np.all(near(out, a, 1e-14))
    line = np.arange(100) + 1j
    want = line[:-1] + 1
    mejit.evaluate("x + 1", {"x": line[:-1]}, out=line[1:])
    assert same_bits(line[1:], want)
    assert mejit.evaluate("a + 1", {"a": np.arange(3.0)}, out=np.zeros(3, complex)).dtype == complex
    with pytest.raises(TypeError):
        mejit.evaluate("b + 1", out=np.zeros(20))


ESCAPE = """
def escape(c):
    z = 0j
    n = 0
    for i in range(50):
        if abs(z) > 2:
            break
        z = z * z + c
        n += 1
    return n + z / (1 + abs(z))
"""


def test_kernels():
    names = {}
    exec(ESCAPE, names)
    c = sample("complex128") / 3
    want = np.array([names["escape"](point) for point in c])
    assert np.all(near(mejit.compile(ESCAPE, {"c": "complex128"})(c), want, 1e-9))


def test_masked_assignments_and_returns():
    text = """
def f(z, w):
    r = w
    if real(z) > 0:
        return r
    while abs(r) < 10:
        r *= 2 + 1j
    return r - z
"""
    z, w = sample("complex128", 50, 1), sample("complex64", 50, 2)
    want = []
    for x, r in zip(z, w.astype(complex)):
        if x.real <= 0:
            while abs(r) < 10:
                r *= 2 + 1j
            r = r - x
        want.append(r)
    got = mejit.compile(text, {"z": "complex128", "w": "complex64"})(z, w)
    assert got.dtype == complex
    assert np.all(near(got, np.array(want), 1e-4))


def test_what_complex_numbers_do_not_have_is_refused():
    z = np.ones(3, complex)
    for text in ("z % 2", "z // 2", "z & 1", "floor(z)", "hypot(z, z)", "arctan2(z, 1)", "cbrt(z)",
                 "z << 1", "~z"):
        with pytest.raises(mejit.CompileError, match="complex"):
            mejit.evaluate(text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_specials_of_functions(name):
    """As NumPy has them where the C standard or mathematics leave no choice."""
    with np.errstate(all="ignore"):
        want = getattr(np, name)(SPECIALS)
    got = mejit.evaluate(f"{name}(z)", {"z": SPECIALS})
    bad = ~near(got, want, 1e-13)
    # NumPy's own exp(z) - 1 and log(1 + z) lose digits and infinities; of infinite results with a NaN
    # the sign is anybody's; subnormal parts times infinity-like scales round differently.
    choice = np.isinf(got) & np.isinf(want) & (np.isnan(got.imag) | np.isnan(got.real))
    tiny = (abs(SPECIALS.real) < 1e-300) | (abs(SPECIALS.imag) < 1e-300)
    naive = name in ("expm1", "log1p")
    assert not np.any(bad & ~choice & ~(tiny & (name == "exp")) & ~naive), [
        (z, g, w) for z, g, w in zip(SPECIALS[bad], got[bad], want[bad])][:5]


def accuracy_sample():
    random = np.random.default_rng(7)
    count = 8000

    def spread(low, high):
        return random.choice([-1, 1], count) * 2.0 ** random.uniform(low, high, count)

    return np.concatenate([
        random.normal(size=count) + 1j * random.normal(size=count),
        random.uniform(-20, 20, count) + 1j * random.uniform(-20, 20, count),
        spread(-60, 60) + 1j * spread(-60, 60),
        (1 + spread(-50, -1)) * np.exp(1j * random.uniform(-4, 4, count)),
        1 + spread(-80, -20) + 1j * spread(-80, -20),
        spread(-1000, 1000) + 1j * spread(-1000, 1000)])


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 60, reason="long double is no wider than double")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_within_4_ulp(name):
    """Of the larger part, against NumPy's long double."""
    z = accuracy_sample()
    wide = z.astype(np.clongdouble)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(wide)
        if name == "log1p":  # NumPy's takes the logarithm of 1 + z
            x, y = wide.real, wide.imag
            excess = 2 * x + x * x + y * y
            near_one = 0.5 * np.log1p(excess)
            want = np.where(abs(excess) < 0.5, near_one, np.log(np.hypot(1 + x, y))) + 1j * np.arctan2(y, 1 + x)
        if name == "exp2":  # NumPy's angle is rounded
            want = np.where(abs(wide.imag) < 1e3, want, NAN)
        larger = np.maximum(abs(want.real), abs(want.imag)).astype(float)
        finite = np.isfinite(want.astype(complex))
        unit = np.spacing(np.maximum(larger, 2.3e-308))
        got = mejit.evaluate(f"{name}(z)")
        error = np.maximum(abs(got.real - want.real), abs(got.imag - want.imag)) / unit
        assert np.nanmax(np.where(finite, error, 0)) <= 4
        single = z.astype("complex64")
        narrow = mejit.evaluate(f"{name}(x)", {"x": single})
        exact = mejit.evaluate(f"{name}(x)", {"x": single.astype(complex)}).astype("complex64")
    assert narrow.dtype == np.complex64
    assert same_bits(narrow, exact)
