import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradientNorm } from "./clip.js";
import { clipGradients, initOptimizer, learningRate, parseOptimizer, updateParams, type Schedule } from "./index.js";

const rate = fc.double({ min: 1e-6, max: 1, noNaN: true });
const warmup = {
  lr: rate,
  warmupUpdates: fc.integer({ min: 1, max: 50 }),
  warmupInitLr: fc.double({ min: 1e-9, max: 1e-6, noNaN: true }),
};
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), lr: rate }),
  fc.record({
    kind: fc.constant("inverseSqrt" as const),
    ...warmup,
    expFactor: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("cosine" as const),
    ...warmup,
    minLr: fc.double({ min: 1e-12, max: 1e-6, noNaN: true }),
    initPeriod: fc.integer({ min: 10, max: 100 }),
    periodMult: fc.constantFrom(1, 1.5, 2),
    lrShrink: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
);
const gradients = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 });

describe("laws of schedules", () => {
  it("every rate is positive, and none above the peak", () => {
    fc.assert(
      fc.property(schedules, fc.nat({ max: 2000 }), (schedule, n) => {
        const lr = learningRate(schedule, n);
        expect(lr).toBeGreaterThan(0);
        expect(lr).toBeLessThanOrEqual(schedule.lr * (1 + 1e-12)); // rounding of the root
      }),
    );
  });

  it("no jumps: a step of warm-up, of the root or of the cosine, at most", () => {
    fc.assert(
      fc.property(schedules, fc.nat({ max: 200 }), (schedule, n) => {
        if (schedule.kind === "constant") return;
        // Steepest slopes: lr / warm-up; lr * e / n just after it; a half cosine lr * pi / 2 a period. Restarts do jump.
        if (schedule.kind === "cosine") fc.pre(n + 1 < schedule.warmupUpdates + schedule.initPeriod);
        const after = schedule.kind === "cosine" ? Math.PI / 2 / schedule.initPeriod : 1 / schedule.warmupUpdates;
        const steepest = schedule.lr * Math.max(1 / schedule.warmupUpdates, after);
        const change = Math.abs(learningRate(schedule, n + 1) - learningRate(schedule, n));
        expect(change).toBeLessThanOrEqual(steepest * (1 + 1e-9));
      }),
    );
  });
});

describe("laws of clipping", () => {
  it("never lengthens, never turns, and keeps to the limit", () => {
    fc.assert(
      fc.property(gradients, gradients, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (a, b, maxNorm) => {
        const given = { a: Float64Array.from(a), b: Float64Array.from(b) };
        const { gradients: clipped, norm } = clipGradients(given, maxNorm);
        const length = gradientNorm(Object.values(clipped));
        expect(length).toBeLessThanOrEqual(Math.min(norm, maxNorm) * (1 + 1e-12));
        expect(clipped.a.every((g, i) => Math.sign(g) === Math.sign(given.a[i]!) || g === 0)).toBe(true);
      }),
    );
  });
});

describe("laws of updates", () => {
  const kinds = ["adam", "adadelta", "adagrad", "adamax", "asgd", "rmsprop", "rprop", "sgd,lr=0.01,momentum=0.9"];
  it.each(kinds)("%s: a parameter's update does not depend on the others", (spec) => {
    const optimizer = parseOptimizer(spec);
    fc.assert(
      fc.property(gradients, (values) => {
        const grad = Float64Array.from(values);
        const w = grad.map((_, i) => i / 10);
        const alone = updateParams(optimizer, initOptimizer(optimizer, { w }), { w }, { w: grad });
        const both = { w, other: Float64Array.of(1) };
        const together = updateParams(optimizer, initOptimizer(optimizer, both), both, {
          w: grad,
          other: Float64Array.of(-1),
        });
        expect(together.params.w).toEqual(alone.params.w);
        expect(together.state.params["w"]).toEqual(alone.state.params["w"]);
      }),
    );
  });

  it.each(kinds)("%s: brings a bowl's ball lower", (spec) => {
    const optimizer = parseOptimizer(spec);
    let params = { w: Float64Array.of(3, -2) };
    let state = initOptimizer(optimizer, params);
    const height = ({ w }: typeof params): number => w.reduce((sum, x) => sum + x * x, 0);
    const before = height(params);
    for (let i = 0; i < 20; i++)
      ({ params, state } = updateParams(optimizer, state, params, { w: params.w.map((x) => 2 * x) }));
    expect(height(params)).toBeLessThan(before);
  });
});
