import { ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";

/** Words and their vectors, row by row. */
export interface WordVectors {
  /** `[n]`, each word once. */
  readonly words: readonly string[];
  /** `[n, dim]`. */
  readonly vectors: Vectors;
}

/** Rows of some words, in their order, all of them known. */
export function rowsOf({ words, vectors }: WordVectors, wanted: readonly string[]): Vectors {
  const at = placesOf(words);
  const dim = vectors.shape[1];
  const data = new Float32Array(wanted.length * dim);
  wanted.forEach((word, i) => {
    const row = at.get(word)!;
    data.set(vectors.data.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return { data, shape: [wanted.length, dim] };
}

/** The row of each word. */
export const placesOf = (words: readonly string[]): Map<string, number> => new Map(words.map((word, i) => [word, i]));

/** Rows of length 1, in float64; a row of zeros stays. */
export function unitRows({ data, shape: [n, dim] }: Vectors): Float64Array {
  const rows = Float64Array.from(data);
  for (let i = 0; i < n; i++) {
    const length = Math.sqrt(dot(rows, i, rows, i, dim)) || 1;
    for (let at = i * dim; at < (i + 1) * dim; at++) rows[at] = (rows[at] as number) / length;
  }
  return rows;
}

/** The product of row `i` of `a` with row `j` of `b`. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, dim: number): number {
  let sum = 0;
  for (let k = 0, p = i * dim, q = j * dim; k < dim; k++) sum += (a[p + k] as number) * (b[q + k] as number);
  return sum;
}

/** The products of row `i` of `a` with all rows of `b`, as many as `out` holds. */
export function dotsInto(out: Float64Array, a: Float64Array, i: number, b: Float64Array, dim: number): void {
  const row = a.subarray(i * dim, (i + 1) * dim);
  const last = out.length - (out.length % 4);
  for (let j = 0; j < last; j += 4) {
    // Four rows at once: each number of `row` is fetched once for them.
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0, at = j * dim; k < dim; k++, at++) {
      const x = row[k] as number;
      s0 += x * (b[at] as number);
      s1 += x * (b[at + dim] as number);
      s2 += x * (b[at + 2 * dim] as number);
      s3 += x * (b[at + 3 * dim] as number);
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
  }
  for (let j = last; j < out.length; j++) out[j] = dot(a, i, b, j, dim);
}

/** @throws ShapeError (`XLM_SHAPE`) for vectors of two widths. */
export function checkSameWidth(source: Vectors, target: Vectors): void {
  if (source.shape[1] === target.shape[1]) return;
  throw new ShapeError({
    what: `the source vectors are ${source.shape[1]} wide and the target vectors ${target.shape[1]}`,
    why: "vectors are compared number by number",
    fix: "take both from tables of the same width",
  });
}

/** @throws ShapeError (`XLM_SHAPE`) for more or fewer words than rows, or words that come twice. */
export function checkWordVectors(name: string, { words, vectors }: WordVectors): void {
  const distinct = new Set(words).size;
  if (words.length === vectors.shape[0] && distinct === words.length) return;
  throw new ShapeError({
    what: `${name} are ${words.length} words, ${distinct} of them different, and ${vectors.shape[0]} rows`,
    why: "every word has one row",
    fix: "name each word once, in the order of the rows",
  });
}
