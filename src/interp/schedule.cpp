// Scheduling: IR instructions become calls of block kernels over registers.
//
// Enters: a legal stage. Leaves: a prologue (constants, scalars, uniform values and splats that
// never change), a body for each block with If and Loop as jumps, and registers chosen by liveness.
// Example, `a*2 + b` with float64 arrays:
//   body       mul, add    output <- operand0, constant0, operand1
// Operands are read where they lie, the last operation writes into the output, operations are fused
// and uniform operands taken as they are where there is a kernel for it (interp/fuse.h), and a result takes
// over the buffer of an input that dies with elements of the same size. Tested by
// tests/unit/interp_schedule_test.cpp and interp_vm_test.cpp.
#include "interp/schedule.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/status.h"
#include "base/tuning.h"
#include "interp/fuse.h"

namespace me::interp {
namespace {

using ir::Inst;
using ir::InstKind;
using ir::kNoValue;
using ir::ValueId;

constexpr std::uint32_t kForEver = std::numeric_limits<std::uint32_t>::max();
// Splats made once per run keep a buffer each for the whole run; more of them would push the
// operands out of the first-level cache, so the others are made where they are needed.
constexpr unsigned kMaxLastingSplats = 16;

bool has_effect(InstKind kind) {
  switch (kind) {
    case InstKind::Operand:
    case InstKind::Scalar:
    case InstKind::Const:
    case InstKind::Get:
    case InstKind::Op:
    case InstKind::Splat:
      return false;
    case InstKind::Set:
    case InstKind::If:
    case InstKind::Loop:
    case InstKind::End:
    case InstKind::LeaveUnless:
    case InstKind::Tick:
    case InstKind::Fail:
    case InstKind::Store:
    case InstKind::Reduce:
    case InstKind::Call:
    case InstKind::Print:
      break;
  }
  return true;
}

// Where the value of a text step lies, and its width.
struct TextArg {
  RegisterId id = 0;
  std::uint32_t width = 0;
};

class Scheduler {
 public:
  Scheduler(const ir::Program& program, const ir::Stage& stage)
      : program_(program), stage_(stage), insts_(stage.insts), forms_(find_forms(stage)) {}

  StageProgram schedule() {
    find_regions();
    find_live();
    find_lasting();
    find_last_uses();
    make_fixed_registers();
    for (std::uint32_t i = 0; i < insts_.size(); ++i) {
      if (live_[i] && !done_[i]) emit(i);
    }
    emit_store();
    out_.operand_count = static_cast<std::uint32_t>(program_.operands.size());
    place_buffers();
    return std::move(out_);
  }

  // After schedule(). What is used later, or in the loop again, is in its register at the loop's head.
  LoopState state_of(std::uint32_t counter) const {
    LoopState state;
    state.loop = loops_[counter];
    state.locals = locals_;
    state.counted = loops_;
    state.values.assign(insts_.size(), 0);
    for (ValueId v = 0; v < state.loop; ++v) {
      const bool lives = lasting_[v] || last_use_[v] >= end_of_[state.loop];
      if (live_[v] && lives) state.values[v] = register_of_[v];
    }
    return state;
  }

 private:
  struct Region {
    std::uint32_t begin = 0;          // the If or Loop
    std::uint32_t first_step = 0;     // Loop: where it starts again
    std::uint32_t counter = 0;        // Loop
    std::vector<std::size_t> leaves;  // steps that jump past the End
  };

  static std::size_t bytes_of(const Inst& inst) { return size_of(inst.dtype, inst.width); }

  // --- analysis ----------------------------------------------------------------------------------

  void find_regions() {
    const std::size_t n = insts_.size();
    loop_of_.assign(n, kNoValue);
    end_of_.assign(n, kNoValue);
    holds_loop_.assign(n, false);
    std::vector<std::uint32_t> open;
    std::uint32_t loop = kNoValue;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (insts_[i].kind == InstKind::End) {
        const std::uint32_t begin = open.back();
        open.pop_back();
        end_of_[begin] = i;
        if (insts_[begin].kind == InstKind::Loop) loop = loop_of_[begin];
      }
      loop_of_[i] = loop;
      if (insts_[i].kind == InstKind::Loop) {
        for (const std::uint32_t region : open) holds_loop_[region] = true;
      }
      if (insts_[i].kind == InstKind::If || insts_[i].kind == InstKind::Loop) open.push_back(i);
      if (insts_[i].kind == InstKind::Loop) loop = i;
    }
    ME_ASSERT(open.empty());
  }

