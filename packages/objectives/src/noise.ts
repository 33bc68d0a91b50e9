import { OptionError, checkBatch, checkProb, checkSize, drawInt } from "@xlm/core";
import type { Rng, TokenBatch, Vocab } from "@xlm/core";

/** Noise of the denoising auto-encoder, applied in this order. Everything is off by default, as in the original. */
export interface NoiseOptions {
  /** Words move by fewer than this many places; 0 or above 1 (`--word_shuffle`). @default 0 */
  wordShuffle?: number;
  /** Share of words dropped, 0 to 1 (`--word_dropout`). @default 0 */
  wordDropout?: number;
  /** Share of words hidden behind `maskId`, 0 to 1 (`--word_blank`). @default 0 */
  wordBlank?: number;
}

/** Raw draws of each step that takes place, `[batch, seq]` by place in the row. Only places of words are read. */
export interface NoiseDraws {
  /** Uniform in `[0, wordShuffle)`: added to the place of a word to give the key it is sorted by. */
  readonly shuffle?: Float64Array;
  /** Uniform in `[0, 1)`: a word falls below `wordDropout`. By place after the shuffle. */
  readonly drop?: Float64Array;
  /** `[batch]`: place of the word that stays when all others fell, 1 to `length - 2`. Needed with `drop`. */
  readonly rescue?: Int32Array;
  /** Uniform in `[0, 1)`: a word is blanked below `wordBlank`. By place after the dropout. */
  readonly blank?: Float64Array;
}

/**
 * Spoils sentences so that a model can learn to mend them: words are shuffled, dropped and blanked (Lample & Conneau 2019, §5.2,
 * after Lample et al. 2018; `add_noise` of the original).
 *
 * The first and the last token of a row, its marks, stay. A sentence that had words keeps at least one. The draws depend
 * on real tokens alone, not on the width of the padding.
 * Differs: a row without words (length 2 or less) stays as it is; the original fails on it.
 * @param batch `ids` `[batch, seq]`. Left untouched.
 * @returns a batch as wide as its longest row; `positions` and `langs` stay with their places.
 * @throws OptionError (`XLM_OPTION`) for options that cannot be used; ShapeError (`XLM_SHAPE`).
 */
export function addNoise(batch: TokenBatch, vocab: Vocab, rng: Rng, options: NoiseOptions = {}): TokenBatch {
  return applyNoise(batch, vocab, drawNoise(batch, rng, options), options);
}

/** Draws the numbers `applyNoise` works with, for the steps that `options` turns on. */
export function drawNoise(batch: TokenBatch, rng: Rng, options: NoiseOptions = {}): NoiseDraws {
  checkBatch(batch);
  const { wordShuffle, wordDropout, wordBlank } = noiseSettings(options);
  const [rows, seq] = batch.shape;
  const uniforms = (high: number): Float64Array => {
    const draws = new Float64Array(rows * seq);
    for (let row = 0; row < rows; row++) {
      const last = row * seq + (batch.lengths[row] as number) - 1;
      for (let i = row * seq + 1; i < last; i++) draws[i] = high * rng.next();
    }
    return draws;
  };
  const rescues = (): Int32Array => batch.lengths.map((length) => (length > 2 ? 1 + drawInt(rng, length - 2) : 0));
  return {
    ...(wordShuffle > 0 && { shuffle: uniforms(wordShuffle) }),
    ...(wordDropout > 0 && { drop: uniforms(1), rescue: rescues() }),
    ...(wordBlank > 0 && { blank: uniforms(1) }),
  };
}

/**
 * Applies drawn noise. A step takes place when its draws are there.
 * @param draws from `drawNoise`, or recorded elsewhere.
 * @throws ShapeError (`XLM_SHAPE`) when draws have another size than the batch; OptionError (`XLM_OPTION`).
 */
