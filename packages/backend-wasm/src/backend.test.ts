import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { registerWasmBackend, wasmInfo, type WasmBackendOptions } from "./index.js";

interface LinearUse extends tf.MemoryInfo {
  linearBytes: number;
  linearBlocks: number;
  linearSize: number;
}
const memory = (): LinearUse => tf.memory() as LinearUse;

async function start(options: WasmBackendOptions = {}): Promise<void> {
  await registerWasmBackend(options);
  await tf.setBackend("xlm-wasm");
}

afterEach(() => {
  if (tf.findBackend("xlm-wasm")) tf.removeBackend("xlm-wasm");
});

describe("the backend", () => {
  it("is an ordinary tfjs backend", async () => {
    await start({ threads: 1 });
    const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(tf.matMul(a, a, false, true).arraySync()).toEqual([
      [14, 32],
      [32, 77],
    ]);
    expect(tf.matMul(a, a, true, false).arraySync()).toEqual([
      [17, 22, 27],
      [22, 29, 36],
      [27, 36, 45],
    ]);
  });

  it("leaves what it has no kernel for to tfjs's cpu kernels, in place", async () => {
    await start({ threads: 1 });
    const product = tf.matMul(tf.eye(3), tf.tensor2d([3, 1, 2, 6, 5, 4, 9, 7, 8], [3, 3]));
    expect(tf.cumsum(product, 1).arraySync()).toEqual([
      [3, 4, 6],
      [6, 11, 15],
      [9, 16, 24],
    ]);
    expect([...tf.reverse(product, 1).dataSync()].slice(0, 3)).toEqual([2, 1, 3]);
  });

  it("says which build runs, on how many threads", async () => {
    await start({ threads: 2 });
    const { build, trials, threads, threadsNote } = wasmInfo();
    expect(trials.map(({ name }) => name)).toEqual(["portable", "portable-wide", "relaxed", "relaxed-wide"]);
    expect(trials.find(({ name }) => name === build)?.verdict).toBe("works");
    expect(trials.filter(({ verdict }) => verdict === "wrong")).toEqual([]);
    expect([threads, threadsNote]).toEqual([2, null]);
  });

  it("takes the build that is asked for, and portable ones alone under deterministic", async () => {
    await start({ build: "portable" });
    expect(wasmInfo().trials).toEqual([{ name: "portable", gflops: 0, verdict: "works" }]);
    await start({ deterministic: true });
    expect(wasmInfo().build).toMatch(/^portable/);
  });

  it("refuses options out of range before it starts", async () => {
    await expect(registerWasmBackend({ threads: 0 })).rejects.toThrow("threads");
    await expect(registerWasmBackend({ maxBytes: 1 })).rejects.toThrow(
      "maxBytes is 1: the memory starts at 16 MiB and WebAssembly addresses 4 GiB",
    );
    await expect(registerWasmBackend({ build: "fast" as never })).rejects.toThrow(
      'build is "fast": it names one of the builds that are inside the package. Fix: use one of portable,',
    );
    await expect(registerWasmBackend({ build: "relaxed", deterministic: true })).rejects.toThrow(
      "a relaxed build rounds as the processor at hand does",
    );
    expect(() => wasmInfo()).toThrow("xlm-wasm is not registered");
  });

  it("keeps what was read when the tensor is gone", async () => {
    await start();
    const product = tf.matMul(tf.eye(2), tf.tensor2d([1, 2, 3, 4], [2, 2]));
    const values = product.dataSync();
    product.dispose();
    tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync();
    expect([...values]).toEqual([1, 2, 3, 4]);
  });

  it("starts over when tfjs's engine is reset", async () => {
    await start({ threads: 2 });
    tf.matMul(tf.ones([300, 300]), tf.ones([300, 300])).dataSync();
    tf.engine().reset();
    await tf.setBackend("xlm-wasm");
    expect(memory().linearBlocks).toBe(0);
    expect(tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).dataSync()[0]).toBe(2);
  });
});

describe("memory", () => {
  it("counts tensors and bytes as tfjs does, and its own blocks", async () => {
    await start({ threads: 1 });
    const x = tf.ones([64, 64]);
    const before = memory();
    const y = tf.matMul(x, x);
    const during = memory();
    expect(during.unreliable).toBe(false);
    expect(during.numTensors - before.numTensors).toBe(1);
    expect(during.numBytes - before.numBytes).toBe(4 * 64 * 64);
    y.dispose();
    const after = memory();
    tf.matMul(x, x).dispose();
    expect(memory()).toEqual(after);
  });

  it("throws a typed error with sizes when there is not enough, and goes on working", async () => {
    await start({ threads: 1, maxBytes: 2 ** 25 });
    const x = tf.ones<tf.Rank.R2>([1024, 1024]);
    const before = memory();
    const held: tf.Tensor[] = [];
    let error: unknown;
    try {
      for (;;) held.push(tf.matMul(x, x));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "XLM_MEMORY" });
    expect(String(error)).toMatch(
      /4\.0 MiB do not fit: 2\d\.\d MiB of 32\.0 MiB are in use, and the longest free stretch is [\d.]+ MiB/,
    );
    tf.dispose(held);
    expect(memory().numBytes).toBe(before.numBytes);
    expect(tf.matMul(x, x).dataSync()[0]).toBe(1024);
  });
});
