// The IR: programs, stages, instructions. RULES.md says what a legal program is; ir/verify checks it.
//
// Example, `a*2 + sum(a)` with a: float64[] (ir/print's text):
//   stage 0 reduce
//     %0 = operand 0 : float64
//     reduce 0 sum %0
//   stage 1 map
//     %0 = operand 0 : float64
//     %1 = const 2 : float64 uniform
//     %2 = splat %1 : float64
//     %3 = mul %0 %2 : float64
//     %4 = scalar 0 : float64 uniform
//     %5 = splat %4 : float64
//     %6 = add %3 %5 : float64
//     store 0 %6
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/axes.h"
#include "base/dtype.h"
#include "base/ops.h"

namespace me::ir {

using ValueId = std::uint32_t;
constexpr ValueId kNoValue = 0xffffffffu;

enum class InstKind : std::uint8_t {
  Operand,      // varying: this element of input array `index`; of a complex array its `part`
  Scalar,       // uniform: entry `index` of Program::scalars
  Const,        // uniform: `value`
  Get,          // value of local `index`
  Set,          // local `index` = args[0]; where args[1] (bool, same uniformity) is true, if given
  Op,           // op(args...)
  Splat,        // varying copy of uniform args[0]
  If,           // region runs if args[0] is true (uniform) or true in any lane (varying)
  Loop,         // region repeats until a LeaveUnless that stands directly in it leaves it; args[0], if
                // given: iterations that its Tick has counted before (uniform int64)
  End,          // end of If or Loop
  LeaveUnless,  // leaves the innermost Loop unless args[0] is true (uniform) / in any lane (varying)
  Tick,         // one iteration of the innermost Loop; TickKind `index` says what is checked
  Fail,         // ends the kernel with KernelStatus `index` if args[0] is true in any lane
  Store,        // output array element = args[0]; of a complex array args[0] + args[1] j
  Reduce,       // folds args[0] into reduction `index`; where args[1] is false, the identity.
                // Of a complex one args[0] + args[2] j, and args[1] is given
  Call,         // runs entry `index` of Program::calls; before ir/script only
  Print,        // runs entry `index` of Program::prints; before ir/script only
};

enum class TickKind : std::uint32_t {
  While = 0,  // counts the iteration: WhileCap where the cap is exceeded; polls the interrupt
  For = 1,    // polls the interrupt only: the number of iterations is known to be finite
};

struct Inst {
  InstKind kind = InstKind::Const;
  Op op = Op::Cast;
  DType dtype = DType::Auto;  // of the result; Auto if there is none
  std::uint32_t width = 0;    // of a string result, in code units
  bool uniform = false;
  std::array<ValueId, 3> args = {kNoValue, kNoValue, kNoValue};
  std::uint32_t index = 0;
  std::uint8_t part = 0;  // Operand of a complex array: 0 its real, 1 its imaginary part
  Scalar value;
};

struct Local {
  std::string name;
  DType dtype = DType::Auto;
  bool uniform = false;
  std::uint32_t width = 0;
};

struct Reduction {
  Op op = Op::Sum;
  DType dtype = DType::Float64;  // of operand, accumulator and result; Complex128: pairs of float64
};

constexpr std::uint32_t kResultTarget = 0xffffffffu;

// One kernel: stores one value per element, or reduces all elements, or stores what the caller folds.
struct Stage {
  std::vector<Inst> insts;
  std::vector<Local> locals;
  std::vector<Reduction> reductions;  // empty: a map or a fold, which have exactly one Store
  // Where a map stage stores: the result, or an entry of Program::carried.
  std::uint32_t target = kResultTarget;
  std::uint32_t domain = 0;           // of Program::domains: what the stage runs over
  Reduction fold = {Op::Cast, DType::Auto};  // of the stored values, along the domain's axes; or none
  bool is_reduction() const { return !reductions.empty(); }
  bool is_fold() const { return fold.op != Op::Cast; }
};

constexpr std::uint32_t kNoSlot = 0xffffffffu;

// Items that belong together: the call's, or those of the broadcast shape of some operands; for folds
// also along which of the axes they are combined.
struct Domain {
  bool whole_call = true;
  std::vector<std::uint32_t> operands;  // ascending slots
  bool array = false;                   // along `axes`, else all of them
  Axes axes;
  std::uint32_t result = kNoSlot;       // operand slot of the array that a fold gives
  friend bool operator==(const Domain&, const Domain&) = default;
};

enum class ScalarSource : std::uint8_t {
  Param,      // a uniform parameter
  Count,      // number of items of `domain` that are combined into one (int64)
  Reduction,  // result of reduction `reduction` of stage `stage`
  Extent,     // global extent of axis `param` (int64)
  Ndim,       // number of axes (int64)
  Carried,    // entry `param` of Program::carried, a uniform one
  Live,       // of a continuation only: what a loop's head hands over (ir/continuation.h)
  Operand,    // the one value, or its `part`, of operand `param` (ir/assume_uniform.h)
};

struct ScalarSlot {
  DType dtype = DType::Auto;
  ScalarSource source = ScalarSource::Param;
  std::uint32_t param = 0;
  std::uint32_t stage = 0;
  std::uint32_t reduction = 0;
  std::uint8_t part = 0;  // of a complex parameter or reduction, whose parts are two scalars
  std::uint32_t domain = 0;  // of Count
};

enum class OperandSource : std::uint8_t {
  Param,      // the array of parameter `param`
  Position,   // the item's global coordinate on axis `param` (int64)
  FlatIndex,  // the item's global C-order index (int64)
  Carried,    // the array of entry `param` of Program::carried, a varying one
  Item,       // the item's C-order index in what the stage runs over (int64)
  Fold,       // the result of an earlier stage's fold
  Live,       // of a continuation only: what a loop's head hands over (ir/continuation.h)
};

struct OperandSlot {
  DType dtype = DType::Auto;  // of the array
  std::uint32_t param = 0;
  OperandSource source = OperandSource::Param;
  std::uint32_t width = 0;  // of strings
};

// A call of a user's C function: once per element (where `mask` is true, if there is one) or, with a
// uniform result, once. Arguments and result are entries of Program::carried, all of them float64.
struct CallSite {
  std::uint32_t callout = 0;  // of Signature::callouts
  std::vector<std::uint32_t> args;
  std::uint32_t mask = kNoValue;
  std::uint32_t result = 0;
};

// print(): texts around and between the values of uniform entries of Program::carried.
struct PrintSite {
  std::vector<std::string> texts;   // one more than args
  std::vector<std::uint32_t> args;
};

// What the driver does where one pass over the elements after the other is not enough: loops around
// reductions, calls of C functions, printing.
enum class CommandKind : std::uint8_t {
  Run,        // stage `index`: its reductions, or a map to its target
  Commit,     // what map stages have stored since the last Commit becomes readable
  EnterLoop,  // iteration counter `index` = 0
  Jump,       // to command `target`
  JumpUnless, // to command `target` unless carried `index` (uniform bool) is true
  Tick,       // counter `index`; TickKind `target`
  Fail,       // with KernelStatus `target` if carried `index` (uniform bool) is true
  Call,       // Program::calls[index]
  Print,      // Program::prints[index]
};

struct Command {
  CommandKind kind = CommandKind::Run;
  std::uint32_t index = 0;
  std::uint32_t target = 0;
};

struct Program {
  std::string name;
  std::vector<OperandSlot> operands;  // the varying parameters in declaration order, then the others
  std::vector<ScalarSlot> scalars;
  std::vector<Domain> domains = {Domain{}};  // the first is the whole call
  std::vector<Stage> stages;  // the last one is the map stage that stores the result
  // Runs before the last stage. Empty: all stages but the last are reductions, each run once in order.
  std::vector<Command> script;
  std::vector<Local> carried;     // locals that the driver keeps: arrays of all items, or one value
  std::uint32_t counter_count = 0;  // of the script's loops
  std::vector<CallSite> calls;
  std::vector<PrintSite> prints;
  bool has_reduction = false;     // the text reduces its inputs
  DType result = DType::Auto;
  std::uint32_t result_width = 0;
  std::vector<std::u32string> texts;  // of string constants, by Scalar::bits
  bool text_ends_at_nul = false;      // at the first NUL; else only NULs at the end are padding
  bool result_uniform = false;  // every element of the result is the same: one item is enough
  // Set when the expression's root is a reduction (miniexpr writes one item only then).
  bool root_is_reduction = false;
  bool empty_extremum_is_error = true;
};

// Of what a map stage or a fold stores.
inline DType stored_dtype(const Program& program, const Stage& stage) {
  if (stage.is_fold()) return stage.fold.dtype;
  return stage.target == kResultTarget ? program.result : program.carried[stage.target].dtype;
}

inline std::uint32_t stored_width(const Program& program, const Stage& stage) {
  if (stage.is_fold()) return 0;
  return stage.target == kResultTarget ? program.result_width
                                       : program.carried[stage.target].width;
}

}  // namespace me::ir
