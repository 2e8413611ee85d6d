// What a script keeps between its stages: locals as arrays of all items or as one value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/signature.h"
#include "ir/code.h"
#include "ir/kernel_abi.h"

namespace me::jit {

// Map stages write an entry's back while they read fronts; commit() makes the new values the fronts.
class Carried {
 public:
  Carried(const ir::Program& program, std::int64_t items);

  char* front(std::uint32_t entry) { return entries_[entry].front.data(); }
  char* back(std::uint32_t entry) { return entries_[entry].back.data(); }
  void stored(std::uint32_t entry) { written_.push_back(entry); }
  // Calls changed(entry) for each entry stored since the last commit.
  template <class F>
  void commit(F changed) {
    for (const std::uint32_t entry : written_) {
      entries_[entry].front.swap(entries_[entry].back);
      changed(entry);
    }
    written_.clear();
  }
  bool is_true(std::uint32_t entry) const { return entries_[entry].front[0] != 0; }

  // Calls a C function for the active items, or once; the result goes to the front of its entry.
  void call(const ir::CallSite& site, const Callout& callout);
  // What print() writes, with the end of line.
  std::string text_of(const ir::PrintSite& site) const;

 private:
  struct Entry {
    std::vector<char> front, back;
  };
  const ir::Program& program_;
  std::int64_t items_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> written_;
};

}  // namespace me::jit
