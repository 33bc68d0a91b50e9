import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { dataDir, goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import {
  bytesSource,
  createIndexer,
  createPageCache,
  createShardWriter,
  createStream,
  encodeCorpus,
  formatDictionary,
  indexText,
  joinCorpora,
  limitDictionary,
  openCorpus,
  parseDictionary,
  SPECIAL_TOKENS,
  type Corpus,
} from "../src/index.js";
import { compareText, describeRecorded } from "./compare.js";

describeRecorded((file) => readJson(goldenDir(file)));

it("reads, indexes and limits a learnt vocabulary", () => {
  const recorded = readJson<Parameters<typeof compareText>[0]>(goldenDir("dictionary/real.json"));
  const content = (file: string): string => fs.readFileSync(goldenDir(file), "utf8");
  compareText({ ...recorded, vocab_file: content(recorded.vocab_file), text_file: content(recorded.text_file) });
});

describe("vocabularies of the released models", () => {
  const dir = dataDir("xlm-bpe");
  const files = fs.readdirSync(dir).filter((name) => name.startsWith("vocab") && name.endsWith(".gz"));

  it("are there", () => expect(files.length).toBeGreaterThan(0));

  it.each(files)("%s: ids close up over skipped lines, and the dictionary survives its own file", (name) => {
    const text = zlib.gunzipSync(fs.readFileSync(path.join(dir, name))).toString("utf8");
    const skipped: number[] = [];
    const dictionary = parseDictionary(text, { file: name, onSkip: (line) => skipped.push(line) });
    const lines = text.trimEnd().split("\n");
    expect(dictionary.size).toBe(lines.length - skipped.length + SPECIAL_TOKENS.length);
    // An independent reading: fastBPE writes one ASCII space before the count; other white space at a token's edge is no part of it.
    const left = new Set(skipped);
    const read = lines
      .filter((_, i) => !left.has(i + 1))
      .map((line) => line.slice(0, line.lastIndexOf(" ")).replace(/^\p{White_Space}+|\p{White_Space}+$/gu, ""));
    expect(dictionary.tokens.slice(SPECIAL_TOKENS.length)).toEqual(read);
    expect(dictionary.tokens.every((token, id) => dictionary.idOf(token) === id)).toBe(true);
    const parsed = Array.from(lines, (line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
    expect([...dictionary.counts.subarray(SPECIAL_TOKENS.length)]).toEqual(parsed.filter((_, i) => !left.has(i + 1)));
    // What was skipped holds white space other than that one space, or repeats a word once white space is gone.
    for (const line of skipped) expect(lines[line - 1]).toMatch(/[^\P{White_Space} ]/u);
    expect(parseDictionary(formatDictionary(dictionary)).tokens).toEqual(dictionary.tokens);
  });
});

describe("text split with the released codes", () => {
  const READ = 95_000; // ids of the released models of 15 languages; others have fewer
  const records = fs
    .readFileSync(dataDir("preprocess-golden", "xlm-preprocess.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string | number[]>);
  const plain = (name: string): string => name.replace(/^vocab|_|\.gz$/g, "");
  const vocabularies = fs.readdirSync(dataDir("xlm-bpe")).filter((name) => /^vocab.*\.gz$/.test(name));

  it("is there", () => {
    const columns = new Set(records.flatMap((record) => Object.keys(record).filter((key) => key.endsWith("_ids"))));
    expect([...columns].sort()).toEqual(vocabularies.map((name) => `${plain(name)}_ids`).sort());
    expect(columns.size).toBeGreaterThan(0);
  });

  it.each(vocabularies)("%s gives the original's ids, white space among its entries or not", (name) => {
    const whole = parseDictionary(zlib.gunzipSync(fs.readFileSync(dataDir("xlm-bpe", name))), { file: name });
    const dictionary = limitDictionary(whole, { maxVocab: READ });
    const column = plain(name);
    const mine = records.filter((record) => `${column}_ids` in record);
    const lines = mine.map((record) => record[`${column}_bpe`] as string);
    const expected = mine.map((record) => record[`${column}_ids`] as number[]);
    expect(lines.length).toBeGreaterThan(0);

    const indexer = createIndexer(dictionary);
    const encoder = new TextEncoder();
    expect(lines.map((line) => [...indexer.indexLine(line)])).toEqual(expected);
    expect(lines.map((line) => [...indexer.indexBytes(encoder.encode(line))])).toEqual(expected);

    // And so from shards, through a cache too small for any of them.
    const cache = createPageCache({ pageBytes: 64, nPages: 4 });
    const shards: Corpus[] = [];
    const writer = createShardWriter(
      dictionary,
      ({ pieces, manifest }) => {
        shards.push(openCorpus(bytesSource(Buffer.concat([...pieces])), manifest, dictionary, { cache }));
      },
      { name: "text", lang: "all", maxIds: 1000 },
    );
    writer.addLines(encoder.encode(lines.join("\n")));
    writer.end();
    expect(shards.length).toBeGreaterThan(1);
    const [sharded, inMemory] = [joinCorpora(shards), indexText(lines, dictionary)];
    expect(encodeCorpus(sharded, dictionary, { file: "text", lang: "all" })).toEqual(
      encodeCorpus(inMemory, dictionary, { file: "text", lang: "all" }),
    );
    const streams = [sharded, inMemory].map((corpus) => createStream(corpus, dictionary, { batchSize: 4, bptt: 32 }));
    const windows = streams.map((stream) => Array.from({ length: stream.nWindows }, (_, i) => stream.window(i)));
    expect(windows[0]).toEqual(windows[1]);
  });
});
