// Appends instructions to a stage and keeps the uniformity rule: operations over mixed operands get
// their uniform ones splatted. Operands come as braced lists, which C++ evaluates from left to
// right: nested calls append in the same order with every compiler.
#pragma once

#include <initializer_list>
#include <string>

#include "ir/code.h"
#include "ir/kernel_abi.h"

namespace me::ir {

using LocalId = std::uint32_t;
constexpr LocalId kNoLocal = 0xffffffffu;

class Emitter {
 public:
  explicit Emitter(Stage& stage) : stage_(stage) {}

  // `dtype` is that of the value: of a complex array the dtype of its parts.
  ValueId operand(std::uint32_t index, DType dtype, std::uint32_t width = 0,
                  std::uint8_t part = 0);
  ValueId scalar(std::uint32_t index, DType dtype);
  ValueId constant(Scalar value, std::uint32_t width = 0);
  ValueId integer(DType dtype, std::int64_t v) { return constant(Scalar::of_int(dtype, v)); }
  ValueId real(DType dtype, double v) { return constant(Scalar::of_float(dtype, v)); }
  // A number in any numeric dtype.
  ValueId number(DType dtype, double v);
  ValueId boolean(bool v) { return integer(DType::Bool, v); }

  // `op` with result dtype `dtype`; uniform if all operands are.
  ValueId op(Op op, DType dtype, std::initializer_list<ValueId> args);
  // The same with operands in an array that kNoValue ends, and the width of a string result.
  ValueId text_op(Op op, DType dtype, std::uint32_t width, const std::array<ValueId, 3>& args);
  ValueId compare(Op o, std::initializer_list<ValueId> args) { return op(o, DType::Bool, args); }
  // {condition, if true, if false}
  ValueId where(std::initializer_list<ValueId> args) {
    return op(Op::Where, dtype(args.begin()[1]), args);
  }
  ValueId negate_mask(ValueId mask) { return op(Op::BitNot, DType::Bool, {mask}); }
  // The conjunction of two masks; kNoValue is "all lanes".
  ValueId both(ValueId a, ValueId b);
  // `v` itself if it has that dtype already; constants are converted at once.
  ValueId cast(ValueId v, DType to);
  ValueId splat(ValueId v);  // `v` itself if it is varying

  // A reduction in line: an Op whose result is uniform, or varying for a fold along axes. Its index is
  // the domain. ir/stages moves it into a stage of its own.
  ValueId reduction(Op op, DType dtype, ValueId v, ValueId mask, std::uint32_t domain = 0);
  ValueId fold(Op op, DType dtype, ValueId v, std::uint32_t domain);
  // The `part` of a reduction of pairs re + im j of float64, whose parts depend on each other.
  ValueId pair_reduction(Op op, ValueId re, ValueId im, ValueId mask, std::uint8_t part,
                         std::uint32_t domain = 0);
  ValueId pair_fold(Op op, ValueId re, ValueId im, std::uint8_t part, std::uint32_t domain);

  LocalId add_local(std::string name, DType dtype, bool uniform, std::uint32_t width = 0);
  ValueId get(LocalId local);
  // Splats the value for a varying local. `mask` is kNoValue or varying.
  void set(LocalId local, ValueId value, ValueId mask = kNoValue);

  void begin_if(ValueId condition);
  void begin_loop();
  void end();
  void leave_unless(ValueId condition);
  void tick(TickKind kind);
  void fail(KernelStatus status, ValueId condition);
  // `imag`: of a complex result.
  void store(ValueId value, ValueId imag = kNoValue);
  void call(std::uint32_t site);   // entry of Program::calls
  void print(std::uint32_t site);  // entry of Program::prints

  DType dtype(ValueId v) const { return stage_.insts[v].dtype; }
  std::uint32_t width(ValueId v) const { return stage_.insts[v].width; }
  bool is_uniform(ValueId v) const { return stage_.insts[v].uniform; }
  // The constant behind `v`, through splats; nullptr if there is none.
  const Scalar* constant_of(ValueId v) const;
  unsigned depth() const { return depth_; }  // open regions
  const Stage& stage() const { return stage_; }

 private:
  ValueId append(Inst inst);

  Stage& stage_;
  unsigned depth_ = 0;
};

}  // namespace me::ir
