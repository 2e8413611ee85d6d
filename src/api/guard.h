// The exception barrier of the C interface: nothing gets past it.
#pragma once

#include <exception>
#include <new>

#include "api/last_error.h"

namespace me::api {

// Runs `body`; an exception becomes `out_of_memory` (std::bad_alloc) or `internal`.
template <class T, class Body>
T guarded(T out_of_memory, T internal, Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    last_error().present = false;
    return out_of_memory;
  } catch (const std::exception& e) {
    try {
      set_error({Status::InvalidArg, {}, e.what(), "", false}, "", "");
    } catch (...) {
      last_error().present = false;
    }
    return internal;
  } catch (...) {
    return internal;
  }
}

}  // namespace me::api
