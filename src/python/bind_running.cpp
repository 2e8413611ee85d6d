// The GIL and Ctrl-C around calls into the library.
//
// A signal handler of Python only notes the signal for later, and later comes when the evaluation has
// returned. So while the main thread evaluates, a handler in front of Python's asks the library to stop:
// me_interrupt is made for that. The request is for all evaluations of the process; those of other
// threads end with EvaluateError("interrupted").
// Tested by tests/python/test_threads.py.
#include "bind_running.h"

#include "me_engine.h"

#ifndef __EMSCRIPTEN__
#include <unistd.h>

#include <atomic>
#include <csignal>
#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif
#endif

namespace py = pybind11;

namespace me::python {

#ifdef __EMSCRIPTEN__

Unlocked::Unlocked() {}
Unlocked::~Unlocked() {}
CtrlC::CtrlC() {}
void CtrlC::end() {}
CtrlC::~CtrlC() {}

#else

namespace {

struct sigaction previous;
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free, "used in a signal handler");

void stop(int signal, siginfo_t* info, void* context) {
  signalled.store(true, std::memory_order_relaxed);
  me_interrupt(true);
  if ((previous.sa_flags & SA_SIGINFO) != 0) previous.sa_sigaction(signal, info, context);
  else previous.sa_handler(signal);
}

bool in_main_thread() {
  static const auto main_thread = py::module_::import("threading")
                                      .attr("main_thread")()
                                      .attr("ident")
                                      .cast<unsigned long>();
  return PyThread_get_thread_ident() == main_thread;
}

}  // namespace

Unlocked::Unlocked() : state_(PyEval_SaveThread()) {}

Unlocked::~Unlocked() {
#ifdef __GLIBCXX__
  // Before 3.14, a thread that comes back while the interpreter ends is unwound; it sleeps instead.
  try {
    PyEval_RestoreThread(state_);
  } catch (const abi::__forced_unwind&) {
    for (;;) pause();
  }
#else
  PyEval_RestoreThread(state_);
#endif
}

CtrlC::CtrlC() {
  if (!in_main_thread()) return;
  struct sigaction ours {};
  ours.sa_sigaction = stop;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&ours.sa_mask);
  struct sigaction old;
  if (sigaction(SIGINT, nullptr, &old) != 0) return;
  if ((old.sa_flags & SA_SIGINFO) != 0 && old.sa_sigaction == stop) return;  // an evaluation around this one
  const bool plain = (old.sa_flags & SA_SIGINFO) == 0;
  if (plain && (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN)) return;
  previous = old;
  watching_ = sigaction(SIGINT, &ours, nullptr) == 0;
}

void CtrlC::restore() {
  if (!watching_) return;
  watching_ = false;
  sigaction(SIGINT, &previous, nullptr);
}

void CtrlC::end() {
  restore();
  if (!signalled.exchange(false)) return;
  me_interrupt(false);
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

CtrlC::~CtrlC() { restore(); }

#endif

}  // namespace me::python
