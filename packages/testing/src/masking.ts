import type { PredictionBatch, Rng, TokenBatch, Vocab } from "@xlm/core";
import type { LawOptions } from "./law.js";

/** Any function that masks a batch. */
export type MaskFunction = (batch: TokenBatch, vocab: Vocab, rng: Rng) => PredictionBatch;

export interface MaskingLawOptions extends LawOptions {
  /** Share of tokens the function should choose; null when it does not promise one. @default 0.15 */
  predictProb?: number | null;
  /** Of the chosen: hidden, kept, replaced at random; null when it does not promise shares. @default [0.8, 0.1, 0.1] */
  maskKeepRand?: readonly [number, number, number] | null;
  /** Most tokens that share a draw, such as those of a span: shares vary more, and are judged less closely. @default 1 */
  together?: number;
  /** Whether the first token of a row may be chosen. @default "never" */
  firstToken?: "never" | "allowed";
}
