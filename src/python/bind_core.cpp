// The extension module mejit._core: the engine's state for Python.
//
// Enters: include/me_engine.h. Leaves: functions over counters, the function table, hosts. The module is
// linked with no library: the package's __init__ loads libmejit.so (mejit.so in wasm) for the whole
// process first. Tested by tests/python/test_engine.py, and against _core.pyi by test_stub.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <tuple>

#include "bind_arrays.h"
#include "bind_call.h"
#include "bind_errors.h"
#include "bind_expression.h"
#include "bind_kernel.h"
#include "bind_running.h"
#include "bind_tiers.h"
#include "me_engine.h"

namespace py = pybind11;

namespace me::python {

void bind_files(py::module_& module);

namespace {

std::map<std::string, std::uint64_t> counters() {
  std::map<std::string, std::uint64_t> all;
  for (int i = 0; const char* name = me_counter_name(i); ++i) all[name] = me_counter(name);
  return all;
}

std::map<std::string, std::string> counter_help() {
  std::map<std::string, std::string> all;
  for (int i = 0; const char* name = me_counter_name(i); ++i) all[name] = me_counter_help(i);
  return all;
}

std::vector<std::tuple<std::string, int, double, std::string>> functions() {
  std::vector<std::tuple<std::string, int, double, std::string>> all;
  me_function_info info;
  for (int i = 0; me_function_at(i, &info); ++i) {
    all.emplace_back(info.name, info.arity, info.ulp, info.help);
  }
  return all;
}

void use_wasmtime(const std::optional<std::string>& path) {
  const int status = me_use_wasmtime(path ? path->c_str() : nullptr);
  if (status != ME_COMPILE_SUCCESS) raise_engine_error(status);
}

// Function pointers as integers: only for the package's own registration in Pyodide.
void register_helpers(std::uintptr_t instantiate, std::uintptr_t free) {
  me_register_wasm_jit_helpers(reinterpret_cast<me_wasm_jit_instantiate_helper>(instantiate),
                               reinterpret_cast<me_wasm_jit_free_helper>(free));
}

// print() of kernels goes where Python's goes; what sys.stdout raises is shown, not passed on.
void write_to_stdout(void*, const char* text, std::size_t length) {
  const py::gil_scoped_acquire gil;
  try {
    const py::object out = py::module_::import("sys").attr("stdout");
    if (!out.is_none()) out.attr("write")(py::str(text, length));
  } catch (py::error_already_set& e) {
    e.discard_as_unraisable("print() in a kernel");
  }
}

}  // namespace
}  // namespace me::python

PYBIND11_MODULE(_core, module) {
  using namespace me::python;
  module.doc() = "The engine of mejit; use the package's functions instead.";
  me_set_print_sink(&write_to_stdout, nullptr);
  bind_arrays(module);
  bind_kernel(module);
  bind_call(module);
  bind_expression(module);
  bind_tiers(module);
  bind_files(module);
  module.def("counters", &counters, "Counters by name.");
  module.def("counter_help", &counter_help, "What each counter means.");
  module.def("reset_counters", &me_counters_reset, "Sets all counters to 0.");
  module.def("functions", &functions, "name, arity, ulp and help of every function.");
  module.def("host", [] { return std::string(me_host_description()); },
             "What runs compiled kernels.");
  module.def("use_wasmtime", &use_wasmtime, py::arg("path"),
             "Loads the Wasmtime library at path, or searches for it if path is None.");
  module.def("prepare_wasmtime",
             [](const std::optional<std::string>& fallback) {
               me_prepare_wasmtime(fallback ? fallback->c_str() : nullptr);
             },
             py::arg("fallback"),
             "Begins to load what use_wasmtime(None) would, else the library at fallback, and returns.");
  module.def("set_num_threads", &me_set_num_threads, py::arg("count"),
             py::call_guard<Unlocked>(),
             "Sets how many threads an evaluation may use; returns the setting before.");
  module.def("get_num_threads", &me_get_num_threads, "How many threads an evaluation may use.");
  module.def("interrupt", &me_interrupt, py::arg("on"),
             "Asks running evaluations to stop, until it is switched off.");
  module.def("version", &me_version, "Version of the C interface.");
  module.def("_register_helpers", &register_helpers, py::arg("instantiate"), py::arg("free"),
             "Tells the library the function-table indices of the two wasm helpers.");
}
