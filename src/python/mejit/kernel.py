"""Compiled programs: compile() and Kernel."""

import functools
import os
import re

from . import _core, dtypes, engine

TIERS = ("interpreter", "baseline", "optimizing", "ahead-of-time")
DIALECTS = ("numpy", "miniexpr")
_BEST = -1  # ME_TIER_FASTEST
AUTO = -2  # ME_TIER_AUTO
_ORDERS = ("C", "F", "A", "K")

# A kernel's first word, after comments and decorators, is def.
_KERNEL = re.compile(r"(?:\s|[#@][^\n]*(?:\n|$))*def(?!\w)")


def is_kernel_text(text):
    return _KERNEL.match(text) is not None


def check_order(order):
    if order not in _ORDERS:
        raise ValueError(f"order must be C, F, A or K, not {order!r}")
    return order


def _index(words, word, what):
    if word not in words:
        raise ValueError(f"{what} must be one of {', '.join(words)}, not {word!r}")
    return words.index(word)


class Kernel(_core.Callable):
    """A compiled program, callable with arrays.

    k(x, y), k(x=x, y=y): arrays, or numbers, one per name in `names`. They broadcast as in NumPy.
    An array of another dtype than declared is converted if that is a safe cast.
    out=: the array to fill, instead of a new one; it may overlap the arguments. casting=: which
    conversion to out's dtype is allowed. order=: memory layout of a new array, C, F, A or K.
    """

    __slots__ = ("source", "names", "_params", "_dialect", "_result", "_max_tier", "_former",
                 "__weakref__")

    def __init__(self, source, params, dialect=0, result=dtypes.AUTO, max_tier=_BEST, compiled=None):
        """params: (name, dtype, flags) of each; use compile(), which takes NumPy's words.
        compiled: the _core.Kernel of all that, if there is one."""
        engine.find_host()
        self.source = source
        self.names = tuple(name for name, _, _ in params)
        self._params = tuple(params)
        self._dialect = dialect
        self._result = result
        self._max_tier = max_tier
        self._attach(compiled or _core.Kernel(*core_arguments(source, params, dialect, result, max_tier)))

    def take(self, other):
        """Runs the code of `other`, a kernel of the same source, from the next call on."""
        self._former = self._core  # calls of other threads may be under way
        self._max_tier = other._max_tier
        self._attach(other._core)

    # Calls are Callable's, which takes plain arrays by itself and leaves the rest to this.
    def _call(self, *values, out=None, order="K", casting="safe", **named):
        if named or len(values) != len(self.names):
            values = self._bind(values, named)
        return self.run(values, out, order, casting)

    def run(self, values, out=None, order="K", casting="safe"):
        """The same as a call, with the values in one sequence."""
        check_order(order)
        compiled = self._core
        if out is None:
            result = compiled.run(values, None, order)
            return result if result.ndim else result[()]  # a scalar, as NumPy's functions give
        target = self.target(out, casting)
        return target.run(values, out, order)

    def target(self, out, casting):
        """The compiled program whose result has the dtype of the array `out`."""
        compiled = self._core
        code, _ = _core.describe(out)
        allowed = dtypes.can_cast(compiled.dtype, code, casting)
        if code == compiled.dtype:
            return compiled
        if not allowed:
            raise TypeError(
                f"the result is {dtypes.name(compiled.dtype)}, out is {dtypes.name(code)}: "
                f"not allowed by casting={casting!r}"
            )
        return Kernel(self.source, self._params, self._dialect, code, self._max_tier)._core

    def _bind(self, values, named):
        if len(values) > len(self.names):
            raise TypeError(f"the kernel takes {len(self.names)} values ({', '.join(self.names)}), "
                            f"{len(values)} were given")
        bound = dict(zip(self.names, values))
        for name, value in named.items():
            if name not in self.names:
                raise TypeError(f"the kernel takes no '{name}', but {', '.join(self.names)}")
            if name in bound:
                raise TypeError(f"'{name}' was given twice")
            bound[name] = value
        missing = [name for name in self.names if name not in bound]
        if missing:
            raise TypeError(f"no value for {', '.join(missing)}")
        return [bound[name] for name in self.names]

    @property
    def dtype(self):
        """dtype of the result."""
        return dtypes.public(self._core.dtype)

    @property
    def dtypes(self):
        """dtype of each parameter, by name; Python scalars are int, float or bool."""
        weak = {dtypes.BOOL: bool, dtypes.INT64: int, dtypes.FLOAT64: float}
        return {name: weak.get(code, int) if flags & dtypes.WEAK else dtypes.public(code)
                for name, code, flags in self._params}

    @property
    def tier(self):
        """The best tier there is code for: interpreter, baseline, optimizing or ahead-of-time."""
        return TIERS[self._core.tier]

    def promote(self, tier="optimizing"):
        """Compiles for a tier now, and raises why there is no code. Tiers only rise."""
        self._core.promote(_index(TIERS[:3], tier, "tier"))

    def invalidate(self):
        """Back to the interpreter, in the middle of an evaluation too. No bit of a result changes."""
        self._core.invalidate()

    def stats(self):
        """Which tiers ran it how often, what moved it between them, and what compiling cost."""
        counts = self._core.stats()
        counts["tier"] = TIERS[counts["tier"]]
        counts["calls"] = dict(zip(TIERS, counts["calls"]))
        return counts

    def explain(self):
        """Which tier runs the kernel and why no better one, the result's dtype, sizes."""
        return self._core.text("explain")

    def ir(self):
        """The intermediate code, after the passes."""
        return self._core.text("ir") or ""

    def wat(self):
        """The wasm modules in text form; empty if the kernel was not compiled."""
        return self._core.text("wasm") or ""

    def wasm(self, stage=0):
        """The bytes of a stage's wasm module; empty if there is none."""
        return self._core.wasm(stage)

    def save(self, path=None):
        """Writes the kernel file to `path`, or gives its bytes. mejit.load() makes the kernel of it,
        in any process of this build: natively and in wasm."""
        from . import files

        data = files.save(self)
        if path is None:
            return data
        with open(os.fspath(path), "wb") as stream:
            stream.write(data)
        return None

    def __reduce__(self):
        state = (self.source, self._params, self._dialect, self._result, self._max_tier)
        return Kernel, state

    def __repr__(self):
        first = self.source.strip().splitlines()[0] if self.source.strip() else ""
        params = ", ".join(
            f"{name}: {spec.__name__ if isinstance(spec, type) else spec}"
            for name, spec in self.dtypes.items()
        )
        return f"<mejit.Kernel {first!r} ({params}) -> {dtypes.name(self._core.dtype)}, {self.tier}>"


