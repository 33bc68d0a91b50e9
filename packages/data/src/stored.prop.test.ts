import fc from "fast-check";
import { expect, it } from "vitest";
import { corpora, dictionary } from "../test/helpers.js";
import { decodeCorpus, encodeCorpus, indexText } from "./index.js";

const named = { file: "train.en.safetensors", lang: "en" };

it("decoding what was encoded gives the corpus back, and encoding it again the same bytes", () => {
  fc.assert(
    fc.property(corpora, ({ ids, positions }) => {
      const { bytes, manifest } = encodeCorpus({ ids, positions }, dictionary, named);
      const decoded = decodeCorpus(bytes, JSON.parse(JSON.stringify(manifest)), dictionary);
      expect(decoded).toEqual({ ids, positions });
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
