import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import { compareRun, languageModelRuns } from "./train-cases.js";

const dir = goldenDir("train");
const runs = languageModelRuns(dir);

it("finds runs of every language-model objective", () => {
  expect(new Set(runs.map(({ kind }) => kind))).toEqual(new Set(["mlm", "tlm", "clm"]));
});

describe.each(testedBackends)("training runs of facebookresearch/XLM on %s", (backend) => {
  beforeAll(() => startBackend(backend));
  for (const { name, info } of runs) {
    it(`${name}: ${info.optimizer}`, () => compareRun(dir, goldenDir(), name));
  }
});
