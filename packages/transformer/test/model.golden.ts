import path from "node:path";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import {
  caseNames,
  compareCase,
  encoderFolders,
  ONE_ULP,
  readReference,
  sinusoidDistance,
  TOLERANCE,
} from "./reference.js";

const folders = encoderFolders(goldenDir("model"));

it("finds encoders with cases", () => {
  expect(folders.length).toBeGreaterThan(0);
  for (const dir of folders) expect(caseNames(dir).length, dir).toBeGreaterThan(0);
});

describe.each(testedBackends)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  for (const dir of folders) {
    it.each(caseNames(dir))(`model ${path.basename(dir)}, case %s: states, scores, loss and gradients`, (name) => {
      const distances = compareCase(dir, name);
      expect(Object.keys(distances).length).toBeGreaterThan(0);
      expect(Object.entries(distances).filter(([, distance]) => !(distance <= TOLERANCE))).toEqual([]);
    });
  }
});

// A set need not have such a model; the committed fixtures do.
for (const dir of folders.filter((folder) => readReference(folder).options.positionEmbeddings === "sinusoidal")) {
  it(`computes the sinusoidal positions of model ${path.basename(dir)}`, () => {
    expect(sinusoidDistance(dir)).toBeLessThanOrEqual(ONE_ULP);
  });
}
