import { checkInt, createRng, drawInt } from "@xlm/core";
import type { TokenBatch, Vocab } from "@xlm/core";
import { firstDifference } from "./difference.js";
import { broken, plainLaw, type Law, type LawOptions } from "./law.js";
import type { MaskFunction, MaskingLawOptions } from "./masking.js";

/** The laws of `maskingLaws` that count over many tokens. */
export function chanceLaws(mask: MaskFunction, options: MaskingLawOptions): Law[] {
  const { predictProb = 0.15, maskKeepRand = [0.8, 0.1, 0.1], firstToken = "never", together = 1 } = options;
  checkInt("together", together, 1);
  const seed = seedOf(options);
  const count = (): Outcomes => countOutcomes(mask, firstToken === "never" ? 1 : 0, seed);
  const laws = [
    plainLaw("another seed gives another choice", () => {
      const [one, two] = [1, 2].map((other) => mask(largeBatch(seed), largeVocab(), createRng(other)).targetIndices);
      if (firstDifference(one, two) === undefined) broken("seeds 1 and 2 chose the same tokens of 8192");
    }),
  ];
  if (predictProb !== null) {
    laws.push(
      plainLaw(`the share of chosen tokens is ${predictProb}`, () => {
        const { tokens, chosen } = count();
        checkCount("tokens", "were chosen", chosen, tokens, predictProb, together);
      }),
    );
  }
  if (maskKeepRand !== null) {
    const [hide, keep, random] = maskKeepRand;
    laws.push(
      plainLaw(`of the chosen, ${hide} are hidden, ${keep} kept and ${random} replaced`, () => {
        const { tokens, chosen, hidden, kept, replaced } = count();
        if (chosen === 0) broken(`none of ${tokens} tokens was chosen`);
        checkCount("chosen tokens", "are hidden", hidden, chosen, hide, together);
        checkCount("chosen tokens", "are kept", kept, chosen, keep, together);
        checkCount("chosen tokens", "are replaced", replaced.length, chosen, random, together);
      }),
    );
    if (random > 0) {
      laws.push(
        plainLaw("random replacements are spread over the vocabulary", () => {
          const { replaced } = count();
          const lower = replaced.filter((id) => id < SIZE / 2).length;
          checkCount("random replacements", "are in the lower half of the vocabulary", lower, replaced.length, 0.5);
        }),
      );
    }
  }
  return laws;
}

const seedOf = ({ seed = 1 }: LawOptions): number => seed >>> 0; // fast-check's seeds can be negative

// Large, so that a random id is hardly ever the mask or the token itself.
const SIZE = 50_000;
const SPECIALS = 14;
const PAD = 2;
const largeVocab = (): Required<Vocab> => ({
  size: SIZE,
  bosId: 0,
  eosId: 1,
  padId: PAD,
  unkId: 3,
  maskId: 5,
  counts: new Int32Array(SIZE).fill(1, SPECIALS),
});
const BATCHES = 8;

/** `[64, 160]` with 128 tokens a row, so that both the batch and its padding weigh. */
function largeBatch(seed: number): TokenBatch {
  const [rows, seq, length] = [64, 160, 128];
  const rng = createRng(seed).split();
  const ids = new Int32Array(rows * seq).fill(PAD);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < length; t++) ids[row * seq + t] = SPECIALS + drawInt(rng, SIZE - SPECIALS);
  }
  return { ids, shape: [rows, seq], lengths: new Int32Array(rows).fill(length) };
}

interface Outcomes {
  tokens: number;
  chosen: number;
  hidden: number;
  kept: number;
  replaced: number[];
}

function countOutcomes(mask: MaskFunction, firstChoosable: number, seed: number): Outcomes {
  const rng = createRng(seed);
  const vocab = largeVocab();
  const batch = largeBatch(seed);
  const outcomes: Outcomes = { tokens: 0, chosen: 0, hidden: 0, kept: 0, replaced: [] };
  for (let i = 0; i < BATCHES; i++) {
    const { ids, targetIndices } = mask(batch, vocab, rng);
    for (const length of batch.lengths) outcomes.tokens += length - firstChoosable;
    outcomes.chosen += targetIndices.length;
    for (const index of targetIndices) {
      const id = ids[index] as number;
      if (id === vocab.maskId) outcomes.hidden++;
      else if (id === batch.ids[index]) outcomes.kept++;
      else outcomes.replaced.push(id);
    }
  }
  return outcomes;
}

/**
 * Within six sigma of the binomial; the slack covers whether special ids are among the random replacements.
 * @param together tokens that share a draw: the variance is at most so many times that of as many tokens with a draw each.
 */
function checkCount(ofWhat: string, did: string, count: number, n: number, share: number, together = 1): void {
  const slack = (n * (SPECIALS + 2)) / SIZE;
  const sixSigma = 6 * Math.sqrt(together * n * share * (1 - share));
  if (Math.abs(count - n * share) > sixSigma + slack) {
    const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
    broken(
      `${count} of ${n} ${ofWhat} ${did}, ${percent(count / n)}: expected ${percent(share)} give or take ${percent((sixSigma + slack) / n)}`,
    );
  }
}
