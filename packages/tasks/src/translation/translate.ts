import { checkInt, DataError, OptionError, type LangId } from "@xlm/core";
import { corpusFromIds, planBatches, sentenceBatch, sentenceLengths } from "@xlm/data";
import { generate, generateBeam, type EncoderDecoder } from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";

/** From which language into which. */
export interface Direction {
  readonly from: string;
  readonly to: string;
}

export interface TranslateLinesOptions extends Direction {
  /** With 1 the likeliest word is taken each time, without a search (`--beam_size`). @default 1 */
  readonly beamSize?: number;
  /** Most lines translated at a time. @default 32 */
  readonly batchSize?: number;
  /** Of a beam search: above 0 it favours long sentences (`--length_penalty`). @default 1 */
  readonly lengthPenalty?: number;
  /** Stops before the next word: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told after every batch how many of the lines are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

const BUCKET = 8; // lines whose lengths round up to the same multiple are translated together

/**
 * Translates raw lines into raw lines, in their order (§5.2 and §5.3; the original's `translate.py`). An empty line stays empty.
 *
 * A translation has at most 1.5 times the tokens of its source, this rounded up to a multiple of 8, and 10, or as many as the model has
 * positions. `Differs:` the original takes the longest source of the batch, so that a translation may depend on its batch.
 * @param lines may hold more than one sentence each, but are read as one.
 * @returns as many lines.
 * @throws OptionError (`XLM_OPTION`) for a language that the model has not, or two that are one; DataError (`XLM_DATA`) for no lines, and
 *   for one that is longer than the model's positions; the signal's reason.
 */
export async function translate(
  model: EncoderDecoder,
  codec: TextCodec,
  lines: readonly string[],
  options: TranslateLinesOptions,
): Promise<string[]> {
  const { beamSize = 1, batchSize = 32, lengthPenalty = 1, signal, onProgress } = options;
  const langs = directionIds(codec, options);
  checkInt("beamSize", beamSize, 1);
  checkInt("batchSize", batchSize, 1);
  if (lines.length === 0) throw noLines("there is nothing to translate");
  const corpus = codec.corpus(lines, options.from);
  const lengths = sentenceLengths([corpus]);
  checkLengths(model, lengths);
  const written = lines.map(() => new Int32Array());
  let done = lines.length;
  const buckets = new Map<number, number[]>();
  lengths.forEach((length, line) => {
    if (length === 2) return; // two marks and no word
    const bucket = Math.ceil(length / BUCKET) * BUCKET;
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), line]);
    done--;
  });
  for (const [bucket, order] of buckets) {
    const maxLen = Math.min(Math.floor(1.5 * bucket + 10), positionsOf(model));
    for (const rows of planBatches(lengths, { order, batchSize, groupBySize: true })) {
      signal?.throwIfAborted();
      const source = sentenceBatch(corpus, rows, codec.dictionary, { lang: langs[0] });
      const common = { lang: langs[1], maxLen, eosId: codec.dictionary.eosId, ...(signal && { signal }) };
      const { batch } =
        beamSize === 1
          ? await generate(model, source, common)
          : await generateBeam(model, source, { ...common, beamSize, lengthPenalty });
      const { ids, lengths: ends, shape } = batch;
      rows.forEach((line, row) => {
        written[line] = ids.slice(row * shape[1] + 1, row * shape[1] + (ends[row] as number) - 1);
      });
      onProgress?.((done += rows.length), lines.length);
    }
  }
  return codec.text(corpusFromIds(written, codec.dictionary), options.to);
}

/**
 * The ids of both languages.
 * @throws OptionError (`XLM_OPTION`) for a language that the model has not, or two that are one.
 */
export function directionIds(codec: TextCodec, { from, to }: Direction): readonly [LangId, LangId] {
  const ids = [codec.langId(from), codec.langId(to)] as const;
  if (from !== to) return ids;
  throw new OptionError({
    what: `the text is in ${JSON.stringify(from)} and is to be translated into it`,
    why: "the model would be asked to repeat what it reads",
    fix: `translate into another of its languages: ${codec.langs.filter((lang) => lang !== from).join(", ") || "it has none"}`,
  });
}

export const noLines = (why: string): DataError =>
  new DataError({ what: "there are no lines", why, fix: "pass at least one line of text" });

/** Positions that both parts have. */
const positionsOf = ({ encoder, decoder }: EncoderDecoder): number =>
  Math.min(encoder.config.maxLen, decoder.config.maxLen);

/** @throws DataError (`XLM_DATA`) for a sentence that has more tokens than the model has positions. */
export function checkLengths(model: EncoderDecoder, lengths: Int32Array): void {
  const most = positionsOf(model);
  const line = lengths.findIndex((length) => length > most);
  if (line < 0) return;
  throw new DataError({
    what: `the text has ${lengths[line]} tokens with its sentence marks and the model ${most} positions`,
    why: "a line is read as one sentence",
    fix: "cut the line into sentences, one a line",
    at: { line: line + 1 },
  });
}
