import { checkSize, ShapeError, type TokenBatch } from "@xlm/core";
import { encode, meanPool, type Transformer } from "@xlm/transformer";

/** Vectors row by row. */
export interface Vectors {
  /** `[n, dim]`. */
  readonly data: Float32Array;
  readonly shape: readonly [n: number, dim: number];
}

/**
 * One vector a sentence: the mean of its last hidden states.
 * @param batches of sentences with their languages; the rows of all, in order.
 */
export async function embedSentences(model: Transformer, batches: Iterable<TokenBatch>): Promise<Vectors> {
  const dim = model.config.embDim;
  const parts: Float32Array[] = [];
  for (const batch of batches) {
    const hidden = encode(model, batch);
    const pooled = meanPool(hidden, batch.lengths);
    hidden.dispose();
    parts.push(Float32Array.from(await pooled.data()));
    pooled.dispose();
  }
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, shape: [data.length / dim, dim] };
}

/** How often a sentence's nearest neighbour in the other language is its translation. */
export interface Retrieval {
  /** Share of rows of the first whose nearest row of the second is their own, 0 to 1. */
  readonly forward: number;
  /** The same from the second to the first. */
  readonly backward: number;
  /** What guessing would give: `1 / n`. */
  readonly chance: number;
}

export interface RetrievalOptions {
  /** Take each side's mean vector off first, so that what tells the languages apart does not tell the sentences apart. @default false */
  center?: boolean;
}

/**
 * Compares vectors of `n` sentences with those of their translations by cosine, all with all. Of equally near rows the first counts.
 * @param first, second `[n, dim]`; row `i` of each belong together.
 * @throws ShapeError (`XLM_SHAPE`) for shapes that differ, or no rows.
 */
export function retrievalAccuracy(first: Vectors, second: Vectors, options: RetrievalOptions = {}): Retrieval {
  const [n, dim] = first.shape;
  checkSize("the first vectors", first.data, first.shape);
  checkSize("the second vectors", second.data, second.shape);
  if (n === 0 || second.shape[0] !== n || second.shape[1] !== dim) {
    throw new ShapeError({
      what: `the vectors are [${first.shape.join(", ")}] and [${second.shape.join(", ")}]`,
      why: "row i of the one is the translation of row i of the other",
      fix: "pass both sides of the same sentence pairs, at least one",
    });
  }
  const a = unitRows(first, options.center ?? false);
  const b = unitRows(second, options.center ?? false);
  const best = { of: new Float64Array(n).fill(-Infinity), at: new Int32Array(n) }; // for each row of b, among those of a
  let forward = 0;
  for (let i = 0; i < n; i++) {
    let nearest = -Infinity;
    let nearestAt = 0;
    for (let j = 0; j < n; j++) {
      let cosine = 0;
      for (let k = 0; k < dim; k++) cosine += (a[i * dim + k] as number) * (b[j * dim + k] as number);
      if (cosine > nearest) {
        nearest = cosine;
        nearestAt = j;
      }
      if (cosine > (best.of[j] as number)) {
        best.of[j] = cosine;
        best.at[j] = i;
      }
    }
    if (nearestAt === i) forward++;
  }
  const backward = best.at.reduce((hits, i, j) => hits + (i === j ? 1 : 0), 0);
  return { forward: forward / n, backward: backward / n, chance: 1 / n };
}

/** Rows of length 1, in float64; a row of zeros stays. */
function unitRows({ data, shape: [n, dim] }: Vectors, center: boolean): Float64Array {
  const rows = Float64Array.from(data);
  if (center) {
    const mean = new Float64Array(dim);
    rows.forEach((value, at) => (mean[at % dim] = (mean[at % dim] as number) + value / n));
    rows.forEach((value, at) => (rows[at] = value - (mean[at % dim] as number)));
  }
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * dim, (i + 1) * dim);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    row.forEach((value, k) => (row[k] = value / length));
  }
  return rows;
}
