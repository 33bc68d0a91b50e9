import * as tf from "@tensorflow/tfjs-core";
import { DivergenceError } from "@xlm/core";
import { topLogProbs } from "@xlm/kernels";
import type { SamplingOptions } from "./options.js";
import { logProb, sampleWord } from "./sampling.js";

/** Words that may follow each row. */
export interface NextWords {
  /** How many for each. */
  readonly k: number;
  /** `[rows, k]` ids. */
  readonly words: Int32Array;
  /** `[rows, k]`: their log-probabilities, in nats. */
  readonly logProbs: Float32Array;
}

/** Makes the scores, `[rows, vocabSize]`; called once, inside a tidy. */
export type Scores = () => tf.Tensor2D;

/** The `k` likeliest words, best first, of equal ones the lower id. */
export async function likeliest(scores: Scores, k: number): Promise<NextWords> {
  const [logProbs, words] = await read(() => {
    const { values, indices } = topLogProbs(scores(), k);
    return [values, indices];
  });
  return checked({ k, words: words as Int32Array, logProbs: logProbs as Float32Array });
}

/** The end mark, whatever else is likely. */
export async function endMark(scores: Scores, eosId: number): Promise<NextWords> {
  const [logProbs] = await read(() => {
    const all = tf.logSoftmax(scores());
    return [tf.slice(all, [0, eosId], [all.shape[0], 1])];
  });
  return checked({ k: 1, words: new Int32Array(logProbs!.length).fill(eosId), logProbs: logProbs as Float32Array });
}

/**
 * One word drawn for each row; its log-probability is the model's, before temperature and truncation. It is drawn here, in float64, and not
 * on the backend, so that all backends draw alike.
 */
export async function drawn(scores: Scores, options: SamplingOptions): Promise<NextWords> {
  let rows = 0;
  const [all] = await read(() => {
    const made = scores();
    rows = made.shape[0];
    return [made];
  });
  const size = all!.length / rows;
  const each = Array.from({ length: rows }, (_, row) => (all as Float32Array).subarray(row * size, (row + 1) * size));
  const words = Int32Array.from(each, (row) => sampleWord(row, options.rng.next(), options));
  return checked({ k: 1, words, logProbs: Float32Array.from(each, (row, i) => logProb(row, words[i] as number)) });
}

/** The numbers of the tensors that `make` returns; all it made is freed. */
async function read(make: () => tf.Tensor[]): Promise<tf.TypedArray[]> {
  const tensors = tf.tidy(make);
  try {
    return await Promise.all(tensors.map((tensor) => tensor.data()));
  } finally {
    tf.dispose(tensors);
  }
}

function checked(next: NextWords): NextWords {
  if (!next.logProbs.some(Number.isNaN)) return next;
  throw new DivergenceError({
    what: "the model's scores are not finite numbers",
    why: "no word is likelier than another",
    fix: "look at the weights: training that went wrong leaves NaN in them",
  });
}
