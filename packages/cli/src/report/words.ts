import type { WordRow } from "./data.js";

/** The lookup table of a model with what its rows stand for. */
export interface EmbeddingTable {
  /** `[vocabSize]`. */
  readonly tokens: readonly string[];
  /** `[vocabSize, dim]`. */
  readonly matrix: Float32Array;
  readonly dim: number;
}

/** `[vocabSize]` occurrences of every word in the text of one language. */
export type TokenCounts = Float64Array;

export interface NeighbourOptions {
  /** Words of the first language to show at most. @default 30 */
  nWords?: number;
  /** The most frequent words of each language, among which neighbours are looked for. @default 600 */
  nCandidates?: number;
  /** @default 3 */
  nNeighbours?: number;
}

const LETTERS = /^[\p{L}\p{M}]{2,}$/u; // neither a number nor a mark

/** How often every subword stands in a text as a whole word: neither begun by the subword before it nor to be continued. */
export function countWords(ids: ArrayLike<number>, tokens: readonly string[]): TokenCounts {
  const goesOn = tokens.map((token) => token.endsWith("@@"));
  const counts = new Float64Array(tokens.length);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (!goesOn[id] && !(i > 0 && goesOn[ids[i - 1] as number])) counts[id]!++;
  }
  return counts;
}

/** Ids of the most frequent whole words that stand in `own` nine times in ten or more. */
export function frequentWords(
  tokens: readonly string[],
  own: TokenCounts,
  other: TokenCounts,
  most: number,
): Int32Array {
  const ownTotal = own.reduce((sum, n) => sum + n, 0) || 1;
  const otherTotal = other.reduce((sum, n) => sum + n, 0) || 1;
  const isOwn = (id: number): boolean => own[id]! / ownTotal > (9 * other[id]!) / otherTotal;
  const ids = [...tokens.keys()].filter((id) => own[id]! > 1 && isOwn(id) && LETTERS.test(tokens[id]!));
  return Int32Array.from(ids.sort((a, b) => own[b]! - own[a]! || a - b).slice(0, most));
}

/** Rows of the table without their mean, each of length 1: `[ids, dim]`. */
function centredRows({ matrix, dim }: EmbeddingTable, ids: Int32Array): Float64Array {
  const rows = new Float64Array(ids.length * dim);
  const mean = new Float64Array(dim);
  for (const id of ids) for (let d = 0; d < dim; d++) mean[d]! += matrix[id * dim + d]! / ids.length;
  for (const [i, id] of ids.entries()) {
    let square = 0;
    for (let d = 0; d < dim; d++) {
      const value = matrix[id * dim + d]! - mean[d]!;
      rows[i * dim + d] = value;
      square += value * value;
    }
    const length = Math.sqrt(square) || 1;
    for (let d = 0; d < dim; d++) rows[i * dim + d]! /= length;
  }
  return rows;
}

/**
 * Words of two languages that are each other's nearest, by the cosine of their rows in the lookup table (Lample & Conneau
 * 2019, §5.5), most frequent first, with the next nearest beside them.
 * Each language's mean is taken off first, since what a whole language has in common says nothing about a word; that both
 * have to be nearest keeps out the few words that are near to everything.
 * @param counts of the first and the second language, from `countWords`.
 */
export function nearestWords(
  table: EmbeddingTable,
  counts: readonly [TokenCounts, TokenCounts],
  options: NeighbourOptions = {},
): WordRow[] {
  const { nWords = 30, nCandidates = 600, nNeighbours = 3 } = options;
  const { tokens, dim } = table;
  const sources = frequentWords(tokens, counts[0], counts[1], nCandidates);
  const targets = frequentWords(tokens, counts[1], counts[0], nCandidates);
  const from = centredRows(table, sources);
  const to = centredRows(table, targets);
  const cosine = (i: number, j: number): number => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += from[i * dim + d]! * to[j * dim + d]!;
    return sum;
  };
  const best = new Float64Array(targets.length).fill(-Infinity); // of each target, over the sources
  const near = Array.from(sources, (_, i) =>
    Array.from(targets, (_, j) => {
      const value = cosine(i, j);
      best[j] = Math.max(best[j]!, value);
      return { j, cosine: value };
    }).sort((a, b) => b.cosine - a.cosine),
  );
  return near
    .map((found, i) => ({ id: sources[i]!, found: found.slice(0, nNeighbours) }))
    .filter(({ found: [first] }) => first !== undefined && first.cosine === best[first.j])
    .slice(0, nWords)
    .map(({ id, found }) => ({
      word: tokens[id]!,
      neighbours: found.map(({ j, cosine: value }) => ({ word: tokens[targets[j]!]!, cosine: value })),
    }));
}