  void find_live() {
    live_.assign(insts_.size(), false);
    uses_.assign(insts_.size(), 0);
    for (std::size_t i = insts_.size(); i-- > 0;) {
      if (!live_[i] && !has_effect(insts_[i].kind)) continue;
      live_[i] = true;
      for (const ValueId arg : forms_[i].inputs) {
        if (arg == kNoValue) continue;
        live_[arg] = true;
        ++uses_[arg];
      }
    }
  }

  // Which values are the same in every block and every iteration. No operation traps, so that they
  // may be computed up front even if their region would never run.
  void find_lasting() {
    lasting_.assign(insts_.size(), false);
    unsigned splats = 0;
    for (std::size_t i = 0; i < insts_.size(); ++i) {
      const Inst& inst = insts_[i];
      if (!live_[i]) continue;
      const auto& inputs = forms_[i].inputs;
      const bool from_lasting = std::all_of(inputs.begin(), inputs.end(), [&](ValueId arg) {
        return arg == kNoValue || lasting_[arg];
      });
      if (inst.kind == InstKind::Const || inst.kind == InstKind::Scalar) {
        lasting_[i] = true;
      } else if (inst.kind == InstKind::Op) {
        lasting_[i] = inst.uniform && from_lasting;
      } else if (inst.kind == InstKind::Splat) {
        lasting_[i] = from_lasting && splats < kMaxLastingSplats;
        splats += lasting_[i] ? 1 : 0;
      }
    }
  }

  // A value that is used in a loop which began after it lives until that loop ends.
  std::uint32_t life_end(ValueId value, std::uint32_t use) const {
    std::uint32_t end = use;
    for (std::uint32_t loop = loop_of_[use]; loop != kNoValue && loop > value;
         loop = loop_of_[loop]) {
      end = end_of_[loop];
    }
    return end;
  }

  void find_last_uses() {
    last_use_.assign(insts_.size(), 0);
    sets_.resize(stage_.locals.size());
    for (std::uint32_t i = 0; i < insts_.size(); ++i) {
      if (!live_[i]) continue;
      const Inst& inst = insts_[i];
      last_use_[i] = std::max(last_use_[i], i);
      if (inst.kind == InstKind::Set) sets_[inst.index].push_back(i);
      for (const ValueId arg : forms_[i].inputs) {
        if (arg == kNoValue) continue;
        // The output is written at the end of a block, when no operand is read any more.
        std::uint32_t end = inst.kind == InstKind::Store ? kForEver : life_end(arg, i);
        // Who goes on at a loop's head in an If needs its condition.
        if (holds_loop_[i] && inst.kind == InstKind::If) end = std::max(end, end_of_[i]);
        last_use_[arg] = std::max(last_use_[arg], end);
      }
    }
  }

  // Whether the local changes before the last use. A Set that is that use may read it: kernels go
  // through their elements in step, but for strings.
  bool set_between(std::uint32_t local, std::uint32_t first, std::uint32_t last) const {
    const auto& sets = sets_[local];
    const auto next = std::upper_bound(sets.begin(), sets.end(), first);
    return next != sets.end() && *next < last + (is_text(stage_.locals[local].dtype) ? 1 : 0);
  }

  // --- registers ---------------------------------------------------------------------------------

  RegisterId add_register(Place place, std::uint32_t index, std::size_t bytes = 8) {
    out_.registers.push_back({place, index, static_cast<std::uint32_t>(bytes)});
    return static_cast<RegisterId>(out_.registers.size() - 1);
  }

  RegisterId add_stream(Place place, std::uint32_t index, DType dtype, std::uint32_t width) {
    const RegisterId id = add_register(place, index, size_of(dtype, width));
    out_.streams.push_back(id);
    return id;
  }

  RegisterId add_slot(std::size_t bytes = 8) {
    const std::uint32_t first = out_.slot_count;
    out_.slot_count += static_cast<std::uint32_t>((bytes + 7) / 8);
    return add_register(Place::Slot, first);
  }

