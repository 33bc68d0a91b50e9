import { OptionError, ShapeError, checkBatch, checkSize, drawInt } from "@xlm/core";
import type { PredictionBatch, Rng, TokenBatch, Vocab } from "@xlm/core";
import { maskSettings, type MaskOptions } from "./options.js";

/** What happens to each chosen token. */
export interface Replacements {
  /** `[n]`: 0 hides the token behind `maskId`, 1 leaves it, 2 puts `randomIds` in its place. */
  readonly actions: Uint8Array;
  /** `[n]`: the ids that action 2 puts; not read for the others. */
  readonly randomIds: Int32Array;
}

const HIDE = 0;
const KEEP = 1;
const RANDOM = 2;

/**
 * Draws what happens to `n` chosen tokens, by default 80 % hidden, 10 % left, 10 % replaced by any id of the
 * vocabulary, special ones included (Lample & Conneau 2019, §3.3).
 * @throws OptionError (`XLM_OPTION`) for shares that do not add up to 1.
 */
export function chooseReplacements(n: number, vocab: Vocab, rng: Rng, options: MaskOptions = {}): Replacements {
  return replacementChooser(vocab, options)(n, rng);
}

/** `chooseReplacements` with its options checked. */
export function replacementChooser(vocab: Vocab, options: MaskOptions): (n: number, rng: Rng) => Replacements {
  const [hide, keep, random] = maskSettings(options).maskKeepRand;
  const sum = hide + keep + random; // dividing by it makes a share of 0 exactly 0
  const hidden = Math.round((hide / sum) * 2 ** 32);
  const kept = Math.round(((hide + keep) / sum) * 2 ** 32);
  const size = vocab.size;
  return (n, rng) => {
    const actions = new Uint8Array(n);
    const randomIds = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const word = rng.uint32();
      if (word < hidden) continue; // HIDE
      if (word < kept) actions[i] = KEEP;
      else {
        actions[i] = RANDOM;
        randomIds[i] = drawInt(rng, size);
      }
    }
    return { actions, randomIds };
  };
}

/**
 * Hides chosen tokens and remembers what stood there.
 * @param batch `ids` `[batch, seq]`. Left untouched.
 * @param targetIndices `[n]` flat indices into `[batch, seq]`, ascending.
 * @param replacements `[n]` each; without them every target is hidden behind `maskId`.
 * @returns the batch with new `ids`, and `targets` `[n]`.
 * @throws ShapeError (`XLM_SHAPE`) when indices do not ascend or leave the batch, or sizes differ; OptionError
 * (`XLM_OPTION`) for an unknown action or an id outside the vocabulary.
 */
export function applyMask(
  batch: TokenBatch,
  vocab: Vocab,
  targetIndices: Int32Array,
  replacements?: Replacements,
): PredictionBatch {
  checkBatch(batch);
  let last = -1;
  for (const index of targetIndices) {
    if (index <= last || index >= batch.ids.length) {
      throw new ShapeError({
        what: `target index ${index} follows ${last} in a batch of ${batch.ids.length} places`,
        why: "targets are flat indices into [batch, seq], ascending and all different",
        fix: "pass what chooseTargets or settleTargets returned",
      });
    }
    last = index;
  }
  if (replacements) checkReplacements(replacements, targetIndices.length, vocab.size);
  return hideTargets(batch, vocab.maskId, targetIndices, replacements);
}

/** `applyMask` for arguments made in this package. */
export function hideTargets(
  batch: TokenBatch,
  maskId: number,
  targetIndices: Int32Array,
  replacements?: Replacements,
): PredictionBatch {
  const ids = batch.ids.slice();
  const targets = new Int32Array(targetIndices.length);
  for (let i = 0; i < targetIndices.length; i++) {
    const index = targetIndices[i] as number;
    targets[i] = ids[index] as number;
    const action = replacements ? replacements.actions[i] : HIDE;
    if (action === HIDE) ids[index] = maskId;
    else if (action === RANDOM) ids[index] = (replacements as Replacements).randomIds[i] as number;
  }
  return { ...batch, ids, targetIndices, targets };
}

function checkReplacements({ actions, randomIds }: Replacements, n: number, size: number): void {
  checkSize("actions", actions, [n]);
  checkSize("randomIds", randomIds, [n]);
  for (let i = 0; i < n; i++) {
    const action = actions[i] as number;
    const id = randomIds[i] as number;
    if (action > RANDOM) {
      throw new OptionError({
        what: `action ${i} is ${action}`,
        why: "a chosen token is hidden (0), left alone (1) or replaced (2)",
        fix: "use 0, 1 or 2",
      });
    }
    if (action === RANDOM && (id < 0 || id >= size)) {
      throw new OptionError({
        what: `random id ${i} is ${id} and the vocabulary has ${size} ids`,
        why: "a replacement must be a token the model knows",
        fix: `use ids from 0 to ${size - 1}`,
      });
    }
  }
}
