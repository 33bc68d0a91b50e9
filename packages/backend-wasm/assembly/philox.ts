// Philox4x32-10 (Salmon et al., SC 2011), eight blocks at a time: the words of `fillPhilox` of @xlm/core.
//
// A round multiplies only c0 and c2 of a block's four words; their low halves, the new c3 and c1, wait one round to be
// joined with the next high halves. So with x = c0 and y = c2 after round n,
//   x[n+1] = high(y[n] M1) ^ low(y[n-1] M1) ^ key0[n],  y[n+1] = high(x[n] M0) ^ low(x[n-1] M0) ^ key1[n].

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

@inline
function high4(a: v128, m: v128): v128 {
  return i32x4.shuffle(i64x2.extmul_low_i32x4_u(a, m), i64x2.extmul_high_i32x4_u(a, m), 1, 3, 5, 7);
}

@inline
function mix(now: v128, before: v128, m: v128, key: v128): v128 {
  return v128.xor(high4(now, m), v128.xor(i32x4.mul(before, m), key)); // what is known early first
}

/** Four words, or the factors they stand for. */
@inline
function put4(dst: usize, words: v128, factors: bool, least: v128, kept: v128): void {
  v128.store(dst, factors ? v128.and(i32x4.ge_u(words, least), kept) : words);
}

/** Four blocks, of which `c0..c3` hold a word each, in the order of the stream. */
@inline
function put16(dst: usize, c0: v128, c1: v128, c2: v128, c3: v128, factors: bool, least: v128, kept: v128): void {
  const low01 = i32x4.shuffle(c0, c1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(c2, c3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(c0, c1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
  put4(dst, i64x2.shuffle(low01, low23, 0, 2), factors, least, kept);
  put4(dst + 16, i64x2.shuffle(low01, low23, 1, 3), factors, least, kept);
  put4(dst + 32, i64x2.shuffle(high01, high23, 0, 2), factors, least, kept);
  put4(dst + 48, i64x2.shuffle(high01, high23, 1, 3), factors, least, kept);
}

/** Words `from` to `to` of one block. */
function putPart(
  dst: usize,
  key0: u32,
  key1: u32,
  block: u64,
  from: i32,
  to: i32,
  factors: bool,
  least: u32,
  kept: f32,
): void {
  let c0 = <u32>block;
  let c1 = <u32>(block >> 32);
  let c2: u32 = 0;
  let c3: u32 = 0;
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>c0 * <u64>M0;
    const p1 = <u64>c2 * <u64>M1;
    c0 = <u32>(p1 >> 32) ^ c1 ^ key0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ key1;
    c3 = <u32>p0;
    key0 += W0;
    key1 += W1;
  }
  for (let i = from; i < to; i++, dst += 4) {
    const word = i == 0 ? c0 : i == 1 ? c1 : i == 2 ? c2 : c3;
    if (factors) store<f32>(dst, word >= least ? kept : 0);
    else store<u32>(dst, word);
  }
}

/**
 * `8 * turns` blocks, the first being `low + 2^32 * high`; none of their numbers has another high word.
 * `zero` is 0, which the engine does not know: it would put the multipliers together anew at every use.
 */
@inline
function putBlocks(
  dst: usize,
  key0: u32,
  key1: u32,
  low: u32,
  high: u32,
  turns: u32,
  zero: u32,
  factors: bool,
  least: v128,
  kept: v128,
): void {
  const m0 = i32x4.splat(M0 | zero);
  const m1 = i32x4.splat(M1 | zero);
  const w0 = i32x4.splat(W0 | zero);
  const w1 = i32x4.splat(W1 | zero);
  const step = i32x4.splat(8 | zero);
  // The counter is [low, high, 0, 0]: after the first round x is the same in all blocks.
  const same = high ^ key0;
  const product = <u64>same * <u64>M0;
  const sameX = i32x4.splat(same);
  const sameHigh = i32x4.splat(<u32>(product >> 32));
  const keyA = i32x4.splat(key0 + W0);
  const keyB = i32x4.splat(key1);
  let ca = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3));
  let cb = i32x4.add(i32x4.splat(low), i32x4(4, 5, 6, 7));
  do {
    let ka = keyA;
    let kb = i32x4.add(keyB, w1);
    // The last two x and y of blocks 0 to 3, and of blocks 4 to 7: rounds 1 and 2, where most words are still 0.
    let xa1 = sameX;
    let xb1 = sameX;
    let ya1 = v128.xor(high4(ca, m0), keyB);
    let yb1 = v128.xor(high4(cb, m0), keyB);
    let xa2 = v128.xor(high4(ya1, m1), ka);
    let xb2 = v128.xor(high4(yb1, m1), ka);
    let ya2 = v128.xor(i32x4.mul(ca, m0), v128.xor(sameHigh, kb));
    let yb2 = v128.xor(i32x4.mul(cb, m0), v128.xor(sameHigh, kb));
    // Rounds 3 to 10, written out: a loop costs a fifth more.
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    let ta = mix(ya2, ya1, m1, ka);
    let tb = mix(yb2, yb1, m1, ka);
    ya1 = mix(xa2, xa1, m0, kb);
    yb1 = mix(xb2, xb1, m0, kb);
    xa1 = ta;
    xb1 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya1, ya2, m1, ka);
    tb = mix(yb1, yb2, m1, ka);
    ya2 = mix(xa1, xa2, m0, kb);
    yb2 = mix(xb1, xb2, m0, kb);
    xa2 = ta;
    xb2 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya2, ya1, m1, ka);
    tb = mix(yb2, yb1, m1, ka);
    ya1 = mix(xa2, xa1, m0, kb);
    yb1 = mix(xb2, xb1, m0, kb);
    xa1 = ta;
    xb1 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya1, ya2, m1, ka);
    tb = mix(yb1, yb2, m1, ka);
    ya2 = mix(xa1, xa2, m0, kb);
    yb2 = mix(xb1, xb2, m0, kb);
    xa2 = ta;
    xb2 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya2, ya1, m1, ka);
    tb = mix(yb2, yb1, m1, ka);
    ya1 = mix(xa2, xa1, m0, kb);
    yb1 = mix(xb2, xb1, m0, kb);
    xa1 = ta;
    xb1 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya1, ya2, m1, ka);
    tb = mix(yb1, yb2, m1, ka);
    ya2 = mix(xa1, xa2, m0, kb);
    yb2 = mix(xb1, xb2, m0, kb);
    xa2 = ta;
    xb2 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya2, ya1, m1, ka);
    tb = mix(yb2, yb1, m1, ka);
    ya1 = mix(xa2, xa1, m0, kb);
    yb1 = mix(xb2, xb1, m0, kb);
    xa1 = ta;
    xb1 = tb;
    ka = i32x4.add(ka, w0);
    kb = i32x4.add(kb, w1);
    ta = mix(ya1, ya2, m1, ka);
    tb = mix(yb1, yb2, m1, ka);
    ya2 = mix(xa1, xa2, m0, kb);
    yb2 = mix(xb1, xb2, m0, kb);
    xa2 = ta;
    xb2 = tb;
    put16(dst, xa2, i32x4.mul(ya1, m1), ya2, i32x4.mul(xa1, m0), factors, least, kept);
    put16(dst + 64, xb2, i32x4.mul(yb1, m1), yb2, i32x4.mul(xb1, m0), factors, least, kept);
    ca = i32x4.add(ca, step);
    cb = i32x4.add(cb, step);
    dst += 128;
  } while (--turns);
}