export function applyNoise(batch: TokenBatch, vocab: Vocab, draws: NoiseDraws, options: NoiseOptions = {}): TokenBatch {
  checkBatch(batch);
  const { wordDropout, wordBlank } = noiseSettings(options);
  const [rows, seq] = batch.shape;
  for (const step of ["shuffle", "drop", "blank"] as const) {
    const array = draws[step];
    if (array) checkSize(`${step} draws`, array, batch.shape);
  }
  if (draws.drop) checkSize("rescue draws", draws.rescue ?? [], [rows]);
  const sentences = Array.from({ length: rows }, (_, row) => {
    const at = row * seq;
    let ids = batch.ids.subarray(at, at + (batch.lengths[row] as number));
    if (draws.shuffle) ids = shuffleRow(ids, draws.shuffle.subarray(at, at + seq));
    if (draws.drop)
      ids = dropFromRow(ids, draws.drop.subarray(at, at + seq), wordDropout, draws.rescue?.[row] as number);
    if (draws.blank) ids = blankRow(ids, draws.blank.subarray(at, at + seq), wordBlank, vocab.maskId);
    return ids;
  });
  return pack(sentences, batch, vocab.padId);
}

const isInner = (ids: Int32Array, place: number): boolean => place > 0 && place < ids.length - 1;

function shuffleRow(ids: Int32Array, draws: Float64Array): Int32Array {
  const key = (place: number): number => place + (isInner(ids, place) ? (draws[place] as number) : 0);
  const words = Array.from({ length: Math.max(0, ids.length - 2) }, (_, i) => i + 1).sort((a, b) => key(a) - key(b));
  return ids.map((id, place) => (isInner(ids, place) ? (ids[words[place - 1] as number] as number) : id));
}

function dropFromRow(ids: Int32Array, draws: Float64Array, prob: number, rescue: number): Int32Array {
  const kept = ids.filter((_, place) => !isInner(ids, place) || (draws[place] as number) >= prob);
  if (kept.length > 2 || ids.length <= 2) return kept;
  if (!isInner(ids, rescue)) {
    throw new OptionError({
      what: `all words of a sentence of length ${ids.length} fell and its rescue draw is ${rescue}`,
      why: "a sentence keeps at least one word",
      fix: `rescue a place from 1 to ${ids.length - 2}`,
    });
  }
  return Int32Array.of(kept[0] as number, ids[rescue] as number, kept[1] as number);
}

const blankRow = (ids: Int32Array, draws: Float64Array, prob: number, maskId: number): Int32Array =>
  ids.map((id, place) => (isInner(ids, place) && (draws[place] as number) < prob ? maskId : id));

function pack(sentences: readonly Int32Array[], batch: TokenBatch, padId: number): TokenBatch {
  const [rows, oldSeq] = batch.shape;
  const lengths = Int32Array.from(sentences, (ids) => ids.length);
  const seq = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const ids = new Int32Array(rows * seq).fill(padId);
  sentences.forEach((sentence, row) => ids.set(sentence, row * seq));
  const narrow = (array: Int32Array): Int32Array => {
    const out = new Int32Array(rows * seq);
    for (let row = 0; row < rows; row++) out.set(array.subarray(row * oldSeq, row * oldSeq + seq), row * seq);
    return out;
  };
  return {
    ids,
    shape: [rows, seq],
    lengths,
    ...(batch.positions && { positions: narrow(batch.positions) }),
    ...(batch.langs && { langs: narrow(batch.langs) }),
  };
}

function noiseSettings(options: NoiseOptions): Required<NoiseOptions> {
  const { wordShuffle = 0, wordDropout = 0, wordBlank = 0 } = options;
  if (!(wordShuffle === 0 || (wordShuffle > 1 && wordShuffle < Infinity))) {
    throw new OptionError({
      what: `wordShuffle is ${wordShuffle}`,
      why: "words move by fewer than that many places, so up to 1 none moves",
      fix: "use 0 to switch it off, or a number above 1 such as 3",
    });
  }
  checkProb("wordDropout", wordDropout);
  checkProb("wordBlank", wordBlank);
  return { wordShuffle, wordDropout, wordBlank };
}
