import fs from "node:fs";
import { type WordCounter, createWordCounter } from "../count.js";
import { isSeparator } from "../bytes.js";
import { statReadable } from "./descriptor.js";
import { type ReadOptions, isPacked, readPieces } from "./input.js";
import type { WorkOptions } from "./options.js";

/** Bytes `[from, to)` of a regular file, cut between words. */
export interface Part {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** All that a thread needs to count words; can be sent to another one. */
export interface CountingJob extends Pick<WorkOptions, "engine" | "lastWord" | "invalidUtf8"> {
  readonly parts: readonly Part[];
  /** Bytes read by all threads, one number that they share. */
  readonly read: SharedArrayBuffer;
}

/** Adds the words of a file, or of a part of it, to a counter, or only reads it; the last word ends with it. */
export async function countInto(counter: WordCounter | undefined, file: string, options: ReadOptions): Promise<void> {
  for await (const piece of readPieces(file, options)) counter?.push(piece);
  counter?.endText(); // readPieces has dropped a word that is to be dropped
}

/** Counts the words of parts of files one after the other. */
export async function countParts(
  { parts, read, engine, lastWord, invalidUtf8 }: CountingJob,
  signal?: AbortSignal,
): Promise<WordCounter> {
  const counter = createWordCounter({ engine });
  const bytes = new BigInt64Array(read);
  for (const { file, from, to } of parts) {
    await countInto(counter, file, {
      range: [from, to],
      lastWord,
      invalidUtf8,
      signal,
      onBytes: (n) => Atomics.add(bytes, 0, BigInt(n)),
    });
  }
  return counter;
}

/**
 * Regular files, which can be read in parts, whole; undefined if one of them is something else.
 * @throws DataError for a path that cannot be read.
 */
export function partable(files: readonly string[]): Part[] | undefined {
  const stats = files.map((file) => (file === "-" ? undefined : statReadable(file)));
  if (files.some((file, i) => isPacked(file) || !stats[i]?.isFile())) return undefined;
  return files.map((file, i) => ({ file, from: 0, to: stats[i]!.size }));
}

/** Cuts files, one after the other, into `n` shares of about the same size, between words. */
export function cutShares(whole: readonly Part[], n: number): Part[][] {
  const total = whole.reduce((sum, { to }) => sum + to, 0);
  const shares: Part[][] = Array.from({ length: n }, () => []);
  let before = 0; // bytes of the files ahead
  for (const { file, to: size } of whole) {
    let from = 0;
    for (let i = 0; i < n && from < size; i++) {
      const target = i === n - 1 ? size : Math.floor((total * (i + 1)) / n) - before;
      if (target <= from) continue;
      const to = target >= size ? size : wordEnd(file, target, size);
      shares[i]!.push({ file, from, to });
      from = to;
    }
    before += size;
  }
  return shares;
}

/** The end of the first separator at or behind `at`, or the end of the file. */
function wordEnd(file: string, at: number, size: number): number {
  const fd = fs.openSync(file, "r");
  try {
    const bytes = new Uint8Array(1 << 12);
    while (at < size) {
      const n = fs.readSync(fd, bytes, 0, bytes.length, at);
      const end = bytes.subarray(0, n).findIndex(isSeparator);
      if (end >= 0) return at + end + 1;
      if (n === 0) break;
      at += n;
    }
    return size;
  } finally {
    fs.closeSync(fd);
  }
}
