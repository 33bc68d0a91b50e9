import { binaryToText } from "../bytes.js";
import { symbolCorpus } from "./learn-corpus.js";
import { indexPairs } from "./learn-pairs.js";
import type { LearnPlan, LearnedPairs } from "../learn-plan.js";
import type { WordSource } from "../learn-source.js";

/** Learns in plain TypeScript. @throws See `symbolCorpus`. */
export function learnInJs(source: WordSource, plan: LearnPlan): LearnedPairs {
  const { nMerges, once, onMerge } = plan;
  const corpus = symbolCorpus(source, plan);
  const { names } = corpus;
  const tokens = names.map(binaryToText);
  const pairs = indexPairs(corpus);
  const made = new Set<string>();
  const left: number[] = [];
  const right: number[] = [];
  const counts: number[] = [];

  while (counts.length < nMerges) {
    const pair = pairs.takeBest();
    if (pair < 0) break;
    const name = names[pairs.left(pair)]! + names[pairs.right(pair)]!;
    if (once && made.has(name)) continue;
    made.add(name);
    left.push(pairs.left(pair));
    right.push(pairs.right(pair));
    counts.push(pairs.count(pair));
    pairs.merge(pair, names.push(name) - 1);
    onMerge?.(counts.length);
  }
  const spent = counts.length < nMerges ? pairs.smallestSpent() : -1;
  return {
    tokens,
    left: Uint32Array.from(left),
    right: Uint32Array.from(right),
    counts: Float64Array.from(counts),
    spent: spent < 0 ? undefined : [pairs.left(spent), pairs.right(spent)],
  };
}
