import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  createStream,
  encodeCorpus,
  decodeCorpus,
  indexText,
  joinCorpora,
  keepSentences,
  parseDictionary,
  selectSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
} from "./index.js";

const dictionary = parseDictionary("a 9\nb 8\nc 7\n"); // 14, 15, 16
const one = indexText(["a b", ""], dictionary);
const two = indexText(["c", "a"], dictionary);

/** `n` ids without the memory for them: sentences of 2^20 ids, end mark included, whose first word tells which corpus it is. */
function huge(word: number, n = 2 ** 30): Corpus {
  const sentence = 2 ** 20;
  const idAt = (place: number): number => (place % sentence === sentence - 1 ? 1 : place % sentence === 0 ? word : 14);
  const positionAt = (i: number): number => Math.floor(i / 2) * sentence + (i % 2) * (sentence - 1);
  return {
    ids: { length: n, subarray: (from, to) => Uint16Array.from({ length: to - from }, (_, i) => idAt(from + i)) },
    positions: {
      length: (2 * n) / sentence,
      subarray: (from, to) => Int32Array.from({ length: to - from }, (_, i) => positionAt(from + i)),
    },
  };
}

describe("joinCorpora", () => {
  it("lays corpora end to end", () => {
    const { ids, positions } = joinCorpora([one, two, one]);
    expect(ids.subarray(0, ids.length)).toEqual(Uint16Array.of(14, 15, 1, 1, 16, 1, 14, 1, 14, 15, 1, 1));
    expect(positions.subarray(0, 12)).toEqual(Int32Array.of(0, 2, 3, 3, 4, 5, 6, 7, 8, 10, 11, 11));
    expect(positions.subarray(4, 4)).toEqual(new Int32Array());
  });

  it("gives one alone back", () => {
    expect(joinCorpora([one])).toBe(one);
  });

  it("widens ids when one is wide", () => {
    const wide: Corpus = { ids: Int32Array.of(16, 1), positions: Int32Array.of(0, 1) };
    const { ids } = joinCorpora([one, wide]);
    expect([ids.subarray(0, 2), ids.subarray(3, 5), ids.subarray(4, 5)]).toEqual([
      Int32Array.of(14, 15),
      Int32Array.of(1, 16),
      Int32Array.of(16),
    ]);
  });

  it("is known by the hashes of its files, when one vocabulary made them all", () => {
    const named = { file: "train.en.safetensors", lang: "en" };
    const stored = (corpus: Corpus): Corpus => {
      const { bytes, manifest } = encodeCorpus(corpus, dictionary, named);
      return decodeCorpus(bytes, manifest, dictionary);
    };
    const [first, second] = [stored(one), stored(two)];
    const known = joinCorpora([first, second]).stored;
    expect(known?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(joinCorpora([second, first]).stored?.sha256).not.toBe(known?.sha256);
    expect(joinCorpora([first, two]).stored).toBeUndefined();
    const { ids, positions } = second;
    const foreign = { ids, positions, stored: { sha256: known?.sha256 as string, vocab: "0".repeat(64) } };
    expect(joinCorpora([first, foreign]).stored).toBeUndefined();
  });

  it("goes beyond 2^31 ids", () => {
    const all = joinCorpora([huge(14), huge(15), huge(16)]);
    expect(all.ids.length).toBe(3 * 2 ** 30);
    expect(all.positions.subarray(2 * 2048, 2 * 2048 + 2)).toEqual(Float64Array.of(2 ** 31, 2 ** 31 + 2 ** 20 - 1));
    expect(sentenceLengths([all])).toEqual(new Int32Array(3072).fill(2 ** 20 + 1));
    expect(sentenceBatch(all, Int32Array.of(2048), dictionary).ids.subarray(0, 3)).toEqual(Int32Array.of(1, 16, 14));

    const stream = createStream(all, dictionary, { batchSize: 1, bptt: 2 ** 10 });
    expect(stream).toMatchObject({ nWindows: 3 * 2 ** 20, nTokens: 3 * 2 ** 30, nSentences: 3072 });
    expect(stream.window(2 ** 21).ids.subarray(0, 3)).toEqual(Int32Array.of(1, 16, 14)); // an end mark, then sentence 2048

    const [kept] = keepSentences([all], { maxLen: 2 ** 20 });
    expect(kept).toBe(all);
    const [end] = selectSentences([all], 2047, 2049);
    expect(end.positions.subarray(2, 4)).toEqual(Float64Array.of(2 ** 20, 2 ** 21 - 1));
    expect(end.ids.subarray(2 ** 20 - 1, 2 ** 20 + 1)).toEqual(Uint16Array.of(1, 16));
    const file = { file: "train.en.safetensors", lang: "en" };
    expect(encodeCorpus(selectSentences([all], 3071, 3072)[0], dictionary, file).manifest.tokens).toBe(2 ** 20 - 1);
  });

  it("needs one at least", () => {
    expect(errorOf(() => joinCorpora([]))).toMatchInlineSnapshot(
      `"XLM_OPTION there is no corpus to join: a corpus of no vocabulary has no ids, not even their width. Fix: give at least one"`,
    );
  });
});
