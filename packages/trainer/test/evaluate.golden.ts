import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { encoderOf, evaluate, metricName } from "../src/index.js";
import { evaluatedModel, evaluationCases, remadeBatches } from "./evaluate-cases.js";

const cases = evaluationCases(goldenDir("train"));
const score = (scores: Readonly<Record<string, number>>, kind: string): number =>
  Object.entries(scores).find(([name]) => name.endsWith(`_${kind}`))![1];

it("finds evaluations of texts, pairs and translations", () => {
  const objectives = new Set(cases.flatMap(({ batches }) => batches.map(({ objective }) => objective)));
  expect(objectives).toEqual(new Set(["mlm", "tlm", "clm", "mt"]));
});

describe.each(cases)("evaluation of facebookresearch/XLM: $name", (one) => {
  const { scores, batches } = one;

  it.each(testedBackends)("perplexity and accuracy on %s", async (backend) => {
    await startBackend(backend);
    const model = evaluatedModel(goldenDir(), one.weights);
    const found = await evaluate(model, batches);
    model.dispose();
    // Losses agree to 1e-5 in float32, so perplexities to 1e-5 of themselves; accuracies are counts.
    expect(Math.abs(found.perplexity / score(scores, "ppl") - 1)).toBeLessThan(1e-5);
    expect((100 * found.nCorrect) / found.nTargets).toBe(score(scores, "acc"));
  });

  it("makes the same batches of the text", () => {
    const model = evaluatedModel(goldenDir(), one.weights);
    expect(remadeBatches(one, encoderOf(model).config)).toEqual(batches);
    model.dispose();
  });

  it("has the same names for scores", () => {
    for (const name of Object.keys(scores)) {
      const [, split, langs, kind] = /^([a-z]+)_(.*)_[a-z]+_(ppl|acc)$/.exec(name)!;
      const { objective } = batches[0]!;
      expect(metricName(split!, objective, langs!.split(/[-_]/), kind as "ppl" | "acc")).toBe(name);
    }
  });
});
