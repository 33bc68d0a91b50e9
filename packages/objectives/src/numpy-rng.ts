import { OptionError, checkInt } from "@xlm/core";

/** The draws of NumPy's legacy generator that the original's data and evaluation use. */
export interface NumpyRng {
  /** Uniform in `[0, 1)`, 53 bits. `rand(a, b)` of NumPy is `a * b` of these, row-major. */
  rand(): number;
  /** Uniform whole number in `low..high-1`, spans up to 2^32. */
  randint(low: number, high: number): number;
  /** A random order of `0..n-1`. */
  permutation(n: number): Int32Array;
}

const WORDS = 624;
const LAG = 397;

/**
 * NumPy's `RandomState(seed)`: the Mersenne Twister (Matsumoto & Nishimura 1998), with NumPy's own ways of making
 * doubles and bounded integers. For evaluation masks equal to the original's; everything new draws from `createRng`.
 * @param seed an integer from 0 to 2^32-1.
 * @throws OptionError (`XLM_OPTION`) for any other seed.
 */
export function createNumpyRng(seed: number): NumpyRng {
  checkInt("seed", seed, 0, 0xffffffff);
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let i = 1; i < WORDS; i++) {
    const before = state[i - 1] as number;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  let at = WORDS;

  const refill = (): void => {
    for (let i = 0; i < WORDS; i++) {
      const joined = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % WORDS] as number) & 0x7fffffff);
      const twisted = (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      state[i] = (state[(i + LAG) % WORDS] as number) ^ twisted;
    }
    at = 0;
  };
  const uint32 = (): number => {
    if (at === WORDS) refill();
    let word = state[at++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
  /** Uniform in `0..most`: words are cut to the bits of `most` and drawn again while above it. */
  const upTo = (most: number): number => {
    if (most === 0) return 0;
    const bits = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (uint32() & bits) >>> 0;
      if (value <= most) return value;
    }
  };

  return {
    rand: () => {
      const high = uint32() >>> 5;
      const low = uint32() >>> 6;
      return (high * 67108864 + low) / 9007199254740992;
    },
    randint: (low, high) => {
      if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high <= low || high - low > 2 ** 32) {
        throw new OptionError({
          what: `an integer is drawn from ${low} to below ${high}`,
          why: "the span must hold 1 to 2^32 whole numbers",
          fix: "pass whole numbers with low below high",
        });
      }
      return low + upTo(high - 1 - low);
    },
    permutation: (n) => {
      checkInt("n", n, 0, 0x7fffffff);
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = upTo(i);
        const kept = order[i] as number;
        order[i] = order[j] as number;
        order[j] = kept;
      }
      return order;
    },
  };
}
