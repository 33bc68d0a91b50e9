import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { attention, type DropoutSpec } from "@xlm/kernels";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bitsOf, blocksInUse, normals, valuesOn } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

interface Use {
  seqQ: number;
  seqK: number;
  nHeads: number;
  headDim: number;
  lengths: number[];
  causal?: boolean;
  dropout?: DropoutSpec;
}

const spec: DropoutSpec = { rate: 0.3, key: [5, 4294967295] };

/** The result and the gradients of q, k and v for normal numbers. */
const run = (backend: string, use: Use): Promise<Float32Array[]> =>
  valuesOn(backend, () => {
    const { seqQ, seqK, nHeads, headDim, lengths, causal = false, dropout } = use;
    const batch = lengths.length;
    const inputs = [seqQ, seqK, seqK].map((seq, i) => normals([batch, seq, nHeads * headDim], i + 1));
    const options = { nHeads, causal, lengths: tf.tensor1d(lengths, "int32"), ...(dropout && { dropout }) };
    const call = (...given: tf.Tensor[]): tf.Tensor => attention(given[0]!, given[1]!, given[2]!, options);
    return [call(...inputs), ...tf.grads(call)(inputs, normals([batch, seqQ, nHeads * headDim], 4))];
  });

/** The scores' rounding, some 10 units of 2^-24, becomes the weights' relative one; then sums of some hundred of these. */
const TOLERANCE = 1e-5;

async function expectTheComposite(use: Use): Promise<void> {
  const expected = await run("cpu", use);
  (await run(BACKEND_NAME, use)).forEach((values, part) => {
    const wanted = expected[part] as Float32Array;
    expect(values.length).toBe(wanted.length);
    values.forEach((value, i) => {
      const [x, y] = [value, wanted[i] as number];
      if (!(Math.abs(x - y) <= TOLERANCE * (1 + Math.abs(y))))
        expect.fail(`part ${part}, element ${i}: ${x} and not ${y}`);
    });
  });
}

const long: Use = { seqQ: 300, seqK: 300, nHeads: 2, headDim: 16, lengths: [300, 171] };

beforeAll(() => registerWasmBackend({ threads: 1 }));
afterAll(() => tf.removeBackend(BACKEND_NAME));

describe("attention", () => {
  /** One head of size 1, one row: the scores are the query times the keys. */
  const single = async (q: number[], k: number[], v: number[], length: number, causal = false): Promise<number[]> => {
    const column = (values: number[]): tf.Tensor => tf.tensor(values, [1, values.length, 1]);
    const lengths = (): tf.Tensor => tf.tensor1d([length], "int32");
    const [out] = await valuesOn(BACKEND_NAME, () => [
      attention(column(q), column(k), column(v), { nHeads: 1, lengths: lengths(), causal }),
    ]);
    return Array.from(out as Float32Array);
  };

  it("mixes the values of the keys that a query sees", async () => {
    expect(await single([0], [1, 2, 3], [3, 6, 90], 3)).toEqual([33]); // equal scores: the mean
    expect(await single([0], [1, 2, 3], [3, 6, 90], 2)).toEqual([4.5]);
    expect(await single([0], [1, 2, 3], [3, 6, 90], 0)).toEqual([0]);
    expect(await single([100], [1, 2, 3], [3, 6, 90], 2)).toEqual([6]); // e^100 to 1
    expect(await single([0, 0], [1, 2, 3], [3, 6, 90], 1, true)).toEqual([4.5, 33]);
  });

  it("ignores a key of score -Infinity, and cannot do without any other", async () => {
    expect(await single([1], [-Infinity, 2], [3, 6], 2)).toEqual([6]);
    expect(await single([1], [-Infinity, -Infinity], [3, 6], 2)).toEqual([NaN]);
    expect(await single([1], [Infinity, 2], [3, 6], 2)).toEqual([NaN]);
    expect(await single([1], [1, 1, 1, 1, 2], [3, 6, 3, 6, Infinity], 5)).toEqual([Infinity]);
  });

  it("reads nothing of what stands at padding or in the future", async () => {
    expect(await single([1], [2, NaN], [6, NaN], 1)).toEqual([6]);
    expect(await single([0, 0], [1, 1, NaN], [6, 6, NaN], 0, true)).toEqual([6, NaN]);
    const queries = Array.from({ length: 50 }, (_, i) => i / 10); // the last two are a block of their own
    const keys = [...queries.slice(1), NaN];
    const out = await single(queries, keys, new Array<number>(50).fill(7), 0, true);
    for (const mixed of out.slice(0, -1)) expect(Math.abs(mixed - 7)).toBeLessThan(50 * 7 * 2 ** -24); // 50 roundings
    expect(out.at(-1)).toBeNaN();
  });

  it("keeps no weight at a rate that rounds to every word", async () => {
    const [out, ...grads] = await run(BACKEND_NAME, {
      ...long,
      seqQ: 4,
      seqK: 4,
      lengths: [4],
      dropout: { rate: 1 - 2 ** -40, key: [1, 2] },
    });
    for (const values of [out, ...grads]) expect(values?.every((value) => value === 0)).toBe(true);
  });
});

