import { OptionError, checkInt, checkProb, checkShares } from "@xlm/core";

/** How masked language modelling chooses tokens and what it puts in their place. */
export interface MaskOptions {
  /** Share of tokens chosen for prediction, 0 to 1 (`--word_pred`). @default 0.15 */
  predictProb?: number;
  /** Of the chosen: hidden, left alone, replaced at random. Adds up to 1 (`--word_mask_keep_rand`). @default [0.8, 0.1, 0.1] */
  maskKeepRand?: readonly [number, number, number];
  /**
   * 0: every token is chosen by a coin of its own. Above 0: exactly `ceil(predictProb * seq * batch)` draws without
   * replacement, weighted by `count ^ -sampleAlpha`, so that rare tokens are favoured (`--sample_alpha`). @default 0
   */
  sampleAlpha?: number;
  /** The number of chosen tokens is cut to a multiple of this; 8 suits half-precision matrix units. @default 1 */
  roundTo?: number;
}

/** The options with their defaults in place. @throws OptionError (`XLM_OPTION`) naming the first that cannot be used. */
export function maskSettings(options: MaskOptions): Required<MaskOptions> {
  const { predictProb = 0.15, maskKeepRand = [0.8, 0.1, 0.1], sampleAlpha = 0, roundTo = 1 } = options;
  checkProb("predictProb", predictProb);
  if (maskKeepRand.length !== 3) {
    throw new OptionError({
      what: `maskKeepRand has ${(maskKeepRand as readonly number[]).length} entries`,
      why: "it holds the shares of hidden, kept and randomly replaced tokens",
      fix: "give three numbers, such as [0.8, 0.1, 0.1]",
    });
  }
  checkShares("maskKeepRand", maskKeepRand);
  if (!(sampleAlpha >= 0 && sampleAlpha < Infinity)) {
    throw new OptionError({
      what: `sampleAlpha is ${sampleAlpha}`,
      why: "tokens are weighted by their count to the power of -sampleAlpha",
      fix: "use 0 for equal chances, or a positive number such as 0.5",
    });
  }
  checkInt("roundTo", roundTo, 1);
  return { predictProb, maskKeepRand, sampleAlpha, roundTo };
}
