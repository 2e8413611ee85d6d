// What the package throws of itself. The names are those of Python's mejit.errors.

const kCompile = { '-1': 'OutOfMemory', '-2': 'ParseError', '-5': 'ReductionError', '-8': 'DTypeError' };
const kEvaluate = { '-1': 'OutOfMemory' };
const kNames = {
  compile: (status) => kCompile[status] ?? 'CompileError',
  evaluate: (status) => kEvaluate[status] ?? 'EvaluateError',
  engine: (status) => (status === -1 ? 'OutOfMemory' : 'MejitError'),
};

// message: what is wrong, and where in the source. span: [begin, end], the byte range in the source's UTF-8
// text, or null. status: the integer that C callers get. name: the kind of the error, as in Python.
export class MejitError extends Error {
  constructor(report, span = null, status = 0, during = 'engine') {
    super(report.trimEnd().replace(/^error: /, ''));
    this.name = kNames[during](status);
    this.span = span;
    this.status = status;
  }
}
