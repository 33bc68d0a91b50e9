import path from "node:path";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import { caseNames, compareCase, modelFolders, ONE_ULP, sinusoidDistances, toleranceOf } from "./reference.js";

const folders = modelFolders(goldenDir("model"));

it("finds models with cases", () => {
  expect(folders.length).toBeGreaterThan(0);
  for (const dir of folders) expect(caseNames(dir).length, dir).toBeGreaterThan(0);
});

describe.each(testedBackends)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  for (const dir of folders) {
    it.each(caseNames(dir))(`model ${path.basename(dir)}, case %s: states, scores, loss and gradients`, (name) => {
      const distances = compareCase(dir, name);
      expect(Object.keys(distances).length).toBeGreaterThan(0);
      expect(Object.entries(distances).filter(([, distance]) => !(distance <= toleranceOf(dir)))).toEqual([]);
    });
  }
});

// A set need not have such a model; the committed fixtures do.
for (const dir of folders.filter((folder) => sinusoidDistances(folder).length > 0)) {
  it(`computes the sinusoidal positions of model ${path.basename(dir)}`, () => {
    expect(Math.max(...sinusoidDistances(dir))).toBeLessThanOrEqual(ONE_ULP);
  });
}
