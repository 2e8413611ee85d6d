"""The limits: the rows as hand-written loops in C and C++, for 128-bit vectors.

Natively: plain C, -O3 -ffast-math, the compiler vectorises what it can. In wasm: arithmetic rows as
plain loops that clang turns into SIMD128, rows with elementary functions as loops over mejit's own
recipes (src/vmath), which is what a program written by hand with them would run.
"""

import ctypes
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NATIVE_FLAGS = ["-O3", "-ffast-math", "-msse4.1", "-shared", "-fPIC"]
WASM_FLAGS = ["-O3", "-msimd128", "-std=c++20", "-fno-exceptions", "-fno-rtti", "--no-entry",
              "-sSTANDALONE_WASM", "-sINITIAL_MEMORY=64mb", "-sALLOW_MEMORY_GROWTH",
              "-I" + str(ROOT / "src")]

_C_HEAD = "#include <stdint.h>\n#include <tgmath.h>\n"
_WASM_HEAD = """
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include "vmath/functions.h"
#include "vmath/native_value.h"
using Lanes = me::vmath::Native<4>;
#define ME_FUNCTION(arity, name) ME_FUNCTION_##arity(name)
#define ME_FUNCTION_1(name) \\
  [[maybe_unused]] static Lanes name(const Lanes& x) { return me::vmath::fn::name::evaluate(x); }
#define ME_FUNCTION_2(name)                                          \\
  [[maybe_unused]] static Lanes name(const Lanes& x, const Lanes& y) { \\
    return me::vmath::fn::name::evaluate(x, y);                      \\
  }
#define ME_FUNCTION_3(name)
ME_VMATH_FUNCTIONS(ME_FUNCTION, ME_FUNCTION)
extern "C" __attribute__((export_name("allocate"))) void* allocate(int n) { return malloc(n); }
"""


_REASSOCIATE = "\n#ifdef __clang__\n#pragma clang fp reassociate(on)\n#endif\n"


def symbol(index, dtype):
    return f"row{index}_{dtype}"


def _loop(row, index, dtype, ctype):
    parameters = ", ".join(f"const {ctype} *__restrict {n}_" for n in row.arrays)
    loads = " ".join(f"{ctype} {n} = {n}_[i];" for n in row.arrays)
    setup = row.c_setup.replace("T ", ctype + " ").replace("(T)", f"({ctype})")
    value = row.c.replace("(T)", f"({ctype})")
    if row.reduces:
        # Reassociation lets the compiler keep several sums.
        body = f"{_REASSOCIATE}{ctype} s = 0; for (int64_t i = 0; i < n; ++i) {{ {loads} s += {value}; }} out[0] = s;"
    else:
        body = f"for (int64_t i = 0; i < n; ++i) {{ {loads} {setup} out[i] = {value}; }}"
    return f"void {symbol(index, dtype)}({ctype} *__restrict out, {parameters}, int64_t n) {{ {body} }}\n"


def _recipe_loop(row, index, dtype, ctype):
    parameters = ", ".join(f"const {ctype} *{n}_" for n in row.arrays)
    loads = " ".join(f"Lanes {n} = Lanes::load({n}_ + i);" for n in row.arrays)
    setup = row.c_setup.replace("T ", "Lanes ").replace("(T)", "(Lanes)")
    value = row.c.replace("(T)", "(Lanes)")
    return (f"void {symbol(index, dtype)}({ctype} *out, {parameters}, int64_t n) {{\n"
            f"  for (int64_t i = 0; i < n; i += 4) {{ {loads} {setup} Lanes r = {value}; "
            f"r.store(out + i); }} }}\n")


_TYPES = (("float64", "double"), ("float32", "float"))


def native(rows, compiler="cc"):
    """Returns {(row name, dtype): function(out, *arrays, items)} over addresses."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mejit-benchmark-"))
    source = folder / "rows.c"
    library = folder / "rows.so"
    source.write_text(_C_HEAD + "".join(
        _loop(row, i, dtype, ctype) for i, row in enumerate(rows) for dtype, ctype in _TYPES))
    subprocess.run([compiler, *NATIVE_FLAGS, "-o", library, source, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    functions = {}
    for i, row in enumerate(rows):
        for dtype, _ in _TYPES:
            function = loaded[symbol(i, dtype)]
            function.restype = None
            function.argtypes = [ctypes.c_void_p] * (1 + len(row.arrays)) + [ctypes.c_int64]
            functions[row.name, dtype] = function
    return functions


def wasm(rows, output, compiler):
    """Compiles the rows that have a limit in wasm into `output`, a module with a memory of its own."""
    text = _WASM_HEAD + 'extern "C" {\n'
    for i, row in enumerate(rows):
        if not row.wasm_limit:
            continue
        loop = _recipe_loop if row.group in ("functions", "fused") else _loop
        for dtype, ctype in _TYPES:
            text += f'__attribute__((export_name("{symbol(i, dtype)}"))) '
            text += loop(row, i, dtype, ctype)
    text += "}\n"
    source = pathlib.Path(output).with_suffix(".cpp")
    source.write_text(text)
    sources = [str(source), str(ROOT / "src/vmath/tables.cpp"), *map(str, (ROOT / "src/vmath").glob("slow*.cpp"))]
    subprocess.run([compiler, *WASM_FLAGS, "-o", str(output), *sources], check=True)


if __name__ == "__main__":
    from rows import ROWS

    wasm(ROWS, sys.argv[1], sys.argv[2])
