// Milliseconds of what one step of decoding does beside its matrix products (8 heads of 64):
//   node --conditions=@xlm/source --import tsx packages/backend-wasm/bench/decode.ts [threads] [part of a name]
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal } from "@xlm/core";
import { attention, embeddingSum, gatherRows, layerNorm, topLogProbs } from "@xlm/kernels";
import { registerWasmBackend, wasmInfo } from "../src/index.js";

const [threads = "1", part = ""] = process.argv.slice(2);
const [dim, nHeads, vocab] = [512, 8, 10000];
tf.env().set("PROD", true);
await registerWasmBackend({ threads: Number(threads), v8Flags: true });
await tf.setBackend("xlm-wasm");
await new Promise((resolve) => setTimeout(resolve, 300)); // threads start
const rng = createRng(1);

function floats(...shape: number[]): tf.Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(rng, data, 0, 1);
  return tf.tensor(data, shape);
}
const ints = (shape: number[], bound: number): tf.Tensor => {
  const n = shape.reduce((a, b) => a * b, 1);
  const data = Int32Array.from({ length: n }, () => rng.uint32() % bound);
  return tf.tensor(data, shape, "int32");
};

const attend = (batch: number, seqQ: number, seqK: number): (() => tf.Tensor) => {
  const [q, k, v] = [floats(batch, seqQ, dim), floats(batch, seqK, dim), floats(batch, seqK, dim)];
  const lengths = tf.fill([batch], seqK, "int32");
  return () => attention(q, k, v, { nHeads, lengths });
};
const norm = (rows: number): (() => tf.Tensor) => {
  const [x, residual, gamma, beta] = [floats(rows, 1, dim), floats(rows, 1, dim), floats(dim), floats(dim)];
  return () => layerNorm(x, gamma, beta, { residual });
};
const embed = (rows: number): (() => tf.Tensor) => {
  const [tokens, positions, langs] = [floats(vocab, dim), floats(256, dim), floats(2, dim)];
  const [ids, places, languages] = [ints([rows, 1], vocab), ints([rows, 1], 256), ints([rows, 1], 2)];
  return () => embeddingSum(ids, places, languages, tokens, positions, langs);
};
const append = (rows: number, seq: number): (() => tf.Tensor) => {
  const [before, now] = [floats(rows, seq, dim), floats(rows, 1, dim)] as tf.Tensor3D[];
  return () => tf.concat([before!, now!], 1);
};
const choose = (rows: number, seq: number): (() => tf.Tensor) => {
  const [x, indices] = [floats(rows, seq, dim), ints([rows], rows) as tf.Tensor1D];
  return () => tf.gather(x, indices);
};
const chooseRows = (rows: number, seq: number): (() => tf.Tensor) => {
  const [x, indices] = [floats(rows, seq * dim), ints([rows], rows)];
  return () => gatherRows(x, indices);
};
const best = (rows: number, k: number): (() => tf.Tensor) => {
  const scores = floats(rows, vocab);
  return () => {
    const { values, indices } = topLogProbs(scores, k);
    indices.dispose();
    return values;
  };
};

const uses: [string, () => () => tf.Tensor][] = [
  ...[1, 4, 40, 400].flatMap((rows) =>
    [1, 10, 30, 100].map((seq): [string, () => () => tf.Tensor] => [
      `attention [${rows}, 1] to ${seq}`,
      () => attend(rows, 1, seq),
    ]),
  ),
  ...[1, 10, 80].map((rows): [string, () => () => tf.Tensor] => [
    `attention [${rows}, 5] to 30`,
    () => attend(rows, 5, 30),
  ]),
  ...[12, 24, 48].map((seq): [string, () => () => tf.Tensor] => [
    `attention [20, ${seq}] to ${seq}`,
    () => attend(20, seq, seq),
  ]),
  ["layer norm [400, 1]", () => norm(400)],
  ["layer norm [4, 1]", () => norm(4)],
  ["embedding sum [400, 1]", () => embed(400)],
  ["embedding sum [4, 1]", () => embed(4)],
  ["concat [400, 30] with [400, 1]", () => append(400, 30)],
  ["concat [4, 30] with [4, 1]", () => append(4, 30)],
  ["gather of [400, 30]", () => choose(400, 30)],
  ["gather of [4, 30]", () => choose(4, 30)],
  ["gather rows of [400, 30]", () => chooseRows(400, 30)],
  ["top 5 of [400, 10000]", () => best(400, 5)],
  ["top 20 of [400, 10000]", () => best(400, 20)],
];

console.log(process.version, wasmInfo().build, "threads", threads);
for (const [title, make] of uses.filter(([title]) => title.includes(part))) {
  const scope = tf.engine();
  scope.startScope();
  const run = make();
  const times: number[] = [];
  const end = performance.now() + 300;
  while (performance.now() < end || times.length < 20) {
    const start = performance.now();
    const out = run();
    times.push(performance.now() - start);
    out.dispose();
    if (times.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0)); // threads and compilers
  }
  scope.endScope();
  times.sort((a, b) => a - b);
  const [best = 0, median = 0] = [times[0], times[times.length >> 1]];
  console.log(title.padEnd(34), median.toFixed(3).padStart(8), "ms median", best.toFixed(3).padStart(8), "best");
}
process.exit(0);
