// Building blocks of generated functions.
//
// Enters: requests such as "a new local holding the sum of these two". Leaves: a Binaryen body.
// Example: two calls of vector64(bits of 2.0) set one local in the prologue and give it twice.
// Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/code.h"

#include "base/status.h"

namespace me::wasm {

Code::Code(bn::Module& module, bn::Function& function, bool memory64)
    : make_(module), function_(function), memory64_(memory64) {
  open_.push_back({Kind::Block, bn::Name(), nullptr, {}});
  for (Local i = 0; i < function.getNumLocals(); ++i) types_.push_back(function.getLocalType(i));
}

Local Code::add_local(bn::Type type) {
  types_.push_back(type);
  return bn::Builder::addVar(&function_, type);
}

Node Code::get(Local local) { return make_.makeLocalGet(local, types_[local]); }

void Code::set(Local local, Node value) {
  if (local < results_.size()) results_[local] = false;
  append(make_.makeLocalSet(local, value));
}

Local Code::keep(Node value) {
  const Local local = add_local(value->type);
  append(make_.makeLocalSet(local, value));
  results_.resize(local + 1, false);
  results_[local] = true;
  return local;
}

void Code::mark_elements(Local pointer) {
  if (elements_.size() <= pointer) elements_.resize(pointer + 1, false);
  elements_[pointer] = true;
}

Node Code::pointer(std::int64_t v) {
  return memory64_ ? i64(v) : i32(static_cast<std::int32_t>(v));
}

Local Code::vector(const Bits128& bits) {
  const auto known = constants_.find(bits);
  if (known != constants_.end()) return known->second;
  begin_prologue();
  const Local local = keep(make_.makeConst(bn::Literal(bits.data())));
  end();
  constants_.emplace(bits, local);
  return local;
}

Local Code::vector64(std::uint64_t bits) { return splat_bits(64, bits); }

Local Code::splat_bits(unsigned width, std::uint64_t bits) {
  Bits128 all;
  const unsigned bytes = width / 8;
  for (unsigned i = 0; i < 16; ++i) all[i] = static_cast<std::uint8_t>(bits >> (i % bytes * 8));
  return vector(all);
}

Node Code::bitselect(Local mask, Local a, Local b) {
  return make_.makeSIMDTernary(bn::Bitselect, get(a), get(b), get(mask));
}

Node Code::shuffle(Local a, Local b, const std::array<std::uint8_t, 16>& lanes) {
  return make_.makeSIMDShuffle(get(a), get(b), lanes);
}

Node Code::shift(bn::SIMDShiftOp op, Local a, Node count) {
  return make_.makeSIMDShift(op, get(a), count);
}

Node Code::add_pointer(Node a, Node b) {
  return make_.makeBinary(memory64_ ? bn::AddInt64 : bn::AddInt32, a, b);
}

Node Code::sub_pointer(Node a, Node b) {
  return make_.makeBinary(memory64_ ? bn::SubInt64 : bn::SubInt32, a, b);
}

Node Code::mul_pointer(Node a, std::int64_t factor) {
  if (factor == 1) return a;
  return make_.makeBinary(memory64_ ? bn::MulInt64 : bn::MulInt32, a, pointer(factor));
}

Node Code::load_vector(Local address, std::uint64_t offset) {
  return make_.makeLoad(16, false, offset, 1, get(address), bn::Type::v128, memory_);
}

Node Code::load_splat(unsigned width, Local address, std::uint64_t offset) {
  const bn::SIMDLoadOp op = width == 8    ? bn::Load8SplatVec128
                            : width == 16 ? bn::Load16SplatVec128
                            : width == 32 ? bn::Load32SplatVec128
                                          : bn::Load64SplatVec128;
  return make_.makeSIMDLoad(op, offset, 1, get(address), memory_);
}

Node Code::load_low(unsigned bits, Local address, std::uint64_t offset) {
  if (bits == 16) return load_splat(16, address, offset);
  ME_ASSERT(bits == 32 || bits == 64);
  return make_.makeSIMDLoad(bits == 32 ? bn::Load32ZeroVec128 : bn::Load64ZeroVec128, offset, 1,
                            get(address), memory_);
}

Node Code::load_lane64(Local address, std::uint64_t offset, Local vector, unsigned lane) {
  return make_.makeSIMDLoadStoreLane(bn::Load64LaneVec128, offset, 1,
                                     static_cast<std::uint8_t>(lane), get(address), get(vector),
                                     memory_);
}

Node Code::load_int(unsigned bytes, Local address, std::uint64_t offset) {
  return make_.makeLoad(bytes, false, offset, 1, get(address),
                        bytes == 8 ? bn::Type::i64 : bn::Type::i32, memory_);
}

Node Code::load_word(Local address, std::uint64_t offset) {
  // Little-endian: the low half comes first.
  return load_int(memory64_ ? 8 : 4, address, offset);
}

void Code::store_vector(Local address, std::uint64_t offset, Node value) {
  append(make_.makeStore(16, offset, 1, get(address), value, bn::Type::v128, memory_));
}

void Code::store_low(unsigned bits, Local address, std::uint64_t offset, Local vector) {
  const bn::SIMDLoadStoreLaneOp op = bits == 16   ? bn::Store16LaneVec128
                                     : bits == 32 ? bn::Store32LaneVec128
                                                  : bn::Store64LaneVec128;
  append(make_.makeSIMDLoadStoreLane(op, offset, 1, 0, get(address), get(vector), memory_));
}

void Code::store_int(unsigned bytes, Local address, Node value) {
  append(make_.makeStore(bytes, 0, 1, get(address), value, value->type, memory_));
}

void Code::append(Node statement) { open_.back().nodes.push_back(statement); }

void Code::leave(bn::Name target, Node condition) {
  append(make_.makeBreak(target, nullptr, condition));
}

void Code::exit_function(Node status) { append(make_.makeReturn(status)); }

bn::Name Code::new_name() { return bn::Name("l" + std::to_string(names_++)); }

void Code::begin_prologue() { open_.push_back({Kind::Prologue, bn::Name(), nullptr, {}}); }

bn::Name Code::begin_block() {
  open_.push_back({Kind::Block, new_name(), nullptr, {}});
  return open_.back().name;
}

bn::Name Code::begin_loop() {
  open_.push_back({Kind::Loop, new_name(), nullptr, {}});
  return open_.back().name;
}

void Code::begin_if(Node condition) { open_.push_back({Kind::If, bn::Name(), condition, {}}); }

// Of no value. Binaryen would look through all of it for branches, to find out that it is one.
bn::Block* Code::block_of(const Sequence& sequence) {
  bn::Block* block = make_.makeBlock();
  if (sequence.kind == Kind::Block) block->name = sequence.name;
  block->list.set(sequence.nodes);
  block->type = bn::Type::none;
  return block;
}

void Code::end() {
  ME_ASSERT(open_.size() > 1);
  Sequence done = std::move(open_.back());
  open_.pop_back();
  switch (done.kind) {
    case Kind::Prologue:
      prologue_.insert(prologue_.end(), done.nodes.begin(), done.nodes.end());
      break;
    case Kind::Block:
      append(block_of(done));
      break;
    case Kind::Loop:
      append(make_.makeLoop(done.name, block_of(done)));
      break;
    case Kind::If:
      append(make_.makeIf(done.condition, block_of(done)));
      break;
  }
}

Node Code::finish() {
  ME_ASSERT(open_.size() == 1);
  std::vector<Node> all = std::move(prologue_);
  all.insert(all.end(), open_.front().nodes.begin(), open_.front().nodes.end());
  return make_.makeBlock(all, bn::Type::i32);
}

}  // namespace me::wasm
