import { OptionError, checkInt } from "@xlm/core";
import { binaryToText } from "./bytes.js";
import type { BpeCodes, Merge } from "./codes.js";
import type { WordCounts } from "./count.js";
import { symbolCorpus } from "./learn-corpus.js";
import { indexPairs } from "./learn-pairs.js";

export interface LearnOptions {
  /**
   * Initial symbols (characters, and characters with `</w>`) in the order of their ids, which decides ties.
   * @default the order of their bytes
   */
  initialTokens?: readonly string[];
  /**
   * `"fastbpe"` writes what fastBPE compiled with GCC writes, byte for byte: symbols are numbered in the order of its hash
   * map (unless `initialTokens` gives one), merges may produce a symbol that another merge produces already, and
   * when nothing is left to merge one line with count 0 is repeated until there are `nMerges`.
   */
  compat?: "fastbpe";
  /** Called after each merge with the number done so far. */
  onMerge?: (done: number) => void;
}

export interface LearnedCodes extends BpeCodes {
  /** True if fewer than `nMerges` merges were there to be learned. */
  readonly exhausted: boolean;
}

/**
 * Learns BPE merges (Sennrich et al. 2016; Lample & Conneau 2019, §3.1; fastBPE `learnbpe`): again and again, the most
 * frequent pair of neighbouring symbols becomes one symbol. Overlapping pairs all count (`aaaa` has `a a` three times).
 *
 * Ties go to the smallest left id, then the smallest right id. Ids are those of the initial symbols in the order of
 * their bytes, followed by merged symbols in the order they were made, so the result depends on the counts alone.
 *
 * `Differs:` from fastBPE, unless `compat` is `"fastbpe"`: the order of initial symbols; the learner stops when no pair
 * is left (`exhausted`); a merge whose result exists already is passed over (it takes a text with a literal `</w>`), as
 * no program could apply such codes. Always: counts do not wrap around at 2^31.
 * @param words Counts from `countWords`.
 * @param nMerges Merges to learn, 0 or more.
 * @throws OptionError for `nMerges`, `compat` or repeated `initialTokens`; DataError for no words or odd ones;
 *   MismatchError for a symbol that `initialTokens` does not list.
 */
export function learnBpe(words: WordCounts, nMerges: number, options: LearnOptions = {}): LearnedCodes {
  const { initialTokens, compat, onMerge } = options;
  checkInt("nMerges", nMerges, 0);
  checkOptions(options);
  const corpus = symbolCorpus(words, initialTokens ?? (compat === "fastbpe" ? "fastbpe" : "bytes"));
  const { names } = corpus;
  const pairs = indexPairs(corpus);
  const made = new Set<string>();
  const merges: Merge[] = [];
  const describe = (left: number, right: number, count: number): Merge => ({
    left: binaryToText(names[left]!),
    right: binaryToText(names[right]!),
    count,
  });

  while (merges.length < nMerges) {
    const pair = pairs.takeBest();
    if (pair < 0) break;
    const name = names[pairs.left(pair)]! + names[pairs.right(pair)]!;
    if (compat !== "fastbpe" && made.has(name)) continue;
    made.add(name);
    merges.push(describe(pairs.left(pair), pairs.right(pair), pairs.count(pair)));
    pairs.merge(pair, names.push(name) - 1);
    onMerge?.(merges.length);
  }

  const exhausted = merges.length < nMerges;
  if (exhausted && compat === "fastbpe") {
    const spent = pairs.smallestSpent();
    const line = spent < 0 ? describe(0, 0, 0) : describe(pairs.left(spent), pairs.right(spent), 0);
    while (merges.length < nMerges) merges.push(line);
  }
  return { merges, exhausted };
}

function checkOptions({ initialTokens, compat }: LearnOptions): void {
  if (compat !== undefined && compat !== "fastbpe") {
    throw new OptionError({
      what: `compat is ${JSON.stringify(compat)}`,
      why: "one other program is imitated",
      fix: 'use "fastbpe" or leave it out',
    });
  }
  const seen = new Set<string>();
  for (const token of initialTokens ?? []) {
    if (seen.has(token)) {
      throw new OptionError({
        what: `initialTokens lists ${JSON.stringify(token)} twice`,
        why: "its place in the list is its id",
        fix: "list each symbol once",
      });
    }
    seen.add(token);
  }
}
