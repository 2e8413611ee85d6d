// Nested expressions out of one local per result.
//
// Enters: a body in which every operation puts its result into a local of its own. Leaves: trees;
// only results with several uses, and those that cross a change of what they read, keep a local.
// Example:
//   t = a.load; u = f64x2.mul t two; out.store u      becomes      out.store (f64x2.mul (a.load)
//   two)
// A result moves only within its own sequence of statements, never into a loop. It stays put if a
// local that it reads is set in between, or for loads, if memory is written, and where it would keep
// others alive for long. Loads of elements pass stores of other elements: each register is loaded,
// computed and stored before the next one. Results that nobody uses are dropped, with what only they
// use. Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/nest.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "wasm/children.h"

namespace me::wasm {
namespace {

// More variables than this in one expression, or more levels, and it keeps its local.
constexpr std::size_t kMaxReads = 6;
constexpr unsigned kMaxDepth = 200;
// An expression of several results stays where these were made, unless its use is as near as this many
// statements: it would keep all of them alive instead of one.
constexpr std::size_t kMaxDistance = 24;

class Nester {
 public:
  Nester(bn::Function& function, const Code& code) : function_(function), code_(code) {
    uses_.assign(function.getNumLocals(), 0);
    last_set_.assign(function.getNumLocals(), 0);
    pending_.resize(function.getNumLocals());
    count_uses(function.body, 1);
  }

  void run() {
    drop_unused(function_.body->cast<bn::Block>());
    sequence(function_.body->cast<bn::Block>());
  }

 private:
  // What an expression reads that may change.
  struct Reads {
    bool loads = false;  // of other memory than elements
    bool too_many = false;
    std::uint8_t count = 0;
    std::uint8_t element_count = 0;
    unsigned results = 0;  // that keep their locals
    std::array<Local, kMaxReads> variables;
    std::array<std::uint64_t, kMaxReads> elements;  // that it loads, by offset
  };
  // A result that waits for its use.
  struct Pending {
    unsigned sequence = 0;  // where it waits; 0: nowhere
    unsigned depth = 0;
    Node value = nullptr;
    Node* place = nullptr;  // of the statement that sets it
    std::size_t at = 0;     // when it was computed
    Reads reads;
  };

  void count_uses(Node node, int step) {
    if (auto* get = node->dynCast<bn::LocalGet>()) {
      uses_[get->index] += static_cast<unsigned>(step);
      return;
    }
    for_each_child(node, [&](Node& child) { count_uses(child, step); });
  }

  // Results without uses, and then those that only they used: backwards, as uses come later.
  void drop_unused(bn::Block* block) {
    for (std::size_t i = block->list.size(); i-- > 0;) {
      Node node = block->list[i];
      if (auto* set = node->dynCast<bn::LocalSet>()) {
        if (!code_.is_result(set->index) || uses_[set->index] != 0) continue;
        count_uses(set->value, -1);
        block->list[i] = nullptr;
      } else if (auto* branch = node->dynCast<bn::If>()) {
        drop_unused(branch->ifTrue->cast<bn::Block>());
      } else if (auto* loop = node->dynCast<bn::Loop>()) {
        drop_unused(loop->body->cast<bn::Block>());
      } else if (auto* inner = node->dynCast<bn::Block>()) {
        drop_unused(inner);
      }
    }
  }

  template <class T>
  static void add(std::array<T, kMaxReads>& list, std::uint8_t& count, T item, bool& too_many) {
    const auto end = list.begin() + count;
    if (std::find(list.begin(), end, item) != end) return;
    if (count == kMaxReads)
      too_many = true;
    else
      list[count++] = item;
  }
  static void add(Reads& reads, Local local) {
    add(reads.variables, reads.count, local, reads.too_many);
  }
  static void add_element(Reads& reads, std::uint64_t offset) {
    add(reads.elements, reads.element_count, offset, reads.too_many);
  }

  template <class Access>
  bool is_element(const Access& access) const {
    const auto* pointer = access.ptr->template dynCast<bn::LocalGet>();
    return access.bytes == 16 && pointer != nullptr && code_.points_to_elements(pointer->index);
  }

  bool written_since(std::uint64_t offset, std::size_t time) const {
    const auto found = last_element_write_.find(offset);
    return found != last_element_write_.end() && found->second > time;
  }

  void note_write(Node place) {
    last_write_ = now_;
    const auto* store = place->dynCast<bn::Store>();
    if (store != nullptr && is_element(*store)) {
      last_element_write_[store->offset] = now_;
    } else {
      last_other_write_ = now_;
    }
  }

