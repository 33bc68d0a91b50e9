import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import { parseSchedule, scheduleValue } from "@xlm/sampler";
import { exportWeights } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyObjectives, tinyOptions, tinyText } from "../test/tiny.js";
import {
  createTensorOptimizer,
  createTrainer,
  createTrainingData,
  parseOptimizer,
  trainStep,
  type BatchSource,
  type StepResult,
  type TrainingStep,
} from "./index.js";

const { dictionary, corpora } = tinyText();
const { mlm, clm, tlm } = tinyObjectives;
beforeAll(() => tf.setBackend("cpu"));

const source = (...steps: TrainingStep[]): BatchSource =>
  createTrainingData(corpora, dictionary, createRng(1), { ...tinyOptions, steps });
/** The next batches as objective and coefficient. */
const turns = (from: BatchSource, n: number): [string, number | undefined][] =>
  Array.from({ length: n }, () => {
    const { objective, lambda } = from.next();
    return [objective.name, lambda];
  });

describe("the coefficient of a step", () => {
  it("is 1 unless it is given", () => {
    expect(turns(source({ objective: mlm }, { objective: clm, lambda: 0.5 }), 3)).toEqual([
      ["mlm", 1],
      ["clm", 0.5],
      ["mlm", 1],
    ]);
  });

  it("goes by iterations, which are turns of every step, and passes over a step where it is 0", () => {
    const faded = source({ objective: mlm, lambda: "0:1,2:0" }, { objective: clm, draws: 2 });
    expect(turns(faded, 10).map(([name, lambda]) => `${name} ${lambda}`)).toEqual([
      ...["mlm 1", "clm 1", "clm 1"], // iteration 0
      ...["mlm 0.5", "clm 1", "clm 1"],
      ...["clm 1", "clm 1"], // from iteration 2 on
      ...["clm 1", "clm 1"],
    ]);
  });

  it("follows the schedule wherever the run is stopped and resumed", () => {
    const lambdas = { mlm: "0:1,6:0,9:0,12:2", clm: "0:0,3:0,4:1", tlm: "0.25" };
    const steps = [mlm, clm, tlm].map((objective) => ({ objective, lambda: lambdas[objective.name as "mlm"] }));
    const expected = Array.from({ length: 15 }, (_, iteration) =>
      Object.entries(lambdas).map(
        ([name, text]) => [name, scheduleValue(parseSchedule(text), iteration)] as [string, number],
      ),
    )
      .flat()
      .filter(([, lambda]) => lambda > 0);
    expect(turns(source(...steps), expected.length)).toEqual(expected);
    for (let stop = 0; stop < expected.length; stop += 5) {
      const stopped = source(...steps);
      turns(stopped, stop);
      const resumed = source(...steps);
      resumed.restore(JSON.parse(JSON.stringify(stopped.state())));
      expect(turns(resumed, expected.length - stop)).toEqual(expected.slice(stop));
    }
  });

  it("may not be 0 for every step from some iteration on", () => {
    expect(() =>
      source({ objective: mlm, lambda: 0 }, { objective: clm, lambda: "0:0,10:0" }).next(),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: every coefficient is 0 from iteration 0 on: there is nothing left to learn. Fix: train for fewer updates, or let one lambda stay above 0]`,
    );
    const ending = source({ objective: mlm, lambda: "0:1,2:0" });
    expect(turns(ending, 2)).toEqual([
      ["mlm", 1],
      ["mlm", 0.5],
    ]);
    expect(() => ending.next()).toThrow(/every coefficient is 0 from iteration 2 on/);
    // 0 for now is not 0 for ever.
    expect(turns(source({ objective: mlm, lambda: "0:0,5:0,6:1" }), 1)).toEqual([["mlm", 1]]);
  });

  it("is written down with what a run is made of", () => {
    const { settings } = source({ objective: mlm, lambda: "0:1,100:0" }, { objective: clm });
    const points = (settings["steps"] as { lambda: unknown }[]).map(({ lambda }) => lambda);
    expect(points).toEqual([
      [
        [0, 1],
        [100, 0],
      ],
      [[0, 1]],
    ]);
  });
});

describe("training with a coefficient", () => {
  /** One update by sgd from the same weights on the same batch: what it reports, and how far each weight goes. */
  const moved = async (lambda: number, clip = 0): Promise<{ result: StepResult; by: number[] }> => {
    const model = tinyModel(dictionary);
    const weights = (): number[] => Object.values(exportWeights(model)).flatMap(({ data }) => [...data]);
    const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=1"), model.params);
    const before = weights();
    const result = await trainStep(model, optimizer, [source({ objective: mlm }).next()], { clip, lambda });
    const by = weights().map((weight, i) => weight - before[i]!);
    optimizer.dispose();
    model.dispose();
    return { result, by };
  };

  it("goes as many times as far, and reports the loss as it is", async () => {
    const whole = await moved(1);
    expect(Math.max(...whole.by.map(Math.abs))).toBeGreaterThan(0.01);
    for (const lambda of [0.25, 3]) {
      const { result, by } = await moved(lambda);
      expect(result.loss).toBe(whole.result.loss);
      expect(result.gradNorm).toBeCloseTo(lambda * whole.result.gradNorm, 10);
      // A new weight, below 4, is rounded by at most 1.2e-7, here once and there lambda times; as much again for the gradient.
      const worst = Math.max(...by.map((distance, i) => Math.abs(distance - lambda * whole.by[i]!)));
      expect(worst).toBeLessThan((1 + lambda) * 2.4e-7);
    }
  });

  it("clips what is learnt from: the gradient of the loss times the coefficient", async () => {
    const { result, by } = await moved(0.01);
    const half = await moved(0.01, result.gradNorm / 2);
    expect(half.result.gradNorm).toBe(result.gradNorm); // before clipping
    expect(Math.hypot(...half.by) / Math.hypot(...by)).toBeCloseTo(0.5, 3);
  });

  it("is what a trainer does, turn by turn", async () => {
    const step = async (lambda: number): Promise<{ loss: number; gradNorm: number }> => {
      const model = tinyModel(dictionary);
      const data = source({ objective: mlm, lambda });
      const trainer = createTrainer(model, data, createRng(1), { optimizer: "sgd,lr=0.1", clip: 0 });
      let seen = { loss: NaN, gradNorm: NaN };
      await trainer.train(1, { onStep: ({ loss, gradNorm }) => (seen = { loss, gradNorm }) });
      trainer.dispose();
      model.dispose();
      return seen;
    };
    const [one, half] = [await step(1), await step(0.5)];
    expect(half.loss).toBe(one.loss);
    expect(half.gradNorm).toBe(0.5 * one.gradNorm);
  });
});
