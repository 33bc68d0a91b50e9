import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { trainTiny, type Use } from "@xlm/tools/train-tiny";
import { registerWasmBackend } from "./index.js";

async function run(threads: number, steps: number): Promise<{ losses: number[]; uses: Use[] }> {
  await registerWasmBackend({ threads, build: "portable" });
  await tf.setBackend("xlm-wasm");
  const losses: number[] = [];
  const uses: Use[] = [];
  await trainTiny(steps, (_, loss, use) => {
    losses.push(loss);
    uses.push(use);
  });
  return { losses, uses };
}

it("training learns, leaves nothing behind, and goes the same way on any number of threads", async () => {
  const { losses, uses } = await run(1, 400);
  const mean = (from: number, to: number): number =>
    losses.slice(from, to).reduce((sum, x) => sum + x, 0) / (to - from);
  expect(mean(390, 400)).toBeLessThan(mean(0, 10) - 0.5);
  // Scratch and the row of zeros have their final size after a round of all batch shapes.
  const settled = uses[100] as Use;
  for (const use of uses.slice(100)) expect(use).toEqual(settled);
  expect((await run(2, 60)).losses).toEqual(losses.slice(0, 60));
  expect((await run(3, 60)).losses).toEqual(losses.slice(0, 60));
});
