import { ShapeError, checkBatch } from "@xlm/core";
import type { Rng, TokenBatch, Vocab } from "@xlm/core";
import { maskSettings, type MaskOptions } from "./options.js";
import { drawRounds, maskScores, placeWeights } from "./weighted.js";

/**
 * Chooses the tokens a masked language model has to predict; `applyMask` then hides them.
 *
 * Padding and the first token of a row are never chosen. With `sampleAlpha` 0 the draws depend on the real tokens
 * alone, so a wider padding chooses the same ones; above 0 their number is a share of `seq * batch`, padding
 * included, as published.
 * @param batch `ids` `[batch, seq]`. Left untouched.
 * @returns `[n]` flat indices into `[batch, seq]`, ascending; `n` may be 0.
 * @throws what `maskTokens` throws.
 */
export function chooseTargets(batch: TokenBatch, vocab: Vocab, rng: Rng, options: MaskOptions = {}): Int32Array {
  return targetChooser(vocab, options)(batch, rng);
}

/** `chooseTargets` with its options checked and its table of weights ready. */
export function targetChooser(vocab: Vocab, options: MaskOptions): (batch: TokenBatch, rng: Rng) => Int32Array {
  const { predictProb, sampleAlpha, roundTo } = maskSettings(options);
  if (sampleAlpha === 0) {
    return (batch, rng) => {
      checkBatch(batch);
      return cutTargets(batch, flipCoins(batch, vocab.padId, rng, predictProb), roundTo);
    };
  }
  const scores = maskScores(vocab, sampleAlpha);
  return (batch, rng) => {
    checkBatch(batch);
    const [rows, seq] = batch.shape;
    const { weights, positive } = placeWeights(batch, scores);
    // Differs: the original fails when fewer places have a weight than are to be drawn; here all of them are drawn.
    const n = Math.min(Math.ceil(predictProb * seq * rows), positive);
    return settleTargets(batch, vocab, drawRounds(weights, n, rng.next), { roundTo });
  };
}

/**
 * Turns drawn places into targets: sorts them, leaves out padding and first tokens, and cuts their number to a
 * multiple of `roundTo`. With it recorded draws go through the same steps as fresh ones.
 * @param places flat indices into `[batch, seq]`, all different, in any order.
 * @returns `[n]` flat indices, ascending.
 * @throws ShapeError (`XLM_SHAPE`) when a place is outside the batch.
 */
export function settleTargets(
  batch: TokenBatch,
  vocab: Vocab,
  places: ArrayLike<number>,
  options: Pick<MaskOptions, "roundTo"> = {},
): Int32Array {
  checkBatch(batch);
  const { roundTo } = maskSettings(options);
  const [rows, seq] = batch.shape;
  const drawn = new Uint8Array(rows * seq);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number;
    if (!(Number.isInteger(place) && place >= 0 && place < drawn.length)) {
      throw new ShapeError({
        what: `place ${place} is drawn and the batch is [${batch.shape.join(", ")}]`,
        why: `its places are numbered 0 to ${drawn.length - 1}, row after row`,
        fix: "pass flat indices into [batch, seq]; the original numbers its places [seq, batch]",
      });
    }
    drawn[place] = batch.ids[place] === vocab.padId ? 0 : 1;
  }
  const targets = new Int32Array(places.length + 1); // one more: the entry after the last is written and not counted
  let n = 0;
  for (let row = 0; row < rows; row++) {
    const end = row * seq + (batch.lengths[row] as number);
    for (let i = row * seq + 1; i < end; i++) {
      targets[n] = i;
      n += drawn[i] as number;
    }
  }
  return cutTargets(batch, targets.slice(0, n), roundTo);
}

/**
 * One coin a token. A byte of the generator decides all but one token in 256; a full word settles that one, so the
 * chance is `predictProb` to 2^-32 at a quarter of the words.
 */
function flipCoins(batch: TokenBatch, padId: number, rng: Rng, predictProb: number): Int32Array {
  const [rows, seq] = batch.shape;
  const { ids, lengths } = batch;
  const threshold = Math.round(predictProb * 2 ** 32);
  const sure = Math.floor(threshold / 2 ** 24);
  const rest = threshold - sure * 2 ** 24;
  const chosen = new Int32Array(ids.length);
  let n = 0;
  let word = 0;
  let bytes = 0; // of the word, not yet used
  for (let row = 0; row < rows; row++) {
    const end = row * seq + (lengths[row] as number);
    for (let i = row * seq + 1; i < end; i++) {
      if (bytes === 0) {
        word = rng.uint32() | 0;
        bytes = 4;
      }
      const byte = word & 255;
      word >>>= 8;
      bytes--;
      chosen[n] = i; // written always and counted by the sign bit: a branch that no processor can foresee would cost more
      n += (byte - sure) >>> 31;
      if (byte === sure && rng.uint32() >>> 8 < rest) n++;
    }
  }
  let kept = 0;
  for (let k = 0; k < n; k++) {
    const i = chosen[k] as number;
    if (ids[i] !== padId) chosen[kept++] = i; // a batch may count padding in its lengths
  }
  return chosen.slice(0, kept);
}

/**
 * The original drops the surplus from the front of its `[seq, batch]` order: the earliest columns lose theirs.
 * Differs: with fewer than `roundTo` targets the original stops with an error; here all of them stay.
 */
function cutTargets(batch: TokenBatch, targets: Int32Array, roundTo: number): Int32Array {
  const surplus = targets.length < roundTo ? 0 : targets.length % roundTo;
  if (surplus === 0) return targets;
  const [rows, seq] = batch.shape;
  const rank = (place: number): number => (place % seq) * rows + Math.floor(place / seq);
  const first = targets.map(rank).sort()[surplus] as number;
  return targets.filter((place) => rank(place) >= first);
}
