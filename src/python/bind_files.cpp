// Kernel files, the kernel cache on disk, and kernels that get their code later.
//
// Enters: a program as Kernel has it, or a file's bytes. Leaves: bytes, texts, and entries of the engine's
// cache in memory: a Kernel that is made afterwards, with the same arguments, has the code. Example:
// load(bytes) keeps the program of a file there, and Kernel(...) with what manifest(bytes) says runs it.
// Tested by tests/python/test_kernel_file.py.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>

#include "bind_errors.h"
#include "bind_kernel.h"
#include "bind_program.h"
#include "bind_running.h"
#include "me_engine.h"

namespace py = pybind11;

namespace me::python {
namespace {

// Keeps a program alive, and with it the cache's claim to it.
class Program {
 public:
  explicit Program(me_kernel* kernel) : kernel_(kernel) {}
  // Without code, unless the engine's cache has some.
  Program(const std::string& text, const std::vector<std::string>& names,
          const std::vector<std::int64_t>& dtypes, const std::vector<std::uint32_t>& flags,
          int dialect, std::int64_t result, int tier)
      : kernel_(compile_program(me_kernel_compile_deferred, text, params_of(names, dtypes, flags),
                                dialect, result, tier)) {}
  Program(const Program&) = delete;
  ~Program() { me_kernel_free(kernel_); }

  py::bytes save(std::uint32_t pointer_bits) const {
    char* bytes = nullptr;
    std::size_t size = 0;
    {
      const Unlocked unlocked;
      size = me_kernel_save(kernel_, pointer_bits, &bytes);
    }
    const Text owner(bytes);
    if (size == 0) raise_engine_error(ME_COMPILE_ERR_INVALID_ARG);
    return py::bytes(bytes, size);
  }

  std::string key() const {
    const Text text(me_kernel_key(kernel_));
    return text ? text.get() : "";
  }

  int tier() const { return me_kernel_tier(kernel_); }
  const me_kernel* handle() const { return kernel_; }

  void adopt(const py::bytes& file, const std::vector<std::uintptr_t>& entries) const {
    const auto bytes = std::string_view(file);
    const int status = me_kernel_adopt(kernel_, bytes.data(), bytes.size(), entries.data(),
                                       static_cast<int>(entries.size()));
    if (status != ME_COMPILE_SUCCESS) raise_engine_error(status);
  }

 private:
  me_kernel* kernel_;
};

struct StepsFree {
  void operator()(me_steps* steps) const { me_steps_free(steps); }
};
using StepsHandle = std::unique_ptr<me_steps, StepsFree>;

bool next(const StepsHandle& steps) {
  const int status = me_steps_next(steps.get());
  if (status < 0) raise_compile_error(status);
  return status == 1;
}

// The front end of a program in steps.
class CompileSteps {
 public:
  CompileSteps(const std::string& text, const std::vector<std::string>& names,
               const std::vector<std::int64_t>& dtypes, const std::vector<std::uint32_t>& flags,
               int dialect, std::int64_t result, int tier)
      : params_(params_of(names, dtypes, flags)),
        steps_(compile_program_steps(text, params_, dialect, result, tier)) {}
  bool next() const { return python::next(steps_); }
  std::unique_ptr<Kernel> kernel() const { return std::make_unique<Kernel>(handle(), params_); }
  std::unique_ptr<Program> program() const { return std::make_unique<Program>(handle()); }

 private:
  me_kernel* handle() const {
    me_kernel* kernel = me_steps_kernel(steps_.get());
    if (kernel == nullptr) throw py::value_error("there are steps left");
    return kernel;
  }

  std::vector<Param> params_;
  StepsHandle steps_;
};

// A kernel file that is made in steps.
class SaveSteps {
 public:
  SaveSteps(const Program& program, std::uint32_t pointer_bits)
      : steps_(me_kernel_save_steps(program.handle(), pointer_bits)) {
    if (!steps_) raise_engine_error(ME_COMPILE_ERR_INVALID_ARG);
  }
  bool next() const { return python::next(steps_); }
  py::bytes file() const {
    char* bytes = nullptr;
    const std::size_t size = me_steps_file(steps_.get(), &bytes);
    const Text owner(bytes);
    if (size == 0) throw py::value_error("there are steps left");
    return py::bytes(bytes, size);
  }

