import { createRng } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createBatchSchedule,
  createEpochOrder,
  createLanguageSampler,
  languageProbs,
  mixtureCounts,
  parseSchedule,
  restoreBatchSchedule,
  restoreEpochOrder,
  sampleLines,
  scheduleValue,
} from "./index.js";

const seeds = fc.nat();
const counts = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 20 });
const alphas = fc.double({ min: 0.01, max: 2, noNaN: true });
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const viaJson = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;
const EPS = 1e-12; // twenty additions and a power, each within 2^-52 of its value

describe("languageProbs", () => {
  it("adds up to 1", () => {
    fc.assert(
      fc.property(counts, alphas, (n, alpha) => {
        const probs = languageProbs(n, { alpha });
        expect(Math.abs(sum(probs) - 1)).toBeLessThan(EPS);
        expect(Math.min(...probs)).toBeGreaterThan(0);
      }),
    );
  });

  it("keeps the data's own shares at alpha 1, whatever their unit", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 1000 }), (n, unit) => {
        const probs = languageProbs(
          n.map((count) => count * unit),
          { alpha: 1 },
        );
        probs.forEach((prob, i) => expect(Math.abs(prob - (n[i] as number) / sum(n))).toBeLessThan(EPS));
      }),
    );
  });

  it("evens the shares out as alpha falls, to equal ones, and never turns their order", () => {
    fc.assert(
      fc.property(counts, alphas, fc.double({ min: 0.1, max: 1, noNaN: true }), (n, alpha, factor) => {
        const [more, less] = [languageProbs(n, { alpha }), languageProbs(n, { alpha: alpha * factor })];
        expect(Math.max(...less)).toBeLessThanOrEqual(Math.max(...more) + EPS);
        expect(Math.min(...less)).toBeGreaterThanOrEqual(Math.min(...more) - EPS);
        const nearLimit = languageProbs(n, { alpha: 1e-15 });
        const limit = languageProbs(n, { alpha: "uniform" });
        nearLimit.forEach((prob, i) => expect(Math.abs(prob - (limit[i] as number))).toBeLessThan(EPS));
        n.forEach((a, i) =>
          n.forEach((b, j) => {
            if (a < b) expect(more[i]).toBeLessThanOrEqual(more[j] as number);
          }),
        );
      }),
    );
  });
});

describe("mixtureCounts and sampleLines", () => {
  it("hands out exactly the total, each language within a line of its share", () => {
    fc.assert(
      fc.property(counts, fc.nat(1e6), alphas, (n, total, alpha) => {
        const lines = mixtureCounts(n, total, { alpha });
        expect(sum(lines)).toBe(total);
        languageProbs(n, { alpha }).forEach((prob, i) =>
          expect(Math.abs((lines[i] as number) - prob * total)).toBeLessThan(1 + 1e-6),
        );
      }),
    );
  });

  it("takes every line equally often, give or take one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(200), seeds, (nLines, n, seed) => {
        const times = new Array<number>(nLines).fill(0);
        for (const line of sampleLines(nLines, n, createRng(seed))) times[line]!++;
        expect(sum(times)).toBe(n);
        expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
        expect(sampleLines(nLines, n, createRng(seed))).toEqual(sampleLines(nLines, n, createRng(seed)));
      }),
    );
  });
});

describe("createLanguageSampler", () => {
  it("draws each language as often as it should", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 }), seeds, (n, seed) => {
        const probs = languageProbs(n);
        const sampler = createLanguageSampler(probs, createRng(seed));
        const draws = 4096;
        const times = new Array<number>(n.length).fill(0);
        for (let i = 0; i < draws; i++) times[sampler.next()]!++;
        probs.forEach((p, i) => {
          // Binomial: six sigma fail once in ~10^8 draws; the 6 covers the longer tail of rare languages.
          const bound = 6 * Math.sqrt(draws * p * (1 - p)) + 6;
          expect(Math.abs((times[i] as number) - draws * p)).toBeLessThan(bound);
        });
      }),
    );
  });
});

