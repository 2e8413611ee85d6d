"""Strings and bytes against NumPy's string functions and Python's str, over generated Unicode text."""

import random

import pytest

np = pytest.importorskip("numpy")
import mejit  # noqa: E402

# Letters with special case mappings, marks, digits, white space, and what lies outside the first plane.
LETTERS = (
    "abcXYZ019 .-_'\t\n\u00a0\u2003\u3000\x1c\u200b"
    "\u00df\u0130\u0131\u0149\u01c4\u01c5\u01c6\u01f0\u0390\u03a3\u03c2\u03c3\u0345\u0587\u1e9e"
    "\u1f80\u1f88\u1fb3\ufb00\ufb03\ufb13\u2160\u24d0\u0416\u0436\u05d0\u0623\u4e2d\u10a0\u13a0\uab70"
    "\U00010400\U00010428\U0001e900\U0001f600\u00ad\u0301\u02b0\u2071"
)


def texts(seed, count=3000, longest=7):
    rng = random.Random(seed)
    return ["".join(rng.choice(LETTERS) for _ in range(rng.randrange(longest + 1)))
            for _ in range(count)]


def unpadded(items):
    return [item.rstrip("\0") for item in items]


def same(got, expected):
    assert got.dtype == expected.dtype, (got.dtype, expected.dtype)
    assert got.shape == expected.shape
    wrong = [(g, e) for g, e in zip(got.ravel().tolist(), expected.ravel().tolist()) if g != e]
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("method", ["lower", "upper", "title", "capitalize", "swapcase", "strip",
                                    "lstrip", "rstrip"])
def test_methods_are_pythons_cut_off_at_the_width(method):
    s = np.array(texts(method), "U7")
    got = mejit.evaluate(f"{method}(s)")
    same(got, np.array([getattr(x, method)()[:7] for x in s.tolist()], "U7"))
    same(mejit.evaluate(f"{method}(s + 'zzzzzzzzzzzzzz')"),
         np.array([getattr(x + "z" * 14, method)()[:21] for x in s.tolist()], "U21"))


@pytest.mark.parametrize("method", ["lower", "upper", "title"])
def test_case_mapping_of_every_letter(method):
    letters = [c for c in map(chr, range(0x250)) if c != "\0"]
    letters += [chr(c) for start in (0x370, 0x400, 0x530, 0x10a0, 0x1e00, 0x2c00, 0xfb00)
                for c in range(start, start + 0x100)]
    s = np.array(letters)
    wide = np.array(letters, "U3")
    same(mejit.evaluate(f"{method}(s)"), np.array([getattr(c, method)()[:1] for c in letters]))
    same(mejit.evaluate(f"{method}(wide)"), np.array([getattr(c, method)() for c in letters], "U3"))


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_comparisons(operator):
    s, t = np.array(texts(1, longest=2)), np.array(texts(2, longest=2))
    same(mejit.evaluate(f"s {operator} t"), eval(f"s {operator} t"))
    same(mejit.evaluate(f"s {operator} 'a'"), eval(f"s {operator} 'a'"))


@pytest.mark.parametrize("function", ["find", "rfind", "count", "startswith", "endswith"])
def test_searching(function):
    s, t = np.array(texts(3)), np.array(texts(4, longest=2))
    same(mejit.evaluate(f"{function}(s, t)"), getattr(np.strings, function)(s, t))


def test_lengths_and_membership():
    s, t = np.array(texts(5)), np.array(texts(6, longest=1))
    same(mejit.evaluate("len(s)"), np.strings.str_len(s))
    expected = np.array([y in x for x, y in zip(s.tolist(), t.tolist())])
    same(mejit.evaluate("t in s"), expected)
    same(mejit.evaluate("t not in s"), ~expected)
    same(mejit.evaluate("contains(s, t)"), expected)


