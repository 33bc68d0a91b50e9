import fs from "node:fs";
import { expect, it } from "vitest";
import {
  compareBleu,
  compareMetrics,
  compareStreams,
  type BleuFile,
  type MetricsFile,
  type StreamsFile,
} from "../test/compare.js";

const read = (name: string): unknown =>
  JSON.parse(fs.readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url), "utf8"));

it("agrees with the recorded scores", () => {
  compareBleu(read("bleu.json") as BleuFile);
  compareStreams(read("multi_bleu_streams.json") as StreamsFile);
  compareMetrics(read("metrics.json") as MetricsFile);
  expect.hasAssertions();
});
