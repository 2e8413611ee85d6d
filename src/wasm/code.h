// Appends WebAssembly code to one function: the only layer that talks to Binaryen's builder.
//
// Values live in local variables; an expression is made from local.gets and put into a new local or
// appended as a statement. There are two places for statements: the prologue, which runs once per
// call, and the current sequence, which the control flow methods nest.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "wasm-builder.h"
#include "wasm.h"

namespace me::wasm {

namespace bn = ::wasm;

using Node = bn::Expression*;
using Local = bn::Index;
using Bits128 = std::array<std::uint8_t, 16>;

// Thrown by the lowering for what it cannot compile; lower() turns it into a Decline.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Code {
 public:
  Code(bn::Module& module, bn::Function& function, bool memory64);

  bool memory64() const { return memory64_; }
  bn::Type pointer_type() const { return memory64_ ? bn::Type::i64 : bn::Type::i32; }
  const bn::Name& memory() const { return memory_; }
  bn::Builder& make() { return make_; }

  // Locals
  Local add_local(bn::Type type);
  Node get(Local local);
  void set(Local local, Node value);
  Local keep(Node value);  // a new local that holds value
  Local copy(Local local) { return keep(get(local)); }
  // Whether the local was made by keep and never set again: it holds one result, set before all
  // uses.
  bool is_result(Local local) const { return local < results_.size() && results_[local]; }

  // Marks a pointer to the elements of an array whose element i lies at the same offset as element i
  // of every other array so marked. Two such arrays are the same or do not overlap.
  void mark_elements(Local pointer);
  bool points_to_elements(Local pointer) const {
    return pointer < elements_.size() && elements_[pointer];
  }

  // Constants. A 128-bit constant is set in the prologue, once per bit pattern: engines do not move
  // vector constants out of loops.
  Node i32(std::int32_t v) { return make_.makeConst(v); }
  Node i64(std::int64_t v) { return make_.makeConst(v); }
  Node pointer(std::int64_t v);
  Local vector(const Bits128& bits);
  Local vector64(std::uint64_t bits);  // both halves
  Local splat_bits(unsigned width, std::uint64_t bits);

  // Expressions
  Node unary(bn::UnaryOp op, Local a) { return make_.makeUnary(op, get(a)); }
  Node binary(bn::BinaryOp op, Local a, Local b) { return make_.makeBinary(op, get(a), get(b)); }
  Node binary(bn::BinaryOp op, Node a, Node b) { return make_.makeBinary(op, a, b); }
  Node bitselect(Local mask, Local a, Local b);  // a where mask, else b
  Node shuffle(Local a, Local b, const std::array<std::uint8_t, 16>& lanes);
  Node shift(bn::SIMDShiftOp op, Local a, Node count);
  Node any_true(Local a) { return unary(bn::AnyTrueVec128, a); }
  Node add_pointer(Node a, Node b);
  Node sub_pointer(Node a, Node b);
  Node mul_pointer(Node a, std::int64_t factor);

  // Memory. Addresses are locals of pointer type, offsets in bytes; nothing is assumed aligned.
  Node load_vector(Local address, std::uint64_t offset);
  Node load_splat(unsigned width, Local address, std::uint64_t offset);
  Node load_low(unsigned bits, Local address,
                std::uint64_t offset);  // 16, 32 or 64 bits; the rest: anything
  Node load_lane64(Local address, std::uint64_t offset, Local vector, unsigned lane);
  Node load_int(unsigned bytes, Local address, std::uint64_t offset);  // i64 for 8 bytes, else i32
  Node load_word(Local address, std::uint64_t offset);  // a 64-bit field as a pointer
  void store_vector(Local address, std::uint64_t offset, Node value);
  void store_low(unsigned bits, Local address, std::uint64_t offset, Local vector);
  void store_int(unsigned bytes, Local address, Node value);

  // Statements
  void append(Node statement);
  void leave(bn::Name target, Node condition = nullptr);  // br, br_if
  void exit_function(Node status);

  // begin_… opens a sequence and end() closes the innermost one.
  void begin_prologue();
  bn::Name begin_block();
  bn::Name begin_loop();
  void begin_if(Node condition);
  void end();

  // Everything appended, prologue first. No sequence is open.
  Node finish();

 private:
  enum class Kind { Prologue, Block, Loop, If };
  struct Sequence {
    Kind kind;
    bn::Name name;
    Node condition;
    std::vector<Node> nodes;
  };
  bn::Name new_name();
  bn::Block* block_of(const Sequence& sequence);

  bn::Builder make_;
  bn::Function& function_;
  bool memory64_;
  bn::Name memory_ = "0";
  std::vector<Node> prologue_;
  std::vector<Sequence> open_;
  std::map<Bits128, Local> constants_;
  std::vector<bn::Type> types_;  // of locals
  std::vector<bool> results_;
  std::vector<bool> elements_;
  unsigned names_ = 0;
};

}  // namespace me::wasm
