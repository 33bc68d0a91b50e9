import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { dataDir, goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { formatDictionary, parseDictionary, SPECIAL_TOKENS } from "../src/index.js";
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
