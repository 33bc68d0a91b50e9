import { encodeSafetensors } from "@xlm/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { corpora, dictionary, sentences } from "../test/helpers.js";
import { decodeCorpus, encodeCorpus, indexText, keepSentences } from "./index.js";

const named = { file: "train.en.safetensors", lang: "en" };

it("decoding what was encoded gives the corpus back, and encoding it again the same bytes", () => {
  fc.assert(
    fc.property(corpora, ({ ids, positions }) => {
      const { bytes, manifest } = encodeCorpus({ ids, positions }, dictionary, named);
      const decoded = decodeCorpus(bytes, JSON.parse(JSON.stringify(manifest)), dictionary);
      const { sha256, vocab } = manifest;
      expect(decoded).toEqual({ ids, positions, stored: { sha256, vocab: vocab.sha256 } });
      expect(encodeCorpus(decoded, dictionary, named)).toEqual({ bytes, manifest });
    }),
  );
});

it("any change of any byte is noticed", () => {
  const corpus = indexText(["w0 w1 w2", "w3"], dictionary);
  const { bytes, manifest } = encodeCorpus(corpus, dictionary, named);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.with(at, (bytes[at] as number) ^ (1 << (at % 8)));
    expect(() => decodeCorpus(damaged, manifest, dictionary)).toThrow(
      expect.objectContaining({ code: "XLM_MISMATCH" }),
    );
  }
  for (let length = 0; length < bytes.length; length++) {
    const short = bytes.subarray(0, length);
    expect(() => decodeCorpus(short, manifest, dictionary)).toThrow(expect.objectContaining({ code: "XLM_MISMATCH" }));
  }
});

it("the file is what encodeSafetensors writes, of ids of either width", () => {
  fc.assert(
    fc.property(corpora, fc.boolean(), ({ ids, positions }, isWide) => {
      const all = isWide ? Int32Array.from(ids) : ids;
      const { bytes } = encodeCorpus({ ids: all, positions }, dictionary, named);
      const written = encodeSafetensors({
        ids: { dtype: isWide ? "I32" : "U16", shape: [ids.length], data: all },
        positions: { dtype: "I32", shape: [positions.length / 2, 2], data: positions },
      });
      expect(bytes).toEqual(written);
    }),
  );
});

it("what was filtered is stored as if the rest had never been there", () => {
  fc.assert(
    fc.property(sentences, fc.nat({ max: 12 }), (lines, minLen) => {
      const kept = lines.filter((line) => line.split(" ").filter((word) => word !== "").length >= minLen);
      const [corpus] = keepSentences([indexText(lines, dictionary)], { minLen });
      expect(encodeCorpus(corpus, dictionary, named)).toEqual(
        encodeCorpus(indexText(kept, dictionary), dictionary, named),
      );
    }),
  );
});
