// Reads the text that may be shipped, as the command does without --data.
import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { readLines } from "@xlm/data";
import type { ReadLines } from "../src/reproduce/index.js";

const DATA = path.resolve(import.meta.dirname, "../../corpora/data");

export const readShipped: ReadLines = (name) => {
  const file = path.join(DATA, name);
  return readLines(fs.existsSync(file) ? fs.readFileSync(file) : gunzipSync(fs.readFileSync(`${file}.gz`)), { file });
};

/** The first `n` lines of each file alone, so that a test takes seconds. */
export const readFirst =
  (n: number): ReadLines =>
  (name) =>
    readShipped(name).slice(0, n);
