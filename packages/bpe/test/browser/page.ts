import { createLineTokenizer } from "@xlm/text";
import { createBpe, createWordCounter, type EngineName } from "../../src/index.js";
import { attempt, prepare, type Outcome, type Preparation, type Prepared } from "./preparation.js";

/** What the page offers to whoever drives it. */
export interface Offer {
  prepare: Record<"page" | "worker", (preparation: Preparation) => Promise<Outcome<Prepared>>>;
  /** The engine that runs when one is asked for, or none is. */
  engine(name?: EngineName): Promise<Outcome<EngineName>>;
  /** Makes coders one after another and lets go of them; returns how many there were. */
  manyCoders(n: number): Promise<Outcome<number>>;
  /** Words of a line as the platform's own dictionaries find them. */
  words(lang: string, line: string): string;
}

function prepareInWorker(preparation: Preparation): Promise<Outcome<Prepared>> {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise<Outcome<Prepared>>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Outcome<Prepared>>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(preparation);
  }).finally(() => worker.terminate());
}

Object.assign(globalThis, {
  prepare: { page: (preparation) => attempt(() => prepare(preparation)), worker: prepareInWorker },
  engine: (name) => attempt(() => createWordCounter({ engine: name }).engine),
  manyCoders: (n) =>
    attempt(() => {
      let made = 0;
      for (; made < n; made++) createBpe("a b 1\n", { engine: "wasm" }).applyText("ab");
      return made;
    }),
  words: (lang, line) => createLineTokenizer(lang)(line),
} satisfies Offer);
