// The operands of a node, for walks over code that Code made: no other kinds of nodes are there.
#pragma once

#include "base/status.h"
#include "wasm/code.h"

namespace me::wasm {

// Calls f(Node&) for each operand, in the order of evaluation.
template <class F>
void for_each_child(Node node, F&& f) {
  const auto some = [&](Node& child) {
    if (child != nullptr) f(child);
  };
  switch (node->_id) {
    case bn::Expression::LocalGetId:
    case bn::Expression::ConstId:
      return;
    case bn::Expression::LocalSetId:
      return f(node->cast<bn::LocalSet>()->value);
    case bn::Expression::UnaryId:
      return f(node->cast<bn::Unary>()->value);
    case bn::Expression::BinaryId: {
      auto* binary = node->cast<bn::Binary>();
      f(binary->left);
      return f(binary->right);
    }
    case bn::Expression::SelectId: {
      auto* select = node->cast<bn::Select>();
      f(select->ifTrue);
      f(select->ifFalse);
      return f(select->condition);
    }
    case bn::Expression::LoadId:
      return f(node->cast<bn::Load>()->ptr);
    case bn::Expression::StoreId: {
      auto* store = node->cast<bn::Store>();
      f(store->ptr);
      return f(store->value);
    }
    case bn::Expression::SIMDExtractId:
      return f(node->cast<bn::SIMDExtract>()->vec);
    case bn::Expression::SIMDReplaceId: {
      auto* replace = node->cast<bn::SIMDReplace>();
      f(replace->vec);
      return f(replace->value);
    }
    case bn::Expression::SIMDShuffleId: {
      auto* shuffle = node->cast<bn::SIMDShuffle>();
      f(shuffle->left);
      return f(shuffle->right);
    }
    case bn::Expression::SIMDTernaryId: {
      auto* ternary = node->cast<bn::SIMDTernary>();
      f(ternary->a);
      f(ternary->b);
      return f(ternary->c);
    }
    case bn::Expression::SIMDShiftId: {
      auto* shift = node->cast<bn::SIMDShift>();
      f(shift->vec);
      return f(shift->shift);
    }
    case bn::Expression::SIMDLoadId:
      return f(node->cast<bn::SIMDLoad>()->ptr);
    case bn::Expression::SIMDLoadStoreLaneId: {
      auto* lane = node->cast<bn::SIMDLoadStoreLane>();
      f(lane->ptr);
      return f(lane->vec);
    }
    case bn::Expression::BreakId: {
      auto* branch = node->cast<bn::Break>();
      some(branch->value);
      return some(branch->condition);
    }
    case bn::Expression::ReturnId:
      return some(node->cast<bn::Return>()->value);
    case bn::Expression::IfId: {
      auto* branch = node->cast<bn::If>();
      f(branch->condition);
      f(branch->ifTrue);
      return some(branch->ifFalse);
    }
    case bn::Expression::LoopId:
      return f(node->cast<bn::Loop>()->body);
    case bn::Expression::BlockId:
      for (Node& child : node->cast<bn::Block>()->list) f(child);
      return;
    default:
      ME_ASSERT(!"a kind of node that Code makes");
  }
}

}  // namespace me::wasm
