// What the kernels over rows and elements share, at sizes of several chunks that fill no vector.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import {
  adamUpdate,
  dropout,
  embeddingSum,
  gatherRows,
  globalNorm,
  layerNorm,
  meanLoss,
  topLogProbs,
} from "@xlm/kernels";
import { afterAll, describe, expect, it } from "vitest";
import { threadsUp } from "../../test/threads.js";
import { bitsOf, blocksInUse, indices, normals, valuesOn } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

const spec = { rate: 0.3, key: [5, 6] as const };
const int = (values: Int32Array, shape: number[]): tf.Tensor => tf.tensor(values, shape, "int32");

/** A call's result and the gradients of its inputs. */
function both(call: (...xs: tf.Tensor[]) => tf.Tensor, xs: tf.Tensor[]): tf.Tensor[] {
  const out = call(...xs);
  return [out, ...tf.grads(call)(xs, normals(out.shape, 99))];
}

const [rows, dim] = [150, 37];
const norm = (extras: { residual?: boolean; dropped?: boolean; masked?: boolean }, width = dim) =>
  both(
    (x, gamma, beta, residual) =>
      layerNorm(x, gamma, beta, {
        ...(residual && { residual }),
        ...(extras.dropped && { dropout: spec }),
        ...(extras.masked && {
          rowMask: tf.tensor1d(Array.from(indices(rows, 3), (i) => (i === 0 ? 0 : 1))),
        }),
      }),
    [
      normals([rows, width], 1),
      normals([width], 2),
      normals([width], 3),
      ...(extras.residual ? [normals([rows, width], 4)] : []),
    ],
  );
const embed = (padId: number, tables: number[], withLangs: boolean): tf.Tensor[] => {
  const [vocab = 0, maxLen = 0, nLangs = 0] = tables;
  const place = (bound: number): tf.Tensor => int(indices(rows, bound), [3, rows / 3]);
  return both(
    (tokens, positions, langs) =>
      embeddingSum(place(vocab), place(maxLen), langs ? place(nLangs) : null, tokens, positions, langs ?? null, {
        padId,
      }),
    [normals([vocab, dim], 1), normals([maxLen, dim], 2), ...(withLangs ? [normals([nLangs, dim], 3)] : [])],
  );
};
const shapes = [[40007], [3, 5], [0], [], [16384]];
const adam = (weightDecay: number, scaled: boolean): tf.Tensor[] => {
  const [p, g, m, v] = [1, 2, 3, 4].map((seed) => shapes.map((shape, i) => normals(shape, 10 * seed + i)));
  const squares = v!.map((x) => tf.square(x));
  const options = { lr: 0.01, weightDecay, step: 3 };
  const next = adamUpdate(p!, g!, m!, squares, options, scaled ? tf.scalar(0.37) : undefined);
  return [...next.params, ...next.m, ...next.v];
};

const uses: [name: string, build: () => tf.Tensor[]][] = [
  ["layer norm", () => norm({})],
  ["layer norm, residual", () => norm({ residual: true, masked: true })],
  ["layer norm, dropout", () => norm({ dropped: true })],
  ["layer norm, all", () => norm({ residual: true, dropped: true, masked: true })],
  ["layer norm, wide rows", () => norm({ residual: true, dropped: true }, 523)],
  ["dropout", () => both((x) => dropout(x, spec), [normals([40007], 1)])],
  ["dropout of rate 0", () => both((x) => dropout(x, { ...spec, rate: 0 }), [normals([7], 1)])],
  ["embedding sum", () => embed(-1, [101, 29, 2], true)],
  ["embedding sum, padding, no languages", () => embed(7, [1001, 40, 0], false)],
  ["gather rows", () => both((x) => gatherRows(x, int(indices(rows, 211), [rows])), [normals([211, dim], 1)])],
  ["gather rows of one", () => both((x) => gatherRows(x, int(indices(3, 1), [3])), [normals([1, 1, 75], 1)])],
  ["mean loss", () => both((x) => meanLoss(x, 77), [normals([1001], 1)])],
  ["global norm", () => [globalNorm(shapes.map((shape, i) => normals(shape, i)))]],
  ["top log-probabilities", () => Object.values(topLogProbs(normals([70, 1003], 1), 7))],
  ["adam", () => adam(0, false)],
  ["adam, decay and scale", () => adam(0.05, true)],
];

// float32 sums of up to 1001 terms of size 1 to 10, in another order: their roundings, 6e-8 each, add up like a random walk.
const tolerance = { rtol: 1e-5, atol: 2e-5 };

afterAll(() => tf.removeBackend(BACKEND_NAME));

describe("with one thread", () => {
  it.each(uses)("%s agrees with the composite", async (_, build) => {
    await registerWasmBackend({ threads: 1 });
    const expected = await valuesOn("cpu", build);
    const got = await valuesOn(BACKEND_NAME, build);
    expect(got.map((values) => values.length)).toEqual(expected.map((values) => values.length));
    expected.forEach((values, which) =>
      values.forEach((value, i) => {
        const off = Math.abs((got[which]![i] as number) - value);
        if (!(off <= tolerance.atol + tolerance.rtol * Math.abs(value)))
          expect.fail(`part ${which} has ${got[which]![i]} at ${i} and not ${value}`);
      }),
    );
  });

  it.each(uses)("%s leaves nothing in the linear memory", async (_, build) => {
    await valuesOn(BACKEND_NAME, build); // scratch and zeros stay
    const before = [blocksInUse(), tf.memory().numTensors];
    for (let i = 0; i < 3; i++) await valuesOn(BACKEND_NAME, build);
    expect([blocksInUse(), tf.memory().numTensors]).toEqual(before);
  });
});

describe("with more threads", () => {
  it("gives the same bits", async () => {
    const all: number[][][][] = [];
    for (const threads of [1, 2, 3]) {
      await registerWasmBackend({ threads });
      expect(await threadsUp()).toBe(threads);
      const results: number[][][] = [];
      for (const [, build] of uses) results.push(bitsOf(await valuesOn(BACKEND_NAME, build)));
      all.push(results);
    }
    uses.forEach(([name], i) => {
      for (const other of [1, 2]) expect(all[other]![i], name).toEqual(all[0]![i]);
    });
  });
});
