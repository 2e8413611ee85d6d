#!/usr/bin/env python3
"""Prints the size of a wasm module, raw and compressed.

usage: report_module_size.py FILE...
"""
import gzip
import pathlib
import sys


def main() -> None:
  for name in sys.argv[1:]:
    data = pathlib.Path(name).read_bytes()
    packed = len(gzip.compress(data, 9, mtime=0))
    print(f"{pathlib.Path(name).name}: {len(data) / 1024:.0f} KB, gzipped {packed / 1024:.0f} KB")


if __name__ == "__main__":
  main()
