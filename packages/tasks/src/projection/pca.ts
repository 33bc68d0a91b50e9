import { checkInt } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { checkVectors } from "./check-vectors.js";

/**
 * Principal components: the rows seen from where they spread most. No chance is involved. A direction may point either way; here its
 * largest component by magnitude is positive.
 * @param vectors `[n, dim]`; n from 1, left untouched.
 * @param dims from 1 to `dim`. Beyond the directions that `n` rows can spread in, coordinates are 0.
 * @returns `[n, dims]`, coordinates about the mean, widest first.
 * @throws OptionError (`XLM_OPTION`) for other `dims`; ShapeError (`XLM_SHAPE`) for no rows; DataError (`XLM_DATA`) for NaN or infinity.
 */
export function pca(vectors: Vectors, dims = 2): Vectors {
  checkVectors("the vectors", vectors);
  const [n, dim] = vectors.shape;
  checkInt("dims", dims, 1, dim);
  const rows = Matrix.from1DArray(n, dim, Array.from(vectors.data)).center("column");
  const directions = principalDirections(rows, Math.min(dims, n, dim));
  const projected = rows.mmul(directions);
  const data = new Float32Array(n * dims);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < directions.columns; d++) data[i * dims + d] = projected.get(i, d);
  }
  return { data, shape: [n, dims] };
}

/** `[dim, count]` unit columns; a column of zeros where the rows spread no more. */
function principalDirections(rows: Matrix, count: number): Matrix {
  const wide = rows.columns > rows.rows; // then the products of rows are the smaller matrix, with the same eigenvalues
  const products = wide ? rows.mmul(rows.transpose()) : rows.transpose().mmul(rows);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(products, { assumeSymmetric: true });
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const most = realEigenvalues[order[0]!]!;
  const directions = Matrix.zeros(rows.columns, count);
  for (let d = 0; d < count; d++) {
    if (!(realEigenvalues[order[d]!]! > most * 1e-12)) break; // what is left is rounding
    const vector = eigenvectorMatrix.getColumnVector(order[d]!);
    const found = (wide ? rows.transpose().mmul(vector) : vector).to1DArray();
    const peak = found.reduce((at, value, i) => (Math.abs(value) > Math.abs(found[at]!) ? i : at), 0);
    const length = Math.sign(found[peak]!) * Math.hypot(...found);
    directions.setColumn(
      d,
      found.map((value) => value / length),
    );
  }
  return directions;
}
