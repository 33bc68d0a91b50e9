import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { trainTiny, type Use } from "@xlm/tools/train-tiny";
import { describe, expect, it } from "vitest";
import { registerCudaBackend, type Precision } from "../src/index.js";
import { emulated, emulator } from "./emulator.js";

const STEPS = 40;

interface Run {
  losses: number[];
  uses: Use[];
  /** How often each step waited for the GPU. */
  waits: number[];
}

async function run(backend: string, register: () => Promise<void>): Promise<Run> {
  await register();
  await tf.setBackend(backend);
  const found: Run = { losses: [], uses: [], waits: [] };
  let waited = emulator.calls("cuStreamSynchronize");
  await trainTiny(STEPS, (_, loss, use) => {
    const now = emulator.calls("cuStreamSynchronize");
    found.losses.push(loss);
    found.uses.push(use);
    found.waits.push(now - waited);
    waited = now;
  });
  return found;
}

const onCuda = (precision: Precision): Promise<Run> =>
  run("xlm-cuda", () => registerCudaBackend({ ...emulated, precision }));

/** The largest distance of two series of losses. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, loss, i) => Math.max(most, Math.abs(loss - (b[i] as number))), 0);

describe("training", async () => {
  const wasm = await run("xlm-wasm", () => registerWasmBackend({ threads: 1, deterministic: true }));
  const exact = await onCuda("fp32");

  it("has the losses of xlm-wasm in float32", () => {
    // Both round each sum differently by 2^-24; forty updates let that grow a hundredfold.
    expect(distance(exact.losses, wasm.losses)).toBeLessThan(100 * 4 * 2 ** -24 * Math.max(...wasm.losses));
  });

  // Operands rounded to 10 or 7 bits: losses stay within some units of that, and learning goes the same way.
  it.each([
    ["tf32", 8 * 2 ** -11],
    ["bf16", 8 * 2 ** -8],
  ] as const)("stays near in %s", async (precision, bound) => {
    const { losses } = await onCuda(precision);
    expect(distance(losses, wasm.losses)).toBeLessThan(bound);
    expect(losses).not.toEqual(exact.losses);
  });

  it("gives the same bits again", async () => {
    expect((await onCuda("fp32")).losses).toEqual(exact.losses);
  });

  it("waits for the GPU once a step, to read the loss", () => {
    expect(new Set(exact.waits.slice(1))).toEqual(new Set([1]));
  });

  it("leaves nothing behind", () => {
    expect(exact.uses[0]).toHaveProperty("deviceBytes");
    for (const use of exact.uses.slice(20)) expect(use).toEqual(exact.uses[19]);
    expect(emulator.races()).toBe(0);
  });
});