@inline
function put(dst: usize, key0: u32, key1: u32, firstWord: u64, n: i32, factors: bool, least: u32, kept: f32): void {
  if (n <= 0) return;
  const zero: u32 = n >> 31;
  let block = firstWord >> 2;
  const from = (<i32>firstWord) & 3;
  if (from) {
    const count = min(4 - from, n);
    putPart(dst, key0, key1, block++, from, from + count, factors, least, kept);
    dst += (<usize>count) << 2;
    n -= count;
  }
  while (n >= 32) {
    const left = (0x100000000 - (block & 0xffffffff)) >> 3; // turns until the high word changes
    const turns = <u32>min(<u64>(n >> 5), left);
    if (!turns) {
      putPart(dst, key0, key1, block++, 0, 4, factors, least, kept);
      dst += 16;
      n -= 4;
      continue;
    }
    const leastAll = i32x4.splat(least);
    const keptAll = f32x4.splat(kept);
    putBlocks(dst, key0, key1, <u32>block, <u32>(block >> 32), turns, zero, factors, leastAll, keptAll);
    dst += (<usize>turns) << 7;
    block += (<u64>turns) << 3;
    n -= turns << 5;
  }
  for (; n > 0; n -= 4, dst += 16) putPart(dst, key0, key1, block++, 0, min(4, n), factors, least, kept);
}

/** Writes words `firstWord` to `firstWord + n` of the stream under a key. */
export function philoxWords(dst: usize, key0: u32, key1: u32, firstWord: u64, n: i32): void {
  put(dst, key0, key1, firstWord, n, false, 0, 0);
}

/** The same of a dropout's factors: `kept` where the word, unsigned, is at least `least`, else 0. */
export function dropoutFactors(dst: usize, key0: u32, key1: u32, firstWord: u64, n: i32, least: u32, kept: f32): void {
  put(dst, key0, key1, firstWord, n, true, least, kept);
}
