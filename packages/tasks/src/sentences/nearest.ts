import { ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { checkVectors } from "../projection/check-vectors.js";

/** For each row, the rows of the other side that are nearest, nearest first. */
export interface Neighbours {
  /** `[n, k]` row numbers of the other side. */
  readonly indices: Int32Array;
  /** `[n, k]` descending. */
  readonly scores: Float64Array;
  readonly shape: readonly [n: number, k: number];
}

const TILE = 64; // rows of each side that are compared at a time: what they need stays in the cache

/**
 * The `k` nearest rows by cosine, both ways in one pass over all pairs. Exact; what it holds grows with the number of rows, not of pairs. Of
 * equally near rows the first counts; a row of zeros has cosine 0 with all.
 * @param source `[n, dim]`. @param target `[m, dim]`.
 * @param k neighbours; with fewer rows on the other side, all of them.
 * @param center takes each side's mean vector off first.
 * @returns `forward` `[n, k]` rows of the target, `backward` `[m, k]` rows of the source.
 * @throws ShapeError (`XLM_SHAPE`) for rows of different lengths, or none; DataError (`XLM_DATA`) for NaN or infinity.
 */
export function nearestRows(
  source: Vectors,
  target: Vectors,
  k: number,
  center: boolean,
): { forward: Neighbours; backward: Neighbours } {
  checkSides(source, target);
  const [n, dim] = source.shape;
  const [m] = target.shape;
  const forward = noNeighbours(n, Math.min(k, m));
  const backward = noNeighbours(m, Math.min(k, n));
  const [fillSource, fillTarget] = [unitRows(source, center), unitRows(target, center)];
  const a = new Float64Array(TILE * dim);
  const b = new Float64Array(TILE * dim);
  const cosines = new Float64Array(TILE * TILE);
  for (let i = 0; i < n; i += TILE) {
    fillSource(a, i);
    const rows = Math.min(TILE, n - i);
    for (let j = 0; j < m; j += TILE) {
      fillTarget(b, j);
      const columns = Math.min(TILE, m - j);
      productsInto(cosines, a, b, dim, rows, columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const cosine = cosines[row * TILE + column] as number;
          offer(forward, i + row, j + column, cosine);
          offer(backward, j + column, i + row, cosine);
        }
      }
    }
  }
  return { forward, backward };
}

/** @throws ShapeError (`XLM_SHAPE`) for rows of different lengths, or none; DataError (`XLM_DATA`) for NaN or infinity. */
export function checkSides(source: Vectors, target: Vectors): void {
  checkVectors("the source vectors", source);
  checkVectors("the target vectors", target);
  if (source.shape[1] === target.shape[1]) return;
  throw new ShapeError({
    what: `the source vectors are [${source.shape.join(", ")}] and the target vectors [${target.shape.join(", ")}]`,
    why: "rows are compared number by number",
    fix: "embed both sides with one model",
  });
}

const noNeighbours = (n: number, k: number): Neighbours => ({
  indices: new Int32Array(n * k),
  scores: new Float64Array(n * k).fill(-Infinity),
  shape: [n, k],
});

/** Takes a row in if it is nearer than the last of the `k` nearest so far. */
function offer({ indices, scores, shape: [, k] }: Neighbours, row: number, candidate: number, score: number): void {
  const first = row * k;
  let at = first + k - 1;
  if (score <= (scores[at] as number)) return;
  for (; at > first && (scores[at - 1] as number) < score; at--) {
    scores[at] = scores[at - 1] as number;
    indices[at] = indices[at - 1] as number;
  }
  scores[at] = score;
  indices[at] = candidate;
}

/** Fills a tile with rows from `from` on, each of length 1, in float64; a row of zeros stays. */
function unitRows({ data, shape: [n, dim] }: Vectors, center: boolean): (tile: Float64Array, from: number) => void {
  const mean = new Float64Array(dim);
  if (center) data.forEach((value, at) => (mean[at % dim] = (mean[at % dim] as number) + value / n));
  const scales = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    let squares = 0;
    for (let c = 0; c < dim; c++) squares += ((data[row * dim + c] as number) - (mean[c] as number)) ** 2;
    scales[row] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
  return (tile, from) => {
    const rows = Math.min(TILE, n - from);
    for (let row = 0; row < rows; row++) {
      const scale = scales[from + row] as number;
      const start = (from + row) * dim;
      for (let c = 0; c < dim; c++) tile[row * dim + c] = ((data[start + c] as number) - (mean[c] as number)) * scale;
    }
  };
}

/**
 * Products of all rows of two tiles, in blocks of 2 by 4 that fit into registers; a block may reach over the last row, into what nobody reads.
 * Each is summed in the same order, wherever it stands.
 */
function productsInto(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  dim: number,
  rows: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i += 2) {
    const a0 = i * dim;
    const a1 = a0 + dim;
    for (let j = 0; j < columns; j += 4) {
      const b0 = j * dim;
      const b1 = b0 + dim;
      const b2 = b1 + dim;
      const b3 = b2 + dim;
      let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let c = 0; c < dim; c++) {
        const x0 = a[a0 + c] as number;
        const x1 = a[a1 + c] as number;
        const y0 = b[b0 + c] as number;
        const y1 = b[b1 + c] as number;
        const y2 = b[b2 + c] as number;
        const y3 = b[b3 + c] as number;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
      }
      const at = i * TILE + j;
      out[at] = s00;
      out[at + 1] = s01;
      out[at + 2] = s02;
      out[at + 3] = s03;
      out[at + TILE] = s10;
      out[at + TILE + 1] = s11;
      out[at + TILE + 2] = s12;
      out[at + TILE + 3] = s13;
    }
  }
}
