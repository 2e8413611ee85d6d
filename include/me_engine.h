/* What mejit adds to miniexpr.h: dialects, arrays with shapes and strides, tiers, counters, dumps.
 *
 * Functions return 0 or a negative me_compile_status / me_eval_status (miniexpr.h); the reason is this
 * thread's me_get_last_error_message() and, with the underlined source, me_last_error_report().
 * Everything may be called from several threads. Strings that a function "gives" are ended with me_text_free.
 */
#ifndef ME_ENGINE_H
#define ME_ENGINE_H

#include "me_host.h"
#include "miniexpr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The language's two dialects (docs/language.md). */
typedef enum ME_INT_ENUM { ME_DIALECT_NUMPY = 0, ME_DIALECT_MINIEXPR = 1 } me_dialect;

/* How a kernel runs, from slowest start to fastest code. */
typedef enum ME_INT_ENUM {
  ME_TIER_AUTO = -2,    /* to ask for: the interpreter first, then tier after tier as the kernel's profile
                           grows, compiled beside the evaluations (docs/tiers.md) */
  ME_TIER_FASTEST = -1, /* to ask for: the optimizing JIT, or the interpreter where wider vectors make it faster */
  ME_TIER_INTERPRETER = 0,
  ME_TIER_BASELINE_JIT = 1,   /* wasm that is quick to compile */
  ME_TIER_OPTIMIZING_JIT = 2, /* wasm that is quick to run: loops unrolled */
  ME_TIER_AOT_OPTIMIZED = 3   /* wasm loaded from a file or cache */
} me_tier;

/* Flags of a parameter. */
enum {
  ME_PARAM_UNIFORM = 1, /* one value for the whole call, not an array */
  ME_PARAM_WEAK = 2     /* a Python scalar: takes the dtype of the arrays that it meets (NEP 50) */
};

typedef struct me_param {
  const char *name; /* borrowed during the call */
  me_dtype dtype;
  uint32_t flags;
  size_t itemsize; /* bytes per element of ME_STRING (a multiple of 4) and ME_BYTES; 0 otherwise */
} me_param;

typedef struct me_compile_options {
  uint32_t struct_size; /* sizeof(me_compile_options) */
  me_dialect dialect;
  me_dtype result;  /* ME_AUTO: as inferred */
  me_tier max_tier; /* the highest tier to compile for */
} me_compile_options;

#define ME_COMPILE_OPTIONS_DEFAULTS                                                      \
  ((me_compile_options){sizeof(me_compile_options), ME_DIALECT_NUMPY, ME_AUTO,           \
                        ME_TIER_FASTEST})

/* An array in the caller's memory. strides are in bytes, may be 0 or negative; NULL means C order. */
typedef struct me_array {
  void *data;
  me_dtype dtype;
  int32_t ndim; /* 0 .. ME_MAX_NDIM */
  const int64_t *shape;
  const int64_t *strides;
  size_t itemsize; /* as in me_param */
} me_array;

#define ME_MAX_NDIM 32

/* A compiled program: immutable, shared by reference count. */
typedef struct me_kernel me_kernel;

/* Compiles `length` bytes of text. options NULL = defaults. The same text, parameters and options give the
 * same kernel while it is in the engine's cache. *out is ended with me_kernel_free. */
int me_kernel_compile(const char *text, size_t length, const me_param *params, int param_count,
                      const me_compile_options *options, me_kernel **out);
void me_kernel_free(me_kernel *kernel); /* NULL is fine */

/* Evaluates over `inputs`, one per parameter, in order: dtypes exactly as compiled, shapes broadcast
 * as NumPy does; uniform parameters have ndim 0. `out` has the shape that me_kernel_result_shape gives,
 * which is that broadcast shape but for reductions, and the kernel's dtype. It may overlap the inputs: the result is as if it did not.
 * Nothing is written to `out` when an error is found before the first element is computed.
 * tier: the highest tier to use in this call. */
int me_kernel_eval(const me_kernel *kernel, const me_array *inputs, int input_count,
                   const me_array *out, me_tier tier);

me_dtype me_kernel_dtype(const me_kernel *kernel);
/* Bytes per element of the result. */
size_t me_kernel_itemsize(const me_kernel *kernel);
/* Whether every element of the result is the same, so that one is computed (sum(a), 1+2). */
bool me_kernel_is_scalar(const me_kernel *kernel);
/* Whether it reduces its inputs. */
bool me_kernel_has_reduction(const me_kernel *kernel);
/* Whether a reduction runs over all items of the call, that is over the broadcast shape of all inputs:
 * in kernels and in the miniexpr dialect. In expressions of the numpy dialect each runs over the broadcast
 * shape of its own operands. */
