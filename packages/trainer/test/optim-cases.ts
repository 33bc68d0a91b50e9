// Comparison of the typed-array optimisers with recorded ones, for a folder laid out as the reference's.
import path from "node:path";
import { readJson, readTensors } from "@xlm/tools/golden";
import { expect } from "vitest";
import {
  clipGradients,
  initOptimizer,
  learningRate,
  parseOptimizer,
  updateParams,
  type OptimizerState,
  type Reals,
} from "../src/index.js";

interface OptimInfo {
  shapes: number[][];
  n_steps: number;
  cases: Record<string, { spec: string; lr_used_at_step: number[]; final_lr: number }>;
  lr_tables: Record<string, [number, number][]>;
  parsing: { spec: string; ok: boolean; lr?: number; betas?: [number, number] }[];
  clipping: { max_norm: number; tensors: number; total_norm_f32: number; total_norm_f64: number }[];
}

type Named = Record<string, Reals>;
const FLOATS = { f32: Float32Array, f64: Float64Array };

export const optimInfo = (dir: string): OptimInfo => readJson<OptimInfo>(path.join(dir, "info.json"));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, atol: number, label: string): void {
  expect(actual.length, label).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    worst = off <= worst ? worst : off; // NaN counts as worst
  }
  expect(worst, `${label}: largest difference`).toBeLessThanOrEqual(atol);
}

/** Runs one case in one precision, comparing the parameters after every step and the averages after the last. */
export function compareTrajectory(dir: string, name: string, precision: "f32" | "f64"): void {
  const info = optimInfo(dir);
  const tensors = readTensors(path.join(dir, "trajectories.safetensors"));
  const { spec, lr_used_at_step: rates, final_lr: finalRate } = info.cases[name]!;
  const optimizer = parseOptimizer(spec);
  const Floats = FLOATS[precision];
  const keys = info.shapes.map((_, j) => `p${j}`);
  const part = (tensor: string, step: number, size: number): Reals =>
    Floats.from(tensors[tensor]!.data.subarray(step * size, (step + 1) * size) as Float32Array);
  let params: Named = Object.fromEntries(keys.map((k) => [k, Floats.from(tensors[`init.${k}`]!.data as Float32Array)]));
  let state: OptimizerState = initOptimizer(optimizer, params);
  // float64: rounding of 60 steps on numbers near 1; float32: as measured between the reference's own two precisions.
  const atol = precision === "f64" ? 1e-12 : optimizer.rule.kind === "adam" ? 1e-5 : 1e-4;
  for (let step = 0; step < info.n_steps; step++) {
    const grads = Object.fromEntries(keys.map((k) => [k, part(`grads.${k}`, step, params[k]!.length)]));
    const next = updateParams(optimizer, state, params, grads);
    expect(Math.abs(next.lr / rates[step]! - 1)).toBeLessThanOrEqual(1e-15);
    ({ params, state } = next);
    for (const k of keys) {
      const expected = part(`${name}.${precision}.${k}`, step, params[k]!.length);
      expectClose(params[k]!, expected, atol, `${name} ${precision} ${k} after step ${step}`);
    }
  }
  expect(Math.abs(learningRate(optimizer.schedule, state.nUpdates) / finalRate - 1)).toBeLessThanOrEqual(1e-15);
  for (const k of keys) {
    for (const [slot, theirs] of [["mean", "exp_avg"] as const, ["square", "exp_avg_sq"] as const]) {
      const expected = tensors[`${name}.${precision}.${theirs}.${k}`];
      if (expected) expectClose(state.params[k]!.slots[slot]!, expected.data as Float64Array, atol, `${slot} of ${k}`);
    }
  }
}

/** Compares a table of learning rates: 1e-15 relative, and where 1 + cos x cancels, the last digit of the cosine. */
export function compareRates(dir: string, spec: string): void {
  const { schedule } = parseOptimizer(spec);
  const table = optimInfo(dir).lr_tables[spec]!;
  expect(table.length).toBeGreaterThan(0);
  for (const [update, rate] of table) {
    const lastDigit = schedule.kind === "cosine" ? Math.min(1.2e-16 * schedule.lr, 1e-9 * rate) : 0;
    const off = Math.abs(learningRate(schedule, update) - rate);
    expect(off, `${spec} at update ${update}`).toBeLessThanOrEqual(1e-15 * rate + lastDigit);
  }
}

/** What the original accepts and refuses, `compat: "xlm"` accepts and refuses, with the same values. */
export function compareParsing(dir: string): void {
  const { parsing } = optimInfo(dir);
  expect(parsing.some((c) => c.ok) && parsing.some((c) => !c.ok)).toBe(true);
  for (const { spec, ok, lr, betas } of parsing) {
    if (!ok) {
      expect(() => parseOptimizer(spec, { compat: "xlm" }), spec).toThrow(
        expect.objectContaining({ code: "XLM_OPTION" }) as Error,
      );
      continue;
    }
    const { rule, schedule } = parseOptimizer(spec, { compat: "xlm" });
    if (schedule.kind === "constant" && lr !== undefined) expect(schedule.lr, spec).toBe(lr);
    if (rule.kind === "adam" && betas) expect([rule.beta1, rule.beta2], spec).toEqual(betas);
    expect(parseOptimizer(spec)).toEqual({ rule, schedule });
  }
}

/** Norms and clipped gradients in both precisions. */
export function compareClipping(dir: string, index: number): void {
  const tensors = readTensors(path.join(dir, "clipping.safetensors"));
  const { max_norm: maxNorm, tensors: count, ...norms } = optimInfo(dir).clipping[index]!;
  expect(count).toBeGreaterThan(0);
  for (const precision of ["f32", "f64"] as const) {
    const grads = Object.fromEntries(
      Array.from({ length: count }, (_, j) => [
        `p${j}`,
        FLOATS[precision].from(tensors[`${index}.in.p${j}`]!.data as Float32Array),
      ]),
    ) as Named;
    const { gradients, norm } = clipGradients(grads, maxNorm);
    const expectedNorm = precision === "f32" ? norms.total_norm_f32 : norms.total_norm_f64;
    const rtol = precision === "f32" ? 2e-6 : 1e-14; // some ulps of each format: the reference adds up in it
    expect(Math.abs(norm - expectedNorm)).toBeLessThanOrEqual(rtol * expectedNorm);
    for (let j = 0; j < count; j++) {
      const expected = tensors[`${index}.${precision}.p${j}`]!.data as Float32Array;
      const atol = rtol * Math.max(maxNorm, ...expected.map(Math.abs));
      expectClose(gradients[`p${j}`]!, expected, atol, `clipping ${index} ${precision} p${j}`);
    }
  }
}
