"""Kernel files from Python: save, load, inspect, what is refused; the kernel cache on disk; the command line."""

import asyncio
import os
import stat
import struct
import subprocess
import sys

import pytest

import mejit
from mejit import __main__ as command_line

np = pytest.importorskip("numpy")

PROGRAMS = [
    ("a*b + 1.25", {"a": "float64", "b": "float64"}, {}),
    ("sum(a) * a - max(a)", {"a": "float32"}, {}),
    ("where(a > n, a, n)", {"a": "int32", "n": int}, {}),
    ("a ** 2", {"a": "float64"}, {"result": "float32", "dialect": "miniexpr"}),
    ("exp(a) + 2j", {"a": "complex128"}, {}),
    ("def f(a):\n    s = 0.0\n    while s < a:\n        s = s + 1.5\n    return s", {"a": "float64"}, {}),
]


def values(kernel):
    made = {"float": 2.5, "int": 3}
    return [made[spec.__name__] if isinstance(spec, type) else
            (np.arange(1, 10001) % 97).astype(spec) for spec in kernel.dtypes.values()]


def has_host():
    return not mejit.host().startswith("none")


@pytest.mark.parametrize("text, dtypes, options", PROGRAMS)
def test_round_trip(text, dtypes, options, tmp_path):
    kernel = mejit.compile(text, dtypes, **options)
    expected = kernel(*values(kernel))
    assert kernel.save(tmp_path / "k.wasm") is None
    loaded = mejit.load(tmp_path / "k.wasm")
    assert (loaded.source, loaded.dtypes, loaded.dtype) == (text, kernel.dtypes, kernel.dtype)
    assert loaded.tier == ("ahead-of-time" if has_host() else "interpreter")
    result = loaded(*values(loaded))
    assert result.dtype == expected.dtype and np.array_equal(result, expected)
    # compile() gives the loaded code now, and saving it the same file.
    assert mejit.compile(text, dtypes, **options).tier == loaded.tier
    assert loaded.save() == kernel.save() == (tmp_path / "k.wasm").read_bytes()
    if loaded.tier == "ahead-of-time":
        mejit.reset_counters()
        loaded(*values(loaded))
        assert mejit.counters()["jit_executions"] == 1


def test_baseline_code_of_a_file_can_still_be_promoted():
    data = mejit.compile("sqrt(a)*a + 41", {"a": "float64"}, tier="baseline").save()
    loaded = mejit.load(data)
    if not has_host():
        pytest.skip("no host")
    assert loaded.tier == "baseline"
    loaded.promote("optimizing")
    assert loaded.tier == "optimizing"


def test_strings_are_saved_as_source():
    kernel = mejit.compile("upper(s)", {"s": "U4"})
    loaded = mejit.load(kernel.save())
    assert loaded(np.array(["ab", "c"], "U4")).tolist() == ["AB", "C"]
    assert loaded.dtypes == kernel.dtypes
    assert mejit.inspect(kernel.save()).modules == []


def test_inspect():
    kernel = mejit.compile("sum(a) + n", {"a": "float32", "n": int})
    told = mejit.inspect(kernel.save())
    assert (told.format, told.dialect, told.source) == (1, "numpy", "sum(a) + n")
    assert told.params == [("array", "float32", 0, "a"), ("uniform,weak", "int64", 0, "n")]
    assert [m.pointer_bits for m in told.modules] == [32, 32, 64, 64]
    assert len(told.build) == 16


def test_every_damage_is_an_error():
    whole = mejit.compile("a + 1", {"a": "float64"}).save()
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0x40
        for file in (damaged, whole[:position]):
            with pytest.raises(mejit.Error, match="kernel file"):
                mejit.load(bytes(file))
            with pytest.raises(mejit.Error):
                mejit.inspect(bytes(file))
    with pytest.raises(mejit.Error, match="kernel file"):
        mejit.load(b"")
    with pytest.raises(FileNotFoundError):
        mejit.load("/nowhere/k.wasm")


