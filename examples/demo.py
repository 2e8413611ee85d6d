"""The demo's jobs, run inside Pyodide by demo.mjs.

Every contender computes the same arrays: mejit's JIT, mejit's interpreter, NumPy (where it is
installed) and, back in demo.mjs, a hand-written JavaScript loop.
"""

import array
import importlib.util
import time

import mejit

# Haversine distance in km between (lat, lon) and (lat0, lon0), all in radians.
DISTANCE = (
    "12742 * arcsin(sqrt(sin((lat - lat0) / 2)**2"
    " + cos(lat0) * cos(lat) * sin((lon - lon0) / 2)**2))"
)

# Escape time of the Mandelbrot iteration, one count per point.
MANDELBROT = """
def escape_time(cr, ci):
    zr = 0.0
    zi = 0.0
    count = 0
    for i in range(200):
        zr2 = zr * zr
        zi2 = zi * zi
        if zr2 + zi2 > 4.0:
            break
        zi = 2.0 * zr * zi + ci
        zr = zr2 - zi2 + cr
        count += 1
    return count
"""


def numpy_distance(np, lat, lat0, lon, lon0):
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat0) * np.cos(lat) * np.sin((lon - lon0) / 2) ** 2
    return 12742 * np.arcsin(np.sqrt(half))


def numpy_escape_time(np, cr, ci):
    zr = np.zeros_like(cr)
    zi = np.zeros_like(cr)
    count = np.zeros(cr.shape, np.int64)
    active = np.ones(cr.shape, bool)
    for _ in range(200):
        zr2 = zr * zr
        zi2 = zi * zi
        active &= zr2 + zi2 <= 4.0
        if not active.any():
            break
        zi = np.where(active, 2.0 * zr * zi + ci, zi)
        zr = np.where(active, zr2 - zi2 + cr, zr)
        count += active
    return count


def milliseconds(run, repeats):
    """Median of `repeats` timed calls after one untimed."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[repeats // 2]


def run_job(text, names, operands, typecode, numpy_version, repeats):
    """Times one job; `operands` are flat float64 buffers of equal length, in the order of `names`."""
    views = [memoryview(o.to_bytes()).cast("d") for o in operands]
    dtypes = dict.fromkeys(names, "float64")
    jit = mejit.compile(text, dtypes)
    interpreter = mejit.compile(text, dtypes, tier="interpreter")
    out = array.array(typecode, bytes(8 * len(views[0])))
    check = array.array(typecode, bytes(8 * len(views[0])))
    result = {
        "tier": jit.tier,
        "explain": jit.explain(),
        "jit": milliseconds(lambda: jit(*views, out=out), repeats),
        "interpreter": milliseconds(lambda: interpreter(*views, out=check), 3),
        "same_bits": out.tobytes() == check.tobytes(),
        "out": out,
    }
    if importlib.util.find_spec("numpy"):
        import numpy as np

        arrays = [np.frombuffer(v) for v in views]
        result["numpy"] = milliseconds(lambda: numpy_version(np, *arrays), 3)
        expected = numpy_version(np, *arrays)
        got = np.frombuffer(out, expected.dtype)
        scale = np.maximum(np.abs(expected), 1e-300)
        result["numpy_difference"] = float(np.max(np.abs(got - expected) / scale))
    return result


def run_distance(*operands):
    return run_job(DISTANCE, ["lat", "lat0", "lon", "lon0"], operands, "d", numpy_distance, 7)


def run_mandelbrot(*operands):
    return run_job(MANDELBROT, ["cr", "ci"], operands, "q", numpy_escape_time, 5)
