// What benchmarks of several contenders share: which of them the words after the name ask for, and the peers in Python.
import path from "node:path";
import { createChild, type Child } from "./child.js";

/** Those of `all` that the words name, or all where they name none. */
export function chosen<T extends string>(all: readonly T[], words: readonly string[]): T[] {
  const named = all.filter((name) => words.includes(name));
  return named.length > 0 ? named : [...all];
}

export function checkWords(bench: string, known: readonly string[], words: readonly string[]): void {
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) throw new Error(`${bench} takes words among ${known.join(", ")}, not ${unknown}`);
}

/** One of peers/*.py on so many threads: SCRIPT THREADS ARGS. */
export const pythonChild = (python: string, script: string, threads: number, args: readonly string[]): Child =>
  createChild(python, [path.join(import.meta.dirname, "peers", script), String(threads), ...args], {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
  });
