// The arguments of me_kernel_compile and its like.
//
// Enters: C arguments of any quality. Leaves: a Source, or the thread's last error.
// Tested by tests/c_abi/engine.c and tests/c_abi/steps.c.
#include "api/compile_source.h"

#include "api/last_error.h"
#include "lang/frontend.h"

namespace me::api {
namespace {

constexpr std::uint32_t kKnownFlags = ME_PARAM_UNIFORM | ME_PARAM_WEAK;

}  // namespace

lang::Dialect dialect_of(me_dialect d) {
  return d == ME_DIALECT_MINIEXPR ? lang::Dialect::Miniexpr : lang::Dialect::Numpy;
}

int refuse_compile(const char* why) {
  set_error({Status::InvalidArg, {}, why, "", false}, "", "");
  return ME_COMPILE_ERR_INVALID_ARG;
}

int refuse_compile(const Diagnostic& why, std::string_view text) {
  set_error(why, text, lang::is_kernel_text(text) ? "kernel" : "expression");
  return compile_code_of(why.status);
}

int compile_source(const char* text, std::size_t length, const me_param* params, int param_count,
                   const me_compile_options* options, jit::Source* out) {
  if (text == nullptr || param_count < 0 || (param_count > 0 && params == nullptr)) {
    return refuse_compile("a required argument is NULL or negative");
  }
  const me_compile_options chosen = options ? *options : ME_COMPILE_OPTIONS_DEFAULTS;
  if (chosen.struct_size < sizeof chosen || chosen.dialect < ME_DIALECT_NUMPY ||
      chosen.dialect > ME_DIALECT_MINIEXPR || chosen.result < ME_AUTO || chosen.result > ME_BYTES ||
      chosen.max_tier < ME_TIER_AUTO || chosen.max_tier > ME_TIER_OPTIMIZING_JIT) {
    return refuse_compile("a compile option has an unknown value");
  }
  out->text = {text, length};
  out->dialect = dialect_of(chosen.dialect);
  if (chosen.max_tier == ME_TIER_AUTO) out->policy = jit::TierPolicy::Profiled;
  out->fastest = chosen.max_tier < ME_TIER_INTERPRETER;
  if (!out->fastest) out->max_tier = static_cast<jit::Tier>(chosen.max_tier);
  out->signature.result = static_cast<DType>(chosen.result);
  for (int i = 0; i < param_count; ++i) {
    const me_param& p = params[i];
    if (p.name == nullptr || p.dtype <= ME_AUTO || p.dtype > ME_BYTES ||
        (p.flags & ~kKnownFlags) != 0) {
      return refuse_compile("a parameter has no name, an unknown dtype or unknown flags");
    }
    out->signature.params.push_back({p.name, static_cast<DType>(p.dtype),
                                     (p.flags & ME_PARAM_UNIFORM) != 0,
                                     (p.flags & ME_PARAM_WEAK) != 0, p.itemsize});
  }
  return ME_COMPILE_SUCCESS;
}

}  // namespace me::api