def test_concatenation_has_numpys_dtype():
    s, t = np.array(texts(7)), np.array(texts(8, longest=3))
    same(mejit.evaluate("s + t"), np.strings.add(s, t))
    same(mejit.evaluate("s + 'é' + t"), np.strings.add(np.strings.add(s, "é"), t))
    same(mejit.evaluate("s * 3"), np.array([x * 3 for x in s.tolist()], f"U{s.itemsize // 4 * 3}"))


@pytest.mark.parametrize("old, new", [("a", "bcd"), ("ab", "x"), ("-", ""), ("aa", "aaa")])
def test_replace(old, new):
    rng = random.Random(9)
    s = np.array(["".join(rng.choice("aab-") for _ in range(rng.randrange(9))) for _ in range(1000)])
    got = mejit.evaluate(f"replace(s, {old!r}, {new!r})")
    assert got.tolist() == [x.replace(old, new) for x in s.tolist()]


def test_prefixes_parts_and_cuts():
    s, t = np.array(texts(10)), np.array(texts(11, longest=1))
    pairs = list(zip(s.tolist(), t.tolist()))
    assert mejit.evaluate("removeprefix(s, t)").tolist() == [x.removeprefix(y) for x, y in pairs]
    assert mejit.evaluate("removesuffix(s, t)").tolist() == [x.removesuffix(y) for x, y in pairs]
    assert mejit.evaluate("substr(s, 1, 2)").tolist() == [x[1:3] for x in s.tolist()]
    assert mejit.evaluate("substr(s, -2, 9)").tolist() == [x[-2:] for x in s.tolist()]
    parts = [x.partition(".") for x in s.tolist()]
    assert mejit.evaluate("split_part(s, '.', 0)").tolist() == [p[0] for p in parts]
    assert mejit.evaluate("split_part(s, '.', 1)").tolist() == unpadded(p[2] for p in parts)


def test_where_takes_the_wider_arm():
    s, x = np.array(texts(12)), np.arange(3000)
    same(mejit.evaluate("where(x % 2 == 0, s, 'something longer')"),
         np.where(x % 2 == 0, s, "something longer"))
    same(mejit.evaluate("s if x < 9 else ''"), np.where(x < 9, s, ""))


def test_truth_and_reductions():
    s = np.array(["x", "", "y", "x"])
    assert mejit.evaluate("any(s == 'x')") and not mejit.evaluate("all(s)")
    assert mejit.evaluate("sum(s == 'x')") == 2
    assert mejit.evaluate("where(s, 1, 0)").tolist() == [1, 0, 1, 1]
    assert mejit.evaluate("mean(len(s))") == 0.75


def test_bytes():
    b = np.array([b"Ab ", b"", b"x\xffz", b"abc"])
    same(mejit.evaluate("upper(b)"), np.strings.upper(b))
    same(mejit.evaluate("strip(b)"), np.strings.strip(b))
    same(mejit.evaluate("b + 'x'"), np.strings.add(b, b"x"))
    same(mejit.evaluate(r"b == b'x\xffz'"), b == b"x\xffz")
    same(mejit.evaluate("find(b, 'b')"), np.strings.find(b, b"b"))


def test_python_strings_are_parameters():
    s, t, b = np.array(["ab", "é"]), "é", b"ab"
    assert mejit.evaluate("s == t").tolist() == [False, True]
    assert mejit.evaluate("s + t").tolist() == ["abé", "éé"]
    assert mejit.evaluate("t + t") == "éé"
    assert mejit.evaluate("len(b)") == 2
    assert mejit.evaluate("x == b", {"x": np.array([b"ab", b"c"]), "b": b}).tolist() == [True, False]
    assert mejit.evaluate("s in l", {"s": ["a", "x"], "l": "abc"}).tolist() == [True, False]


