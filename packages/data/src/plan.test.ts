import { createRng } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  drawBatches,
  indexText,
  keepSentences,
  parseDictionary,
  planBatches,
  selectSentences,
  sentenceLengths,
} from "./index.js";

const dictionary = parseDictionary("a 9\n");
const indexed = (...sizes: number[]) =>
  indexText(
    sizes.map((n) => "a ".repeat(n)),
    dictionary,
  );
const lists = (batches: Int32Array[]): number[][] => batches.map((batch) => [...batch]);

describe("planBatches", () => {
  it("makes batches of nearly equal size", () => {
    const lengths = new Int32Array(10).fill(5);
    expect(lists(planBatches(lengths, { batchSize: 4 }))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
  });

  it("makes batches of about so many tokens", () => {
    // running sums 4 8 12 16 20, divided by 8: 0 1 1 2 2
    expect(lists(planBatches(Int32Array.of(4, 4, 4, 4, 4), { tokensPerBatch: 8 }))).toEqual([[0], [1, 2], [3, 4]]);
  });

  it("follows an order, and groups by size within it", () => {
    const lengths = Int32Array.of(9, 3, 9, 3);
    expect(lists(planBatches(lengths, { order: [2, 3, 0, 1], batchSize: 2 }))).toEqual([
      [2, 3],
      [0, 1],
    ]);
    expect(lists(planBatches(lengths, { order: [2, 3, 0, 1], batchSize: 2, groupBySize: true }))).toEqual([
      [3, 1],
      [2, 0],
    ]);
  });

  it("refuses what it cannot batch", () => {
    expect(errorOf(() => planBatches(new Int32Array(0)))).toMatchInlineSnapshot(
      `"XLM_DATA there is no sentence to batch: training would wait for ever. Fix: give a longer text, or raise maxLen"`,
    );
    expect(errorOf(() => planBatches(Int32Array.of(3), { order: [1] }))).toMatchInlineSnapshot(
      `"XLM_OPTION sentence index is 1: it must be a whole number from 0 to 0. Fix: give sentence index such a value"`,
    );
    expect(errorOf(() => planBatches(Int32Array.of(3), { tokensPerBatch: 0 }))).toMatchInlineSnapshot(
      `"XLM_OPTION tokensPerBatch is 0: it must be a whole number of at least 1. Fix: give tokensPerBatch such a value"`,
    );
  });
});

describe("drawBatches", () => {
  it("draws the same batches from the same seed", () => {
    const lengths = Int32Array.from({ length: 50 }, (_, i) => 3 + (i % 7));
    const draw = (seed: number) => lists(drawBatches(lengths, createRng(seed), { batchSize: 8 }));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("caps batches, leaving the rest out for this time", () => {
    const batches = drawBatches(new Int32Array(20).fill(4), createRng(3), { batchSize: 10, maxBatchSize: 3 });
    expect(batches.map((batch) => batch.length)).toEqual([3, 3]);
  });

  it("refuses more sentences than there are", () => {
    expect(errorOf(() => drawBatches(Int32Array.of(4), createRng(1), { nSentences: 2 }))).toMatchInlineSnapshot(
      `"XLM_OPTION nSentences is 2: it must be a whole number from 0 to 1. Fix: give nSentences such a value"`,
    );
  });
});

describe("keepSentences, selectSentences, sentenceLengths", () => {
  it("drop pairs with an empty or a long side", () => {
    const [first, second] = keepSentences([indexed(1, 0, 2, 3), indexed(2, 2, 1, 9)], { maxLen: 5 });
    expect([...first.positions]).toEqual([0, 1, 3, 5]);
    expect([...second.positions]).toEqual([0, 2, 6, 7]);
  });

  it("count words and two marks a side", () => {
    expect([...sentenceLengths([indexed(1, 0, 3)])]).toEqual([3, 2, 5]);
    expect([...sentenceLengths([indexed(1, 2), indexed(3, 4)])]).toEqual([8, 10]);
  });

  it("select a run of sentences", () => {
    const [part] = selectSentences([indexed(1, 2, 3, 4)], 1, 3);
    expect([...part.positions]).toEqual([0, 2, 3, 6]);
    expect([...part.ids]).toEqual([14, 14, 1, 14, 14, 14, 1]);
  });

  it("refuse sides that do not match, and empty choices", () => {
    expect(errorOf(() => keepSentences([indexed(1, 2), indexed(1)]))).toMatchInlineSnapshot(
      `"XLM_SHAPE one side has 2 sentences and the other 1: sentence i of each side is a translation of the other. Fix: index two texts with the same number of lines; checkParallel names the files"`,
    );
    expect(errorOf(() => keepSentences([indexed(1)], { minLen: 3, maxLen: 2 }))).toMatchInlineSnapshot(
      `"XLM_OPTION maxLen is 2: it must be a whole number of at least 3. Fix: give maxLen such a value"`,
    );
    expect(errorOf(() => selectSentences([indexed(1, 2)], 1, 1))).toMatchInlineSnapshot(
      `"XLM_OPTION to is 1: it must be a whole number from 2 to 2. Fix: give to such a value"`,
    );
  });
});
