// One pretraining step made of the kernels alone, timed on a stock backend:
//   node --conditions=@xlm/source --import tsx packages/kernels/bench/step.ts wasm 5 0
// (backend, steps, dropout rate; then `profile` for the time of each kernel.)
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, fillNormal } from "@xlm/core";
import {
  adamUpdate,
  attention,
  dropout,
  embeddingSum,
  gatherRows,
  globalNorm,
  layerNorm,
  linear,
  meanLoss,
  vocabLoss,
} from "../src/index.js";

const [backend = "wasm", steps = "3", rate = "0", profile] = process.argv.slice(2);
tf.env().set("PROD", true);
await tf.setBackend(backend);
await tf.ready();

const size = { layers: 4, dim: 256, hidden: 1024, heads: 8, vocab: 8000, batch: 16, seq: 128, targets: 307 };
const rng = createRng(1);
const param = (...shape: number[]): tf.Variable => {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(rng, data, 0, 0.05);
  return tf.variable(tf.tensor(data, shape));
};
const ints = (n: number, bound: number): Int32Array =>
  Int32Array.from({ length: n }, () => Math.floor(rng.next() * bound));
const { dim, hidden, vocab, batch, seq } = size;
const tables = [param(vocab, dim), param(512, dim), param(2, dim)] as const;
const norm = () => [param(dim), param(dim)] as const;
const affine = (out: number, into: number) => [param(out, into), param(out)] as const;
const layers = Array.from({ length: size.layers }, () => ({
  q: affine(dim, dim),
  k: affine(dim, dim),
  v: affine(dim, dim),
  o: affine(dim, dim),
  n1: norm(),
  f1: affine(hidden, dim),
  f2: affine(dim, hidden),
  n2: norm(),
}));
const n0 = norm();
const outBias = param(vocab);
const params = [...tables, ...n0, outBias, ...layers.flatMap((layer) => Object.values(layer).flat())];

const ids = tf.tensor(ints(batch * seq, vocab), [batch, seq], "int32");
const positions = tf.tensor(
  Int32Array.from({ length: batch * seq }, (_, i) => i % seq),
  [batch, seq],
  "int32",
);
const langs = tf.tensor(ints(batch * seq, 2), [batch, seq], "int32");
const lengths = tf.tensor1d(
  Int32Array.from({ length: batch }, (_, i) => seq - i),
  "int32",
);
const rowMask = tf.tensor(
  Float32Array.from({ length: batch * seq }, (_, i) => (i % seq < seq - Math.floor(i / seq) ? 1 : 0)),
);
const indices = tf.tensor1d(ints(size.targets, batch * seq).sort(), "int32");
const targets = tf.tensor1d(ints(size.targets, vocab), "int32");

/** Milliseconds of processor time, which other work on the machine disturbs less than the clock's. */
const cpu = (): number => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;

let keys = 0;
const spec = () => ({ dropout: { rate: Number(rate), key: [7, keys++] as const } });
function loss(): tf.Scalar {
  const { nHeads } = { nHeads: size.heads };
  let x: tf.Tensor = embeddingSum(ids, positions, langs, ...tables);
  x = layerNorm(x, ...n0, { rowMask });
  if (Number(rate) > 0) x = dropout(x, spec().dropout);
  for (const { q, k, v, o, n1, f1, f2, n2 } of layers) {
    const mixed = attention(linear(x, ...q), linear(x, ...k), linear(x, ...v), { nHeads, lengths, ...spec() });
    x = layerNorm(linear(mixed, ...o), ...n1, { residual: x, ...spec() });
    x = layerNorm(linear(linear(x, ...f1, { activation: "gelu" }), ...f2), ...n2, { residual: x, rowMask, ...spec() });
  }
  return meanLoss(vocabLoss(gatherRows(x, indices), tables[0], outBias, targets));
}

let m: tf.Tensor[] = params.map((p) => tf.zerosLike(p));
let v: tf.Tensor[] = params.map((p) => tf.zerosLike(p));
function step(t: number): [number, number, number, number] {
  const times = [cpu()];
  const before = tf.memory().numTensors;
  const { value, grads } = tf.variableGrads(loss, params);
  value.dataSync();
  times.push(cpu());
  tf.tidy(() => {
    const list = params.map((p) => grads[p.name] as tf.Tensor);
    const scale = tf.minimum(tf.div(5, tf.add(globalNorm(list), 1e-6)), 1);
    const next = adamUpdate(params, list, m, v, { lr: 1e-4, step: t }, scale);
    params.forEach((p, i) => p.assign(next.params[i] as tf.Tensor));
    tf.dispose([m, v]);
    m = next.m.map((x) => tf.keep(x));
    v = next.v.map((x) => tf.keep(x));
  });
  params[5]?.dataSync();
  times.push(cpu());
  const shown = value.dataSync()[0] as number;
  tf.dispose([value, grads]);
  return [
    shown,
    (times[1] as number) - (times[0] as number),
    (times[2] as number) - (times[1] as number),
    tf.memory().numTensors - before,
  ];
}
for (let t = 1; t <= Number(steps); t++) {
  const [shown, grad, update, leaked] = step(t);
  console.log(
    `loss ${shown.toFixed(5)}  gradient ${grad.toFixed(0)} ms  update ${update.toFixed(0)} ms  leaked ${leaked}`,
  );
}
if (profile) {
  const sums = new Map<string, [number, number]>();
  const { kernels } = await tf.profile(() => {
    step(Number(steps) + 1);
    return tf.scalar(0);
  });
  for (const { name, kernelTimeMs } of kernels) {
    const [time, calls] = sums.get(name) ?? [0, 0];
    sums.set(name, [time + Number(kernelTimeMs), calls + 1]);
  }
  for (const [name, [time, calls]] of [...sums].sort((a, b) => b[1][0] - a[1][0]))
    console.log(name.padEnd(28), time.toFixed(1).padStart(9), "ms", String(calls).padStart(5), "calls");
}
