// Codes that fastBPE learned, against both engines.
import fs from "node:fs";
import { dataDir, goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { countWords, createWordCounter, formatCodes, learnBpe, parseCodes } from "../src/index.js";
import { engines } from "./compare.js";

const drop = { lastWord: "drop" } as const;
const read = (...name: string[]): Uint8Array => new Uint8Array(fs.readFileSync(goldenDir("bpe", ...name)));

/** Matches of a pattern among file names; a folder without any is a broken folder. */
function matches(pattern: RegExp, names: readonly string[]): string[][] {
  const found = names.flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [[...match]] : [];
  });
  if (found.length === 0) throw new Error(`no file matches ${pattern.source}`);
  return found;
}

/** The number of the first line that differs, counted from 1, or 0. */
function firstDifference(actual: Uint8Array, expected: Uint8Array): number {
  if (Buffer.compare(actual, expected) === 0) return 0;
  const [a, b] = [actual, expected].map((bytes) => Buffer.from(bytes).toString("latin1").split("\n"));
  return a!.findIndex((line, i) => line !== b![i]) + 1;
}

const files = fs.readdirSync(goldenDir("bpe")).sort();
const corpora = matches(/^corpus\.(\w+)\.txt$/, files).map(([file]) => read(file!));
const sizes = matches(/^codes\.(\d+)\.txt$/, files).map(([file, n]) => [Number(n), read(file!)] as const);

describe.each(engines)("learned codes, %s", (engine) => {
  const counter = createWordCounter(drop);
  for (const corpus of corpora) {
    counter.push(corpus);
    counter.endText();
  }
  const initialTokens = readJson<string[]>(goldenDir("bpe", "initial_tokens.json"));

  it.each(sizes)("%i merges, from counts and from a counter", (n, recorded) => {
    const options = { compat: "fastbpe", engine } as const;
    expect(firstDifference(formatCodes(learnBpe(counter, n, options)), recorded)).toBe(0);
    expect(firstDifference(formatCodes(learnBpe(counter.counts(), n, options)), recorded)).toBe(0);
  });

  it.each(sizes)("%i merges, given the order of the initial symbols", (n, recorded) => {
    expect(firstDifference(formatCodes(learnBpe(counter, n, { initialTokens, engine })), recorded)).toBe(0);
  });

  it("where nothing ties, with any order", () => {
    const words = countWords(read("notie", "corpus.txt"), drop);
    for (const [file, n] of matches(/^codes\.(\d+)\.txt$/, fs.readdirSync(goldenDir("bpe", "notie")))) {
      expect(firstDifference(formatCodes(learnBpe(words, Number(n), { engine })), read("notie", file!))).toBe(0);
    }
  });

  it("past the last pair", () => {
    const { text, n, output } = readJson<{ exhausted: { text: string; n: number; output: string } }>(
      goldenDir("bpe", "info.json"),
    ).exhausted;
    const codes = learnBpe(countWords(text, drop), n, { compat: "fastbpe", engine });
    expect(codes.exhausted).toBe(true);
    expect(Buffer.from(formatCodes(codes)).toString()).toBe(output);
  });

  it("of a parallel corpus in files of its own", () => {
    const folder = (file: string): string => dataDir("preprocess-golden", "learnbpe-en-fr", file);
    const texts = matches(/^\w+\.tok\.\w+$/, fs.readdirSync(folder("")));
    const words = countWords(
      texts.map(([file]) => new Uint8Array(fs.readFileSync(folder(file!)))),
      drop,
    );
    const recorded = new Uint8Array(fs.readFileSync(folder("codes")));
    const n = parseCodes(recorded).merges.length;
    expect(firstDifference(formatCodes(learnBpe(words, n, { compat: "fastbpe", engine })), recorded)).toBe(0);
  });
});
