"""Names and rules of dtypes, with and without NumPy.

A dtype is an integer everywhere behind this file: me_dtype of the C interface, plus 256 times the
bytes per element of strings and bytes. name() gives its NumPy name.
"""

import re
import sys

NAMES = (
    "auto", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "complex64", "complex128", "str", "bytes",
)
AUTO = 0
STRING, BYTES = NAMES.index("str"), NAMES.index("bytes")
BOOL, INT64, FLOAT64 = NAMES.index("bool"), NAMES.index("int64"), NAMES.index("float64")

# Flags of a parameter.
UNIFORM, WEAK = 1, 2

_CODES = {name: code for code, name in enumerate(NAMES) if code}
_CODES.update({
    "?": BOOL, "b1": BOOL, "b": 2, "i1": 2, "h": 3, "i2": 3, "i": 4, "i4": 4, "q": 5, "i8": 5,
    "B": 6, "u1": 6, "H": 7, "u2": 7, "I": 8, "u4": 8, "Q": 9, "u8": 9,
    "f": 10, "f4": 10, "single": 10, "float16": 10, "f2": 10, "e": 10,
    "d": 11, "f8": 11, "double": 11, "float": 11, "int": INT64, "c8": 12, "c16": 13,
    "F": 12, "csingle": 12, "D": 13, "cdouble": 13, "complex": 13,
})

_WEAK = {bool: BOOL, int: INT64, float: FLOAT64, complex: NAMES.index("complex128")}


_TEXT = re.compile(r"[<=>|]?([US])(\d+)")


def name(code):
    """NumPy's name of a dtype: "float64", "U8", "S3"."""
    if code < 256:
        return NAMES[code]
    return f"U{code // 1024}" if code % 256 == STRING else f"S{code // 256}"


def _text_code(dtype):
    """The code of strings and bytes, spelled "U8" or as a NumPy dtype, or None."""
    if isinstance(dtype, str):
        match = _TEXT.fullmatch(dtype)
        kind, width = (match[1], int(match[2])) if match else ("", 0)
    else:
        kind = getattr(dtype, "kind", None)
        width = dtype.itemsize // (4 if kind == "U" else 1) if kind in ("U", "S") else 0
    if not width:
        return None
    return STRING + 1024 * width if kind == "U" else BYTES + 256 * width


def code_of(dtype):
    """The dtype that NumPy's users spell so: a name, a NumPy dtype or type, an array's type code."""
    text = _text_code(dtype)
    if text is not None:
        return text
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if isinstance(name, str):
        code = _CODES.get(name.lstrip("<=|") if name[:1] in "<=|" else name)
        if code is not None:
            return code
    numpy = sys.modules.get("numpy")
    if dtype is not None and numpy is not None:
        try:
            code = _CODES.get(numpy.dtype(dtype).name)
        except TypeError:
            code = None
        if code is not None:
            return code
    raise TypeError(f"{dtype!r} is not a dtype that mejit knows")


def param_of(dtype):
    """(code, flags) of a parameter. The types bool, int, float and complex stand for a Python scalar."""
    if isinstance(dtype, type) and dtype in _WEAK:
        return _WEAK[dtype], UNIFORM | WEAK
    return code_of(dtype), 0


_KINDS = {"bool": "b", "int": "i", "uint": "u", "float": "f", "complex": "c"}


def _kind_and_bits(code):
    name = NAMES[code]
    word = name.rstrip("0123456789")
    return _KINDS[word], int(name[len(word):] or 8)


def can_cast(source, target, casting):
    """NumPy's can_cast for numeric dtypes."""
    if casting not in ("no", "equiv", "safe", "same_kind", "unsafe"):
        raise ValueError(f"casting must be no, equiv, safe, same_kind or unsafe, not {casting!r}")
    if source == target:
        return True
    if max(source % 256, target % 256) >= STRING:
        # Strings to strings: wider ones are safe, others cut off.
        if source % 256 != target % 256 or casting in ("no", "equiv"):
            return False
        return source <= target or casting != "safe"
    if casting == "unsafe":
        return True
    if casting in ("no", "equiv"):
        return False
    (kind, bits), (to_kind, to_bits) = _kind_and_bits(source), _kind_and_bits(target)
    order = "buifc"
    if casting == "same_kind":
        return order.index(kind) <= order.index(to_kind)
    if kind == "b":
        return True
    if kind == to_kind:
        return bits <= to_bits
    if kind == "u" and to_kind == "i":
        return bits < to_bits
    if kind in "ui" and to_kind in "fc":
        # A float holds every integer of half its width; NumPy counts 64-bit integers in too.
        float_bits = to_bits // 2 if to_kind == "c" else to_bits
        return bits < float_bits or float_bits == 64
    return kind == "f" and to_kind == "c" and bits <= to_bits // 2


def public(code):
    """A dtype as users see it: a NumPy dtype where NumPy is loaded, else its name."""
    numpy = sys.modules.get("numpy")
    return numpy.dtype(name(code)) if numpy is not None else name(code)
