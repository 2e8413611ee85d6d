// Nested expressions out of one local per result.
//
// Enters: a body in which every operation puts its result into a local of its own. Leaves: trees;
// only results with several uses, and those that cross a change of what they read, keep a local.
// Example:
//   t = a.load; u = f64x2.mul t two; out.store u      becomes      out.store (f64x2.mul (a.load)
//   two)
// A result moves only within its own sequence of statements, never into a loop. It stays put if a
// local that it reads is set in between, or for loads, if memory is written. Tested by
// tests/unit/wasm_module_test.cpp.
#include "wasm/nest.h"

#include <algorithm>
#include <unordered_map>

#include "wasm-traversal.h"

namespace me::wasm {
namespace {

// More variables than this in one expression, and it keeps its local.
constexpr std::size_t kMaxReads = 6;

class Nester {
 public:
  Nester(bn::Function& function, const Code& code) : function_(function), code_(code) {
    uses_.assign(function.getNumLocals(), 0);
    struct Counter : bn::PostWalker<Counter> {
      std::vector<unsigned>* uses;
      void visitLocalGet(bn::LocalGet* get) { ++(*uses)[get->index]; }
    } counter;
    counter.uses = &uses_;
    counter.walk(function.body);
    last_set_.assign(function.getNumLocals(), 0);
  }

  void run() {
    sequence(function_.body->cast<bn::Block>());
    drop_unused_locals();
  }

 private:
  // A result that waits for its use.
  struct Pending {
    Node value = nullptr;
    Node* place = nullptr;  // of the statement that sets it
    std::size_t at = 0;     // when it was computed
    bool loads = false;
    std::vector<Local> reads;  // variables that may change
  };
  // What the expression of the current statement reads.
  struct Reads {
    bool loads = false;
    std::vector<Local> variables;
    bool too_many = false;
  };

  // Replaces uses in the tree at `root` and collects what it reads then.
  struct Substitution : bn::PostWalker<Substitution> {
    Nester* nester = nullptr;
    Reads reads;
    void visitLocalGet(bn::LocalGet* get) {
      if (Node value = nester->take(get->index, reads)) replaceCurrent(value);
    }
    void visitLoad(bn::Load*) { reads.loads = true; }
    void visitSIMDLoad(bn::SIMDLoad*) { reads.loads = true; }
    void visitSIMDLoadStoreLane(bn::SIMDLoadStoreLane*) { reads.loads = true; }
  };

  void add(Reads& reads, Local local) {
    auto& v = reads.variables;
    if (std::find(v.begin(), v.end(), local) != v.end()) return;
    if (v.size() == kMaxReads)
      reads.too_many = true;
    else
      v.push_back(local);
  }

  // The expression to put in place of a use of `local`; null: the use stays.
  Node take(Local local, Reads& reads) {
    const auto found = pending_.find(local);
    if (found == pending_.end()) {
      if (!code_.is_result(local)) add(reads, local);
      return nullptr;
    }
    const Pending p = std::move(found->second);
    pending_.erase(found);
    if (p.loads && last_write_ > p.at) return nullptr;
    for (const Local variable : p.reads) {
      if (last_set_[variable] > p.at || last_control_ > p.at) return nullptr;
    }
    if (p.loads && last_control_ > p.at) return nullptr;
    reads.loads = reads.loads || p.loads;
    for (const Local variable : p.reads) add(reads, variable);
    *p.place = nullptr;
    return p.value;
  }

  Reads substitute(Node& root) {
    Substitution s;
    s.nester = this;
    s.walk(root);
    return std::move(s.reads);
  }

  void statement(Node& place) {
    ++now_;
    if (auto* set = place->dynCast<bn::LocalSet>()) {
      Reads reads = substitute(set->value);
      const Local local = set->index;
      if (!code_.is_result(local)) {
        last_set_[local] = now_;
      } else if (uses_[local] == 0) {
        place = nullptr;
      } else if (uses_[local] == 1 && !reads.too_many) {
        pending_[local] = {set->value, &place, now_, reads.loads, std::move(reads.variables)};
      }
      return;
    }
    if (auto* branch = place->dynCast<bn::If>()) {
      substitute(branch->condition);
      sequence(branch->ifTrue->cast<bn::Block>());
      last_control_ = ++now_;
    } else if (auto* loop = place->dynCast<bn::Loop>()) {
      sequence(loop->body->cast<bn::Block>());
      last_control_ = ++now_;
    } else if (auto* block = place->dynCast<bn::Block>()) {
      sequence(block);
      last_control_ = ++now_;
    } else {
      substitute(place);
      if (place->is<bn::Store>() || place->is<bn::SIMDLoadStoreLane>()) last_write_ = now_;
    }
  }

  // Results of outer sequences do not move in: the sequence may be a loop's.
  void sequence(bn::Block* block) {
    auto outer = std::move(pending_);
    pending_.clear();
    for (Node& place : block->list) statement(place);
    pending_ = std::move(outer);
    std::size_t kept = 0;
    for (Node node : block->list) {
      if (node != nullptr) block->list[kept++] = node;
    }
    block->list.resize(kept);
  }

  void drop_unused_locals() {
    const bn::Index parameters = function_.getNumParams();
    std::vector<bool> used(function_.getNumLocals(), false);
    struct Finder : bn::PostWalker<Finder> {
      std::vector<bool>* used;
      void visitLocalGet(bn::LocalGet* get) { (*used)[get->index] = true; }
      void visitLocalSet(bn::LocalSet* set) { (*used)[set->index] = true; }
    } finder;
    finder.used = &used;
    finder.walk(function_.body);
    std::vector<Local> renamed(used.size());
    std::vector<bn::Type> types;
    for (Local i = 0; i < used.size(); ++i) {
      renamed[i] = i < parameters ? i : static_cast<Local>(parameters + types.size());
      if (i >= parameters && used[i]) types.push_back(function_.getLocalType(i));
    }
    struct Renamer : bn::PostWalker<Renamer> {
      const std::vector<Local>* renamed;
      void visitLocalGet(bn::LocalGet* get) { get->index = (*renamed)[get->index]; }
      void visitLocalSet(bn::LocalSet* set) { set->index = (*renamed)[set->index]; }
    } renamer;
    renamer.renamed = &renamed;
    renamer.walk(function_.body);
    function_.vars = std::move(types);
  }

  bn::Function& function_;
  const Code& code_;
  std::vector<unsigned> uses_;
  std::unordered_map<Local, Pending> pending_;
  std::size_t now_ = 0;
  std::size_t last_write_ = 0;
  std::size_t last_control_ = 0;
  std::vector<std::size_t> last_set_;
};

}  // namespace

void nest(bn::Function& function, const Code& code) { Nester(function, code).run(); }

}  // namespace me::wasm
