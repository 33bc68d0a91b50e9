// Products on one backend: matmul.ts BACKEND THREADS, told over stdin what to multiply and for how long.
import * as tf from "@tensorflow/tfjs-core";
import { wasmInfo } from "@xlm/backend-wasm";
import { startBackend } from "./backend.js";
import { serve } from "./serve.js";

/** `op(a) @ op(b)` of `batch` matrices, `op(a)` being `[m, k]` and `op(b)` `[k, n]`. */
export interface Product {
  batch: number;
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  /** How many right operands take turns, as the weights of a model's layers do. */
  weights: number;
}
export type MatmulRequest = Product & { seconds: number };

/** GFLOP/s that the tile loop of the running build reaches on one core on operands already packed. */
function tilePeak(): number {
  const { build, trials } = wasmInfo();
  return trials.find(({ name }) => name === build)?.gflops ?? NaN;
}

const [backend = "", threads] = process.argv.slice(2);
const facts = await startBackend(backend, Number(threads));

type Shape = [number, number, number];
interface Operands {
  key: string;
  a: tf.Tensor3D;
  weights: tf.Tensor3D[];
}
let operands: Operands | undefined;
function operandsFor({ batch, m, n, k, transposeA, transposeB, weights }: Product): Operands {
  const shapeA: Shape = transposeA ? [batch, k, m] : [batch, m, k];
  const shapeB: Shape = transposeB ? [batch, n, k] : [batch, k, n];
  const key = `${shapeA.join()}/${shapeB.join()}`;
  if (operands?.key !== key) {
    if (operands) tf.dispose([operands.a, ...operands.weights]);
    operands = { key, a: filled(shapeA), weights: Array.from({ length: weights }, () => filled(shapeB)) };
  }
  return operands;
}

function filled(shape: Shape): tf.Tensor3D {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < values.length; i++) values[i] = (Math.imul(i, 0x9e3779b1) | 0) / 2 ** 31;
  return tf.tensor3d(values, shape);
}

await serve(facts, (line) => {
  const request = JSON.parse(line) as MatmulRequest;
  const { a, weights } = operandsFor(request);
  const peak = backend === "xlm-wasm" && threads === "1" ? tilePeak() : NaN;
  const start = performance.now();
  let calls = 0;
  let ms = 0;
  do {
    const b = weights[calls++ % weights.length] as tf.Tensor3D;
    tf.dispose(tf.matMul(a, b, request.transposeA, request.transposeB));
    ms = performance.now() - start;
  } while (ms < request.seconds * 1000);
  const { batch, m, n, k } = request;
  const gflops = (2 * batch * m * n * k * calls) / ms / 1e6;
  return Promise.resolve(Number.isNaN(peak) ? { gflops } : { gflops, tilePeak: peak });
});
