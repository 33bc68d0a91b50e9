import { checkSize, ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { checkVectors } from "../projection/check-vectors.js";
import { checkSameWidth, checkWordVectors, rowsOf, type WordVectors } from "./rows.js";
import { knownPairs, type WordPair } from "./pairs.js";

export interface AlignOptions {
  /** Whether every pair weighs the same, however long its vectors are. The rows that are mapped keep their length. @default true */
  readonly normalize?: boolean;
  /** Whether the means of both sides are laid on each other too. @default false */
  readonly center?: boolean;
}

/** A rotation, perhaps a reflection, from one space of words into another. */
export interface Alignment {
  /** `[dim, dim]`, orthogonal: a source vector `x` becomes `map x`. */
  readonly map: Vectors;
  /** Pairs it was learnt from. */
  readonly pairs: number;
  /** Source vectors `[n, dim]` in the target's space. @throws ShapeError (`XLM_SHAPE`) for another width. */
  apply(vectors: Vectors): Vectors;
}

/**
 * Aligns two spaces of words on a dictionary by orthogonal Procrustes: of all rotations `W` the one that brings the source words nearest to
 * their translations, `W = U Vᵀ` with `U S Vᵀ = Yᵀ X` (Smith et al. 2017; Conneau et al. 2017, §2.1).
 * @param source, target vectors of the same width.
 * @param pairs translations; those with a word that has no vector are left out. With fewer pairs than columns the map is one of many.
 * @throws DataError (`XLM_DATA`) when no pair is left, or for NaN or infinity; ShapeError (`XLM_SHAPE`) for two widths.
 */
export function alignWords(
  source: WordVectors,
  target: WordVectors,
  pairs: readonly WordPair[],
  options: AlignOptions = {},
): Alignment {
  const { normalize = true, center = false } = options;
  checkWordVectors("the source vectors", source);
  checkWordVectors("the target vectors", target);
  checkSameWidth(source.vectors, target.vectors);
  const known = knownPairs(source, target, pairs);
  const [x, y] = [
    rowsOf(
      source,
      known.map(([word]) => word),
    ),
    rowsOf(
      target,
      known.map(([, word]) => word),
    ),
  ];
  checkVectors("the source vectors", x);
  checkVectors("the target vectors", y);
  const dim = x.shape[1];
  const from = center ? columnMeans(x) : new Float64Array(dim);
  const to = center ? columnMeans(y) : new Float64Array(dim);
  const products = prepared(y, to, normalize)
    .transpose()
    .mmul(prepared(x, from, normalize)); // [dim, dim]
  const { leftSingularVectors, rightSingularVectors } = new SingularValueDecomposition(products);
  const map = leftSingularVectors.mmul(rightSingularVectors.transpose());
  return {
    map: { data: Float32Array.from(map.to1DArray()), shape: [dim, dim] },
    pairs: known.length,
    apply: (vectors) => {
      checkSize("the vectors", vectors.data, vectors.shape);
      const [n, width] = vectors.shape;
      if (width !== dim) {
        throw new ShapeError({
          what: `the vectors are ${width} wide and the map is [${dim}, ${dim}]`,
          why: "it turns vectors of its own width",
          fix: "pass vectors of the table that the map was learnt from",
        });
      }
      const turned = matrixOf(vectors).subRowVector(from).mmul(map.transpose()).addRowVector(to);
      return { data: Float32Array.from(turned.to1DArray()), shape: [n, dim] };
    },
  };
}

const matrixOf = ({ data, shape: [n, dim] }: Vectors): Matrix => Matrix.from1DArray(n, dim, Array.from(data));

const columnMeans = (vectors: Vectors): Float64Array => Float64Array.from(matrixOf(vectors).mean("column"));

function prepared(vectors: Vectors, mean: Float64Array, normalize: boolean): Matrix {
  const rows = matrixOf(vectors).subRowVector(mean);
  if (!normalize) return rows;
  return rows.mulColumnVector(rows.to2DArray().map((row) => 1 / (Math.hypot(...row) || 1)));
}
