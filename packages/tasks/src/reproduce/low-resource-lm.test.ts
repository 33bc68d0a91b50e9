import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { beforeAll, expect, it } from "vitest";
import { readShipped } from "../../test/corpora.js";
import { lowResourceLm, memoryStore, reproduce, type Reproduction } from "./index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
});

const run = (seeds: readonly number[], updates: number): Promise<Reproduction> =>
  reproduce(lowResourceLm, readShipped, memoryStore(), {
    seeds,
    sizes: { merges: 200, embDim: 16, nHeads: 1, updates, every: Math.ceil(updates / 2) },
  });
const perplexities = ({ rows }: Reproduction): number[] => rows.map(({ mean }) => mean["ppl"] as number);

it("scores Nepali alone and with other languages, in the same tokens", async () => {
  const found = await run([1], 30);
  const [uniform] = found.facts.filter(([label]) => label === "Vocabulary").map(([, value]) => parseInt(value));
  for (const ppl of perplexities(found)) {
    expect(ppl).toBeGreaterThan(1);
    expect(ppl).toBeLessThan(uniform as number);
  }
  expect(found.verdicts.map(({ better, worse }) => [worse, better])).toEqual([
    ["ne", "ne-en"],
    ["ne-en", "ne-hi"],
    ["ne-hi", "ne-hi-en"],
  ]);
});

it("makes as many updates on Nepali in every arm", async () => {
  const { stages } = await run([1], 6);
  expect(stages.map(({ updates }) => updates)).toEqual([6, 12, 12, 18]);
});

it("gives the same table for the same seed, and another for another", async () => {
  const [one, again, other] = [await run([7], 4), await run([7], 4), await run([8], 4)];
  expect(again).toEqual(one);
  expect(perplexities(other)).not.toEqual(perplexities(one));
});