bool me_kernel_reduces_call(const me_kernel *kernel);
/* Whether arrays of one shape give a result of that shape, or one value: no reduction along axes. */
bool me_kernel_keeps_shape(const me_kernel *kernel);
/* Whether it has loops: an evaluation of few items may take long, and me_interrupt ends it. */
bool me_kernel_has_loops(const me_kernel *kernel);
/* The shape of the result for these inputs: *ndim and shape[ME_MAX_NDIM] are set. */
int me_kernel_result_shape(const me_kernel *kernel, const me_array *inputs, int input_count,
                           int32_t *ndim, int64_t *shape);
/* The highest tier the kernel has code for. */
me_tier me_kernel_tier(const me_kernel *kernel);
int me_kernel_param_count(const me_kernel *kernel);
/* Parameter `index` as it was compiled, its name borrowed from the kernel; false past the end. */
bool me_kernel_param_at(const me_kernel *kernel, int index, me_param *out);
/* The options that it was compiled with; out->struct_size is set by the caller. */
bool me_kernel_options(const me_kernel *kernel, me_compile_options *out);

/* --- Tiers (docs/tiers.md) -------------------------------------------------------------------------
 * A kernel's code may be replaced at any time, from any thread: evaluations under way go over to the new
 * code, or back to the interpreter, at the next 4096 items, and no bit of a result depends on it. Tiers
 * only rise until something invalidates: the functions below, or a host that fails or is withdrawn. */

/* Compiles for `tier` now. 0: the kernel has code of that tier or a better one; else an error says why not. */
int me_kernel_promote(const me_kernel *kernel, me_tier tier);
/* Back to the interpreter; code that is being compiled will not be used. */
void me_kernel_invalidate(const me_kernel *kernel);

typedef struct me_kernel_stats {
  uint32_t struct_size;     /* sizeof(me_kernel_stats), set by the caller */
  me_tier tier;             /* of its code now */
  uint64_t calls[4];        /* evaluations by the tier that they began in */
  uint64_t recorded_calls;  /* me_record_call */
  uint64_t promotions;      /* times that better code was put in place */
  uint64_t deoptimizations; /* times that code was given up because its host failed or was withdrawn */
  uint64_t osr_entries;     /* evaluations that moved to code between two chunks (on-stack replacement) */
  uint64_t compile_ns;      /* front end, and the code there is now */
} me_kernel_stats;
int me_kernel_get_stats(const me_kernel *kernel, me_kernel_stats *out);

/* A compilation off the calling thread: the future of a kernel's code. The kernel may be evaluated
 * meanwhile, and stays usable when the job fails or is cancelled. Ended with me_compile_job_free, which
 * does not cancel. */
typedef struct me_compile_job me_compile_job;
me_compile_job *me_kernel_compile_async(const me_kernel *kernel, me_tier tier); /* NULL: no memory */
bool me_compile_job_is_complete(const me_compile_job *job); /* done, failed or cancelled */
bool me_compile_job_is_cancelled(const me_compile_job *job);
/* Gives why there is no code, or NULL while it runs and when there is; ended with me_text_free. */
char *me_compile_job_error(const me_compile_job *job);
/* The tier of its code; ME_TIER_INTERPRETER while it runs and when there is none. */
me_tier me_compile_job_result(const me_compile_job *job);
bool me_compile_job_cancel(me_compile_job *job); /* false: too late */
void me_compile_job_wait(me_compile_job *job);   /* runs it here if nobody has begun */
void me_compile_job_free(me_compile_job *job);
/* Runs the jobs that wait, on this thread: what builds without threads do in an idle moment. */
void me_run_compile_jobs(void);

/* Function ids: a name or source has one id for ever, from 1 on. An id may stand for a kernel, which it
 * does not keep alive. Unknown ids, and ids without a kernel, are in the interpreter and have no code. */
typedef uint64_t me_function_id;
me_function_id me_get_function_id(const char *name, size_t length); /* get or create; 0: no memory */
bool me_bind_function(me_function_id id, const me_kernel *kernel);
void me_record_call(me_function_id id, uint64_t calls); /* counts, and promotes kernels of ME_TIER_AUTO */
uint64_t me_call_count(me_function_id id);
me_tier me_get_tier(me_function_id id);
bool me_has_compiled(me_function_id id, me_tier tier); /* code of this tier or a better one */
void me_invalidate_function(me_function_id id);

