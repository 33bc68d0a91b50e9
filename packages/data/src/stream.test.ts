import { langId } from "@xlm/core";
import { expect, it } from "vitest";
import { dictionary, errorOf } from "../test/helpers.js";
import { createStream, indexText, keepSentences, parseDictionary } from "./index.js";

const vocab = parseDictionary("a 9\nb 8\nc 7\nd 6\ne 5\n"); // 14 to 18
const corpus = indexText(["a b c", "d e"], vocab); // 14 15 16 1 17 18 1

it("lays the text out in rows, end marks in front", () => {
  const stream = createStream(corpus, vocab, { batchSize: 2, bptt: 2 });
  expect(stream).toMatchObject({ nWindows: 2, nTokens: 7, nSentences: 2 });
  // 8 places for 7 ids: one end mark in front; then one more in front of each row; the last of each row is not served.
  //   row 0:  1 | 1 14 15 16      row 1:  1 | 1 17 18 1
  expect(stream.window(0)).toEqual({ ids: Int32Array.of(1, 1, 1, 1), shape: [2, 2], lengths: Int32Array.of(2, 2) });
  expect([...stream.window(1).ids]).toEqual([14, 15, 17, 18]);
  // One mark of window 0 ends "a b c"; that of "d e" is the last of its row.
  expect([stream.countEnds(0), stream.countEnds(1)]).toEqual([1, 0]);
});

it("marks the language, when told it", () => {
  const stream = createStream(corpus, vocab, { batchSize: 1, bptt: 3, lang: langId(1, 2) });
  expect(stream.window(0).langs).toEqual(Int32Array.of(1, 1, 1));
});

it("selects windows", () => {
  const stream = createStream(corpus, vocab, { batchSize: 1, bptt: 3 });
  const part = stream.select(1, 3);
  expect(part.nWindows).toBe(2);
  expect(part.window(0)).toEqual(stream.window(1));
  expect(part.select(1, 2).window(0)).toEqual(stream.window(2));
  expect(stream.select(1, 1).nWindows).toBe(0);
});

it("streams only the sentences that a filter kept", () => {
  const [kept] = keepSentences([corpus], { maxLen: 2 });
  const stream = createStream(kept, vocab, { batchSize: 1, bptt: 4 });
  expect(stream).toMatchObject({ nTokens: 3, nSentences: 1 });
  expect([...stream.window(0).ids]).toEqual([1, 1, 17, 18]);
});

it("has 64 rows of 256 tokens by default", () => {
  expect(createStream(corpus, dictionary).window(0).shape).toEqual([64, 256]);
});

it("refuses what it cannot cut", () => {
  const empty = indexText([], vocab);
  expect(errorOf(() => createStream(empty, vocab))).toMatchInlineSnapshot(
    `"XLM_DATA the corpus is empty: there is nothing to stream. Fix: index some text first"`,
  );
  expect(errorOf(() => createStream(corpus, vocab, { bptt: 0 }))).toMatchInlineSnapshot(
    `"XLM_OPTION bptt is 0: it must be a whole number of at least 1. Fix: give bptt such a value"`,
  );
  expect(errorOf(() => createStream(corpus, vocab, { batchSize: 1, bptt: 3 }).window(3))).toMatchInlineSnapshot(
    `"XLM_OPTION window is 3: it must be a whole number from 0 to 2. Fix: give window such a value"`,
  );
});
