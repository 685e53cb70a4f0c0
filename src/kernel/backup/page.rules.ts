/**
 * PostgreSQL's own checksum of a page (storage/checksum_impl.h), so that a backup notices a page that rotted on the
 * disk before the last good copy of it is thrown away.
 */
export const PAGE = 8192
/** Pages per file of one gigabyte. */
export const PAGES_PER_FILE = 131_072
const PRIME = 16_777_619
const OFFSETS = new Int32Array([
  0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c, 0xf8d4474f, 0xe39eb970, 0x42c6ae16,
  0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de, 0x92bec979, 0xcca6c0b2,
  0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756,
])
const sums = new Int32Array(32)
const words = new Int32Array(PAGE / 4)
const bytes = Buffer.from(words.buffer)

/** Is the page what was written, as number `block` of its relation? A page that was never used has no checksum. */
export function pageFits(page: Buffer, block: number): boolean {
  if (page.readUInt16LE(14) === 0) return true
  page.copy(bytes, 0, 0, PAGE)
  const told = bytes.readUInt16LE(8)
  bytes.writeUInt16LE(0, 8)
  sums.set(OFFSETS)
  for (let i = 0; i < PAGE / 4; i += 32)
    for (let j = 0; j < 32; j++) {
      const t = sums[j]! ^ words[i + j]!
      sums[j] = Math.imul(t, PRIME) ^ (t >>> 17)
    }
  let sum = 0
  for (let j = 0; j < 32; j++) {
    for (let round = 0; round < 2; round++) sums[j] = Math.imul(sums[j]!, PRIME) ^ (sums[j]! >>> 17)
    sum ^= sums[j]!
  }
  return (((sum ^ block) >>> 0) % 65_535) + 1 === told
}
/** Position in the log of the last change of a page. */
export const pageLsn = (page: Buffer): bigint => (BigInt(page.readUInt32LE(0)) << 32n) | BigInt(page.readUInt32LE(4))
