import { checkInt, OptionError } from "@xlm/core";

/** A coefficient over the course of training: straight lines between points, and the last value for ever after. */
export interface Schedule {
  /** `[step, value]`, steps ascending from 0. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a coefficient as the original's `--lambda_mlm` and its sisters are written: a constant (`"0.5"`), or values at steps
 * (`"0:1,100000:0.1,300000:0"`).
 * `Differs:` a single point (`"0:1"`) is taken as a constant; the original refuses it.
 * @throws OptionError (`XLM_OPTION`) naming the part that is not a number, and for steps that do not ascend from 0.
 */
export function parseSchedule(text: string): Schedule {
  const fail = (what: string): OptionError =>
    new OptionError({
      what: `coefficient ${JSON.stringify(text)}: ${what}`,
      why: "it is a constant, or values at ascending steps with straight lines between",
      fix: 'write "0.5", or "0:1,100000:0.1,300000:0"',
    });
  const valueOf = (part: string): number => {
    if (!NUMBER.test(part.trim())) throw fail(`${JSON.stringify(part)} is not a number`);
    return Number(part);
  };
  if (!text.includes(":") && !text.includes(",")) return { points: [[0, valueOf(text)]] };
  const points = text.split(",").map((part): [number, number] => {
    const [step = "", value, ...rest] = part.split(":");
    if (value === undefined || rest.length > 0) throw fail(`${JSON.stringify(part)} is not step:value`);
    if (!/^\d+$/.test(step.trim())) throw fail(`${JSON.stringify(step)} is not a number of steps`);
    return [Number(step), valueOf(value)];
  });
  if (points[0]?.[0] !== 0) throw fail("the first step is not 0");
  points.forEach(([step], i) => {
    if (i > 0 && step <= (points[i - 1] as [number, number])[0]) throw fail(`step ${step} does not ascend`);
  });
  return { points };
}

/**
 * The coefficient at a step.
 * @param step iterations done, 0 or more.
 * @throws OptionError (`XLM_OPTION`) for another step, and for a schedule that does not begin at step 0.
 */
export function scheduleValue(schedule: Schedule, step: number): number {
  checkInt("step", step, 0);
  const { points } = schedule;
  if (points[0]?.[0] !== 0) {
    throw new OptionError({
      what: `a schedule begins at step ${points[0]?.[0] ?? "(none)"}`,
      why: "it has a value from step 0 on",
      fix: "put a point [0, value] first",
    });
  }
  const after = points.findIndex(([at]) => at > step);
  const [fromStep, fromValue] = points[(after < 0 ? points.length : after) - 1] as readonly [number, number];
  if (after < 0) return fromValue;
  const [toStep, toValue] = points[after] as readonly [number, number];
  return fromValue + ((step - fromStep) * (toValue - fromValue)) / (toStep - fromStep);
}
