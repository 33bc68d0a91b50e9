import { describe, expect, it } from "vitest";
import { leakLaws, type LeakLawOptions } from "./index.js";

/** Holds what `take` gives it until `free`; one array a thing. */
function store(): { things: Float32Array[]; memory: () => { things: number; bytes: number } } {
  const things: Float32Array[] = [];
  return {
    things,
    memory: () => ({ things: things.length, bytes: things.reduce((sum, thing) => sum + thing.byteLength, 0) }),
  };
}

/** What the laws say of `step`, which gets the store's things; nothing when they are kept. */
async function verdict(
  step: (things: Float32Array[], i: number) => unknown,
  options: LeakLawOptions = { steps: 20 },
): Promise<string | undefined> {
  const { things, memory } = store();
  for (const law of leakLaws((i) => step(things, i), memory, options)) {
    try {
      await law.run();
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

describe("leakLaws", () => {
  for (const law of leakLaws(() => undefined, store().memory))
    it(`hold for a step that does nothing: ${law.name}`, law.run);

  it("hold when what is taken is freed, when it is made once, and when it grows in warm-up alone", async () => {
    const frees = await verdict((things, i) => {
      things.push(new Float32Array(i));
      return Promise.resolve().then(() => things.pop());
    });
    expect(frees).toBeUndefined();
    expect(await verdict((things) => (things[0] ??= new Float32Array(4)))).toBeUndefined();
    expect(await verdict((things, i) => (things[i % 10] ??= new Float32Array(4)))).toBeUndefined();
  });

  it("take the steps they are told to, in order", async () => {
    const seen: number[] = [];
    await verdict((_, i) => seen.push(i), { warmUp: 2, steps: 5 });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    let n = 0;
    await verdict(() => n++, {});
    expect(n).toBe(1010);
  });

  it("catch a step that keeps something every time", async () => {
    expect(await verdict((things) => things.push(new Float32Array(2)))).toBe(
      "nothing is left behind by 20 steps: " +
        "things was 10 after 10 steps of warm-up and is 30 (first more after step 1, 11); " +
        "bytes was 80 after 10 steps of warm-up and is 240 (first more after step 1, 88)",
    );
  });

  it("catch one that keeps something once in a while, and name the first time", async () => {
    const now = (things: Float32Array[], i: number): unknown => i === 27 && things.push(new Float32Array(2));
    expect(await verdict(now)).toMatch(/things was 0 .* is 1 \(first more after step 18, 1\)/);
  });

  it("catch one that grows what it has", async () => {
    const grow = (things: Float32Array[], i: number): unknown => (things[0] = new Float32Array(i));
    expect(await verdict(grow)).toMatch(/^[^;]*: bytes was 36 .* is 116 \(first more after step 1, 40\)$/);
  });

  it("catch one that frees what is not its own", async () => {
    const take = (things: Float32Array[], i: number): unknown =>
      i < 10 ? things.push(new Float32Array(1)) : things.pop();
    expect(await verdict(take, { steps: 3 })).toMatch(/things was 10 after 10 steps of warm-up and is 7; bytes was 40/);
  });

  it("refuse to take no step", () => {
    const none = (options: LeakLawOptions) => () => leakLaws(() => undefined, store().memory, options);
    expect(none({ steps: 0 })).toThrow(/steps is 0/);
    expect(none({ warmUp: 0.5 })).toThrow(/warmUp is 0.5/);
  });

  it("do not pass for want of counts, and let what is thrown through", async () => {
    const [law] = leakLaws(
      () => undefined,
      () => ({}),
    );
    await expect(law!.run()).rejects.toThrow("memory() counts nothing");
    const [unsure] = leakLaws(
      () => undefined,
      () => ({ bytes: NaN }),
    );
    await expect(unsure!.run()).rejects.toThrow(/bytes was NaN/);
    expect(await verdict(() => Promise.reject(new Error("no memory")))).toBe("no memory");
  });
});
