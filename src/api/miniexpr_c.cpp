// The entry points of include/miniexpr.h that neither compile nor evaluate.
//
// Enters: an me_expr or nothing. Leaves: what is known about it, its text, its end; the last error.
// Example: me_get_dtype of `sum(a)` over int32 is ME_INT64; of NULL it is ME_AUTO.
// Tested by tests/c_abi/api.c.
#include <cstdio>

#include "api/expr.h"
#include "api/guard.h"
#include "ir/print.h"
#include "jit/runtime/engine.h"

using me::api::guarded;

extern "C" {

const char* me_get_last_error_message(void) {
  const me::api::LastError& e = me::api::last_error();
  return e.present && e.message[0] != '\0' ? e.message : nullptr;
}

void me_print(const me_expr* n) {
  if (n == nullptr) return;
  guarded<int>(0, 0, [&] {
    std::fputs(me::ir::print(n->kernel->program).c_str(), stdout);
    return 0;
  });
}

void me_free(me_expr* n) { delete n; }

me_dtype me_get_dtype(const me_expr* expr) {
  return expr ? static_cast<me_dtype>(expr->kernel->program.result) : ME_AUTO;
}

size_t me_get_itemsize(const me_expr* expr) {
  return expr ? me::api::result_itemsize(*expr) : 0;
}

bool me_expr_has_jit_kernel(const me_expr* expr) {
  return expr != nullptr && expr->kernel->code.has_code();
}

void me_register_wasm_jit_helpers(me_wasm_jit_instantiate_helper instantiate_helper,
                                  me_wasm_jit_free_helper free_helper) {
  guarded<int>(0, 0, [&] {
    me::jit::default_engine().hosts().set_helpers(instantiate_helper, free_helper);
    return 0;
  });
}

const char* me_version(void) { return ME_VERSION_STRING; }

}  // extern "C"
