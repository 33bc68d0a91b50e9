import { createRng, MismatchError, OptionError, ShapeError, type XlmError } from "@xlm/core";
import { describe, expect, it } from "vitest";
import {
  createBatchSchedule,
  createEpochOrder,
  createLanguageSampler,
  DEFAULT_BATCH,
  languageProbs,
  mixtureCounts,
  parseSchedule,
  restoreBatchSchedule,
  restoreEpochOrder,
  restoreLanguageSampler,
  sampleLines,
  scheduleValue,
} from "./index.js";

const take = (n: number, from: { next(): number }): number[] => Array.from({ length: n }, () => from.next());
const viaJson = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

describe("languageProbs", () => {
  it("takes the shares to the power of alpha", () => {
    const probs = languageProbs([900, 100], { alpha: 0.5 }); // sqrt(0.9) : sqrt(0.1) = 3 : 1
    expect(probs[0]).toBeCloseTo(0.75, 12);
    expect(probs[1]).toBeCloseTo(0.25, 12);
  });

  it("keeps the data's own shares at 1 and forgets them under uniform", () => {
    expect(languageProbs([6, 2], { alpha: 1 })).toEqual([0.75, 0.25]);
    expect(languageProbs([6, 2, 1000, 1], { alpha: "uniform" })).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("trains with 0.7 unless told otherwise", () => {
    expect(languageProbs([6, 2])).toEqual(languageProbs([6, 2], { alpha: 0.7 }));
  });

  it("never draws a language without text", () => {
    expect(languageProbs([5, 0], { alpha: 0.3 })).toEqual([1, 0]);
    expect(languageProbs([5, 0], { alpha: "uniform" })).toEqual([1, 0]);
  });

  it("refuses what is no exponent and no count", () => {
    expect(() => languageProbs([1, 2], { alpha: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: alpha is 0: language i is drawn in proportion to its share of the sentences to the power of alpha. Fix: use a positive number (1 keeps the shares of the data), or "uniform"]`,
    );
    for (const alpha of [-1, NaN, Infinity]) expect(() => languageProbs([1], { alpha })).toThrow(OptionError);
    for (const count of [-1, NaN, Infinity]) expect(() => languageProbs([1, count])).toThrow(`count 1 is ${count}`);
    expect(() => languageProbs([0, 0])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: 2 languages have 0 sentences together: there is nothing to draw from. Fix: give at least one language some text]`,
    );
    expect(() => languageProbs([])).toThrow("0 languages have 0 sentences");
  });
});

describe("mixtureCounts and sampleLines", () => {
  it("shares a number of lines out by alpha 0.5", () => {
    expect(mixtureCounts([900, 100], 8)).toEqual([6, 2]); // 3 : 1
    expect(mixtureCounts([900, 100], 9)).toEqual([7, 2]); // 6.75 and 2.25
    expect(mixtureCounts([1, 1, 1], 2)).toEqual([1, 1, 0]); // a tie: the earlier language
    expect(mixtureCounts([4, 0], 3, { alpha: 1 })).toEqual([3, 0]);
    expect(mixtureCounts([4, 4], 0)).toEqual([0, 0]);
    expect(() => mixtureCounts([4], -1)).toThrow("total is -1");
  });

  it("takes lines once before it takes any twice", () => {
    const lines = sampleLines(3, 7, createRng(1));
    expect([...lines.subarray(0, 3)].sort()).toEqual([0, 1, 2]);
    expect([...lines.subarray(3, 6)].sort()).toEqual([0, 1, 2]);
    expect(lines.length).toBe(7);
    expect(sampleLines(0, 0, createRng(1))).toEqual(new Int32Array());
    expect(() => sampleLines(0, 2, createRng(1))).toThrow("2 lines are wanted of 0");
    expect(() => sampleLines(2.5, 2, createRng(1))).toThrow(OptionError);
  });
});

describe("createLanguageSampler", () => {
  it("draws what it must", () => {
    expect(take(5, createLanguageSampler([0, 1, 0], createRng(3)))).toEqual([1, 1, 1, 1, 1]);
  });

  it("leaves the draws of its generator to others, and continues from its state", () => {
    const rng = createRng(3);
    const sampler = createLanguageSampler([0.5, 0.5], rng);
    expect(rng.next()).toBe(createRng(3).next());
    take(10, sampler);
    const restored = restoreLanguageSampler([0.5, 0.5], viaJson(sampler.state()));
    expect(take(50, restored)).toEqual(take(50, sampler));
  });

  it("takes probabilities that add up within rounding alone", () => {
    expect(() => createLanguageSampler([0.7, 0.2, 0.1], createRng(3))).not.toThrow();
    expect(() => createLanguageSampler([0.7, 0.2], createRng(3))).toThrow(OptionError);
    expect(() => createLanguageSampler([1.5, -0.5], createRng(3))).toThrow(OptionError);
    expect(() => createLanguageSampler([], createRng(3))).toThrow(OptionError);
  });

  it("refuses the state of another set of languages", () => {
    const { size, rng } = createLanguageSampler([1], createRng(3)).state();
    expect(() => restoreLanguageSampler([0.5, 0.5], { size, rng })).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the saved sampler drew from 1 languages and 2 probabilities are given: a resumed run draws as if it had never stopped. Fix: resume with the languages and data of the saved run, or start a new one]`,
    );
  });
});

describe("createEpochOrder", () => {
  it("gives every index once, then begins again in another order", () => {
    const order = createEpochOrder(20, createRng(5));
    const [first, second] = [take(20, order), take(20, order)];
    const plain = Array.from({ length: 20 }, (_, i) => i);
    expect([...first].sort((a, b) => a - b)).toEqual(plain);
    expect([...second].sort((a, b) => a - b)).toEqual(plain);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(plain);
  });

  it("goes straight on without shuffling", () => {
    expect(take(7, createEpochOrder(3, createRng(5), { shuffle: false }))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it("counts epochs and positions, and keeps its state small", () => {
    const order = createEpochOrder(1000, createRng(5));
    take(2500, order);
    expect(order.state()).toMatchObject({ size: 1000, epoch: 2, position: 500 });
    expect(JSON.stringify(order.state()).length).toBeLessThan(150);
    take(500, order);
    expect(order.state()).toMatchObject({ epoch: 3, position: 0 });
  });

  it("refuses another number of items and a state out of bounds", () => {
    const state = createEpochOrder(10, createRng(5)).state();
    expect(() => restoreEpochOrder(11, state)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the saved order went over 10 items and there are 11: a resumed run sees the items it would have seen. Fix: resume with the data and batch sizes of the saved run, or start a new one]`,
    );
    expect(() => restoreEpochOrder(10, { ...state, position: 10 })).toThrow("position is 10");
    expect(() => restoreEpochOrder(10, { ...state, rng: [0, 0, 0, -1] })).toThrow(OptionError);
    expect(() => createEpochOrder(0, createRng(5))).toThrow("size is 0");
  });
});

describe("createBatchSchedule", () => {
  const groups = [
    { objective: "mlm", choices: ["en", "fr"], probs: [0.7, 0.3] },
    { objective: "tlm", choices: ["en-fr"] },
  ];

  it("alternates MLM and TLM", () => {
    const schedule = createBatchSchedule(groups, createRng(7));
    const steps = Array.from({ length: 6 }, () => schedule.next());
    expect(steps.map((step) => step.objective)).toEqual(["mlm", "tlm", "mlm", "tlm", "mlm", "tlm"]);
    for (const { objective, choice, index } of steps) {
      expect(groups.find((group) => group.objective === objective)?.choices[index]).toBe(choice);
    }
  });

  it("takes several steps of a group in a row when asked", () => {
    const schedule = createBatchSchedule([{ ...groups[0]!, draws: 2 }, groups[1]!], createRng(7));
    const objectives = Array.from({ length: 6 }, () => schedule.next().objective);
    expect(objectives).toEqual(["mlm", "mlm", "tlm", "mlm", "mlm", "tlm"]);
  });

  it("does not change a group's draws when another follows", () => {
    const alone = createBatchSchedule([groups[0]!], createRng(7));
    const both = createBatchSchedule(groups, createRng(7));
    for (let i = 0; i < 20; i++) {
      expect(both.next()).toEqual(alone.next());
      both.next();
    }
  });

  it("refuses what it cannot take turns in", () => {
    const rng = createRng(7);
    const codeOf = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return (error as XlmError).code;
      }
    };
    expect(codeOf(() => createBatchSchedule([], rng))).toBe("XLM_OPTION");
    expect(() => createBatchSchedule([{ objective: "mlm", choices: [] }], rng)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: mlm has no languages to draw from: every batch is made of the text of one of them. Fix: name at least one, or leave the objective out]`,
    );
    expect(() => createBatchSchedule([{ ...groups[0]!, draws: 0 }], rng)).toThrow("draws of mlm is 0");
    expect(() => createBatchSchedule([{ ...groups[0]!, probs: [1] }], rng)).toThrow(ShapeError);
    const state = createBatchSchedule(groups, rng).state();
    expect(() => restoreBatchSchedule([groups[0]!], state)).toThrow(MismatchError);
    expect(() => restoreBatchSchedule([groups[1]!, groups[0]!], state)).toThrow(MismatchError);
    expect(() => restoreBatchSchedule(groups, { ...state, step: -1 })).toThrow("step is -1");
  });

  it("has the paper's batch for a default", () => {
    expect(DEFAULT_BATCH).toEqual({ batchSize: 64, seqLen: 256 });
  });
});

describe("parseSchedule and scheduleValue", () => {
  it("reads a constant", () => {
    expect(parseSchedule("0.5")).toEqual({ points: [[0, 0.5]] });
    expect(scheduleValue(parseSchedule("0.5"), 12345)).toBe(0.5);
  });

  it("draws straight lines between points and stays at the last", () => {
    const schedule = parseSchedule("0:1,100000:0.1,300000:0");
    const steps = [0, 50000, 100000, 200000, 300000, 1e9];
    expect(steps.map((step) => scheduleValue(schedule, step))).toEqual([1, 0.55, 0.1, 0.05, 0, 0]);
  });

  it.each(["", "a", "0:1,", "5:1,10:0", "0:1,10:x", "0:1,10:1,10:2", "0:1,-5:1", "0:1:2,3:4", "0.5:1,2:3", "Infinity"])(
    "refuses %j",
    (text) => {
      expect(() => parseSchedule(text)).toThrow(OptionError);
    },
  );

  it("says what is wrong", () => {
    expect(() => parseSchedule("0:1,10:x")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: coefficient "0:1,10:x": "x" is not a number: it is a constant, or values at ascending steps with straight lines between. Fix: write "0.5", or "0:1,100000:0.1,300000:0"]`,
    );
    expect(() => scheduleValue({ points: [] }, 0)).toThrow("begins at step (none)");
    expect(() => scheduleValue({ points: [[0, 1]] }, -1)).toThrow("step is -1");
  });
});
