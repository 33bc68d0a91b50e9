import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { caseNames, compareCase, modelFolders, ONE_ULP, sinusoidDistances, toleranceOf } from "../test/reference.js";

const folders = modelFolders(path.join(import.meta.dirname, "../test/fixtures"));

describe.each(["cpu", "wasm"])("recordings of the original, on the stock %s backend", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each(folders.flatMap((dir) => caseNames(dir).map((name) => [path.basename(dir), name, dir] as const)))(
    "model %s, case %s: states, scores, loss and gradients",
    (_model, name, dir) => {
      const distances = compareCase(dir, name);
      expect(Object.keys(distances).length).toBeGreaterThan(0);
      expect(Object.entries(distances).filter(([, distance]) => !(distance <= toleranceOf(dir)))).toEqual([]);
    },
  );
});

it("covers sinusoidal positions", () => {
  const distances = folders.flatMap(sinusoidDistances);
  expect(distances).toHaveLength(1);
  expect(distances[0]).toBeLessThanOrEqual(ONE_ULP);
});
