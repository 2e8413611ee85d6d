// XXH64 with seed 0, by its specification, to put a right checksum under a forged kernel file.

const kPrimes = [0n, 0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n,
                 0x27d4eb2f165667c5n];
const word = (x) => BigInt.asUintN(64, x);
const rotate = (x, n) => word((x << n) | (x >> (64n - n)));
const round = (sum, lane) => word(rotate(word(sum + lane * kPrimes[2]), 31n) * kPrimes[1]);

export function xxh64(bytes) {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash = kPrimes[5];
  if (data.length >= 32) {
    let sums = [word(kPrimes[1] + kPrimes[2]), kPrimes[2], 0n, word(-kPrimes[1])];
    for (; at + 32 <= data.length; at += 32) sums = sums.map((sum, i) => round(sum, data.readBigUInt64LE(at + 8 * i)));
    hash = word([1n, 7n, 12n, 18n].reduce((total, n, i) => total + rotate(sums[i], n), 0n));
    for (const sum of sums) hash = word((hash ^ round(0n, sum)) * kPrimes[1] + kPrimes[4]);
  }
  hash = word(hash + BigInt(data.length));
  for (; at + 8 <= data.length; at += 8) {
    hash = word(rotate(hash ^ round(0n, data.readBigUInt64LE(at)), 27n) * kPrimes[1] + kPrimes[4]);
  }
  if (at + 4 <= data.length) {
    hash = word(rotate(hash ^ word(BigInt(data.readUInt32LE(at)) * kPrimes[1]), 23n) * kPrimes[2] + kPrimes[3]);
    at += 4;
  }
  for (; at < data.length; at += 1) hash = word(rotate(hash ^ word(BigInt(data[at]) * kPrimes[5]), 11n) * kPrimes[1]);
  hash = word((hash ^ (hash >> 33n)) * kPrimes[2]);
  hash = word((hash ^ (hash >> 29n)) * kPrimes[3]);
  return hash ^ (hash >> 32n);
}
