// The kernel around the loop body.
//
// Enters: the body of one iteration, which computes plan.lanes elements. Leaves: a function that
// runs it over whole vectors and, if items are left, once more over copies: every operand's last
// items go to its scratch slot, lanes past the end repeat the first of them so that they behave
// like an element that exists, and the results come back from the output's slot. Example: 11 items
// at 8 lanes run one vector on the arrays and one on the scratch, of which 3 results are copied. No
// code is there twice. Tested by tests/unit/wasm_run_test.cpp.
#include <bit>

#include "wasm/lowering.h"

namespace me::wasm {

using ir::KernelContext;

void Lowering::load_arguments() {
  code_.begin_prologue();
  const std::uint64_t word = code_.memory64() ? 8 : 4;
  const std::size_t operands = program_.operands.size();
  const Local context = code_.keep(code_.load_word(frame_.operand_words, word * operands));
  frame_.pointers.resize(operands);
  for (std::size_t k = 0; k < operands; ++k) {
    if (!plan_.uses_operand[k]) continue;
    frame_.pointers[k] = code_.keep(code_.load_word(frame_.operand_words, word * k));
    if (!stage_.is_reduction() &&
        size_of(program_.operands[k].dtype) == size_of(ir::stored_dtype(program_, stage_))) {
      code_.mark_elements(frame_.pointers[k]);
    }
  }
  if (!stage_.is_reduction()) code_.mark_elements(frame_.out);
  const auto field = [&](std::size_t offset) {
    return code_.keep(code_.load_word(context, offset));
  };
  if (plan_.uses_scalars) frame_.scalars = field(offsetof(KernelContext, scalars));
  if (plan_.uses_tables) frame_.tables = field(offsetof(KernelContext, tables));
  frame_.scratch = field(offsetof(KernelContext, scratch));
  if (plan_.has_ticks) {
    frame_.interrupt = field(offsetof(KernelContext, interrupt));
    const Local cap = code_.keep(code_.load_int(8, context, offsetof(KernelContext, while_cap)));
    Node limited = code_.binary(bn::GtSInt64, code_.get(cap), code_.i64(0));
    frame_.while_limit =
        code_.keep(code_.make().makeSelect(limited, code_.get(cap), code_.i64(INT64_MAX)));
  }
  code_.end();
}

Node Lowering::item_address(Local base, Node index, std::size_t bytes) {
  return code_.add_pointer(code_.get(base),
                           code_.mul_pointer(index, static_cast<std::int64_t>(bytes)));
}

void Lowering::advance(Local pointer, std::size_t bytes) {
  code_.set(pointer,
            code_.add_pointer(code_.get(pointer), code_.pointer(static_cast<std::int64_t>(bytes))));
}

void Lowering::copy_item(std::size_t bytes, Local to, Local from) {
  if (bytes == 16) {
    code_.store_vector(to, 0, code_.load_vector(from, 0));
    return;
  }
  code_.store_int(static_cast<unsigned>(bytes), to,
                  code_.load_int(static_cast<unsigned>(bytes), from, 0));
}

void Lowering::enter_tail() {
  const bool wide = code_.memory64();
  const Local j = code_.add_local(code_.pointer_type());
  code_.set(j, code_.pointer(0));
  const bn::Name copy = code_.begin_loop();
  Node inside =
      code_.binary(wide ? bn::LtUInt64 : bn::LtUInt32, code_.get(j), code_.get(frame_.rest));
  const Local from = code_.keep(code_.make().makeSelect(inside, code_.get(j), code_.pointer(0)));
  for (std::size_t k = 0; k < program_.operands.size(); ++k) {
    if (!plan_.uses_operand[k]) continue;
    const std::size_t bytes = size_of(program_.operands[k].dtype);
    const Local slot = code_.keep(
        code_.add_pointer(item_address(frame_.scratch, code_.get(j), bytes),
                          code_.pointer(static_cast<std::int64_t>(k * ir::kTailSlotBytes))));
    const Local source = code_.keep(item_address(frame_.pointers[k], code_.get(from), bytes));
    copy_item(bytes, slot, source);
  }
  advance(j, 1);
  code_.leave(copy, code_.binary(wide ? bn::LtUInt64 : bn::LtUInt32, code_.get(j),
                                 code_.pointer(plan_.lanes)));
  code_.end();

  const auto slot = [&](std::size_t k) {
    return code_.add_pointer(code_.get(frame_.scratch),
                             code_.pointer(static_cast<std::int64_t>(k * ir::kTailSlotBytes)));
  };
  for (std::size_t k = 0; k < program_.operands.size(); ++k) {
    if (plan_.uses_operand[k]) code_.set(frame_.pointers[k], slot(k));
  }
  if (stage_.is_reduction()) {
    save_accumulators();
  } else {
    code_.set(frame_.saved_out, code_.get(frame_.out));
    code_.set(frame_.out, slot(program_.operands.size()));
  }
  set_end(code_.pointer(1));
  code_.set(frame_.in_tail, code_.i32(1));
}

void Lowering::leave_tail() {
  if (stage_.is_reduction()) {
    drop_missing_lanes();
    return;
  }
  const std::size_t bytes = size_of(ir::stored_dtype(program_, stage_));
  const Local j = code_.add_local(code_.pointer_type());
  code_.set(j, code_.pointer(0));
  // The body has advanced the output pointer by one vector.
  const auto vector = static_cast<std::int64_t>(plan_.lanes * bytes);
  const Local results = code_.keep(code_.sub_pointer(code_.get(frame_.out), code_.pointer(vector)));
  const bn::Name copy = code_.begin_loop();
  const Local source = code_.keep(item_address(results, code_.get(j), bytes));
  const Local target = code_.keep(item_address(frame_.saved_out, code_.get(j), bytes));
  copy_item(bytes, target, source);
  advance(j, 1);
  code_.leave(copy, code_.binary(code_.memory64() ? bn::LtUInt64 : bn::LtUInt32, code_.get(j),
                                 code_.get(frame_.rest)));
  code_.end();
}

// The pointer that the loop runs up to its end: the output's, or that of an operand.
void Lowering::choose_lead() {
  if (!stage_.is_reduction()) {
    frame_.lead = frame_.out;
    frame_.stride = plan_.lanes * size_of(ir::stored_dtype(program_, stage_));
    return;
  }
  for (std::size_t k = 0; k < program_.operands.size(); ++k) {
    if (!plan_.uses_operand[k]) continue;
    frame_.lead = frame_.pointers[k];
    frame_.stride = plan_.lanes * size_of(program_.operands[k].dtype);
    return;
  }
  frame_.lead = code_.keep(code_.pointer(0));
  frame_.stride = 1;
  frame_.lead_counts = true;
}

void Lowering::set_end(Node vectors) {
  code_.set(frame_.end, item_address(frame_.lead, vectors, frame_.stride));
}

Steps<Node> Lowering::steps() {
  const bool wide = code_.memory64();
  load_arguments();
  choose_lead();
  frame_.end = code_.add_local(code_.pointer_type());
  frame_.in_tail = code_.add_local(bn::Type::i32);
  frame_.saved_out = code_.add_local(code_.pointer_type());
  if (plan_.may_redo) bad_ = code_.add_local(bn::Type::v128);
  const int log_lanes = std::countr_zero(plan_.lanes);
  frame_.rest = code_.keep(code_.binary(wide ? bn::AndInt64 : bn::AndInt32, code_.get(frame_.items),
                                        code_.pointer(plan_.lanes - 1)));
  set_end(code_.binary(wide ? bn::ShrUInt64 : bn::ShrUInt32, code_.get(frame_.items),
                       code_.pointer(log_lanes)));
  if (stage_.is_reduction()) begin_reductions();

  const bn::Name done = code_.begin_block();
  const bn::Name twice = code_.begin_loop();
  const auto more = [&] {
    return code_.binary(wide ? bn::NeInt64 : bn::NeInt32, frame_.lead, frame_.end);
  };
  code_.begin_if(more());
  const bn::Name again = code_.begin_loop();
  auto inner = body();
  while (inner.next()) co_await between_steps;
  for (std::size_t k = 0; k < program_.operands.size(); ++k) {
    if (plan_.uses_operand[k]) {
      advance(frame_.pointers[k], plan_.lanes * size_of(program_.operands[k].dtype));
    }
  }
  if (!stage_.is_reduction()) {
    advance(frame_.out, plan_.lanes * size_of(ir::stored_dtype(program_, stage_)));
  }
  if (frame_.lead_counts) advance(frame_.lead, frame_.stride);
  code_.leave(again, more());
  code_.end();
  code_.end();
  code_.begin_if(code_.get(frame_.in_tail));
  leave_tail();
  code_.leave(done);
  code_.end();
  code_.leave(done,
              code_.make().makeUnary(wide ? bn::EqZInt64 : bn::EqZInt32, code_.get(frame_.rest)));
  enter_tail();
  code_.leave(twice);
  code_.end();
  code_.end();

  if (stage_.is_reduction()) finish_reductions();
  static_assert(static_cast<int>(ir::KernelStatus::Redo) == 1);
  code_.append(plan_.may_redo ? code_.any_true(bad_) : status(ir::KernelStatus::Done));
  co_return code_.finish();
}

}  // namespace me::wasm
