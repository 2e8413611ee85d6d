// Function ids: names as small integers, and the tier of what they stand for.
//
// Enters: names, ids, tiers as integers. Leaves: what include/me_engine.h says of them; code is known by
// its tier here. Example: _core.compile_function(id, 2) == 2, or None.
// Tested by tests/python/test_tiers.py.
#include "bind_tiers.h"

#include <pybind11/stl.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bind_errors.h"
#include "bind_running.h"

namespace py = pybind11;

namespace me::python {
namespace {

struct CodeFree {
  void operator()(me_code* code) const { me_code_free(code); }
};

std::optional<int> tier_of(me_code* code) {
  const std::unique_ptr<me_code, CodeFree> owner(code);
  if (!owner) return std::nullopt;
  return me_code_tier(owner.get());
}

std::optional<int> compile_function(me_function_id id, int tier) {
  const Unlocked unlocked;
  return tier_of(me_compile_function(id, static_cast<me_tier>(tier)));
}

}  // namespace

void promote(const Kernel& kernel, int tier) {
  int status = 0;
  {
    const Unlocked unlocked;
    status = me_kernel_promote(kernel.handle(), static_cast<me_tier>(tier));
  }
  if (status != ME_COMPILE_SUCCESS) raise_engine_error(status);
}

py::dict stats(const Kernel& kernel) {
  me_kernel_stats s{};
  s.struct_size = sizeof s;
  me_kernel_get_stats(kernel.handle(), &s);
  py::dict out;
  out["tier"] = static_cast<int>(s.tier);
  out["calls"] = std::vector<std::uint64_t>(std::begin(s.calls), std::end(s.calls));
  out["recorded_calls"] = s.recorded_calls;
  out["promotions"] = s.promotions;
  out["deoptimizations"] = s.deoptimizations;
  out["osr_entries"] = s.osr_entries;
  out["compile_ns"] = s.compile_ns;
  return out;
}

void bind_tiers(py::module_& module) {
  module.def("function_id", [](const std::string& name) {
    return me_get_function_id(name.data(), name.size());
  }, py::arg("name"));
  module.def("record_call", &me_record_call, py::arg("id"), py::arg("calls"));
  module.def("call_count", &me_call_count, py::arg("id"));
  module.def("function_tier", [](me_function_id id) { return static_cast<int>(me_get_tier(id)); },
             py::arg("id"));
  module.def("compile_function", &compile_function, py::arg("id"), py::arg("tier"));
  module.def("get_compiled", [](me_function_id id) { return tier_of(me_get_compiled(id)); },
             py::arg("id"));
  module.def("invalidate_function", &me_invalidate_function, py::arg("id"));
  module.def("can_osr", &me_can_osr, py::arg("id"), py::arg("offset"));
  module.def("do_osr", [](me_function_id id, std::int64_t offset) {
    const Unlocked unlocked;
    return me_do_osr(id, offset);
  }, py::arg("id"), py::arg("offset"));
}

}  // namespace me::python
