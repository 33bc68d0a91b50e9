import { describe, expect, it } from "vitest";
import {
  checkBatch,
  checkInt,
  checkProb,
  checkShares,
  checkSize,
  DataError,
  DivergenceError,
  FormatError,
  langId,
  MismatchError,
  OptionError,
  ShapeError,
  sizeOf,
  UnsupportedError,
  XlmError,
} from "./index.js";

const message = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

describe("errors", () => {
  it("say what, why and how to mend it, and where", () => {
    const error = new DataError({
      what: "the line is empty",
      why: "a verse has words",
      fix: "delete it",
      at: { file: "a.en", line: 3 },
    });
    expect(error.message).toBe("a.en, line 3: the line is empty: a verse has words. Fix: delete it");
    expect(error).toMatchObject({ code: "XLM_DATA", name: "DataError", at: { file: "a.en", line: 3 } });
    expect(error).toBeInstanceOf(XlmError);
  });

  it("carry one code a kind", () => {
    const parts = { what: "a", why: "b", fix: "c" };
    const kinds = [ShapeError, OptionError, DataError, FormatError, MismatchError, DivergenceError, UnsupportedError];
    expect(kinds.map((Kind) => new Kind(parts).code)).toEqual([
      "XLM_SHAPE",
      "XLM_OPTION",
      "XLM_DATA",
      "XLM_FORMAT",
      "XLM_MISMATCH",
      "XLM_DIVERGED",
      "XLM_UNSUPPORTED",
    ]);
  });
});

describe("checks", () => {
  const batch = { ids: new Int32Array(6), shape: [2, 3] as const, lengths: Int32Array.of(3, 1) };

  it("count the elements of a shape", () => {
    expect(sizeOf([2, 3, 4])).toBe(24);
    expect(sizeOf([])).toBe(1);
    expect(message(() => checkSize("weight", [1, 2], [3]))).toMatchInlineSnapshot(
      `"weight has 2 elements and its shape is [3]: that shape holds 3 elements. Fix: pass an array of 3 elements, or correct the shape"`,
    );
  });

  it("let a batch pass and name what does not fit", () => {
    expect(() => checkBatch({ ...batch, positions: new Int32Array(6), langs: new Int32Array(6) })).not.toThrow();
    expect(message(() => checkBatch({ ...batch, langs: new Int32Array(5) }))).toContain("langs has 5 elements");
    expect(message(() => checkBatch({ ...batch, lengths: Int32Array.of(4, 1) }))).toMatchInlineSnapshot(
      `"row 0 has length 4 and the batch is 3 tokens wide: a length counts the tokens of its row before the padding. Fix: use lengths from 0 to 3"`,
    );
  });

  it("let 0.7, 0.2, 0.1 pass as shares and refuse what does not add up", () => {
    expect(() => checkShares("maskKeepRand", [0.7, 0.2, 0.1])).not.toThrow();
    expect(() => checkShares("maskKeepRand", [0.6, 0.3, 0.1])).not.toThrow();
    expect(message(() => checkShares("maskKeepRand", [0.7, 0.2, 0.2]))).toContain("adds up to 1.1");
    expect(message(() => checkShares("maskKeepRand", [1.2, -0.2, 0]))).toContain("it is a probability");
  });

  it("hold numbers in their range", () => {
    expect(() => checkProb("dropout", 0.1)).not.toThrow();
    expect(() => checkProb("dropout", NaN)).toThrow(OptionError);
    expect(() => checkInt("nLayers", 4, 1)).not.toThrow();
    expect(message(() => checkInt("nLayers", 0, 1))).toContain("a whole number of at least 1");
    expect(message(() => checkInt("nHeads", 3.5, 1, 8))).toContain("from 1 to 8");
  });

  it("brand language ids", () => {
    expect(langId(1, 2)).toBe(1);
    expect(message(() => langId(2, 2))).toContain("use an integer from 0 to 1");
  });
});
