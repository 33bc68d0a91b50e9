// Comparison with recorded outputs of the original: run on the fixtures by `npm test`, on the golden folder by `test:golden`.
import type { Rng } from "@xlm/core";
import { expect } from "vitest";
import { createBatchSchedule, languageProbs, parseSchedule, scheduleValue, type StepGroup } from "../src/index.js";

type Step = readonly [string, string | null];

export interface SamplingFile {
  readonly cases: readonly {
    readonly mono_counts: readonly (readonly [string, number])[];
    readonly para_counts: readonly (readonly [string, string, number])[];
    readonly factor: number;
    readonly mono_probs: readonly number[] | null;
    readonly para_probs: readonly number[] | null;
    readonly shuf_order: {
      readonly steps: readonly Step[];
      readonly uniform_mono: readonly number[];
      readonly uniform_para: readonly number[];
      readonly result: readonly Step[];
    };
  }[];
}

export type LambdaFile = readonly {
  readonly config: string;
  readonly initial: number;
  readonly parsed: readonly (readonly [number, number])[] | null;
  readonly values?: readonly (readonly [number, number])[];
}[];

/** Hands out recorded uniforms: `split` gives the recorded stream of the next group. */
function recorded(streams: readonly (readonly number[])[]): Rng {
  const unused = (): never => expect.fail("only recorded uniforms are to be drawn");
  let group = 0;
  const stream = (uniforms: readonly number[]): Rng => {
    let at = 0;
    return {
      next: () => uniforms[at++] ?? unused(),
      uint32: unused,
      split: unused,
      state: unused,
    };
  };
  return { next: unused, uint32: unused, split: () => stream(streams[group++] ?? unused()), state: unused };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs((actual[i] as number) - value)).toBeLessThanOrEqual(1e-12));
}

/** Probabilities to 1e-12 and every chosen step. */
export function compareSampling({ cases }: SamplingFile): void {
  let compared = 0;
  for (const { mono_counts, para_counts, factor, mono_probs, para_probs, shuf_order } of cases) {
    const alpha = factor === -1 ? "uniform" : factor; // the original's spelling of it
    const names = { mono: mono_counts.map(([lang]) => lang), para: para_counts.map(([a, b]) => `${a}-${b}`) };
    const counts = { mono: mono_counts.map(([, n]) => n), para: para_counts.map(([, , n]) => n) };
    if (mono_probs) expectClose(languageProbs(counts.mono, { alpha }), mono_probs);
    if (para_probs) expectClose(languageProbs(counts.para, { alpha }), para_probs);
    const { steps, uniform_mono, uniform_para, result } = shuf_order;
    const groups: StepGroup<string, Step>[] = [];
    const streams: (readonly number[])[] = [];
    for (const kind of ["mono", "para"] as const) {
      const choices = steps.filter((step) => kindOf(step) === kind);
      const uniforms = kind === "mono" ? uniform_mono : uniform_para;
      if (choices.length === 0 || uniforms.length === 0) continue; // equal probabilities are drawn without uniforms
      const countOf = (step: Step): number => {
        const name = step.filter((lang) => lang !== null).sort();
        return counts[kind][names[kind].indexOf(name.join("-"))] as number;
      };
      const probs = languageProbs(choices.map(countOf), { alpha });
      groups.push({ objective: kind, choices, probs, draws: uniforms.length });
      streams.push(uniforms);
    }
    if (groups.length === 0) continue;
    const schedule = createBatchSchedule(groups, recorded(streams));
    const expected = result.filter((step) => groups.some(({ objective }) => objective === kindOf(step)));
    expect(expected.map(() => schedule.next().choice)).toEqual(expected);
    compared += expected.length;
  }
  expect(compared).toBeGreaterThan(0);
}

const kindOf = ([, second]: Step): "mono" | "para" => (second === null ? "mono" : "para");

/** What `parsed` and every value are, to 1e-12. */
export function compareLambda(file: LambdaFile): void {
  expect(file.length).toBeGreaterThan(0);
  for (const { config, initial, parsed, values = [] } of file) {
    const schedule = parseSchedule(config);
    expect(schedule.points).toEqual(parsed ?? [[0, initial]]);
    expectClose([scheduleValue(schedule, 0)], [initial]);
    const steps = values.map(([step]) => scheduleValue(schedule, step));
    expectClose(
      steps,
      values.map(([, value]) => value),
    );
  }
}
