import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createRng,
  cumulative,
  drawInt,
  drawMultinomial,
  drawPermutation,
  fillNormal,
  fillUniform,
  pickCumulative,
} from "./index.js";

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const option = expect.objectContaining({ code: "XLM_OPTION" });

describe("drawInt", () => {
  it("stays below its bound, narrow or wide", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, bound) => {
        const value = drawInt(createRng(seed), bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
  });

  it("hits every value of a small range equally often, within six sigma", () => {
    const rng = createRng(3);
    const n = 60_000;
    const counts = [0, 0, 0];
    for (let i = 0; i < n; i++) counts[drawInt(rng, 3)]!++;
    const sixSigma = 6 * Math.sqrt(n * (1 / 3) * (2 / 3));
    for (const count of counts) expect(Math.abs(count - n / 3)).toBeLessThan(sixSigma);
  });

  it("is the remainder of one word, by a division that never rounds the wrong way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 2 ** 32 }), (word, bound) => {
        fc.pre(word < 2 ** 32 - (2 ** 32 % bound));
        expect(drawInt({ ...createRng(0), uint32: () => word }, bound)).toBe(word % bound);
      }),
      {
        numRuns: 2000,
        examples: [
          [2 ** 32 - 1, 1],
          [2 ** 32 - 1, 2 ** 32],
          [2 ** 32 - 2, 2 ** 16 + 1],
        ],
      },
    );
  });

  it("refuses a bound that is no count", () => {
    for (const bound of [0, -1, 1.5, NaN, 2 ** 53]) expect(() => drawInt(createRng(0), bound)).toThrow(option);
  });
});

describe("drawPermutation", () => {
  it("holds every index once", () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 200 }), (seed, n) => {
        expect([...drawPermutation(createRng(seed), n)].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
      }),
    );
  });

  it("gives all six orders of three equally often, within six sigma", () => {
    const rng = createRng(5);
    const n = 12_000;
    const seen = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const order = drawPermutation(rng, 3).join();
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) {
      expect(Math.abs(count - n / 6)).toBeLessThan(6 * Math.sqrt(n * (1 / 6) * (5 / 6)));
    }
  });

  it("refuses a length that is no count", () => {
    expect(() => drawPermutation(createRng(0), -1)).toThrow(option);
  });
});

describe("weighted draws", () => {
  it("look a draw up in the running sums, right-sided as NumPy's searchsorted", () => {
    const sums = cumulative([1, 1, 2]);
    expect([...sums]).toEqual([0.25, 0.5, 1]);
    expect([0, 0.2, 0.25, 0.4999, 0.5, 0.99].map((u) => pickCumulative(sums, u))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("follow their weights, within six sigma, and never take a weight of zero", () => {
    const n = 20_000;
    const drawn = drawMultinomial(createRng(1), [1, 0, 3], n);
    const ones = drawn.filter((i) => i === 0).length;
    expect(drawn.includes(1)).toBe(false);
    expect(Math.abs(ones - n / 4)).toBeLessThan(6 * Math.sqrt(n * (1 / 4) * (3 / 4)));
  });

  it("without replacement take each index once, heavy ones first more often", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (seed, w) => {
          const all = drawMultinomial(createRng(seed), w, w.length, { replace: false });
          expect([...all].sort((a, b) => a - b)).toEqual([...w.keys()]);
        },
      ),
    );
    const rng = createRng(2);
    const n = 8_000;
    let heavyFirst = 0;
    for (let i = 0; i < n; i++) if (drawMultinomial(rng, [1, 3], 2, { replace: false })[0] === 1) heavyFirst++;
    expect(Math.abs(heavyFirst - n * 0.75)).toBeLessThan(6 * Math.sqrt(n * 0.75 * 0.25));
  });

  it("refuse weights that are no shares", () => {
    expect(() => cumulative([1, -1])).toThrow(option);
    expect(() => cumulative([0, 0])).toThrow(option);
    expect(() => cumulative([])).toThrow(option);
    expect(() => cumulative([NaN])).toThrow(option);
    expect(() => drawMultinomial(createRng(0), [1, 0], 2, { replace: false })).toThrow(
      expect.objectContaining({ code: "XLM_SHAPE" }),
    );
    expect(drawMultinomial(createRng(0), [], 0)).toHaveLength(0);
  });
});

describe("fillNormal and fillUniform", () => {
  it("have the mean and spread asked for, within six standard errors", () => {
    const n = 20_001; // odd: the last draw of a pair is thrown away
    const out = new Float64Array(n);
    fillNormal(createRng(9), out, 2, 0.5);
    const mean = out.reduce((a, b) => a + b, 0) / n;
    const variance = out.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 2)).toBeLessThan((6 * 0.5) / Math.sqrt(n));
    expect(Math.abs(variance - 0.25)).toBeLessThan(6 * 0.25 * Math.sqrt(2 / n));
    expect(out.every(Number.isFinite)).toBe(true);
    fillUniform(createRng(9), out, -1, 3);
    expect(Math.abs(out.reduce((a, b) => a + b, 0) / n - 1)).toBeLessThan((6 * 4) / Math.sqrt(12 * n));
    expect(out.every((x) => x >= -1 && x < 3)).toBe(true);
  });
});
