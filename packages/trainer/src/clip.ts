import { OptionError } from "@xlm/core";
import type { Reals } from "./rules.js";

/** The Euclidean length of all arrays together, added up in float64. */
export function gradientNorm(gradients: Iterable<Reals>): number {
  let sum = 0;
  for (const gradient of gradients) for (const g of gradient) sum += g * g;
  return Math.sqrt(sum);
}

/**
 * What gradients of length `norm` are multiplied by so that it is at most `maxNorm`: `maxNorm / (norm + 1e-6)`, at most 1.
 * @param maxNorm above 0; 0 means that nothing is clipped (the original's `--clip_grad_norm`, default 5).
 */
export function clipFactor(norm: number, maxNorm: number): number {
  if (!(maxNorm >= 0)) {
    throw new OptionError({
      what: `maxNorm is ${maxNorm}`,
      why: "gradients are scaled down to at most this length",
      fix: "use a number above 0, or 0 for no clipping",
    });
  }
  return maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}

/**
 * Scales all gradients by one factor so that together they are at most `maxNorm` long (PyTorch's `clip_grad_norm_`).
 * @returns new arrays of the same types, and the length they had before.
 */
export function clipGradients<G extends Readonly<Record<string, Reals>>>(
  gradients: G,
  maxNorm: number,
): { gradients: G; norm: number } {
  const norm = gradientNorm(Object.values(gradients));
  const factor = clipFactor(norm, maxNorm);
  const scaled = Object.entries(gradients).map(([name, gradient]) => [name, gradient.map((g) => g * factor)]);
  return { gradients: Object.fromEntries(scaled) as G, norm };
}
