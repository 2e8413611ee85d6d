// C++ functions that throw while a kernel calls them.
#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "miniexpr.h"

namespace {

bool armed = true;

double thrower(double x) {
  if (armed && x > 2) throw std::runtime_error("not today");
  return x * 10;
}

TEST_CASE("an exception ends the call with its text, and the next call runs") {
  const auto* address = reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(&thrower));
  const me_variable variables[2] = {{"a", ME_FLOAT64, nullptr, ME_VARIABLE, nullptr, 0},
                                    {"f", ME_FLOAT64, address, ME_FUNCTION1, nullptr, 0}};
  for (const char* text : {"f(a) + a", "def k(a):\n    while any(a < 5):\n        a = f(a)\n    return a\n"}) {
    me_expr* e = nullptr;
    REQUIRE(me_compile(text, variables, 2, ME_AUTO, nullptr, &e) == ME_COMPILE_SUCCESS);
    const double a[3] = {1, 2, 3};
    double out[3] = {0, 0, 0};
    const void* data[1] = {a};
    armed = true;
    CHECK(me_eval(e, data, 1, out, 3, nullptr) == ME_EVAL_ERR_INVALID_ARG);
    REQUIRE(me_get_last_error_message() != nullptr);
    CHECK(std::string(me_get_last_error_message()) == "not today");
    armed = false;
    CHECK(me_eval(e, data, 1, out, 3, nullptr) == ME_EVAL_SUCCESS);
    CHECK(out[2] == (std::string(text).starts_with("def") ? 30 : 33));
    me_free(e);
  }
}

}  // namespace
