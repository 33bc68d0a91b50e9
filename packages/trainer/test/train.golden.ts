import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { goldenDir } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import { compareRun, languageModelRuns } from "./train-cases.js";

const dir = goldenDir("train");
const runs = languageModelRuns(dir);

it("finds runs of every language-model objective", () => {
  expect(new Set(runs.map(({ kind }) => kind))).toEqual(new Set(["mlm", "tlm", "clm"]));
});

describe.each(["cpu", "wasm"])("training runs of facebookresearch/XLM on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    await tf.ready();
  });
  for (const { name, info } of runs) {
    it(`${name}: ${info.optimizer}`, () => compareRun(dir, goldenDir(), name));
  }
});
