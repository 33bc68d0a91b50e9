import { breathe } from "@xlm/core";
import { planBatches } from "@xlm/data";
import type { Classifier } from "@xlm/trainer";
import { encode, sequenceScores } from "@xlm/transformer";
import { passageBatch, passageLengths, type PassageSet } from "./examples.js";

export interface ScoreOptions {
  /** Passages read at once; the scores do not depend on it. @default 32 */
  readonly batchSize?: number;
  /** Tokens of a side, marks included; what is longer is cut. @default 256 */
  readonly maxLen?: number;
  /** Stops before the next batch: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A number for each output of the head. */
export interface PassageScores {
  /** `[n, nOutputs]`, logits or values, in the order of the passages. */
  readonly data: Float32Array;
  readonly shape: readonly [n: number, nOutputs: number];
}

/** What a model says of passages, read in batches of like length. */
export async function scorePassages(
  { encoder, head }: Classifier,
  set: PassageSet,
  options: ScoreOptions = {},
): Promise<PassageScores> {
  const { batchSize = 32, maxLen = 256, signal } = options;
  const { nOutputs } = head.config;
  const data = new Float32Array(set.size * nOutputs);
  for (const rows of planBatches(passageLengths(set), { batchSize, groupBySize: true })) {
    signal?.throwIfAborted();
    const hidden = encode(encoder, passageBatch(set, rows, { maxLen, positions: encoder.config.maxLen }));
    const scores = sequenceScores(head, hidden);
    hidden.dispose();
    const values = await scores.data<"float32">();
    scores.dispose();
    rows.forEach((row, i) => data.set(values.subarray(i * nOutputs, (i + 1) * nOutputs), row * nOutputs));
    await breathe();
  }
  return { data, shape: [set.size, nOutputs] };
}

/** The output with the highest score of each row, the first of equal ones. */
export function bestOutputs({ data, shape: [n, nOutputs] }: PassageScores): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => {
    const own = data.subarray(row * nOutputs, (row + 1) * nOutputs);
    return own.reduce((best, value, k) => (value > (own[best] as number) ? k : best), 0);
  });
}
