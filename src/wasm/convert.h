// Changing the width or the meaning of lanes: masks between widths, casts between dtypes.
#pragma once

#include <functional>

#include "wasm/shape.h"

namespace me::wasm {

// The same mask with lanes of another width.
Registers mask_of_width(Code& code, Shape shape, const Registers& mask, unsigned from, unsigned to);

// Non-zero if any lane of the mask is set, as an i32 expression.
Node any_lane(Code& code, const Value& mask);

// RULES.md's Cast. The result of a cast to bool is a mask of its operand's width.
Value cast(Code& code, const Value& value, DType to);

// Lane by lane with scalar instructions: `f` gets the lanes of `args` as locals and returns the
// lane of the result. Integers below 32 bits come sign- or zero-extended as i32; of a result's bits
// above the width nothing counts.
Registers lane_by_lane(Code& code, Shape shape, DType from, DType to,
                       const std::vector<Registers>& args,
                       const std::function<Node(const std::vector<Local>&)>& f);

Node extract_lane(Code& code, DType t, Local vector, unsigned lane);

}  // namespace me::wasm
