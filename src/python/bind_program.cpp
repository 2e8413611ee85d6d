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

me_kernel* compile_program(decltype(&me_kernel_compile) compile, const std::string& text,
                           const std::vector<Param>& params, int dialect, std::int64_t result,
                           int tier) {
  std::vector<me_param> plain;
  for (const Param& p : params) plain.push_back({p.name.c_str(), p.dtype, p.flags, p.itemsize});
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.dialect = static_cast<me_dialect>(dialect);
  options.result = ElementType::of(result).dtype;
  options.max_tier = static_cast<me_tier>(tier);
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

}  // namespace me::python
