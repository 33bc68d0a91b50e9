// Sizes beyond those of the conformance suite, against the composites on tfjs's cpu backend.
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal, sizeOf } from "@xlm/core";
import { attention, embeddingSum, layerNorm, linear, vocabLoss, type DropoutSpec } from "@xlm/kernels";
import { kernelLaws } from "@xlm/kernels/conformance";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Device } from "../src/device.js";
import { registerCudaBackend, type CudaBackendOptions } from "../src/index.js";
import { emulated, emulator } from "./emulator.js";

type Build = () => tf.Tensor[];

const normal = (shape: number[], seed: number): tf.Tensor => {
  const values = new Float32Array(sizeOf(shape));
  fillNormal(createRng(seed), values);
  return tf.tensor(values, shape);
};

async function valuesOn(backend: string, build: Build): Promise<number[][]> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(build);
  const values = await Promise.all(tensors.map(async (x) => Array.from(await x.data())));
  tf.dispose(tensors);
  return values;
}

/** The largest distance of anything that `build` computes on the two backends. */
async function distance(build: Build, options: CudaBackendOptions = {}): Promise<number> {
  await registerCudaBackend({ ...emulated, precision: "fp32", ...options });
  const got = await valuesOn("xlm-cuda", build);
  const expected = await valuesOn("cpu", build);
  expect(got.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  return Math.max(...got.map((part, k) => Math.max(...part.map((x, i) => Math.abs(x - (expected[k]?.[i] as number))))));
}

/** The result and the gradients of a function of tensors. */
function withGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, ...xs: tf.Tensor[]): tf.Tensor[] {
  const out = f(...xs);
  return [out, ...tf.grads(f)(xs, normal(out.shape, 99))];
}

afterEach(() => {
  expect(emulator.races()).toBe(0);
  emulator.reset();
});

const dropout: DropoutSpec = { rate: 0.2, key: [7, 123456789] };

interface Heads {
  seqQ: number;
  seqK: number;
  nHeads: number;
  headDim: number;
  lengths: number[];
  causal?: boolean;
  dropout?: DropoutSpec;
}

const attend =
  ({ seqQ, seqK, nHeads, headDim, lengths, ...options }: Heads): Build =>
  () => {
    const shape = (seq: number): number[] => [lengths.length, seq, nHeads * headDim];
    const keys = tf.tensor1d(lengths, "int32");
    return withGradients(
      (q, k, v) => attention(q, k, v, { nHeads, lengths: keys, ...options }),
      ...[normal(shape(seqQ), 1), normal(shape(seqK), 2), normal(shape(seqK), 3)],
    );
  };

/** Rounding of sums of a hundred and more terms, some of them sums themselves. */
const FLOAT = 2e-5;

describe("attention over several tiles", () => {
  const cases: [string, Heads][] = [
    ["padding", { seqQ: 70, seqK: 70, nHeads: 2, headDim: 24, lengths: [70, 33] }],
    ["causal", { seqQ: 70, seqK: 70, nHeads: 1, headDim: 16, lengths: [70, 70], causal: true }],
    ["causal, more keys", { seqQ: 5, seqK: 70, nHeads: 1, headDim: 16, lengths: [70], causal: true }],
    ["dropout", { seqQ: 67, seqK: 45, nHeads: 2, headDim: 8, lengths: [45, 0], dropout }],
    ["heads of 128", { seqQ: 40, seqK: 40, nHeads: 1, headDim: 128, lengths: [37] }],
  ];
  it.each(cases)("%s", async (_, heads) => {
    expect(await distance(attend(heads))).toBeLessThan(FLOAT);
  });

  // Blocks of one warp, of two and of four, by what shared memory a block may have.
  it.each([36_000, 50_000, 120_000])("with %d bytes of shared memory", async (bytes) => {
    emulator.set("sharedOptin", bytes);
    const heads = { seqQ: 70, seqK: 50, nHeads: 1, headDim: 128, lengths: [50] };
    expect(await distance(attend(heads))).toBeLessThan(FLOAT);
  });

  it.each([
    ["tf32", 2 ** -8],
    ["bf16", 2 ** -5],
  ] as const)("in %s, to some units of its rounding", async (precision, bound) => {
    const heads = { seqQ: 70, seqK: 70, nHeads: 2, headDim: 64, lengths: [70, 33], dropout };
    expect(await distance(attend(heads), { precision })).toBeLessThan(4 * bound);
  });
});

it("stores what goes from product to product as bf16, in half the room", async () => {
  await registerCudaBackend({ ...emulated, precision: "bf16" });
  await tf.setBackend("xlm-cuda");
  const [x, weight] = [normal([64, 64], 1), normal([64, 64], 2)];
  tf.dispose(linear(x, weight, null)); // operands and cuBLASLt's workspace are there from now on
  const bytes = (): number => (tf.memory() as tf.MemoryInfo & { deviceBytes: number }).deviceBytes;
  const before = bytes();
  const out = linear(x, weight, null);
  expect(bytes() - before).toBe(2 * 64 * 64);
  const words = new Uint32Array((await out.data<"float32">()).slice().buffer);
  expect(words.every((word) => (word & 0xffff) === 0)).toBe(true);
  const [twice, sum] = await Promise.all([tf.mul(out, 2).data(), tf.add(out, out).data()]);
  expect(sum).toEqual(twice);
});

it("the vocabulary in several parts", async () => {
  const [n, dim, vocab] = [4096, 4, 8200]; // more than 2^25 scores
  const build: Build = () => {
    const targets = tf.tensor1d(
      Array.from({ length: n }, (_, i) => (i * 7919) % vocab),
      "int32",
    );
    return withGradients(
      (hidden, weight, bias) => vocabLoss(hidden, weight, bias, targets),
      ...[normal([n, dim], 1), normal([vocab, dim], 2), normal([vocab], 3)],
    );
  };
  expect(await distance(build)).toBeLessThan(2e-4); // sums of 8,192 terms
});

it("an index that hundreds of rows share", async () => {
  const build: Build = () => {
    const ids = tf.tensor2d(
      Int32Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? i % 7 : 2)),
      [2, 300],
      "int32",
    );
    const positions = tf.tensor2d(
      Int32Array.from({ length: 600 }, (_, i) => i % 300),
      [2, 300],
      "int32",
    );
    return withGradients(
      (tokens, places) => embeddingSum(ids, positions, null, tokens, places, null),
      ...[normal([9, 5], 1), normal([300, 5], 2)],
    );
  };
  expect(await distance(build)).toBeLessThan(1e-4); // sums of 500 terms
});

it.each([1027, 1000, 3])("rows of %d under dropout, wherever they begin in the stream", async (dim) => {
  const build: Build = () =>
    withGradients(
      (x, residual, gamma, beta) => layerNorm(x, gamma, beta, { residual: residual, dropout }),
      ...[normal([70, dim], 1), normal([70, dim], 2), normal([dim], 3), normal([dim], 4)],
    );
  expect(await distance(build)).toBeLessThan(5e-5);
});

describe("products that cuBLASLt does not take", () => {
  beforeEach(() => registerCudaBackend({ ...emulated, precision: "fp32" }));
  const laws = kernelLaws({ backend: "xlm-cuda", tolerance: { rtol: 1e-5, atol: 4e-5 } });
  for (const law of laws.filter(({ name }) => /^(Linear|VocabLoss)/.test(name))) {
    it(law.name, async () => {
      const refused = vi.spyOn(Device.prototype, "multiply").mockReturnValue(false);
      await law.run();
      refused.mockRestore();
    });
  }
});
