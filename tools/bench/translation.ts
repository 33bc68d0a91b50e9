import { encodeSafetensors, type Rng, type TensorData } from "@xlm/core";
import { completeConfig, initWeights, type TransformerOptions } from "@xlm/transformer";
import { inBatches, sentenceLengths } from "./sentences.js";

const SIZES = {
  vocabSize: 16_000,
  nLangs: 2,
  embDim: 512,
  nLayers: 6,
  nHeads: 8,
  output: "untied",
} satisfies TransformerOptions;
const EOS = 1;
const SENTENCES = 100;
const BATCH = 25;

/** What both sides are told besides the weights. */
export interface Translation {
  /** Of the encoder and of the decoder. */
  config: TransformerOptions;
  /** By length: ids of the source sentences, and the longest translation, by the reference's rule. */
  batches: { sentences: number[][]; maxLen: number }[];
  sourceLang: number;
  targetLang: number;
  beamSize: number;
  lengthPenalty: number;
}

/**
 * Sentences of random words, and random weights under which a translation depends on its source, says something else at every place
 * and ends at very different lengths, some at their bound.
 * @returns `weights` as a safetensors file, named `encoder.*` and `decoder.*`.
 */
export function createTranslation(rng: Rng): { translation: Translation; weights: Uint8Array } {
  const word = (): number => 14 + (rng.uint32() % (SIZES.vocabSize - 14));
  const sentences = sentenceLengths(SENTENCES).map((length) => [EOS, ...Array.from({ length: length - 2 }, word), EOS]);
  const batches = inBatches(sentences, BATCH).map((batch) => {
    const longest = Math.max(...batch.map(({ length }) => length));
    return { sentences: batch, maxLen: Math.floor(1.5 * longest + 10) };
  });
  const translation = { config: SIZES, batches, sourceLang: 0, targetLang: 1, beamSize: 4, lengthPenalty: 1 };
  return { translation, weights: encodeSafetensors(drawWeights(rng)) };
}

/** Times what a model starts from; the first name that fits counts. */
const GAINS: [RegExp, number][] = [
  [/^layer_norm/, 1],
  [/bias$/, 0], // what all places have in common would drown what tells them apart,
  [/lang_embeddings/, 0.1], // and this is common to them as well
  [/pred_layer/, 8], // decided guesses, as a trained model makes them
  [/encoder_attn/, 3], // the source matters
  [/out_lin|lin2/, 0.5], // and so does the word before
];
/** Of the end mark: about as many words are written as are read. */
const EOS_BIAS = 11;

function drawWeights(rng: Rng): Record<string, TensorData> {
  const all: Record<string, TensorData> = {};
  for (const part of ["encoder", "decoder"]) {
    const config = completeConfig({ ...SIZES, crossAttention: part === "decoder" });
    for (const [name, { data, ...rest }] of Object.entries(initWeights(config, rng.split()))) {
      const gain = GAINS.find(([names]) => names.test(name))?.[1] ?? 1;
      all[`${part}.${name}`] = { ...rest, data: data.map((value) => gain * value) };
    }
  }
  (all["decoder.pred_layer.proj.bias"] as TensorData).data[EOS] = EOS_BIAS;
  return all;
}
