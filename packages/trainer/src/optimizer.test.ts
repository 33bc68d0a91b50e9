import path from "node:path";
import { describe, expect, it } from "vitest";
import { compareClipping, compareParsing, compareRates, compareTrajectory, optimInfo } from "../test/optim-cases.js";
import { clipFactor } from "./clip.js";
import { clipGradients, initOptimizer, learningRate, parseOptimizer, updateParams } from "./index.js";

const fixtures = path.join(import.meta.dirname, "../test/fixtures/optim");

describe("parseOptimizer", () => {
  it("reads a kind with its options and fills in the rest", () => {
    expect(parseOptimizer("adam,lr=0.0001")).toEqual({
      rule: { kind: "adam", beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
      schedule: { kind: "constant", lr: 0.0001 },
    });
    expect(parseOptimizer("sgd,lr=0.1,momentum=0.9,nesterov=1").rule).toEqual({
      kind: "sgd",
      momentum: 0.9,
      dampening: 0,
      weightDecay: 0,
      nesterov: true,
    });
  });

  it("reads exponents, which the original refuses", () => {
    expect(parseOptimizer("adam,lr=1e-4")).toEqual(parseOptimizer("adam,lr=0.0001"));
    expect(() => parseOptimizer("adam,lr=1e-4", { compat: "xlm" })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: optimizer "adam,lr=1e-4": "lr=1e-4" is not name=number: the original reads plain decimal numbers alone. Fix: write for example lr=0.0001, with no spaces and no comma at the end]`,
    );
  });

  it("takes the last of a name given twice", () => {
    expect(parseOptimizer("adam,lr=0.1,lr=0.2").schedule.lr).toBe(0.2);
  });

  it("says what is wrong with a string", () => {
    expect(() => parseOptimizer("adamw,lr=0.1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: optimizer "adamw,lr=0.1": there is no "adamw": the word before the first comma names the update rule. Fix: use one of adam, adam_inverse_sqrt, adam_cosine, adadelta, adagrad, adamax, asgd, rmsprop, rprop, sgd]`,
    );
    expect(() => parseOptimizer("adam,foo=1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: optimizer "adam,foo=1": adam has no option "foo": an option that is not read would be lost silently. Fix: use lr, beta1, beta2, eps, weight_decay]`,
    );
    expect(() => parseOptimizer("adam,lr=")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: optimizer "adam,lr=": "lr=" is not name=number: each option sets a number. Fix: write for example lr=0.0001, with no spaces and no comma at the end]`,
    );
    expect(() => parseOptimizer("sgd")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: optimizer "sgd": sgd needs a learning rate: it has no usual one. Fix: write sgd,lr=0.1]`,
    );
    expect(() => parseOptimizer("adam,lr=-0.1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the constant schedule has lr -0.1: under it a learning rate would turn negative, or be no number. Fix: use a number of 0 or more]`,
    );
    expect(() => parseOptimizer("adam,beta1=1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: adam has beta1 1: with it the update would blow up or be no number. Fix: use a number from 0 to below 1]`,
    );
    expect(() => parseOptimizer("sgd,lr=1,weight_decay=-1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: sgd has weightDecay -1: with it the update would blow up or be no number. Fix: use 0 or more]`,
    );
    expect(() => parseOptimizer("sgd,lr=1,nesterov=1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: sgd has nesterov with momentum 0 and dampening 0: Nesterov's look-ahead needs an undamped momentum. Fix: set momentum above 0 and leave dampening at 0]`,
    );
    for (const bad of ["warmup_updates=0", "warmup_init_lr=-1", "exp_factor=-1"]) {
      expect(() => parseOptimizer(`adam_inverse_sqrt,${bad}`), bad).toThrow(/inverseSqrt schedule/);
    }
    for (const bad of ["min_lr=-1", "init_period=0", "period_mult=0.5", "lr_shrink=0"]) {
      expect(() => parseOptimizer(`adam_cosine,${bad}`), bad).toThrow(/cosine schedule/);
    }
  });
});

describe("learningRate", () => {
  it("climbs in a straight line, then falls with the root of the updates", () => {
    const { schedule } = parseOptimizer("adam_inverse_sqrt,lr=0.1,warmup_updates=4,warmup_init_lr=0");
    const rates = [0, 1, 2, 3, 4, 16].map((n) => learningRate(schedule, n));
    expect(rates.map((rate) => Number(rate.toFixed(12)))).toEqual([0, 0.025, 0.05, 0.075, 0.1, 0.05]);
  });

  it("goes down half a cosine, and up again lower in the next period", () => {
    const { schedule } = parseOptimizer("adam_cosine,lr=1,warmup_updates=1,init_period=4,min_lr=0,lr_shrink=0.5");
    const rates = [1, 3, 5, 7].map((n) => learningRate(schedule, n));
    expect(rates.map((rate) => Number(rate.toFixed(12)))).toEqual([1, 0.5, 0.5, 0.25]);
  });
});

describe("updateParams", () => {
  it("moves against the gradient, and returns new values", () => {
    const sgd = parseOptimizer("sgd,lr=0.5");
    const params = { w: Float64Array.of(1, 2), frozen: Float64Array.of(3) };
    const state = initOptimizer(sgd, params);
    const next = updateParams(sgd, state, params, { w: Float64Array.of(2, -2) });
    expect(next.params).toEqual({ w: Float64Array.of(0, 3), frozen: Float64Array.of(3) });
    expect(params.w).toEqual(Float64Array.of(1, 2));
    expect(next.state).toEqual({ nUpdates: 1, params: { w: { step: 1, slots: {} }, frozen: { step: 0, slots: {} } } });
  });

  it("makes Adam's first step the learning rate, whatever the gradient's size", () => {
    const adam = parseOptimizer("adam,lr=0.01,eps=0");
    const params = { w: Float64Array.of(1, 1) };
    const next = updateParams(adam, initOptimizer(adam, params), params, { w: Float64Array.of(1e-3, -1e3) });
    expect([...next.params.w].map((w) => Number(w.toFixed(12)))).toEqual([0.99, 1.01]);
  });

  it("looks ahead with Nesterov, centres and speeds up RMSprop", () => {
    // One update from rest, by hand. Nesterov: g + 0.5 g = 1.5 g. RMSprop: g^2 (1-a) - (g (1-a))^2 = g^2 a (1-a).
    const step = (spec: string): number => {
      const optimizer = parseOptimizer(spec);
      const params = { w: Float64Array.of(0) };
      return updateParams(optimizer, initOptimizer(optimizer, params), params, { w: Float64Array.of(2) }).params.w[0]!;
    };
    expect(step("sgd,lr=1,momentum=0.5,nesterov=1")).toBe(-3);
    expect(step("rmsprop,lr=1,alpha=0.5,eps=0,centered=1,momentum=0.9")).toBe(-2);
    expect(step("adagrad,lr=1,initial_accumulator_value=5,eps=0")).toBeCloseTo(-2 / 3, 12);
  });

  it("refuses a gradient that belongs to another parameter", () => {
    const sgd = parseOptimizer("sgd,lr=0.5");
    const params = { w: Float32Array.of(1, 2) };
    const state = initOptimizer(sgd, params);
    expect(() => updateParams(sgd, state, params, { w: Float32Array.of(1) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: parameter "w" has 2 numbers, its gradient 1: every number is moved by its own gradient. Fix: pass the parameters that initOptimizer was given, with gradients of the same sizes]`,
    );
    expect(() => updateParams(sgd, { nUpdates: 0, params: {} }, params, { w: Float32Array.of(1, 1) })).toThrow(
      /does not know it/,
    );
  });
});

describe("clipGradients", () => {
  it("scales all together to the length allowed", () => {
    const { gradients, norm } = clipGradients({ a: Float64Array.of(3), b: Float64Array.of(4) }, 1);
    expect(norm).toBe(5);
    expect(gradients.a[0]).toBeCloseTo(0.6, 6); // 1 / (5 + 1e-6)
    expect(gradients.b[0]).toBeCloseTo(0.8, 6);
  });

  it("leaves short gradients, and everything under 0", () => {
    expect(clipFactor(0.5, 1)).toBe(1);
    expect(clipFactor(1e9, 0)).toBe(1);
    expect(() => clipFactor(1, -1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: maxNorm is -1: gradients are scaled down to at most this length. Fix: use a number above 0, or 0 for no clipping]`,
    );
  });
});

describe("optimisers against recorded outputs of the original", () => {
  const info = optimInfo(fixtures);
  it.each(Object.keys(info.cases))("%s", (name) => {
    compareTrajectory(fixtures, name, "f64");
    compareTrajectory(fixtures, name, "f32");
  });
  it.each(Object.keys(info.lr_tables))("learning rates of %s", (spec) => compareRates(fixtures, spec));
  it("accepts and refuses the same strings", () => compareParsing(fixtures));
  it.each([...info.clipping.keys()])("clipping %i", (index) => compareClipping(fixtures, index));
});
