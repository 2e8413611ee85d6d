"""What is measured: one row per job, with the same formula in every contender's language.

`text` is mejit's; NumPy, numexpr and blosc2 read it too unless their field says otherwise. `c`
is the value of one element in C and in JavaScript (`js` where that differs), with names a, b, c
for the elements; `reduces` makes it the sum over them. None: the contender cannot do the row. In
JavaScript, F(x) is x rounded to the row's dtype, and so written where each rounding counts. Where
NumPy has the row as one function, `numpy` is a call of it that fills an output.
"""

from dataclasses import dataclass

SAME = object()
FLOATS = ("float64", "float32")
INTEGERS = ("int64", "int32")


@dataclass(frozen=True)
class Row:
    name: str
    group: str  # memory, arithmetic, functions, fused, kernels
    text: str
    arrays: dict  # name -> (low, high) of uniform random values
    c: str
    numpy: object = SAME
    numexpr: object = SAME
    blosc2: object = SAME
    js: object = SAME
    blosc2_kernel: str = ""  # a kernel for blosc2, where it is not made of `blosc2`
    reduces: bool = False
    result: str = ""  # dtype of the result where it is not that of the arrays
    dtypes: tuple = FLOATS
    c_setup: str = ""  # C code before the value, for one element
    js_setup: str = ""
    wasm_limit: bool = True  # there is a hand-written loop for wasm
    most_items: int = 1 << 30  # more are not measured: too slow in some contender
    grid: bool = False  # a and b are the coordinates of a square picture
    differ: float = 0.0  # this share of items may differ between contenders: chaotic counts

    def source(self, contender):
        """The row in the contender's language, or None if it cannot do it."""
        value = getattr(self, contender)
        if value is not SAME:
            return value
        return self.c if contender == "js" else self.text

    def items(self, asked):
        return min(asked, self.most_items)

    def inputs(self, np, dtype, items):
        """The arrays by name, the same in every process."""
        random = np.random.default_rng(7)
        if self.grid:
            side = round(items ** 0.5)
            axes = [np.linspace(low, high, side) for low, high in self.arrays.values()]
            grids = np.meshgrid(*axes)
            return {n: np.resize(g.ravel(), items).astype(dtype) for n, g in zip(self.arrays, grids)}
        if dtype in INTEGERS:
            return {n: random.integers(-1000, 1000, items).astype(dtype) for n in self.arrays}
        return {n: random.uniform(low, high, items).astype(dtype)
                for n, (low, high) in self.arrays.items()}

    def result_dtype(self, dtype):
        return self.result or dtype

    def blosc2_source(self):
        """The row as a kernel `k` that blosc2 compiles, or None."""
        if self.blosc2_kernel:
            return self.blosc2_kernel
        if self.reduces or self.source("blosc2") is None:
            return None
        return f"def k({', '.join(self.arrays)}):\n    return {self.source('blosc2')}\n"


A = {"a": (-3.0, 3.0)}
AB = {**A, "b": (-3.0, 3.0)}
ABC = {**AB, "c": (-3.0, 3.0)}
POSITIVE = {"a": (0.05, 20.0)}


def unary(name, interval=(-3.0, 3.0), **others):
    others.setdefault("js", f"Math.{name}(a)")
    others.setdefault("numpy", lambda a, out, np: getattr(np, name)(a, out))
    return Row(name, "functions", f"{name}(a)", {"a": interval}, f"{name}(a)", **others)


