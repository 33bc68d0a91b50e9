import { checkInt, drawPermutation, MismatchError, rngFromState, type Rng, type RngState } from "@xlm/core";

/** Goes through `0..size-1` again and again: sentences, windows of a stream, or batches. */
export interface EpochOrder {
  /** The next index. Every index comes once an epoch; there is no end. */
  next(): number;
  /** Plain JSON of a fixed size, whatever the number of items; `restoreEpochOrder` continues from it. */
  state(): EpochOrderState;
}

export interface EpochOrderState {
  readonly size: number;
  readonly shuffle: boolean;
  /** Epochs completed. */
  readonly epoch: number;
  /** Indices given out in this epoch, `0..size-1`. */
  readonly position: number;
  /** The generator at the start of this epoch, from which its permutation is drawn again. */
  readonly rng: RngState;
}

export interface EpochOrderOptions {
  /** Whether every epoch has a new random order; otherwise `0, 1, .. size-1`. @default true */
  shuffle?: boolean;
}

/**
 * An endless order over `size` items.
 * @param size items, from 1.
 * @param rng split once and not advanced. Every epoch has a stream of its own, split from that one.
 * @throws OptionError (`XLM_OPTION`) for a size below 1.
 */
export function createEpochOrder(size: number, rng: Rng, options: EpochOrderOptions = {}): EpochOrder {
  return order({ size, shuffle: options.shuffle ?? true, epoch: 0, position: 0, rng: rng.split().state() });
}

/**
 * The order that stood at `state`: what follows is bit for bit what would have followed.
 * @param size the number of items, as before.
 * @throws MismatchError (`XLM_MISMATCH`) when `size` changed; OptionError (`XLM_OPTION`) for a state that no order reported.
 */
export function restoreEpochOrder(size: number, state: EpochOrderState): EpochOrder {
  if (size !== state.size) {
    throw new MismatchError({
      what: `the saved order went over ${state.size} items and there are ${size}`,
      why: "a resumed run sees the items it would have seen",
      fix: "resume with the data and batch sizes of the saved run, or start a new one",
    });
  }
  return order(state);
}

function order(start: EpochOrderState): EpochOrder {
  const { size, shuffle } = start;
  checkInt("size", size, 1, 0x7fffffff);
  checkInt("epoch", start.epoch, 0);
  checkInt("position", start.position, 0, size - 1);
  const rng = rngFromState(start.rng);
  let { epoch, position } = start;
  let epochStart = rng.state();
  let indices: Int32Array | undefined; // this epoch's, drawn when first needed
  return {
    next: () => {
      if (shuffle) indices ??= drawPermutation(rng.split(), size);
      const index = indices?.[position] ?? position;
      if (++position === size) {
        epoch++;
        position = 0;
        epochStart = rng.state();
        indices = undefined;
      }
      return index;
    },
    state: () => ({ size, shuffle, epoch, position, rng: epochStart }),
  };
}
