import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  caseNames,
  compareCase,
  encoderFolders,
  ONE_ULP,
  readReference,
  sinusoidDistance,
  TOLERANCE,
} from "../test/reference.js";

const folders = encoderFolders(path.join(import.meta.dirname, "../test/fixtures"));

describe.each(["cpu", "wasm"])("recordings of the original, on the stock %s backend", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each(folders.flatMap((dir) => caseNames(dir).map((name) => [path.basename(dir), name, dir] as const)))(
    "model %s, case %s: states, scores, loss and gradients",
    (_model, name, dir) => {
      const distances = compareCase(dir, name);
      expect(Object.keys(distances).length).toBeGreaterThan(0);
      expect(Object.entries(distances).filter(([, distance]) => !(distance <= TOLERANCE))).toEqual([]);
    },
  );
});

it("covers both kinds of positions", () => {
  const kinds = folders.map((dir) => readReference(dir).options.positionEmbeddings);
  expect(kinds).toEqual(expect.arrayContaining(["learned", "sinusoidal"]));
  for (const dir of folders.filter((_, i) => kinds[i] === "sinusoidal")) {
    expect(sinusoidDistance(dir)).toBeLessThanOrEqual(ONE_ULP);
  }
});
