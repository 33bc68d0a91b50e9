// Text of any size for benchmarks of subwords, with the long tail of words that large corpora have.
import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { createRng, drawInt } from "@xlm/core";

const corpora = path.resolve(import.meta.dirname, "../../packages/corpora/data/bible");

/** The Bible in English and Spanish, 7.7 MB. */
export const bibleText = (): Buffer =>
  Buffer.concat(["train.en.gz", "train.es.gz"].map((name) => gunzipSync(fs.readFileSync(path.join(corpora, name)))));

/** Share of words that are made up. */
const MADE_UP = 0.15;

/**
 * Writes at least `megabytes` MB: words of the Bible in its own proportions, and one in seven made up of the beginning of
 * one and the end of another, so that the number of types goes on growing (2 million in 100 MB). Always the same text.
 */
export function writeMadeUpText(file: string, megabytes: number): void {
  const words = bibleText()
    .toString()
    .split(/\s+/)
    .filter((word) => word !== "");
  const rng = createRng(1);
  const pick = (): string => words[drawInt(rng, words.length)] as string;
  const output = fs.openSync(file, "w");
  try {
    for (let written = 0; written < megabytes * 1e6;) {
      let chunk = "";
      for (let i = 1; i <= 100_000; i++) {
        const word = pick();
        const halves =
          rng.next() < MADE_UP ? word.slice(0, Math.ceil(word.length / 2)) + pick() + pick().slice(1) : word;
        chunk += i % 20 === 0 ? `${halves}\n` : `${halves} `;
      }
      written += fs.writeSync(output, chunk);
    }
  } finally {
    fs.closeSync(output);
  }
}
