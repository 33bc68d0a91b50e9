import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { sha256Hex } from "@xlm/core";
import {
  createShardWriter,
  dictionaryHash,
  encodeCorpus,
  indexText,
  parseDictionary,
  type Corpus,
  type CorpusManifest,
} from "@xlm/data";
import { afterAll, expect, it } from "vitest";
import { readDataFolder } from "./data-folder.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-data-folder-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));

const vocab = "the 9\ncat 5\nchat 3\nle 2\n";
const dictionary = parseDictionary(vocab);
const codes = new TextEncoder().encode("t h 9\n");
const english = Array.from({ length: 20 }, (_, i) => ["the cat", "cat the the", ""][i % 3] as string);
const french = english.map((line) => line.replace("the", "le").replace("cat", "chat"));

/** Writes a text in shards of five sentences or so. */
function shards(name: string, lang: string, lines: readonly string[]): readonly CorpusManifest[] {
  const writer = createShardWriter(
    dictionary,
    ({ file, pieces }) => fs.writeFileSync(path.join(dir, file), Buffer.concat([...pieces])),
    { name, lang, codes, maxIds: 12 },
  );
  for (const line of lines) writer.addLine(line);
  return writer.end().manifests;
}

const mono = shards("train.en", "en", english);
const sides = [shards("train.en-fr.en", "en", english), shards("train.en-fr.fr", "fr", french)];
const filesOf = (manifests: readonly CorpusManifest[]): string[] => manifests.map(({ file }) => file);
fs.writeFileSync(path.join(dir, "codes"), codes);
fs.writeFileSync(path.join(dir, "vocab"), vocab);
fs.writeFileSync(
  path.join(dir, "manifest.json"),
  JSON.stringify({
    format: "xlm-data",
    version: 1,
    tokenizer: "none",
    codes: { sha256: sha256Hex(codes) },
    vocab: { sha256: dictionaryHash(dictionary), size: dictionary.size },
    corpora: [
      ...mono.map((manifest) => ({ split: "train", mono: true, ...manifest })),
      ...sides.flat().map((manifest) => ({ split: "train", mono: false, ...manifest })),
    ],
    pairs: [{ split: "train", langs: ["en", "fr"], files: sides.map(filesOf) }],
  }),
);

it.each([0, Infinity])("reads text in shards as one, in slices from %d bytes on", (slicedFrom) => {
  expect(mono.length).toBeGreaterThan(3);
  const data = readDataFolder(dir, { slicedFrom });
  const bytesOf = (corpus: Corpus): Uint8Array => encodeCorpus(corpus, dictionary, { file: "text", lang: "en" }).bytes;
  const [en, fr] = [english, french].map((lines) => bytesOf(indexText(lines, dictionary)));
  expect(data.mono.map(({ split, lang, corpus }) => [split, lang, bytesOf(corpus)])).toEqual([["train", "en", en]]);
  expect(data.pairs.map((pair) => [pair.langs, ...pair.sides.map(bytesOf)])).toEqual([[["en", "fr"], en, fr]]);
});
