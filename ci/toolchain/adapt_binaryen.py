#!/usr/bin/env python3
"""Adapts an unpacked Binaryen source tree, in place, to being linked into a small library.

usage: adapt_binaryen.py SOURCE_TREE

- The pass registry is emptied: it names every pass, so a linker would keep all of them. mejit adds
  passes by their create...Pass() functions.
- The debugging aid that writes modules to files is emptied: it needs the text parser.
- No worker threads: kernels are single functions, and a host's process keeps its threads for itself.

Each edit must find its place exactly once; a tree of another shape is refused.
"""
import pathlib
import sys


def empty_body(path: pathlib.Path, head: str, replacement: str = "") -> None:
  """Replaces the body of the one top-level function of `path` that opens with `head`."""
  text = path.read_text()
  if text.count(head) != 1:
    sys.exit(f"{path}: expected exactly one '{head}'")
  body = text.index(head) + len(head)
  end = text.index("\n}\n", body) + 1
  path.write_text(text[:body] + "\n" + replacement + text[end:])


def main() -> None:
  source = pathlib.Path(sys.argv[1]) / "src"
  passes = source / "passes" / "pass.cpp"
  empty_body(passes, "void PassRegistry::registerPasses() {")
  empty_body(passes, "static void dumpWasm(Name name, Module* wasm, const PassOptions& options) {")
  empty_body(source / "support" / "threads.cpp", "size_t ThreadPool::getNumCores() {",
             "  return 1;\n")


if __name__ == "__main__":
  main()