def core_arguments(source, params, dialect, result, max_tier):
    """What _core takes, of what Kernel takes."""
    names, codes, flags = (list(column) for column in zip(*params)) if params else ([], [], [])
    return source, names, codes, flags, dialect, result, max_tier


def _params(text, spec, dialect):
    """The parameters of `text` as (name, dtype, flags)."""
    by_name = isinstance(spec, dict)
    if by_name:
        spec = tuple(spec.items())
    elif isinstance(spec, list):
        spec = tuple(spec)
    read = _known_params if isinstance(spec, (tuple, str, type)) else _read_params
    try:
        return read(text, spec, by_name, dialect)
    except TypeError:  # something in it that is no dtype, or has no hash
        return _read_params(text, spec, by_name, dialect)


def _read_params(text, spec, by_name, dialect):
    """The same; `spec` is pairs if it was given by name."""
    if by_name:
        spec = dict(spec)
        names = list(spec)
        if is_kernel_text(text):
            # Calls take a kernel's arguments in the order of its definition.
            defined = _core.free_names(text, dialect)
            names = [n for n in defined if n in spec] + [n for n in names if n not in defined]
        items = [(name, spec[name]) for name in names]
    else:
        names = _core.free_names(text, dialect)
        if isinstance(spec, (str, type)) or not hasattr(spec, "__iter__"):
            spec = [spec] * len(names)  # one dtype for all
        spec = list(spec)
        if len(spec) != len(names):
            raise TypeError(f"{len(spec)} dtypes for {len(names)} names: {', '.join(names)}")
        items = list(zip(names, spec))
    for name, _ in items:
        if not isinstance(name, str):
            raise TypeError(f"names are strings, not {name!r}")
    return tuple((name, *dtypes.param_of(dtype)) for name, dtype in items)


# Reading a kernel's text for its names takes longer than finding its compiled code again.
_known_params = functools.lru_cache(maxsize=512)(_read_params)


def arguments(text, dtypes, tier, dialect, result):
    """What Kernel takes, of what compile() takes."""
    from . import dtypes as names

    if not isinstance(text, str):
        raise TypeError(f"the text is a str, not a {type(text).__name__}")
    dialect_index = _index(DIALECTS, dialect, "dialect")
    if tier is None:
        tier_index = _BEST
    else:
        tier_index = AUTO if tier == "auto" else _index(TIERS[:3], tier, "tier")
    code = names.AUTO if result is None else names.code_of(result)
    return text, _params(text, dtypes, dialect_index), dialect_index, code, tier_index


def compile(text, dtypes, *, tier=None, dialect="numpy", result=None):  # noqa: A001
    """Compiles an expression, or a kernel (`def ...`), for given dtypes.

    dtypes: by name ({"a": "float32", "n": int}), in order of first appearance ([...]), or one for
    all. The Python types int, float and bool stand for Python scalars, which take the dtype of the
    arrays they meet. tier: the highest to use, interpreter, baseline or optimizing; None = the best;
    auto = the interpreter first, then tier after tier as its calls and items deserve (docs/tiers.md).
    result: dtype of the result; None = as NumPy has it.
    """
    return Kernel(*arguments(text, dtypes, tier, dialect, result))
