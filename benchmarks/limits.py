"""The limits: the rows as hand-written loops in C and C++, for 128-bit vectors.

Natively: plain C, -O3 -ffast-math, the compiler vectorises what it can. In wasm: arithmetic rows
as plain loops that clang turns into SIMD128, rows with elementary functions as loops over
mejit's own recipes (src/vmath), which is what a program written by hand with them would run.
Copies are memcpy and memory.copy. Sums of float32 are accumulated in double, as mejit's are.
"""

import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NATIVE_FLAGS = ["-O3", "-ffast-math", "-msse4.1", "-shared", "-fPIC"]
WASM_FLAGS = ["-O3", "-msimd128", "-mbulk-memory", "-std=c++20", "-fno-exceptions", "-fno-rtti",
              "--no-entry", "-sSTANDALONE_WASM", "-sINITIAL_MEMORY=64mb", "-sALLOW_MEMORY_GROWTH",
              "-sMAXIMUM_MEMORY=2gb", "-I" + str(ROOT / "src")]

# The loops of the C contenders and of mejit's C interface are one program's: nothing of Python
# between calls.
_C_HEAD = """
#include <stdint.h>
#include <string.h>
#include <tgmath.h>
typedef int (*Eval)(const void *kernel, const void *inputs, int count, const void *out, int tier);
void repeat_eval(int64_t times, Eval eval, const void *kernel, const void *inputs, int count,
                 const void *out, int tier) {
  while (times-- > 0) eval(kernel, inputs, count, out, tier);
}
"""
_WASM_HEAD = """
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include "vmath/functions.h"
#include "vmath/native_value.h"
#include "vmath/single/functions.h"
using Lanes = me::vmath::Native<4>;
using SingleLanes = me::vmath::single::Native;
#define ME_FUNCTION(arity, name) ME_FUNCTION_##arity(name)
#define ME_FUNCTION_1(name) \\
  [[maybe_unused]] static Lanes name(const Lanes& x) { return me::vmath::fn::name::evaluate(x); }
#define ME_FUNCTION_2(name)                                          \\
  [[maybe_unused]] static Lanes name(const Lanes& x, const Lanes& y) { \\
    return me::vmath::fn::name::evaluate(x, y);                      \\
  }
#define ME_FUNCTION_3(name)
ME_VMATH_FUNCTIONS(ME_FUNCTION, ME_FUNCTION)
#define ME_SINGLE(arity, name) ME_SINGLE_##arity(name)
#define ME_SINGLE_1(name) \\
  [[maybe_unused]] static SingleLanes name(const SingleLanes& x) { \\
    return me::vmath::single::fn::name::evaluate(x); \\
  }
#define ME_SINGLE_2(name) \\
  [[maybe_unused]] static SingleLanes name(const SingleLanes& x, const SingleLanes& y) { \\
    return me::vmath::single::fn::name::evaluate(x, y); \\
  }
ME_VMATH_SINGLE_FUNCTIONS(ME_SINGLE, ME_SINGLE)
[[maybe_unused]] static SingleLanes operator-(const SingleLanes& x) { return x * -1.0f; }
extern "C" __attribute__((export_name("allocate"))) void* allocate(int n) { return malloc(n); }
extern "C" __attribute__((export_name("release"))) void release(void* p) { free(p); }
"""

# Reassociation lets the compiler keep several sums.
_REASSOCIATE = "\n#ifdef __clang__\n#pragma clang fp reassociate(on)\n#endif\n"
_INTERLEAVE = "\n#ifdef __clang__\n#pragma clang loop interleave_count(4)\n#endif\n"

_TYPES = {"float64": "double", "float32": "float", "int64": "int64_t", "int32": "int32_t",
          "bool": "uint8_t"}


def symbol(index, dtype):
    return f"row{index}_{dtype}"


def _typed(text, ctype):
    return text.replace("T ", ctype + " ").replace("(T)", f"({ctype})")


def _loop(row, index, dtype):
    ctype, result = _TYPES[dtype], _TYPES[row.result_dtype(dtype)]
    parameters = ", ".join(f"const {ctype} *__restrict {n}_" for n in row.arrays)
    loads = " ".join(f"{ctype} {n} = {n}_[i];" for n in row.arrays)
    value = row.c.replace("(T)", f"({ctype})")
    each = f"{_INTERLEAVE}for (int64_t i = 0; i < n; ++i)"
    if row.group == "memory":
        body = f"__builtin_memcpy(out, a_, n * sizeof *out);"
    elif row.reduces:
        total = "double" if dtype == "float32" else ctype
        body = f"{_REASSOCIATE}{total} s = 0; {each} {{ {loads} s += {value}; }} out[0] = s;"
    else:
        if row.group == "kernels":  # loops that leave early are not interleaved
            each = "for (int64_t i = 0; i < n; ++i)"
        body = f"{each} {{ {loads} {_typed(row.c_setup, ctype)} out[i] = {value}; }}"
    return f"void {symbol(index, dtype)}({result} *__restrict out, {parameters}, int64_t n) {{ {body} }}\n"


