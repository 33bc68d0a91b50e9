// Trains the same model written in plain tfjs operations, on stock tfjs-wasm: tfjs-step.ts WASM_FOLDER SIZE.
// Bundled before it runs: tfjs-core's own gradients do not load in Node as they are.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { setWasmPaths, type BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { CLIP, DROPOUT, LEARNING_RATE, targetCount, type Size } from "../sizes.js";
import { serveSteps } from "./serve.js";

const MAX_LEN = 512;
const LANGS = 2;

/** The gradient of looking up embeddings needs this kernel, which stock tfjs-wasm lacks. */
function patch(): void {
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as BackendWasm;
      const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      const inner = x.shape.slice(segmentIds.shape.length);
      const width = tf.util.sizeFromShape(inner);
      const out = wasm.makeOutput([numSegments, ...inner], x.dtype);
      const sums = wasm.typedArrayFromHeap(out).fill(0);
      const values = wasm.typedArrayFromHeap(x);
      wasm.typedArrayFromHeap(segmentIds).forEach((segment, i) => {
        for (let j = 0; j < width; j++) (sums[segment * width + j] as number) += values[i * width + j] as number;
      });
      return out;
    },
  });
}

function createModel({ nLayers, embDim, nHeads, vocabSize, rows, seq }: Size) {
  const normal = (shape: number[], std: number): tf.Variable => tf.variable(tf.randomNormal(shape, 0, std));
  const affine = (inputs: number, out: number) => ({
    weight: normal([inputs, out], inputs ** -0.5),
    bias: tf.variable(tf.zeros([out])),
  });
  const norm = () => ({ gamma: tf.variable(tf.ones([embDim])), beta: tf.variable(tf.zeros([embDim])) });
  const tokens = normal([vocabSize, embDim], embDim ** -0.5);
  const places = normal([MAX_LEN, embDim], embDim ** -0.5);
  const langs = normal([LANGS, embDim], embDim ** -0.5);
  const bias = tf.variable(tf.zeros([vocabSize]));
  const first = norm();
  const layers = Array.from({ length: nLayers }, () => ({
    q: affine(embDim, embDim),
    k: affine(embDim, embDim),
    v: affine(embDim, embDim),
    out: affine(embDim, embDim),
    norm1: norm(),
    wide: affine(embDim, 4 * embDim),
    narrow: affine(4 * embDim, embDim),
    norm2: norm(),
  }));

  const linear = (x: tf.Tensor, by: ReturnType<typeof affine>): tf.Tensor => tf.add(tf.matMul(x, by.weight), by.bias);
  const layerNorm = (x: tf.Tensor, by: ReturnType<typeof norm>): tf.Tensor => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-12))), by.gamma), by.beta);
  };
  const gelu = (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
  const drop = (x: tf.Tensor): tf.Tensor => tf.dropout(x, DROPOUT);
  const heads = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [rows, seq, nHeads, embDim / nHeads]), [0, 2, 1, 3]);

  /** The mean loss of predicting `targets` at `targetIndices`. */
  return (ids: tf.Tensor1D, langIds: tf.Tensor1D, targetIndices: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar => {
    const words = tf.reshape(tf.add(tf.gather(tokens, ids), tf.gather(langs, langIds)), [rows, seq, embDim]);
    const placed = tf.add(words, tf.slice(places, [0, 0], [seq, embDim]));
    let x = tf.reshape(drop(layerNorm(placed, first)), [rows * seq, embDim]);
    for (const layer of layers) {
      const [q, k, v] = [layer.q, layer.k, layer.v].map((by) => heads(linear(x, by))) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const scores = tf.matMul(tf.div(q, Math.sqrt(embDim / nHeads)), k, false, true);
      const mixed = tf.matMul(drop(tf.softmax(scores)), v);
      const context = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows * seq, embDim]);
      x = layerNorm(tf.add(x, drop(linear(context, layer.out))), layer.norm1);
      x = layerNorm(tf.add(x, drop(linear(gelu(linear(x, layer.wide)), layer.narrow))), layer.norm2);
    }
    const logits = tf.add(tf.matMul(tf.gather(x, targetIndices) as tf.Tensor2D, tokens, false, true), bias);
    const picked = tf.mul(tf.logSoftmax(logits), tf.oneHot(targets, vocabSize));
    return tf.neg(tf.mean(tf.sum(picked, -1)));
  };
}

async function main(): Promise<void> {
  const [folder = "", json = ""] = process.argv.slice(2);
  const size = JSON.parse(json) as Size;
  tf.env().set("PROD", true); // no greeting on stdout
  setWasmPaths(folder);
  await tf.setBackend("wasm");
  patch();
  const lossOf = createModel(size);
  const adam = tf.train.adam(LEARNING_RATE);
  const n = targetCount(size);
  const every = Math.floor((size.rows * size.seq) / n);
  const ids = tf.randomUniform<tf.Rank.R1>([size.rows * size.seq], 14, size.vocabSize, "int32");
  const langIds = tf.zeros<tf.Rank.R1>([size.rows * size.seq], "int32");
  const targetIndices = tf.range(0, every * n, every, "int32");
  const targets = tf.gather(ids, targetIndices);

  const step = async (): Promise<number> => {
    const value = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => lossOf(ids, langIds, targetIndices, targets));
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((grad) => tf.sum(tf.square(grad)))));
      const factor = tf.minimum(tf.div(CLIP, tf.add(norm, 1e-6)), 1);
      adam.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(g, factor)])));
      return value;
    });
    const [loss] = await value.data();
    value.dispose();
    if (!Number.isFinite(loss)) throw new Error(`stock tfjs-wasm trains to a loss of ${loss}`);
    return loss as number;
  };
  await serveSteps({ tfjs: tf.version_core }, size.rows * size.seq, step);
}

void main();
