/* me_host.h: the functions that an embedder supplies so that generated kernels can run.
 *
 * A host turns the bytes of a wasm module into something callable. Everything that makes or runs
 * kernels knows this structure and nothing else of the place it runs in: in wasm it is filled from
 * the two helpers of me_register_wasm_jit_helpers, natively by a wasm engine. Plain C, includes
 * nothing of ours. A host that is absent costs speed, never a result.
 *
 * The module
 *   It exports `me_dsl_jit_kernel`, of type (ptr, ptr, ptr) -> i32, ptr being i32 or i64 as
 *   `pointer_bits` says, and imports exactly `env.memory`. It has no start function, no data
 *   segments, no tables and no mutable globals, so that one module may run in several instances.
 *     pointer_bits 32: a 32-bit memory, min 0, no max: the memory the library itself lives in.
 *     pointer_bits 64: a 64-bit memory of ME_HOST_MEMORY64_PAGES pages, min = max, that lies over
 *                      the address space of the process from address -address_bias on.
 *
 * Addresses (in bytes)
 *   kernel address = native address + address_bias, computed in unsigned arithmetic of the
 *   pointer's width. address_bias is 0 for pointer_bits 32 and -ME_HOST_MEMORY64_BASE for 64.
 *   Who biases what:
 *     - every address *stored in memory* that a kernel reads (the words of the operands array, the
 *       addresses inside the kernel context) is biased by whoever stores it, that is by the caller
 *       of `call`, never by the host and never by the kernel;
 *     - the two addresses passed as *arguments* (`operands` itself and `out`) are handed to `call`
 *       as plain native pointers; `call` biases them.
 *   Example, pointer_bits 64, c = a + b:
 *       const void *words[3] = {bias(a), bias(b), bias(&context)};
 *       status = host.call(host.user, entry, words, c, n);        c and words: not biased
 *   In a host whose pointer width is the native one (both of the above), the operands array is a
 *   native array of native-width words.
 *
 * Threads
 *   All functions may be called from any thread, several at a time, also `call` on one entry. The
 *   host arranges for that. Only `release` of an entry that another thread still uses is the
 *   caller's mistake.
 *
 * Errors
 *   No function throws, longjmps or ends the process. Failure is an `entry` of 0 or a negative
 *   status; `last_error` then says why.
 */
#ifndef ME_HOST_H
#define ME_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ME_HOST_ABI_VERSION 1

/* The name of the one function that a module exports. */
#define ME_HOST_KERNEL_EXPORT "me_dsl_jit_kernel"

/* The 64-bit memory: its first native address, and its size in pages of 64 KiB: 2^64 - 2^31 bytes
 * together, more than any address space, and a size that compilers of wasm can compare an address
 * with as an immediate operand. */
#define ME_HOST_MEMORY64_BASE 0x10000
#define ME_HOST_MEMORY64_PAGES 281474976677888

/* Negative results of `call`. Results >= 0 are the kernel's own status. */
#define ME_HOST_TRAPPED (-1)  /* the kernel trapped; what it had written to `out` stays written */
#define ME_HOST_BAD_CALL (-2) /* entry 0, nitems < 0, or an address outside the memory */
#define ME_HOST_FAILED (-3)   /* the host could not run it: out of memory, engine error */

typedef struct me_host {
  uint32_t abi_version;  /* ME_HOST_ABI_VERSION of the header that the host was built with */
  uint32_t struct_size;  /* sizeof(me_host) there; members may be added at the end only */
  uint32_t pointer_bits; /* 32 or 64: pointer width of the modules that this host takes */
  int64_t address_bias;  /* kernel address minus native address, see above */
  void *user;            /* first argument of every function; owned by the host */

  /* Compiles and instantiates a module. `bytes` is borrowed for the duration of the call.
   * Returns an entry that the caller owns and gives back to `release`, or 0 when refused.
   * In wasm an entry is a slot of the function table; nobody but the host may rely on that. */
  uintptr_t (*instantiate)(void *user, const uint8_t *bytes, size_t len);

  /* Gives an entry back; 0 is ignored. May be NULL in a host that never frees. */
  void (*release)(void *user, uintptr_t entry);

  /* Runs a kernel over `nitems` elements, synchronously. All memory is the caller's. Returns the
   * kernel's status (0 = done, 1..5 see the kernel ABI) or one of the negative values above; after
   * a negative value the entry may still be called, and `out` is unspecified. */
  int32_t (*call)(void *user, uintptr_t entry, const void *const *operands, void *out,
                  int64_t nitems);

  /* Why the calling thread's last failing call failed: UTF-8 text owned by the host, never NULL,
   * valid until that thread's next call of any function of any host. */
  const char *(*last_error)(void *user);
} me_host;

#ifdef __cplusplus
}
#endif

#endif /* ME_HOST_H */
