import { createRng, fillUniform, type TokenBatch, type Vocab } from "@xlm/core";
import { createMasker } from "../src/index.js";

/**
 * MLM masking of full 64 x 256 batches with Zipfian tokens of a 32k vocabulary, the sizes of the paper's training.
 * @param sampleAlpha 0: a coin a token; above 0: weighted draws without replacement.
 * @returns one batch masked by each `run`; `tokens` in it.
 */
export function benchMasking(sampleAlpha = 0): { tokens: number; run(): void } {
  const [rows, seq, size] = [64, 256, 32_000];
  const rng = createRng(1);
  const uniform = new Float64Array(rows * seq);
  fillUniform(rng, uniform);
  const batch: TokenBatch = {
    ids: Int32Array.from(uniform, (u) => 14 + Math.floor((size - 14) ** u) - 1),
    shape: [rows, seq],
    lengths: new Int32Array(rows).fill(seq),
  };
  const counts = Float64Array.from({ length: size }, (_, id) => (id < 14 ? 0 : Math.ceil(1e6 / (id - 13))));
  const vocab: Vocab = { size, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5, counts };
  const mask = createMasker(vocab, { sampleAlpha });
  return { tokens: rows * seq, run: () => void mask(batch, rng) };
}
