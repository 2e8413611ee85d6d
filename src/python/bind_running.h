// What holds while the library works for Python: no GIL (natively), and Ctrl-C stops it.
#pragma once

#include <pybind11/pybind11.h>

namespace me::python {

// Lets other Python threads run during its life. Under Emscripten, where releasing the GIL is not
// possible and helpers may be Python functions, it does nothing.
class Unlocked {
 public:
  Unlocked();
  Unlocked(const Unlocked&) = delete;
  ~Unlocked();

 private:
#ifndef __EMSCRIPTEN__
  PyThreadState* state_;
#endif
};

// During its life, in Python's main thread, SIGINT also asks running evaluations to stop. Python's own
// handler runs as always. Nothing is changed where SIGINT is ignored or ends the process.
class CtrlC {
 public:
  CtrlC();
  CtrlC(const CtrlC&) = delete;
  // Ends the watch. Needs the GIL; raises KeyboardInterrupt (or what Python's handler raises) if SIGINT
  // came.
  void end();
  ~CtrlC();

#ifndef __EMSCRIPTEN__
 private:
  void restore();
  bool watching_ = false;
#endif
};

}  // namespace me::python
