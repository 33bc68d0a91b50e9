import { DataError, type LangId, type TokenBatch } from "@xlm/core";
import { restoreBpe } from "@xlm/bpe";
import {
  corpusFromIds,
  idsToText,
  keepSentences,
  sentenceBatch,
  type Corpus,
  type Dictionary,
  type Sides,
} from "@xlm/data";
import { generate, generateBeam, type BeamOptions, type EncoderDecoder } from "@xlm/transformer";

/** How a corpus is translated. */
export interface TranslateOptions extends Pick<BeamOptions, "lengthPenalty" | "earlyStopping" | "compat" | "signal"> {
  /** With 1 the likeliest word is taken each time, without a search (`--beam_size`). @default 1 */
  readonly beamSize?: number;
  /** About how many sentences are translated at a time. @default 32 */
  readonly batchSize?: number;
  /** Sentences with more words are left out, as are empty ones. @default as many as the model has positions for */
  readonly maxWords?: number;
}

/** Positions that both parts have. */
export const positionsOf = ({ encoder, decoder }: EncoderDecoder): number =>
  Math.min(encoder.config.maxLen, decoder.config.maxLen);

/** @throws DataError (`XLM_DATA`) when no sentence is left. */
export function translatable<const T extends readonly Corpus[]>(
  model: EncoderDecoder,
  sides: T,
  { maxWords = positionsOf(model) - 2 }: TranslateOptions,
): Sides<T> {
  const kept = keepSentences(sides, { maxLen: maxWords });
  if ((kept[0] as Corpus).positions.length > 0) return kept;
  throw new DataError({
    what: `no ${sides.length > 1 ? "pair" : "sentence"} has 1 to ${maxWords} words`,
    why: "there is nothing to translate",
    fix: "raise maxWords, or give other text",
  });
}

/**
 * Translates a corpus, at most `1.5 * the batch's longest sentence + 10` tokens each, marks included (the original's `evaluate_mt`).
 * `Differs:` that bound ends at the model's positions; the original fails there.
 * @param plan the batches, as `planBatches` makes them; every sentence is in one.
 * @param langs from and to.
 * @returns the translations in the order of the corpus.
 */
export async function translateCorpus(
  model: EncoderDecoder,
  corpus: Corpus,
  dictionary: Dictionary,
  plan: readonly Int32Array[],
  langs: readonly [LangId, LangId] | undefined,
  options: TranslateOptions,
): Promise<Corpus> {
  const { eosId } = dictionary;
  const { beamSize = 1, batchSize: _, maxWords: __, ...search } = options;
  const sentences: Int32Array[] = [];
  for (const rows of plan) {
    const source = sentenceBatch(corpus, rows, dictionary, langs && { lang: langs[0] });
    const maxLen = Math.min(Math.floor(1.5 * source.shape[1] + 10), positionsOf(model));
    const common = { maxLen, eosId, ...(langs && { lang: langs[1] }) };
    const { batch } =
      beamSize === 1
        ? await generate(model, source, { ...common, ...(search.signal && { signal: search.signal }) })
        : await generateBeam(model, source, { ...common, ...search, beamSize });
    rows.forEach((sentence, row) => (sentences[sentence] = wordsOf(batch, row)));
  }
  return corpusFromIds(sentences, dictionary);
}

/** A row without its marks. */
const wordsOf = ({ ids, shape: [, seq], lengths }: TokenBatch, row: number): Int32Array =>
  ids.subarray(row * seq + 1, row * seq + (lengths[row] as number) - 1);

/** The sentences of a corpus as text, subwords joined. */
export function linesOf(corpus: Corpus, dictionary: Dictionary): string[] {
  const all = Int32Array.from({ length: corpus.positions.length / 2 }, (_, i) => i);
  return idsToText(sentenceBatch(corpus, all, dictionary), dictionary).map((line) => restoreBpe(line));
}
