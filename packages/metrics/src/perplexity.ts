import { OptionError } from "@xlm/core";

/**
 * How many equally likely choices the model was as unsure as: `exp(sumNll / n)`.
 * The unit is what `n` counts: pass predicted tokens for the perplexity per BPE token, as facebookresearch/XLM reports it, or
 * the words of the same text for the perplexity per word, by which models with different BPE codes compare (and by which the
 * paper's low-resource table must be read).
 * `Differs:` with nothing predicted the original reports 1e9.
 * @param sumNll sum of negative log-likelihoods over all predicted tokens, in nats.
 * @param n tokens or words, above 0.
 * @throws OptionError (`XLM_OPTION`) when `n` is not a positive number.
 * @example
 * perplexity(3 * Math.log(8), 3); // 8
 */
export function perplexity(sumNll: number, n: number): number {
  if (!(n > 0 && n < Infinity)) {
    throw new OptionError({
      what: `perplexity over ${n} tokens`,
      why: "it is a mean over what was predicted",
      fix: "evaluate on text with at least one predicted token",
    });
  }
  return Math.exp(sumNll / n);
}
