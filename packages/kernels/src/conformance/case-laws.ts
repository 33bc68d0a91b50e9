import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt } from "@xlm/core";
import { values, type Case } from "./cases.js";
import { agree, expectClose, fail, type Tolerance } from "./compare.js";

type Arrays = Record<string, Float32Array>;
interface Result {
  out: ArrayLike<number>;
  /** By input, in the order of the case. */
  grads: ArrayLike<number>[];
}

/** How many elements of each input have their derivative looked at. */
const SAMPLES = 12;
/** Of a central difference in float64: the error is of its square, far below float32. */
const STEP = 1e-4;

const arraysOf = ({ inputs }: Case): Arrays =>
  Object.fromEntries(Object.entries(inputs).map(([name, shape], i) => [name, values(shape, i + 1)]));

const sizeOfResult = (use: Case): number => use.reference(arraysOf(use)).length;

/** Runs a case, then its gradient, on the backend in use, and checks that nothing else is left in memory. */
async function measure(use: Case, arrays: Arrays, dy: Float32Array): Promise<Result> {
  const names = Object.keys(use.inputs);
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(() => {
    const xs = names.map((name) => tf.tensor(arrays[name] as Float32Array, use.inputs[name] as number[]));
    const call = (...given: tf.Tensor[]): tf.Tensor =>
      use.call(Object.fromEntries(names.map((name, i) => [name, given[i] as tf.Tensor])));
    const out = call(...xs);
    if (out.size !== dy.length) fail(`the result is [${out.shape.join(", ")}] and has not ${dy.length} elements`);
    return [out, ...tf.grads(call)(xs, tf.tensor(dy, out.shape))];
  });
  const [out, ...grads] = (await Promise.all(tensors.map((tensor) => tensor.data()))) as ArrayLike<number>[];
  tf.dispose(tensors);
  const left = tf.memory().numTensors - before;
  if (left !== 0) fail(`tensors left behind: ${left}`);
  return { out: out as ArrayLike<number>, grads };
}

/** The result agrees with float64. */
export async function agrees(use: Case, tolerance: Tolerance): Promise<void> {
  const arrays = arraysOf(use);
  const { out } = await measure(use, arrays, values([sizeOfResult(use)], 90));
  expectClose("the result", out, use.reference(arrays), tolerance);
}

/** Gradients agree with central differences of the float64 reference, at places drawn at random. */
export async function differentiates(use: Case, tolerance: Tolerance): Promise<void> {
  const arrays = arraysOf(use);
  const dy = values([sizeOfResult(use)], 91);
  const { grads } = await measure(use, arrays, dy);
  const doubles = Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, Float64Array.from(data)]));
  const loss = (): number => {
    const out = use.reference(doubles);
    return dy.reduce((total, weight, i) => total + weight * (out[i] as number), 0);
  };
  const rng = createRng(92);
  Object.entries(doubles).forEach(([name, data], which) => {
    const grad = grads[which] as ArrayLike<number>;
    const all = data.length <= SAMPLES;
    for (let n = 0; n < Math.min(data.length, SAMPLES); n++) {
      const i = all ? n : drawInt(rng, data.length);
      const x = data[i] as number;
      data[i] = x + STEP;
      const above = loss();
      data[i] = x - STEP;
      const slope = (above - loss()) / (2 * STEP);
      data[i] = x;
      const got = grad[i] as number;
      if (!agree(got, slope, tolerance)) fail(`the gradient of ${name}[${i}] is ${got} and not ${slope}`);
    }
  });
}

/** The same call gives the same bits. */
export async function repeats(use: Case): Promise<void> {
  const arrays = arraysOf(use);
  const dy = values([sizeOfResult(use)], 93);
  const [first, second] = [await measure(use, arrays, dy), await measure(use, arrays, dy)];
  [first.out, ...first.grads].forEach((x, i) =>
    expectClose(`part ${i} of the second call`, [second.out, ...second.grads][i] as ArrayLike<number>, x, {
      rtol: 0,
      atol: 0,
    }),
  );
}

/** Where the reference is not finite, the result is not; a NaN that arrives from above goes on down. */
export async function propagates(use: Case): Promise<void> {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const name of Object.keys(use.inputs)) {
      const arrays = arraysOf(use);
      (arrays[name] as Float32Array)[0] = bad;
      const expected = use.reference(arrays);
      const { out } = await measure(use, arrays, values([expected.length], 94));
      for (let i = 0; i < expected.length; i++) {
        const lost = Number.isNaN(expected[i])
          ? !Number.isNaN(out[i])
          : !Number.isFinite(expected[i]) && Number.isFinite(out[i]);
        if (lost) fail(`with ${bad} in ${name} the result[${i}] is ${out[i]} and not ${expected[i]}`);
      }
    }
  }
  const dy = values([sizeOfResult(use)], 94);
  dy[0] = NaN;
  const { grads } = await measure(use, arraysOf(use), dy);
  if (!grads.some((grad) => Array.from(grad).some(Number.isNaN))) fail("the gradient for a result's NaN is finite");
}
