"""Every snippet of the user documentation runs, and every command it names exists."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "HACKING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    """The fenced code blocks of `page` in `language`, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def commands(page):
    """Lines of indented blocks and inline code that start with a path of this project or a known tool."""
    text = page.read_text()
    indented = re.findall(r"^    ((?:ci|build|node|ctest|ME_\w+=)\S*.*)$", text, re.MULTILINE)
    inline = re.findall(r"`(ci/[\w.-]+(?: [^`]*)?)`", text)
    return indented + inline


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_snippets(page):
    namespace = {"__name__": "snippet"}
    for number, source in enumerate(blocks(page, "python")):
        exec(compile(source, f"{page.name}[{number}]", "exec"), namespace)


def test_pages_have_python_snippets():
    assert sum(len(blocks(page, "python")) for page in PAGES) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_c_snippets_compile(page, tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    for source in blocks(page, "c"):
        file = tmp_path / "snippet.c"
        file.write_text(source)
        subprocess.run(
            [compiler, "-std=c99", "-Wall", "-Werror", f"-I{ROOT / 'include'}", "-c", file, "-o", tmp_path / "snippet.o"],
            check=True,
        )


def native_library():
    """The newest libmejit.so of the builds, or None."""
    built = [p for p in (ROOT / "build").glob("*/libmejit.so") if p.parent.name != "asan"]
    return max(built, key=lambda p: p.stat().st_mtime, default=None)


def run_c(source, directory):
    """Compiles a program against the native library, runs it, returns what it prints."""
    library = native_library()
    if library is None:
        pytest.skip("libmejit.so is not built")
    file, program = directory / "program.c", directory / "program"
    file.write_text(source)
    compiler = shutil.which("cc") or shutil.which("gcc")
    subprocess.run(
        [compiler, "-std=c99", "-Wall", "-Werror", f"-I{ROOT / 'include'}", file, library, "-lm",
         f"-Wl,-rpath,{library.parent}", "-o", program],
        check=True,
    )
    return subprocess.run([program], check=True, capture_output=True, text=True, timeout=60).stdout


def test_c_programs_run(tmp_path):
    programs = [source for page in PAGES for source in blocks(page, "c") if "int main(" in source]
    assert programs
    for source in programs:
        assert run_c(source, tmp_path)


def test_numpy_type_numbers(tmp_path):
    numpy = pytest.importorskip("numpy")
    codes = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16", "U1", "S1"]
    source = """
#include <stdio.h>
#include "miniexpr_numpy.h"
int main(void) {
  int t;
  for (t = ME_BOOL; t <= ME_BYTES; ++t) printf("%d\\n", me_dtype_to_numpy((me_dtype)t));
  return 0;
}
"""
    numbers = [int(n) for n in run_c(source, tmp_path).split()]
    assert numbers == [numpy.dtype(code).num for code in codes]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_javascript_snippets(page):
    # Those that import the package need the wasm build: tests/side_module/javascript.test.mjs runs them.
    for source in [s for s in blocks(page, "js") if not s.startswith("import ")]:
        subprocess.run(["node", "--input-type=commonjs", "-e", source], check=True, cwd=ROOT)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_name_files_that_exist(page):
    for command in commands(page):
        for word in command.split("#")[0].split():
            if re.fullmatch(r"(ci|tests|examples|docs|js|wasm|src)/[\w./-]+", word):
                assert (ROOT / word).exists(), f"{page.name}: {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
