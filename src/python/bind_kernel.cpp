// Compiled programs and their evaluation.
//
// Enters: text with the dtypes of its parameters; then values, one per parameter. Leaves: arrays. The
// result's memory is `out`, or what mejit.arrays.allocate makes (NumPy arrays, or memoryviews without
// NumPy). Example: _core.Kernel("a+1", ["a"], [11], [0], 0, 0, 2).run((array,), None, "K").
// Tested by tests/python/test_kernel.py and test_arrays.py.
#include "bind_kernel.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "bind_errors.h"
#include "bind_running.h"
#include "bind_tiers.h"

namespace py = pybind11;

namespace me::python {
namespace {

py::str decoded(const char* text) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(text, static_cast<Py_ssize_t>(std::strlen(text)), "replace"));
}

// UTF-8 of a str; lone surrogates become what the front end refuses by itself.
std::string utf8(const py::str& text) {
  const auto bytes = py::reinterpret_steal<py::bytes>(
      PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogatepass"));
  if (!bytes) throw py::error_already_set();
  return bytes;
}

bool is_integer(me_dtype dtype) { return dtype >= ME_INT8 && dtype <= ME_UINT64; }
bool is_weak_integer(const Param& p) { return p.is_weak() && is_integer(p.dtype); }

// Calls of at most that many items hold the GIL and leave Ctrl-C to Python, unless they have loops: both
// cost more than the evaluation.
constexpr std::int64_t kShortCallItems = 16384;

// Items of the arrays' broadcast shape, at most kShortCallItems + 1 of them.
std::int64_t count_items(const std::vector<me_array>& arrays, const me_array& out) {
  std::int64_t items = 1;
  for (int axis = 1; axis <= ME_MAX_NDIM && items != 0; ++axis) {
    std::int64_t extent = axis <= out.ndim ? out.shape[out.ndim - axis] : 1;
    for (const me_array& a : arrays) {
      if (axis <= a.ndim && extent == 1) extent = a.shape[a.ndim - axis];
    }
    items = extent > kShortCallItems ? kShortCallItems + 1 : items * extent;
    items = std::min(items, kShortCallItems + 1);
  }
  return items;
}

// Whether the Python integer in `a` (64 bits) is a value of integer dtype `dtype`.
bool holds(const me_array& a, me_dtype dtype) {
  std::int64_t value;
  std::memcpy(&value, a.data, sizeof value);
  const bool large = a.dtype == ME_UINT64 && value < 0;  // 2**63 and more
  const auto bits = static_cast<int>(item_size(dtype) * 8);
  if (dtype >= ME_UINT8) {
    if (bits == 64) return large || value >= 0;
    return !large && value >= 0 && value < (std::int64_t{1} << bits);
  }
  if (bits == 64) return !large;
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  return !large && value >= -limit && value < limit;
}

}  // namespace

Kernel::Kernel(const py::str& text, const std::vector<std::string>& names,
               const std::vector<std::int64_t>& dtypes, const std::vector<std::uint32_t>& flags,
               int dialect, std::int64_t result, int tier)
    : Kernel(compile_program(me_kernel_compile, utf8(text), params_of(names, dtypes, flags), dialect,
                             result, tier),
             params_of(names, dtypes, flags)) {}

Kernel::Kernel(me_kernel* kernel, std::vector<Param> params)
    : kernel_(kernel), params_(std::move(params)) {
  for (const Param& p : params_) {
    if ((p.flags & ME_PARAM_WEAK) == 0 && is_integer(p.dtype)) integers_.push_back(p.dtype);
  }
  is_scalar_ = me_kernel_is_scalar(kernel_);
  keeps_shape_ = me_kernel_keeps_shape(kernel_);
  has_loops_ = me_kernel_has_loops(kernel_);
}

Kernel::~Kernel() { me_kernel_free(kernel_); }

py::object Kernel::run(const py::sequence& values, const py::object& out,
                       char order) const {
  if (values.size() != params_.size()) {
    throw py::type_error("the kernel takes " + std::to_string(params_.size()) + " values, " +
                         std::to_string(values.size()) + " were given");
  }
  const std::vector<Input> inputs = take(values);
  std::vector<me_array> arrays;
  for (const Input& input : inputs) arrays.push_back(input.array());

  Extents shape(ME_MAX_NDIM);
  std::int32_t ndim = 0;
  if (me_kernel_reduces_call(kernel_)) check_reductions(arrays);
  if (const int status = me_kernel_result_shape(
          kernel_, arrays.data(), static_cast<int>(arrays.size()), &ndim, shape.data())) {
    raise_evaluate_error(status);
  }
  shape.resize(static_cast<std::size_t>(ndim));

  py::object result = out;
  if (result.is_none()) {
    const std::vector<int> axes = axes_for(order, inputs, static_cast<int>(shape.size()));
    result = from_package("arrays", "allocate")(
        type().code(), py::tuple(py::cast(shape)),
        py::tuple(py::cast(axes)));
  }
  Output output(result, type());
  const me_array& target = output.target(shape);
  evaluate(arrays.data(), target, count_items(arrays, target));
  output.finish();
  return result;
}

ElementType Kernel::type() const {
  ElementType t{me_kernel_dtype(kernel_), 0};
  if (t.is_text()) t.itemsize = me_kernel_itemsize(kernel_);
  return t;
}

py::object Kernel::text(const std::string& stage) const {
  const Text text(me_kernel_text(kernel_, stage.c_str()));
  if (!text) return py::none();
  return decoded(text.get());
}