def forged(data, line, other):
    """The file with a line of its manifest changed, and a checksum that is right."""
    xxhash = pytest.importorskip("xxhash")
    at = data.rindex(line)
    data = data[:at] + other + data[at + len(line):]
    return data[:-16] + struct.pack("<Q", xxhash.xxh64(data[:-16]).intdigest()) + data[-8:]


def test_another_abi_or_build_is_refused_or_compiled_again():
    whole = mejit.compile("a * 4.5", {"a": "float64"}).save()
    told = mejit.inspect(whole)
    for line, other, reason in [(b"abi %d\n" % told.abi, b"abi 9\n", "ABI 9"),
                                (told.build.encode(), b"0" * 16, "0" * 16)]:
        file = forged(whole, line, other)
        with pytest.raises(mejit.Error, match=reason):
            mejit.load(file)
        loaded = mejit.load(file, recompile=True)
        assert loaded(np.arange(3.0)).tolist() == [0, 4.5, 9]


CACHED = """
import sys, numpy as np, mejit
if len(sys.argv) > 1: mejit.use_kernel_cache(sys.argv[1])
k = mejit.compile("a * 2 + sum(a)", {"a": "float64"})
print(float(k(np.arange(5.0)).sum()).hex(), k.tier)
c = mejit.counters()
print(c["disk_hits"], c["disk_misses"], c["disk_writes"], c["disk_damaged"])
print(mejit.kernel_cache())
"""


def lines(program, *arguments, **environment):
    """What a program prints in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ME_CACHE")}
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], text=True,
                          capture_output=True, env={**clean, **environment}, check=True)
    return done.stdout.splitlines()


def process(*arguments, **environment):
    first, counts, cache = lines(CACHED, *arguments, **environment)
    return first.split(), counts, cache


native = pytest.mark.skipif(sys.platform == "emscripten", reason="processes")


@native
@pytest.mark.skipif(not has_host(), reason="no Wasmtime")
def test_a_second_process_finds_its_kernels(tmp_path):
    folder = tmp_path / "cache"
    (value, tier), counts, cache = process(folder)
    assert (tier, counts, cache) == ("optimizing", "0 1 1 0", str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (again, tier), counts, _ = process(ME_CACHE_DIR=str(folder))
    assert (again, tier, counts) == (value, "ahead-of-time", "1 0 0 0")
    for entry in folder.iterdir():
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 1
        entry.write_bytes(data)
    (again, tier), counts, _ = process(folder)
    assert (again, tier, counts) == (value, "optimizing", "0 1 1 1")
    assert process(folder)[1] == "1 0 0 0"


@native
def test_the_cache_is_off_unless_asked_for_and_never_an_error(tmp_path):
    assert process()[1:] == ("0 0 0 0", "off")
    (tmp_path / "open").mkdir(mode=0o755)
    os.chmod(tmp_path / "open", 0o755)
    _, counts, cache = process(ME_CACHE_DIR=str(tmp_path / "open"))
    assert counts == "0 0 0 0" and "0700" in cache
    _, _, cache = process(ME_CACHE="1", XDG_CACHE_HOME=str(tmp_path / "xdg"))
    assert cache == str(tmp_path / "xdg" / "mejit")
    with pytest.raises(mejit.Error, match="0700"):
        mejit.use_kernel_cache(tmp_path / "open")
    mejit.use_kernel_cache("")
    assert mejit.kernel_cache() == "off"


PROMOTED = """
import mejit
tiers = []
k = mejit.compile("a * 2 + sum(a)", "float64", tier="auto")
for tier in ("baseline", "optimizing"):
    k.promote(tier)
    tiers.append(k.tier)
