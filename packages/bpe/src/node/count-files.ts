import { type WordCounter, createWordCounter } from "../count.js";
import { untilAborted } from "./input.js";
import { type Part, countInto, countParts, cutShares, partable } from "./counting.js";
import { startLane } from "./lane.js";
import { type WorkOptions, checkWork } from "./options.js";

/** Text that a thread should have at least: it needs some 50 ms to be ready. */
const WORTH_A_THREAD = 1 << 21;

/**
 * Counts the words of files, the first step of learning BPE (fastBPE `getvocab`, `learnbpe`). Memory depends on the
 * number of distinct words alone. Regular files can be counted by several threads; pipes, standard input (`-`) and files
 * `*.gz`, which are unpacked, by one.
 *
 * `Differs:` from fastBPE, which reads pipes as empty. `lastWord: "drop"` goes for `-` too, where fastBPE keeps the word.
 * @param files One file, or several that share one table, in this order.
 * @throws DataError for a path that cannot be read and bytes that are refused; FormatError for a damaged `*.gz`;
 *   OptionError for options; MemoryError for more words than fit; the reason of `signal`.
 * @example
 * const words = await countFiles(["corpus.en", "corpus.fr"], { threads: 2 });
 * const codes = learnBpe(words, 40000);
 */
export async function countFiles(files: string | readonly string[], options: WorkOptions = {}): Promise<WordCounter> {
  checkWork(options);
  const names = typeof files === "string" ? [files] : files;
  const whole = partable(names);
  const total = whole?.reduce((sum, { to }) => sum + to, 0);
  const threads = Math.min(options.threads ?? 1, Math.floor((total ?? 0) / WORTH_A_THREAD));
  const { engine, lastWord, invalidUtf8, signal, onProgress } = options;
  if (whole && threads > 1) {
    try {
      return await countShares(cutShares(whole, threads), total!, options);
    } catch (error) {
      // A thread counts lines from the start of its share: reading everything again gives the true number.
      if (invalidUtf8 === "refuse") for (const file of names) await countInto(undefined, file, { invalidUtf8, signal });
      throw error;
    }
  }

  const counter = createWordCounter({ engine });
  let bytes = 0;
  const onBytes = (n: number): void => {
    bytes += n;
    onProgress?.({ bytes, total });
  };
  for (const file of names) await countInto(counter, file, { lastWord, invalidUtf8, signal, onBytes });
  return counter;
}

/** Counts each share in a thread of its own, and adds them up in the order of the text: first sight stays first. */
async function countShares(shares: Part[][], total: number, options: WorkOptions): Promise<WordCounter> {
  const { engine, lastWord, invalidUtf8, signal, onProgress } = options;
  const read = new SharedArrayBuffer(8);
  const jobs = shares.map((parts) => ({ parts, read, engine, lastWord, invalidUtf8 }));
  const report = (): void => onProgress?.({ bytes: Number(Atomics.load(new BigInt64Array(read), 0)), total });
  const clock = setInterval(report, 100);
  const lanes = jobs.slice(1).map((job) => startLane({ kind: "count", job }));
  const stop = (): void => lanes.forEach((lane) => lane.stop());
  try {
    const dumps = Promise.all(lanes.map((lane) => lane.answer()));
    dumps.catch(stop); // and is thrown below
    const counter = await countParts(jobs[0]!, signal);
    for (const dump of await untilAborted(dumps, signal)) counter.add(dump);
    report();
    return counter;
  } finally {
    clearInterval(clock);
    stop();
  }
}
