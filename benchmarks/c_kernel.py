"""mejit through its C interface: a compiled kernel and the addresses for me_kernel_eval.

Who embeds mejit calls me_kernel_eval from C or, in a page, from JavaScript; between such calls
there is no Python. `CKernel` holds everything that such a call takes, in ctypes. Natively
limits.py's loop calls it, in Pyodide pyodide.mjs does.
"""

import ctypes

import numpy as np

_DTYPES = {"bool": 1, "int32": 4, "int64": 5, "float32": 10, "float64": 11}
_OPTIMIZING = 2


class _Param(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_int), ("flags", ctypes.c_uint32),
                ("itemsize", ctypes.c_size_t)]


class _Array(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int), ("ndim", ctypes.c_int32),
                ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("itemsize", ctypes.c_size_t)]


class CKernel:
    """`arguments` are those of me_kernel_eval, as integers. Freed with the object."""

    def __init__(self, library, text, arrays, result_dtype, reduces):
        self._library = library
        self._kept = list(arrays.values())
        items = self._kept[0].size
        self.out = np.zeros(() if reduces else items, result_dtype)
        names = [name.encode() for name in arrays]  # borrowed during the call
        params = (_Param * len(arrays))(*(
            _Param(name, _DTYPES[str(a.dtype)], 0, 0) for name, a in zip(names, self._kept)))
        code = text.encode()
        self._kernel = ctypes.c_void_p()
        status = library.me_kernel_compile(code, ctypes.c_size_t(len(code)),
                                           ctypes.c_void_p(ctypes.addressof(params)), len(arrays),
                                           None, ctypes.byref(self._kernel))
        if status != 0:
            library.me_get_last_error_message.restype = ctypes.c_char_p
            reason = library.me_get_last_error_message().decode()
            raise RuntimeError(f"me_kernel_compile gave {status}: {reason}")
        self._shape = (ctypes.c_int64 * 1)(items)
        self._inputs = (_Array * len(arrays))(*(self._array(a) for a in arrays.values()))
        self._output = self._array(self.out)
        self.arguments = [self._kernel.value, ctypes.addressof(self._inputs), len(arrays),
                          ctypes.addressof(self._output), _OPTIMIZING]

    def _array(self, array):
        return _Array(array.ctypes.data, _DTYPES[str(array.dtype)], array.ndim, self._shape, None, 0)

    def __del__(self):
        self._library.me_kernel_free(self._kernel)