c = mejit.counters()
print(*tiers, c["disk_hits"], c["disk_misses"], c["disk_writes"])
"""


@native
@pytest.mark.skipif(not has_host(), reason="no Wasmtime")
def test_promotions_find_what_those_of_another_process_have_made(tmp_path):
    cache = {"ME_CACHE_DIR": str(tmp_path / "cache")}
    assert lines(PROMOTED, **cache) == ["baseline optimizing 0 2 2"]
    assert lines(PROMOTED, **cache) == ["baseline ahead-of-time 2 0 0"]


IS_LOADED = """
import mejit
def loaded(): print("libwasmtime" in open("/proc/self/maps").read())
loaded()
mejit.host()
loaded()
"""


@native
@pytest.mark.skipif(not has_host() or not os.path.exists("/proc/self/maps"), reason="no Wasmtime, no maps")
def test_the_host_is_loaded_by_the_import_only_for_the_cache(tmp_path):
    assert lines(IS_LOADED) == ["False", "True"]
    waits = IS_LOADED.replace("import mejit", "import mejit, time; time.sleep(1)")
    assert lines(waits, ME_CACHE_DIR=str(tmp_path / "cache")) == ["True", "True"]


FORKED = """
import os, mejit
child = os.fork()
k = mejit.compile("a + 41", "float64")
assert k(1.0) == 42
os.write(1, f"{k.tier}\\n".encode())
if child == 0: os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


