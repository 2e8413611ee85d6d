// From Python's lists to the library's parameters and options.
//
// Enters: a text, and names, dtype codes and flags of its parameters. Leaves: the library's kernel, or a
// Python exception. Example: "a+1", ["a"], [11], [0] is one float64 array. Tested by
// tests/python/test_kernel.py and test_kernel_file.py.
#include "bind_program.h"

#include <pybind11/pybind11.h>

#include "bind_arrays.h"
#include "bind_errors.h"
#include "bind_running.h"

namespace me::python {

std::vector<Param> params_of(const std::vector<std::string>& names,
                             const std::vector<std::int64_t>& dtypes,
                             const std::vector<std::uint32_t>& flags) {
  if (dtypes.size() != names.size() || flags.size() != names.size()) {
    throw pybind11::value_error("names, dtypes and flags differ in length");
  }
  std::vector<Param> params;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ElementType type = ElementType::of(dtypes[i]);
    params.push_back({names[i], type.dtype, flags[i], type.itemsize});
  }
  return params;
}

namespace {

std::vector<me_param> plain_params(const std::vector<Param>& params) {
  std::vector<me_param> plain;
  for (const Param& p : params) plain.push_back({p.name.c_str(), p.dtype, p.flags, p.itemsize});
  return plain;
}

me_compile_options options_of(int dialect, std::int64_t result, int tier) {
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.dialect = static_cast<me_dialect>(dialect);
  options.result = ElementType::of(result).dtype;
  options.max_tier = static_cast<me_tier>(tier);
  return options;
}

}  // namespace

me_kernel* compile_program(decltype(&me_kernel_compile) compile, const std::string& text,
                           const std::vector<Param>& params, int dialect, std::int64_t result,
                           int tier) {
  const std::vector<me_param> plain = plain_params(params);
  const me_compile_options options = options_of(dialect, result, tier);
  me_kernel* kernel = nullptr;
  int status = 0;
  {
    const Unlocked unlocked;
    status = compile(text.data(), text.size(), plain.data(), static_cast<int>(plain.size()),
                     &options, &kernel);
  }
  if (status != ME_COMPILE_SUCCESS) raise_compile_error(status);
  return kernel;
}

me_steps* compile_program_steps(const std::string& text, const std::vector<Param>& params, int dialect,
                                std::int64_t result, int tier) {
  const std::vector<me_param> plain = plain_params(params);
  const me_compile_options options = options_of(dialect, result, tier);
  me_steps* steps = me_kernel_compile_steps(text.data(), text.size(), plain.data(),
                                            static_cast<int>(plain.size()), &options);
  if (steps == nullptr) raise_compile_error(ME_COMPILE_ERR_INVALID_ARG);
  return steps;
}

}  // namespace me::python
