import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toyTraining } from "../../test/toy.js";
import { memoryStore, reproduce, type Experiment, type ExperimentKind, type Reproduction } from "./index.js";
import { judge, rowOf } from "./reproduction.js";

beforeAll(() => tf.setBackend("cpu"));

/** Scores are `seed * factor` of the arm. */
const kind: ExperimentKind<{ factor: number }> = {
  name: "toy",
  title: "A toy",
  claim: "more is more",
  paper: { source: "none", header: ["arm", "score"], rows: [] },
  sizes: { full: { factor: 2 }, shipped: { factor: 1 } },
  open: (read, _, { factor }): Experiment => ({
    arms: [
      { name: "low", label: "Low" },
      { name: "high", label: "High" },
    ],
    columns: [{ name: "score", label: "score", better: "higher", digits: 1 }],
    claims: [{ text: "high is better", better: "high", worse: "low", column: "score" }],
    facts: [["Lines", String(read("text.en").length)]],
    run: async (lab, arm, seed) => {
      await lab.train(`seed-${seed}/shared`, toyTraining(2));
      const score = await lab.measure(`seed-${seed}/${arm}`, () =>
        Promise.resolve(factor * seed * (arm === "high" ? 3 : 1)),
      );
      return { scores: { score }, samples: [["seed", String(seed)]] };
    },
  }),
};
const read = (): string[] => ["a", "b"];

describe("reproduce", () => {
  it("runs every arm with every seed", async () => {
    const told: string[] = [];
    const found = await reproduce(kind, read, memoryStore(), {
      seeds: [1, 2],
      onArm: ({ arm, seed, result }) => void (result && told.push(`${arm} ${seed}`)),
    });
    expect(told).toEqual(["low 1", "high 1", "low 2", "high 2"]);
    expect(found.complete).toBe(true);
    expect(found.rows.map(({ mean, spread }) => [mean["score"], spread["score"]])).toEqual([
      [1.5, Math.SQRT1_2],
      [4.5, Math.sqrt(4.5)],
    ]);
    expect(found.verdicts).toMatchObject([{ verdict: "held", differences: [2, 4] }]);
    expect(found.data).toMatchObject([{ name: "text.en", lines: 2 }]);
    expect(found.stages.map(({ arm, seed, name }) => [arm, seed, name])).toEqual([
      ["low", 1, "seed-1/shared"],
      ["low", 2, "seed-2/shared"],
    ]);
    expect(found.samples.map(({ seed }) => seed)).toEqual([1, 1]);
  });

  it("stops where it is told to, goes on, and comes to the same", async () => {
    const whole = await reproduce(kind, read, memoryStore(), { seeds: [1, 2] });
    const store = memoryStore();
    const controller = new AbortController();
    const part = await reproduce(kind, read, store, {
      seeds: [1, 2],
      signal: controller.signal,
      onArm: ({ done }) => void (done === 1 && controller.abort()),
    });
    expect([part.complete, part.rows.map(({ runs }) => runs.length)]).toEqual([false, [1, 0]]);
    expect(part.verdicts).toMatchObject([{ verdict: "not run" }]);
    expect(await reproduce(kind, read, store, { seeds: [1, 2] })).toEqual(whole);
  });

  it("takes chosen arms, more seeds later, and other sizes in a new place alone", async () => {
    const store = memoryStore();
    const some = await reproduce(kind, read, store, { seeds: [1], arms: ["high"] });
    expect([some.complete, some.rows.map(({ arm }) => arm)]).toEqual([false, ["high"]]);
    expect((await reproduce(kind, read, store, { seeds: [1, 5] })).complete).toBe(true);
    await expect(reproduce(kind, read, store, { sizes: { factor: 7 } })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the saved run has other sizes: scores of different runs in one table would compare nothing. Fix: go on with the same experiment, data and sizes, or begin in a new place]`,
    );
    await expect(reproduce(kind, () => ["other"], store)).rejects.toMatchObject({ code: "XLM_OPTION" });
  });

  it("refuses what cannot be before it works", async () => {
    const fail = (options: object): Promise<Reproduction> => reproduce(kind, read, memoryStore(), options);
    await expect(fail({ arms: ["middle"] })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is no arm "middle": an arm is a row of the experiment's table. Fix: name some of low, high]`,
    );
    for (const seeds of [[], [1, 1], [-1], [0.5]])
      await expect(fail({ seeds })).rejects.toMatchObject({ code: "XLM_OPTION" });
  });
});

describe("judge", () => {
  const rowsOf = (a: readonly number[], b: readonly number[]): ReturnType<typeof rowOf>[] =>
    [a, b].map((values, i) =>
      rowOf(
        { name: "ab"[i]!, label: "" },
        [],
        values.map((score, seed) => ({ seed, scores: { score } })),
      ),
    );
  const columns = (better: "higher" | "lower") => [{ name: "score", label: "", better, digits: 1 }] as const;
  const claim = { text: "", better: "a", worse: "b", column: "score" };

  it.each([
    [[3, 4], [1, 2], "held"],
    [[3, 1], [1, 2], "held within spread"],
    [[1, 2], [1, 2], "did not hold"],
    [[1, 2], [3, 4], "did not hold"],
    [[], [3, 4], "not run"],
  ] as const)("%j against %j: %s", (a, b, verdict) => {
    expect(judge(claim, columns("higher"), rowsOf(a, b)).verdict).toBe(verdict);
  });

  it("turns round where lower is better", () => {
    const scores = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const higher = judge(claim, columns("higher"), rowsOf(a, b));
        const negated = judge(
          claim,
          columns("lower"),
          rowsOf(
            a.map((x) => -x),
            b.map((x) => -x),
          ),
        );
        expect(negated).toEqual(higher);
      }),
    );
  });
});
