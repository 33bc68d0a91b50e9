import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  chrf,
  corpusBleu,
  f1,
  matthews,
  multiBleu,
  pearson,
  perplexity,
  sentenceBleu,
  spearman,
  tokenize,
  type Smoothing,
  type Tokenizer,
} from "./index.js";

const word = fc.constantFrom("a", "b", "c", "d", "é", "😀", "3.5", ",", "Ab");
const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
const pairs = fc.array(fc.tuple(line, line, line), { minLength: 1, maxLength: 8 });
const options = fc.record({
  tokenizer: fc.constantFrom<Tokenizer>("13a", "zh", "char", "none"),
  smoothing: fc.constantFrom<Smoothing>("exp", "floor", "add-k", "none"),
  lowercase: fc.boolean(),
  effectiveOrder: fc.boolean(),
});
const column = <T>(rows: readonly (readonly T[])[], i: number): T[] => rows.map((row) => row[i] as T);
const asFile = (lines: readonly string[]): string => lines.map((text) => `${text}\n`).join("");

describe("BLEU and chrF", () => {
  it("lie from 0 to 100", () => {
    fc.assert(
      fc.property(pairs, options, (rows, opts) => {
        const [hyps, refs] = [column(rows, 0), [column(rows, 1), column(rows, 2)]];
        const within = (score: number): void => {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(100 + 1e-9); // the exponential of a mean of logarithms
        };
        within(corpusBleu(hyps, refs, opts).score);
        within(sentenceBleu(hyps[0]!, [refs[0]![0]!], opts).score);
        within(chrf(hyps, refs).score);
        const { score } = multiBleu(asFile(hyps), refs.map(asFile));
        if (score !== -1) within(score);
      }),
    );
  });

  it("are 100 for identical lines", () => {
    const long = fc.array(word, { minLength: 4, maxLength: 12 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(long, { minLength: 1 }), options, (lines, opts) => {
        expect(corpusBleu(lines, [lines], opts).score).toBeCloseTo(100, 9);
        expect(sentenceBleu(lines[0]!, [lines[0]!], opts).score).toBeCloseTo(100, 9);
        expect(chrf(lines, [lines]).score).toBeCloseTo(100, 9);
        expect(multiBleu(asFile(lines), [asFile(lines)]).score).toBe(100);
      }),
    );
  });

  it("do not depend on the order of the lines, nor on that of the references", () => {
    const shuffled = pairs.chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
    );
    fc.assert(
      fc.property(shuffled, options, ([rows, other], opts) => {
        const of = (list: typeof rows, swap: boolean): unknown[] => {
          const [hyps, first, second] = [column(list, 0), column(list, 1), column(list, 2)];
          const refs = swap ? [second, first] : [first, second];
          return [corpusBleu(hyps, refs, opts), multiBleu(asFile(hyps), refs.map(asFile))];
        };
        expect(of(other, true)).toEqual(of(rows, false));
        const [hyps, refs] = [column(rows, 0), [column(rows, 1)]];
        expect(chrf(column(other, 0), [column(other, 1)])).toEqual(chrf(hyps, refs));
      }),
    );
  });

  it("agree with each other on tokenised ASCII text: the script is sacreBLEU without smoothing", () => {
    const ascii = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 12 });
    const rows = fc.array(fc.tuple(ascii, ascii), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, (lists) => {
        const [hyps, refs] = [0, 1].map((i) => column(lists, i).map((words) => words.join(" "))) as [
          string[],
          string[],
        ];
        const { figures } = multiBleu(asFile(hyps), [asFile(refs)]);
        const { score } = corpusBleu(hyps, [refs], { tokenizer: "none", smoothing: "none" });
        expect(100 * (figures?.bleu ?? NaN)).toBeCloseTo(score, 9);
      }),
    );
  });

  it("cut words without losing or adding anything but white space", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom<Tokenizer>("zh", "char", "none"),
        (text, tokenizer) => {
          const bare = (line: string): string => tokenize(line, "char").join("");
          expect(bare(tokenize(text, tokenizer).join(" "))).toBe(bare(text));
        },
      ),
    );
  });
});

