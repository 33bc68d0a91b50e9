import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toyTraining } from "../../test/toy.js";
import { createLab, memoryStore, Stopped, type Lab, type LabStore, type Trained } from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

/** Trains with a stop after each of `stops` updates, as often as it takes. */
async function trainWithStops(store: LabStore, updates: number, stops: readonly number[]): Promise<Trained> {
  let done = 0;
  for (const stop of [...stops, Infinity]) {
    const controller = new AbortController();
    const lab = createLab(store, {
      signal: controller.signal,
      saveEvery: 4,
      onStep: ({ update }) => {
        expect(update).toBe(++done);
        if (update === stop) controller.abort();
      },
    });
    try {
      return await lab.train("model", training(updates));
    } catch (error) {
      expect(error).toBeInstanceOf(Stopped);
    }
  }
  throw new Error("never finished");
}

let scored = 0;
const training = (updates: number): Parameters<Lab["train"]>[1] => ({
  ...toyTraining(updates),
  every: 3,
  select: "_score",
  evaluate: () => Promise.resolve({ score: [3, 1, 2, 4][scored++ % 4]! }),
});

describe("createLab", () => {
  it("goes on to the bit, wherever it was stopped", async () => {
    scored = 0;
    const whole = await trainWithStops(memoryStore(), 10, []);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }), async (stops) => {
        scored = 0;
        expect(
          await trainWithStops(
            memoryStore(),
            10,
            stops.sort((a, b) => a - b),
          ),
        ).toEqual(whole);
      }),
      { numRuns: 8, examples: [[[3]], [[4]], [[1, 2, 9]]] },
    );
  });

  it("keeps the weights that scored best", async () => {
    scored = 0;
    const chosen = await createLab(memoryStore()).train("model", training(10));
    expect(chosen.curve.map(({ update, scores }) => [update, scores["score"]])).toEqual([
      [3, 3],
      [6, 1],
      [9, 2],
      [10, 4],
    ]);
    expect(chosen.chosen).toBe(6);
    const six = await createLab(memoryStore()).train("model", toyTraining(6));
    expect(chosen.weights).toEqual(six.weights);
  });

  it("does nothing twice, and leaves no tensor", async () => {
    const store = memoryStore();
    const before = tf.memory().numTensors;
    const first = createLab(store);
    const trained = await first.train("model", toyTraining(2));
    expect(await first.measure("score", () => Promise.resolve(1))).toBe(1);
    const second = createLab(store);
    const never = (): never => expect.fail("made again");
    expect(await second.train("model", { updates: 2, make: never })).toEqual(trained);
    expect(await second.measure("score", never)).toBe(1);
    expect(second.takeRecords().map(({ name, updates }) => [name, updates])).toEqual([["model", 2]]);
    expect(second.takeRecords()).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("begins nothing when it was stopped, and reads what there is", async () => {
    const store = memoryStore();
    await createLab(store).measure("a", () => Promise.resolve(1));
    const stopped = createLab(store, { signal: AbortSignal.abort() });
    expect(await stopped.measure("a", () => Promise.resolve(2))).toBe(1);
    await expect(stopped.measure("b", () => Promise.resolve(2))).rejects.toBeInstanceOf(Stopped);
    await expect(stopped.train("model", toyTraining(2))).rejects.toBeInstanceOf(Stopped);
  });

  it("tells an error from being stopped", async () => {
    const lab = createLab(memoryStore());
    await expect(lab.measure("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});