# Cumulative normal distribution by tanh, which every contender has.
_D1 = "((log(a/b)+0.07*c)/(0.2*sqrt(c)))"
_D2 = f"({_D1}-0.2*sqrt(c))"
_CDF = "(0.5*(1.0+tanh(0.7978845608*({d}+0.044715*{d}*{d}*{d}))))"
_BLACK_SCHOLES_TEXT = f"a*{_CDF.format(d=_D1)}-b*exp(-0.05*c)*{_CDF.format(d=_D2)}"
BLACK_SCHOLES = """
def black_scholes(a, b, c):
    root = sqrt(c)
    d1 = (log(a / b) + 0.07 * c) / (0.2 * root)
    d2 = d1 - 0.2 * root
    n1 = 0.5 * (1.0 + tanh(0.7978845608 * (d1 + 0.044715 * d1 * d1 * d1)))
    n2 = 0.5 * (1.0 + tanh(0.7978845608 * (d2 + 0.044715 * d2 * d2 * d2)))
    return a * n1 - b * exp(-0.05 * c) * n2
"""
_BLACK_SCHOLES_C = """
T root = sqrt(c), d1 = (log(a / b) + (T)0.07 * c) / ((T)0.2 * root), d2 = d1 - (T)0.2 * root;
T n1 = (T)0.5 * ((T)1 + tanh((T)0.7978845608 * (d1 + (T)0.044715 * d1 * d1 * d1)));
T n2 = (T)0.5 * ((T)1 + tanh((T)0.7978845608 * (d2 + (T)0.044715 * d2 * d2 * d2)));
"""
_BLACK_SCHOLES_JS = """
const root = Math.sqrt(c), d1 = (Math.log(a / b) + 0.07 * c) / (0.2 * root), d2 = d1 - 0.2 * root;
const n1 = 0.5 * (1 + Math.tanh(0.7978845608 * (d1 + 0.044715 * d1 * d1 * d1)));
const n2 = 0.5 * (1 + Math.tanh(0.7978845608 * (d2 + 0.044715 * d2 * d2 * d2)));
"""

POLYNOMIAL = """
def polynomial(a):
    s = 0.0 * a + 0.125
    s = s * a - 0.25
    s = s * a + 0.375
    s = s * a - 0.5
    s = s * a + 0.625
    s = s * a - 0.75
    s = s * a + 0.875
    s = s * a - 1.0
    return s * a + 1.125
"""
_POLYNOMIAL_TEXT = "(((((((0.125*a-0.25)*a+0.375)*a-0.5)*a+0.625)*a-0.75)*a+0.875)*a-1.0)*a+1.125"
_POLYNOMIAL_C = ("((((((((T)0.125*a-(T)0.25)*a+(T)0.375)*a-(T)0.5)*a+(T)0.625)*a-(T)0.75)*a+(T)0.875)*a"
                 "-(T)1)*a+(T)1.125")

MANDELBROT = """
def mandelbrot(a, b):
    zr = 0.0 * a
    zi = 0.0 * a
    count = 0.0 * a
    while zr*zr + zi*zi <= 4.0 and count < 200.0:
        zr, zi = zr*zr - zi*zi + a, 2.0*zr*zi + b
        count += 1.0
    return count
"""
# blosc2 has neither tuple assignment nor `+=`.
_MANDELBROT_BLOSC2 = """def k(a, b):
    zr = 0.0 * a
    zi = 0.0 * a
    count = 0.0 * a
    for i in range(200):
        if zr * zr + zi * zi > 4.0:
            break
        t = zr * zr - zi * zi + a
        zi = 2.0 * zr * zi + b
        zr = t
        count = count + 1.0
    return count
"""
_MANDELBROT_C = """
T zr = 0, zi = 0, count = 0;
while (zr * zr + zi * zi <= 4 && count < 200) {
  T t = zr * zr - zi * zi + a;
  zi = 2 * zr * zi + b;
  zr = t;
  count += 1;
}
"""
_MANDELBROT_JS = """
let zr = F(0), zi = F(0), count = 0;
while (F(F(zr * zr) + F(zi * zi)) <= 4 && count < 200) {
  const t = F(F(F(zr * zr) - F(zi * zi)) + a);
  zi = F(F(F(2 * zr) * zi) + b);
  zr = t;
  count += 1;
}
"""


def _numpy_mandelbrot(a, b, out, np):
    zr = np.zeros_like(a)
    zi = np.zeros_like(a)
    count = np.zeros_like(a)
    active = np.ones(a.shape, bool)
    for _ in range(200):
        active &= zr * zr + zi * zi <= 4
        if not active.any():
            break
        zr, zi = np.where(active, zr * zr - zi * zi + a, zr), np.where(active, 2 * zr * zi + b, zi)
        count += active
    out[...] = count


