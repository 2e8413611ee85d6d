"""Prints the polynomial coefficients that the recipes of this folder carry as literals.

Run: python3 src/vmath/generate/polynomials.py [name ...]      (needs mpmath)
The name of each line is repeated in the comment next to the literals.
"""

import sys

import mpmath as mp
from fit import fit, show

mp.mp.dps = 80
ln2 = mp.log(2)
tiny = mp.mpf("1e-12")




def exp_tail():  # e^r = 1 + r + r^2 p(r)
    r = ln2 / 256 * mp.mpf("1.001")
    g = lambda x: (mp.expm1(x) - x) / x**2 if abs(x) > tiny else mp.mpf(1) / 2
    return fit(g, -r, r, 4, lambda x: x * x + mp.mpf("1e-9"))


def log_series():  # log((1+s)/(1-s)) = 2 s + s p(s^2), in z = s^2
    s = mp.sqrt(2)
    z = ((s - 1) / (s + 1)) ** 2 * mp.mpf("1.001")
    g = lambda x: (2 * mp.atanh(mp.sqrt(x)) / mp.sqrt(x) - 2) / x if x > tiny else mp.mpf(2) / 3
    return fit(g, 0, z, 7, lambda x: x + mp.mpf("1e-4"))


def pow_log():  # log(1+r) = r - r^2/2 + r^3 p(r)
    r = mp.mpf("0.0066")
    g = lambda x: (mp.log1p(x) - x + x * x / 2) / x**3 if abs(x) > mp.mpf("1e-9") else mp.mpf(1) / 3
    return fit(g, -r, r, 6, lambda x: x * x + mp.mpf("1e-7"))


def sin_tail():  # sin x = x + x^3 p(x^2)
    b = mp.pi / 4
    g = lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > tiny else -mp.mpf(1) / 6
    return fit(g, 0, b * b * mp.mpf("1.001"), 6, lambda z: z + mp.mpf("1e-4"))


def cos_tail():  # cos x = 1 - x^2/2 + x^4 p(x^2)
    b = mp.pi / 4
    g = lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > mp.mpf("1e-9") else mp.mpf(1) / 24
    return fit(g, 0, b * b * mp.mpf("1.001"), 6, lambda z: z * z + mp.mpf("1e-4"))


def atan_tail():  # atan t = t + t^3 p(t^2)
    b = mp.mpf(1) / 120
    g = lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > tiny else -mp.mpf(1) / 3
    return fit(g, 0, b * b, 3, lambda z: z + mp.mpf("1e-6"))


def tanh_tail():  # tanh t = t + t^3 p(t^2), |t| <= 1/8
    g = lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > tiny else -mp.mpf(1) / 3
    return fit(g, 0, mp.mpf(1) / 64, 5, lambda z: z + mp.mpf("1e-6"))


def asin_tail():  # asin x = x + x^3 p(x^2)
    g = lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > tiny else mp.mpf(1) / 6
    return fit(g, 0, mp.mpf("0.2501"), 13, lambda z: z + mp.mpf("1e-3"))


def cbrt_start():  # cbrt m, 1 <= m < 2
    return fit(lambda x: mp.cbrt(x), 1, 2, 5, lambda x: 1 / mp.cbrt(x))


def erfc_tail():  # x sqrt(pi) e^(x^2) erfc x = 1 + u^2 p(1 - u), u = 5 / (x + 2.5), x >= 2.5
    def g(t):
        x = 5 / (1 - t) - mp.mpf("2.5")
        return (x * mp.sqrt(mp.pi) * mp.exp(x * x) * mp.erfc(x) - 1) / (1 - t) ** 2

    return fit(g, 0, mp.mpf("0.8328"), 17, lambda t: (1 - t) ** 2)


def stirling_tail():  # log gamma z = (z - 1/2) log z - z + log(2 pi)/2 + p(1/z^2) / z
    def g(v):
        if v < mp.mpf("1e-5"):
            return sum(mp.bernoulli(2 * k) / (2 * k * (2 * k - 1)) * v ** (k - 1) for k in range(1, 9))
        z = 1 / mp.sqrt(v)
        return z * (mp.loggamma(z) - ((z - mp.mpf(1) / 2) * mp.log(z) - z + mp.log(2 * mp.pi) / 2))

    return fit(g, 0, mp.mpf(1) / 16, 10, lambda v: mp.mpf(1) / 4)


def lgamma_two():  # log gamma (2 + t) = t p(t)
    lead = 1 - mp.euler
    g = lambda t: mp.loggamma(2 + t) / t if abs(t) > mp.mpf("1e-20") else lead
    return fit(g, -mp.mpf("0.5001"), mp.mpf("0.5001"), 19, lambda t: abs(t) + mp.mpf("1e-3"), fixed=[float(lead)])


# Of the float32 recipes.


def exp_single():  # e^r = 1 + r + r^2 p(r)
    r = ln2 / 2 * mp.mpf("1.001")
    g = lambda x: (mp.expm1(x) - x) / x**2 if abs(x) > tiny else mp.mpf(1) / 2
    return fit(g, -r, r, 5, lambda x: x * x + mp.mpf("1e-4"), single=True)


def exp2_single():  # 2^r = 1 + r p(r)
    g = lambda x: (mp.power(2, x) - 1) / x if abs(x) > tiny else ln2
    return fit(g, -mp.mpf("0.5005"), mp.mpf("0.5005"), 6, lambda x: abs(x) + mp.mpf("1e-3"), single=True)


def log_single():  # log((1+s)/(1-s)) = 2 s + s p(s^2), in z = s^2
    s = mp.sqrt(2)
    z = ((s - 1) / (s + 1)) ** 2 * mp.mpf("1.001")
    g = lambda x: (2 * mp.atanh(mp.sqrt(x)) / mp.sqrt(x) - 2) / x if x > tiny else mp.mpf(2) / 3
    return fit(g, 0, z, 3, lambda x: x + mp.mpf("1e-4"), single=True)


def sin_single():  # sin x = x + x^3 p(x^2)
    b = mp.pi / 4
    g = lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > tiny else -mp.mpf(1) / 6
    return fit(g, 0, b * b * mp.mpf("1.001"), 3, lambda z: z + mp.mpf("1e-3"), single=True)


def cos_single():  # cos x = 1 - x^2/2 + x^4 p(x^2)
    b = mp.pi / 4
    g = lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > mp.mpf("1e-9") else mp.mpf(1) / 24
    return fit(g, 0, b * b * mp.mpf("1.001"), 3, lambda z: z * z + mp.mpf("1e-3"), single=True)


def pow_single():  # log2((1+s)/(1-s)) = s p(s^2), in z = s^2, computed in float64
    s = mp.sqrt(2)
    z = ((s - 1) / (s + 1)) ** 2 * mp.mpf("1.001")
    g = lambda x: 2 * mp.atanh(mp.sqrt(x)) / mp.sqrt(x) / ln2 if x > tiny else 2 / ln2
    return fit(g, 0, z, 5)


ALL = [
    exp_tail,
    log_series,
    pow_log,
    sin_tail,
    cos_tail,
    atan_tail,
    tanh_tail,
    asin_tail,
    cbrt_start,
    erfc_tail,
    stirling_tail,
    lgamma_two,
    exp_single,
    exp2_single,
    log_single,
    sin_single,
    cos_single,
    pow_single,
]

if __name__ == "__main__":
    for item in ALL:
        if len(sys.argv) < 2 or item.__name__ in sys.argv[1:]:
            show(item.__name__, *item())
