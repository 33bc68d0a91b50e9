import { DataError, OptionError } from "@xlm/core";

export interface LanguageProbsOptions {
  /**
   * The exponent of `q_i ~ p_i^alpha`: 1 keeps the data's own shares, smaller favours small languages, `"uniform"` is the
   * limit 0. The paper uses 0.7 to train and 0.5 for the BPE corpus. @default 0.7
   */
  alpha?: number | "uniform";
}

/**
 * How likely each language is to be drawn: `q_i = p_i^alpha / sum_j p_j^alpha` with `p_i = n_i / sum_k n_k`
 * (Lample & Conneau 2019, §3.1 and §3.5; `--lg_sampling_factor`, whose -1 is spelled `"uniform"` here).
 * @param counts `[nLangs]` sentences of each language (or of each pair of languages), 0 or more.
 * @returns `[nLangs]` probabilities adding up to 1; a language without sentences gets 0, under `"uniform"` too.
 * @throws OptionError (`XLM_OPTION`) for an alpha that is not positive or a count that is not a finite number of 0 or more;
 * DataError (`XLM_DATA`) when no language has a sentence.
 * @example
 * languageProbs([900, 100], { alpha: 0.5 }); // [0.75, 0.25]
 */
export function languageProbs(counts: ArrayLike<number>, options: LanguageProbsOptions = {}): number[] {
  const { alpha = 0.7 } = options;
  const exponent = alpha === "uniform" ? 0 : alpha;
  if (alpha !== "uniform" && !(exponent > 0 && exponent < Infinity)) {
    throw new OptionError({
      what: `alpha is ${alpha}`,
      why: "language i is drawn in proportion to its share of the sentences to the power of alpha",
      fix: 'use a positive number (1 keeps the shares of the data), or "uniform"',
    });
  }
  const sentences = Array.from(counts);
  sentences.forEach((count, i) => {
    if (!(count >= 0 && count < Infinity)) {
      throw new OptionError({
        what: `count ${i} is ${count}`,
        why: "it is a number of sentences",
        fix: "use finite counts of 0 or more",
      });
    }
  });
  const total = sentences.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) {
    throw new DataError({
      what: `${sentences.length} languages have ${total} sentences together`,
      why: "there is nothing to draw from",
      fix: "give at least one language some text",
    });
  }
  const weights = sentences.map((count) => (count === 0 ? 0 : (count / total) ** exponent));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
