// Encodes sentences with the project's own model: xlm-encode.ts BACKEND THREADS CONFIG, told over stdin their lengths in batches.
import { createRng, type TokenBatch } from "@xlm/core";
import { createTransformer, encode, type TransformerOptions } from "@xlm/transformer";
import { startBackend } from "./backend.js";
import { serve } from "./serve.js";

const [backend = "", threads, json = ""] = process.argv.slice(2);
const config = JSON.parse(json) as TransformerOptions;
const facts = await startBackend(backend, Number(threads));
const rng = createRng(1);
const model = createTransformer(config, { rng });

function sentences(lengths: number[]): TokenBatch {
  const seq = Math.max(...lengths);
  const word = (): number => 14 + (rng.uint32() % (config.vocabSize - 14));
  const ids = lengths.flatMap((length) => Array.from({ length: seq }, (_, i) => (i < length ? word() : 2)));
  return {
    ids: Int32Array.from(ids),
    shape: [lengths.length, seq],
    lengths: Int32Array.from(lengths),
    langs: new Int32Array(ids.length),
  };
}

await serve(facts, async (line) => {
  const batches = (JSON.parse(line) as number[][]).map(sentences);
  const start = performance.now();
  for (const batch of batches) {
    const states = encode(model, batch);
    await states.data();
    states.dispose();
  }
  const seconds = (performance.now() - start) / 1000;
  const count = batches.reduce((sum, { shape }) => sum + shape[0], 0);
  return { sentencesPerSecond: count / seconds, peakMiB: process.resourceUsage().maxRSS / 1024 };
});
