import { encodeSafetensors, sha256Hex } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  bytesSource,
  corpusHash,
  createPageCache,
  createStream,
  encodeCorpus,
  indexText,
  keepSentences,
  limitDictionary,
  openCorpus,
  parseDictionary,
  sentenceBatch,
  sentenceLengths,
  type ByteSource,
  type MemoryCorpus,
} from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\n"); // 14, 15
const named = { file: "train.en.safetensors", lang: "en" };

/** A source that says what was read of it. */
function watched(bytes: Uint8Array): ByteSource & { reads: [offset: number, length: number][] } {
  const reads: [number, number][] = [];
  const { size, read } = bytesSource(bytes);
  return {
    reads,
    size,
    read: (offset, length) => {
      reads.push([offset, length]);
      return read(offset, length);
    },
  };
}

/** 100,000 sentences: more than is looked at in one go. */
const long: MemoryCorpus = indexText(
  Array.from({ length: 100_000 }, (_, i) => ["the cat", "", "cat the the"][i % 3] as string),
  dictionary,
);
const stored = encodeCorpus(long, dictionary, named);

describe("openCorpus", () => {
  it("gives a corpus to be read in slices", () => {
    const { bytes, manifest } = encodeCorpus(indexText(["the cat", "", "dog"], dictionary), dictionary, named);
    const corpus = openCorpus(bytesSource(bytes), manifest, dictionary);
    expect(corpus.ids.length).toBe(6);
    expect(corpus.ids.subarray(1, 5)).toEqual(Uint16Array.of(15, 1, 1, 3));
    expect(corpus.positions.subarray(2, 6)).toEqual(Int32Array.of(3, 3, 4, 5));
    expect(corpus.stored).toEqual({ sha256: manifest.sha256, vocab: manifest.vocab.sha256 });
  });

  it("reads the header, then what is asked for and no more", () => {
    const source = watched(stored.bytes);
    const corpus = openCorpus(source, stored.manifest, dictionary, { verify: false });
    expect(source.reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(300);
    source.reads.length = 0;
    sentenceBatch(corpus, Int32Array.of(50_000), dictionary);
    expect(source.reads).toHaveLength(2); // a page of positions, a page of ids
    expect(source.reads.map(([, length]) => length)).toEqual([4096, 4096]);
    sentenceBatch(corpus, Int32Array.of(50_001), dictionary);
    expect(source.reads).toHaveLength(2);
  });

  it("checks the whole file in pieces of 1 MB at most", () => {
    const source = watched(stored.bytes);
    openCorpus(source, stored.manifest, dictionary);
    expect(Math.max(...source.reads.map(([, length]) => length))).toBeLessThanOrEqual(2 ** 20);
  });

  it("agrees with memory on texts longer than a block", () => {
    const corpus = openCorpus(bytesSource(stored.bytes), stored.manifest, dictionary);
    expect(sentenceLengths([corpus]).join()).toBe(sentenceLengths([long]).join());
    const [kept] = keepSentences([corpus], { maxLen: 2 });
    const [expected] = keepSentences([long], { maxLen: 2 });
    const streams = [kept, expected].map((one) => createStream(one, dictionary, { batchSize: 4, bptt: 100 }));
    for (const index of [0, 100, 249]) expect(streams[0]?.window(index)).toEqual(streams[1]?.window(index));
    expect(encodeCorpus(kept, dictionary, named).manifest).toEqual(encodeCorpus(expected, dictionary, named).manifest);
  });

  it("finds faults in any block", () => {
    const last = 2 * 99_999;
    const damaged = (change: (ids: Uint16Array, positions: Int32Array) => void): string => {
      const [ids, positions] = [Uint16Array.from(long.ids), long.positions.slice()];
      change(ids, positions);
      return errorOf(() => encodeCorpus({ ids, positions }, dictionary, named)).replace(/ ids: .*/, " ids");
    };
    const end = long.positions[last + 1] as number;
    expect(damaged((ids) => (ids[end] = 14))).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: sentence 99999 stands at [266664, 266666) of 266667 ids"`,
    );
    expect(damaged((_, positions) => positions[last + 1]!++)).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: sentence 99999 stands at [266664, 266667) of 266667 ids"`,
    );
    expect(damaged((_, positions) => (positions[last] = 5))).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: sentence 99999 stands at [5, 266666) of 266667 ids"`,
    );
    expect(damaged((ids) => (ids[end - 1] = 16))).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: id 16 stands at place 266665 and the vocabulary has 16 ids"`,
    );
  });

  it("without verifying still refuses another vocabulary and another size", () => {
    const small = limitDictionary(dictionary, { maxVocab: 15 });
    const open = (bytes: Uint8Array, vocabulary = dictionary) =>
      openCorpus(bytesSource(bytes), stored.manifest, vocabulary, { verify: false });
    expect(errorOf(() => open(stored.bytes, small))).toContain("XLM_MISMATCH train.en.safetensors: SHA-256 of the voc");
    expect(errorOf(() => open(stored.bytes.subarray(0, -2)))).toContain("XLM_FORMAT train.en.safetensors: ");
    expect(errorOf(() => open(new Uint8Array(5)))).toContain("XLM_FORMAT train.en.safetensors: it has 5 bytes");
    const other = encodeCorpus(indexText(["the"], dictionary), dictionary, named);
    expect(errorOf(() => open(other.bytes))).toContain("it has 1 sentences and 2 ids, its manifest says 100000 and");
  });

  it("reads tensors at odd places of a file, and wide ids", () => {
    const positions = { dtype: "I32", shape: [1, 2], data: Int32Array.of(0, 2) } as const;
    const ids = { dtype: "I32", shape: [3], data: Int32Array.of(14, 15, 1) } as const;
    const file = encodeSafetensors({ ids, positions });
    const moved = new Uint8Array(file.length + 1).subarray(1); // no multiple of 4 in its buffer
    moved.set(file);
    const manifest = { ...stored.manifest, sha256: sha256Hex(file), sentences: 1, tokens: 2 };
    const corpus = openCorpus(bytesSource(moved), manifest, dictionary);
    expect(corpus.ids.subarray(0, 3)).toEqual(ids.data);
    expect(corpus.positions.subarray(0, 2)).toEqual(positions.data);
  });

  it("refuses a source that gives less than it has", () => {
    const short: ByteSource = { size: stored.bytes.length, read: () => stored.bytes.subarray(0, 7) };
    expect(errorOf(() => openCorpus(short, stored.manifest, dictionary))).toMatchInlineSnapshot(
      `"XLM_DATA 1048576 bytes from byte 0 on were asked for and 7 came: the source claims to have 1333494. Fix: leave the file alone while it is read"`,
    );
  });
});

