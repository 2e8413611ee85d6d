#!/usr/bin/env python3
"""Puts a staged Python package into a wheel.

usage: make_wheel.py STAGE VERSION TAG OUTPUT_FOLDER

STAGE is the folder `mejit` with everything in it; TAG is a wheel tag such as
cp314-cp314-pyemscripten_2026_0_wasm32, or `native` for that of the running Python. The same input
gives the same bytes. Prints the wheel's path.
"""
import base64
import hashlib
import pathlib
import sys
import sysconfig
import zipfile

METADATA = """\
Metadata-Version: 2.1
Name: mejit
Version: {version}
Summary: NumPy-style expressions and small kernels compiled to WebAssembly SIMD at run time
License: BSD-3-Clause
Requires-Python: >=3.11
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: mejit
Root-Is-Purelib: false
Tag: {tag}
"""
ENTRY_POINTS = """\
[console_scripts]
mejit = mejit.__main__:main
"""


def native_tag() -> str:
  python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
  return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def record_row(name: str, data: bytes) -> str:
  digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
  return f"{name},sha256={digest},{len(data)}\n"


def main() -> None:
  stage, version, tag, output = sys.argv[1:]
  stage = pathlib.Path(stage)
  tag = native_tag() if tag == "native" else tag
  info = f"mejit-{version}.dist-info"
  contents = {f"mejit/{p.relative_to(stage)}": p.read_bytes()
              for p in sorted(stage.rglob("*")) if p.is_file()}
  contents[f"{info}/METADATA"] = METADATA.format(version=version).encode()
  contents[f"{info}/WHEEL"] = WHEEL.format(tag=tag).encode()
  contents[f"{info}/entry_points.txt"] = ENTRY_POINTS.encode()
  contents[f"{info}/LICENSE"] = (pathlib.Path(__file__).parent.parent / "LICENSE").read_bytes()
  record = "".join(record_row(n, d) for n, d in contents.items()) + f"{info}/RECORD,,\n"
  contents[f"{info}/RECORD"] = record.encode()

  folder = pathlib.Path(output)
  folder.mkdir(parents=True, exist_ok=True)
  for old in folder.glob("mejit-*.whl"):
    old.unlink()
  wheel = folder / f"mejit-{version}-{tag}.whl"
  with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in contents.items():
      entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
      entry.external_attr = 0o644 << 16
      entry.compress_type = zipfile.ZIP_DEFLATED
      archive.writestr(entry, data)
  print(wheel)


if __name__ == "__main__":
  main()
