// A tiny masked language model on one batch after another, and what the backend's memory holds after each.
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TokenBatch } from "@xlm/core";
import { maskTokens } from "@xlm/objectives";
import { createTensorOptimizer, mlm, parseOptimizer, trainStep } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";

/** What is in use after a step: tensors and their bytes, and what the backend counts beside. */
export type Use = Readonly<Record<string, number>>;

const COUNTED = ["numTensors", "numBytes", "linearBytes", "linearBlocks", "deviceBytes", "deviceBlocks"];

const vocab = { size: 60, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
/** Lengths differ from batch to batch, so that blocks of many sizes come and go. */
const LONGEST = 24;

/** Trains for `steps` steps on the current backend; `seen` gets the loss and the memory in use after each. */
export async function trainTiny(steps: number, seen: (step: number, loss: number, use: Use) => void): Promise<void> {
  const rng = createRng(5);
  const options = { vocabSize: vocab.size, nLangs: 2, embDim: 16, nLayers: 2, nHeads: 2 };
  const model = createTransformer({ ...options, dropout: 0.1, attentionDropout: 0.1 }, { rng: rng.split() });
  const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.002"), model.params);
  for (let step = 1; step <= steps; step++) {
    const [rows, seq] = [4 + (step % 3), 8 + ((step * 7) % (LONGEST - 8))];
    const batch: TokenBatch = {
      ids: Int32Array.from({ length: rows * seq }, (_, i) => 14 + ((i * (1 + (i % 2)) + step) % (vocab.size - 14))),
      shape: [rows, seq],
      lengths: Int32Array.from({ length: rows }, (_, i) => seq - (i % 4)),
      langs: Int32Array.from({ length: rows * seq }, (_, i) => i % 2),
    };
    const masked = maskTokens(batch, vocab, rng, { predictProb: 0.3 });
    const result = await trainStep(model, optimizer, [{ objective: mlm(), batch: masked }], { dropoutRng: rng });
    const counts = Object.entries(tf.memory()).filter(([name]) => COUNTED.includes(name));
    seen(step, result.loss, Object.fromEntries(counts as [string, number][]));
  }
  optimizer.dispose();
  model.dispose();
}
