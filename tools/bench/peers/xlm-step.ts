// Trains with the project's own model and trainer: xlm-step.ts BACKEND THREADS SIZE.
import { createRng, type TokenBatch } from "@xlm/core";
import { createMasker } from "@xlm/objectives";
import { createTensorOptimizer, mlm, parseOptimizer, trainStep } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";
import { CLIP, DROPOUT, LEARNING_RATE, type Size } from "../sizes.js";
import { startBackend } from "./backend.js";
import { serveSteps } from "./serve.js";

const [backend = "", threads, size = ""] = process.argv.slice(2);
const { rows, seq, ...sizes } = JSON.parse(size) as Size;
const facts = await startBackend(backend, Number(threads));
const rng = createRng(1);
const model = createTransformer({ ...sizes, nLangs: 2, dropout: DROPOUT, attentionDropout: DROPOUT }, { rng });
const optimizer = createTensorOptimizer(parseOptimizer(`adam,lr=${LEARNING_RATE}`), model.params);
const mask = createMasker({ size: sizes.vocabSize, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 });
const batch: TokenBatch = {
  ids: Int32Array.from({ length: rows * seq }, () => 14 + (rng.uint32() % (sizes.vocabSize - 14))),
  shape: [rows, seq],
  lengths: new Int32Array(rows).fill(seq),
  langs: new Int32Array(rows * seq),
};

await serveSteps(facts, rows * seq, () =>
  trainStep(model, optimizer, [{ objective: mlm(), batch: mask(batch, rng) }], { clip: CLIP, dropoutRng: rng }),
);
