import { createRng, rngFromState, type Rng } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { bpeLaws, resumeLaws, rngLaws, type Law, type Resumable } from "./index.js";

const failing = async (laws: Law[]): Promise<string[]> => {
  const names: string[] = [];
  for (const law of laws) {
    try {
      await law.run();
    } catch {
      names.push(law.name);
    }
  }
  return names;
};

const named = (laws: Law[], name: string): Law => laws.find((law) => law.name === name) as Law;

describe("resumeLaws", () => {
  type Counter = Resumable<number, { at: number }>;
  const counter = ({ at }: { at: number }): Counter => ({ next: () => at++ % 7, state: () => ({ at }) });
  const start = (): Counter => counter({ at: 0 });

  for (const law of resumeLaws(start, counter)) it(`hold for a counter: ${law.name}`, law.run);

  it("hold for something that has to be waited for", async () => {
    const slow = (state: { at: number }): Resumable<number, { at: number }> => {
      const inner = counter(state);
      return { next: () => Promise.resolve(inner.next()), state: () => inner.state() };
    };
    expect(await failing(resumeLaws(() => slow({ at: 0 }), slow, { runs: 10 }))).toEqual([]);
  });

  it("catch a state that forgets", async () => {
    const laws = resumeLaws(start, ({ at }) => counter({ at: Math.min(at, 5) }));
    await expect(named(laws, "resuming equals never stopping").run()).rejects.toThrow(
      /^resuming equals never stopping: values after the stop\[0\] is 5, expected 6/,
    );
  });

  it("catch a state that JSON loses", async () => {
    const odd = (state: { at: number; when: Date }): Resumable<number, { at: number; when: Date }> => ({
      next: () => state.at++,
      state: () => ({ at: state.at, when: new Date(0) }),
    });
    expect(await failing(resumeLaws(() => odd({ at: 0, when: new Date(0) }), odd))).toContain("a state survives JSON");
  });

  it("catch a state that is shared with its owner", async () => {
    const shared = (state: { at: number }): Counter => ({ next: () => state.at++, state: () => state });
    const names = await failing(resumeLaws(() => shared({ at: 0 }), shared));
    expect(names).toContain("a state does not change while its owner goes on");
    expect(names).toContain("one state can be restored twice");
  });
});

describe("bpeLaws", () => {
  const letters = (line: string): string =>
    line
      .split(" ")
      .map((word) => [...word].join("@@ "))
      .join(" ");
  const join = (pieces: string): string => pieces.replaceAll("@@ ", "");

  for (const law of bpeLaws(letters, join)) it(`hold for single letters: ${law.name}`, law.run);

  it("catch an encoder that cuts surrogate pairs", async () => {
    const units = (line: string): string => line.replace(/(?<=\S)(?=\S)/g, "@@ ");
    const mend = (pieces: string): string => pieces.replaceAll("@@ ", "").replace(/[^\0-\uffff]/gu, "?");
    expect(await failing(bpeLaws(units, mend))).toContain("decoding undoes encoding");
  });

  it("catch an encoder that looks past the word", async () => {
    const looking = (line: string): string => (line.includes(" ") ? letters(line) : line);
    expect(await failing(bpeLaws(looking, join))).toEqual(["words encode independently"]);
  });

  it("catch an encoder that remembers", async () => {
    const seen = new Set<string>();
    const forgetful = (line: string): string => {
      seen.add(line);
      return seen.size % 2 ? letters(line) : line;
    };
    expect(await failing(bpeLaws(forgetful, join))).toContain("the same line encodes to the same pieces");
  });

  it("catch an encoder that makes something of nothing", async () => {
    expect(await failing(bpeLaws((line) => letters(line) || "@@", join))).toEqual(["nothing encodes to nothing"]);
  });
});

describe("rngLaws", () => {
  for (const law of rngLaws(createRng, rngFromState)) it(`hold for createRng: ${law.name}`, law.run);

  const changed = (change: (rng: Rng) => Partial<Rng>): ((seed: number) => Rng) => {
    return (seed) => {
      const rng = createRng(seed);
      return { ...rng, ...change(rng) };
    };
  };
  it.each([
    ["ignores its seed", () => createRng(1), "the same seed gives the same words and another seed others"],
    [
      "gives signed words",
      changed((rng) => ({ uint32: () => rng.uint32() | 0 })),
      "words are whole numbers below 2^32 and next() is in [0, 1)",
    ],
    [
      "reaches 1",
      changed((rng) => ({ next: () => rng.next() * 1.1 })),
      "words are whole numbers below 2^32 and next() is in [0, 1)",
    ],
    [
      "forgets how far it is",
      changed((rng) => ({ state: () => [rng.state()[0], rng.state()[1], 0, rng.state()[3]] as const })),
      "a restored state continues where the generator stands",
    ],
    [
      "draws when it splits",
      changed((rng) => ({ split: () => (rng.uint32(), rng.split()) })),
      "splitting does not shift the words that follow",
    ],
    [
      "splits into equal streams",
      changed(() => ({ split: () => createRng(3) })),
      "splitting does not shift the words that follow",
    ],
    ["is not uniform", changed((rng) => ({ next: () => rng.next() ** 1.1 })), "next() is uniform"],
  ] as [string, (seed: number) => Rng, string][])("catch a generator that %s", async (_, create, law) => {
    expect(await failing(rngLaws(create, rngFromState, { seed: 5 }))).toContain(law);
  });
});
