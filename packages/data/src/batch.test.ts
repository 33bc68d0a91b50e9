import { langId, type TokenBatch } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  frameSentences,
  idsToText,
  indexText,
  parseDictionary,
  roundBatch,
  sentenceBatch,
  truncateBatch,
} from "./index.js";

const dictionary = parseDictionary("a 9\nb 8\nc 7\n"); // 14, 15, 16
const batch: TokenBatch = frameSentences([[14], [14, 15, 16]], dictionary);

describe("frameSentences", () => {
  it("puts an end mark on both sides and pads", () => {
    expect(batch).toEqual({
      ids: Int32Array.of(1, 14, 1, 2, 2, /**/ 1, 14, 15, 16, 1),
      shape: [2, 5],
      lengths: Int32Array.of(3, 5),
    });
  });

  it("frames empty sentences, and none at all", () => {
    expect([...frameSentences([[]], dictionary).ids]).toEqual([1, 1]);
    expect(frameSentences([], dictionary).shape).toEqual([0, 0]);
  });

  it("marks the language, padding included", () => {
    expect(frameSentences([[14], []], dictionary, { lang: langId(3, 4) }).langs).toEqual(
      Int32Array.of(3, 3, 3, 3, 3, 3),
    );
  });
});

describe("sentenceBatch", () => {
  const corpus = indexText(["a", "a b c", "b"], dictionary);

  it("cuts sentences out of a corpus", () => {
    expect(sentenceBatch(corpus, Int32Array.of(0, 1), dictionary)).toEqual(batch);
    expect(sentenceBatch(corpus, Int32Array.of(2), dictionary, { lang: langId(0, 1) }).langs).toEqual(
      Int32Array.of(0, 0, 0),
    );
  });

  it("refuses sentences that are not there", () => {
    expect(errorOf(() => sentenceBatch(corpus, Int32Array.of(3), dictionary))).toMatchInlineSnapshot(
      `"XLM_OPTION sentence index is 3: it must be a whole number from 0 to 2. Fix: give sentence index such a value"`,
    );
  });
});

describe("idsToText", () => {
  it("reads words up to the end mark", () => {
    expect(idsToText(batch, dictionary)).toEqual(["a", "a b c"]);
  });

  it("reads rows without marks to their length", () => {
    const window: TokenBatch = { ids: Int32Array.of(14, 15, 16, 1), shape: [2, 2], lengths: Int32Array.of(2, 2) };
    expect(idsToText(window, dictionary)).toEqual(["a b", "c"]);
  });

  it("refuses ids of another dictionary", () => {
    expect(errorOf(() => idsToText(frameSentences([[17]], dictionary), dictionary))).toMatchInlineSnapshot(
      `"XLM_MISMATCH the batch has id 17 and the dictionary 17 words: ids can be read with the dictionary they came from alone. Fix: use that dictionary"`,
    );
  });
});

describe("truncateBatch", () => {
  it("ends long rows with an end mark", () => {
    const positions = Int32Array.of(0, 1, 2, 3, 4, 0, 1, 2, 3, 4);
    const langs = new Int32Array(10).fill(1);
    expect(truncateBatch({ ...batch, positions, langs }, dictionary, 4)).toEqual({
      ids: Int32Array.of(1, 14, 1, 2, /**/ 1, 14, 15, 1),
      shape: [2, 4],
      lengths: Int32Array.of(3, 4),
      positions: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
      langs: new Int32Array(8).fill(1),
    });
    expect(batch.lengths).toEqual(Int32Array.of(3, 5));
  });

  it("returns a batch that fits", () => {
    expect(truncateBatch(batch, dictionary, 5)).toBe(batch);
  });

  it("refuses to leave less than both marks", () => {
    expect(errorOf(() => truncateBatch(batch, dictionary, 1))).toMatchInlineSnapshot(
      `"XLM_OPTION maxLen is 1: it must be a whole number of at least 2. Fix: give maxLen such a value"`,
    );
  });
});

describe("roundBatch", () => {
  const three = frameSentences([[14], [14, 15], [14, 15, 16]], dictionary);

  it("drops rows over the multiple, then pads columns", () => {
    const positions = Int32Array.from({ length: 15 }, (_, i) => i % 5);
    const langs = Int32Array.from({ length: 15 }, (_, i) => Math.floor(i / 5));
    const { batch: rounded, rows } = roundBatch({ ...three, positions, langs }, dictionary, [1, 0, 2], { multiple: 2 });
    expect(rows).toEqual(Int32Array.of(1, 0));
    expect(rounded).toEqual({
      ids: Int32Array.of(1, 14, 15, 1, /**/ 1, 14, 1, 2), // the longest row is gone: 4 columns do
      shape: [2, 4],
      lengths: Int32Array.of(4, 3),
      positions: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
      langs: Int32Array.of(1, 1, 1, 1, 0, 0, 0, 0),
    });
  });

  it("runs positions on and repeats languages over new columns", () => {
    const positions = Int32Array.of(0, 1, 2, 0, 1, 0, 1, 2, 3, 4);
    const langs = Int32Array.of(0, 0, 0, 1, 1, 1, 1, 1, 1, 1);
    const { batch: rounded, rows } = roundBatch({ ...batch, positions, langs }, dictionary, [], { multiple: 2 });
    expect(rows).toBeUndefined();
    expect(rounded.shape).toEqual([2, 6]);
    expect([...(rounded.positions ?? [])]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4, 5]);
    expect([...(rounded.langs ?? [])]).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("returns a batch of fewer rows than 8", () => {
    expect(roundBatch(batch, dictionary, [0, 1])).toEqual({ batch });
  });

  it("refuses an order of other rows", () => {
    expect(errorOf(() => roundBatch(three, dictionary, [0], { multiple: 2 }))).toMatchInlineSnapshot(
      `"XLM_SHAPE the order of rows has 1 entries and the batch 3 rows: its first 2 entries must be rows of the batch. Fix: pass drawPermutation(rng, batch.shape[0])"`,
    );
    expect(errorOf(() => roundBatch(three, dictionary, [0, 3, 1], { multiple: 2 }))).toMatchInlineSnapshot(
      `"XLM_SHAPE the order of rows has 3 entries and the batch 3 rows: its first 2 entries must be rows of the batch. Fix: pass drawPermutation(rng, batch.shape[0])"`,
    );
  });
});