  // Numbers share buffers of 8 bytes per element; strings have buffers of their own width.
  RegisterId add_lasting_buffer(DType dtype, std::uint32_t width) {
    busy_until_.push_back(kForEver);
    capacity_.push_back({is_text(dtype), is_text(dtype) ? size_of(dtype, width) : 8});
    buffers_.push_back(add_register(Place::Buffer, static_cast<std::uint32_t>(buffers_.size())));
    return buffers_.back();
  }

  void make_fixed_registers() {
    add_register(Place::Nothing, 0);
    for (std::uint32_t i = 0; i < program_.operands.size(); ++i) {
      operands_.push_back(add_stream(Place::Operand, i, program_.operands[i].dtype,
                                    program_.operands[i].width));
    }
    if (!stage_.is_reduction()) {
      const DType stored = ir::stored_dtype(program_, stage_);
      output_ = add_stream(Place::Output, 0, stored,
                           ir::stored_width(program_, stage_));
    }
    for (std::uint32_t i = 0; i < stage_.reductions.size(); ++i) {
      const ir::Reduction& r = stage_.reductions[i];
      const Reducer fold = reducer_for(r.op, r.dtype);
      ME_ASSERT(fold.add != nullptr);
      out_.reductions.push_back({fold, add_register(Place::Accumulator, i)});
    }
    for (const ir::Local& local : stage_.locals) {
      locals_.push_back(local.uniform ? add_slot(size_of(local.dtype, local.width))
                                     : add_lasting_buffer(local.dtype, local.width));
    }
    register_of_.assign(insts_.size(), 0);
    done_.assign(insts_.size(), false);
  }

  // A buffer that is free from instruction `at` on. Inputs that die there with the same element
  // size may be overwritten: kernels go through their elements in step, but for strings.
  RegisterId take_buffer(std::uint32_t at) {
    const Inst& inst = insts_[at];
    const bool text = is_text(inst.dtype);
    const std::size_t bytes = bytes_of(inst);
    for (const ValueId arg : forms_[at].inputs) {
      if (text || arg == kNoValue || last_use_[arg] != at) continue;
      if (is_text(insts_[arg].dtype) || bytes_of(insts_[arg]) != bytes) continue;
      const Register& r = out_.registers[register_of_[arg]];
      if (r.place != Place::Buffer || busy_until_[r.index] != at) continue;
      busy_until_[r.index] = last_use_[at];
      return register_of_[arg];
    }
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      const Capacity wanted = {text, text ? bytes : 8};
      if (busy_until_[i] >= at || capacity_[i] != wanted) continue;
      busy_until_[i] = last_use_[at];
      return buffers_[i];
    }
    const RegisterId id = add_lasting_buffer(inst.dtype, inst.width);
    busy_until_.back() = last_use_[at];
    return id;
  }

  // Where value `at` goes: straight into the local or output that it is stored to by the next
  // instruction, if nobody else wants it; else into a register of its own.
  RegisterId take_result(std::uint32_t at) {
    const Inst& inst = insts_[at];
    if (lasting_[at]) {
      return inst.uniform ? add_slot(bytes_of(inst)) : add_lasting_buffer(inst.dtype, inst.width);
    }
    std::uint32_t next = at + 1;
    while (next < insts_.size() && !live_[next]) ++next;
    if (uses_[at] == 1 && next < insts_.size() && forms_[next].inputs[0] == at) {
      const Inst& user = insts_[next];
      // A string's inputs may be in the local.
      if (user.kind == InstKind::Set && user.args[1] == kNoValue && !is_text(inst.dtype)) {
        done_[next] = true;
        return locals_[user.index];
      }
      const bool alone = user.args[1] == kNoValue;  // no part of a complex number
      if (user.kind == InstKind::Store && alone && next + 1 == insts_.size()) {
        done_[next] = true;
        return output_;
      }
    }
    return inst.uniform ? add_slot(bytes_of(inst)) : take_buffer(at);
  }

  void place_buffers() {
    std::size_t widest = 8;
    for (const Capacity& c : capacity_) widest = std::max(widest, c.bytes);
    const std::size_t items = tuning::kInterpTextBytes / widest / 8 * 8;
    out_.block_items = std::clamp<std::int64_t>(static_cast<std::int64_t>(items), 8,
                                                tuning::kInterpBlockItems);
    for (const Capacity& c : capacity_) {
      out_.buffers.push_back(out_.buffer_bytes);
      // Whole cache lines, and a distance that spreads buffers over cache sets even when only their
      // starts are used.
      const std::size_t bytes = static_cast<std::size_t>(out_.block_items) * c.bytes;
      out_.buffer_bytes += (bytes + 63) / 64 * 64 + 128;
    }
  }

