import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { translatedPairs } from "./index.js";

const split = (lines: readonly string[]): string[][] => lines.map((line) => line.split(" "));
const en = split(["the sun and the sea", "the sun", "the moon", "the moon and the sea", "the sea", "the house"]);
const es = split(["el sol y el mar", "el sol", "la luna", "la luna y el mar", "el mar", "la casa"]);

describe("translatedPairs", () => {
  it("pairs words that stand in translations of each other", () => {
    const pairs = translatedPairs(en, es, { minCount: 2, maxShare: 0.6 });
    expect(Object.fromEntries(pairs)).toEqual({ sun: "sol", moon: "luna", sea: "mar", and: "y" });
  });

  it("leaves out rare words, frequent words and unsure pairs", () => {
    expect(translatedPairs(en, es, { minCount: 3, maxShare: 0.6 })).toEqual([["sea", "mar"]]);
    expect(translatedPairs(en, es, { minCount: 1, maxShare: 0.1 })).toEqual([]);
    // "no" stands with "sí" once of two times each: 2 * 1 / (2 + 2)
    const sides = [split(["no", "no", "x"]), split(["sí", "y", "sí"])] as const;
    expect(translatedPairs(...sides, { minCount: 2, maxShare: 1, least: 0.5 })).toEqual([["no", "sí"]]);
    expect(translatedPairs(...sides, { minCount: 2, maxShare: 1, least: 0.6 })).toEqual([]);
  });

  it("has every word once", () => {
    const words = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words), { maxLength: 12 }), (lines) => {
        const sides = [lines.map(([line]) => line), lines.map(([, line]) => line)] as const;
        const pairs = translatedPairs(...sides, { minCount: 1, maxShare: 1, least: 0 });
        for (const side of [0, 1] as const) {
          expect(new Set(pairs.map((pair) => pair[side])).size).toBe(pairs.length);
        }
      }),
    );
  });

  it("refuses sides that are not parallel", () => {
    expect(() => translatedPairs(en, es.slice(1))).toThrow(expect.objectContaining({ code: "XLM_SHAPE" }) as Error);
  });
});
