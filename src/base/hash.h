// XXH64: the checksum of files and the names of cache entries. It finds damage; it does not keep out
// forgers, and nothing relies on two different inputs having different hashes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace me {

std::uint64_t xxh64(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0);

inline std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// 16 hexadecimal digits.
std::string hex_of(std::uint64_t value);

}  // namespace me
