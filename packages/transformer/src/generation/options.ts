import { checkInt, OptionError, type Rng } from "@xlm/core";
import { hasLangEmbeddings, type TransformerConfig } from "../config.js";

/** How a word is drawn: temperature first, then `topK`, then `topP`. */
export interface SamplingOptions {
  /** One uniform is drawn for each row at each place where it chooses a word, rows in order. */
  readonly rng: Rng;
  /** Divides the scores: below 1 likely words become likelier (`sample_temperature`). @default 1 */
  readonly temperature?: number;
  /** Draw from so many of the likeliest words alone. @default all */
  readonly topK?: number;
  /** Draw from the fewest likeliest words that have this probability together (nucleus sampling; Holtzman et al. 2020). @default 1, all */
  readonly topP?: number;
}

export interface GenerateOptions {
  /**
   * Language to write, `tgt_lang_id`; also written into the result's `langs`. A model with language embeddings needs it.
   * `Differs:` a model without needs none, where the original fails.
   */
  readonly lang?: number;
  /** Tokens of the longest sentence, both end marks included; at least 2, at most the model's positions. @default 200, or those */
  readonly maxLen?: number;
  /** Id of the mark that begins and ends a sentence. @default 1 */
  readonly eosId?: number;
  /** Draws the words. @default takes the likeliest */
  readonly sampling?: SamplingOptions;
  /** Stops before the next word: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface BeamOptions extends Omit<GenerateOptions, "sampling"> {
  /** Unfinished sentences to go on with, and finished ones to keep, of each source (`--beam_size`). @default 4 */
  readonly beamSize?: number;
  /**
   * The exponent in score = sum of log-probabilities / length^lengthPenalty: above 0 it favours long sentences (`--length_penalty`).
   * @default 1
   */
  readonly lengthPenalty?: number;
  /**
   * Stop at `beamSize` finished sentences, though a better one could follow (`--early_stopping`). Without, a positive `lengthPenalty` makes
   * long sentences so promising that most searches go on up to `maxLen`: the original gives 1.5 times the longest source and 10.
   * @default false
   */
  readonly earlyStopping?: boolean;
  /** Hypotheses to return of each source, at most `beamSize`. @default 1 */
  readonly nBest?: number;
  /**
   * `"xlm"`: as the original in what looks like a mistake. At `maxLen` every candidate is kept without its last word and end mark, but with
   * that word's log-probability; a negative `lengthPenalty` stops too early.
   */
  readonly compat?: "xlm";
}

const DEFAULT_MAX_LEN = 200;

/** `maxLen` and `eosId` with their defaults, everything checked. */
export function completeOptions(
  config: TransformerConfig,
  { lang, maxLen = Math.min(DEFAULT_MAX_LEN, config.maxLen), eosId = 1, sampling }: GenerateOptions,
): { maxLen: number; eosId: number } {
  checkInt("maxLen", maxLen, 2, config.maxLen);
  checkInt("eosId", eosId, 0, config.vocabSize - 1);
  if (lang !== undefined) checkInt("lang", lang, 0, config.nLangs - 1);
  if (sampling) checkSampling(sampling);
  return { maxLen, eosId };
}

/** @throws OptionError (`XLM_OPTION`) where languages are needed and there are none. */
export function checkLang(config: TransformerConfig, given: boolean): void {
  if (given || !hasLangEmbeddings(config)) return;
  throw new OptionError({
    what: `lang is missing and the model has ${config.nLangs} languages`,
    why: "its language embedding is added to every word that is written",
    fix: `give lang, a number from 0 to ${config.nLangs - 1}`,
  });
}

function checkSampling({ temperature = 1, topK = 1, topP = 1 }: SamplingOptions): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new OptionError({
      what: `temperature is ${temperature}`,
      why: "it divides the scores",
      fix: "use a number above 0; without sampling the likeliest word is taken",
    });
  }
  checkInt("topK", topK, 1);
  if (topP > 0 && topP <= 1) return;
  throw new OptionError({
    what: `topP is ${topP}`,
    why: "it is the probability that the words to draw from have together",
    fix: "use a number above 0 and up to 1",
  });
}

/** What a search needs to know. */
export interface BeamSettings {
  readonly maxLen: number;
  readonly eosId: number;
  readonly beamSize: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean;
  readonly nBest: number;
  readonly compat: "xlm" | undefined;
}

/** The same of a beam search. */
export function completeBeamOptions(config: TransformerConfig, options: BeamOptions): BeamSettings {
  const { beamSize = 4, lengthPenalty = 1, earlyStopping = false, nBest = 1, compat } = options;
  checkInt("beamSize", beamSize, 1);
  checkInt("nBest", nBest, 1, beamSize);
  if (!Number.isFinite(lengthPenalty)) {
    throw new OptionError({
      what: `lengthPenalty is ${lengthPenalty}`,
      why: "it is an exponent",
      fix: "use a finite number",
    });
  }
  if (compat !== undefined && compat !== "xlm") {
    throw new OptionError({
      what: `compat is ${JSON.stringify(compat)}`,
      why: "there is no such choice",
      fix: 'use "xlm", or leave it out',
    });
  }
  return { ...completeOptions(config, options), beamSize, lengthPenalty, earlyStopping, nBest, compat };
}
