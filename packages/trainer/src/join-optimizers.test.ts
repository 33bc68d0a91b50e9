import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { exportWeights } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyObjectives, tinyText } from "../test/tiny.js";
import {
  createTensorOptimizer,
  joinOptimizers,
  ownState,
  parametersOfLayers,
  parseOptimizer,
  trainStep,
  type OptimizerState,
  type TensorOptimizer,
} from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

type Variables = Record<string, tf.Variable>;
const START: Readonly<Record<string, number[]>> = { a: [1, -2], b: [0.5], c: [3, 4, -1], d: [-0.25] };
const NAMES = Object.keys(START);
const variables = (names = NAMES): Variables =>
  Object.fromEntries(names.map((name) => [name, tf.variable(tf.tensor1d(START[name]!))]));
const pick = (params: Variables, names: readonly string[]): Variables =>
  Object.fromEntries(names.map((name) => [name, params[name]!]));

/** Update `i` of a made-up training. */
async function update(optimizer: TensorOptimizer, params: Variables, i: number): Promise<void> {
  const grads = Object.fromEntries(
    Object.entries(params).map(([name, { size }]) => [name, tf.fill([size], Math.sin(i + name.charCodeAt(0)))]),
  );
  await optimizer.update(grads, 0.5);
  tf.dispose(grads);
}
const values = (params: Variables): number[][] => Object.values(params).map((variable) => [...variable.dataSync()]);

describe("joinOptimizers", () => {
  it("moves each parameter by its own optimiser", async () => {
    const params = variables(["a", "b"]);
    const slow = createTensorOptimizer(parseOptimizer("sgd,lr=0.1"), pick(params, ["a"]));
    const fast = createTensorOptimizer(parseOptimizer("sgd,lr=1"), pick(params, ["b"]));
    const joined = joinOptimizers([slow, fast]);
    expect([joined.names, joined.lr, joined.nUpdates]).toEqual([["a", "b"], 0.1, 0]);
    const grads = { a: tf.tensor1d([1, 1]), b: tf.tensor1d([1]) };
    await joined.update(grads);
    expect(values(params)).toEqual([[Math.fround(0.9), Math.fround(-2.1)], [-0.5]]);
    expect(joined.nUpdates).toBe(1);
    tf.dispose([grads, params]);
    joined.dispose();
  });

  it("is the optimiser it was cut from: any partition of the parameters, to the bit, resumed half way", async () => {
    const kind = fc.constantFrom(
      "adam,lr=0.1,weight_decay=0.1",
      "adam_inverse_sqrt,lr=0.1,warmup_updates=2",
      "adagrad",
    );
    const places = fc.array(fc.nat({ max: 2 }), { minLength: NAMES.length, maxLength: NAMES.length });
    await fc.assert(
      fc.asyncProperty(kind, places, async (spec, place) => {
        const optimizer = parseOptimizer(spec);
        const groups = [0, 1, 2]
          .map((group) => NAMES.filter((_, i) => place[i] === group))
          .filter((names) => names.length > 0);
        const bind = (params: Variables, state?: OptimizerState): TensorOptimizer =>
          joinOptimizers(
            groups.map((names) => {
              const own = pick(params, names);
              return createTensorOptimizer(optimizer, own, state && ownState(state, own));
            }),
          );
        const [whole, cut] = [variables(), variables()];
        const one = createTensorOptimizer(optimizer, whole);
        let joined = bind(cut);
        for (let i = 0; i < 4; i++) {
          expect(joined.lr).toBe(one.lr);
          await update(one, whole, i);
          await update(joined, cut, i);
          if (i !== 1) continue;
          const state = await joined.state();
          expect(state).toEqual(await one.state());
          joined.dispose();
          joined = bind(cut, state);
        }
        expect(values(cut)).toEqual(values(whole));
        expect(await joined.state()).toEqual(await one.state());
        one.dispose();
        joined.dispose();
        tf.dispose([whole, cut]);
      }),
      { numRuns: 20 },
    );
  });

  it("trains some layers of a model alone, and leaves no tensor behind", async () => {
    const { dictionary } = tinyText(1);
    const before = tf.memory().numTensors;
    const model = tinyModel(dictionary);
    const bound = (layers: string, lr: number): TensorOptimizer =>
      createTensorOptimizer(
        parseOptimizer(`sgd,lr=${lr}`),
        pick(model.params, parametersOfLayers(model.config, layers)),
      );
    const optimizer = joinOptimizers([bound("1", 0.1), bound("0", 0.2)]);
    const start = exportWeights(model);
    const ids = Int32Array.of(1, 14, 15, 16, 1);
    const batch = { ids, shape: [1, 5] as const, lengths: Int32Array.of(5) };
    const targets = { targetIndices: Int32Array.of(1, 3), targets: Int32Array.of(15, 17) };
    await trainStep(model, optimizer, [{ objective: tinyObjectives.mlm, batch: { ...batch, ...targets } }]);
    const end = exportWeights(model);
    const moved = optimizer.names.filter((name) => end[name]!.data.some((value, i) => value !== start[name]!.data[i]));
    expect(moved).toEqual(expect.arrayContaining(["embeddings.weight", "ffns.0.lin1.weight"]));
    for (const [name, { data }] of Object.entries(end)) {
      if (!optimizer.names.includes(name)) expect(data, name).toEqual(start[name]!.data);
    }
    optimizer.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses nothing, one parameter twice, and optimisers that are not equally far", async () => {
    const params = variables(["a", "b"]);
    const adam = (names: string[]): TensorOptimizer =>
      createTensorOptimizer(parseOptimizer("adam"), pick(params, names));
    expect(() => joinOptimizers([])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there are no optimisers to join: nothing would move. Fix: pass at least one]`,
    );
    const [both, one, other] = [adam(["a", "b"]), adam(["b"]), adam(["a"])];
    expect(() => joinOptimizers([both, one])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: two optimisers move "b": every update would move it twice. Fix: bind each parameter to one of them]`,
    );
    await update(one, pick(params, ["b"]), 0);
    expect(() => joinOptimizers([other, one])).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: one optimiser has made 0 updates and another 1: joined, they make every update together. Fix: resume all of them from the same state, or start all of them afresh]`,
    );
    tf.dispose(params);
    for (const optimizer of [both, one, other]) optimizer.dispose();
  });
});
