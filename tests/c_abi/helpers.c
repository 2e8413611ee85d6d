/* Registering and withdrawing JIT helpers: never an error, never another result, and kernels that
 * exist already keep working. Natively the helpers are not asked (kernels run through Wasmtime);
 * inside wasm the side-module tests cover the same calls.
 */
#include "check.h"
#include "me_engine.h"
#include "miniexpr.h"

static int instantiated = 0;

static int refuse(const unsigned char* bytes, int length, int bridge) {
  (void)bytes;
  (void)length;
  (void)bridge;
  ++instantiated;
  return 0;
}
static void forget(int index) { (void)index; }

static double once(me_expr* expr, double x) {
  double r = -1;
  const void* vars[1];
  vars[0] = &x;
  CHECK_INT(me_eval(expr, vars, 1, &r, 1, NULL), 0);
  return r;
}

int main(void) {
  const me_variable d[1] = {{"a", ME_FLOAT64, NULL, 0, NULL, 0}};
  me_expr *before = NULL, *during = NULL, *after = NULL;
  CHECK_INT(me_compile("a * 3 + 1", d, 1, ME_AUTO, NULL, &before), 0);
  CHECK_DOUBLE(once(before, 2), 7);

  me_register_wasm_jit_helpers(refuse, forget);
  me_register_wasm_jit_helpers(refuse, forget);
  CHECK_INT(me_compile("a * 3 + 2", d, 1, ME_AUTO, NULL, &during), 0);
  CHECK_DOUBLE(once(during, 2), 8);
  CHECK_DOUBLE(once(before, 2), 7);

  me_register_wasm_jit_helpers(NULL, NULL);
  me_register_wasm_jit_helpers(NULL, NULL);
  CHECK_INT(me_compile("a * 3 + 3", d, 1, ME_AUTO, NULL, &after), 0);
  CHECK_DOUBLE(once(after, 2), 9);
  CHECK_DOUBLE(once(during, 2), 8);
  CHECK_DOUBLE(once(before, 2), 7);
  CHECK(me_host_description() != NULL);

  me_free(before);
  me_free(during);
  me_free(after);
  return finish_checks();
}
