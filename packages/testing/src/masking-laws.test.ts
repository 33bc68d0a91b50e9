import { createRng, type PredictionBatch, type TokenBatch } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { maskingLaws, type MaskFunction } from "./index.js";

/** The plainest correct masking: a coin and a die a token. */
const plainMask: MaskFunction = (batch, vocab, rng) => maskWith(batch, vocab, rng, {});

interface Fault {
  predictProb?: number;
  shares?: readonly [number, number, number];
  padding?: boolean;
  first?: boolean;
  randomBelow?: number;
}

function maskWith(
  batch: TokenBatch,
  vocab: Parameters<MaskFunction>[1],
  rng: Parameters<MaskFunction>[2],
  { predictProb = 0.15, shares = [0.8, 0.1, 0.1], padding = false, first = false, randomBelow = vocab.size }: Fault,
): PredictionBatch {
  const seq = batch.shape[1];
  const ids = batch.ids.slice();
  const chosen: number[] = [];
  batch.lengths.forEach((length, row) => {
    for (let t = first ? 0 : 1; t < (padding ? seq : length); t++) {
      if (rng.next() >= predictProb) continue;
      const index = row * seq + t;
      const die = rng.next();
      chosen.push(index);
      if (die < shares[0]) ids[index] = vocab.maskId;
      else if (die >= shares[0] + shares[1]) ids[index] = Math.floor(rng.next() * randomBelow);
    }
  });
  return {
    ...batch,
    ids,
    targetIndices: Int32Array.from(chosen),
    targets: Int32Array.from(chosen, (index) => batch.ids[index] as number),
  };
}

/** A correct result, spoilt. */
const spoilt =
  (spoil: (result: PredictionBatch, batch: TokenBatch) => PredictionBatch): MaskFunction =>
  (batch, vocab, rng) =>
    spoil(plainMask(batch, vocab, rng), batch);

const wrong: { fault: string; mask: MaskFunction; breaks: string }[] = [
  {
    fault: "masks padding",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { padding: true }),
    breaks: "padding is never chosen",
  },
  {
    fault: "masks first tokens",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { first: true }),
    breaks: "the first token of a row is never chosen",
  },
  {
    fault: "chooses 20 %",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { predictProb: 0.2 }),
    breaks: "the share of chosen tokens is 0.15",
  },
  {
    fault: "chooses 14 %",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { predictProb: 0.14 }),
    breaks: "the share of chosen tokens is 0.15",
  },
  {
    fault: "hides all it chooses",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { shares: [1, 0, 0] }),
    breaks: "of the chosen, 0.8 are hidden, 0.1 kept and 0.1 replaced",
  },
  {
    fault: "mixes up kept and random",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { shares: [0.8, 0.05, 0.15] }),
    breaks: "of the chosen, 0.8 are hidden, 0.1 kept and 0.1 replaced",
  },
  {
    fault: "draws random ids from part of the vocabulary",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { randomBelow: vocab.size * 0.75 }),
    breaks: "random replacements are spread over the vocabulary",
  },
  {
    fault: "draws random ids past the vocabulary",
    mask: (batch, vocab, rng) => maskWith(batch, vocab, rng, { predictProb: 0.5, randomBelow: vocab.size + 5 }),
    breaks: "what takes a token's place is in the vocabulary",
  },
  {
    fault: "writes into its input",
    mask: (batch, vocab, rng) => {
      const result = plainMask(batch, vocab, rng);
      batch.ids.set(result.ids);
      return result;
    },
    breaks: "the batch that went in is left untouched",
  },
  {
    fault: "returns indices backwards",
    mask: spoilt((result) => ({
      ...result,
      targetIndices: result.targetIndices.slice().reverse(),
      targets: result.targets.slice().reverse(),
    })),
    breaks: "target indices ascend and lie in the batch",
  },
  {
    fault: "numbers places [seq, batch]",
    mask: spoilt((result, { shape: [rows, seq] }) => ({
      ...result,
      targetIndices: result.targetIndices.map((index) => (index % seq) * rows + Math.floor(index / seq)).sort(),
    })),
    breaks: "targets are what stood there",
  },
  {
    fault: "returns an index past the end",
    mask: spoilt((result, batch) => ({ ...result, targetIndices: Int32Array.of(batch.ids.length) })),
    breaks: "target indices ascend and lie in the batch",
  },
  {
    fault: "returns masked ids as targets",
    mask: spoilt((result) => ({
      ...result,
      targets: result.targetIndices.map((index) => result.ids[index] as number),
    })),
    breaks: "targets are what stood there",
  },
  {
    fault: "loses a target",
    mask: spoilt((result) => ({ ...result, targets: result.targets.slice(1) })),
    breaks: "targets are what stood there",
  },
  {
    fault: "changes a token it did not choose",
    mask: spoilt((result, batch) => ({ ...result, ids: result.ids.with(0, (batch.ids[0] as number) === 0 ? 1 : 0) })),
    breaks: "tokens that are not chosen stay equal",
  },
  {
    fault: "cuts the ids",
    mask: spoilt((result) => ({ ...result, ids: result.ids.slice(1) })),
    breaks: "tokens that are not chosen stay equal",
  },
  {
    fault: "loses the languages",
    mask: spoilt(({ langs: _, ...result }) => result),
    breaks: "shape, lengths, positions and languages pass through",
  },
  {
    fault: "has a seed of its own",
    mask: (batch, vocab) => plainMask(batch, vocab, createRng(5)),
    breaks: "another seed gives another choice",
  },
  {
    fault: "draws chance from elsewhere",
    mask: (
      (elsewhere) => (batch, vocab) =>
        plainMask(batch, vocab, elsewhere)
    )(createRng(5)),
    breaks: "the same seed gives the same result",
  },
];