ALL = FLOATS + INTEGERS

ROWS = [
    Row("copy", "memory", "a", A, "a", numpy=lambda a, out, np: np.copyto(out, a), numexpr=None, blosc2=None),
    Row("a+b", "arithmetic", "a+b", AB, "a+b", dtypes=ALL, numpy=lambda a, b, out, np: np.add(a, b, out)),
    Row("a*b+c", "arithmetic", "a*b+c", ABC, "a*b+c", dtypes=ALL),
    Row("(a-b)**2", "arithmetic", "(a-b)**2", AB, "(a-b)*(a-b)"),
    Row("sqrt(a*a+b*b)", "arithmetic", "sqrt(a*a+b*b)", AB, "sqrt(a*a+b*b)",
        js="Math.sqrt(a*a+b*b)"),
    Row("a>b", "arithmetic", "a>b", AB, "a>b", result="bool", dtypes=ALL,
        numpy=lambda a, b, out, np: np.greater(a, b, out)),
    Row("where(a>b,a,b)", "arithmetic", "where(a>b,a,b)", AB, "a>b?a:b", dtypes=ALL),
    Row("(a&b)^(a>>2)", "arithmetic", "(a&b)^(a>>2)", AB, "(a&b)^(a>>2)", dtypes=INTEGERS,
        blosc2=None),
    Row("sum(a*b)", "arithmetic", "sum(a*b)", AB, "a*b", reduces=True),
    unary("sin"),
    unary("cos"),
    unary("tan", (-1.5, 1.5)),
    unary("exp"),
    unary("log", POSITIVE["a"]),
    unary("tanh"),
    unary("cbrt", numexpr=None, blosc2=None),
    unary("erf", numpy=None, numexpr=None, js=None, blosc2=None),
    Row("arctan2(a,b)", "functions", "arctan2(a,b)", AB, "atan2(a,b)", js="Math.atan2(a,b)",
        numpy=lambda a, b, out, np: np.arctan2(a, b, out)),
    Row("a**b", "functions", "a**b", {"a": (0.05, 20.0), "b": (-3.0, 3.0)}, "pow(a,b)",
        js="Math.pow(a,b)", numpy=lambda a, b, out, np: np.power(a, b, out)),
    Row("exp(-a*a)", "fused", "exp(-(a*a))", A, "exp(-a*a)", js="Math.exp(-a*a)"),
    Row("log(a+1)", "fused", "log(a+1)", POSITIVE, "log(a+1)", js="Math.log(a+1)"),
    Row("Black-Scholes", "fused", BLACK_SCHOLES,
        {"a": (20.0, 120.0), "b": (20.0, 120.0), "c": (0.1, 3.0)},
        "a * n1 - b * exp((T)-0.05 * c) * n2", numpy=_BLACK_SCHOLES_TEXT,
        numexpr=_BLACK_SCHOLES_TEXT, blosc2=_BLACK_SCHOLES_TEXT, c_setup=_BLACK_SCHOLES_C,
        js="a * n1 - b * Math.exp(-0.05 * c) * n2", js_setup=_BLACK_SCHOLES_JS),
    Row("polynomial, degree 8", "kernels", POLYNOMIAL, A, _POLYNOMIAL_C, numpy=_POLYNOMIAL_TEXT,
        numexpr=_POLYNOMIAL_TEXT, blosc2=_POLYNOMIAL_TEXT, js=_POLYNOMIAL_TEXT),
    Row("Mandelbrot", "kernels", MANDELBROT, {"a": (-2.2, 1.0), "b": (-1.2, 1.2)},
        "count", numpy=_numpy_mandelbrot, numexpr=None, blosc2=None,
        blosc2_kernel=_MANDELBROT_BLOSC2, c_setup=_MANDELBROT_C,
        js="count", js_setup=_MANDELBROT_JS, wasm_limit=False, most_items=1 << 16, grid=True,
        differ=0.01),
]