  // --- steps -------------------------------------------------------------------------------------

  RegisterId reg(ValueId value) const { return value == kNoValue ? 0 : register_of_[value]; }

  Step& add_step(StepKind kind, bool uniform) {
    out_.body.push_back({});
    out_.body.back().kind = kind;
    out_.body.back().uniform = uniform;
    return out_.body.back();
  }

  void add_call(BlockFn fn, bool uniform, RegisterId out, RegisterId a, RegisterId b = 0,
                RegisterId c = 0) {
    ME_ASSERT(fn != nullptr);
    Step& step = add_step(StepKind::Call, uniform);
    step.fn = fn;
    step.out = out;
    step.a = a;
    step.b = b;
    step.c = c;
  }

  TextArg text_arg(ValueId value) const {
    return value == kNoValue ? TextArg{} : TextArg{reg(value), insts_[value].width};
  }

  void add_text(TextFn fn, bool uniform, TextArg out, TextArg a, TextArg b = {}, TextArg c = {}) {
    ME_ASSERT(fn != nullptr);
    Step& step = add_step(StepKind::Text, uniform);
    step.out = out.id;
    step.a = a.id;
    step.b = b.id;
    step.c = c.id;
    step.target = static_cast<std::uint32_t>(out_.texts.size());
    out_.texts.push_back({fn, out.width, a.width, b.width, c.width, program_.text_ends_at_nul});
  }

  // out = a, or every element of out = the first of a.
  void add_copy(DType dtype, std::uint32_t width, bool uniform, RegisterId out, RegisterId a) {
    if (is_text(dtype)) {
      add_text(text_copy_kernel(dtype), uniform, {out, width}, {a, width});
    } else {
      add_call(copy_kernel(size_of(dtype)), uniform, out, a);
    }
  }
  void add_splat(DType dtype, std::uint32_t width, RegisterId out, RegisterId a) {
    if (is_text(dtype)) {
      add_text(text_splat_kernel(dtype), false, {out, width}, {a, width});
    } else {
      add_call(splat_kernel(size_of(dtype)), false, out, a);
    }
  }

  // The elements of a constant in array representation.
  RegisterId add_constant(const Inst& inst) {
    const auto first = static_cast<std::uint32_t>(out_.constants.size());
    out_.constants.resize(first + std::max<std::size_t>(1, (bytes_of(inst) + 7) / 8));
    if (!is_text(inst.dtype)) {
      store_scalar(inst.value, &out_.constants[first]);
      return add_register(Place::Constant, first);
    }
    char* to = reinterpret_cast<char*>(&out_.constants[first]);
    for (const char32_t c : program_.texts[inst.value.bits]) {
      const auto byte = static_cast<unsigned char>(c);
      if (inst.dtype == DType::String) {
        std::memcpy(to, &c, 4);
      } else {
        std::memcpy(to, &byte, 1);
      }
      to += unit_of(inst.dtype);
    }
    return add_register(Place::Constant, first);
  }

  // Moves the steps that were added since `first` to the prologue.
  void to_prologue(std::size_t first) {
    out_.prologue.insert(out_.prologue.end(), out_.body.begin() + first, out_.body.end());
    out_.body.resize(first);
  }

  std::uint32_t next_step() const { return static_cast<std::uint32_t>(out_.body.size()); }