describe("createPageCache", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => i);

  it("keeps the pages used last, of all sources together", () => {
    const cache = createPageCache({ pageBytes: 8, nPages: 2 });
    const [one, other] = [watched(bytes), watched(bytes)];
    const [readOne, readOther] = [cache.open(one, 0, 40), cache.open(other, 0, 40)];
    expect(readOne(1, 3)).toEqual(Uint8Array.of(1, 2));
    readOther(0, 1);
    readOne(4, 5); // held; now used later than the page of the other source
    readOne(16, 17); // makes room
    readOne(7, 8);
    expect(one.reads).toEqual([
      [0, 8],
      [16, 8],
    ]);
    readOther(0, 1);
    expect(other.reads).toEqual([
      [0, 8],
      [0, 8],
    ]);
  });

  it("puts together what lies on two pages, and reads past it what is as large as one", () => {
    const source = watched(bytes);
    const read = createPageCache({ pageBytes: 8, nPages: 2 }).open(source, 3, 40);
    expect(read(6, 10)).toEqual(Uint8Array.of(9, 10, 11, 12));
    expect(source.reads).toEqual([
      [3, 8],
      [11, 8],
    ]);
    expect(read(1, 20)).toEqual(bytes.slice(4, 23));
    expect(source.reads[2]).toEqual([4, 19]);
    expect(read(33, 37)).toEqual(bytes.slice(36)); // the last page is short
  });

  it("refuses sizes of nothing", () => {
    expect(errorOf(() => createPageCache({ pageBytes: 0 }))).toContain("XLM_OPTION pageBytes is 0");
    expect(errorOf(() => createPageCache({ nPages: 0 }))).toContain("XLM_OPTION nPages is 0");
  });
});

describe("corpusHash", () => {
  it("does not read a corpus that was opened with the same vocabulary", () => {
    const source = watched(stored.bytes);
    const corpus = openCorpus(source, stored.manifest, dictionary, { verify: false });
    source.reads.length = 0;
    expect(corpusHash(corpus, parseDictionary("the 9\ncat 5\n"), "en")).toBe(stored.manifest.sha256);
    expect(source.reads).toEqual([]);
  });

  it("checks it against another one", () => {
    const corpus = openCorpus(bytesSource(stored.bytes), stored.manifest, dictionary);
    const small = limitDictionary(dictionary, { maxVocab: 15 });
    expect(errorOf(() => corpusHash(corpus, small, "en"))).toContain("XLM_MISMATCH en: id 15 stands at place 1 ");
  });
});
