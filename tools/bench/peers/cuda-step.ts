// Trains on xlm-cuda with the project's own model and trainer: cuda-step.ts TASK, told over stdin how many steps to take.
import * as tf from "@tensorflow/tfjs-core";
import { BACKEND_NAME, cudaInfo, registerCudaBackend } from "@xlm/backend-cuda";
import { createRng, fillUniform, type TokenBatch } from "@xlm/core";
import { clmTargets, createMasker } from "@xlm/objectives";
import { createTensorOptimizer, mlm, mt, parseOptimizer, trainStep, type ObjectiveBatch } from "@xlm/trainer";
import { createEncoderDecoder, createTransformer } from "@xlm/transformer";
import { cudaOptions } from "../../src/cuda.js";
import { halfOf, N_LANGS, tokensOf, type CudaTask } from "../cuda-sizes.js";
import { serve } from "./serve.js";

const PRODUCTS = 10;
const MIB = 1 << 20;

const task = JSON.parse(process.argv[2] ?? "") as CudaTask;
const { nLayers, embDim, nHeads, vocabSize, rows, seq, precision, dropout, clip, lr } = task;
tf.env().set("PROD", true);
await registerCudaBackend({ ...(process.env["XLM_CUDA"] === "emulator" && cudaOptions()), precision });
await tf.setBackend(BACKEND_NAME);
const { name: gpu, driver, compiler, cublasLt } = cudaInfo();
if (cudaInfo().precision !== precision) throw new Error(`${gpu} does not compute in ${precision}`);

const rng = createRng(1);
const productTflops = await squareProduct(task.square);
const sizes = { vocabSize, nLangs: N_LANGS, embDim, nHeads, dropout, attentionDropout: dropout };
const { model, part } = task.model === "mlm" ? languageModel() : translator();
const optimizer = createTensorOptimizer(parseOptimizer(`adam,lr=${lr}`), model.params);

await serve({ gpu, driver, nvrtc: compiler, cublasLt, productTflops }, async (line) => {
  const steps = Number(line);
  const start = performance.now();
  // The loss that a step returns has been read from the device: with the last one everything is done.
  for (let i = 0; i < steps; i++) await trainStep(model, optimizer, [part()], { clip, dropoutRng: rng });
  const stepMs = (performance.now() - start) / steps;
  const { deviceBytes, deviceReserved } = tf.memory() as tf.MemoryInfo & {
    deviceBytes: number;
    deviceReserved: number;
  };
  // What the pool has taken it keeps: the most that it held at once.
  const memory = { peakMiB: deviceReserved / MIB, heldMiB: deviceBytes / MIB };
  return { tokensPerSecond: (tokensOf(task) * 1000) / stepMs, stepMs, ...memory };
});
tf.removeBackend(BACKEND_NAME);

function randomBatch(lang: (row: number) => number): TokenBatch {
  return {
    ids: Int32Array.from({ length: rows * seq }, () => 14 + (rng.uint32() % (vocabSize - 14))),
    shape: [rows, seq],
    lengths: new Int32Array(rows).fill(seq),
    langs: Int32Array.from({ length: rows * seq }, (_, i) => lang(Math.floor(i / seq)) % N_LANGS),
  };
}

function languageModel() {
  const mask = createMasker({ size: vocabSize, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 });
  const batch = randomBatch((row) => row);
  const objective = mlm();
  const part = (): ObjectiveBatch => ({ objective, batch: mask(batch, rng) });
  return { model: createTransformer({ ...sizes, nLayers }, { rng }), part };
}

function translator() {
  const [source, target] = [randomBatch((row) => row), randomBatch((row) => row + 1)];
  const batch: ObjectiveBatch = { objective: mt(), batch: { source, target: clmTargets(target) } };
  return { model: createEncoderDecoder({ ...sizes, nLayers: halfOf(nLayers) }, { rng }), part: () => batch };
}

/** What the card makes of a square product, in 10¹² operations a second: the mark for the steps. */
async function squareProduct(side: number): Promise<number> {
  const random = (): tf.Tensor2D => {
    const values = new Float32Array(side * side);
    fillUniform(rng, values, -1, 1);
    return tf.tensor2d(values, [side, side]);
  };
  const [a, b] = [random(), random()];
  const products = (n: number): void => {
    for (let i = 0; i < n; i++) tf.matMul(a, b).dispose();
  };
  products(2);
  const { kernelMs } = await tf.time(() => products(PRODUCTS));
  tf.dispose([a, b]);
  return (PRODUCTS * 2 * side ** 3) / ((kernelMs as number) * 1e9);
}
