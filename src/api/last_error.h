// What this thread's last failing call said: the text behind me_get_last_error_message and friends.
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace me::api {

struct LastError {
  bool present = false;
  char message[256] = {};  // first line, cut at a character boundary to 255 bytes
  std::string report;
  bool has_span = false;
  Span span;
};

LastError& last_error();
void clear_error();
void set_error(const Diagnostic& d, std::string_view source, std::string_view origin);

}  // namespace me::api