/* The code of a kernel in one tier, kept alive by its handle; freed with me_code_free. */
typedef struct me_code me_code;
me_code *me_compile_function(me_function_id id, me_tier tier); /* compiles if need be; NULL: there is none */
me_code *me_get_compiled(me_function_id id);                   /* NULL: the interpreter */
/* On-stack replacement: whether evaluations under way may continue in the kernel's code at item `offset`,
 * a multiple of 4096; the code that they continue in, or NULL; and the request to do so from their next
 * chunk on, which compiles the best tier allowed if there is no code. */
bool me_can_osr(me_function_id id, int64_t offset);
me_code *me_get_entry(me_function_id id, int64_t offset);
bool me_do_osr(me_function_id id, int64_t offset);
me_tier me_code_tier(const me_code *code);
void me_code_free(me_code *code);

/* Gives "source", "ast", "typed", "ir", "wasm" (text form), or "explain" (tier, why not a better one, sizes);
 * NULL if there is no such thing. */
char *me_kernel_text(const me_kernel *kernel, const char *stage);
/* Gives the bytes of stage `index`'s wasm module through *bytes (ended with me_text_free), or 0. */
size_t me_kernel_wasm(const me_kernel *kernel, int index, char **bytes);
void me_text_free(char *text);

/* Kernel files (docs/kernel-files.md): a kernel as one WebAssembly module that holds its source, its dtypes and
 * its code for 32-bit and 64-bit memories. A file is code: load only what you would run. */
enum {
  ME_LOAD_RECOMPILE = 1 /* a file of another kernel ABI or build: compile its source, instead of an error */
};
/* Gives the bytes of a kernel's file through *bytes (ended with me_text_free) and returns their number; 0 for
 * a kernel that calls C functions. pointer_bits: 32 or 64 for the code of one pointer width, 0 for both.
 * Generates that code: some milliseconds. */
size_t me_kernel_save(const me_kernel *kernel, uint32_t pointer_bits, char **bytes);
/* Makes the kernel of a file, at ME_TIER_AOT_OPTIMIZED where there is a host for its code. Damaged, truncated
 * and foreign files are errors; `bytes` is read during the call only. */
int me_kernel_load(const void *bytes, size_t size, uint32_t flags, me_kernel **out);
/* Gives a file's manifest as text (src/jit/store/kernel_file.h), NULL if the file is damaged or none. */
char *me_kernel_file_manifest(const void *bytes, size_t size);

/* For embedders that compile WebAssembly asynchronously: a kernel that runs in the interpreter until it is given
 * code. The steps:
 *   me_kernel_compile_deferred(..., &kernel);                usable at once
 *   size = me_kernel_save(kernel, 32, &file);                or a file kept under me_kernel_key(kernel)
 *   count = me_kernel_file_modules(file, size, 32, places, ME_MAX_STAGES);    for each stage: compile these bytes,
 *                                                            instantiate with env.memory, put the kernel into the host
 *   me_kernel_adopt(kernel, file, size, entries, stages);    evaluations go over to it at their next chunk */

/* As me_kernel_compile, but without code. A kernel that has some already, from an earlier compile of the same
 * source, is given as it is. */
int me_kernel_compile_deferred(const char *text, size_t length, const me_param *params, int param_count,
                               const me_compile_options *options, me_kernel **out);
/* Gives what identifies a kernel's code, a text with ABI, build, dtypes, options and source: the key to keep
 * files under. Two kernels with one key are one program. */
char *me_kernel_key(const me_kernel *kernel);
/* Where the stages' modules for hosts of that pointer width lie in a file of this build: of the first `capacity`
 * of them, offset and length go to places[2*i] and places[2*i + 1]. Returns how many stages there are, at most
 * ME_MAX_STAGES and 0 if nothing was compiled, or a negative status for damaged and foreign files. */
#define ME_MAX_STAGES 256
int me_kernel_file_modules(const void *bytes, size_t size, uint32_t pointer_bits, size_t *places, int capacity);
/* Gives the kernel its code: what the host in force (me_host.h) calls by `entries`, made of the modules of this
 * file, one per stage. Entries are released by the kernel, also when this fails; then the kernel stays as it is. */
int me_kernel_adopt(me_kernel *kernel, const void *file, size_t size, const uintptr_t *entries, int count);

/* The same in steps, for callers with an event loop: me_kernel_compile_deferred, and me_kernel_save, but a phase or
 * a part of one at a time. NULL: an error, or no memory.
 *   while ((status = me_steps_next(steps)) == 1) turn_the_event_loop();
 * It gives 1 when there is more to do, 0 after the last step, or a negative me_compile_status. The results are there
 * after the last step: a kernel to be ended with me_kernel_free, the bytes of a file as me_kernel_save gives them.
 * Steps may be freed half-way, and before the kernel that they save. */
