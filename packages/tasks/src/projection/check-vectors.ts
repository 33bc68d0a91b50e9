import { checkSize, DataError, ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";

/**
 * Checks rows of numbers before they are compared or drawn.
 * @param name what they are called in a message, such as `"the source vectors"`.
 * @throws ShapeError (`XLM_SHAPE`) for data of another size than the shape, no rows or no columns; DataError (`XLM_DATA`) for NaN or infinity.
 */
export function checkVectors(name: string, { data, shape }: Vectors): void {
  checkSize(name, data, shape);
  const [n, dim] = shape;
  if (n === 0 || dim === 0) {
    throw new ShapeError({
      what: `${name} are [${shape.join(", ")}]`,
      why: "there is nothing to compare",
      fix: "pass at least one row of at least one number",
    });
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError({
      what: `${name} have ${data[bad]} in row ${Math.floor(bad / dim)}, column ${bad % dim}`,
      why: "it is neither near to anything nor far from it",
      fix: "leave such rows out, and look at what made them",
    });
  }
}
