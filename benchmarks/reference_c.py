"""The limit: the rows as C loops, compiled with -O3 -ffast-math for 128-bit vectors."""

import ctypes
import pathlib
import subprocess
import tempfile

FLAGS = ["-O3", "-ffast-math", "-msse4.1", "-fno-math-errno", "-shared", "-fPIC"]

_HEAD = "#include <stdint.h>\n#include <tgmath.h>\n"


def _function(index, row, ctype):
    names = list(row.arrays)
    parameters = ", ".join(f"const {ctype} *restrict {n}_" for n in names)
    loads = " ".join(f"{ctype} {n} = {n}_[i];" for n in names)
    setup = row.c_setup
    if row.reduces:
        body = f"{ctype} s = 0; for (int64_t i = 0; i < n; ++i) {{ {loads} s += {row.c}; }} out[0] = s;"
    else:
        body = f"for (int64_t i = 0; i < n; ++i) {{ {loads} {setup} out[i] = {row.c}; }}"
    text = f"void f{index}_{ctype}({ctype} *restrict out, {parameters}, int64_t n) {{ {body} }}\n"
    return f"#define T {ctype}\n{text}#undef T\n"


def compile_rows(rows, compiler="cc"):
    """Returns {(row name, "float64" or "float32"): function(out, *arrays)} over NumPy arrays."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mejit-benchmark-"))
    source = folder / "rows.c"
    library = folder / "rows.so"
    source.write_text(_HEAD + "".join(
        _function(i, row, ctype) for i, row in enumerate(rows) for ctype in ("double", "float")))
    subprocess.run([compiler, *FLAGS, "-o", library, source, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    functions = {}
    for i, row in enumerate(rows):
        for dtype, ctype in (("float64", "double"), ("float32", "float")):
            function = loaded[f"f{i}_{ctype}"]
            function.restype = None
            function.argtypes = [ctypes.c_void_p] * (1 + len(row.arrays)) + [ctypes.c_int64]
            functions[row.name, dtype] = function
    return functions
