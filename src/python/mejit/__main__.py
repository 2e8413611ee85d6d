"""The command line: mejit eval | compile | inspect | bench, also as python -m mejit.

    mejit eval "a*b + 1" a=1,2,3 b=2
    mejit compile "a*b + 1" -p a=float64 -p b=float64 -o k.wasm
    mejit inspect k.wasm
    mejit bench "exp(-a*a)" -p a=float64 -n 1000000
"""

import argparse
import functools
import os
import sys
import textwrap
import time

import mejit

from .kernel import DIALECTS, TIERS

_PYTHON_TYPES = {"int": int, "float": float, "bool": bool}


def _text(argument):
    """The program: the argument, or the file that @name names, or standard input for -."""
    if argument == "-":
        return sys.stdin.read()
    if argument.startswith("@"):
        with open(argument[1:], encoding="utf-8") as stream:
            return stream.read()
    return argument


def _number(word):
    for kind in (int, float, complex):
        try:
            return kind(word)
        except ValueError:
            pass
    if word in ("True", "False"):
        return word == "True"
    raise argparse.ArgumentTypeError(f"{word!r} is no number")


def _pair(argument):
    name, equals, value = argument.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{argument!r} is not of the form name=value")
    return name, value


def _value(argument):
    """name=2, name=1,2,3 or name=file.npy."""
    name, text = _pair(argument)
    if text.endswith(".npy"):
        try:
            return name, _numpy().load(text)
        except (OSError, EOFError) as error:
            raise argparse.ArgumentTypeError(f"{text}: {error}") from None
    numbers = [_number(word) for word in text.split(",")]
    return name, numbers[0] if len(numbers) == 1 else _numpy().array(numbers)


def _items(word):
    count = int(word)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


def _numpy():
    try:
        import numpy
    except ImportError:
        raise SystemExit("error: arrays on the command line need NumPy") from None
    return numpy


def _dtypes(pairs):
    return {name: _PYTHON_TYPES.get(dtype, dtype) for name, dtype in pairs}


def _options(args):
    return {"dialect": args.dialect, "tier": args.tier, "result": args.result}


def _eval(args):
    values = dict(args.values)
    result = mejit.evaluate(_text(args.text), values, {})
    if args.output:
        _numpy().save(args.output, result)
    else:
        print(result)


def _compile(args):
    kernel = mejit.compile(_text(args.text), _dtypes(args.params), **_options(args))
    kernel.save(args.output)
    print(f"{args.output}: {os.path.getsize(args.output)} bytes, result {kernel.dtype}")


def _inspect(args):
    told = mejit.inspect(args.file)
    if args.source:
        return print(told.source)
    if args.wat:
        return print(mejit.load(args.file).wat())
    print(f"kernel file, format {told.format}: {os.path.getsize(args.file)} bytes")
    print(f"kernel ABI {told.abi}, build {told.build}, dialect {told.dialect}, tier {told.tier}")
    for kind, dtype, itemsize, name in told.params:
        size = f" of {itemsize} bytes" if itemsize else ""
        print(f"  {name}: {dtype}{size} ({kind})")
    print(f"  result: {told.result}")
    for module in told.modules:
        print(f"module of {module.size} bytes for {module.pointer_bits}-bit memories, {module.tier}")
    print("\n".join("    " + line for line in told.source.splitlines()))
    return None


def _fastest(call, seconds=0.2):
    """The shortest of many calls, in seconds."""
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        call()
        now = time.perf_counter()
        best = min(best, now - start)
        if now >= end:
            return best


def _bench(args):
    numpy = _numpy()
    random = numpy.random.default_rng(1)
    print(mejit.host())
    text, dtypes = _text(args.text), _dtypes(args.params)
    by_name = {}
    for name, dtype in dtypes.items():
        drawn = random.uniform(0.5, 100, args.items)
        by_name[name] = 3 if isinstance(dtype, type) else drawn.astype(dtype)
    for tier in TIERS[:3]:
        start = time.perf_counter()
        kernel = mejit.compile(text, dtypes, **{**_options(args), "tier": tier})
        compiled = time.perf_counter() - start
        values = [by_name[name] for name in kernel.names]
        result = kernel(*values)
        out = {"out": result} if getattr(result, "ndim", 0) else {}
        best = _fastest(functools.partial(kernel, *values, **out))
        print(f"{tier:12} {kernel.tier:14} compiled in {compiled * 1e3:8.3f} ms, "
              f"{best * 1e9 / args.items:8.3f} ns per element")
        if args.explain:
            stats = "".join(f"{name}: {value}\n" for name, value in kernel.stats().items())
            print(textwrap.indent(kernel.explain() + stats, "    "), end="")


def _parser():
    parser = argparse.ArgumentParser(prog="mejit", description="NumPy-style expressions and kernels.")
    parser.add_argument("--version", action="version", version=mejit.__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    text = {"help": "the program; @file reads it from a file, - from standard input"}

    def options(command):
        command.add_argument("--dialect", choices=DIALECTS, default="numpy")
        command.add_argument("--tier", choices=TIERS[:3])
        command.add_argument("--result", help="dtype of the result")
        command.add_argument("-p", "--param", dest="params", type=_pair, action="append", default=[],
                             metavar="NAME=DTYPE", help="int, float and bool are Python numbers")

    command = commands.add_parser("eval", help="evaluate an expression")
    command.add_argument("text", **text)
    command.add_argument("values", nargs="*", type=_value, metavar="NAME=VALUE",
                         help="a number, numbers with commas, or a file.npy")
    command.add_argument("-o", "--output", help="write the result to this .npy file")
    command.set_defaults(run=_eval)

    command = commands.add_parser("compile", help="write a kernel file")
    command.add_argument("text", **text)
    options(command)
    command.add_argument("-o", "--output", required=True)
    command.set_defaults(run=_compile)

    command = commands.add_parser("inspect", help="show what a kernel file holds")
    command.add_argument("file")
    command.add_argument("--source", action="store_true", help="the program's text only")
    command.add_argument("--wat", action="store_true", help="the code as text; loads the file")
    command.set_defaults(run=_inspect)

    command = commands.add_parser("bench", help="time a program in each tier")
    command.add_argument("text", **text)
    options(command)
    command.add_argument("-n", "--items", type=_items, default=1_000_000)
    command.add_argument("--explain", action="store_true",
                         help="which tier ran each kernel, why no better one, how often and at what cost")
    command.set_defaults(run=_bench)
    return parser


def main(arguments=None):
    args = _parser().parse_args(arguments)
    try:
        args.run(args)
    except (mejit.Error, OSError, EOFError, TypeError, ValueError, ArithmeticError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
