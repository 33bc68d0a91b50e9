import { goldenDir } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { compareClipping, compareParsing, compareRates, compareTrajectory, optimInfo } from "./optim-cases.js";

const dir = goldenDir("optim");
const info = optimInfo(dir);

describe("optimisers against facebookresearch/XLM", () => {
  it("finds cases of every sort", () => {
    for (const part of [info.cases, info.lr_tables, info.parsing, info.clipping]) {
      expect(Object.keys(part).length).toBeGreaterThan(0);
    }
  });
  for (const name of Object.keys(info.cases)) {
    it(`${name}: float64`, () => compareTrajectory(dir, name, "f64"));
    it(`${name}: float32`, () => compareTrajectory(dir, name, "f32"));
  }
  for (const spec of Object.keys(info.lr_tables)) it(`learning rates of ${spec}`, () => compareRates(dir, spec));
  it("accepts and refuses the same option strings", () => compareParsing(dir));
  for (const index of info.clipping.keys()) it(`clipping ${index}`, () => compareClipping(dir, index));
});
