import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import { compareRun, recordedRuns, tooFar, type Distances } from "./train-cases.js";

const dir = goldenDir("train");
const runs = recordedRuns(dir);

it("finds runs of every kind", () => {
  const kinds = ["mlm", "tlm", "clm", "mt", "ae", "bt", "classes", "number"];
  expect(new Set(runs.map(({ kind }) => kind))).toEqual(new Set(kinds));
});

describe.each(testedBackends)("training runs of facebookresearch/XLM on %s", (backend) => {
  const seen = new Map<string, Partial<Distances>>();
  beforeAll(() => startBackend(backend));
  for (const run of runs) {
    it(`${run.name}: ${run.kind}`, async () => {
      const found = await compareRun(dir, goldenDir(), run);
      expect(tooFar(found)).toEqual([]);
      seen.set(run.kind, { ...seen.get(run.kind), ...found });
    });
  }

  it("has compared final weights of all sorts of models, and logits", () => {
    for (const kind of ["mlm", "mt", "classes", "number"]) expect(seen.get(kind), kind).toHaveProperty("weights");
    for (const kind of ["classes", "number"]) expect(seen.get(kind), kind).toHaveProperty("logits");
  });
});
