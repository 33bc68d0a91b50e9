import { checkInt, ShapeError } from "@xlm/core";
import { countSentences, type Corpus } from "./corpus.js";

/** As many corpora as went in. */
export type Sides<T extends readonly Corpus[]> = { [K in keyof T]: Corpus };

export interface KeepOptions {
  /** Fewest words of a sentence. @default 1 */
  minLen?: number;
  /** Most words of a sentence, sentence marks not counted (original: `--max_len`). @default no limit */
  maxLen?: number;
}

/**
 * Keeps the sentences of a fitting length: of parallel corpora, the pairs of which every side fits (original:
 * `remove_empty_sentences`, `remove_long_sentences`). The ids stay where they are; only positions go.
 * @param sides one corpus, or two whose sentences `i` are translations of each other.
 * @throws ShapeError (`XLM_SHAPE`) when the sides have different numbers of sentences; OptionError (`XLM_OPTION`) for a
 *   `maxLen` below `minLen`.
 */
export function keepSentences<const T extends readonly Corpus[]>(sides: T, options: KeepOptions = {}): Sides<T> {
  const { minLen = 1, maxLen = Infinity } = options;
  checkInt("minLen", minLen, 0);
  if (maxLen !== Infinity) checkInt("maxLen", maxLen, minLen);
  const n = countAligned(sides);
  const kept: number[] = [];
  for (let i = 0; i < n; i++) {
    if (
      sides.every(({ positions }) => {
        const length = (positions[2 * i + 1] as number) - (positions[2 * i] as number);
        return length >= minLen && length <= maxLen;
      })
    ) {
      kept.push(i);
    }
  }
  return sides.map(({ ids, positions }) => ({
    ids,
    positions: Int32Array.from(
      { length: 2 * kept.length },
      (_, j) => positions[2 * (kept[j >> 1] as number) + (j & 1)] as number,
    ),
  })) as Sides<T>;
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
    const first = positions[2 * from] as number;
    const last = positions[2 * to - 1] as number;
    return {
      ids: ids.subarray(first, last + 1),
      positions: positions.slice(2 * from, 2 * to).map((position) => position - first),
    };
  }) as Sides<T>;
}

/**
 * Tokens that each sentence, or pair, takes in a batch: its words and two sentence marks a side.
 * @returns `[sentences]`.
 * @throws ShapeError (`XLM_SHAPE`) for sides of different sizes.
 */
export function sentenceLengths(sides: readonly Corpus[]): Int32Array {
  const lengths = new Int32Array(countAligned(sides));
  for (const { positions } of sides) {
    for (let i = 0; i < lengths.length; i++) {
      lengths[i] = (lengths[i] as number) + (positions[2 * i + 1] as number) - (positions[2 * i] as number) + 2;
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
