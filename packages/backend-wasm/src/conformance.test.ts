import * as tf from "@tensorflow/tfjs-core";
import { kernelLaws } from "@xlm/kernels/conformance";
import { beforeAll, describe, expect, it } from "vitest";
import { productBits, threadsUp } from "../test/threads.js";
import { BACKEND_NAME, registerWasmBackend, wasmInfo } from "./index.js";

// With V8's flags every build runs, on Node 20 and on later ones; a test file is a process of its own.
await registerWasmBackend({ threads: 1, v8Flags: true });
const { trials } = wasmInfo();

it("runs every build with V8's flags", () => {
  expect(trials.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["portable", "works"],
    ["portable-wide", "works"],
    ["relaxed", "works"],
    ["relaxed-wide", "works"],
  ]);
});

describe.each(trials.map(({ name }) => name))("the kernels of build %s", (build) => {
  let alone: number[];

  describe.each([1, 2])("on threads: %i", (threads) => {
    beforeAll(async () => {
      await registerWasmBackend({ threads, build, v8Flags: true });
      await tf.setBackend(BACKEND_NAME);
    });

    it("is the build that was asked for, on as many threads", async () => {
      expect(wasmInfo()).toMatchObject({ build, threads, threadsNote: null });
      expect(await threadsUp()).toBe(threads);
    });

    it("gives the bits of one thread", () => {
      const bits = productBits();
      if (threads === 1) alone = bits;
      expect(bits).toEqual(alone);
    });

    for (const law of kernelLaws({ backend: BACKEND_NAME })) it(law.name, law.run);
  });
});
