import fs from "node:fs";
import { expect, it } from "vitest";
import { compareLambda, compareSampling, type LambdaFile, type SamplingFile } from "../test/compare.js";

const read = (name: string): unknown =>
  JSON.parse(fs.readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url), "utf8"));

it("agrees with the original's recorded probabilities, draws and schedules", () => {
  compareSampling(read("sampling.json") as SamplingFile);
  compareLambda(read("lambda.json") as LambdaFile);
  expect.hasAssertions();
});