  // Whether a waiting result has to stay: what it read has changed since, or it is far away.
  bool is_stale(const Pending& p) const {
    if (p.reads.results > 1 && now_ - p.at > kMaxDistance) return true;
    if (p.reads.loads && std::max(last_write_, last_control_) > p.at) return true;
    for (std::size_t i = 0; i < p.reads.element_count; ++i) {
      if (std::max(last_other_write_, last_control_) > p.at) return true;
      if (written_since(p.reads.elements[i], p.at)) return true;
    }
    for (std::size_t i = 0; i < p.reads.count; ++i) {
      if (std::max(last_set_[p.reads.variables[i]], last_control_) > p.at) return true;
    }
    return false;
  }

  // Puts the waiting result in place of its use `place`, if it may move there. Returns its depth.
  unsigned take(Node& place, Local local, Reads& reads) {
    Pending& p = pending_[local];
    if (p.sequence != sequence_) {
      if (code_.is_result(local)) ++reads.results;
      else add(reads, local);
      return 1;
    }
    p.sequence = 0;
    if (is_stale(p)) {
      ++reads.results;
      return 1;
    }
    reads.results += p.reads.results;
    reads.loads = reads.loads || p.reads.loads;
    for (std::size_t i = 0; i < p.reads.count; ++i) add(reads, p.reads.variables[i]);
    for (std::size_t i = 0; i < p.reads.element_count; ++i) {
      add_element(reads, p.reads.elements[i]);
    }
    *p.place = nullptr;
    place = p.value;
    return p.depth;
  }

  // Replaces uses in the tree at `place`, collects what it reads then, and returns its depth.
  unsigned substitute(Node& place, Reads& reads) {
    if (auto* get = place->dynCast<bn::LocalGet>()) return take(place, get->index, reads);
    if (const auto* load = place->dynCast<bn::Load>(); load != nullptr && is_element(*load)) {
      add_element(reads, load->offset);
    } else if (load != nullptr || place->is<bn::SIMDLoad>() ||
               place->is<bn::SIMDLoadStoreLane>()) {
      reads.loads = true;
    }
    unsigned depth = 0;
    for_each_child(place, [&](Node& c) { depth = std::max(depth, substitute(c, reads)); });
    return depth + 1;
  }

  void statement(Node& place) {
    ++now_;
    Reads reads;
    if (auto* set = place->dynCast<bn::LocalSet>()) {
      const unsigned depth = substitute(set->value, reads);
      const Local local = set->index;
      if (!code_.is_result(local)) {
        last_set_[local] = now_;
      } else if (uses_[local] == 1 && !reads.too_many && depth < kMaxDepth) {
        pending_[local] = {sequence_, depth, set->value, &place, now_, reads};
      }
    } else if (auto* branch = place->dynCast<bn::If>()) {
      substitute(branch->condition, reads);
      sequence(branch->ifTrue->cast<bn::Block>());
      last_control_ = ++now_;
    } else if (auto* loop = place->dynCast<bn::Loop>()) {
      sequence(loop->body->cast<bn::Block>());
      last_control_ = ++now_;
    } else if (auto* block = place->dynCast<bn::Block>()) {
      sequence(block);
      last_control_ = ++now_;
    } else {
      substitute(place, reads);
      if (place->is<bn::Store>() || place->is<bn::SIMDLoadStoreLane>()) note_write(place);
    }
  }

  // Results of outer sequences do not move in: the sequence may be a loop's.
  void sequence(bn::Block* block) {
    const unsigned outer = std::exchange(sequence_, ++sequences_);
    for (Node& place : block->list) {
      if (place != nullptr) statement(place);
    }
    sequence_ = outer;
    std::size_t kept = 0;
    for (Node node : block->list) {
      if (node != nullptr) block->list[kept++] = node;
    }
    block->list.resize(kept);
  }

  bn::Function& function_;
  const Code& code_;
  std::vector<unsigned> uses_;
  std::vector<Pending> pending_;  // per local
  unsigned sequence_ = 0;         // the open one
  unsigned sequences_ = 0;        // so far
  std::size_t now_ = 0;
  std::size_t last_write_ = 0;        // to any memory
  std::size_t last_other_write_ = 0;  // to memory that is no element
  std::unordered_map<std::uint64_t, std::size_t> last_element_write_;  // by offset
  std::size_t last_control_ = 0;
  std::vector<std::size_t> last_set_;
};

}  // namespace

void nest(bn::Function& function, const Code& code) { Nester(function, code).run(); }

}  // namespace me::wasm
