/* me_dtype and NumPy's type numbers (numpy.dtype(...).num), for embedders that see NumPy arrays.
 *
 * Plain functions over miniexpr.h; NumPy's headers are not needed. Numbers 7 to 10 stand for C's long
 * and long long, so that int64 is 7 where long has 64 bits and 9 elsewhere, as in NumPy.
 */
#ifndef MINIEXPR_NUMPY_H
#define MINIEXPR_NUMPY_H

#include "miniexpr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NumPy's number of the dtype; -1 for ME_AUTO and what is no dtype. */
static inline int me_dtype_to_numpy(me_dtype dtype) {
  const int wide_long = sizeof(long) == 8;
  switch ((int)dtype) {
    case ME_BOOL: return 0;
    case ME_INT8: return 1;
    case ME_UINT8: return 2;
    case ME_INT16: return 3;
    case ME_UINT16: return 4;
    case ME_INT32: return 5;
    case ME_UINT32: return 6;
    case ME_INT64: return wide_long ? 7 : 9;
    case ME_UINT64: return wide_long ? 8 : 10;
    case ME_FLOAT32: return 11;
    case ME_FLOAT64: return 12;
    case ME_COMPLEX64: return 14;
    case ME_COMPLEX128: return 15;
    case ME_BYTES: return 18;
    case ME_STRING: return 19;
    default: return -1;
  }
}

/* The dtype of NumPy's number; ME_AUTO for those that mejit does not have (float16, datetime64, ...). */
static inline me_dtype me_dtype_from_numpy(int type_number) {
  const int wide_long = sizeof(long) == 8;
  switch (type_number) {
    case 0: return ME_BOOL;
    case 1: return ME_INT8;
    case 2: return ME_UINT8;
    case 3: return ME_INT16;
    case 4: return ME_UINT16;
    case 5: return ME_INT32;
    case 6: return ME_UINT32;
    case 7: return wide_long ? ME_INT64 : ME_INT32;
    case 8: return wide_long ? ME_UINT64 : ME_UINT32;
    case 9: return ME_INT64;
    case 10: return ME_UINT64;
    case 11: return ME_FLOAT32;
    case 12: return ME_FLOAT64;
    case 14: return ME_COMPLEX64;
    case 15: return ME_COMPLEX128;
    case 18: return ME_BYTES;
    case 19: return ME_STRING;
    default: return ME_AUTO;
  }
}

#ifdef __cplusplus
}
#endif

#endif /* MINIEXPR_NUMPY_H */
