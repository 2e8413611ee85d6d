"""What mejit raises.

Error
├── CompileError (ValueError)      a text that cannot be compiled
│   ├── ParseError                 its syntax is wrong, or a name in it is unknown
│   ├── DTypeError (TypeError)     its dtypes do not fit together
│   └── ReductionError             a reduction stands where none can
├── EvaluateError (ValueError)     a call that cannot be done: shapes, limits, interruption
└── OutOfMemory (MemoryError)

The text of an error is its report: what is wrong, and where in the source.
"""


class Error(Exception):
    """Base of everything that mejit raises of itself.

    report: the message with the underlined source. span: (begin, end), the byte range in the
    source's UTF-8 text, or None. status: the integer that C callers get.
    """

    def __init__(self, report, span=None, status=0):
        super().__init__(report, span, status)
        self.report = report
        self.span = span
        self.status = status

    def __str__(self):
        return self.report.rstrip("\n").removeprefix("error: ")


class CompileError(Error, ValueError):
    """A text that cannot be compiled."""


class ParseError(CompileError):
    """Wrong syntax, an unknown name, or a program beyond the limits."""


class DTypeError(CompileError, TypeError):
    """Operands whose dtypes do not fit together."""


class ReductionError(CompileError):
    """A reduction where none can stand."""


class EvaluateError(Error, ValueError):
    """A call that cannot be done."""


class OutOfMemory(Error, MemoryError):
    """Not enough memory to compile or evaluate."""


_COMPILE = {-1: OutOfMemory, -2: ParseError, -5: ReductionError, -8: DTypeError}
_EVALUATE = {-1: OutOfMemory}


def compile_error(report, span, status):
    """The exception for a status of me_compile_status."""
    return _COMPILE.get(status, CompileError)(report, span, status)


def evaluate_error(report, span, status):
    """The exception for a status of me_eval_status."""
    return _EVALUATE.get(status, EvaluateError)(report, span, status)


def engine_error(report, span, status):
    """The exception for anything else that the library refuses."""
    return OutOfMemory(report, span, status) if status == -1 else Error(report, span, status)
