import { createRequire } from "node:module";
import path from "node:path";
import { DataError } from "@xlm/core";
import { readText } from "./files.js";
import type { SplitText } from "./held-out.js";

/** Languages of the text that comes with the repository. */
export const BIBLE_LANGS: readonly string[] = ["en", "es"];

/** The folder of `@xlm/corpora`, which holds files alone. */
export function corporaFolder(): string {
  try {
    return path.dirname(createRequire(import.meta.url).resolve("@xlm/corpora/package.json"));
  } catch (cause) {
    throw new DataError({
      what: "the text that quickstart learns from by itself is not installed",
      why: "@xlm/corpora is a private package of the repository",
      fix: "run it in a clone of the repository after npm ci, or name your own files with --langs and --text",
      cause,
    });
  }
}

/** Verses of one language: Mark and four short books are held out. */
export function readBible(lang: string): SplitText {
  const dir = path.join(corporaFolder(), "data", "bible");
  const lines = (split: string): readonly string[] =>
    readText({ lang, file: path.join(dir, `${split}.${lang}`) }).lines;
  return { lang, file: path.join(dir, `train.${lang}`), train: lines("train"), test: lines("test") };
}
