// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a bijection of a
// 128-bit counter under a 64-bit key, so the word at any place is known without drawing those before it.

const M0 = 0xd2511f53 | 0;
const M0_LOW = 0x1f53;
const M0_HIGH = 0xd251;
const M1 = 0xcd9e8d57 | 0;
const M1_LOW = 0x8d57;
const M1_HIGH = 0xcd9e;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;
const ROUNDS = 10;

/**
 * Upper half of the unsigned 64-bit product of `a` and `low + 65536 * high`.
 * Every sum is below 2^32 and truncated at once, so the engine stays in 32-bit integers.
 */
function mulHigh(a: number, low: number, high: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const t = (Math.imul(aHigh, low) + (Math.imul(aLow, low) >>> 16)) | 0;
  const u = (Math.imul(aLow, high) + (t & 0xffff)) | 0;
  return (Math.imul(aHigh, high) + (t >>> 16) + (u >>> 16)) | 0;
}

/**
 * Writes one block of Philox4x32-10, four words, at `out[at]`.
 * Key and counter are 32-bit words, signed or not.
 */
export function philoxInto(
  out: Uint32Array,
  at: number,
  key0: number,
  key1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const y0 = mulHigh(c2, M1_LOW, M1_HIGH) ^ c1 ^ key0;
    const y2 = mulHigh(c0, M0_LOW, M0_HIGH) ^ c3 ^ key1;
    c1 = Math.imul(c2, M1);
    c3 = Math.imul(c0, M0);
    c0 = y0;
    c2 = y2;
    key0 = (key0 + W0) | 0;
    key1 = (key1 + W1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/**
 * Writes the words of the stream under `key`, from word `4 * block` on.
 * The counter of a block is `[block mod 2^32, block / 2^32, 0, 0]`.
 * @param out filled entirely; its length is a multiple of 4.
 * @param block an integer below 2^53.
 */
export function fillPhilox(out: Uint32Array, key: readonly [number, number], block = 0): void {
  for (let at = 0; at < out.length; at += 4, block++) {
    philoxInto(out, at, key[0], key[1], block | 0, Math.floor(block / 4294967296) | 0, 0, 0);
  }
}
