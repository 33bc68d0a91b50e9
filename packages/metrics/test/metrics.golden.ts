import { goldenDir, readJson } from "@xlm/tools/golden";
import { expect, it } from "vitest";
import {
  compareBleu,
  compareMetrics,
  compareStreams,
  type BleuFile,
  type MetricsFile,
  type StreamsFile,
} from "./compare.js";

it("scores as multi-bleu.perl and sacreBLEU, and cuts words as the latter", () => {
  const file = readJson<BleuFile>(goldenDir("bleu", "bleu.json"));
  expect(file.tokenizer_13a.length).toBeGreaterThan(0);
  compareBleu(file);
});

it("reads whole files as multi-bleu.perl does", () => {
  compareStreams(readJson<StreamsFile>(goldenDir("bleu", "multi_bleu_streams.json")));
  expect.hasAssertions();
});

it("scores classification and regression as scikit-learn and SciPy", () => {
  compareMetrics(readJson<MetricsFile>(goldenDir("bleu", "metrics.json")));
  expect.hasAssertions();
});
