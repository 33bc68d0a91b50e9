import { describe, expect, it } from "vitest";
import { createLossWatch, type StepReport } from "./divergence.js";

const report = (loss: number, nUpdates = 7, more: Partial<StepReport> = {}): StepReport => ({
  objective: "mlm",
  loss,
  gradNorm: 2,
  lr: 0.001,
  nUpdates,
  ...more,
});

describe("createLossWatch", () => {
  it("stops at a loss that is not a number, with the losses before it", () => {
    const watch = createLossWatch();
    for (const loss of [4.1, 4.5, 6.2]) watch.check(report(loss));
    expect(() => watch.check(report(NaN))).toThrowErrorMatchingInlineSnapshot(
      `[DivergenceError: the loss is NaN, not a finite number, mlm at update 8 (learning rate 0.001, gradient norm 2), losses before: 4.1000, 4.5000, 6.2000: this update would have spoiled every weight; it was not made, so the weights are still those of the step before. Fix: go back to a checkpoint from before the losses rose, and lower the learning rate, lengthen the warm-up or clip gradients at a smaller norm]`,
    );
  });

  it("stops at an infinite gradient, and says so when nothing has been trained yet", () => {
    expect(() => createLossWatch().check(report(4, 0, { gradNorm: Infinity }))).toThrowErrorMatchingInlineSnapshot(
      `[DivergenceError: the gradient norm is not a finite number, mlm at update 1 (learning rate 0.001, gradient norm Infinity), losses before: none: this update would have spoiled every weight; it was not made, so the weights are still those of the step before. Fix: look at the weights training began with: no update has been made yet]`,
    );
  });

  it("stops at a loss that is the same over a window", () => {
    const watch = createLossWatch({ window: 3 });
    watch.check(report(4));
    watch.check(report(4));
    expect(() => watch.check(report(4))).toThrowErrorMatchingInlineSnapshot(
      `[DivergenceError: the loss has been 4.000000 for 3 steps, mlm at update 8 (learning rate 0.001, gradient norm 2), last losses: 4.0000, 4.0000, 4.0000: more steps of the same kind will not change it. Fix: change the learning rate (a lower one if the loss had been falling before), check that text and vocabulary belong together, or turn the check off with window: 0]`,
    );
    const idle = createLossWatch({ window: 2 });
    idle.check(report(4, 0, { lr: 0 }));
    expect(() => idle.check(report(4, 1, { lr: 0 }))).toThrow(/the learning rate is 0/);
    const flat = createLossWatch({ window: 2 });
    flat.check(report(4, 0, { gradNorm: 0 }));
    expect(() => flat.check(report(4, 1, { gradNorm: 0 }))).toThrow(/the gradient is 0/);
  });

  it("stops at a loss that stays at chance after warm-up", () => {
    const watch = createLossWatch({ window: 4, chanceLoss: { mlm: Math.log(100) }, warmupUpdates: 10 });
    const noisy = (n: number): number => Math.log(100) + 0.1 * (n % 2);
    for (let n = 0; n < 14; n++) watch.check(report(noisy(n), n));
    expect(() => watch.check(report(noisy(14), 14))).toThrowErrorMatchingInlineSnapshot(
      `[DivergenceError: the loss averages 4.6552 over 4 steps and chance is 4.6052, the loss of knowing nothing, mlm at update 15 (learning rate 0.001, gradient norm 2), last losses: 4.7052, 4.6052, 4.7052, 4.6052: more steps of the same kind will not change it. Fix: change the learning rate (a lower one if the loss had been falling before), check that text and vocabulary belong together, or turn the check off with window: 0]`,
    );
  });

  it("lets a batch that was learnt by heart be, and anything with the window at 0", () => {
    const learnt = createLossWatch({ window: 2 });
    for (let i = 0; i < 5; i++) learnt.check(report(1e-4));
    const off = createLossWatch({ window: 0 });
    for (let i = 0; i < 500; i++) off.check(report(4));
  });

  it("keeps objectives apart and goes on from its history", () => {
    const watch = createLossWatch({ window: 3 });
    watch.check(report(4));
    watch.check(report(5, 8, { objective: "tlm" }));
    watch.check(report(4));
    expect(watch.history()).toEqual({ mlm: [4, 4], tlm: [5] });
    const resumed = createLossWatch({ window: 3 }, watch.history());
    expect(() => resumed.check(report(4))).toThrow(/for 3 steps/);
  });
});
