"""What is measured: one row per job, with the same formula in every contender's language.

`text` is mejit's; NumPy and numexpr read it too unless `numpy` or `numexpr` says otherwise. `c` is
the value of one element in C and in JavaScript (`js` where that differs), with names a, b, c for the
elements; `reduces` makes it the sum over them. None: the contender cannot do the row.
"""

from dataclasses import dataclass, field

SAME = object()


@dataclass(frozen=True)
class Row:
    name: str
    group: str  # arithmetic, functions, fused, kernels
    text: str
    arrays: dict  # name -> (low, high) of uniform random values
    c: str
    numpy: object = SAME
    numexpr: object = SAME
    blosc2: object = SAME
    js: object = SAME
    reduces: bool = False
    c_setup: str = ""  # C code before the value, for one element
    js_setup: str = ""
    wasm_limit: bool = True  # there is a hand-written loop for wasm
    sizes: tuple = field(default=())

    def source(self, contender):
        """The row in the contender's language, or None if it cannot do it."""
        value = getattr(self, contender)
        if value is not SAME:
            return value
        return self.c if contender == "js" else self.text


AB = {"a": (-3.0, 3.0), "b": (-3.0, 3.0)}
ABC = {**AB, "c": (-3.0, 3.0)}
POSITIVE = {"a": (0.05, 20.0)}


def unary(name, interval=(-3.0, 3.0), c=None, numpy=SAME, numexpr=SAME, blosc2=SAME,
          js=SAME):
    return Row(name, "functions", f"{name}(a)", {"a": interval}, c or f"{name}(a)", numpy=numpy,
               numexpr=numexpr, blosc2=blosc2, js=js if js is not SAME else f"Math.{name}(a)")


BLACK_SCHOLES = """
def black_scholes(a, b, c):
    root = sqrt(c)
    d1 = (log(a / b) + 0.07 * c) / (0.2 * root)
    d2 = d1 - 0.2 * root
    n1 = 0.5 * (1.0 + tanh(0.7978845608 * (d1 + 0.044715 * d1 * d1 * d1)))
    n2 = 0.5 * (1.0 + tanh(0.7978845608 * (d2 + 0.044715 * d2 * d2 * d2)))
    return a * n1 - b * exp(-0.05 * c) * n2
"""
_BLACK_SCHOLES_TEXT = (
    "a*(0.5*(1.0+tanh(0.7978845608*({d1}+0.044715*{d1}*{d1}*{d1}))))"
    "-b*exp(-0.05*c)*(0.5*(1.0+tanh(0.7978845608*({d2}+0.044715*{d2}*{d2}*{d2}))))"
).format(d1="((log(a/b)+0.07*c)/(0.2*sqrt(c)))",
         d2="((log(a/b)+0.07*c)/(0.2*sqrt(c))-0.2*sqrt(c))")
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

MANDELBROT = """
def mandelbrot(a, b):
    zr = 0.0 * a
    zi = 0.0 * a
    count = 0.0 * a
    while zr*zr + zi*zi <= 4.0 and count < 64.0:
        zr, zi = zr*zr - zi*zi + a, 2.0*zr*zi + b
        count += 1.0
    return count
"""
_MANDELBROT_C = """
T zr = 0, zi = 0, count = 0;
while (zr * zr + zi * zi <= 4 && count < 64) {
  T t = zr * zr - zi * zi + a;
  zi = 2 * zr * zi + b;
  zr = t;
  count += 1;
}
"""
_MANDELBROT_JS = """
let zr = 0, zi = 0, count = 0;
while (zr * zr + zi * zi <= 4 && count < 64) {
  const t = zr * zr - zi * zi + a;
  zi = 2 * zr * zi + b;
  zr = t;
  count += 1;
}
"""


def _numpy_mandelbrot(a, b, out, np):
    zr = np.zeros_like(a)
    zi = np.zeros_like(a)
    count = np.zeros_like(a)
    active = np.ones(a.shape, bool)
    for _ in range(64):
        active &= zr * zr + zi * zi <= 4
        if not active.any():
            break
        zr, zi = np.where(active, zr * zr - zi * zi + a, zr), np.where(active, 2 * zr * zi + b, zi)
        count += active
    out[...] = count


ROWS = [
    Row("a+b", "arithmetic", "a+b", AB, "a+b"),
    Row("a*b+c", "arithmetic", "a*b+c", ABC, "a*b+c"),
    Row("(a-b)**2", "arithmetic", "(a-b)**2", AB, "(a-b)*(a-b)"),
    Row("sqrt(a*a+b*b)", "arithmetic", "sqrt(a*a+b*b)", AB, "sqrt(a*a+b*b)",
        js="Math.sqrt(a*a+b*b)"),
    Row("where(a>b,a,b)", "arithmetic", "where(a>b,a,b)", AB, "a>b?a:b"),
    Row("sum(a*b)", "arithmetic", "sum(a*b)", AB, "a*b", reduces=True, blosc2=None),
    unary("sin"),
    unary("cos"),
    unary("tan", (-1.5, 1.5)),
    unary("exp"),
    unary("log", POSITIVE["a"]),
    unary("tanh"),
    unary("cbrt", numexpr=None, blosc2=None),
    unary("erf", numpy=None, numexpr=None, js=None, blosc2=None),
    Row("arctan2(a,b)", "functions", "arctan2(a,b)", AB, "atan2(a,b)", js="Math.atan2(a,b)"),
    Row("a**b", "functions", "a**b", {"a": (0.05, 20.0), "b": (-3.0, 3.0)}, "pow(a,b)",
        js="Math.pow(a,b)"),
    Row("exp(-a*a)", "fused", "exp(-(a*a))", AB, "exp(-a*a)", js="Math.exp(-a*a)"),
    Row("log(a+1)", "fused", "log(a+1)", POSITIVE, "log(a+1)", js="Math.log(a+1)"),
    Row("Black-Scholes", "fused", BLACK_SCHOLES,
        {"a": (20.0, 120.0), "b": (20.0, 120.0), "c": (0.1, 3.0)},
        "a * n1 - b * exp((T)-0.05 * c) * n2", numpy=_BLACK_SCHOLES_TEXT,
        numexpr=_BLACK_SCHOLES_TEXT, blosc2=_BLACK_SCHOLES_TEXT, c_setup=_BLACK_SCHOLES_C,
        js="a * n1 - b * Math.exp(-0.05 * c) * n2", js_setup=_BLACK_SCHOLES_JS),
    Row("Mandelbrot, 64 iterations", "kernels", MANDELBROT, {"a": (-2.2, 1.0), "b": (-1.2, 1.2)},
        "count", numpy=_numpy_mandelbrot, numexpr=None, blosc2=None, c_setup=_MANDELBROT_C,
        js="count", js_setup=_MANDELBROT_JS, wasm_limit=False, sizes=(4096,)),
]
