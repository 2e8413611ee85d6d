// A compiled program as the binding holds it.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "bind_arrays.h"
#include "bind_program.h"
#include "me_engine.h"

namespace me::python {

class Kernel {
 public:
  // Raises what mejit.errors makes of a program that is refused.
  Kernel(const pybind11::str& text, const std::vector<std::string>& names,
         const std::vector<std::int64_t>& dtypes, const std::vector<std::uint32_t>& flags,
         int dialect, std::int64_t result, int tier);
  // Of a program with these parameters; owns the kernel.
  Kernel(me_kernel* kernel, std::vector<Param> params);
  Kernel(const Kernel&) = delete;
  ~Kernel();

  // Values of any kind, one per parameter. Returns out, or a new array if it is None.
  pybind11::object run(const pybind11::sequence& values, const pybind11::object& out, char order) const;
  // Into `out`, whose shape is that of the result, in the best code that the program has. `items` are those of the whole call: if there are many,
  // or loops, other Python threads run meanwhile. Raises EvaluateError, or what Ctrl-C raises.
  void evaluate(const me_array* inputs, const me_array& out, std::int64_t items) const;

  const std::vector<Param>& params() const { return params_; }
  ElementType type() const;  // of the result
  bool is_scalar() const { return is_scalar_; }
  // Whether arrays of one shape give a result of that shape, or one value.
  bool keeps_shape() const { return keeps_shape_; }
  int tier() const { return me_kernel_tier(kernel_); }
  me_kernel* handle() const { return kernel_; }
  // Whether a Python integer, a value of dtype int64 or uint64, is one of all integer dtypes that it
  // takes part with.
  bool integers_hold(const me_array& value) const;
  pybind11::object text(const std::string& stage) const;
  pybind11::bytes wasm(int stage) const;

 private:
  std::vector<Input> take(const pybind11::sequence& values) const;
  void check_weak_integer(const me_array& value, const Param& p) const;
  void check_reductions(const std::vector<me_array>& arrays) const;

  me_kernel* kernel_ = nullptr;
  std::vector<Param> params_;
  std::vector<me_dtype> integers_;  // dtypes that Python integers may have to take
  bool is_scalar_ = false;
  bool keeps_shape_ = false;
  bool has_loops_ = false;
};

void bind_kernel(pybind11::module_& module);

}  // namespace me::python
