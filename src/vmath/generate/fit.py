"""Near-minimax polynomials for the recipes.

fit(f, a, b, n, w) returns n coefficients c (lowest first, as doubles) such that sum c[i] x^i is close
to f on [a, b] with the error weighted by w: a least squares fit on Chebyshev points, which is within
a bit of the minimax polynomial and never fails to converge. Each coefficient is rounded in turn and
the rest fitted again, so that rounding errors of the leading ones are absorbed by the others.
`fixed` gives leading coefficients that are not to be fitted; with `single` the coefficients are
rounded to float32. Also returned: the largest weighted
error of the rounded polynomial.
"""

import struct

import mpmath as mp

mp.mp.dps = 80


def _least_squares(points, n, first, scale):
    """Coefficients of x^first .. x^(first+n-1); points are (x, value, weight)."""
    normal = mp.matrix(n, n)
    right = mp.matrix(n, 1)
    for x, value, weight in points:
        row = [weight * (x / scale) ** (first + k) for k in range(n)]
        for i in range(n):
            for k in range(n):
                normal[i, k] += row[i] * row[k]
            right[i] += row[i] * weight * value
    solution = mp.lu_solve(normal, right)
    return [solution[k] / scale ** (first + k) for k in range(n)]


def _rounded(c, single):
    return struct.unpack("f", struct.pack("f", float(c)))[0] if single else float(c)


def fit(f, a, b, n, w=lambda x: mp.mpf(1), fixed=(), single=False):
    a, b = mp.mpf(a), mp.mpf(b)
    count = 8 * n
    xs = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / count) for i in range(count)]
    values = [(x, f(x), w(x)) for x in xs]
    scale = max(abs(a), abs(b))
    done = [mp.mpf(c) for c in fixed]
    while len(done) < n:
        points = [(x, v - (mp.polyval(done[::-1], x) if done else 0), wx) for x, v, wx in values]
        c = _least_squares(points, n - len(done), len(done), scale)
        done.append(mp.mpf(_rounded(c[0], single)))
    error = max(abs(wx * (v - mp.polyval(done[::-1], x))) for x, v, wx in values)
    return [float(c) for c in done], error


def show(name, c, error):
    print(f"{name}: weighted error 2^{float(mp.log(error, 2)):.1f}")
    print("  " + ", ".join(x.hex() for x in c))
