"""evaluate(): an expression over the variables around it, as users of numexpr know it."""

import functools
import re
import sys
from inspect import CO_OPTIMIZED

from . import _core, arrays
from .kernel import _BEST, Kernel, check_order, is_kernel_text

# Before Python 3.13 the f_locals of a function's frame is a copy that the frame keeps: what is in it
# would live on after the caller has dropped it. (3.13 gives a view. Elsewhere than in functions
# f_locals is the namespace itself.)
_LOCALS_ARE_COPIES = sys.version_info < (3, 13)

# By text: kernels for the dtypes that its variables had.
_seen = {}
_SEEN = 128

# Names of the language's constants; a variable of that name wins.
_CONSTANTS = re.compile(r"(?<![\w.])(pi|e|nan|inf)(?!\w)")


@functools.lru_cache(maxsize=512)
def _names(text):
    """Names that `text` needs, and names of constants in it that a variable may shadow."""
    needed = tuple(_core.free_names(text, 0))
    constants = () if is_kernel_text(text) else tuple(dict.fromkeys(_CONSTANTS.findall(text)))
    return needed, constants


def _described(name, value):
    """(name, value, dtype, flags); no dtype for an integer that 64 bits do not hold."""
    try:
        return name, *arrays.describe(value, name)
    except OverflowError:
        return name, value, None, 0


def _found(text, local, glob):
    needed, constants = _names(text)
    found = []
    for name in needed:
        if name in local:
            value = local[name]
        elif name in glob:
            value = glob[name]
        else:
            continue  # the compiler says that it is unknown, and where
        found.append(_described(name, value))
    for name in constants:
        if name in local or name in glob:
            value = local[name] if name in local else glob[name]
            try:
                found.append(_described(name, value))
            except TypeError:
                continue  # not a number: `e` of an `except ... as e`, say
    return found


def _with_literals(text, variables):
    """`text` with the Python integers among the variables written out, and the other variables."""
    rest = []
    for variable in variables:
        name, value, _, _ = variable
        if isinstance(value, int) and not isinstance(value, bool):
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", f"({int(value)})", text)
        else:
            rest.append(variable)
    return text, rest


def _run(text, variables, out, order, casting):
    """The result, and the kernel that gave it."""
    params = tuple((name, dtype, flags) for name, _, dtype, flags in variables)
    values = [value for _, value, _, _ in variables]
    kernel = Kernel(text, params, max_tier=_BEST)
    return kernel.run(values, out, order, casting), kernel


def _remember(text, variables, kernel):
    memory = _seen.get(text)
    if memory is None:
        if len(_seen) >= _SEEN:
            _seen.clear()
        memory = _seen[text] = _core.Expression(*_names(text))
    memory.remember({name: value for name, value, _, _ in variables}, kernel)


def evaluate(ex, local_dict=None, global_dict=None, out=None, order="K", casting="safe", *,
             _frame_depth=1):
    """Evaluates an expression, or a kernel (`def ...`), over arrays.

    Names are looked up in local_dict and global_dict, or else in the caller's variables. Python
    numbers are weak, NumPy numbers and arrays strong, as in NumPy. out: the array to fill, which may
    overlap the operands. casting: which conversion to out's dtype is allowed. order: memory layout
    of a new result, C, F, A or K. Compiled programs are cached.
    """
    if not isinstance(ex, str):
        raise TypeError(f"the expression is a str, not a {type(ex).__name__}")
    check_order(order)
    memory = _seen.get(ex)
    frame = sys._getframe(_frame_depth)
    local = frame.f_locals if local_dict is None else local_dict
    glob = frame.f_globals if global_dict is None else global_dict
    try:
        if memory is not None and order == "K" and casting == "safe":
            result = memory.run(local, glob, out)
            if result is not NotImplemented:
                return result
        variables = _found(ex, local, glob)
    finally:
        if _LOCALS_ARE_COPIES and local_dict is None and frame.f_code.co_flags & CO_OPTIMIZED:
            local.clear()
    try:
        if any(dtype is None for _, _, dtype, _ in variables):
            raise OverflowError("integers of more than 64 bits are not supported in kernels")
        result, kernel = _run(ex, variables, out, order, casting)
        _remember(ex, variables, kernel)
        return result
    except OverflowError:
        # A Python integer that some array's dtype cannot hold. As a literal it is compared, refused
        # or used exactly as NumPy does.
        # (A string in the text could hold the name, too.)
        text, rest = _with_literals(ex, variables)
        if is_kernel_text(ex) or text == ex or "'" in ex or '"' in ex:
            raise
    return _run(text, rest, out, order, casting)[0]
