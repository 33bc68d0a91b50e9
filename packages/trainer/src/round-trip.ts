import type { LangId } from "@xlm/core";
import { planBatches, sentenceLengths, type Corpus, type Dictionary } from "@xlm/data";
import type { EncoderDecoder } from "@xlm/transformer";
import { linesOf, translatable, translateCorpus, type TranslateOptions } from "./translate.js";
import { scoreOf, type TranslationScore } from "./translation-evaluation.js";

export interface RoundTripOptions extends TranslateOptions {
  /** Of the text, and the one it goes through. */
  readonly langs: readonly [LangId, LangId];
}

/**
 * Translates text into another language and back, and compares with what it was: a measure without parallel text. The mean over
 * both ways round is the model selection criterion of Lample et al. 2018 (Unsupervised Machine Translation Using Monolingual Corpora Only).
 * A model that copies its input scores well too.
 * `Differs:` not in the original, which asks for sentence pairs even where it trains without.
 * @param corpus sentences of the first language; empty ones, and those with more than `maxWords`, are left out.
 * @throws as `translationBleu`.
 */
export async function roundTripBleu(
  model: EncoderDecoder,
  corpus: Corpus,
  dictionary: Dictionary,
  options: RoundTripOptions,
): Promise<TranslationScore> {
  const { langs, ...rest } = options;
  const [there, back] = langs;
  const [text] = translatable(model, [corpus], rest);
  const translated = async (from: Corpus, way: readonly [LangId, LangId]): Promise<Corpus> => {
    const plan = planBatches(sentenceLengths([from]), { batchSize: rest.batchSize ?? 32, groupBySize: true });
    return translateCorpus(model, from, dictionary, plan, way, rest);
  };
  const through = await translated(text, [there, back]);
  const returned = await translated(through, [back, there]);
  return scoreOf(linesOf(returned, dictionary), linesOf(text, dictionary));
}
