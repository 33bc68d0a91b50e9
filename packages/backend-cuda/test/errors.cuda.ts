import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { XlmError } from "@xlm/core";
import { attention } from "@xlm/kernels";
import { afterEach, describe, expect, it } from "vitest";
import { BACKEND_NAME, CudaError, cudaInfo, registerCudaBackend, type CudaBackendOptions } from "../src/index.js";
import { emulated, emulator } from "./emulator.js";

afterEach(() => {
  if (tf.findBackendFactory(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
  emulator.reset();
});

async function start(options: CudaBackendOptions = {}): Promise<void> {
  await registerCudaBackend({ ...emulated, precision: "fp32", ...options });
  await tf.setBackend(BACKEND_NAME);
}

/** The message of what a start, or a call after it, throws. */
async function refusal(options: CudaBackendOptions, code: string, act?: () => unknown): Promise<string> {
  try {
    await start(options);
    await act?.();
  } catch (error) {
    expect(error).toBeInstanceOf(XlmError);
    expect((error as XlmError).code).toBe(code);
    return (error as XlmError).message;
  }
  throw new Error("nothing was refused");
}

describe("a machine on which it cannot run", () => {
  const nowhere = "/nowhere/lib";

  it("has no driver", async () => {
    expect(await refusal({ libraries: { cuda: `${nowhere}cuda.so.1` } }, "XLM_UNSUPPORTED")).toMatch(
      /^NVIDIA's driver \(libcuda\) was not found; tried \/nowhere\/libcuda.so.1 \(.*No such file.*Fix: .*install its driver/,
    );
  });

  it("has no GPU", async () => {
    emulator.set("deviceCount", 0);
    expect(await refusal({}, "XLM_UNSUPPORTED")).toMatch(/^no NVIDIA GPU: .*Fix: use another backend/);
  });

  it("has not that many GPUs", async () => {
    expect(await refusal({ device: 3 }, "XLM_UNSUPPORTED")).toMatch(/^there is no GPU 3: the driver counts 1/);
  });

  it("has a driver that is too old", async () => {
    emulator.set("driverVersion", 11040);
    expect(await refusal({}, "XLM_UNSUPPORTED")).toMatch(
      /^the driver is of CUDA 11.4: .*Fix: install NVIDIA's driver 525/,
    );
  });

  it("has a card that is too old", async () => {
    emulator.set("major", 7);
    expect(await refusal({}, "XLM_UNSUPPORTED")).toMatch(
      /^XLM host emulator has compute capability 7: .*7.5 and later/,
    );
  });

  it.each([
    ["nvrtc", "pip install nvidia-cuda-nvrtc-cu12"],
    ["cublasLt", "pip install nvidia-cublas-cu12"],
  ] as const)("lacks lib%s", async (which, advice) => {
    const libraries = { ...emulated.libraries, [which]: `${nowhere}${which}.so.12` };
    const message = await refusal({ libraries }, "XLM_UNSUPPORTED");
    expect(message).toMatch(new RegExp(`^lib${which} of CUDA 12 was not found; tried /nowhere/lib${which}.so.12`));
    expect(message).toContain(advice);
  });

  it("has a driver that reports anything else", async () => {
    emulator.set("initError", 999);
    expect(await refusal({}, "XLM_CUDA")).toMatch(/^cuInit failed with CUDA_ERROR_UNKNOWN: /);
  });
});

it.each([
  [{ precision: "fp8" as "fp32" }, /precision is fp8: .*Fix: choose one of fp32, tf32, bf16/],
  [{ device: -1 }, /device/],
  [{ maxBytes: 0 }, /maxBytes is 0/],
])("refuses options out of range: %j", async (options, message) => {
  expect(await refusal(options, "XLM_OPTION")).toMatch(message);
});

it("computes in float32 on a card without tensor cores for more", async () => {
  emulator.set("major", 7);
  emulator.set("minor", 5);
  await start({ precision: "bf16" });
  expect(cudaInfo()).toMatchObject({ capability: 75, precision: "fp32" });
  const product = tf.matMul(tf.tensor2d([[1.0009765625]]), tf.tensor2d([[1.0009765625]])); // 1 + 2^-10: bf16 has no such number
  expect((await product.data())[0]).toBe(Math.fround(1.0009765625 ** 2));
});

describe("memory that runs out", () => {
  it.each(["the card's", "maxBytes"])("is a typed error, and everything goes on: %s", async (which) => {
    const limit = 64 * 2 ** 20;
    if (which === "the card's") emulator.set("memory", limit);
    await start(which === "maxBytes" ? { maxBytes: limit } : {});
    const before = tf.square(tf.ones([1000]));
    const blocks = tf.memory() as tf.MemoryInfo & { deviceBlocks: number };
    expect(() => tf.fill([20 * 2 ** 20], 1)).toThrow(
      expect.objectContaining({
        code: "XLM_MEMORY",
        what: expect.stringMatching(/^80.0 MiB do not fit: tensors take/),
      }),
    );
    expect((tf.memory() as typeof blocks).deviceBlocks).toBe(blocks.deviceBlocks);
    expect((await tf.add(before, 1).data())[999]).toBe(2);
  });
});

describe("an error that loses the context", () => {
  it("is thrown again by every call, and gone with the backend", async () => {
    await start();
    const x = tf.square(tf.ones([4]));
    emulator.set("failNext", 700);
    const lost = expect.objectContaining({
      code: "XLM_CUDA",
      status: 700,
      statusName: "CUDA_ERROR_ILLEGAL_ADDRESS",
      fix: expect.stringContaining("registerCudaBackend again"),
    });
    expect(() => tf.square(x)).toThrow(lost);
    expect(() => tf.square(x)).toThrow(lost);
    expect(() => x.dataSync()).toThrow(lost);
    expect(() => x.dispose()).not.toThrow();
    await start();
    expect(await tf.square(tf.ones([2])).data()).toEqual(Float32Array.of(1, 1));
  });

  it("carries the driver's name and text", async () => {
    await start();
    emulator.set("failNext", 1);
    try {
      tf.square(tf.ones([4]));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CudaError);
      expect((error as CudaError).what).toMatch(/ failed with CUDA_ERROR_INVALID_VALUE: invalid argument/);
    }
    expect(await tf.square(tf.ones([2])).data()).toEqual(Float32Array.of(1, 1)); // not a sticky one
  });
});

describe("compiled kernels", () => {
  it("are kept, and made again where what was kept is damaged", async () => {
    const cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-cuda-"));
    const one = async (): Promise<number> => {
      const before = emulator.calls("nvrtcCompileProgram");
      await start({ cacheDir });
      expect(await tf.square(tf.tensor1d([3])).data()).toEqual(Float32Array.of(9));
      tf.removeBackend(BACKEND_NAME);
      return emulator.calls("nvrtcCompileProgram") - before;
    };
    try {
      expect([await one(), await one()]).toEqual([1, 0]);
      const [file] = fs.readdirSync(cacheDir);
      expect(file).toMatch(/^elementwise-80-[0-9a-f]{32}\.cubin$/);
      fs.writeFileSync(path.join(cacheDir, file as string), "damaged");
      expect([await one(), await one()]).toEqual([1, 0]);
    } finally {
      fs.rmSync(cacheDir, { recursive: true });
    }
  });

  it("need no folder", async () => {
    await start({ cacheDir: null });
    expect(await tf.square(tf.tensor1d([3])).data()).toEqual(Float32Array.of(9));
    tf.removeBackend(BACKEND_NAME);
    await start({ cacheDir: path.join(import.meta.filename, "no-folder") });
    expect(await tf.square(tf.tensor1d([3])).data()).toEqual(Float32Array.of(9));
  });
});

it("refuses heads whose tiles do not fit into shared memory", async () => {
  const x = (): tf.Tensor => tf.ones([1, 2, 2048]);
  const act = (): unknown => attention(x(), x(), x(), { nHeads: 1, lengths: tf.tensor1d([2], "int32") });
  expect(await refusal({}, "XLM_UNSUPPORTED", act)).toMatch(/^XlmAttention with heads of 2048: .*101376 bytes/);
});

it("gives everything back", async () => {
  await start();
  tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync();
  tf.removeBackend(BACKEND_NAME);
  expect(emulator.leaks()).toBe(0);
});