py::bytes Kernel::wasm(int stage) const {
  char* bytes = nullptr;
  const std::size_t size = me_kernel_wasm(kernel_, stage, &bytes);
  const Text owner(bytes);
  return py::bytes(bytes ? bytes : "", size);
}

std::vector<Input> Kernel::take(const py::sequence& values) const {
  std::vector<Input> inputs;
  inputs.reserve(params_.size());
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const Param& p = params_[i];
    const py::object value = values[i];
    inputs.emplace_back(value, ElementType{p.dtype, p.itemsize}, p.name.c_str());
    const me_array& array = inputs.back().array();
    if ((p.flags & ME_PARAM_UNIFORM) != 0 && array.ndim != 0) {
      throw py::type_error("'" + p.name + "' takes one value, not an array");
    }
    if (is_weak_integer(p)) check_weak_integer(array, p);
  }
  return inputs;
}

bool Kernel::integers_hold(const me_array& value) const {
  return std::all_of(integers_.begin(), integers_.end(),
                     [&](me_dtype dtype) { return holds(value, dtype); });
}

// A Python integer takes the dtype of the integer arrays that it meets, and must fit there.
void Kernel::check_weak_integer(const me_array& value, const Param& p) const {
  for (const me_dtype dtype : integers_) {
    if (holds(value, dtype)) continue;
    const std::string message = "the value of '" + p.name + "' does not fit " + dtype_name(dtype);
    PyErr_SetString(PyExc_OverflowError, message.c_str());
    throw py::error_already_set();
  }
}

// Reductions over all items of the call would count repeated items repeatedly.
void Kernel::check_reductions(const std::vector<me_array>& arrays) const {
  Extents shape(ME_MAX_NDIM);
  std::int32_t ndim = 0;
  if (const int status = me_broadcast(arrays.data(), static_cast<int>(arrays.size()), &ndim,
                                      shape.data())) {
    raise_evaluate_error(status);
  }
  shape.resize(static_cast<std::size_t>(ndim));
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const me_array& a = arrays[i];
    if ((params_[i].flags & ME_PARAM_UNIFORM) != 0) continue;
    if (std::equal(shape.begin(), shape.end(), a.shape, a.shape + a.ndim)) continue;
    raise_evaluate_error(ME_EVAL_ERR_INVALID_ARG,
                         "arrays that meet in a program with reductions must have one shape: '" +
                             params_[i].name + "' has " + shape_text(a.shape, a.ndim) +
                             ", all together " +
                             shape_text(shape.data(), static_cast<int>(shape.size())));
  }
}

void Kernel::evaluate(const me_array* inputs, const me_array& out, std::int64_t items) const {
  const auto count = static_cast<int>(params_.size());
  int status = 0;
  if (items <= kShortCallItems && !has_loops_) {
    status = me_kernel_eval(kernel_, inputs, count, &out, ME_TIER_FASTEST);
  } else {
    CtrlC ctrl_c;
    {
      const Unlocked unlocked;
      status = me_kernel_eval(kernel_, inputs, count, &out, ME_TIER_FASTEST);
    }
    ctrl_c.end();
  }
  if (status != ME_EVAL_SUCCESS) raise_evaluate_error(status);
}

void bind_kernel(py::module_& module) {
  py::class_<Kernel>(module, "Kernel", "A compiled program.")
      .def(py::init<const py::str&, const std::vector<std::string>&,
                    const std::vector<std::int64_t>&, const std::vector<std::uint32_t>&, int,
                    std::int64_t, int>(),
           py::arg("text"), py::arg("names"), py::arg("dtypes"), py::arg("flags"),
           py::arg("dialect"), py::arg("result"), py::arg("tier"))
      .def("run", &Kernel::run, py::arg("values"), py::arg("out"), py::arg("order"),
           "Evaluates over values, one per parameter, and returns out, or a new array if it is None.")
      .def("text", &Kernel::text, py::arg("stage"),
           "The text of a stage: ast, typed, ir, wasm, explain; None if there is none.")
      .def("wasm", &Kernel::wasm, py::arg("stage"),
           "The bytes of a stage's wasm module, empty if there is none.")
      .def("promote", &promote, py::arg("tier"), "Compiles for a tier now.")
      .def("invalidate", [](const Kernel& k) { me_kernel_invalidate(k.handle()); },
           "Back to the interpreter.")
      .def("bind", [](const Kernel& k, me_function_id id) { return me_bind_function(id, k.handle()); },
           py::arg("id"), "What the function id stands for from now on.")
      .def("stats", &stats, "What its profile has counted.")
      .def_property_readonly("dtype", [](const Kernel& k) { return k.type().code(); })
      .def_property_readonly("is_scalar", &Kernel::is_scalar)
      .def_property_readonly("tier", &Kernel::tier);

  module.def(
      "free_names",
      [](const py::str& text, int dialect) {
        const std::string source = utf8(text);
        const Text names(
            me_free_names(source.data(), source.size(), static_cast<me_dialect>(dialect)));
        if (!names) raise_compile_error(ME_COMPILE_ERR_PARSE);
        return decoded(names.get()).attr("split")("\n").attr("__getitem__")(
            py::slice(py::none(), py::int_(-1), py::none()));
      },
      py::arg("text"), py::arg("dialect"),
      "Names of the variables that an expression needs, or a kernel's parameters.");
}

}  // namespace me::python
