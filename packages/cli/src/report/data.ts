import type { ShareCheck } from "./statistics.js";

/** What one language's held-out text scored. */
export interface LangScore {
  readonly lang: string;
  readonly perplexity: number;
  /** Share of hidden tokens guessed exactly. */
  readonly accuracy: number;
  /** Hidden tokens. */
  readonly targets: number;
}

/** How often the nearest neighbour of a sentence in the other language was its translation. */
export interface RetrievalScore {
  readonly from: string;
  readonly to: string;
  readonly accuracy: number;
  readonly sentences: number;
}

/** All scores of a model at one time. */
export interface Scores {
  readonly langs: readonly LangScore[];
  /** Empty without parallel text. */
  readonly retrieval: readonly RetrievalScore[];
}

/** One line of `metrics.jsonl` that a training step wrote. */
export interface StepRecord {
  readonly step: number;
  readonly objective: string;
  readonly loss: number;
  readonly lr: number;
  readonly tokensPerSecond: number;
}

/** A word with its nearest neighbours in another language. */
export interface WordRow {
  readonly word: string;
  readonly neighbours: readonly { readonly word: string; readonly cosine: number }[];
}

/** Everything a report shows. */
export interface ReportData {
  readonly title: string;
  /** What was run: label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly before: Scores;
  readonly after: Scores;
  readonly steps: readonly StepRecord[];
  readonly masking: readonly ShareCheck[];
  readonly sampling: readonly ShareCheck[];
  /** One table a pair of languages. */
  readonly words: readonly { readonly from: string; readonly to: string; readonly rows: readonly WordRow[] }[];
}