describe("createEpochOrder", () => {
  const sizes = fc.integer({ min: 1, max: 60 });

  it("gives every index exactly once an epoch", () => {
    fc.assert(
      fc.property(sizes, seeds, fc.boolean(), (size, seed, shuffle) => {
        const order = createEpochOrder(size, createRng(seed), { shuffle });
        for (let epoch = 0; epoch < 4; epoch++) {
          const seen = new Set(Array.from({ length: size }, () => order.next()));
          expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
        }
      }),
    );
  });

  it("resumed from any state, equals one never stopped", () => {
    fc.assert(
      fc.property(sizes, seeds, fc.boolean(), fc.nat(200), (size, seed, shuffle, before) => {
        const order = createEpochOrder(size, createRng(seed), { shuffle });
        for (let i = 0; i < before; i++) order.next();
        const restored = restoreEpochOrder(size, viaJson(order.state()));
        expect(restored.state()).toEqual(order.state());
        for (let i = 0; i < 2 * size + 1; i++) expect(restored.next()).toBe(order.next());
        expect(restored.state()).toEqual(order.state());
      }),
    );
  });

  it("puts every index first equally often", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), seeds, (size, seed) => {
        const order = createEpochOrder(size, createRng(seed));
        const epochs = 2000;
        const first = new Array<number>(size).fill(0);
        for (let i = 0; i < epochs * size; i++) {
          const index = order.next();
          if (i % size === 0) first[index]!++;
        }
        const bound = 6 * Math.sqrt((epochs / size) * (1 - 1 / size)); // binomial, six sigma
        for (const times of first) expect(Math.abs(times - epochs / size)).toBeLessThan(bound);
      }),
      { numRuns: 20 },
    );
  });
});

describe("createBatchSchedule", () => {
  const group = fc
    .tuple(fc.constantFrom("mlm", "tlm", "clm"), counts, fc.integer({ min: 1, max: 5 }))
    .map(([objective, n, draws]) => ({ objective, choices: n.map((_, i) => i), probs: languageProbs(n), draws }));

  it("resumed from any state, equals one never stopped", () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 4 }), seeds, fc.nat(50), (groups, seed, before) => {
        const schedule = createBatchSchedule(groups, createRng(seed));
        for (let i = 0; i < before; i++) schedule.next();
        const restored = restoreBatchSchedule(groups, viaJson(schedule.state()));
        for (let i = 0; i < 30; i++) expect(restored.next()).toEqual(schedule.next());
        expect(restored.state()).toEqual(schedule.state());
      }),
    );
  });

  it("gives every group its draws each round", () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 4 }), seeds, (groups, seed) => {
        const schedule = createBatchSchedule(groups, createRng(seed));
        for (let round = 0; round < 3; round++) {
          for (const { objective, draws } of groups) {
            for (let i = 0; i < draws; i++) expect(schedule.next().objective).toBe(objective);
          }
        }
      }),
    );
  });
});

describe("scheduleValue", () => {
  const values = fc.double({ min: -10, max: 10, noNaN: true }).map((value) => value + 0); // -0 is written "0"
  const points = fc
    .tuple(values, fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 1e6 }), values), { selector: ([step]) => step }))
    .map(([first, rest]): (readonly [number, number])[] => [[0, first], ...rest.sort((a, b) => a[0] - b[0])]);

  it("passes through its points, stays between neighbours, and survives being written down", () => {
    fc.assert(
      fc.property(points, fc.nat(2e6), (list, step) => {
        const schedule = parseSchedule(list.map(([at, value]) => `${at}:${value}`).join(","));
        expect(schedule.points).toEqual(list.map(([at, value]) => [at, value]));
        for (const [at, value] of list) expect(scheduleValue(schedule, at)).toBe(value);
        const here = scheduleValue(schedule, step);
        const before = list.findLast(([at]) => at <= step) as readonly [number, number];
        const after = list.find(([at]) => at > step) ?? before;
        expect(here).toBeGreaterThanOrEqual(Math.min(before[1], after[1]) - 1e-12); // rounding of the interpolation
        expect(here).toBeLessThanOrEqual(Math.max(before[1], after[1]) + 1e-12);
      }),
    );
  });
});