describe("attention agrees with the composite on stock cpu", () => {
  it.each<[string, Use]>([
    ["several blocks of queries", long],
    ["several blocks and dropout", { ...long, dropout: spec }],
    ["causal", { ...long, causal: true }],
    ["heads that are no whole tile", { ...long, headDim: 20, dropout: spec }],
    ["causal, more keys than queries", { ...long, seqQ: 260, causal: true, headDim: 20, dropout: spec }],
    ["one head of 1", { ...long, nHeads: 1, headDim: 1 }],
    ["more queries than keys", { ...long, seqK: 7, lengths: [7, 5] }],
    ["lengths out of range", { ...long, seqQ: 9, seqK: 9, lengths: [12, -1] }],
    ["one query", { ...long, seqQ: 1, seqK: 203, nHeads: 3, lengths: [203, 1, 0, 7], dropout: spec }],
    ["few queries of many rows", { ...long, seqQ: 5, seqK: 9, lengths: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 9, 9, 1] }],
    ["few queries, causal", { ...long, seqQ: 4, seqK: 33, causal: true, headDim: 20, dropout: spec }],
    ["few queries, lengths out of range", { ...long, seqQ: 2, seqK: 9, lengths: [12, -1] }],
  ])("%s", (_, use) => expectTheComposite(use));

  const sizes = fc.record({
    seqQ: fc.integer({ min: 1, max: 60 }),
    ahead: fc.integer({ min: 0, max: 20 }),
    nHeads: fc.integer({ min: 1, max: 3 }),
    headDim: fc.integer({ min: 1, max: 18 }),
    lengths: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 2 }),
    causal: fc.boolean(),
    dropped: fc.boolean(),
  });
  it("for any sizes", () =>
    fc.assert(
      fc.asyncProperty(sizes, ({ ahead, dropped, ...use }) =>
        expectTheComposite({ ...use, seqK: use.seqQ + ahead, ...(dropped && { dropout: spec }) }),
      ),
      { numRuns: 40 },
    ));
});

it.each([9, 4])("the gradient's weights of %i queries add up to 1 however large the scores are", async (queries) => {
  // Scores near 20,000, where floats lie 1/512 apart: a weight from their difference to a logarithm would be 0.1 % off.
  const shape = [1, 9, 20];
  const [dv, dy] = await valuesOn(BACKEND_NAME, () => {
    const lengths = tf.tensor1d([9], "int32");
    const q = tf.fill([1, queries, 20], 45);
    const keys = tf.add(tf.mul(normals(shape, 2), 0.01), 100);
    const call = (v: tf.Tensor): tf.Tensor => attention(q, keys, v, { nHeads: 1, lengths });
    const slope = normals(q.shape, 4);
    return [tf.sum(tf.grad(call)(normals(shape, 3), slope), 1), tf.sum(slope, 1)];
  });
  dv?.forEach((sum, i) => expect(Math.abs(sum - (dy?.[i] as number))).toBeLessThan(1e-5)); // 81 terms of about 1/9
});

describe("the bits of attention", () => {
  const bits = new Map<string, number[][]>();
  describe.each([1, 2, 3])("on threads: %i", (threads) => {
    beforeAll(() => registerWasmBackend({ threads }));
    it.each<[string, Use]>([
      ["many heads", { ...long, nHeads: 8, headDim: 8, dropout: spec }],
      ["one head, its queries divided", { ...long, nHeads: 1, headDim: 40, lengths: [290], dropout: spec }],
      ["one causal head", { ...long, nHeads: 1, lengths: [0], causal: true }],
      ["one query, the heads divided", { ...long, seqQ: 1, nHeads: 5, dropout: spec }],
      [
        "few queries of many rows",
        { ...long, seqQ: 3, seqK: 21, lengths: new Array<number>(70).fill(20), causal: true },
      ],
    ])("are the same: %s", async (name, use) => {
      const got = bitsOf(await run(BACKEND_NAME, use));
      if (threads === 1) bits.set(name, got);
      expect(got).toEqual(bits.get(name));
    });
  });
});

it("attention keeps no scores and leaves nothing in the linear memory", async () => {
  await registerWasmBackend({ threads: 1 });
  await run(BACKEND_NAME, { ...long, dropout: spec }); // scratch and zeros are made once
  const before = blocksInUse();
  for (let i = 0; i < 20; i++) await run(BACKEND_NAME, { ...long, dropout: spec });
  expect(blocksInUse()).toBe(before);

  const bytes = (): number => (tf.memory() as tf.MemoryInfo & { linearBytes: number }).linearBytes;
  const x = normals([2, 300, 32], 1);
  const lengths = tf.tensor1d([300, 171], "int32");
  const attend = (given: tf.Tensor): tf.Tensor => attention(given, given, given, { nHeads: 2, lengths, dropout: spec });
  tf.dispose(attend(x)); // everything moves into the linear memory
  const held = bytes();
  let during = 0;
  const grad = tf.grad((given: tf.Tensor) => {
    const out = attend(given);
    during = bytes();
    return out;
  })(x);
  const queries = 2 * 2 * 300;
  // The result, two floats a query, and a bit a weight in rows of whole words.
  expect(during - held).toBe(4 * (2 * 300 * 32 + 2 * queries + 10 * queries));
  tf.dispose([grad, x, lengths]);
});