  void emit(std::uint32_t i) {
    const Inst& inst = insts_[i];
    const std::size_t bytes = size_of(inst.dtype);
    const std::size_t first = out_.body.size();
    switch (inst.kind) {
      case InstKind::Operand:
        register_of_[i] = operands_[inst.index];
        if (is_bool(inst.dtype)) {
          register_of_[i] = take_result(i);
          add_call(load_bool_kernel(), false, register_of_[i], operands_[inst.index]);
        } else if (is_complex(program_.operands[inst.index].dtype)) {
          register_of_[i] = take_result(i);
          add_call(part_kernel(bytes, inst.part), false, register_of_[i], operands_[inst.index]);
        }
        break;
      case InstKind::Scalar: {
        register_of_[i] = add_slot();
        Step& step = add_step(StepKind::Scalar, true);
        step.fn = is_bool(inst.dtype) ? load_bool_kernel() : copy_kernel(bytes);
        step.out = register_of_[i];
        step.target = inst.index;
        break;
      }
      case InstKind::Const:
        register_of_[i] = add_constant(inst);
        break;
      case InstKind::Get:
        register_of_[i] = locals_[inst.index];
        if (set_between(inst.index, i, last_use_[i])) {
          register_of_[i] = inst.uniform ? add_slot(bytes_of(inst)) : take_buffer(i);
          add_copy(inst.dtype, inst.width, inst.uniform, register_of_[i], locals_[inst.index]);
        }
        break;
      case InstKind::Set:
        emit_set(i);
        break;
      case InstKind::Op: {
        const bool text = std::any_of(inst.args.begin(), inst.args.end(), [&](ValueId arg) {
          return arg != kNoValue && is_text(insts_[arg].dtype);
        });
        if (text) {
          emit_text(i);
          break;
        }
        if (forms_[i].is_fused()) {
          register_of_[i] = take_result(i);
          add_fused(forms_[i], register_of_[i], reg(forms_[i].inputs[2]));
          break;
        }
        const auto last = std::find(inst.args.begin(), inst.args.end(), kNoValue) - 1;
        const BlockFn fn = kernel_for(inst.op, inst.dtype, insts_[*last].dtype);
        register_of_[i] = take_result(i);
        add_call(fn, inst.uniform, register_of_[i], reg(inst.args[0]), reg(inst.args[1]),
                 reg(inst.args[2]));
        break;
      }
      case InstKind::Splat:
        register_of_[i] = take_result(i);
        add_splat(inst.dtype, inst.width, register_of_[i], reg(inst.args[0]));
        break;
      case InstKind::If: {
        open_.push_back({i, 0, 0, {next_step()}});
        Step& step = add_step(StepKind::JumpIfNone, insts_[inst.args[0]].uniform);
        step.a = reg(inst.args[0]);
        break;
      }
      case InstKind::Loop: {
        const std::uint32_t counter = out_.counter_count++;
        loops_.push_back(i);
        Step& step = add_step(StepKind::EnterLoop, true);
        step.target = counter;
        step.a = reg(inst.args[0]);
        open_.push_back({i, next_step(), counter, {}});
        break;
      }
      case InstKind::LeaveUnless: {
        innermost_loop().leaves.push_back(next_step());
        Step& step = add_step(StepKind::JumpIfNone, insts_[inst.args[0]].uniform);
        step.a = reg(inst.args[0]);
        break;
      }
      case InstKind::Tick:
        add_step(inst.index == 0 ? StepKind::CountedTick : StepKind::InterruptTick, true).target =
            innermost_loop().counter;
        break;
      case InstKind::End:
        emit_end();
        break;
      case InstKind::Fail: {
        Step& step = add_step(StepKind::Fail, insts_[inst.args[0]].uniform);
        step.a = reg(inst.args[0]);
        step.target = inst.index;
        break;
      }
      case InstKind::Store:
        stored_ = inst.args[0];
        stored_imag_ = inst.args[1];
        break;
      case InstKind::Reduce: {
        const ScheduledReduction& r = out_.reductions[inst.index];
        add_call(r.fold.add, false, r.accumulator, reg(inst.args[0]), reg(inst.args[1]),
                 reg(inst.args[2]));
        break;
      }
      case InstKind::Call:
      case InstKind::Print:
        ME_ASSERT(!"in no stage");
        break;
    }
    if (lasting_[i]) to_prologue(first);
  }

  void emit_text(std::uint32_t i) {
    const Inst& inst = insts_[i];
    const ValueId of = inst.op == Op::Where ? inst.args[1] : inst.args[0];
    register_of_[i] = take_result(i);
    add_text(text_kernel(inst.op, insts_[of].dtype), inst.uniform, {register_of_[i], inst.width},
             text_arg(inst.args[0]), text_arg(inst.args[1]), text_arg(inst.args[2]));
  }

  void add_fused(const Form& form, RegisterId out, RegisterId c) {
    Step& step = add_step(form.quad != nullptr ? StepKind::Quad : StepKind::Call, false);
    step.fn = form.fn;
    step.quad = form.quad;
    step.out = out;
    step.a = reg(form.inputs[0]);
    step.b = reg(form.inputs[1]);
    step.c = c;
    step.d = reg(form.inputs[3]);
  }

