import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal } from "@xlm/core";
import { checkGradient } from "@xlm/testing";
import { expect } from "vitest";
import { lossGradients, type Trainable } from "../src/index.js";

/**
 * Moves every parameter a little and compares the change of the loss with the gradient; a parameter without one must change nothing. Half
 * of the direction is the gradient's own, so that the slope is not small, half is random, so that a gradient that is too short or
 * has a hole shows.
 *
 * A loss near 3 is rounded by a few 1e-7 in float32 and the quotient by a few 1e-7 / step = 1e-4; the curvature adds a multiple of step^2.
 */
export function checkGradients(model: Trainable, lossOf: () => tf.Scalar): void {
  const { loss, grads } = lossGradients(model, lossOf);
  const rng = createRng(13);
  for (const [name, variable] of Object.entries(model.params).filter(([, { trainable }]) => trainable)) {
    const grad = (grads[name]?.dataSync() as Float32Array | undefined) ?? new Float32Array(variable.size);
    const random = new Float32Array(variable.size);
    fillNormal(rng, random);
    const away = unit(random);
    const direction = unit(unit(grad).map((value, i) => value + (away[i] as number)));
    const start = Float32Array.from(variable.dataSync());
    const lossAt = ([step]: Float64Array): number =>
      tf.tidy(() => {
        const moved = start.map((value, i) => value + (step as number) * (direction[i] as number));
        variable.assign(tf.tensor(moved, variable.shape));
        return lossOf().dataSync()[0] as number;
      });
    const slope = grad.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
    const compare = (): void =>
      checkGradient(lossAt, [slope], new Float64Array(1), { step: 5e-3, atol: 2e-4, rtol: 0 });
    expect(compare, name).not.toThrow();
    lossAt(new Float64Array(1));
  }
  tf.dispose([loss, grads]);
}

function unit(values: Float32Array): Float32Array {
  const norm = Math.hypot(...values);
  return norm > 0 ? values.map((value) => value / norm) : values;
}
