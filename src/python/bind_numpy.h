// NumPy arrays read and made through NumPy's C structures: a few loads where the buffer protocol takes
// a fifth of a microsecond. Only for arrays that need no conversion.
#pragma once

#include <pybind11/pybind11.h>

#include "me_engine.h"

namespace me::python {

// A view of an array that someone else holds.
struct NumpyArray {
  char* data;
  me_dtype dtype;
  int ndim;
  const pybind11::ssize_t* shape;
  bool c_order;
  bool writable;
};

// False: not exactly an ndarray, or of another byte order, unaligned, or of a dtype that is no number.
// Never raises.
bool read_numpy(PyObject* value, NumpyArray* array);

// A new C-order array, or null with an exception. NumPy is loaded: read_numpy has returned true before.
PyObject* new_numpy_array(me_dtype dtype, int ndim, const pybind11::ssize_t* shape);
// The item at `data` as a NumPy scalar; likewise.
PyObject* new_numpy_scalar(me_dtype dtype, void* data);

}  // namespace me::python
