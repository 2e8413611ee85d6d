// The thread's last error.
//
// Enters: a Diagnostic with its source text. Leaves: a message of at most 255 bytes and the underlined report.
// Tested by tests/c_abi.
#include "api/last_error.h"

#include <algorithm>

namespace me::api {

LastError& last_error() {
  thread_local LastError error;
  return error;
}

void clear_error() { last_error().present = false; }

void set_error(const Diagnostic& d, std::string_view source, std::string_view origin) {
  LastError& e = last_error();
  e.present = true;
  std::size_t size = std::min(d.message.size(), sizeof e.message - 1);
  while (size > 0 && size < d.message.size() &&
         (static_cast<unsigned char>(d.message[size]) & 0xC0) == 0x80) {
    --size;
  }
  d.message.copy(e.message, size);
  e.message[size] = '\0';
  e.report = render(d, source, origin);
  e.has_span = d.has_location;
  e.span = d.span;
}

}  // namespace me::api
