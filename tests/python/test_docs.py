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


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_javascript_snippets(page):
    for source in blocks(page, "js"):
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
