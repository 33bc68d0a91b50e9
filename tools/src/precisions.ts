// The precisions of backend-cuda, and how far from float64 each may be.
import type { Precision } from "@xlm/backend-cuda";
import type { Tolerance } from "@xlm/kernels/conformance";

/**
 * Six standard deviations of a sum of 160 products, the longest of the laws, of numbers of about 1 whose operands are rounded to
 * `bits` of mantissa: uniform errors of half a unit on either side.
 */
const ofProducts = (bits: number): Tolerance => {
  const error = 6 * Math.sqrt(160) * Math.sqrt(2 / 3) * 2 ** -(bits + 1);
  return { rtol: error, atol: error };
};

/** The same of float32: 160 roundings of sums that have grown to the root of 160. */
const ofSums: Tolerance = { rtol: 1e-5, atol: (6 * 160 * 2 ** -24) / Math.sqrt(3) };

/** `bits` of mantissa that operands of products keep. */
export const PRECISIONS: readonly { precision: Precision; bits: number; tolerance: Tolerance }[] = [
  { precision: "fp32", bits: 23, tolerance: ofSums },
  { precision: "tf32", bits: 10, tolerance: ofProducts(10) },
  { precision: "bf16", bits: 7, tolerance: ofProducts(7) },
];
