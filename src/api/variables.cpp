// The declared variables of a compile call.
//
// Enters: me_variable entries of any quality and the wished output dtype. Leaves: a Signature, with
// untyped variables taking the output's dtype, or a located-nowhere Diagnostic.
// Example: {"a", ME_AUTO} with output ME_FLOAT32 is a float32 parameter; beside {"b", ME_INT8} it is
// refused as ME_COMPILE_ERR_VAR_MIXED.
// Tested by tests/c_abi/api.c.
#include "api/variables.h"

#include <string>
#include <utility>

namespace me::api {
namespace {

Diagnostic whole(Status status, std::string message) {
  return {status, {}, std::move(message), "", false};
}

bool is_string(me_dtype t) { return t == ME_STRING || t == ME_BYTES; }

// A function or closure among the variables.
Result<Callout> read_function(const me_variable& v) {
  const std::string name = v.name;
  const int kind = v.type & ~(ME_FLAG_PURE | ME_FLAG_FLOAT_MATH);
  Callout c;
  c.closure = kind >= ME_CLOSURE0 && kind <= ME_CLOSURE7;
  if (!c.closure && (kind < ME_FUNCTION0 || kind > ME_FUNCTION7)) {
    return whole(Status::InvalidArg, "variable '" + name + "' has an unknown type");
  }
  if (v.address == nullptr) {
    return whole(Status::InvalidArg, "function '" + name + "' has no address");
  }
  if (v.dtype < ME_AUTO || v.dtype > ME_BYTES) {
    return whole(Status::InvalidArg, "function '" + name + "' has an unknown dtype");
  }
  c.name = name;
  c.address = v.address;
  c.context = c.closure ? v.context : nullptr;
  c.arity = static_cast<unsigned>(kind - (c.closure ? ME_CLOSURE0 : ME_FUNCTION0));
  c.result = static_cast<DType>(v.dtype);
  c.pure = (v.type & ME_FLAG_PURE) != 0;
  c.float_math = (v.type & ME_FLAG_FLOAT_MATH) != 0;
  return c;
}

}  // namespace

Result<Variables> read_variables(const me_variable* variables, int count, me_dtype result) {
  Variables out;
  Signature& s = out.signature;
  if (result < ME_AUTO || result > ME_BYTES) {
    return whole(Status::InvalidArg, "unknown output dtype");
  }
  int untyped = 0;
  for (int i = 0; i < count; ++i) {
    const me_variable& v = variables[i];
    if (v.name == nullptr) return whole(Status::InvalidArg, "a variable has no name");
    const std::string name = v.name;
    if ((v.type & ~(ME_FLAG_PURE | ME_FLAG_FLOAT_MATH)) != ME_VARIABLE) {
      ME_TRY(Callout function, read_function(v));
      s.callouts.push_back(std::move(function));
      continue;
    }
    if (v.dtype < ME_AUTO || v.dtype > ME_BYTES) {
      return whole(Status::InvalidArg, "variable '" + name + "' has an unknown dtype");
    }
    if (is_string(v.dtype)) {
      const std::size_t unit = v.dtype == ME_STRING ? 4 : 1;
      if (v.itemsize == 0 || v.itemsize % unit != 0) {
        return whole(Status::TypeError, "string variable '" + name + "' needs a valid itemsize");
      }
    }
    untyped += v.dtype == ME_AUTO;
    s.params.push_back({name, static_cast<DType>(v.dtype), false, false, v.itemsize});
    out.addresses.push_back(v.address);
  }
  if (untyped != 0 && untyped != static_cast<int>(s.params.size())) {
    return whole(Status::VarMixed, "either all variables have a dtype or none");
  }
  if (untyped != 0 && result == ME_AUTO) {
    return whole(Status::VarUnspecified,
                 "variables without dtype need an explicit output dtype");
  }
  for (Param& p : s.params) {
    if (p.dtype == DType::Auto) p.dtype = static_cast<DType>(result);
  }
  s.result = static_cast<DType>(result);
  return out;
}

}  // namespace me::api
