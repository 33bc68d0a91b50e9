import { broken } from "./law.js";

export interface GradientOptions {
  /** Largest difference allowed, as a share of the derivative. @default 1e-6 */
  rtol?: number;
  /** Largest difference allowed on top. @default 1e-8 */
  atol?: number;
  /** Step of the differences, times `max(1, |x|)`. @default 6e-6, the cube root of the float64 epsilon */
  step?: number;
}

/**
 * Compares a gradient with central finite differences, component by component.
 * @param value the function of `x` `[n]`, in float64 throughout: float32 rounding drowns the differences.
 * @param gradient its gradient at `x`, `[n]`.
 * @throws Error that names the component that is furthest off.
 */
export function checkGradient(
  value: (x: Float64Array) => number,
  gradient: ArrayLike<number>,
  x: Float64Array,
  options: GradientOptions = {},
): void {
  const { rtol = 1e-6, atol = 1e-8, step = 6e-6 } = options;
  if (gradient.length !== x.length) broken(`the gradient has ${gradient.length} components and x has ${x.length}`);
  let worst = { excess: 1, text: "" };
  for (let i = 0; i < x.length; i++) {
    const at = x[i] as number;
    const shifted = x.slice();
    shifted[i] = at + step * Math.max(1, Math.abs(at));
    const right = shifted[i] as number;
    const above = value(shifted);
    shifted[i] = at - step * Math.max(1, Math.abs(at));
    const slope = (above - value(shifted)) / (right - (shifted[i] as number));
    const given = gradient[i] as number;
    const difference = Math.abs(given - slope);
    const allowed = atol + rtol * Math.abs(slope);
    if (difference <= allowed) continue;
    const excess = Number.isNaN(difference) ? Infinity : difference / allowed;
    if (excess > worst.excess) {
      worst = { excess, text: `component ${i} of the gradient is ${given} and the finite difference is ${slope}` };
    }
  }
  if (worst.text) broken(`${worst.text}, ${worst.excess.toPrecision(3)} times the tolerance`);
}
