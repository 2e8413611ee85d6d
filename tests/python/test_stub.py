"""_core.pyi against the module: the same names, arguments and properties."""

import ast
import importlib.resources
import inspect
import re

import mejit
from mejit import _core


def stub():
    """{name: [argument names] | None for properties | {...} for classes}."""

    def members(body):
        found = {}
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = members(node.body)
            elif isinstance(node, ast.FunctionDef):
                is_property = any(getattr(d, "id", "") == "property" for d in node.decorator_list)
                arguments = [a.arg for a in node.args.args if a.arg != "self"]
                found[node.name] = None if is_property else arguments
        return found

    text = importlib.resources.files("mejit").joinpath("_core.pyi").read_text("utf-8")
    return members(ast.parse(text).body)


def arguments(function):
    """Argument names from the signature that pybind11 writes into the docstring."""
    signature = re.match(r"\w+\((.*)\) -> ", function.__doc__)
    assert signature, function.__doc__
    parts = re.sub(r"\[[^][]*(\[[^][]*\][^][]*)*\]", "", signature.group(1)).split(", ")
    return [p.split(":")[0] for p in parts if p and not p.startswith("self")]


def module():
    def members(scope, names):
        found = {}
        for name in names:
            member = getattr(scope, name)
            if inspect.isclass(member):
                own = [n for n in vars(member) if not n.startswith("_") or n == "__init__"]
                found[name] = members(member, own)
            elif isinstance(member, property):
                found[name] = None
            else:
                found[name] = arguments(member)
        return found

    return members(_core, [n for n in vars(_core) if not n.startswith("__")])


def test_stub():
    assert stub() == module()


def test_the_package_is_complete():
    files = importlib.resources.files("mejit")
    for name in ("py.typed", "_core.pyi", "me_jit_glue.js", "pyodide_runtime.js"):
        assert files.joinpath(name).is_file(), name
    for name in mejit.__all__:
        assert getattr(mejit, name).__doc__, name
