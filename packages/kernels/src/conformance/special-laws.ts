import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillUniform } from "@xlm/core";
import { adamUpdate, attention, dropout, embeddingSum, globalNorm, layerNorm, meanLoss, vocabLoss } from "../index.js";
import { values } from "./cases.js";
import { expectClose, fail, type Tolerance } from "./compare.js";
import { adam64, factors64 } from "./reference.js";

export interface SpecialLaw {
  readonly kernel: string;
  readonly name: string;
  readonly check: (tolerance: Tolerance) => Promise<void>;
}

/** The values of what `build` returns; everything is disposed. */
export async function read(build: () => tf.Tensor[]): Promise<ArrayLike<number>[]> {
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(build);
  const data = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  const left = tf.memory().numTensors - before;
  if (left !== 0) fail(`tensors left behind: ${left}`);
  return data;
}

const one = async (build: () => tf.Tensor): Promise<ArrayLike<number>> =>
  (await read(() => [build()]))[0] as ArrayLike<number>;

export const exactly: Tolerance = { rtol: 0, atol: 0 };
const [batch, seq, dim, nHeads] = [2, 6, 8, 2];
const states = (seed: number): Float32Array => values([batch, seq, dim], seed);
const cube = (data: Float32Array): tf.Tensor => tf.tensor(data, [batch, seq, dim]);

/** The data with every token from `from[row]` on replaced. */
function replaced(data: Float32Array, from: readonly number[], seed: number): Float32Array {
  const other = states(seed);
  return data.map((value, i) =>
    Math.floor(i / dim) % seq < (from[Math.floor(i / (dim * seq))] as number) ? value : 100 * (other[i] as number),
  );
}

const attend = (k: Float32Array, v: Float32Array, lengths: number[], causal: boolean): Promise<ArrayLike<number>> =>
  one(() => attention(cube(states(1)), cube(k), cube(v), { nHeads, lengths: tf.tensor1d(lengths, "int32"), causal }));

/** The part of a result that belongs to tokens before `until[row]`. */
const before = (data: ArrayLike<number>, until: readonly number[]): number[] =>
  Array.from(data).filter((_, i) => Math.floor(i / dim) % seq < (until[Math.floor(i / (dim * seq))] as number));