@native
@pytest.mark.skipif(not has_host() or not hasattr(os, "fork"), reason="no Wasmtime, no forks")
def test_forks_and_exits_wait_for_the_host_that_is_being_loaded(tmp_path):
    cache = {"ME_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(5):
        assert set(lines(FORKED, **cache)) <= {"optimizing", "ahead-of-time"}
        assert lines("import mejit", **cache) == []
    assert lines(FORKED, **cache) == ["ahead-of-time"] * 2


def test_command_line(tmp_path, capsys):
    def run(*arguments):
        status = command_line.main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    assert run("eval", "a*b + 1", "a=1,2,3", "b=2") == (0, "[3 5 7]\n", "")
    np.save(tmp_path / "a.npy", np.arange(3.0))
    assert run("eval", "a + 1", f"a={tmp_path / 'a.npy'}", "-o", tmp_path / "r.npy")[0] == 0
    assert np.load(tmp_path / "r.npy").tolist() == [1, 2, 3]
    (tmp_path / "text").write_text("sum(a) * n")
    file = tmp_path / "k.wasm"
    status, out, _ = run("compile", f"@{tmp_path / 'text'}", "-p", "a=float64", "-p", "n=int", "-o", file)
    assert status == 0 and "bytes" in out
    assert mejit.load(file)(np.arange(3.0), 2) == 6
    status, out, _ = run("inspect", file)
    assert status == 0 and "64-bit" in out and "sum(a) * n" in out
    assert run("inspect", file, "--source")[1] == "sum(a) * n\n"
    if has_host():
        assert "(func" in run("inspect", file, "--wat")[1]
    status, out, _ = run("bench", "a*2", "-p", "a=float32", "-n", "100")
    assert status == 0 and out.count("ns per element") == 3
    status, out, _ = run("bench", "a*2", "-p", "a=float32", "-n", "100", "--explain")
    assert status == 0 and out.count("    tier: ") == 6 and out.count("compile_ns: ") == 3
    assert "the caller asked for the interpreter" in out
    status, _, err = run("eval", "a +")
    assert status == 1 and "error: " in err and "^" in err
    assert run("inspect", tmp_path / "text")[2].startswith("error: this is no kernel file")
    assert run("inspect", tmp_path / "nothing")[0] == 1
    with pytest.raises(SystemExit):
        command_line.main(["eval", "a", "a"])


@pytest.mark.parametrize("arguments", [
    ["eval", "a + 1", "a=missing.npy"],
    ["bench", "a + 1", "-p", "a=float64", "-n", "0"],
])
def test_command_line_tells_mistakes(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_command_line_measures_parameters_by_name(capsys):
    text = "def f(a, n):\n    return a * n"
    assert command_line.main(["bench", text, "-p", "n=int", "-p", "a=float64", "-n", "100"]) == 0
    assert "interpreter" in capsys.readouterr().out


def test_python_dash_m():
    if sys.platform == "emscripten":
        return
    done = subprocess.run([sys.executable, "-m", "mejit", "eval", "1 + 1"], text=True,
                          capture_output=True, check=True)
    assert done.stdout == "2\n"


def run_async(body):
    return asyncio.run(body())


@native
def test_compile_async():
    async def body():
        job = mejit.compile_async("a*3 + sum(a)", {"a": "float64"})
        assert not job.done() and job.kernel.tier == "interpreter"
        with pytest.raises(asyncio.InvalidStateError):
            job.result()
        first = job.kernel(np.arange(4.0))
        kernel = await job
        assert kernel is job.kernel is job.result() is await job
        assert job.done() and not job.cancelled() and job.exception() is None
        assert kernel.tier == mejit.compile("a*3 + sum(a)", {"a": "float64"}).tier
        assert np.array_equal(kernel(np.arange(4.0)), first)

    run_async(body)


@native
def test_a_cancelled_compilation_leaves_the_kernel():
    async def body():
        job = mejit.compile_async("a*5 - sum(a)", {"a": "float64"})
        assert job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert job.cancelled() and "cancelled" in repr(job)
        assert job.kernel(np.arange(2.0)).tolist() == [-1, 4]
        assert job.kernel.tier == "interpreter"
        # Another await that gives up leaves the compilation alone.
        job = mejit.compile_async("a*6 - sum(a)", {"a": "float64"})
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(job._result()), 0)
        assert await job is job.kernel

    run_async(body)


@native
def test_a_failed_compilation_leaves_the_kernel(monkeypatch):
    from mejit import compilation

    async def failing(self):
        raise RuntimeError("no compiler today")

    monkeypatch.setattr(compilation._Thread, "work", failing)

    async def body():
        job = mejit.compile_async("a*7", {"a": "float64"})
        with pytest.raises(RuntimeError, match="today"):
            await job
        assert "failed" in repr(job) and isinstance(job.exception(), RuntimeError)
        assert job.kernel(np.arange(2.0)).tolist() == [0, 7]

    run_async(body)


def test_programs_and_files_in_steps():
    """What compile_async does in Pyodide, where other threads are missing."""
    from mejit import _core
    from mejit.kernel import Kernel, arguments, core_arguments

    wanted = arguments("a*8 + sum(a)", {"a": "float64"}, None, "numpy", None)
    steps = _core.CompileSteps(*core_arguments(*wanted))
    with pytest.raises(ValueError, match="steps left"):
        steps.kernel()
    count = 1
    while steps.next():
        count += 1
    assert count > 4 and not steps.next()
    kernel = Kernel(*wanted, steps.kernel())
    assert kernel.tier == "interpreter"
    assert kernel(np.arange(3.0)).tolist() == [3, 11, 19]
    saving = _core.SaveSteps(steps.program(), 0)
    with pytest.raises(ValueError, match="steps left"):
        saving.file()
    while saving.next():
        pass
    assert saving.file() == kernel.save()
    assert mejit.load(saving.file())(np.arange(3.0)).tolist() == [3, 11, 19]

    wrong = _core.CompileSteps(*core_arguments(*arguments("a << 1", {"a": "float64"}, None, "numpy", None)))
    with pytest.raises(mejit.DTypeError, match="expression:1:1"):
        while wrong.next():
            pass


def test_texts_that_are_wrong_are_told_at_once():
    with pytest.raises(RuntimeError):
        mejit.compile_async("a", {"a": "float64"})  # no event loop

    async def body():
        with pytest.raises(mejit.ParseError):
            mejit.compile_async("a +", {"a": "float64"})

    if sys.platform != "emscripten":
        run_async(body)