def _has_single_recipes(row):
    """Whether mejit computes the row in float32 all along: every function has a recipe for it."""
    listed = (ROOT / "src/vmath/single/functions.h").read_text()
    single = set(re.findall(r"(?:FAST|SLOW)\(\d, (\w+)\)", listed)) | {"sqrt"}
    return set(re.findall(r"([a-z]\w*)\(", row.c_setup + row.c)) <= single


def _recipe_loop(row, index, dtype):
    ctype = _TYPES[dtype]
    lanes = "SingleLanes" if dtype == "float32" and _has_single_recipes(row) else "Lanes"
    parameters = ", ".join(f"const {ctype} *{n}_" for n in row.arrays)
    loads = " ".join(f"{lanes} {n} = {lanes}::load({n}_ + i);" for n in row.arrays)
    value = row.c.replace("(T)", f"({lanes})")
    return (f"void {symbol(index, dtype)}({ctype} *out, {parameters}, int64_t n) {{\n"
            f"  for (int64_t i = 0; i < n; i += 4) {{ {loads} {_typed(row.c_setup, lanes)} "
            f"{lanes} r = {value}; r.store(out + i); }} }}\n")


def _repeater(row, index, dtype):
    """A function that calls the row's loop so many times."""
    names = ["out", *row.arrays]
    return (f"void repeat_{symbol(index, dtype)}(int64_t times, "
            + ", ".join(f"void *{n}" for n in names) + ", int64_t n) {"
            f" while (times-- > 0) {symbol(index, dtype)}({', '.join(names)}, n); }}\n")


class Native:
    """The native loops, compiled by `compiler`. Raises when there is none."""

    def __init__(self, rows, compiler="cc"):
        self._rows = [row.name for row in rows]
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mejit-benchmark-"))
        source = folder / "rows.c"
        text = _C_HEAD
        for index, row in enumerate(rows):
            for dtype in row.dtypes:
                # -ffast-math may move the point where a loop is left.
                strict = row.differ and '__attribute__((noinline, optimize("no-fast-math")))'
                text += (strict or "__attribute__((noinline))") + " " + _loop(row, index, dtype)
                text += _repeater(row, index, dtype)
        source.write_text(text)
        subprocess.run([compiler, *NATIVE_FLAGS, "-o", folder / "rows.so", source, "-lm"], check=True)
        self._library = ctypes.CDLL(str(folder / "rows.so"))

    def repeat(self, row, dtype, out, arrays):
        """A function of a number that runs the row's loop so many times."""
        run = self._library[f"repeat_{symbol(self._rows.index(row.name), dtype)}"]
        run.restype = None
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (out, *arrays.values())]
        items = ctypes.c_int64(next(iter(arrays.values())).size)
        return lambda count: run(ctypes.c_int64(count), *pointers, items)

    def repeat_eval(self, evaluate, kernel):
        """A function of a number that calls me_kernel_eval so many times."""
        code, inputs, count, out, tier = kernel.arguments
        run = self._library.repeat_eval
        run.restype = None
        function = ctypes.cast(evaluate, ctypes.c_void_p)
        fixed = (function, ctypes.c_void_p(code), ctypes.c_void_p(inputs), count,
                 ctypes.c_void_p(out), tier)
        return lambda times: run(ctypes.c_int64(times), *fixed)


def wasm(rows, output, compiler):
    """Compiles the rows that have a limit in wasm into `output`, a module with a memory of its own."""
    text = _WASM_HEAD + 'extern "C" {\n'
    for index, row in enumerate(rows):
        if not row.wasm_limit:
            continue
        loop = _recipe_loop if row.group in ("functions", "fused") else _loop
        for dtype in row.dtypes:
            text += f'__attribute__((export_name("{symbol(index, dtype)}"))) '
            text += loop(row, index, dtype)
    text += "}\n"
    source = pathlib.Path(output).with_suffix(".cpp")
    source.write_text(text)
    sources = [str(source), str(ROOT / "src/vmath/tables.cpp"),
               *map(str, (ROOT / "src/vmath").glob("slow*.cpp"))]
    subprocess.run([compiler, *WASM_FLAGS, "-o", str(output), *sources], check=True)


if __name__ == "__main__":
    from rows import ROWS

    wasm(ROWS, sys.argv[1], sys.argv[2])
