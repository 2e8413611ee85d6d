"""The library as a ctypes user in Pyodide sees it.

Runs inside Pyodide; ctypes.test.mjs calls `load`, `register_index` and `check`. `check` returns a
dictionary of counter changes and raises AssertionError when a result is wrong.
"""

import array
import ctypes

FLOAT64 = 11
JIT_ON, JIT_OFF = 1, 2
COUNT = 10007
COUNTERS = ("jit_compiles", "jit_executions", "interpreter_executions")

KERNEL = """def clipped(a, b):
    total = 0.0
    for i in range(20):
        if total > 3.0:
            break
        total = total + a * b
    return total
"""


class Variable(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_int), ("address", ctypes.c_void_p),
                ("type", ctypes.c_int), ("context", ctypes.c_void_p),
                ("itemsize", ctypes.c_size_t)]


class EvalParams(ctypes.Structure):
    _fields_ = [("disable_simd", ctypes.c_bool), ("simd_ulp_mode", ctypes.c_int),
                ("jit_mode", ctypes.c_int)]


lib = None


def load(path):
    global lib
    lib = ctypes.CDLL(path)
    lib.me_version.restype = ctypes.c_char_p
    lib.me_get_last_error_message.restype = ctypes.c_char_p
    lib.me_counter.restype = ctypes.c_uint64
    lib.me_expr_has_jit_kernel.restype = ctypes.c_bool
    lib.me_free.argtypes = [ctypes.c_void_p]
    lib.me_free.restype = None
    return lib.me_version().decode()


def register_index():
    """Function table index of me_register_wasm_jit_helpers."""
    return ctypes.cast(lib.me_register_wasm_jit_helpers, ctypes.c_void_p).value


def withdraw():
    lib.me_register_wasm_jit_helpers(None, None)


def counters():
    return {name: lib.me_counter(name.encode()) for name in COUNTERS}


def compile_text(text):
    variables = (Variable * 2)(Variable(b"a", FLOAT64), Variable(b"b", FLOAT64))
    out, error = ctypes.c_void_p(), ctypes.c_int()
    status = lib.me_compile(text.encode(), variables, 2, FLOAT64, ctypes.byref(error),
                            ctypes.byref(out))
    assert status == 0, (status, lib.me_get_last_error_message())
    return out


def evaluate(expression, a, b, jit_mode):
    result = array.array("d", bytes(8 * len(a)))
    blocks = [(ctypes.c_double * len(x)).from_buffer(x) for x in (a, b, result)]
    inputs = (ctypes.c_void_p * 2)(*(ctypes.addressof(x) for x in blocks[:2]))
    params = EvalParams(False, 0, jit_mode)
    status = lib.me_eval(expression, inputs, 2, blocks[2], len(a), ctypes.byref(params))
    assert status == 0, status
    return result


def clipped(a, b):
    total = 0.0
    for _ in range(20):
        if total > 3.0:
            break
        total = total + a * b
    return total


def check(expect_kernel):
    before = counters()
    a = array.array("d", ((i * 37 % 401) / 100 - 2 for i in range(COUNT)))
    b = array.array("d", ((i * 53 % 307) / 200 - 0.75 for i in range(COUNT)))
    for text, expected in (("a * b + 0.5", lambda x, y: x * y + 0.5), (KERNEL, clipped)):
        expression = compile_text(text)
        assert lib.me_expr_has_jit_kernel(expression) == expect_kernel, text
        result = evaluate(expression, a, b, JIT_ON)
        assert list(result) == [expected(x, y) for x, y in zip(a, b)], text
        if expect_kernel:
            assert evaluate(expression, a, b, JIT_OFF).tobytes() == result.tobytes(), text
        lib.me_free(expression)
    return {name: value - before[name] for name, value in counters().items()}