 private:
  StepsHandle steps_;
};

std::unique_ptr<Program> load(const py::bytes& file, bool recompile) {
  const auto bytes = std::string_view(file);
  me_kernel* kernel = nullptr;
  int status = 0;
  {
    const Unlocked unlocked;
    status = me_kernel_load(bytes.data(), bytes.size(), recompile ? ME_LOAD_RECOMPILE : 0, &kernel);
  }
  if (status != ME_COMPILE_SUCCESS) raise_engine_error(status);
  return std::make_unique<Program>(kernel);
}

py::bytes manifest(const py::bytes& file) {
  const auto bytes = std::string_view(file);
  const Text text(me_kernel_file_manifest(bytes.data(), bytes.size()));
  if (!text) raise_engine_error(ME_COMPILE_ERR_INVALID_ARG);
  return py::bytes(text.get());
}

// The modules for a pointer width, in the order of the stages.
std::vector<py::bytes> modules(const py::bytes& file, std::uint32_t pointer_bits) {
  const auto bytes = std::string_view(file);
  std::size_t places[2 * ME_MAX_STAGES];
  const int count = me_kernel_file_modules(bytes.data(), bytes.size(), pointer_bits, places, ME_MAX_STAGES);
  if (count < 0) raise_engine_error(count);
  std::vector<py::bytes> all;
  for (int i = 0; i < count; ++i) all.emplace_back(bytes.data() + places[2 * i], places[2 * i + 1]);
  return all;
}

void use_kernel_cache(const std::optional<std::string>& directory, std::uint64_t max_bytes) {
  const int status = me_use_kernel_cache(directory ? directory->c_str() : nullptr, max_bytes);
  if (status != ME_COMPILE_SUCCESS) raise_engine_error(status);
}

}  // namespace

void bind_files(py::module_& module) {
  py::class_<Program>(module, "Program", "A program in the engine's cache.")
      .def(py::init<const std::string&, const std::vector<std::string>&,
                    const std::vector<std::int64_t>&, const std::vector<std::uint32_t>&, int,
                    std::int64_t, int>(),
           py::arg("text"), py::arg("names"), py::arg("dtypes"), py::arg("flags"),
           py::arg("dialect"), py::arg("result"), py::arg("tier"))
      .def("save", &Program::save, py::arg("pointer_bits"),
           "The kernel file, with code for 32- or 64-bit pointers, or for both if 0.")
      .def("key", &Program::key, "What identifies its code.")
      .def("adopt", &Program::adopt, py::arg("file"), py::arg("entries"),
           "Gives it the code behind the host's entries, made of the modules of the file.")
      .def_property_readonly("tier", &Program::tier);
  py::class_<CompileSteps>(module, "CompileSteps", "The front end of a program in steps.")
      .def(py::init<const std::string&, const std::vector<std::string>&,
                    const std::vector<std::int64_t>&, const std::vector<std::uint32_t>&, int,
                    std::int64_t, int>(),
           py::arg("text"), py::arg("names"), py::arg("dtypes"), py::arg("flags"),
           py::arg("dialect"), py::arg("result"), py::arg("tier"))
      .def("next", &CompileSteps::next, "Does a step; False: it was the last one.")
      .def("kernel", &CompileSteps::kernel, "The compiled program, after the last step.")
      .def("program", &CompileSteps::program, "The same as a Program.");
  py::class_<SaveSteps>(module, "SaveSteps", "A kernel file that is made in steps.")
      .def(py::init<const Program&, std::uint32_t>(), py::arg("program"), py::arg("pointer_bits"))
      .def("next", &SaveSteps::next, "Does a step; False: it was the last one.")
      .def("file", &SaveSteps::file, "The bytes, after the last step.");
  module.def("load", &load, py::arg("file"), py::arg("recompile"),
             "The program of a kernel file, which the engine's cache has from now on.");
  module.def("manifest", &manifest, py::arg("file"), "The manifest of a kernel file, UTF-8.");
  module.def("modules", &modules, py::arg("file"), py::arg("pointer_bits"),
             "The modules in a kernel file of this build, one per stage.");
  module.def("use_kernel_cache", &use_kernel_cache, py::arg("directory"), py::arg("max_bytes"),
             "Uses a directory for compiled programs; None: the conventional one, '': none.");
  module.def("kernel_cache", [] { return std::string(me_kernel_cache_description()); },
             "The kernel cache's directory, or 'off' and why.");
}

}  // namespace me::python
