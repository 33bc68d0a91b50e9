import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  createIndexer,
  createShardWriter,
  decodeCorpus,
  encodeCorpus,
  indexText,
  parseDictionary,
  type Shard,
  type ShardWriterOptions,
} from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\nsat 3\n"); // 14, 15, 16

function collect(options: Partial<ShardWriterOptions> = {}) {
  const shards: Shard[] = [];
  const writer = createShardWriter(dictionary, (shard) => shards.push(shard), {
    name: "train.en",
    lang: "en",
    ...options,
  });
  return { shards, writer };
}

/** Ids of each shard. */
const idsOf = (shards: readonly Shard[]): number[][] =>
  shards.map(({ pieces, manifest }) => [...decodeCorpus(Buffer.concat([...pieces]), manifest, dictionary).ids]);

describe("createShardWriter", () => {
  it("hands on a shard before the sentence that would be too much", () => {
    const { shards, writer } = collect({ maxIds: 5 });
    for (const line of ["the cat", "sat", "the cat sat the cat sat", "", "dog"]) writer.addLine(line);
    expect(shards.map(({ file }) => file)).toEqual(["train.en.000.safetensors", "train.en.001.safetensors"]);
    const { manifests, statistics } = writer.end();
    expect(idsOf(shards)).toEqual([
      [14, 15, 1, 16, 1],
      [14, 15, 16, 14, 15, 16, 1], // longer than a shard: one of its own
      [1, 3, 1],
    ]);
    expect(manifests).toEqual(shards.map(({ manifest }) => manifest));
    expect(manifests[2]).toMatchObject({ file: "train.en.002.safetensors", sentences: 2, tokens: 1, unknown: 1 });
    expect(statistics).toMatchObject({ sentences: 5, empty: 1, tokens: 10, unknown: 1, unkWords: [["dog", 1]] });
    expect(shards[1]?.statistics).toMatchObject({ sentences: 1, tokens: 6, longest: 6, unknown: 0 });
  });

  it("writes what encodeCorpus writes", () => {
    const { shards, writer } = collect({ codes: "t h 9\n" });
    writer.addLine("the cat");
    writer.end();
    const { pieces, size, manifest } = shards[0] as Shard;
    const file = "train.en.000.safetensors";
    const corpus = indexText(["the cat"], dictionary);
    const expected = encodeCorpus(corpus, dictionary, { file, lang: "en", codes: "t h 9\n" });
    expect(manifest).toEqual(expected.manifest);
    const bytes = Buffer.concat([...pieces]);
    expect(new Uint8Array(bytes)).toEqual(expected.bytes);
    expect(size).toBe(bytes.length);
  });

  it("takes lines as bytes, and ids", () => {
    const { shards, writer } = collect();
    writer.addLines(new TextEncoder().encode("the cat\n\nchien sat"));
    writer.addIds([16, 3]);
    const { statistics } = writer.end();
    expect(idsOf(shards)).toEqual([[14, 15, 1, 1, 3, 16, 1, 16, 3, 1]]);
    expect(statistics).toMatchObject({ sentences: 4, unknown: 2, unkWords: [["chien", 1]], unlisted: 1 });
    expect(errorOf(() => writer.addIds([17]))).toMatchInlineSnapshot(
      `"XLM_OPTION id of a word is 17: it must be a whole number from 0 to 16. Fix: give id of a word such a value"`,
    );
  });

  it("takes lines that an indexer made ids of, and counts their words", () => {
    const shards: Shard[] = [];
    const subwords = parseDictionary("ca@@ 9\nt 5\nthe 3\n"); // 14, 15, 16
    const split = createShardWriter(subwords, (shard) => shards.push(shard), { name: "x", lang: "en" });
    const lines = createIndexer(subwords).indexLines(new TextEncoder().encode("the ca@@ t\nzeb@@ ra the\n\nthe"));
    split.addIndexed(lines, 0, 2);
    split.cut();
    split.addIndexed(lines, 2);
    const { statistics } = split.end();
    expect(shards.map(({ statistics: { words, tokens } }) => [words, tokens])).toEqual([
      [4, 6],
      [1, 1],
    ]);
    expect(statistics).toMatchObject({ sentences: 4, empty: 1, words: 5, tokens: 7, unknown: 2 });
    expect(statistics.unkWords.map(([word]) => word)).toEqual(["ra", "zeb@@"]);
  });

  it("can be cut, limited in sentences and begun behind other shards", () => {
    const { shards, writer } = collect({ maxSentences: 2, first: 999 });
    for (const line of ["the", "cat", "sat"]) writer.addLine(line);
    writer.cut();
    writer.cut(); // nothing to hand on
    writer.addLine("the");
    expect(writer.end().manifests.map(({ file, sentences }) => [file, sentences])).toEqual([
      ["train.en.999.safetensors", 2],
      ["train.en.1000.safetensors", 1],
      ["train.en.1001.safetensors", 1],
    ]);
    expect(idsOf(shards)).toEqual([
      [14, 1, 15, 1],
      [16, 1],
      [14, 1],
    ]);
  });

  it("hands on nothing of nothing", () => {
    const { shards, writer } = collect();
    expect(writer.end()).toMatchObject({ manifests: [], statistics: { sentences: 0, lengths: [] } });
    expect(shards).toEqual([]);
  });

  it("keeps a shard that could not be written", () => {
    const written: number[] = [];
    let isFull = true;
    const sink = ({ manifest }: Shard): void => {
      if (isFull) throw new Error("the disk is full");
      written.push(manifest.sentences);
    };
    const writer = createShardWriter(dictionary, sink, { name: "x", lang: "en", maxSentences: 2 });
    writer.addLine("the dog");
    writer.addLine("cat");
    expect(() => writer.addLine("sat bird")).toThrow("the disk is full");
    isFull = false;
    writer.addLine("sat bird");
    const { statistics } = writer.end();
    expect(written).toEqual([2, 1]);
    expect(statistics.unkWords).toEqual([
      ["bird", 1],
      ["dog", 1],
    ]);
  });

  it("refuses sizes of nothing", () => {
    expect(errorOf(() => collect({ maxIds: 0 }))).toContain("XLM_OPTION maxIds is 0");
    expect(errorOf(() => collect({ maxSentences: 0 }))).toContain("XLM_OPTION maxSentences is 0");
    expect(errorOf(() => collect({ first: -1 }))).toContain("XLM_OPTION first is -1");
  });
});
