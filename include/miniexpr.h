/* mejit's drop-in C interface for embedders of miniexpr: the same names, values and struct layouts.
 *
 * Text in the miniexpr dialect (docs/language.md) is compiled once and evaluated many times over blocks
 * of contiguous items. Every function may be called from several threads; one me_expr may be evaluated
 * by several threads at the same time. No function lets an exception out. What this header adds to
 * nothing: engines, tiers, dialects and counters are in me_engine.h.
 */
#ifndef MINIEXPR_H
#define MINIEXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ME_VERSION_MAJOR 0
#define ME_VERSION_MINOR 2
#define ME_VERSION_PATCH 1
#define ME_VERSION_STRING "0.2.1"

/* Items per internal evaluation block, largest number of variables that me_eval takes, and defaults;
 * each may be defined before this header is included. */
#ifndef ME_EVAL_BLOCK_NITEMS
#define ME_EVAL_BLOCK_NITEMS 4096
#endif
#ifndef ME_MAX_VARS
#define ME_MAX_VARS 128
#endif
#ifndef ME_EVAL_ENABLE_BLOCKING
#define ME_EVAL_ENABLE_BLOCKING 1
#endif
#ifndef ME_SIMD_ULP_DEFAULT_MODE
#define ME_SIMD_ULP_DEFAULT_MODE ME_SIMD_ULP_3_5
#endif

/* In C++ every int is a value of these types, so that checking a wrong one is defined. */
#ifdef __cplusplus
#define ME_INT_ENUM : int
#else
#define ME_INT_ENUM
#endif

/* Element types. ME_AUTO as an output asks for the inferred type. */
typedef enum ME_INT_ENUM {
  ME_AUTO = 0,
  ME_BOOL,
  ME_INT8,
  ME_INT16,
  ME_INT32,
  ME_INT64,
  ME_UINT8,
  ME_UINT16,
  ME_UINT32,
  ME_UINT64,
  ME_FLOAT32,
  ME_FLOAT64,
  ME_COMPLEX64,
  ME_COMPLEX128,
  ME_STRING,
  ME_BYTES
} me_dtype;

/* me_variable.type: a plain variable, a C function of 0-7 doubles, or a closure (context first). */
enum {
  ME_VARIABLE = 0,
  ME_FUNCTION0 = 8,
  ME_FUNCTION1,
  ME_FUNCTION2,
  ME_FUNCTION3,
  ME_FUNCTION4,
  ME_FUNCTION5,
  ME_FUNCTION6,
  ME_FUNCTION7,
  ME_CLOSURE0 = 16,
  ME_CLOSURE1,
  ME_CLOSURE2,
  ME_CLOSURE3,
  ME_CLOSURE4,
  ME_CLOSURE5,
  ME_CLOSURE6,
  ME_CLOSURE7,
  ME_FLAG_PURE = 32,
  ME_FLAG_FLOAT_MATH = 64
};

/* What me_compile* return. */
typedef enum {
  ME_COMPILE_SUCCESS = 0,
  ME_COMPILE_ERR_OOM = -1,
  ME_COMPILE_ERR_PARSE = -2,
  ME_COMPILE_ERR_INVALID_ARG = -3,
  ME_COMPILE_ERR_COMPLEX_UNSUPPORTED = -4,
  ME_COMPILE_ERR_REDUCTION_INVALID = -5,
  ME_COMPILE_ERR_VAR_MIXED = -6,
  ME_COMPILE_ERR_VAR_UNSPECIFIED = -7,
  ME_COMPILE_ERR_INVALID_ARG_TYPE = -8,
  ME_COMPILE_ERR_MIXED_TYPE_NESTED = -9
} me_compile_status;

/* What me_eval* return. */
typedef enum {
  ME_EVAL_SUCCESS = 0,
  ME_EVAL_ERR_OOM = -1,
  ME_EVAL_ERR_NULL_EXPR = -2,
  ME_EVAL_ERR_TOO_MANY_VARS = -3,
  ME_EVAL_ERR_VAR_MISMATCH = -4,
  ME_EVAL_ERR_INVALID_ARG = -5
} me_eval_status;

/* Accuracy wishes. mejit's functions stay within 1 ULP in every mode. */
typedef enum ME_INT_ENUM { ME_SIMD_ULP_DEFAULT = 0, ME_SIMD_ULP_1 = 1, ME_SIMD_ULP_3_5 = 2 } me_simd_ulp_mode;

/* DEFAULT and ON use a compiled kernel where there is one; OFF forces the interpreter. */
typedef enum ME_INT_ENUM { ME_JIT_DEFAULT = 0, ME_JIT_ON = 1, ME_JIT_OFF = 2 } me_jit_mode;

/* A compiled program. Owned by the caller of me_compile*, ended by me_free. */
typedef struct me_expr me_expr;

/* One declared variable. `name` is borrowed during the compile call only. `address` identifies the
 * variable (data is passed at evaluation, by position). `itemsize` matters for strings only. */
typedef struct me_variable {
  const char *name;
  me_dtype dtype;
  const void *address;
  int type;
  void *context;
  size_t itemsize;
} me_variable;