const outcome = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe("maskingLaws", () => {
  for (const law of maskingLaws(plainMask)) it(`hold for a correct function: ${law.name}`, law.run);

  for (const law of maskingLaws(
    (...given) => maskWith(...given, { predictProb: 0.3, shares: [0.5, 0.3, 0.2], first: true }),
    {
      predictProb: 0.3,
      maskKeepRand: [0.5, 0.3, 0.2],
      firstToken: "allowed",
      seed: -7,
    },
  )) {
    it(`hold for other shares and first tokens: ${law.name}`, law.run);
  }

  /** Runs of up to ten tokens are chosen and hidden, kept or replaced as one. */
  const maskRuns =
    (predictProb: number): MaskFunction =>
    (batch, vocab, rng) => {
      let [run, coin, die] = [-1, 0, 0];
      const seq = batch.shape[1];
      const chosen: number[] = [];
      const ids = batch.ids.slice();
      batch.lengths.forEach((length, row) => {
        for (let t = 1; t < length; t++) {
          const index = row * seq + t;
          if (run !== Math.floor(index / 10)) [run, coin, die] = [Math.floor(index / 10), rng.next(), rng.next()];
          if (coin >= predictProb) continue;
          chosen.push(index);
          if (die < 0.8) ids[index] = vocab.maskId;
          else if (die >= 0.9) ids[index] = Math.floor(rng.next() * vocab.size);
        }
      });
      const targets = Int32Array.from(chosen, (index) => batch.ids[index] as number);
      return { ...batch, ids, targetIndices: Int32Array.from(chosen), targets };
    };
  for (const law of maskingLaws(maskRuns(0.15), { together: 10 })) it(`hold for runs of tokens: ${law.name}`, law.run);

  it("catch wrong shares of runs too", () => {
    const [law] = maskingLaws(maskRuns(0.2), { together: 10 }).filter(({ name }) => name.startsWith("the share"));
    expect(outcome(law?.run as () => void)).toMatch(/were chosen, (19|20|21)\.\d\d %: expected 15\.00 %/);
    expect(() => maskingLaws(maskRuns(0.15), { together: 0 })).toThrow(/together is 0/);
  });

  it.each(wrong)("catch a function that $fault", ({ mask, breaks }) => {
    const law = maskingLaws(mask, { runs: 300 }).find(({ name }) => name === breaks);
    expect(outcome(law?.run as () => void)).toBeDefined();
  });

  it("leave out the shares a function does not promise", () => {
    const names = maskingLaws(plainMask, { predictProb: null, maskKeepRand: null }).map(({ name }) => name);
    expect(names.filter((name) => /share|of the chosen|spread/.test(name))).toEqual([]);
  });

  it("say what is wrong, on the smallest input found, with the seed to see it again", () => {
    const [law] = maskingLaws((...given) => maskWith(...given, { padding: true, predictProb: 1 }), { seed: 3 }).filter(
      ({ name }) => name === "padding is never chosen",
    );
    expect(outcome(law?.run as () => void)).toMatch(
      /^padding is never chosen: token 1 of row 0, of length 1, was chosen\nSmallest input found: \{"vocab":.*\nSeed: 3$/s,
    );
  });

  it("say by how much a share is off", () => {
    const [law] = maskingLaws((...given) => maskWith(...given, { predictProb: 0.2 })).filter(({ name }) =>
      name.startsWith("the share"),
    );
    expect(outcome(law?.run as () => void)).toMatch(
      /^the share of chosen tokens is 0\.15: \d+ of 65024 tokens were chosen, (19|20)\.\d\d %: expected 15\.00 % give or take 0\.\d\d %$/,
    );
  });

  it("do not pass for want of chosen tokens", () => {
    const [law] = maskingLaws((...given) => maskWith(...given, { predictProb: 0 }), { predictProb: null }).filter(
      ({ name }) => name.startsWith("of the chosen"),
    );
    expect(outcome(law?.run as () => void)).toContain("none of 65024 tokens was chosen");
  });

  it("report a function that throws", () => {
    const [law] = maskingLaws(() => {
      throw new Error("no GPU");
    });
    expect(outcome(law?.run as () => void)).toContain("no GPU");
  });
});
