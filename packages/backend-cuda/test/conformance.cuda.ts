import * as tf from "@tensorflow/tfjs-core";
import { kernelLaws } from "@xlm/kernels/conformance";
import { PRECISIONS } from "@xlm/tools/precisions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAME, cudaInfo, registerCudaBackend } from "../src/index.js";
import { emulated, emulator } from "./emulator.js";

describe.each(PRECISIONS)("the kernels with products in $precision", ({ precision, tolerance }) => {
  beforeAll(async () => {
    await registerCudaBackend({ ...emulated, precision });
    await tf.setBackend(BACKEND_NAME);
  });

  it("computes as was asked", () => {
    expect(cudaInfo()).toMatchObject({ precision, name: "XLM host emulator", capability: 80 });
  });

  for (const law of kernelLaws({ backend: BACKEND_NAME, tolerance })) it(law.name, law.run);
});

afterAll(() => {
  expect(emulator.races()).toBe(0);
});
