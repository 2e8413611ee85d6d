"""Loads the one copy of the library that a process has, before the extension that needs it."""

import ctypes
import os
import sys


def load():
    """Opens the library beside this file for the whole process and returns its path.

    Its symbols must be global: the extension `_core` is linked with nothing and finds them there,
    and so do other users of the C interface (ctypes, JavaScript).
    """
    name = "mejit.so" if sys.platform == "emscripten" else "libmejit.so"
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    return path
