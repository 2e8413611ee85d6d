// Values of typed expressions: walks the expression array and appends instructions.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/emit.h"
#include "ir/expand_complex.h"
#include "lang/typed.h"

namespace me::ir {

// The operand and scalar slots of a program under construction.
class Slots {
 public:
  // One slot per parameter, in declaration order; a complex uniform one has a scalar per part.
  Slots(const lang::TypedProgram& typed, Program& program);
  Pair load(Emitter& emit, std::uint32_t param) const;
  ValueId count(Emitter& emit, std::uint32_t domain);  // adds the Count slot on first use
  Program& program() { return program_; }
  ValueId index(Emitter& emit, lang::IndexSymbol symbol);  // adds its slot on first use
  ValueId item(Emitter& emit);  // the position of an item in its stage; adds the slot on first use
  std::uint32_t fold(lang::ExprId id, DType dtype);  // a new slot for the array that `id` reduces to
  std::uint32_t slot_of(std::uint32_t param) const { return slot_[param]; }
  // The slots of all arrays that an expression is made of, element by element; ascending.
  std::vector<std::uint32_t> sources(lang::ExprId root) const;
  // The domain, added unless there is the same already.
  std::uint32_t domain(Domain domain);

 private:
  const lang::TypedProgram& typed_;
  Program& program_;
  std::vector<std::uint32_t> slot_;  // per parameter: index into operands or scalars
  std::vector<bool> uniform_, complex_;  // per parameter
  std::unordered_map<lang::ExprId, std::uint32_t> fold_slot_;
  std::uint32_t item_ = kNoValue;
  std::array<std::uint32_t, 32> index_slots_;  // by code of the index symbol
};

class ExprBuilder {
 public:
  ExprBuilder(const lang::TypedProgram& typed, Slots& slots, Emitter& emit);

  // Appends the expression; operands that are not in force yet are appended before it.
  Pair pair(lang::ExprId root);
  // As pair(), of an expression that is not complex.
  ValueId value(lang::ExprId root) { return pair(root).re; }
  // Where the imaginary parts of complex locals are; kNoLocal for the others.
  void set_imag_locals(std::vector<LocalId> locals) { imag_local_ = std::move(locals); }
  // A new local that holds `v`.
  LocalId keep(const std::string& name, ValueId v);
  // Lanes that take part in reductions; kNoValue = all.
  void set_mask(ValueId mask) { mask_ = mask; }
  // While set, reads of `local` give `value` (kNoValue: the local again).
  void override_local(LocalId local, ValueId value) { override_[local] = value; }
  ValueId override_of(LocalId local) const { return override_[local]; }

 private:
  Pair emit(lang::ExprId id);
  ValueId count(const lang::TypedExpr& e);
  Pair reduce(lang::ExprId id);
  Pair reduce_complex(lang::ExprId id);
  ValueId reduce_to_array(lang::ExprId id, Op op, ValueId v);
  ValueId position(const lang::TypedExpr& e, ValueId v);
  Domain domain_of(const lang::TypedExpr& e) const;
  Pair call(const lang::TypedExpr& e);

  const lang::TypedProgram& typed_;
  Slots& slots_;
  Emitter& emit_;
  ValueId mask_ = kNoValue;
  std::vector<Pair> value_of_;          // per expression, valid while it is in the current walk
  std::vector<std::uint32_t> walk_of_;  // which walk reached it last
  std::uint32_t walk_ = 0;
  std::vector<ValueId> override_;    // per local
  std::vector<LocalId> imag_local_;  // per local
};

// The expressions that `root` needs, itself included, in evaluation order.
std::vector<lang::ExprId> needed_exprs(const lang::TypedProgram& typed, lang::ExprId root,
                                       std::vector<std::uint32_t>& walk_of, std::uint32_t walk);

}  // namespace me::ir
