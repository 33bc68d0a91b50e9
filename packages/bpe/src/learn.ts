import { OptionError, checkInt } from "@xlm/core";
import type { BpeCodes, Merge } from "./codes.js";
import type { WordCounter, WordCounts } from "./count.js";
import { type EngineName, selectEngine } from "./engine.js";
import { libstdcxxGrowth } from "./js/hash-order.js";
import { learnInJs } from "./js/learn.js";
import type { LearnPlan, LearnedPairs } from "./learn-plan.js";
import { wordSource } from "./learn-source.js";
import { kernelModule } from "./wasm/kernel.js";
import { learnInWasm } from "./wasm/learn.js";

export interface LearnOptions {
  /**
   * Initial symbols (characters, and characters with `</w>`) in the order of their ids, which decides ties.
   * @default the order of their bytes
   */
  initialTokens?: readonly string[];
  /**
   * `"fastbpe"` writes what fastBPE compiled with GCC writes, byte for byte: symbols are numbered in the order of its
   * hash map (unless `initialTokens` gives one), merges may produce a symbol that another merge produces already, and
   * when nothing is left to merge one line with count 0 is repeated until there are `nMerges`.
   */
  compat?: "fastbpe";
  /**
   * The numbers of buckets that fastBPE's hash map grows through, for another C++ library: rising, the last one at
   * least the number of words. The map grows when words outnumber buckets. For `compat` without `initialTokens`.
   * @default those of GCC's libstdc++, version 9 or later
   */
  growth?: readonly number[];
  /** Called after each merge with the number done so far. */
  onMerge?: (done: number) => void;
  /** Who learns. @default "wasm" where WebAssembly has SIMD, otherwise "js" */
  engine?: EngineName;
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
 * @param words Counts from `countWords`, or a counter, from which millions of words are taken without making strings.
 * @param nMerges Merges to learn, 0 or more.
 * @throws OptionError for `nMerges`, `compat`, `growth`, `engine` or repeated `initialTokens`; DataError for no words,
 *   odd ones or counts that are too large; MismatchError for a symbol that `initialTokens` does not list; MemoryError if
 *   the words outgrow the 4 GB of a WebAssembly memory (about 12 bytes a character of all distinct words).
 */
export function learnBpe(words: WordCounts | WordCounter, nMerges: number, options: LearnOptions = {}): LearnedCodes {
  const { initialTokens, compat, growth = libstdcxxGrowth, onMerge } = options;
  checkInt("nMerges", nMerges, 0);
  checkOptions(options);
  const { name } = selectEngine(options.engine);
  const source = wordSource(words);
  checkGrowth(growth, source.words);
  const order = initialTokens ?? (compat === "fastbpe" ? "fastbpe" : "bytes");
  const plan: LearnPlan = { nMerges, order, growth, once: compat === undefined, onMerge };
  const learned = name === "wasm" ? learnInWasm(kernelModule()!, source, plan) : learnInJs(source, plan);
  return toCodes(learned, nMerges, compat === "fastbpe");
}

function toCodes({ tokens, left, right, counts, spent }: LearnedPairs, nMerges: number, repeat: boolean): LearnedCodes {
  // Symbols begin and end between characters, so their texts can be joined as their bytes are.
  const names = [...tokens];
  const merges: Merge[] = [];
  for (const [i, count] of counts.entries()) {
    const merge = { left: names[left[i]!]!, right: names[right[i]!]!, count };
    names.push(merge.left + merge.right);
    merges.push(merge);
  }
  const exhausted = merges.length < nMerges;
  if (exhausted && repeat) {
    const [a, b] = spent ?? [0, 0];
    const line = { left: names[a]!, right: names[b]!, count: 0 };
    while (merges.length < nMerges) merges.push(line);
  }
  return { merges, exhausted };
}

function checkOptions({ initialTokens, compat, growth }: LearnOptions): void {
  if (compat !== undefined && compat !== "fastbpe") {
    throw new OptionError({
      what: `compat is ${JSON.stringify(compat)}`,
      why: "one other program is imitated",
      fix: 'use "fastbpe" or leave it out',
    });
  }
  if (growth !== undefined && (compat === undefined || initialTokens !== undefined)) {
    throw new OptionError({
      what: "growth is given, but the order of the initial symbols does not come from a hash map",
      why: 'it says how the map of compat: "fastbpe" grows, and initialTokens takes that order\'s place',
      fix: "leave growth out",
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

function checkGrowth(growth: readonly number[], nWords: number): void {
  for (const [i, buckets] of growth.entries()) checkInt(`growth[${i}]`, buckets, (growth[i - 1] ?? 0) + 1, 2 ** 32 - 1);
  const last = growth.at(-1) ?? 0;
  if (last < nWords) {
    throw new OptionError({
      what: `growth ends at ${last}, and there are ${nWords} words`,
      why: "the map grows whenever words outnumber its buckets",
      fix: "list larger numbers too",
    });
  }
}
