import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  initSelection,
  parseCriterion,
  parseMetrics,
  updateSelection,
  type Criteria,
  type Metric,
  type Scores,
} from "./index.js";

/** Runs through evaluations until one says stop. */
function follow(criteria: Criteria, evaluations: readonly Scores[]): { improved: string[][]; stoppedAt: number } {
  let state = initSelection();
  const improved: string[][] = [];
  for (const [i, scores] of evaluations.entries()) {
    const next = updateSelection(criteria, state, scores);
    improved.push(next.improved);
    if (next.stop) return { improved, stoppedAt: i };
    state = JSON.parse(JSON.stringify(next.state)) as typeof state;
  }
  return { improved, stoppedAt: -1 };
}

describe("parseMetrics", () => {
  it("reads names; _ in front means that lower is better", () => {
    expect(parseMetrics("_valid_en_mlm_ppl,valid_en-fr_mt_bleu")).toEqual([
      { name: "valid_en_mlm_ppl", better: "lower" },
      { name: "valid_en-fr_mt_bleu", better: "higher" },
    ]);
    expect(parseMetrics("")).toEqual([]);
  });

  it("refuses what has no name, what cannot name a folder, and one named twice", () => {
    for (const text of ["_", "a,_", "../a", "a/b", "__a", "-a"])
      expect(() => parseMetrics(text)).toThrow(/a metric is/);
    expect(() => parseMetrics("acc,_acc")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the metric "acc" is named twice: there is one best model for each metric. Fix: name it once]`,
    );
  });
});

describe("parseCriterion", () => {
  it("reads a metric and a patience", () => {
    expect(parseCriterion("_valid_mlm_ppl,10")).toEqual({
      metric: { name: "valid_mlm_ppl", better: "lower" },
      patience: 10,
    });
    expect(parseCriterion("acc,0").patience).toBe(0);
  });

  it("refuses another form", () => {
    for (const text of [
      "",
      "acc",
      "acc,",
      "acc,1.5",
      "acc,-1",
      "acc,ten",
      "acc,1e2",
      "acc,1,2",
      "acc,99999999999999999",
    ]) {
      expect(() => parseCriterion(text), text).toThrow(expect.objectContaining({ code: "XLM_OPTION" }) as Error);
    }
    expect(() => parseCriterion("acc,1.5")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the stopping criterion is "acc,1.5": it is a metric, and how many evaluations without improvement are borne, a whole number. Fix: write it as "_valid_mlm_ppl,10"]`,
    );
  });
});

describe("updateSelection", () => {
  const ppl: Criteria = { metrics: parseMetrics("_ppl"), stopping: parseCriterion("_ppl,2") };

  it("keeps a model when it is better than ever, and stops when patience is exceeded", () => {
    // 9 is the first, 7 is better, 7 is not better than 7; the third in a row that is not better than 7 is one too many.
    const evaluations = [9, 7, 7, 8, 8, 1].map((value) => ({ ppl: value }));
    expect(follow(ppl, evaluations)).toEqual({ improved: [["ppl"], ["ppl"], [], [], []], stoppedAt: 4 });
  });

  it("begins to be patient anew with every improvement", () => {
    const evaluations = [9, 9, 9, 8, 8, 8, 8].map((value) => ({ ppl: value }));
    expect(follow(ppl, evaluations).stoppedAt).toBe(6);
  });

  it("takes the first score whatever it is, and none that is not finite", () => {
    const bleu: Criteria = { metrics: parseMetrics("bleu") };
    expect(follow(bleu, [{ bleu: -1e300 }, { bleu: NaN }, { bleu: Infinity }, { bleu: 0 }]).improved).toEqual([
      ["bleu"],
      [],
      [],
      ["bleu"],
    ]);
    expect(follow(ppl, [{ ppl: NaN }, { ppl: NaN }, { ppl: NaN }]).stoppedAt).toBe(2);
  });

  it("does without a criterion and without metrics", () => {
    expect(follow({ metrics: [] }, [{}, {}, {}])).toEqual({ improved: [[], [], []], stoppedAt: -1 });
    const both: Criteria = { metrics: parseMetrics("acc"), stopping: parseCriterion("_ppl,0") };
    const evaluations = [
      { acc: 1, ppl: 5 },
      { acc: 2, ppl: 5 },
    ];
    expect(follow(both, evaluations)).toEqual({ improved: [["acc"], ["acc"]], stoppedAt: 1 });
  });

  it("refuses scores among which one is missing, naming those there are", () => {
    const update = (scores: Scores) => () => updateSelection(ppl, initSelection(), scores);
    expect(update({ valid_en_mlm_ppl: 3, valid_en_mlm_acc: 40 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the evaluation has no score "ppl": models are chosen, or training stopped, by it. Fix: name one of valid_en_mlm_ppl, valid_en_mlm_acc]`,
    );
    expect(update({})).toThrow(/there are none/);
    const inherited: Criteria = { metrics: parseMetrics("toString") };
    expect(() => updateSelection(inherited, initSelection(), {})).toThrow(/no score "toString"/);
    expect(updateSelection(inherited, initSelection(), { toString: 1 }).improved).toEqual(["toString"]);
  });

  it("decides as one would who looks at all the scores there have been", () => {
    const score = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) }, fc.constantFrom(NaN, Infinity));
    const names = ["a", "b", "c"] as const;
    const metric = (name: string): fc.Arbitrary<Metric> =>
      fc.constantFrom<Metric["better"]>("higher", "lower").map((better) => ({ name, better }));
    const cases = fc.record({
      metrics: fc.tuple(...names.slice(0, 2).map(metric)),
      stopping: fc.record({ metric: fc.constantFrom(...names).chain(metric), patience: fc.nat({ max: 4 }) }),
      evaluations: fc.array(fc.record({ a: score, b: score, c: score }), { maxLength: 25 }),
    });
    const isBestSoFar = ({ name, better }: Metric, evaluations: readonly Scores[], i: number): boolean => {
      const value = evaluations[i]![name]!;
      const earlier = evaluations.slice(0, i).map((scores) => scores[name]!);
      return (
        Number.isFinite(value) &&
        earlier.filter(Number.isFinite).every((other) => (better === "higher" ? value > other : value < other))
      );
    };
    fc.assert(
      fc.property(cases, ({ metrics, stopping, evaluations }) => {
        const { improved, stoppedAt } = follow({ metrics, stopping }, evaluations);
        improved.forEach((names, i) => {
          expect(names).toEqual(metrics.filter((m) => isBestSoFar(m, evaluations, i)).map(({ name }) => name));
        });
        const { metric: watched, patience } = stopping;
        const enough = evaluations.findIndex((_, i) => {
          const last = evaluations.slice(0, i + 1).findLastIndex((_, j) => isBestSoFar(watched, evaluations, j));
          return i - last > patience;
        });
        expect(stoppedAt).toBe(enough);
      }),
      { numRuns: 500 },
    );
  });
});
