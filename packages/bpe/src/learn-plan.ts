/** How the symbols that merging starts from are numbered, which decides between equally frequent pairs. */
export type SymbolOrder = "bytes" | "fastbpe" | readonly string[];

/** What is to be learned, all checked. */
export interface LearnPlan {
  nMerges: number;
  order: SymbolOrder;
  /** Numbers of buckets of fastBPE's hash map; the last is not below the number of words. */
  growth: readonly number[];
  /** Whether a pair is passed over if an earlier merge makes the same string. */
  once: boolean;
  onMerge: ((done: number) => void) | undefined;
}

/** Merges as numbers: the initial symbols have the first ids, in their order, and each merge makes the next one. */
export interface LearnedPairs {
  /** Initial symbols as text. */
  tokens: string[];
  /** `[merges]` ids. */
  left: Uint32Array;
  /** `[merges]` ids. */
  right: Uint32Array;
  /** `[merges]` how often the pair occurred. */
  counts: Float64Array;
  /** The smallest pair of ids that has come down to 0 occurrences, once no pair is left. */
  spent: readonly [number, number] | undefined;
}
