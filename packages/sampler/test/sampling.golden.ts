import { goldenDir, readJson } from "@xlm/tools/golden";
import { expect, it } from "vitest";
import { compareLambda, compareSampling, type LambdaFile, type SamplingFile } from "./compare.js";

it("draws the original's languages and pairs, with its probabilities", () => {
  compareSampling(readJson<SamplingFile>(goldenDir("batches", "sampling.json")));
  expect.hasAssertions();
});

it("reads the original's coefficient schedules", () => {
  compareLambda(readJson<LambdaFile>(goldenDir("batches", "lambda.json")));
  expect.hasAssertions();
});
