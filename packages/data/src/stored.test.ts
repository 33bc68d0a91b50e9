import { decodeSafetensors, encodeSafetensors, sha256Hex } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  decodeCorpus,
  dictionaryHash,
  encodeCorpus,
  indexText,
  keepSentences,
  limitDictionary,
  parseDictionary,
  type CorpusManifest,
} from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\n");
const corpus = indexText(["the cat", "", "dog"], dictionary);
const named = { file: "train.en.safetensors", lang: "en" };
const { bytes, manifest } = encodeCorpus(corpus, dictionary, { ...named, codes: "t h 9\n" });

/** A file of other tensors whose manifest is right about it: one sentence of so many words. */
const forged = (tensors: Parameters<typeof encodeSafetensors>[0], tokens = 1): [Uint8Array, CorpusManifest] => {
  const file = encodeSafetensors(tensors);
  return [file, { ...manifest, sha256: sha256Hex(file), sentences: 1, tokens }];
};
const I32 = (shape: number[], data: number[]) => ({ dtype: "I32" as const, shape, data: Int32Array.from(data) });

describe("encodeCorpus", () => {
  it("writes two tensors, and a manifest to go with them", () => {
    const { ids, positions } = decodeSafetensors(bytes).tensors;
    expect(ids).toEqual({ dtype: "U16", shape: [6], data: Uint16Array.of(14, 15, 1, 1, 3, 1) });
    expect(positions).toEqual({ dtype: "I32", shape: [3, 2], data: Int32Array.of(0, 2, 3, 3, 4, 5) });
    expect(manifest).toMatchInlineSnapshot(`
      {
        "codes": {
          "sha256": "9a866abad3af430f10a7d6f3692d6e6eeab529283b07cc7407bd4cfdfe0f5006",
        },
        "file": "train.en.safetensors",
        "format": "xlm-corpus",
        "lang": "en",
        "sentences": 3,
        "sha256": "036fd75087b9b16a90c4537571314f17749ab62b2ad065f66bafff2bee0e6c52",
        "tokens": 3,
        "unknown": 1,
        "version": 1,
        "vocab": {
          "sha256": "a807002895e84bafeee934faf13dae6fe68d1817d5ae492bc9b36bd9cb0c03a7",
          "size": 16,
        },
      }
    `);
  });

  it("hashes the vocabulary as its file", () => {
    // printf 'the 9\ncat 5\n' | sha256sum
    expect(dictionaryHash(dictionary)).toMatchInlineSnapshot(
      `"a807002895e84bafeee934faf13dae6fe68d1817d5ae492bc9b36bd9cb0c03a7"`,
    );
  });

  it("leaves out what belongs to no sentence", () => {
    const [kept] = keepSentences([corpus], { minLen: 2 });
    const stored = encodeCorpus(kept, dictionary, named);
    expect(stored.manifest).toMatchObject({ sentences: 1, tokens: 2, unknown: 0 });
    expect(decodeCorpus(stored.bytes, stored.manifest, dictionary).ids).toEqual(Uint16Array.of(14, 15, 1));
  });

  it("refuses what is no corpus of this dictionary", () => {
    const small = limitDictionary(dictionary, { maxVocab: 15 });
    expect(errorOf(() => encodeCorpus(corpus, small, named))).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: id 15 stands at place 1 and the vocabulary has 15 ids: every id is a row of the model's embeddings. Fix: use the vocabulary that the corpus was indexed with, or bring it in line with limitCorpus"`,
    );
    const shifted = { ids: corpus.ids, positions: Int32Array.of(0, 1) };
    expect(errorOf(() => encodeCorpus(shifted, dictionary, named))).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: sentence 0 stands at [0, 1) of 6 ids: sentences follow one another, each with its end mark behind it. Fix: make the corpus again with indexText"`,
    );
  });
});