  void emit_set(std::uint32_t i) {
    const Inst& inst = insts_[i];
    const ir::Local& local = stage_.locals[inst.index];
    const RegisterId target = locals_[inst.index];
    if (forms_[i].is_fused()) {
      add_fused(forms_[i], target, target);
      return;
    }
    const RegisterId value = reg(inst.args[0]);
    if (inst.args[1] == kNoValue) {
      if (value != target) add_copy(local.dtype, local.width, local.uniform, target, value);
    } else if (is_text(local.dtype)) {
      add_text(text_kernel(Op::Where, local.dtype), local.uniform, {target, local.width},
               {reg(inst.args[1]), 0}, {value, local.width}, {target, local.width});
    } else {
      add_call(select_kernel(size_of(local.dtype)), local.uniform, target, reg(inst.args[1]), value,
               target);
    }
  }

  void emit_end() {
    const Region region = std::move(open_.back());
    open_.pop_back();
    if (insts_[region.begin].kind == InstKind::Loop) {
      Step& step = add_step(StepKind::Repeat, true);
      step.target = region.first_step;
      step.b = region.counter;
    }
    for (const std::size_t leave : region.leaves) out_.body[leave].target = next_step();
  }

  void emit_store() {
    if (stored_ == kNoValue) return;
    if (stored_imag_ != kNoValue) {
      const std::size_t part = size_of(part_of(ir::stored_dtype(program_, stage_)));
      add_call(interleave_kernel(part), false, output_, reg(stored_), reg(stored_imag_));
      return;
    }
    const bool uniform = insts_[stored_].uniform;
    const DType stored = ir::stored_dtype(program_, stage_);
    const std::uint32_t width = insts_[stored_].width;
    const RegisterId from = reg(stored_);
    if (uniform) {
      add_splat(stored, width, output_, from);
    } else {
      add_copy(stored, width, false, output_, from);
    }
  }

  Region& innermost_loop() {
    const auto it = std::find_if(open_.rbegin(), open_.rend(), [&](const Region& region) {
      return insts_[region.begin].kind == InstKind::Loop;
    });
    ME_ASSERT(it != open_.rend());
    return *it;
  }

  const ir::Program& program_;
  const ir::Stage& stage_;
  const std::vector<Inst>& insts_;
  const std::vector<Form> forms_;
  StageProgram out_;

  std::vector<std::uint32_t> loop_of_;            // innermost Loop around an instruction
  std::vector<std::uint32_t> end_of_;             // of If and Loop
  std::vector<bool> holds_loop_;                  // per If and Loop
  std::vector<bool> live_;                        // has an effect or feeds one
  std::vector<std::uint32_t> uses_;               // by live instructions
  std::vector<bool> lasting_;                     // belongs into the prologue
  std::vector<std::uint32_t> last_use_;           // position up to which a value must be kept
  std::vector<std::vector<std::uint32_t>> sets_;  // per local, in order

  std::vector<RegisterId> operands_, locals_, buffers_;
  struct Capacity {
    bool text;
    std::size_t bytes;  // per element
    friend bool operator==(const Capacity&, const Capacity&) = default;
  };
  std::vector<Capacity> capacity_;         // per buffer
  std::vector<std::uint32_t> busy_until_;  // per buffer: position of the last use of its value
  RegisterId output_ = 0;
  std::vector<RegisterId> register_of_;  // per value
  std::vector<bool> done_;               // Sets and Stores that their value's step performs
  std::vector<Region> open_;
  std::vector<ValueId> loops_;           // per counter
  ValueId stored_ = kNoValue;
  ValueId stored_imag_ = kNoValue;
};

}  // namespace

StageProgram schedule(const ir::Program& program, std::size_t stage) {
  return Scheduler(program, program.stages[stage]).schedule();
}

LoopState loop_state(const ir::Program& program, std::size_t stage, std::uint32_t counter) {
  Scheduler scheduler(program, program.stages[stage]);
  scheduler.schedule();
  return scheduler.state_of(counter);
}

std::vector<bool> values_at_hand(const LoopState& state) {
  std::vector<bool> at_hand;
  for (const RegisterId r : state.values) at_hand.push_back(r != 0);
  return at_hand;
}

}  // namespace me::interp
