import * as tf from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../src/backend.js";
import { Control } from "../src/control.js";
import { BACKEND_NAME } from "../src/index.js";

const WAIT_MS = 100_000; // a busy machine starts threads late

/** The elements of a product that is cut into many chunks. */
export function productBits(): number[] {
  return tf.tidy(() => {
    const wave = (shape: [number, number], step: number): tf.Tensor =>
      tf.tensor(
        Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.fround(Math.sin(step * i))),
        shape,
      );
    const product = tf.matMul(wave([301, 157], 0.37), wave([157, 203], 0.73));
    return Array.from(new Uint32Array((product.dataSync() as Float32Array).slice().buffer));
  });
}

/** Runs products until the other threads of the backend have come up; how many have. */
export async function threadsUp(): Promise<number> {
  await tf.setBackend(BACKEND_NAME);
  const { native, info } = tf.backend() as WasmBackend;
  const up = (): number => Atomics.load(native.memory.current().words, Control.Ready / 4);
  const end = performance.now() + WAIT_MS;
  do {
    productBits();
    await new Promise((resolve) => setTimeout(resolve, 10));
  } while (up() < info.threads - 1 && performance.now() < end);
  return 1 + up();
}