/* Options of one evaluation; NULL means ME_EVAL_PARAMS_DEFAULTS. disable_simd and simd_ulp_mode are
 * accepted for compatibility and change no result. */
typedef struct me_eval_params {
  bool disable_simd;
  me_simd_ulp_mode simd_ulp_mode;
  me_jit_mode jit_mode;
} me_eval_params;

#define ME_EVAL_PARAMS_DEFAULTS \
  ((me_eval_params){false, ME_SIMD_ULP_DEFAULT, ME_JIT_DEFAULT})

/* Instantiates `wasm_len` bytes inside the host and returns the function-table index of the kernel, or
 * 0. The bytes are only borrowed. `bridge_lookup_fn_idx` is 0: kernels import nothing but memory. */
typedef int (*me_wasm_jit_instantiate_helper)(const unsigned char *wasm_bytes, int wasm_len,
                                              int bridge_lookup_fn_idx);
/* Releases a kernel's table index. */
typedef void (*me_wasm_jit_free_helper)(int fn_idx);

/* Compiles `expression` (an expression, or a kernel starting with `def`). `variables` may be NULL if
 * var_count is 0. On success *out is the program and *error (may be NULL) is 0. On failure *out is NULL, the
 * status is returned, and *error is the byte offset just past the offending token (>= 1) for syntax
 * errors, -1 otherwise; me_get_last_error_message says more. */
int me_compile(const char *expression, const me_variable *variables, int var_count,
               me_dtype dtype, int *error, me_expr **out);

/* As me_compile, for evaluation with me_eval_nd over the padded blocks of a chunked C-order array:
 * ndims >= 1 extents each of the array, of its chunks and of the chunks' blocks. */
int me_compile_nd(const char *expression, const me_variable *variables, int var_count,
                  me_dtype dtype, int ndims, const int64_t *shape, const int32_t *chunkshape,
                  const int32_t *blockshape, int *error, me_expr **out);

/* As me_compile_nd with a me_jit_mode that says whether a kernel is compiled. */
int me_compile_nd_jit(const char *expression, const me_variable *variables, int var_count,
                      me_dtype dtype, int ndims, const int64_t *shape,
                      const int32_t *chunkshape, const int32_t *blockshape, int jit_mode,
                      int *error, me_expr **out);

/* The first line of this thread's last compile error (at most 255 bytes), or NULL. Valid until the
 * thread's next compile call. */
const char *me_get_last_error_message(void);

/* Evaluates block_nitems items. vars_block[i] is the i-th variable's contiguous array: either one entry per
 * declared variable, or (expressions) one per variable that the expression uses. output_block takes
 * block_nitems items of me_get_dtype, or one item if the expression's root is a reduction. */
int me_eval(const me_expr *expr, const void **vars_block, int n_vars, void *output_block,
            int block_nitems, const me_eval_params *params);

/* Evaluates block `nblock` of chunk `nchunk`. The buffers hold whole padded blocks; padding of the
 * output is set to zero, and reductions see valid items only. */
int me_eval_nd(const me_expr *expr, const void **vars_block, int n_vars, void *output_block,
               int block_nitems, int64_t nchunk, int64_t nblock, const me_eval_params *params);

/* Number of items of that block that lie inside the array. */
int me_nd_valid_nitems(const me_expr *expr, int64_t nchunk, int64_t nblock,
                       int64_t *valid_nitems);

/* Evaluates a string expression into offsets[block_nitems + 1], from 0, and tight data: UTF-8 for ME_STRING
 * (values that are no characters become U+FFFD), bytes as they are for ME_BYTES. ME_EVAL_ERR_INVALID_ARG for
 * expressions that are not strings, block_nitems <= 0, missing buffers, and a data_capacity that is too
 * small: then offsets and data are left alone and *data_used is what is needed. */
int me_eval_varlen(const me_expr *expr, const void **vars_block, int n_vars, int block_nitems,
                   int64_t *offsets, void *data, size_t data_capacity, size_t *data_used,
                   const me_eval_params *params);
/* Upper bound of the data bytes that me_eval_varlen needs; 0 if expr is not a string expression. */
size_t me_varlen_data_bound(const me_expr *expr, int block_nitems);

/* Prints the program's IR to stdout. */
void me_print(const me_expr *n);
/* Ends a program; NULL is fine. */
void me_free(me_expr *n);
/* Result type; ME_AUTO for NULL. */
me_dtype me_get_dtype(const me_expr *expr);
/* Bytes per result item; 0 for NULL. */
size_t me_get_itemsize(const me_expr *expr);
/* Whether a compiled kernel stands behind the program. */
bool me_expr_has_jit_kernel(const me_expr *expr);

/* Tells mejit how to run kernels inside a wasm host; two NULLs withdraw the helpers. Kernels that exist
 * already keep the helpers that made them. Registering the same helpers again changes nothing. */
void me_register_wasm_jit_helpers(me_wasm_jit_instantiate_helper instantiate_helper,
                                  me_wasm_jit_free_helper free_helper);

/* ME_VERSION_STRING of the library. */
const char *me_version(void);

#ifdef __cplusplus
}
#endif

#endif /* MINIEXPR_H */
