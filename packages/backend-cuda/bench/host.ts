// What the host does for a training step of twelve layers, without a GPU: calls of the libraries by name, and the time of a step on the
// emulator with nothing computed (npm run test:cuda-emulated builds it). Sizes of tensors do not matter to it.
//   node --conditions=@xlm/source --import tsx packages/backend-cuda/bench/host.ts [fp32|tf32|bf16]
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TokenBatch } from "@xlm/core";
import { maskTokens } from "@xlm/objectives";
import { createTensorOptimizer, mlm, parseOptimizer, trainStep } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";
import { BACKEND_NAME, registerCudaBackend, type Precision } from "../src/index.js";
import { emulated, emulator } from "../test/emulator.js";

const [precision = "bf16"] = process.argv.slice(2) as Precision[];
const STEPS = 60;
const WARM_UP = 20;
const vocab = { size: 1000, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
const [rows, seq] = [4, 32];
const COUNTED = ["cuLaunchKernel", "cublasLtMatmul", "cuMemAllocAsync", "cuMemcpyHtoDAsync_v2", "cuStreamSynchronize"];

tf.env().set("PROD", true);
await registerCudaBackend({ ...emulated, precision });
await tf.setBackend(BACKEND_NAME);
emulator.set("dry", 1);
const rng = createRng(1);
const sizes = { embDim: 16, nLayers: 12, nHeads: 2, nLangs: 15, vocabSize: vocab.size, maxLen: 64 };
const model = createTransformer({ ...sizes, dropout: 0.1, attentionDropout: 0.1 }, { rng: rng.split() });
const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.0001"), model.params);
const batch: TokenBatch = {
  ids: Int32Array.from({ length: rows * seq }, (_, i) => 14 + (i % 900)),
  shape: [rows, seq],
  lengths: new Int32Array(rows).fill(seq),
  langs: new Int32Array(rows * seq),
};
const counts = (): number[] => COUNTED.map((name) => emulator.calls(name));
const times: number[] = [];
let calls: number[] = [];
for (let step = 0; step < STEPS; step++) {
  const masked = maskTokens(batch, vocab, rng);
  const before = counts();
  const start = performance.now();
  await trainStep(model, optimizer, [{ objective: mlm(), batch: masked }], { dropoutRng: rng });
  if (step >= WARM_UP) times.push(performance.now() - start);
  calls = counts().map((count, i) => count - (before[i] as number));
}
const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
const perStep = Object.fromEntries(COUNTED.map((name, i) => [name, calls[i]]));
console.log(JSON.stringify({ precision, msPerStep: Number(median.toFixed(1)), ...perStep }));
tf.removeBackend(BACKEND_NAME);