def test_layouts():
    s = np.array(texts(13, 60), "U7").reshape(3, 20)
    for view in (s.T, s[:, ::-2], s[1:2], s.astype(">U7"), np.broadcast_to(s[0], (4, 20))):
        same(mejit.evaluate("upper(v) + '!'", {"v": view}),
             np.strings.add(np.array([x.upper()[:7] for x in view.ravel().tolist()],
                                     "U7").reshape(view.shape), "!"))
    assert mejit.evaluate("s + t", {"s": s, "t": s[:, :1]}).shape == s.shape
    assert mejit.evaluate("s + ''", {"s": s[:0]}).shape == (0, 20)
    assert mejit.evaluate("s", {"s": np.array("abc")}) == "abc"


def test_out():
    s = np.array(["ab", "c"])
    out = np.zeros(2, "U5")
    assert mejit.evaluate("s + s", out=out) is out and out.tolist() == ["abab", "cc"]
    other = np.zeros((2, 2), ">U4")
    mejit.evaluate("s + s", out=other[:, 1])
    assert other.tolist() == [["", "abab"], ["", "cc"]]
    mejit.evaluate("upper(s)", out=s)
    assert s.tolist() == ["AB", "C"]
    narrow = np.zeros(2, "U1")
    with pytest.raises(TypeError, match="U2"):
        mejit.evaluate("lower(s)", out=narrow)
    mejit.evaluate("lower(s)", out=narrow, casting="same_kind")
    assert narrow.tolist() == ["a", "c"]
    with pytest.raises(TypeError):
        mejit.evaluate("s", out=np.zeros(2))


def test_expanding_case_mapping_in_place():
    s = np.array(["ßßßx", "aßb"], "U6")
    mejit.evaluate("upper(s)", out=s)
    assert s.tolist() == ["SSSSSS", "ASSB"]


def test_compiled_kernels_take_their_width():
    k = mejit.compile("s + '!'", {"s": "U4"})
    assert k.dtype == np.dtype("U5") and k.dtypes == {"s": np.dtype("U4")}
    assert k(np.array(["ab", "abcd"])).tolist() == ["ab!", "abcd!"]
    assert k(np.array(["a"])).tolist() == ["a!"] and k("xyz") == "xyz!"
    with pytest.raises(TypeError, match="U5"):
        k(np.array(["abcde"]))
    with pytest.raises(TypeError):
        k(np.array([b"ab"]))
    with pytest.raises(TypeError):
        k(1.5)
    assert k.tier == "interpreter" and "strings" in k.explain()


def test_wide_strings_and_many_items():
    rng = random.Random(14)
    s = np.array(["".join(rng.choice("abc") for _ in range(rng.randrange(3000))) for _ in range(50)],
                 "U3000")
    assert mejit.evaluate("count(s, 'ab')").tolist() == [x.count("ab") for x in s.tolist()]
    assert mejit.evaluate("upper(s) + s", {"s": s[::-2]}).tolist() == [
        x.upper() + x for x in s[::-2].tolist()]
    assert mejit.evaluate("sum(len(s))", {"s": s[::-2]}) == sum(len(x) for x in s[::-2].tolist())
    many = np.array(["x", "yy"] * 10_001)
    assert mejit.evaluate("sum(many == 'yy')") == 10_001
    assert (mejit.evaluate("many + '1'")[1::2] == "yy1").all()


@pytest.mark.parametrize("text", [
    "s + 1", "s - s", "s == b", "-s", "sin(s)", "sum(s)", "s < 3", "upper(1.5)", "s * 30000", "where(True, s, 1)",
    "s == '\\q'", "s == 'x", "b == 'é'",
])
def test_refusals(text):
    s, b = np.array(["ab"]), np.array([b"ab"])
    assert s.size and b.size
    with pytest.raises(mejit.CompileError):
        mejit.evaluate(text)


def test_kernels_with_string_locals():
    k = mejit.compile("""
def f(s, n):
    t = "none"
    if n > 1:
        t = s
    if t == "none":
        return upper(t)
    return t + "!"
""", {"s": "U6", "n": "int64"})
    assert k(np.array(["ab", "straße"]), np.array([1, 2])).tolist() == ["NONE", "straße!"]
