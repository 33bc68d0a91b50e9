// Milliseconds of each kernel that goes over rows or elements, at the sizes of a small model's step:
//   node --conditions=@xlm/source --import tsx packages/backend-wasm/bench/rows.ts [threads]
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal } from "@xlm/core";
import { registerWasmBackend, wasmInfo } from "../src/index.js";

const [threads = "1"] = process.argv.slice(2);
tf.env().set("PROD", true);
await registerWasmBackend({ threads: Number(threads), v8Flags: true });
await tf.setBackend("xlm-wasm");
const rng = createRng(1);

function floats(...shape: number[]): tf.Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(rng, data, 0, 1);
  return tf.tensor(data, shape);
}
const ints = (n: number, bound: number): tf.Tensor =>
  tf.tensor1d(
    Int32Array.from({ length: n }, () => rng.uint32() % bound),
    "int32",
  );

const [rows, dim, vocab, maxLen, nTargets] = [2048, 256, 8000, 512, 307];
const x = floats(rows, dim);
const residual = floats(rows, dim);
const dy = floats(rows, dim);
const gamma = floats(dim);
const beta = floats(dim);
const rowMask = tf.ones([rows]);
const tables = {
  tokenTable: floats(vocab, dim),
  positionTable: floats(maxLen, dim),
  langTable: floats(2, dim),
};
const ids = {
  ids: ints(rows, vocab),
  positions: ints(rows, 128),
  langs: ints(rows, 2),
};
const indices = ints(nTargets, rows);
const params = Array.from({ length: 20 }, () => floats(1024, 256));
const many = (letter: string): Record<string, tf.Tensor> =>
  Object.fromEntries(params.map((p, i) => [`${letter}${i}`, p]));
const dropout = { rate: 0.1, key: [3, 4] };
const adamAttrs = {
  lr: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  step: 3,
  n: params.length,
};

type Inputs = Record<string, tf.Tensor>;
const run = (name: string, inputs: Inputs, attrs: unknown): tf.Tensor[] => {
  const out: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, inputs, attrs as never);
  return Array.isArray(out) ? out : [out];
};
const norm = { x, residual, gamma, beta, rowMask };
const plain = { eps: 1e-12, dropout: null, hasResidual: true };
const dropped = { ...plain, dropout };
const [, sums, stats, bits] = run("XlmLayerNorm", norm, dropped) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
const back = { dy, gamma, rowMask, aux0: sums, aux1: stats };
const kept = run("XlmDropout", { x }, { dropout })[1] as tf.Tensor;
const adamInputs = { ...many("p"), ...many("g"), ...many("m"), ...many("v") };
const sizes = [vocab, maxLen, 2];
const uses: [string, string, Inputs, unknown][] = [
  ["layer norm", "XlmLayerNorm", norm, plain],
  ["layer norm, dropout", "XlmLayerNorm", norm, dropped],
  ["layer norm gradient", "XlmLayerNormGrad", back, plain],
  ["layer norm gradient, dropout", "XlmLayerNormGrad", { ...back, aux2: bits }, dropped],
  ["dropout", "XlmDropout", { x }, { dropout }],
  ["dropout gradient", "XlmDropoutGrad", { dy, aux0: kept }, { dropout }],
  ["embedding sum", "XlmEmbeddingSum", { ...ids, ...tables }, { padId: 2, sizes }],
  ["embedding sum gradient", "XlmEmbeddingSumGrad", { dy, ...ids }, { padId: 2, sizes }],
  ["gather rows", "XlmGatherRows", { x, indices }, { shape: x.shape }],
  ["gather rows gradient", "XlmGatherRowsGrad", { dy: floats(nTargets, dim), indices }, { shape: x.shape }],
  ["global norm, 5.2 M", "XlmGlobalNorm", many("t"), {}],
  ["adam, 5.2 M", "XlmAdam", adamInputs, adamAttrs],
];

console.log(process.version, wasmInfo().build, "threads", threads);
for (const [title, name, inputs, attrs] of uses) {
  const times: number[] = [];
  const end = performance.now() + 500;
  while (performance.now() < end || times.length < 20) {
    const start = performance.now();
    const out = run(name, inputs, attrs);
    times.push(performance.now() - start);
    tf.dispose(out);
    if (times.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0)); // threads and compilers
  }
  times.sort((a, b) => a - b);
  const [best = 0, median = 0] = [times[0], times[times.length >> 1]];
  console.log(title.padEnd(30), median.toFixed(3).padStart(8), "ms median", best.toFixed(3).padStart(8), "best");
}
process.exit(0);
