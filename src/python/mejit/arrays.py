"""Arrays for the extension: results, and values it cannot read by itself. NumPy is optional.

The functions below are called from C++ (bind_kernel.cpp, bind_arrays.cpp).
"""

import sys

from . import _core, dtypes

_numpy_missing = False


def numpy():
    """The module numpy, or None where it cannot be imported. Later installations are noticed."""
    global _numpy_missing
    module = sys.modules.get("numpy")
    if module is None and not _numpy_missing:
        try:
            import numpy as module
        except ImportError:
            _numpy_missing = True
    return module


def allocate(dtype, shape, axes):
    """A new array for a result. `axes`: the order of axes in memory, outermost first; () = C."""
    np = numpy()
    if np is None:
        return memoryview(_core.ResultBuffer(dtype, shape, axes))
    if not axes:
        return np.empty(shape, dtypes.name(dtype))
    inverse = [axes.index(axis) for axis in range(len(axes))]
    return np.empty([shape[axis] for axis in axes], dtypes.name(dtype)).transpose(inverse)


def as_buffer(value):
    """A list, a pandas column or the like as an array; TypeError for what is none."""
    np = numpy()
    if np is None:
        raise TypeError(f"a {type(value).__name__} is neither a number nor an array")
    array = np.asarray(value)
    if array.dtype.kind not in "biufcUS":
        raise TypeError(f"a {type(value).__name__} of dtype {array.dtype} is not supported")
    return array


def describe(value, name):
    """(value, dtype, flags): what `value` is to the compiler; lists and the like become arrays."""
    try:
        return value, *_core.describe(value)
    except TypeError as error:
        if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
            raise TypeError(f"'{name}': {error}") from None
        if hasattr(value, "dtype") and type(value).__module__ == "numpy":
            raise TypeError(f"'{name}' has dtype {value.dtype}, which is not supported") from None
    try:
        array = as_buffer(value)
        return array, *_core.describe(array)
    except TypeError as error:
        raise TypeError(f"'{name}': {error}") from None


def converted(value, source, target, name):
    """`value`, an array of dtype `source`, as a new array of dtype `target`; safe casts only."""
    if not dtypes.can_cast(source, target, "safe"):
        raise TypeError(
            f"'{name}' takes {dtypes.name(target)}, not {dtypes.name(source)}: "
            "that is no safe conversion"
        )
    cast = _core.Kernel("x", ["x"], [source], [0], 0, target, 0)
    return cast.run((value,), None, "K")
