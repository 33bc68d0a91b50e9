import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, philoxInto, rngFromState, type Rng } from "./index.js";

const take = (rng: Rng, n: number): number[] => Array.from({ length: n }, () => rng.uint32());
const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe("Philox4x32-10", () => {
  // The known-answer vectors published with Random123 (kat_vectors, "philox4x32 10").
  it.each([
    { counter: [0, 0, 0, 0], key: [0, 0], out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as { counter: [number, number, number, number]; key: [number, number]; out: number[] }[])(
    "agrees with Random123 on key $key",
    ({ counter, key, out }) => {
      const words = new Uint32Array(4);
      philoxInto(words, 0, ...key, ...counter);
      expect([...words]).toEqual(out);
    },
  );
});

describe("createRng", () => {
  it("gives the same numbers for the same seed, and others for another", () => {
    expect(take(createRng(7), 5)).toEqual(take(createRng(7), 5));
    expect(take(createRng(7), 5)).not.toEqual(take(createRng(8), 5));
  });

  it("starts with the first Philox block of its key", () => {
    expect(take(createRng(0), 4)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it("continues from its state, wherever it stands", () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 600 }), fc.nat({ max: 3 }), (seed, drawn, splits) => {
        const rng = createRng(seed);
        take(rng, drawn);
        for (let i = 0; i < splits; i++) rng.split();
        const resumed = rngFromState(JSON.parse(JSON.stringify(rng.state())) as number[]);
        expect(take(resumed, 300)).toEqual(take(rng, 300));
        expect(take(resumed.split(), 3)).toEqual(take(rng.split(), 3));
      }),
    );
  });

  it("splits off streams without moving its own draws", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), (seed, splits) => {
        const split = createRng(seed);
        const children = Array.from({ length: splits }, () => take(split.split(), 4).join());
        expect(new Set(children).size).toBe(splits);
        expect(take(split, 8)).toEqual(take(createRng(seed), 8));
      }),
    );
  });

  it("draws uniformly: sixteen bins stay within six sigma", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = createRng(seed);
        const n = 16_000;
        const bins = new Array<number>(16).fill(0);
        for (let i = 0; i < n; i++) bins[Math.floor(rng.next() * 16)]!++;
        const sixSigma = 6 * Math.sqrt(n * (1 / 16) * (15 / 16));
        for (const count of bins) expect(Math.abs(count - n / 16)).toBeLessThan(sixSigma);
      }),
      { numRuns: 20 },
    );
  });

  it("takes 64-bit seeds and refuses what is no key", () => {
    expect(take(createRng((1n << 64n) - 1n), 1)).toHaveLength(1);
    expect(take(createRng(1n << 32n), 2)).not.toEqual(take(createRng(0), 2));
    for (const seed of [-1, 0.5, NaN, 2 ** 53, -1n, 1n << 64n]) {
      expect(() => createRng(seed)).toThrow(expect.objectContaining({ code: "XLM_OPTION" }));
    }
    for (const state of [[], [1, 2, 3], [1, 2, -1, 0], [2 ** 32, 0, 0, 0], [0, 0, 0.5, 0]]) {
      expect(() => rngFromState(state)).toThrow(expect.objectContaining({ code: "XLM_OPTION" }));
    }
  });
});
