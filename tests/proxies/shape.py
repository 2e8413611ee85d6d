"""The shape of a kernel's loop, read from its WebAssembly text.

Enters: the text of a module as Binaryen prints it, and the bytes per element of its operands.
Leaves: what decides its speed on any machine, per element of the loop that walks the arrays (the
shortest of those that advance a pointer the farthest): instructions, loads,
stores, the share of 128-bit instructions, constants that are made inside it, and how many
elements an iteration does. Moves between locals cost nothing in machine code and are not
counted, nor are scalar constants. Example: a*b+c over float64, four vectors at a time: 8
elements an iteration, 1.5 loads and 0.5 stores per element. Tested by check_shape() in check.py.
"""

import re

_TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
_FREE = {"local.get", "local.set", "local.tee", "block", "loop", "then", "else", "i32.const", "i64.const", "f32.const",
         "f64.const", "drop", "nop", "unreachable"}


def parse(text):
    """The module as nested lists."""
    stack = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0][0]


def nodes(tree):
    """All instructions of a tree."""
    for child in tree:
        if isinstance(child, list):
            if child and isinstance(child[0], str) and child[0] not in ("param", "result", "local", "type"):
                yield child
            yield from nodes(child)


def is_vector(name):
    return bool(re.match(r"v128\.|[if]\d+x\d+\.", name))


def _steps(loop):
    """By how many bytes the loop advances its pointers: every `p = p + constant`, in nested loops too."""
    for node in nodes(loop):
        if node[0] not in ("local.set", "local.tee") or not isinstance(node[2], list):
            continue
        value = node[2]
        if value[0] in ("i32.add", "i64.add") and value[1] == ["local.get", node[1]] and \
                value[2][0].endswith(".const") and int(value[2][1]) > 0:
            yield int(value[2][1])


def _inside(loop):
    """Instructions of the loop."""
    return [node for node in nodes(loop) if node[0] not in _FREE]


def _count(instructions, pattern):
    return sum(bool(re.search(pattern, node[0])) for node in instructions)


def measure(text, itemsize):
    """The figures by name; per element where the loop of arrays was found."""
    module = parse(text)
    loops = [node for node in nodes(module) if node[0] == "loop"]
    steps = {id(loop): [step for step in _steps(loop) if step % itemsize == 0] for loop in loops}
    largest = max((step for found in steps.values() for step in found), default=0)
    if largest == 0:
        return {}
    # The loop inside the loops that advance so far; a reduction's last, masked vectors are another
    # one, and longer.
    main = min((loop for loop in loops
                if largest in steps[id(loop)] and _count(_inside(loop), r"^v128\.load")),
               key=lambda loop: len(_inside(loop)), default=None)
    if main is None:
        return {}
    inside = _inside(main)
    elements = largest / itemsize
    vector_count = sum(is_vector(node[0]) for node in inside)
    return {
        "elements": elements,
        "instructions": round(len(inside) / elements, 3),
        "loads": round(_count(inside, r"\.load") / elements, 3),
        "stores": round(_count(inside, r"\.store") / elements, 3),
        "vectors": round(vector_count / len(inside), 3),
        "constants": _count(inside, r"^v128\.const$|\.splat$"),
    }
