// XLM's own Adam, step for step, and the norms that its clipping measures.
import * as tf from "@tensorflow/tfjs-core";
import type { TensorData } from "@xlm/core";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir, readJson, readTensors } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { adam64 } from "../src/conformance/reference.js";
import { adamUpdate, globalNorm } from "../src/index.js";

interface AdamCase {
  spec: string;
  lr_used_at_step: number[];
  defaults: { betas: [number, number]; eps: number; weight_decay: number };
}
interface Info {
  shapes: number[][];
  n_steps: number;
  cases: Record<string, AdamCase>;
  clipping: { tensors: number; total_norm_f32: number; total_norm_f64: number }[];
}

const info = readJson<Info>(goldenDir("optim", "info.json"));
const trajectories = readTensors(goldenDir("optim", "trajectories.safetensors"));
const clipping = readTensors(goldenDir("optim", "clipping.safetensors"));
const numbers = (tensor: TensorData | undefined): ArrayLike<number> => {
  if (!tensor || tensor.dtype === "I64") throw new Error("a tensor of the reference data is missing");
  return tensor.data as Exclude<typeof tensor.data, BigInt64Array>;
};
/** Step `t` (from 0) of a stored trajectory. */
const stepOf = (name: string, t: number): Float64Array => {
  const all = Float64Array.from(numbers(trajectories[name]));
  const size = all.length / info.n_steps;
  return all.slice(t * size, (t + 1) * size);
};
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

// The Adam kinds are those whose moments were stored; Adamax and the rest were not.
const names = Object.keys(info.cases).filter((name) => `${name}.f64.exp_avg.p0` in trajectories);
const optionsAt = (name: string, t: number) => {
  const { lr_used_at_step, defaults } = info.cases[name] as AdamCase;
  const [beta1, beta2] = defaults.betas;
  return {
    lr: lr_used_at_step[t] as number,
    beta1,
    beta2,
    eps: defaults.eps,
    weightDecay: defaults.weight_decay,
    step: t + 1,
  };
};

describe("adamUpdate against XLM's Adam", () => {
  it("finds cases", () => expect(names.length).toBeGreaterThan(0));

  for (const backend of testedBackends) {
    it.each(names)(`${backend}: %s`, async (name) => {
      await startBackend(backend);
      let p = info.shapes.map((shape, j) => tf.tensor(Float32Array.from(numbers(trajectories[`init.p${j}`])), shape));
      let m = p.map((x) => tf.zerosLike(x));
      let v = p.map((x) => tf.zerosLike(x));
      for (let t = 0; t < info.n_steps; t++) {
        const grads = info.shapes.map((shape, j) => tf.tensor(Float32Array.from(stepOf(`grads.p${j}`, t)), shape));
        const next = adamUpdate(p, grads, m, v, optionsAt(name, t));
        tf.dispose([p, m, v, grads]);
        ({ params: p, m, v } = next);
        for (let j = 0; j < p.length; j++) {
          const got = (p[j] as tf.Tensor).dataSync();
          expect(farthest(got, stepOf(`${name}.f32.p${j}`, t)), `p${j} after step ${t + 1}`).toBeLessThan(1e-5);
          expect(farthest(got, stepOf(`${name}.f64.p${j}`, t)), `p${j} after step ${t + 1}`).toBeLessThan(1e-5);
        }
      }
      tf.dispose([p, m, v]);
    });
  }

  it.each(names)("the float64 reference of the conformance suite: %s", (name) => {
    info.shapes.forEach((_, j) => {
      let p: ArrayLike<number> = numbers(trajectories[`init.p${j}`]);
      let m: ArrayLike<number> = new Float64Array(p.length);
      let v: ArrayLike<number> = new Float64Array(p.length);
      for (let t = 0; t < info.n_steps; t++) {
        [p, m, v] = adam64(p, stepOf(`grads.p${j}`, t), m, v, optionsAt(name, t));
        expect(farthest(p, stepOf(`${name}.f64.p${j}`, t)), `p${j} after step ${t + 1}`).toBeLessThan(1e-12);
      }
      expect(farthest(m, numbers(trajectories[`${name}.f64.exp_avg.p${j}`]))).toBeLessThan(1e-12);
      expect(farthest(v, numbers(trajectories[`${name}.f64.exp_avg_sq.p${j}`]))).toBeLessThan(1e-12);
    });
  });
});

describe("globalNorm against the norm that clipping measured", () => {
  it("finds cases", () => expect(info.clipping.length).toBeGreaterThan(0));

  for (const backend of testedBackends) {
    it.each(info.clipping.map((entry, i) => [i, entry] as const))(`${backend}: case %i`, async (i, entry) => {
      await startBackend(backend);
      const parts = Object.keys(clipping).filter((key) => key.startsWith(`${i}.in.`));
      expect(parts).toHaveLength(entry.tensors);
      const norm = tf.tidy(() =>
        globalNorm(parts.map((key) => tf.tensor(Float32Array.from(numbers(clipping[key]))))).dataSync(),
      )[0] as number;
      // float32 sums of a few dozen squares: some units in the seventh digit
      expect(Math.abs(norm - entry.total_norm_f64)).toBeLessThanOrEqual(1e-6 * entry.total_norm_f64);
    });
  }
});