export const specialLaws: readonly SpecialLaw[] = [
  {
    kernel: "Attention",
    name: "what stands at padding changes nothing",
    async check() {
      const lengths = [4, 1];
      const [k, v] = [states(2), states(3)];
      const plain = await attend(k, v, lengths, false);
      expectClose(
        "the result",
        await attend(replaced(k, lengths, 4), replaced(v, lengths, 5), lengths, false),
        plain,
        exactly,
      );
    },
  },
  {
    kernel: "Attention",
    name: "a row without keys gives 0 and no gradient",
    async check() {
      const out = await attend(states(2), states(3), [6, 0], false);
      expectClose("the second row", Array.from(out).slice(seq * dim), new Float32Array(seq * dim), exactly);
    },
  },
  {
    kernel: "Attention",
    name: "under causal the future changes nothing",
    async check(tolerance) {
      const now = [3, 5];
      const [k, v] = [states(2), states(3)];
      const plain = await attend(k, v, [6, 6], true);
      const changed = await attend(replaced(k, now, 4), replaced(v, now, 5), [6, 6], true);
      expectClose("the past", before(changed, now), before(plain, now), tolerance);
    },
  },
  {
    kernel: "Attention",
    name: "causal does not read the lengths",
    async check() {
      const [k, v] = [states(2), states(3)];
      expectClose("the result", await attend(k, v, [2, 0], true), await attend(k, v, [6, 6], true), exactly);
    },
  },
  {
    kernel: "Attention",
    name: "one tensor may be queries, keys and values",
    async check(tolerance) {
      const options = { nHeads, lengths: tf.tensor1d([6, 3], "int32") };
      const dy = states(8);
      const [q, k, v] = await read(() =>
        tf.grads((...given: tf.Tensor[]) => attention(given[0]!, given[1]!, given[2]!, options))(
          [cube(states(1)), cube(states(1)), cube(states(1))],
          cube(dy),
        ),
      );
      const together = await one(() =>
        tf.grad((x: tf.Tensor) => attention(x, x, x, options))(cube(states(1)), cube(dy)),
      );
      options.lengths.dispose();
      expectClose(
        "the gradient",
        together,
        states(1).map((_, i) => q![i]! + k![i]! + v![i]!),
        tolerance,
      );
    },
  },
  {
    kernel: "LayerNorm",
    name: "one tensor may be input and residual",
    async check(tolerance) {
      const norm = (x: tf.Tensor, residual: tf.Tensor): tf.Tensor =>
        layerNorm(x, tf.tensor1d(values([dim], 2)), tf.zeros([dim]), { residual });
      const dy = states(8);
      const [x, residual] = await read(() =>
        tf.grads((...given: tf.Tensor[]) => norm(given[0]!, given[1]!))([cube(states(1)), cube(states(1))], cube(dy)),
      );
      const together = await one(() => tf.grad((both: tf.Tensor) => norm(both, both))(cube(states(1)), cube(dy)));
      expectClose(
        "the gradient",
        together,
        states(1).map((_, i) => x![i]! + residual![i]!),
        tolerance,
      );
    },
  },
  {
    kernel: "EmbeddingSum",
    name: "the padding row gets no gradient",
    async check() {
      const ids = (): tf.Tensor => tf.tensor2d([[2, 0, 2, 1]], [1, 4], "int32");
      const grad = await one(() =>
        tf.grad((table: tf.Tensor) => embeddingSum(ids(), ids(), null, table, tf.zeros([3, 2]), null, { padId: 2 }))(
          tf.zeros([3, 2]),
          tf.ones([1, 4, 2]),
        ),
      );
      expectClose("the gradient", grad, [1, 1, 1, 1, 0, 0], exactly);
    },
  },
  {
    kernel: "VocabLoss",
    name: "uniform scores cost ln(vocab)",
    async check(tolerance) {
      const losses = await one(() =>
        vocabLoss(tf.zeros([3, 4]), tf.ones([50, 4]), tf.ones([50]), tf.tensor1d([0, 7, 49], "int32")),
      );
      expectClose(
        "the losses",
        losses,
        [1, 1, 1].map(() => Math.log(50)),
        tolerance,
      );
    },
  },
  {
    kernel: "VocabLoss",
    name: "a hopeless word costs its distance from the best",
    async check(tolerance) {
      const weight = (): tf.Tensor => tf.tensor2d([[1], [-1]]);
      const losses = await one(() =>
        vocabLoss(tf.tensor2d([[400]]), weight(), tf.zeros([2]), tf.tensor1d([1], "int32")),
      );
      expectClose("the loss", losses, [800], tolerance);
    },
  },
  {
    kernel: "Dropout",
    name: "keeps the words at or above the threshold, and its share",
    async check(tolerance) {
      const n = 40000;
      for (const rate of [0.1, 0.5, 0.9]) {
        const spec = { rate, key: [3, 9] as const };
        const out = Array.from(await one(() => dropout(tf.ones([n]), spec)));
        expectClose("the result", out, factors64(spec, n), tolerance);
        const kept = out.filter((value) => value !== 0).length;
        const sixSigma = 6 * Math.sqrt(n * rate * (1 - rate)); // binomial; a correct mask fails once in 10^8 keys
        if (Math.abs(kept - n * (1 - rate)) > sixSigma) fail(`${kept} of ${n} are kept at rate ${rate}`);
      }
    },
  },
  {
    kernel: "Dropout",
    name: "another key hides others",
    async check() {
      const hidden = async (key: [number, number]): Promise<number[]> =>
        Array.from(await one(() => dropout(tf.ones([64]), { rate: 0.5, key })));
      const base = await hidden([1, 1]);
      for (const key of [
        [1, 2],
        [2, 1],
      ] as const)
        if ((await hidden([...key])).every((value, i) => value === base[i]))
          fail(`key ${key.join(", ")} hides what 1, 1 hides`);
    },
  },
  {
    kernel: "MeanLoss",
    name: "shares of one count add up to the mean of all",
    async check(tolerance) {
      const losses = values([7], 5);
      const [all, first, rest] = await read(() =>
        [losses, losses.slice(0, 3), losses.slice(3)].map((part) => meanLoss(tf.tensor1d(part), 7)),
      );
      expectClose("the sum", [first![0]! + rest![0]!], all!, tolerance);
    },
  },
  {
    kernel: "GlobalNorm",
    name: "agrees with float64",
    async check(tolerance) {
      const parts = [values([3, 4], 1), values([], 2), values([0], 3), values([5], 4)];
      const expected = Math.sqrt(parts.reduce((sum, part) => part.reduce((s, x) => s + x * x, sum), 0));
      const norm = await one(() =>
        globalNorm([
          tf.tensor(parts[0]!, [3, 4]),
          tf.scalar(parts[1]![0]!),
          tf.tensor1d(parts[2]!),
          tf.tensor1d(parts[3]!),
        ]),
      );
      expectClose("the norm", norm, [expected], tolerance);
      expectClose("the norm of nothing", await one(() => globalNorm([])), [0], exactly);
    },
  },
  {
    kernel: "GlobalNorm",
    name: "keeps its digits over a million elements",
    async check(tolerance) {
      const big = new Float32Array(2 ** 20);
      fillUniform(createRng(4), big, 0.5, 1);
      const expected = Math.sqrt(big.reduce((sum, x) => sum + x * x, 0));
      for (const shape of [[1024, 1024], [2 ** 20]])
        expectClose("the norm", await one(() => globalNorm([tf.tensor(big, shape)])), [expected], tolerance);
    },
  },
  {
    kernel: "GlobalNorm",
    name: "NaN and infinity show",
    async check() {
      for (const bad of [NaN, Infinity]) {
        const norm = await one(() => globalNorm([tf.ones([3]), tf.tensor1d([1, bad])]));
        expectClose("the norm", norm, [bad], exactly);
      }
    },
  },
  {
    kernel: "Adam",
    name: "agrees with float64 over several steps",
    async check(tolerance) {
      const options = { lr: 0.01, beta1: 0.8, beta2: 0.95, eps: 1e-6, weightDecay: 0.05 };
      const shapes = [[3, 4], [5], [0]];
      let wide = shapes.map(
        (shape, i) => [values(shape, i), values(shape, 50).fill(0), values(shape, 50).fill(0)] as ArrayLike<number>[],
      );
      let narrow = wide.map((parts) => parts.map((part) => Float32Array.from(part)));
      for (let step = 1; step <= 5; step++) {
        const grads = shapes.map((shape, i) => values(shape, 10 * step + i));
        const given = narrow;
        const flat = await read(() => {
          const part = (which: number): tf.Tensor[] => given.map((parts, i) => tf.tensor(parts[which]!, shapes[i]));
          const g = grads.map((grad, i) => tf.tensor(grad, shapes[i]));
          const next = adamUpdate(part(0), g, part(1), part(2), { ...options, step }, tf.scalar(0.5));
          return [...next.params, ...next.m, ...next.v];
        });
        wide = wide.map(([p, m, v], i) =>
          adam64(
            p!,
            grads[i]!.map((x) => x / 2),
            m!,
            v!,
            { ...options, step },
          ),
        );
        narrow = shapes.map((_, i) => [0, 1, 2].map((which) => Float32Array.from(flat[which * shapes.length + i]!)));
        narrow.forEach((parts, i) =>
          parts.forEach((part, which) =>
            expectClose(`array ${which} of parameter ${i} after step ${step}`, part, wide[i]![which]!, tolerance),
          ),
        );
      }
    },
  },
];
