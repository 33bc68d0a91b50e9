import { createRng, fillNormal, OptionError, ShapeError } from "@xlm/core";
import { checkGradient } from "@xlm/testing";
import type { Vectors } from "@xlm/trainer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jointProbabilities, neighbourProbabilities, squaredDistances } from "./affinities.js";
import { tsneGradientInto } from "./tsne-gradient.js";
import { tsne } from "./tsne.js";

const drawn = (n: number, dim: number, seed: number): Vectors => {
  const data = new Float32Array(n * dim);
  fillNormal(createRng(seed), data);
  return { data, shape: [n, dim] };
};
/** Rows 0..n-1 around 0, rows n..2n-1 around 20. */
const clusters = (n: number, dim = 5, seed = 1): Vectors => {
  const { data, shape } = drawn(2 * n, dim, seed);
  return { data: data.map((value, at) => (at < n * dim ? value : value + 20)), shape };
};
const distance = ({ data }: Vectors, i: number, j: number): number =>
  Math.hypot(data[2 * i]! - data[2 * j]!, data[2 * i + 1]! - data[2 * j + 1]!);

describe("tsne", () => {
  it("keeps two clusters apart", async () => {
    const places = await tsne(clusters(20), { perplexity: 8 });
    expect(places.shape).toEqual([40, 2]);
    const within: number[] = [];
    const between: number[] = [];
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < i; j++) (i < 20 === j < 20 ? within : between).push(distance(places, i, j));
    }
    expect(Math.max(...within)).toBeLessThan(Math.min(...between));
  });

  it("gives the same bits again, drawn or not, and other ones from another seed", async () => {
    const x = clusters(6);
    expect(await tsne(x, { iterations: 60 })).toEqual(await tsne(x, { iterations: 60 }));
    const from = (seed: number): Promise<Vectors> => tsne(x, { iterations: 60, rng: createRng(seed) });
    expect(await from(3)).toEqual(await from(3));
    expect(await from(3)).not.toEqual(await from(4));
  });

  it("lowers the divergence that it descends on", async () => {
    const x = drawn(30, 4, 7);
    const joint = jointProbabilities(x, 8);
    const cost = async (iterations: number): Promise<number> =>
      divergence(joint)(Float64Array.from((await tsne(x, { perplexity: 8, iterations })).data));
    const [few, more, most] = [await cost(1), await cost(100), await cost(500)];
    expect(more).toBeLessThan(few / 2);
    expect(most).toBeLessThanOrEqual(more);
  });

  it.each([1, 2, 3, 4, 5, 9])("lays out %i rows", async (n) => {
    for (const x of [drawn(n, 3, n), drawn(n, 1, n)]) {
      const { data } = await tsne(x);
      expect(data.every((value) => Number.isFinite(value) && Math.abs(value) < 1e4)).toBe(true);
    }
  });

  it("lays equal rows in one place", async () => {
    const { data } = await tsne({ data: new Float32Array(12).fill(3), shape: [4, 3] });
    expect([...data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("stops when told to", async () => {
    const stop = new AbortController();
    const running = tsne(clusters(20), { iterations: 1_000_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(running).rejects.toThrow("enough");
  });

  it("refuses options and rows that make no sense", async () => {
    await expect(tsne(drawn(4, 2, 1), { perplexity: 0.5 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: perplexity is 0.5: it is a number of neighbours. Fix: use 1 or more; 5 to 50 is usual]`,
    );
    await expect(tsne(drawn(4, 2, 1), { iterations: 0 })).rejects.toThrow(OptionError);
    await expect(tsne({ data: new Float32Array(), shape: [0, 2] })).rejects.toThrow(ShapeError);
  });
});

/** KL(P || Q) as the paper writes it, pair by pair. */
function divergence(joint: Float64Array): (places: Float64Array) => number {
  return (places) => {
    const n = places.length / 2;
    const near = (i: number, j: number): number =>
      1 / (1 + (places[2 * i]! - places[2 * j]!) ** 2 + (places[2 * i + 1]! - places[2 * j + 1]!) ** 2);
    let total = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) total += near(i, j);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const p = joint[i * n + j]!;
        if (i !== j && p > 0) sum += p * Math.log((p * total) / near(i, j));
      }
    }
    return sum;
  };
}

describe("laws of t-SNE", () => {
  const anySeed = fc.integer({ min: 0, max: 1_000_000 });

  it("reaches the perplexity that was asked for, at any scale", () => {
    fc.assert(
      fc.property(
        anySeed,
        fc.double({ min: 1.5, max: 15, noNaN: true }),
        fc.integer({ min: -6, max: 6 }),
        (seed, perplexity, scale) => {
          const n = 30;
          const { data, shape } = drawn(n, 3, seed);
          const scaled = { data: data.map((value) => value * 10 ** scale), shape };
          const given = neighbourProbabilities(squaredDistances(scaled), n, perplexity);
          for (let i = 0; i < n; i++) {
            const row = [...given.subarray(i * n, (i + 1) * n)];
            expect(row[i]).toBe(0);
            expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
            const bits = row.reduce((sum, p) => sum - (p > 0 ? p * Math.log2(p) : 0), 0);
            expect(Math.abs(2 ** bits - perplexity)).toBeLessThan(1e-4);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("has joint probabilities that are symmetric and add up to 1", () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 2, max: 20 }), (seed, n) => {
        const joint = jointProbabilities(drawn(n, 3, seed), Math.max(1, (n - 1) / 3));
        expect(joint.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
        for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expect(joint[i * n + j]).toBe(joint[j * n + i]);
      }),
    );
  });

  it("descends along the gradient of KL(P || Q), which matches finite differences", () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 2, max: 8 }), (seed, n) => {
        const joint = jointProbabilities(drawn(n, 3, seed), Math.max(1, (n - 1) / 3));
        const places = new Float64Array(2 * n);
        fillNormal(createRng(seed + 1), places);
        const gradient = new Float64Array(2 * n);
        tsneGradientInto(gradient, places, joint);
        checkGradient(divergence(joint), gradient, places, { atol: 1e-7 });
      }),
    );
  });

  it("exaggerates the pull alone", () => {
    const joint = jointProbabilities(drawn(6, 3, 2), 2);
    const places = Float64Array.from(drawn(6, 2, 3).data);
    const gradient = (exaggeration: number): Float64Array => {
      const out = new Float64Array(12);
      tsneGradientInto(out, places, joint, exaggeration);
      return out;
    };
    const [none, one, three] = [gradient(0), gradient(1), gradient(3)];
    three.forEach((value, at) => expect(value).toBeCloseTo(none[at]! + 3 * (one[at]! - none[at]!), 12));
  });
});
