// The lowering of one stage: what its files share.
//
//   lower.cpp          entry point, walk over the instructions, operations
//   lower_control.cpp  regions, locals, ticks, failures
//   lower_memory.cpp   operands and stores
//   lower_reduce.cpp   accumulators
//   lower_frame.cpp    the kernel around the loop body: arguments, the loop, the last incomplete
//   vector
#pragma once

#include <optional>

#include "base/status.h"
#include "base/steps.h"
#include "ir/kernel_abi.h"
#include "wasm/code.h"
#include "wasm/plan.h"
#include "wasm/shape.h"

namespace me::wasm {

class Lowering {
 public:
  Lowering(Code& code, const ir::Program& program, const ir::Stage& stage, int opt_level);

  // The whole body of the kernel function, some instructions at a time.
  Steps<Node> steps();

  const Plan& plan() const { return plan_; }

 private:
  // The variables of the kernel around the loop.
  struct Frame {
    Local operand_words = 0, out = 1, items = 2;  // the parameters
    Local scalars = 0, tables = 0, scratch = 0, interrupt = 0, while_limit = 0;
    std::vector<Local> pointers;  // per operand: where the next vector's elements are
    Local saved_out = 0;
    // The loop ends when `lead`, one of the pointers, has come to `end` in steps of `stride` bytes.
    // In a stage without any pointer it is a counter.
    Local lead = 0, end = 0;
    std::size_t stride = 0;
    bool lead_counts = false;
    Local rest = 0, in_tail = 0;
  };
  struct Region {
    ir::InstKind kind;
    bn::Name leave, repeat;          // of a Loop
    // Of a Loop, i64: ticks until the next checks, and those that the checks have let pass.
    Local left = 0, passed = 0;
    std::optional<Registers> lanes;  // 64-bit mask of the lanes inside, if known
  };
  struct Accumulator {
    Op op;
    DType dtype;
    Registers registers, saved;  // of pairs: real parts, then imaginary parts
    bool is_pair() const { return is_complex(dtype); }
  };

  // lower_frame.cpp
  void load_arguments();
  void choose_lead();
  void set_end(Node vectors);
  Node item_address(Local base, Node index, std::size_t bytes);
  void copy_item(std::size_t bytes, Local to, Local from);
  void enter_tail();
  void leave_tail();
  void advance(Local pointer, std::size_t bytes);

  // lower.cpp
  Steps<Unit> body();
  void lower(ir::ValueId id);
  Value operation(const ir::Inst& inst);
  Value plain_operation(const ir::Inst& inst, Value* const (&args)[3]);
  Value bool_operation(const ir::Inst& inst, const Value& a, const Value* b);
  Value compare(const ir::Inst& inst, const Value& a, const Value& b);
  std::optional<bn::BinaryOp> as_extremum(const ir::Inst& inst) const;
  Value where(const ir::Inst& inst, const Value& m, const Value& a, const Value& b);
  void note_bad(Registers bad, unsigned width, Shape shape);
  Value splat(const Value& v);
  Value constant(Scalar v);
  Shape shape_of(bool uniform) const { return Shape{uniform ? 0 : plan_.lanes}; }
  Registers mask_registers(const Value& mask, unsigned width);

  // lower_control.cpp
  void get_local(ir::ValueId id);
  void set_local(ir::ValueId id);
  Registers negated(ir::ValueId v);
  void step_local(const ir::Inst& inst, ir::ValueId by, const Registers& mask);
  void begin_if(const ir::Inst& inst);
  void begin_loop(const ir::Inst& inst);
  void end_region();
  void leave_unless(const ir::Inst& inst);
  void tick(const ir::Inst& inst);
  void fail(const ir::Inst& inst);
  Node status(ir::KernelStatus s) { return code_.i32(static_cast<std::int32_t>(s)); }
  std::optional<Registers> active_lanes(const Value& mask);

  // lower_memory.cpp
  Value load_operand(const ir::Inst& inst);
  Registers load_part(std::uint32_t index, unsigned width, unsigned part);
  Value load_scalar(const ir::Inst& inst);
  void store(const Value& value);
  void store_pairs(const Value& re, const Value& im);

  // lower_reduce.cpp
  void begin_reductions();
  void reduce(const ir::Inst& inst);
  void reduce_pairs(const ir::Inst& inst);
  void save_accumulators();
  void drop_missing_lanes();
  void finish_reductions();
  void finish_pairs(std::size_t k);

  Code& code_;
  const ir::Program& program_;
  const ir::Stage& stage_;
  Plan plan_;
  Frame frame_;
  std::vector<Value> values_;
  std::vector<Value> locals_;
  std::vector<Region> regions_;
  std::vector<Accumulator> accumulators_;
  Local bad_ = 0;
};

}  // namespace me::wasm
