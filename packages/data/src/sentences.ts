import { checkInt, ShapeError } from "@xlm/core";
import { countSentences, type Corpus, type SameKind } from "./corpus.js";
import { blocks, mapped, part } from "./slices.js";

/** As many corpora as went in. */
export type Sides<T extends readonly Corpus[]> = { [K in keyof T]: SameKind<T[K]> };

export interface KeepOptions {
  /** Fewest words of a sentence. @default 1 */
  minLen?: number;
  /** Most words of a sentence, sentence marks not counted (original: `--max_len`). @default no limit */
  maxLen?: number;
}

/**
 * Keeps the sentences of a fitting length: of parallel corpora, the pairs of which every side fits (original:
 * `remove_empty_sentences`, `remove_long_sentences`). The ids stay where they are; only positions go, and those that stay are
 * held in memory.
 * @param sides one corpus, or two whose sentences `i` are translations of each other.
 * @throws ShapeError (`XLM_SHAPE`) when the sides have different numbers of sentences; OptionError (`XLM_OPTION`) for a
 *   `maxLen` below `minLen`.
 */
export function keepSentences<const T extends readonly Corpus[]>(sides: T, options: KeepOptions = {}): Sides<T> {
  const { minLen = 1, maxLen = Infinity } = options;
  checkInt("minLen", minLen, 0);
  if (maxLen !== Infinity) checkInt("maxLen", maxLen, minLen);
  const fits = new Uint8Array(countAligned(sides)).fill(1);
  for (const { positions } of sides) {
    for (const [at, block] of blocks(positions)) {
      for (let i = 0; i < block.length; i += 2) {
        const length = (block[i + 1] as number) - (block[i] as number);
        if (length < minLen || length > maxLen) fits[(at + i) / 2] = 0;
      }
    }
  }
  const kept = fits.reduce((sum, fit) => sum + fit, 0);
  if (kept === fits.length) return [...sides] as unknown as Sides<T>;
  return sides.map(({ ids, positions }) => {
    const Positions = positions.subarray(0, 0).constructor as typeof Int32Array;
    const some = new Positions(2 * kept);
    let n = 0;
    for (const [at, block] of blocks(positions)) {
      for (let i = 0; i < block.length; i += 2) {
        if (fits[(at + i) / 2] === 0) continue;
        some[n++] = block[i] as number;
        some[n++] = block[i + 1] as number;
      }
    }
    return { ids, positions: some };
  }) as unknown as Sides<T>;
}

/**
 * Sentences `from..to-1` of each side, with positions counted from the first (original: `select_data`).
 * @throws OptionError (`XLM_OPTION`) unless `0 <= from < to <= sentences`; ShapeError (`XLM_SHAPE`) for sides of different sizes.
 */
export function selectSentences<const T extends readonly Corpus[]>(sides: T, from: number, to: number): Sides<T> {
  const n = countAligned(sides);
  checkInt("from", from, 0, n - 1);
  checkInt("to", to, from + 1, n);
  return sides.map(({ ids, positions }) => {
    const first = positions.subarray(2 * from, 2 * from + 1)[0] as number;
    const last = positions.subarray(2 * to - 1, 2 * to)[0] as number;
    return {
      ids: part(ids, first, last + 1),
      positions: mapped(part(positions, 2 * from, 2 * to), (block) => block.map((position) => position - first)),
    };
  }) as unknown as Sides<T>;
}

/**
 * Tokens that each sentence, or pair, takes in a batch: its words and two sentence marks a side.
 * @returns `[sentences]`.
 * @throws ShapeError (`XLM_SHAPE`) for sides of different sizes.
 */
export function sentenceLengths(sides: readonly Corpus[]): Int32Array {
  const lengths = new Int32Array(countAligned(sides));
  for (const { positions } of sides) {
    for (const [at, block] of blocks(positions)) {
      for (let i = 0; i < block.length; i += 2) {
        const sentence = (at + i) / 2;
        lengths[sentence] = (lengths[sentence] as number) + (block[i + 1] as number) - (block[i] as number) + 2;
      }
    }
  }
  return lengths;
}

function countAligned(sides: readonly Corpus[]): number {
  const [n = 0, ...others] = sides.map(countSentences);
  const odd = others.find((other) => other !== n);
  if (odd === undefined) return n;
  throw new ShapeError({
    what: `one side has ${n} sentences and the other ${odd}`,
    why: "sentence i of each side is a translation of the other",
    fix: "index two texts with the same number of lines; checkParallel names the files",
  });
}
