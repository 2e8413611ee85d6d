// XXH64 against values of the reference implementation, for every path through it.
#include "base/hash.h"

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("lengths and seeds") {
  struct Row {
    std::size_t length;
    std::uint64_t seed;
    std::uint64_t hash;
  };
  const Row rows[] = {
      {0, 0u, 0xef46db3751d8e999u},
      {0, 2654435761u, 0xac75fda2929b17efu},
      {1, 0u, 0x1f25c8d0bc1f4bb6u},
      {1, 2654435761u, 0x79cf94f5ace37fe1u},
      {3, 0u, 0x31d2363f52e564c9u},
      {3, 2654435761u, 0x96d2a5e583ddd738u},
      {4, 0u, 0x9bb64b7d66ee9fdau},
      {4, 2654435761u, 0x4a862fbb4b73776eu},
      {7, 0u, 0x9a7b149959ce60d8u},
      {7, 2654435761u, 0xddc5cf71d37a6368u},
      {8, 0u, 0xdab99d95c6f90092u},
      {8, 2654435761u, 0xc6e75e2cbd8e07eeu},
      {12, 0u, 0xd52e407833af5133u},
      {12, 2654435761u, 0x79b0b158fab0e5d6u},
      {31, 0u, 0xa2aa5f33cc4a6119u},
      {31, 2654435761u, 0x381822f33376d6b6u},
      {32, 0u, 0x23c3c17ef790fd97u},
      {32, 2654435761u, 0x9abd315470ac276au},
      {33, 0u, 0x50a7cfc7ba588784u},
      {33, 2654435761u, 0x72cdd3262f467933u},
      {63, 0u, 0x5e3e54b431c7493cu},
      {63, 2654435761u, 0x634da7d265979e61u},
      {64, 0u, 0x0eb64b3ef6eeb01fu},
      {64, 2654435761u, 0xbcb3847d70525180u},
      {100, 0u, 0xa61f8d4c170fe531u},
      {100, 2654435761u, 0x86f549ede5ac87e2u},
      {200, 0u, 0xa6cb3c09bc829b24u},
      {200, 2654435761u, 0xfb1dd7eaa8eb8a3cu},
  };
  std::vector<std::uint8_t> bytes;
  for (unsigned i = 0; i < 200; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7 + 3));
  for (const Row& row : rows) {
    CAPTURE(row.length);
    CHECK(me::xxh64(std::span(bytes).first(row.length), row.seed) == row.hash);
  }
}

TEST_CASE("text and hexadecimal digits") {
  CHECK(me::xxh64(me::bytes_of("abc")) == 0x44bc2cf5ad770999u);
  CHECK(me::hex_of(0x44bc2cf5ad77099) == "044bc2cf5ad77099");
}
