import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { registerWasmBackend } from "./index.js";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const multiply = (): void => tf.tidy(() => void tf.matMul(tf.ones([400, 400]), tf.ones([400, 400])).dataSync());

it("threads sleep when there is no work", async () => {
  await registerWasmBackend({ threads: 3 });
  await tf.setBackend("xlm-wasm");
  for (let i = 0; i < 20; i++) multiply();
  await wait(200); // until they have looked for work long enough
  const before = process.cpuUsage();
  await wait(1000);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(500); // two busy threads would have used 2,000 ms
  multiply(); // and they wake up again
});

it("threads do not keep a process alive", async () => {
  const program = `
    import * as tf from "@tensorflow/tfjs-core";
    import { registerWasmBackend } from "@xlm/backend-wasm";
    tf.env().set("PROD", true);
    await registerWasmBackend({ threads: 3 });
    await tf.setBackend("xlm-wasm");
    for (let i = 0; i < 50; i++) tf.matMul(tf.ones([300, 300]), tf.ones([300, 300])).dataSync();
    console.log("done");`;
  const args = ["--conditions=@xlm/source", "--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: path.resolve(import.meta.dirname, ".."),
  });
  expect(stdout.trim()).toBe("done");
});
