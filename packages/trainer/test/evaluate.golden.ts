import "@tensorflow/tfjs-backend-cpu";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { goldenDir, readJson, readTensors, toBatchFirst } from "@xlm/tools/golden";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, type EvaluationBatch } from "../src/index.js";
import { languageModelRuns, predictionBatch, recordedModel } from "./train-cases.js";

interface RecordedBatch {
  x: number[][];
  lengths: number[];
  positions: number[][] | null;
  langs: number[][] | null;
  causal: boolean;
  pred_mask: number[][];
  y: number[];
}
interface RecordedEvaluation {
  scores: Record<string, number>;
  batches: RecordedBatch[];
}

const { weights, ...evaluations } = readJson<{ weights: string } & Record<string, RecordedEvaluation>>(
  goldenDir("train", "eval.json"),
);

function ours({ x, lengths, positions, langs, causal, pred_mask: mask, y }: RecordedBatch): EvaluationBatch {
  const [seq, rows] = [x.length, lengths.length];
  const turned = (table: number[][] | null): Int32Array | undefined =>
    table ? toBatchFirst(table.flat(), seq, rows) : undefined;
  const batch = predictionBatch({
    ids: turned(x)!,
    shape: [rows, seq],
    lengths: Int32Array.from(lengths),
    positions: turned(positions),
    langs: turned(langs),
    mask: mask.flat(),
    y,
  });
  return { objective: causal ? "clm" : positions ? "tlm" : "mlm", batch };
}

describe("evaluation against facebookresearch/XLM", () => {
  beforeAll(() => tf.setBackend("cpu"));
  const cases = Object.entries(evaluations);
  it("finds cases", () => expect(cases.length).toBeGreaterThan(0));

  for (const [name, { scores, batches }] of cases) {
    it(name, async () => {
      const run = path.basename(weights).split(".")[0];
      const { info } = languageModelRuns(goldenDir("train")).find((candidate) => candidate.name === run)!;
      const model = recordedModel(info.model_params!, readTensors(goldenDir(weights)));
      const found = await evaluate(model, batches.map(ours));
      model.dispose();
      const score = (ending: string): number => Object.entries(scores).find(([key]) => key.endsWith(ending))![1];
      // Losses agree to 1e-5 in float32, so perplexities to 1e-5 of themselves; accuracies are counts.
      expect(Math.abs(found.perplexity / score("_ppl") - 1)).toBeLessThan(1e-5);
      expect(found.accuracy * 100).toBeCloseTo(score("_acc"), 9);
    });
  }
});
