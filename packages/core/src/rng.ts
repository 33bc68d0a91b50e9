import { OptionError } from "./errors.js";
import { fillPhilox, philoxInto } from "./philox.js";

/** A stream of chance. Everything random in these packages takes one as an argument, and nothing else is random. */
export interface Rng {
  /** Uniform in `[0, 1)`, a multiple of 2^-53; advances this generator by two words. */
  next(): number;
  /** Uniform in `0..2^32-1`; advances this generator by one word. */
  uint32(): number;
  /** A stream of its own, so that a new consumer does not shift the others. Does not advance the draws of this one. */
  split(): Rng;
  /** `rngFromState(rng.state())` continues where this one stands. */
  state(): RngState;
}

/** Two key words, words drawn, streams split off. Plain numbers: they survive JSON. */
export type RngState = readonly [key0: number, key1: number, drawn: number, splits: number];

const CHUNK = 256; // words made at a time
const SPLIT_DOMAIN = 1; // third counter word of the blocks that make child keys; draws have 0 there

/**
 * A Philox4x32-10 stream.
 * @param seed an integer from 0 to 2^53-1, or a bigint below 2^64: the generator's key.
 * @throws OptionError (`XLM_OPTION`) for any other seed.
 */
export function createRng(seed: number | bigint): Rng {
  const valid = typeof seed === "bigint" ? seed >= 0n && seed < 1n << 64n : Number.isSafeInteger(seed) && seed >= 0;
  if (!valid) {
    throw new OptionError({
      what: `seed is ${seed}`,
      why: "the seed is the 64-bit key of the generator",
      fix: "use an integer from 0 to 2^53-1, or a bigint below 2^64",
    });
  }
  const key = BigInt(seed);
  return stream(Number(key & 0xffffffffn), Number(key >> 32n), 0, 0);
}

/**
 * The generator that stood at `state`.
 * @throws OptionError (`XLM_OPTION`) when `state` is not four whole numbers that a generator could have reported.
 */
export function rngFromState(state: readonly number[]): Rng {
  const [key0 = -1, key1 = -1, drawn = -1, splits = -1] = state;
  const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
  if (
    state.length !== 4 ||
    !isWord(key0) ||
    !isWord(key1) ||
    !isWord(splits) ||
    !Number.isSafeInteger(drawn) ||
    drawn < 0
  ) {
    throw new OptionError({
      what: `generator state is [${state.join(", ")}]`,
      why: "a state is two key words, the number of words drawn and the number of splits",
      fix: "pass what rng.state() returned, unchanged",
    });
  }
  return stream(key0, key1, drawn, splits);
}

function stream(key0: number, key1: number, drawn: number, splits: number): Rng {
  const words = new Uint32Array(CHUNK);
  let left = 0; // words of the chunk not yet given out

  const uint32 = (): number => {
    if (left === 0) {
      const chunk = Math.floor(drawn / CHUNK);
      fillPhilox(words, [key0, key1], chunk * (CHUNK / 4));
      left = CHUNK - (drawn - chunk * CHUNK);
    }
    drawn++;
    return words[CHUNK - left--] as number;
  };

  return {
    uint32,
    next: () => {
      const high = uint32() >>> 5; // 27 bits
      const low = uint32() >>> 6; // 26 bits
      return (high * 67108864 + low) / 9007199254740992;
    },
    split: () => {
      const child = new Uint32Array(4);
      philoxInto(child, 0, key0, key1, splits++, 0, SPLIT_DOMAIN, 0);
      return stream(child[0] as number, child[1] as number, 0, 0);
    },
    state: () => [key0, key1, drawn, splits],
  };
}
