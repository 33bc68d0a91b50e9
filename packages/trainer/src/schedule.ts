import { OptionError } from "@xlm/core";

interface Warmup {
  /** The learning rate at the end of warm-up, the highest there is. */
  readonly lr: number;
  /** Updates over which the rate climbs from `warmupInitLr` to `lr`, in a straight line. */
  readonly warmupUpdates: number;
  /** The rate of the very first update. */
  readonly warmupInitLr: number;
}

/** The learning rate as a function of the updates made so far. */
export type Schedule =
  | { readonly kind: "constant"; readonly lr: number }
  | (Warmup & { readonly kind: "inverseSqrt"; readonly expFactor: number })
  | (Warmup & {
      readonly kind: "cosine";
      /** The rate at the end of the first period; shrinks with `lr`. */
      readonly minLr: number;
      /** Updates of the first period. */
      readonly initPeriod: number;
      /** Each period is so many times as long as the one before. */
      readonly periodMult: number;
      /** Each period's rates are so many times those of the one before. */
      readonly lrShrink: number;
    });

/**
 * The learning rate of the update that follows `nUpdates` finished ones (src/optim.py, `get_lr_for_step`).
 * The first update therefore uses `warmupInitLr`, and `lr` is reached at update `warmupUpdates + 1`.
 *
 * - constant: `lr`
 * - inverseSqrt: after warm-up `lr * (warmupUpdates / nUpdates) ^ expFactor`
 * - cosine: after warm-up, half cosines from `lr` to `minLr` with restarts (Loshchilov & Hutter 2017)
 * @param nUpdates a whole number from 0.
 */
export function learningRate(schedule: Schedule, nUpdates: number): number {
  if (schedule.kind === "constant") return schedule.lr;
  const { lr, warmupUpdates, warmupInitLr } = schedule;
  if (nUpdates < warmupUpdates) return warmupInitLr + nUpdates * ((lr - warmupInitLr) / warmupUpdates);
  if (schedule.kind === "inverseSqrt") {
    return lr * warmupUpdates ** schedule.expFactor * nUpdates ** -schedule.expFactor;
  }
  const { minLr, initPeriod, periodMult, lrShrink } = schedule;
  const t = nUpdates - warmupUpdates;
  let period: number; // how many periods are over
  let length = initPeriod;
  let into: number; // updates into the current one
  if (periodMult === 1) {
    period = Math.floor(t / initPeriod);
    into = t - initPeriod * period;
  } else {
    // The first k periods take initPeriod * (1 - mult^k) / (1 - mult) updates; solved for k.
    period = Math.floor(Math.log(1 - (t / initPeriod) * (1 - periodMult)) / Math.log(periodMult));
    length = initPeriod * periodMult ** period;
    into = t - ((1 - periodMult ** period) / (1 - periodMult)) * initPeriod;
  }
  const shrunk = lrShrink ** period;
  return shrunk * minLr + 0.5 * (shrunk * lr - shrunk * minLr) * (1 + Math.cos((Math.PI * into) / length));
}

/** @throws OptionError for rates below 0 and periods that no update fits into. */
export function checkSchedule(schedule: Schedule): void {
  const need = (name: string, value: number, fits: boolean, range: string): void => {
    if (fits) return;
    throw new OptionError({
      what: `the ${schedule.kind} schedule has ${name} ${value}`,
      why: "under it a learning rate would turn negative, or be no number",
      fix: `use ${range}`,
    });
  };
  need("lr", schedule.lr, schedule.lr >= 0 && schedule.lr < Infinity, "a number of 0 or more");
  if (schedule.kind === "constant") return;
  need("warmupUpdates", schedule.warmupUpdates, schedule.warmupUpdates >= 1, "1 or more");
  need("warmupInitLr", schedule.warmupInitLr, schedule.warmupInitLr >= 0, "0 or more");
  if (schedule.kind === "inverseSqrt")
    return need("expFactor", schedule.expFactor, schedule.expFactor >= 0, "0 or more");
  need("minLr", schedule.minLr, schedule.minLr >= 0, "0 or more");
  need("initPeriod", schedule.initPeriod, schedule.initPeriod > 0, "a number above 0");
  need("periodMult", schedule.periodMult, schedule.periodMult >= 1, "1 or more");
  need("lrShrink", schedule.lrShrink, schedule.lrShrink > 0, "a number above 0");
}
