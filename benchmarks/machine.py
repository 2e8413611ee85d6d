"""What kind of machine figures come from, in a few words."""

import os
import pathlib
import platform


def describe():
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    flags = set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
    vectors = next((name for flag, name in (("avx512f", " with AVX-512"), ("avx2", " with AVX2"))
                    if flag in flags), "")
    shared = " shared" if "hypervisor" in flags else ""
    kind = platform.machine().replace("_", "-")
    return f"{os.cpu_count()}{shared} cores, {kind}{vectors}"
