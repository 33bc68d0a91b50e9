import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt, fillNormal, type PredictionBatch, type TokenBatch } from "@xlm/core";
import type { EncodedSource, TransformerOptions } from "../src/index.js";

/** Small enough to differentiate by hand; two languages, no dropout. */
export const smallOptions: TransformerOptions = {
  vocabSize: 12,
  nLangs: 2,
  embDim: 8,
  nLayers: 2,
  nHeads: 2,
  maxLen: 9,
  dropout: 0,
  attentionDropout: 0,
};

/**
 * Rows of the given lengths, random ids, languages and targets. The padding holds random ids and languages too: nothing that
 * stands there may matter.
 */
export function randomBatch(
  seed: number,
  lengths: readonly number[],
  seq: number,
  { vocabSize, nLangs = 1 }: TransformerOptions = smallOptions,
): PredictionBatch {
  const rng = createRng(seed);
  const size = lengths.length * seq;
  const draw = (bound: number): Int32Array => Int32Array.from({ length: size }, () => drawInt(rng, bound));
  const ids = draw(vocabSize);
  const langs = draw(nLangs);
  const isToken = (at: number): boolean => at % seq < (lengths[Math.floor(at / seq)] as number);
  const targetIndices = Int32Array.from(ids.keys()).filter((at) => isToken(at) && (at % seq === 0 || at % 3 === 0));
  const targets = targetIndices.map(() => drawInt(rng, vocabSize));
  return { ids, langs, shape: [lengths.length, seq], lengths: Int32Array.from(lengths), targetIndices, targets };
}

/** The same batch where the padding token does not stand in the text: its embedding is held still (see `encode`). */
export const withoutPadId = <B extends TokenBatch>(batch: B, padId = 2): B => ({
  ...batch,
  ids: batch.ids.map((id) => (id === padId ? id + 1 : id)),
});

/** States as an encoder might give them, the padding filled like the rest. The caller disposes `states`. */
export function randomSource(seed: number, lengths: readonly number[], seq: number, dim: number): EncodedSource {
  const states = new Float32Array(lengths.length * seq * dim);
  fillNormal(createRng(seed), states);
  return { states: tf.tensor3d(states, [lengths.length, seq, dim]), lengths: Int32Array.from(lengths) };
}

/** The same batch with more padding. */
export function widen(batch: TokenBatch, seq: number): TokenBatch {
  const [rows, old] = batch.shape;
  const grow = (values: Int32Array): Int32Array => {
    const wide = new Int32Array(rows * seq);
    for (let row = 0; row < rows; row++) wide.set(values.subarray(row * old, (row + 1) * old), row * seq);
    return wide;
  };
  return { ids: grow(batch.ids), langs: grow(batch.langs as Int32Array), shape: [rows, seq], lengths: batch.lengths };
}

/** Rows of the batch in the given order. */
export function pickRows(batch: TokenBatch, order: Int32Array): TokenBatch {
  const pick = (values: Int32Array, width: number): Int32Array =>
    Int32Array.from({ length: order.length * width }, (_, at) => {
      const from = order[Math.floor(at / width)] as number;
      return values[from * width + (at % width)] as number;
    });
  const [, seq] = batch.shape;
  return {
    ids: pick(batch.ids, seq),
    langs: pick(batch.langs as Int32Array, seq),
    lengths: pick(batch.lengths, 1),
    shape: [order.length, seq],
  };
}
