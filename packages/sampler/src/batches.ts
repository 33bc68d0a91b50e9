import { checkInt, checkSize, MismatchError, OptionError, type Rng } from "@xlm/core";
import {
  createLanguageSampler,
  restoreLanguageSampler,
  type LanguageSampler,
  type LanguageSamplerState,
} from "./languages.js";

/** The paper's batch: 64 streams of 256 tokens (§3.5; `--batch_size`, `--bptt`). */
export const DEFAULT_BATCH: { readonly batchSize: number; readonly seqLen: number } = Object.freeze({
  batchSize: 64,
  seqLen: 256,
});

/** An objective with the languages, or pairs of languages, that its batches are made of. */
export interface StepGroup<O extends string = string, C = string> {
  /** For example `"mlm"`, `"tlm"`, `"clm"`. */
  readonly objective: O;
  /** What one of is drawn for each batch: `"en"`, or a pair such as `["en", "fr"]`. */
  readonly choices: readonly C[];
  /** `[choices]`, adding up to 1. @default equal ones */
  readonly probs?: ArrayLike<number>;
  /** Batches in a row before the next group's turn. @default 1 */
  readonly draws?: number;
}

/** What to train on next. */
export interface BatchStep<O extends string = string, C = string> {
  readonly objective: O;
  readonly choice: C;
  /** Where `choice` stands among the group's. */
  readonly index: number;
}

export interface BatchSchedule<O extends string = string, C = string> {
  next(): BatchStep<O, C>;
  /** Plain JSON; `restoreBatchSchedule` continues from it. */
  state(): BatchScheduleState;
}

export interface BatchScheduleState {
  /** Steps given out. */
  readonly step: number;
  /** Of each group. */
  readonly samplers: readonly LanguageSamplerState[];
}

/**
 * Which objective and which language (or pair) the next batch has: groups take turns, so that MLM and TLM alternate
 * (§3.5), and each draws among its choices.
 * `Differs:` the original draws up to five languages and then up to five pairs each iteration; `draws` set to
 * `Math.min(5, choices.length)` in both groups does the same.
 * @param groups in the order of their turns.
 * @param rng split once a group and not advanced: adding a group does not change the draws of those before it.
 * @throws OptionError (`XLM_OPTION`) without groups or choices, or for probabilities that do not add up; ShapeError
 * (`XLM_SHAPE`) when there is not one probability a choice.
 * @example
 * createBatchSchedule([{ objective: "mlm", choices: ["en", "fr"], probs: [0.7, 0.3] },
 *   { objective: "tlm", choices: ["en-fr"] }], createRng(1));
 */
export function createBatchSchedule<O extends string, C>(
  groups: readonly StepGroup<O, C>[],
  rng: Rng,
): BatchSchedule<O, C> {
  const samplers = groups.map((group) => createLanguageSampler(probsOf(group), rng));
  return schedule(groups, samplers, 0);
}

/**
 * The schedule that stood at `state`: its steps are those that would have followed.
 * @param groups the same as before.
 * @throws MismatchError (`XLM_MISMATCH`) for other groups or numbers of choices; otherwise as on creation.
 */
export function restoreBatchSchedule<O extends string, C>(
  groups: readonly StepGroup<O, C>[],
  state: BatchScheduleState,
): BatchSchedule<O, C> {
  if (groups.length !== state.samplers.length) {
    throw new MismatchError({
      what: `the saved schedule has ${state.samplers.length} objectives and ${groups.length} are given`,
      why: "a resumed run takes the steps it would have taken",
      fix: "resume with the objectives of the saved run, or start a new one",
    });
  }
  checkInt("step", state.step, 0);
  const samplers = groups.map((group, i) =>
    restoreLanguageSampler(probsOf(group), state.samplers[i] as LanguageSamplerState),
  );
  return schedule(groups, samplers, state.step);
}

function probsOf({ objective, choices, probs, draws = 1 }: StepGroup<string, unknown>): ArrayLike<number> {
  checkInt(`draws of ${objective}`, draws, 1);
  if (choices.length === 0) {
    throw new OptionError({
      what: `${objective} has no languages to draw from`,
      why: "every batch is made of the text of one of them",
      fix: "name at least one, or leave the objective out",
    });
  }
  if (probs) checkSize(`probs of ${objective}`, probs, [choices.length]);
  return probs ?? choices.map(() => 1 / choices.length);
}

function schedule<O extends string, C>(
  groups: readonly StepGroup<O, C>[],
  samplers: readonly LanguageSampler[],
  start: number,
): BatchSchedule<O, C> {
  // One entry for each step of a round: the group whose turn it is.
  const turns = groups.flatMap((group, i) => Array.from({ length: group.draws ?? 1 }, () => i));
  if (turns.length === 0) {
    throw new OptionError({
      what: "there are no objectives",
      why: "a schedule needs a step to give out",
      fix: "name at least one objective with its languages",
    });
  }
  let step = start;
  return {
    next: () => {
      const turn = turns[step++ % turns.length] as number;
      const { objective, choices } = groups[turn] as StepGroup<O, C>;
      const index = (samplers[turn] as LanguageSampler).next();
      return { objective, choice: choices[index] as C, index };
    },
    state: () => ({ step, samplers: samplers.map((sampler) => sampler.state()) }),
  };
}
