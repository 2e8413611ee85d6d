// Prints programs in the style of the example at the top of ir/code.h.
//
// Enters: a Program. Leaves: one line per instruction, regions indented by two spaces more,
// positions as ids.
// Example of a masked loop:
//   loop
//     %5 = get x : float64
//     %6 = lt %5 %1 : bool
//     leave_unless %6
//     tick while
//     set x %8 where %6
//   end
// Tested by tests/unit/ir_build_test.cpp.
#include "ir/print.h"

#include <cctype>
#include <charconv>
#include <cmath>

#include "base/status.h"
#include "ir/kernel_abi.h"

namespace me::ir {
namespace {

std::string number_text(const Scalar& v) {
  if (is_bool(v.dtype)) return v.bits != 0 ? "true" : "false";
  char text[64];
  std::to_chars_result end{text, {}};
  if (v.dtype == DType::Float32) {
    const auto f = static_cast<float>(v.as_double());
    if (std::isnan(f)) return "nan";
    end = std::to_chars(text, text + sizeof text, f);
  } else if (v.dtype == DType::Float64) {
    if (std::isnan(v.as_double())) return "nan";
    end = std::to_chars(text, text + sizeof text, v.as_double());
  } else if (is_unsigned_int(v.dtype)) {
    end = std::to_chars(text, text + sizeof text, v.bits);
  } else {
    end = std::to_chars(text, text + sizeof text, v.as_int());
  }
  return {text, end.ptr};
}

std::string failure_name(std::uint32_t status) {
  switch (static_cast<KernelStatus>(status)) {
    case KernelStatus::WhileCap: return "while_cap";
    case KernelStatus::Interrupted: return "interrupted";
    case KernelStatus::ZeroStep: return "zero_step";
    case KernelStatus::MissingReturn: return "missing_return";
    case KernelStatus::Done:
    case KernelStatus::Redo: break;
  }
  return std::to_string(status);
}

std::string ids(const Inst& inst) {
  std::string s;
  for (ValueId a : inst.args) {
    if (a != kNoValue) s += " %" + std::to_string(a);
  }
  return s;
}

std::string body_of(const Stage& stage, const Inst& inst) {
  const auto index = std::to_string(inst.index);
  const auto value_and_mask = [&] {
    std::string s = " %" + std::to_string(inst.args[0]);
    if (inst.args[1] != kNoValue) s += " where %" + std::to_string(inst.args[1]);
    return s;
  };
  switch (inst.kind) {
    case InstKind::Operand: return "operand " + index + (inst.part != 0 ? " imag" : "");
    case InstKind::Scalar: return "scalar " + index;
    case InstKind::Const:
      if (is_text(inst.dtype)) return "const text " + std::to_string(inst.value.bits);
      return "const " + number_text(inst.value);
    case InstKind::Get: return "get " + stage.locals[inst.index].name;
    case InstKind::Set: return "set " + stage.locals[inst.index].name + value_and_mask();
    case InstKind::Op: return snake_name(inst.op) + ids(inst);
    case InstKind::Splat: return "splat" + ids(inst);
    case InstKind::If: return "if" + ids(inst);
    case InstKind::Loop: return inst.args[0] == kNoValue ? "loop" : "loop after" + ids(inst);
    case InstKind::End: return "end";
    case InstKind::LeaveUnless: return "leave_unless" + ids(inst);
    case InstKind::Tick:
      return inst.index == static_cast<std::uint32_t>(TickKind::While) ? "tick while" : "tick for";
    case InstKind::Fail: return "fail " + failure_name(inst.index) + ids(inst);
    case InstKind::Store: return "store 0" + ids(inst);
    case InstKind::Reduce:
      return "reduce " + index + " " + snake_name(stage.reductions[inst.index].op) +
             value_and_mask() +
             (inst.args[2] != kNoValue ? " imag %" + std::to_string(inst.args[2]) : "");
    case InstKind::Call: return "call " + index;
    case InstKind::Print: return "print " + index;
  }
  return {};
}

}  // namespace

std::string snake_name(Op op) {
  std::string s;
  for (char c : info_of(op).name) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !s.empty()) s += '_';
    s += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return s;
}

std::string stage_kind(const Program& program, const Stage& stage) {
  if (stage.is_reduction()) return " reduce";
  if (!stage.is_fold()) return " map";
  const Domain& domain = program.domains[stage.domain];
  std::string text = " fold " + snake_name(stage.fold.op) + " along";
  if (domain.axes.all) text += " all";
  for (const std::int32_t axis : domain.axes.list) text += " " + std::to_string(axis);
  if (domain.axes.keepdims) text += " keepdims";
  return text + " to operand " + std::to_string(domain.result);
}

std::string print(const Stage& stage) {
  std::string text;
  std::size_t indent = 2;
  for (std::size_t i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind == InstKind::End && indent > 2) indent -= 2;
    text.append(indent, ' ');
    if (inst.dtype != DType::Auto) text += "%" + std::to_string(i) + " = ";
    text += body_of(stage, inst);
    if (inst.dtype != DType::Auto) {
      text += " : ";
      text += type_text(inst.dtype, inst.width);
      if (inst.uniform) text += " uniform";
    }
    text += '\n';
    if (inst.kind == InstKind::If || inst.kind == InstKind::Loop) indent += 2;
  }
  return text;
}

namespace {

std::string command_text(const Program& program, const Command& c) {
  const auto index = std::to_string(c.index);
  const auto target = std::to_string(c.target);
  switch (c.kind) {
    case CommandKind::Run: return "run stage " + index;
    case CommandKind::Commit: return "commit";
    case CommandKind::EnterLoop: return "enter loop " + index;
    case CommandKind::Jump: return "jump " + target;
    case CommandKind::JumpUnless: return "jump " + target + " unless " + program.carried[c.index].name;
    case CommandKind::Tick: return "tick loop " + index;
    case CommandKind::Fail: return "fail " + failure_name(c.target) + " if " + program.carried[c.index].name;
    case CommandKind::Call: return "call " + index;
    case CommandKind::Print: return "print " + index;
  }
  return {};
}

}  // namespace

std::string print(const Program& program) {
  std::string text;
  for (std::size_t i = 0; i < program.script.size(); ++i) {
    text += "command " + std::to_string(i) + " " + command_text(program, program.script[i]) + "\n";
  }
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    const Stage& stage = program.stages[i];
    text += "stage " + std::to_string(i) + stage_kind(program, stage);
    if (stage.target != kResultTarget) text += " to " + program.carried[stage.target].name;
    text += '\n';
    text += print(stage);
  }
  return text;
}

}  // namespace me::ir