typedef struct me_steps me_steps;
me_steps *me_kernel_compile_steps(const char *text, size_t length, const me_param *params, int param_count,
                                  const me_compile_options *options);
me_steps *me_kernel_save_steps(const me_kernel *kernel, uint32_t pointer_bits);
int me_steps_next(me_steps *steps);
me_kernel *me_steps_kernel(me_steps *steps);
size_t me_steps_file(me_steps *steps, char **bytes);
void me_steps_free(me_steps *steps);

/* The kernel cache on disk: compiled programs, and Wasmtime's machine code for them, between processes. Off by
 * default; the environment switches it on for all programs (ME_CACHE_DIR, ME_CACHE=1), and this function for
 * this process. directory NULL: mejit below XDG_CACHE_HOME or ~/.cache; "": none. It is made with mode 0700; one
 * that other users may open is refused. max_bytes: the entries used longest ago make room; 0: 256 MiB. */
int me_use_kernel_cache(const char *directory, uint64_t max_bytes);
/* The directory, or "off" and why. Valid until the thread's next call. */
const char *me_kernel_cache_description(void);

/* Gives the distinct variable names of an expression in order of first appearance, or a kernel's
 * parameters, one a line; NULL on a syntax error, but for the statements of a kernel, which are not looked at. */
char *me_free_names(const char *text, size_t length, me_dialect dialect);

/* The broadcast shape of arrays: *ndim and shape[ME_MAX_NDIM] are set. */
int me_broadcast(const me_array *inputs, int input_count, int32_t *ndim, int64_t *shape);

/* This thread's last error: the message with the underlined source (at most six lines), or NULL. Valid until the
 * thread's next call into mejit that can fail. */
const char *me_last_error_report(void);
/* Its byte range in the source; returns false if it has none. */
bool me_last_error_span(int64_t *begin, int64_t *end);

/* Counters of the engine (docs: src/base/metrics.def): value by name, 0 for unknown names; names by index,
 * NULL past the end; and what a counter means. */
uint64_t me_counter(const char *name);
const char *me_counter_name(int index);
const char *me_counter_help(int index);
void me_counters_reset(void);

/* One row per function and operator of the language; false past the end. Strings are static. */
typedef struct me_function_info {
  const char *name;
  const char *help;
  int arity;
  double ulp;
} me_function_info;
bool me_function_at(int index, me_function_info *out);

/* Makes kernels run through `host` (copied); NULL goes back to the built-in choice: helpers registered with
 * me_register_wasm_jit_helpers in wasm, Wasmtime natively, else the interpreter. */
int me_set_host(const me_host *host);
/* Native builds: the path of the Wasmtime library to load at the first compile; NULL = search. Returns 0
 * if the library could be loaded now or was loaded before; me_last_error_report says why not. */
int me_use_wasmtime(const char *library_path);
/* Native builds: begins to load Wasmtime in a thread of its own and returns, so that the first compilation, which
 * waits for the end, need not wait long. What me_use_wasmtime(NULL) finds is loaded, else `fallback_path` (may be
 * NULL). Does nothing where there is a host already; me_host_description says what came of it. */
void me_prepare_wasmtime(const char *fallback_path);
/* "wasmtime 50.0.1", "wasm helpers", "host" or "none: <reason>". Valid until the next call. */
const char *me_host_description(void);

/* Changes when newly compiled kernels would run in another host. */
uint64_t me_host_generation(void);

/* Where the print() of kernels writes, a line at a time, on the thread that evaluates; NULL: standard output. */
typedef void (*me_print_sink)(void *user, const char *text, size_t length);
void me_set_print_sink(me_print_sink sink, void *user);

/* How many threads an evaluation may use, the calling one among them, for all kernels and me_eval. At first
 * ME_NUM_THREADS, or 1; 0 sets as many as the process may run at once. Results are the same bits with any
 * number. Small evaluations, C functions that kernels call, and builds without threads stay with the calling
 * thread. Returns the setting before; setting 1 ends the threads that were made. */
int me_set_num_threads(int count);
int me_get_num_threads(void);

/* Asks running evaluations of all kernels to stop with ME_EVAL_ERR_INVALID_ARG ("interrupted") when
 * `on`; stays in force until it is switched off. Evaluations without loops notice it after every 4096 items.
 * Safe in signal handlers. */
void me_interrupt(bool on);

#ifdef __cplusplus
}
#endif

#endif /* ME_ENGINE_H */
