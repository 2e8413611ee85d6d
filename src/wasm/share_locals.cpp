// Few locals out of one per result.
//
// Enters: a nested body (nest.h), where a result is set once, before all its uses. Leaves: the same
// with results in slots; a slot is free again after the last use of what it holds. Baseline compilers
// of engines give every local a place in the frame, and all engines read local numbers below 128 from
// one byte. Example:
//   x = a.load; y = x*x + x; z = y*y + y     becomes     x = a.load; x = x*x + x; x = x*x + x
// A result made before a loop and used inside lives to the end of the loop. Variables (what is set
// more than once, or may be read while it is still zero) keep slots of their own.
// Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/share_locals.h"

#include <algorithm>
#include <numeric>

#include "wasm/children.h"

namespace me::wasm {
namespace {

constexpr std::size_t kNever = ~std::size_t{0};
constexpr Local kNoSlot = ~Local{0};
// Local numbers from here on take more than one byte.
constexpr std::size_t kShortNumbers = 128;

class Sharer {
 public:
  Sharer(bn::Function& function, const Code& code)
      : function_(function),
        code_(code),
        parameters_(function.getNumParams()),
        set_at_(function.getNumLocals(), kNever),
        last_use_(function.getNumLocals(), 0),
        slots_(function.getNumLocals(), kNoSlot) {}

  void run() {
    visit(function_.body);
    assign();
    number();
  }

 private:
  struct Loop {
    std::size_t begin;
    std::vector<Local> used;  // results from before the loop
  };

  void visit(Node node) {
    if (auto* loop = node->dynCast<bn::Loop>()) {
      loops_.push_back({events_.size(), {}});
      visit(loop->body);
      for (const Local local : loops_.back().used) last_use_[local] = events_.size();
      kept_.push_back(std::move(loops_.back().used));
      events_.push_back(nullptr);
      loops_.pop_back();
      return;
    }
    for_each_child(node, [&](Node& child) { visit(child); });
    if (auto* get = node->dynCast<bn::LocalGet>()) {
      use(get->index);
      events_.push_back(&get->index);
    } else if (auto* set = node->dynCast<bn::LocalSet>()) {
      set_at_[set->index] = std::min(set_at_[set->index], events_.size());
      last_use_[set->index] = events_.size();
      events_.push_back(&set->index);
    }
  }

  void use(Local local) {
    last_use_[local] = events_.size();
    if (!code_.is_result(local)) return;
    // The outermost loop that began after the result was made keeps it to its end.
    for (Loop& loop : loops_) {
      if (loop.begin <= set_at_[local]) continue;
      if (loop.used.empty() || loop.used.back() != local) loop.used.push_back(local);
      return;
    }
  }

  void assign() {
    auto kept = kept_.begin();
    for (std::size_t at = 0; at < events_.size(); ++at) {
      if (events_[at] == nullptr) {
        for (const Local local : *kept) release(local, at);
        ++kept;
        continue;
      }
      const Local local = *events_[at];
      if (local < parameters_) continue;
      if (slots_[local] == kNoSlot) slots_[local] = slot_for(local);
      ++uses_[slots_[local]];
      *events_[at] = parameters_ + slots_[local];
      release(local, at);
    }
  }

  void release(Local local, std::size_t at) {
    if (!code_.is_result(local) || last_use_[local] != at) return;
    last_use_[local] = kNever;  // once
    free_of(types_[slots_[local]]).push_back(slots_[local]);
  }

  Local slot_for(Local local) {
    const bn::Type type = function_.getLocalType(local);
    auto& free = free_of(type);
    if (code_.is_result(local) && !free.empty()) {
      const Local slot = free.back();
      free.pop_back();
      return slot;
    }
    types_.push_back(type);
    uses_.push_back(0);
    return static_cast<Local>(types_.size() - 1);
  }

  std::vector<Local>& free_of(bn::Type type) {
    for (auto& [of, slots] : free_) {
      if (of == type) return slots;
    }
    return free_.emplace_back(type, std::vector<Local>()).second;
  }

  // The most used slots get the short numbers.
  void number() {
    if (parameters_ + types_.size() > kShortNumbers) {
      std::vector<Local> order(types_.size());
      std::iota(order.begin(), order.end(), Local{0});
      std::stable_sort(order.begin(), order.end(),
                       [&](Local a, Local b) { return uses_[a] > uses_[b]; });
      std::vector<Local> numbers(order.size());
      std::vector<bn::Type> types;
      for (const Local slot : order) {
        numbers[slot] = parameters_ + static_cast<Local>(types.size());
        types.push_back(types_[slot]);
      }
      for (Local* local : events_) {
        if (local != nullptr && *local >= parameters_) *local = numbers[*local - parameters_];
      }
      types_ = std::move(types);
    }
    function_.vars = std::move(types_);
  }

  bn::Function& function_;
  const Code& code_;
  const Local parameters_;
  std::vector<std::size_t> set_at_;    // per local: the first event
  std::vector<std::size_t> last_use_;  // per local: the last event
  std::vector<Local> slots_;           // per local
  std::vector<Local*> events_;  // local numbers in nodes, in order of execution; null: a loop ends
  std::vector<std::vector<Local>> kept_;  // per end of a loop: what it kept
  std::vector<Loop> loops_;               // open
  std::vector<bn::Type> types_;           // per slot
  std::vector<unsigned> uses_;            // per slot
  std::vector<std::pair<bn::Type, std::vector<Local>>> free_;
};

}  // namespace

void share_locals(bn::Function& function, const Code& code) { Sharer(function, code).run(); }

}  // namespace me::wasm
