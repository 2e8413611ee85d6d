// Status codes and Result<T>: a value or a Diagnostic. User mistakes travel as Results, never as
// exceptions; ME_ASSERT is for our own mistakes.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "diagnostic.h"

namespace me {

int compile_code_of(Status s);
int eval_code_of(Status s);
std::string_view name_of(Status s);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}          // NOLINT
  Result(Diagnostic error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  Diagnostic& error() { return std::get<1>(state_); }
  const Diagnostic& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Diagnostic> state_;
};

// Success without a value.
struct Unit {};
using Outcome = Result<Unit>;

#define ME_CONCAT2(a, b) a##b
#define ME_CONCAT(a, b) ME_CONCAT2(a, b)
// ME_TRY(auto x, f()): x is the value, or the enclosing function returns the error.
#define ME_TRY(decl, expr)                                              \
  auto ME_CONCAT(me_try_, __LINE__) = (expr);                            \
  if (!ME_CONCAT(me_try_, __LINE__))                                     \
    return std::move(ME_CONCAT(me_try_, __LINE__).error());              \
  decl = std::move(*ME_CONCAT(me_try_, __LINE__))
#define ME_TRY_VOID(expr)                                               \
  do {                                                                  \
    auto me_try_void = (expr);                                          \
    if (!me_try_void) return std::move(me_try_void.error());            \
  } while (false)

#define ME_ASSERT(cond)                                                            \
  do {                                                                             \
    if (!(cond)) {                                                                 \
      std::fprintf(stderr, "mejit: internal error: %s (%s:%d)\n", #cond, __FILE__, \
                   __LINE__);                                                      \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

}  // namespace me