describe("correlation", () => {
  // Values on a grid, so that a map does not merge two of them and rounding stays far below the tolerance.
  const grid = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
    minLength: 2,
  });
  const near = (a: number, b: number): void => {
    if (Number.isNaN(a)) expect(b).toBeNaN();
    else expect(Math.abs(a - b)).toBeLessThan(1e-9); // sums of a few hundred products below 1e8
  };

  it("of Pearson is the same after rising straight lines, and negated by a falling one", () => {
    fc.assert(
      fc.property(grid, fc.integer({ min: 1, max: 100 }), fc.integer({ min: -1000, max: 1000 }), (rows, a, b) => {
        const [x, y] = [column(rows, 0), column(rows, 1)];
        const r = pearson(x, y);
        const map = (values: readonly number[], slope: number): number[] => values.map((value) => slope * value + b);
        near(r, pearson(map(x, a), map(y, 0.5)));
        near(-r, pearson(map(x, -a), y));
        near(r, pearson(y, x));
        if (!Number.isNaN(r)) expect(Math.abs(r)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("of Spearman is the same after any rising map", () => {
    fc.assert(
      fc.property(grid, (rows) => {
        const [x, y] = [column(rows, 0), column(rows, 1)];
        near(
          spearman(x, y),
          spearman(
            x.map((value) => Math.exp(value / 10)),
            y.map((value) => value ** 3),
          ),
        );
      }),
    );
  });
});

describe("classification", () => {
  const classes = fc.integer({ min: 2, max: 5 }).chain((nClasses) =>
    fc.record({
      nClasses: fc.constant(nClasses),
      rows: fc.array(fc.tuple(fc.nat(nClasses - 1), fc.nat(nClasses - 1)), { minLength: 1 }),
    }),
  );

  it("scores lie in their range, and are best for what is right", () => {
    fc.assert(
      fc.property(classes, ({ rows, nClasses }) => {
        const [gold, predicted] = [column(rows, 0), column(rows, 1)];
        for (const average of ["binary", "micro", "macro"] as const) {
          const score = f1(gold, predicted, { nClasses, average });
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
        }
        expect(f1(gold, predicted, { nClasses, average: "micro" })).toBe(accuracy(gold, predicted));
        expect(Math.abs(matthews(gold, predicted))).toBeLessThanOrEqual(1 + 1e-12);
        expect(accuracy(gold, gold)).toBe(1);
        expect(f1(gold, gold, { nClasses, average: "macro" })).toBeCloseTo(1, 12);
        expect(matthews(gold, gold)).toBeCloseTo(new Set(gold).size > 1 ? 1 : 0, 12);
      }),
    );
  });

  it("Matthews does not care about the names of classes, and is symmetric", () => {
    fc.assert(
      fc.property(classes, fc.integer({ min: 1, max: 9 }), ({ rows }, shift) => {
        const [gold, predicted] = [column(rows, 0), column(rows, 1)];
        const renamed = (labels: readonly number[]): number[] => labels.map((label) => (label + shift) * 7);
        expect(matthews(renamed(gold), renamed(predicted))).toBeCloseTo(matthews(gold, predicted), 12);
        expect(matthews(predicted, gold)).toBeCloseTo(matthews(gold, predicted), 12);
      }),
    );
  });
});

describe("perplexity", () => {
  it("of uniform guesses is the size of the vocabulary", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100000 }), fc.integer({ min: 1, max: 1000 }), (vocabSize, n) => {
        let sumNll = 0;
        for (let i = 0; i < n; i++) sumNll += Math.log(vocabSize);
        expect(perplexity(sumNll, n) / vocabSize).toBeCloseTo(1, 9); // a thousand additions
      }),
    );
  });
});