describe("decodeCorpus", () => {
  it("gives the corpus back, its manifest having been JSON", () => {
    const { ids, positions } = corpus;
    const read = decodeCorpus(bytes, JSON.parse(JSON.stringify(manifest)), dictionary, { codes: "t h 9\n" });
    expect(read).toEqual({ ids, positions, stored: { sha256: manifest.sha256, vocab: manifest.vocab.sha256 } });
  });

  it("refuses another file, vocabulary or codes, naming the file and both hashes", () => {
    const damaged = bytes.with(bytes.length - 1, 255);
    expect(errorOf(() => decodeCorpus(damaged, manifest, dictionary))).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: SHA-256 of the file is 7fd52dc1086f15923f00865b74ccc2a4ce2a8d92fae0f0c72ab57491e3bd27ee, its manifest says 036fd75087b9b16a90c4537571314f17749ab62b2ad065f66bafff2bee0e6c52: ids mean nothing without the very text, vocabulary and codes they came from. Fix: binarise the text again, or copy the file again"`,
    );
    const other = parseDictionary("the 9\ndog 5\n");
    expect(errorOf(() => decodeCorpus(bytes, manifest, other))).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: SHA-256 of the vocabulary in use is 0e01067e5cc178be7b86ac650fb0e57d6ecd4f57f57086b39dd48644084f2c42, its manifest says a807002895e84bafeee934faf13dae6fe68d1817d5ae492bc9b36bd9cb0c03a7: ids mean nothing without the very text, vocabulary and codes they came from. Fix: use the vocabulary that the corpus was binarised with, or binarise the text again"`,
    );
    const codes = new TextEncoder().encode("h e 9\n");
    expect(errorOf(() => decodeCorpus(bytes, manifest, dictionary, { codes }))).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: SHA-256 of the BPE codes in use is e801586204e1144f08be5b46c11720bd7d037fa38611d74dd462c2f54612f1c3, its manifest says 9a866abad3af430f10a7d6f3692d6e6eeab529283b07cc7407bd4cfdfe0f5006: ids mean nothing without the very text, vocabulary and codes they came from. Fix: use the codes that the text was split with, or split and binarise it again"`,
    );
  });

  it("compares codes only when both sides have them", () => {
    const bare = encodeCorpus(corpus, dictionary, named);
    expect(bare.manifest.codes).toBeUndefined();
    expect(decodeCorpus(bare.bytes, bare.manifest, dictionary, { codes: "anything" }).ids).toEqual(corpus.ids);
    expect(decodeCorpus(bytes, manifest, dictionary).ids).toEqual(corpus.ids);
  });

  it("refuses a manifest that is none", () => {
    for (const wrong of [undefined, null, "{}", {}, { ...manifest, version: 2 }, { ...manifest, tokens: -1 }]) {
      expect(() => decodeCorpus(bytes, wrong, dictionary)).toThrow(expect.objectContaining({ code: "XLM_FORMAT" }));
    }
    expect(
      errorOf(() => decodeCorpus(bytes, { ...manifest, vocab: { sha256: "ab", size: 16 } }, dictionary)),
    ).toMatchInlineSnapshot(
      `"XLM_FORMAT the manifest of a corpus is wrong at vocab.sha256 (a SHA-256 has 64 hexadecimal digits): without it nobody knows which vocabulary the ids belong to. Fix: pass the JSON that encodeCorpus returned"`,
    );
    expect(errorOf(() => decodeCorpus(bytes, 1, dictionary))).toMatchInlineSnapshot(
      `"XLM_FORMAT the manifest of a corpus is wrong at its top (Invalid type: Expected Object but received 1): without it nobody knows which vocabulary the ids belong to. Fix: pass the JSON that encodeCorpus returned"`,
    );
  });

  it("refuses files that hold something else, hashes right or not", () => {
    const positions = I32([1, 2], [0, 1]);
    expect(errorOf(() => decodeCorpus(...forged({ positions }), dictionary))).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: its tensors are not ids [n] and positions [sentences, 2]: a corpus is these two. Fix: write it with encodeCorpus"`,
    );
    expect(
      errorOf(() => decodeCorpus(...forged({ positions, ids: I32([2], [14, 14]) }), dictionary)),
    ).toMatchInlineSnapshot(
      `"XLM_FORMAT train.en.safetensors: sentence 0 stands at [0, 1) of 2 ids: sentences follow one another, each with its end mark behind it. Fix: make the corpus again with indexText"`,
    );
    expect(
      errorOf(() => decodeCorpus(...forged({ positions, ids: I32([2], [-14, 1]) }), dictionary)),
    ).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: id -14 stands at place 0 and the vocabulary has 16 ids: every id is a row of the model's embeddings. Fix: use the vocabulary that the corpus was indexed with, or bring it in line with limitCorpus"`,
    );
    expect(
      errorOf(() => decodeCorpus(...forged({ positions, ids: I32([2], [14, 1]) }, 2), dictionary)),
    ).toMatchInlineSnapshot(
      `"XLM_MISMATCH train.en.safetensors: it has 1 sentences and 2 ids, its manifest says 1 and 3: the manifest belongs to another file. Fix: binarise the text again"`,
    );
  });
});
