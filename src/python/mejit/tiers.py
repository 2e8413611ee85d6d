"""Function ids: a name or source that stands for a kernel, its calls and its tier (docs/tiers.md).

    f = tiers.FunctionId("distance")
    f.bind(mejit.compile("sqrt(a*a + b*b)", "float64", tier="auto"))
    f.tier, f.calls, f.compile("optimizing"), f.has_compiled("baseline"), f.invalidate()
"""

from . import _core
from .kernel import TIERS, Kernel, _index


def _name(tier):
    return None if tier is None else TIERS[tier]


class FunctionId:
    """The id of a name: the same name has the same id for ever, in every thread."""

    __slots__ = ("id", "name")

    def __init__(self, name):
        self.name = name
        self.id = _core.function_id(name)

    def bind(self, kernel):
        """The kernel that it stands for from now on; it does not keep the kernel alive."""
        if not isinstance(kernel, Kernel):
            raise TypeError(f"a kernel is needed, not a {type(kernel).__name__}")
        kernel._core.bind(self.id)

    def record_call(self, calls=1):
        """Counts calls that were made elsewhere; kernels of tier "auto" are promoted by them too."""
        _core.record_call(self.id, calls)

    @property
    def calls(self):
        """Evaluations of its kernel and recorded calls."""
        return _core.call_count(self.id)

    @property
    def tier(self):
        """The tier of its kernel's code; "interpreter" if there is none."""
        return TIERS[_core.function_tier(self.id)]

    def compile(self, tier="optimizing"):
        """Compiles if need be; the tier of the code, this one or a better one, or None."""
        return _name(_core.compile_function(self.id, _index(TIERS[:3], tier, "tier")))

    def has_compiled(self, tier="baseline"):
        """Whether there is code of this tier or a better one."""
        return _core.function_tier(self.id) >= _index(TIERS, tier, "tier")

    def get_compiled(self):
        """The tier of its code, or None."""
        return _name(_core.get_compiled(self.id))

    def invalidate(self):
        """Back to the interpreter, in the middle of an evaluation too."""
        _core.invalidate_function(self.id)

    def can_osr(self, offset):
        """Whether an evaluation under way may continue in the code at item `offset`."""
        return _core.can_osr(self.id, offset)

    def do_osr(self, offset):
        """Has evaluations under way continue in code at their next chunk, compiling if need be."""
        return _core.do_osr(self.id, offset)

    def __eq__(self, other):
        return isinstance(other, FunctionId) and self.id == other.id

    def __hash__(self):
        return hash(self.id)

    def __repr__(self):
        return f"<mejit.tiers.FunctionId {self.id} {self.name!r}, {self.tier}>"
