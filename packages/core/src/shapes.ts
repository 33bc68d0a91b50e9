import { OptionError, ShapeError } from "./errors.js";
import type { TokenBatch } from "./types.js";

/** Number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** @throws ShapeError when `array` does not hold exactly the elements of `shape`. */
export function checkSize(name: string, array: ArrayLike<unknown>, shape: readonly number[]): void {
  if (array.length !== sizeOf(shape)) {
    throw new ShapeError({
      what: `${name} has ${array.length} elements and its shape is [${shape.join(", ")}]`,
      why: `that shape holds ${sizeOf(shape)} elements`,
      fix: `pass an array of ${sizeOf(shape)} elements, or correct the shape`,
    });
  }
}

/**
 * Checks that the arrays of a batch belong together.
 * @throws ShapeError (`XLM_SHAPE`) naming the array and the sizes.
 */
export function checkBatch(batch: TokenBatch): void {
  const [rows, seq] = batch.shape;
  checkSize("ids", batch.ids, batch.shape);
  checkSize("lengths", batch.lengths, [rows]);
  if (batch.positions) checkSize("positions", batch.positions, batch.shape);
  if (batch.langs) checkSize("langs", batch.langs, batch.shape);
  for (let row = 0; row < rows; row++) {
    const length = batch.lengths[row] as number;
    if (length < 0 || length > seq) {
      throw new ShapeError({
        what: `row ${row} has length ${length} and the batch is ${seq} tokens wide`,
        why: "a length counts the tokens of its row before the padding",
        fix: `use lengths from 0 to ${seq}`,
      });
    }
  }
}

/** @throws OptionError unless `value` is a whole number in `[least, most]`. */
export function checkInt(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new OptionError({
      what: `${name} is ${value}`,
      why: `it must be a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`,
      fix: `give ${name} such a value`,
    });
  }
}

/** @throws OptionError unless `value` is a probability. */
export function checkProb(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new OptionError({ what: `${name} is ${value}`, why: "it is a probability", fix: "use a number from 0 to 1" });
  }
}

/**
 * Checks that shares are probabilities adding up to 1 within rounding, so `0.7, 0.2, 0.1` passes.
 * `Differs:` the original compares the sum with 1 exactly and refuses that triple.
 */
export function checkShares(name: string, shares: readonly number[]): void {
  for (const share of shares) checkProb(`each of ${name}`, share);
  const sum = shares.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) > 1e-6) {
    throw new OptionError({
      what: `${name} is ${shares.join(", ")}, which adds up to ${Number(sum.toPrecision(12))}`,
      why: "these are the shares of a whole",
      fix: "choose shares that add up to 1",
    });
  }
}
