"""Minimax polynomials for the recipes.

fit(f, a, b, n, w) returns n coefficients c (lowest first, as doubles) such that sum c[i] x^i is close
to f on [a, b] with the error weighted by w. Each coefficient is rounded in turn and the rest fitted
again, so that rounding errors of the leading ones are absorbed by the others. `fixed` gives leading
coefficients that are not to be fitted.
"""

import mpmath as mp

mp.mp.dps = 50


def _remez(f, a, b, n, w, first):
    """Coefficients of x^first .. x^(first+n-1) with minimal max |w (p - f)| on [a, b]."""
    xs = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * (n + 1))) for i in range(n + 1)]
    xs.reverse()
    grid = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / (40 * n)) for i in range(40 * n)]
    values = [(x, f(x), w(x)) for x in grid]
    coefficients = None
    for _ in range(12):
        rows = mp.matrix(n + 1, n + 1)
        right = mp.matrix(n + 1, 1)
        for r, x in enumerate(xs):
            for k in range(n):
                rows[r, k] = x ** (first + k)
            rows[r, n] = (-1) ** r / w(x)
            right[r] = f(x)
        solution = mp.lu_solve(rows, right)
        coefficients = [solution[k] for k in range(n)]
        errors = [(x, wx * (mp.polyval(coefficients[::-1], x) * x**first - fx)) for x, fx, wx in values]
        # One extremum per run of equal sign.
        peaks = []
        for x, e in errors:
            if peaks and (peaks[-1][1] > 0) == (e > 0):
                if abs(e) > abs(peaks[-1][1]):
                    peaks[-1] = (x, e)
            else:
                peaks.append((x, e))
        while len(peaks) > n + 1:
            peaks.pop(0 if abs(peaks[0][1]) < abs(peaks[-1][1]) else -1)
        if len(peaks) < n + 1:
            break
        new = [x for x, _ in peaks]
        if max(abs(p - q) for p, q in zip(new, xs)) < (b - a) * mp.mpf("1e-6"):
            break
        xs = new
    return coefficients, max(abs(e) for _, e in errors)


def fit(f, a, b, n, w=lambda x: mp.mpf(1), fixed=()):
    a, b = mp.mpf(a), mp.mpf(b)
    done = [mp.mpf(c) for c in fixed]
    error = 0
    while len(done) < n:
        base = list(done)

        def rest(x):
            return f(x) - mp.polyval(base[::-1], x) if base else f(x)

        c, error = _remez(rest, a, b, n - len(done), w, len(done))
        done.append(mp.mpf(float(c[0])))
    return [float(c) for c in done], error


def show(name, c, error):
    print(f"{name}: weighted error 2^{float(mp.log(error, 2)):.1f}")
    print("  " + ", ".join(x.hex() for x in c))
