import { fillPhilox } from "@xlm/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../test/compile.js";

interface Probe {
  memory: WebAssembly.Memory;
  philoxWords(dst: number, key0: number, key1: number, firstWord: bigint, n: number): void;
  dropoutFactors(
    dst: number,
    key0: number,
    key1: number,
    firstWord: bigint,
    n: number,
    least: number,
    kept: number,
  ): void;
}

const DST = 65536;
const GUARD = 0xa5a5a5a5;
const ROOM = 1024;

let probe: Probe;
let words: Uint32Array;
let floats: Float32Array;

beforeAll(async () => {
  probe = await compile<Probe>("probe.ts", 2);
  words = new Uint32Array(probe.memory.buffer, DST, ROOM);
  floats = new Float32Array(probe.memory.buffer, DST, ROOM);
});

/** The same words, by core. */
function expected(key: readonly [number, number], firstWord: number, n: number): Uint32Array {
  const from = firstWord % 4;
  const out = new Uint32Array(4 * Math.ceil((from + n) / 4));
  fillPhilox(out, key, Math.floor(firstWord / 4));
  return out.subarray(from, from + n);
}

/** Fills words 16 to 16 + n of the room; all around must stay as it was. */
function between(n: number, fill: (dst: number) => void): void {
  words.fill(GUARD);
  fill(DST + 64);
  expect([...words.subarray(0, 16), ...words.subarray(16 + n)].every((word) => word === GUARD)).toBe(true);
}

const word = fc.integer({ min: 0, max: 0xffffffff });
const key = fc.tuple(word, word);
const start = fc.oneof(
  fc.integer({ min: 0, max: 1000 }),
  fc.integer({ min: 2 ** 34 - 400, max: 2 ** 34 + 40 }), // the block's number outgrows 32 bits
  fc.integer({ min: 7 * 2 ** 34 - 400, max: 7 * 2 ** 34 + 40 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1000 }),
);
const length = fc.integer({ min: 0, max: 400 });

describe("philoxWords", () => {
  it("begins with the published words", () => {
    probe.philoxWords(DST, 0, 0, 0n, 4);
    // Random123's known answers: philox4x32 10 rounds, counter 0, key 0
    expect([...words.subarray(0, 4)]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it("writes the words of fillPhilox from anywhere, and nothing else", () => {
    fc.assert(
      fc.property(key, start, length, (key, firstWord, n) => {
        between(n, (dst) => probe.philoxWords(dst, ...key, BigInt(firstWord), n));
        expect(words.slice(16, 16 + n)).toEqual(expected(key, firstWord, n));
      }),
      { numRuns: 500 },
    );
  });

  it("goes on beyond block 2^32 wherever in a run that comes", () => {
    for (let before = 0; before <= 36; before++) {
      const firstWord = 2 ** 34 - before;
      between(200, (dst) => probe.philoxWords(dst, 5, 6, BigInt(firstWord), 200));
      expect(words.slice(16, 216)).toEqual(expected([5, 6], firstWord, 200));
    }
  });

  it("needs no aligned address", () => {
    const bytes = new Uint8Array(probe.memory.buffer);
    probe.philoxWords(DST + 1, 1, 2, 3n, 70);
    expect(new Uint32Array(bytes.slice(DST + 1, DST + 1 + 280).buffer)).toEqual(expected([1, 2], 3, 70));
  });

  it("writes nothing for a length below 1", () => {
    for (const n of [0, -1]) between(0, (dst) => probe.philoxWords(dst, 1, 2, 3n, n));
  });
});

describe("dropoutFactors", () => {
  it("keeps where the word is at least the bound, the word taken without sign", () => {
    const kept = Math.fround(1 / 0.9);
    const bound = fc.oneof(word, fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff));
    fc.assert(
      fc.property(key, start, length, bound, (key, firstWord, n, least) => {
        between(n, (dst) => probe.dropoutFactors(dst, ...key, BigInt(firstWord), n, least, kept));
        const factors = Array.from(expected(key, firstWord, n), (word) => (word >= least ? kept : 0));
        expect([...floats.subarray(16, 16 + n)]).toEqual(factors);
      }),
      { numRuns: 500 },
    );
  });

  it("counts a word equal to the bound as kept, one below it not", () => {
    const first = expected([1, 2], 0, 40);
    for (const at of [0, 37]) {
      probe.dropoutFactors(DST, 1, 2, 0n, 40, first[at]!, 2);
      expect(floats[at]).toBe(2);
      probe.dropoutFactors(DST, 1, 2, 0n, 40, first[at]! + 1, 2);
      expect(floats[at]).toBe(0);
    }
  });
});
