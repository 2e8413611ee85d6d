// Elementary functions of float64 and float32.
//
// Enters: an operation of kind `math`, its dtype and its registers. Leaves: the recipe's
// instructions for each register, and masks of the lanes that the recipe gave up. Example: sin of
// two registers of float64 expands vmath::recipe::sin twice; its mask says where |x| is too large.
// Tested by tests/unit/wasm_ops_test.cpp and, bit by bit against the interpreter, by tests/agree.
#include <string_view>

#include "vmath/functions.h"
#include "vmath/single/functions.h"
#include "wasm/emit_single.h"
#include "wasm/emit_value.h"
#include "wasm/recipes.h"

namespace me::wasm {
namespace {

template <class F, class V>
void expand(const Registers& a, const Registers& b, const Registers& c, MathResult& result) {
  const auto value = [](Local local) { return V(typename V::At{local}); };
  for (std::size_t i = 0; i < a.size(); ++i) {
    vmath::Bad<V> bad;
    V r;
    if constexpr (F::kArity == 1) {
      r = F::fast(value(a[i]), bad);
    } else if constexpr (F::kArity == 2) {
      r = F::fast(value(a[i]), value(b[i]), bad);
    } else {
      r = F::fast(value(a[i]), value(b[i]), value(c[i]), bad);
    }
    result.registers.push_back(r.local);
    if (!bad.lanes.is_none()) result.bad.push_back(bad.lanes.local);
  }
}

struct Recipe {
  std::string_view name;
  bool may_be_bad;
  void (*expand)(const Registers&, const Registers&, const Registers&, MathResult&);
};

constexpr Recipe kRecipes[] = {
#define ME_RECIPE(arity, name) \
  {#name, vmath::fn::name::kMayBeBad, expand<vmath::fn::name, EmitDouble>},
    ME_VMATH_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
};

constexpr Recipe kSingleRecipes[] = {
#define ME_RECIPE(arity, name) \
  {#name, vmath::single::fn::name::kMayBeBad, expand<vmath::single::fn::name, EmitSingle>},
    ME_VMATH_SINGLE_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
};

template <std::size_t n>
const Recipe* find(const Recipe (&recipes)[n], Op op) {
  if (info_of(op).impl != Impl::math) return nullptr;
  const std::string_view name = recipe_of(op);
  for (const Recipe& recipe : recipes) {
    if (recipe.name == name) return &recipe;
  }
  return nullptr;
}

const Recipe* find(Op op, DType t) {
  return t == DType::Float32 ? find(kSingleRecipes, op) : find(kRecipes, op);
}

}  // namespace

bool math_may_redo(Op op, DType t) {
  const Recipe* recipe = find(op, t);
  return recipe != nullptr && recipe->may_be_bad;
}

std::optional<MathResult> math(Code& code, Local tables, Op op, DType t, const Registers& a,
                               const Registers& b, const Registers& c) {
  const Recipe* recipe = find(op, t);
  if (recipe == nullptr) return std::nullopt;
  const EmitScope scope(code, tables);
  MathResult result;
  recipe->expand(a, b, c, result);
  return result;
}

}  // namespace me::wasm
