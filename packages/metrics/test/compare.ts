// Comparison with recorded scores: run on the fixtures by `npm test`, on the golden folder by `test:golden`.
import { expect } from "vitest";
import {
  accuracy,
  chrf,
  corpusBleu,
  f1,
  matthews,
  multiBleu,
  pearson,
  sentenceBleu,
  spearman,
  tokenize,
  type BleuOptions,
  type Smoothing,
  type Tokenizer,
} from "../src/index.js";

interface RecordedBleu {
  readonly score: number;
  readonly precisions: readonly number[];
  readonly bp: number;
  readonly sys_len: number;
  readonly ref_len: number;
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly signature: string;
}

interface RecordedMultiBleu {
  readonly line: string;
  readonly xlm_score: number;
  readonly unrounded: {
    readonly bleu: number;
    readonly precisions: readonly number[];
    readonly bp: number;
    readonly ratio: number;
    readonly hyp_len: number;
    readonly ref_len: number;
  } | null;
}

export interface BleuFile {
  readonly cases: readonly {
    readonly name: string;
    readonly hypotheses: readonly string[];
    readonly references: readonly (readonly string[])[];
    readonly multi_bleu: RecordedMultiBleu;
    readonly multi_bleu_lc?: RecordedMultiBleu;
    readonly sacrebleu: Readonly<Record<string, RecordedBleu | readonly number[] | number>>;
  }[];
  readonly tokenizer_13a: readonly { readonly input: string; readonly output: string }[];
}

export type StreamsFile = readonly {
  readonly hyp_stdin: string;
  readonly ref_file: string;
  readonly line: string;
  readonly exit_code: number;
}[];

export type MetricsFile = readonly (
  | {
      readonly kind: "classification" | "classification_degenerate";
      readonly n_classes: number;
      readonly gold: readonly number[];
      readonly pred: readonly number[];
      readonly acc: number;
      readonly f1: number;
      readonly f1_macro?: number;
      readonly mc: number;
    }
  | {
      readonly kind: "regression";
      readonly gold: readonly number[];
      readonly pred: readonly number[];
      readonly prs: number;
      readonly spr: number;
    }
)[];

/** Scores run to 100 and were recorded with about 15 digits. */
function expectClose(actual: number, expected: number, label: string): void {
  if (!(Math.abs(actual - expected) <= 1e-9)) expect.fail(`${label}: ${actual}, recorded ${expected}`);
}

function expectAllClose(actual: readonly number[], expected: readonly number[], label: string): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expectClose(actual[i] as number, value, `${label} ${i}`));
}

/** The options that a signature such as `nrefs:1|case:lc|eff:no|tok:13a|smooth:floor[0.10]` stands for. */
function optionsOf(signature: string): BleuOptions {
  const fields = new Map(signature.split("|").map((field) => field.split(":") as [string, string]));
  const [, smoothing, value] = /^([a-z-]+)(?:\[(.*)\])?$/.exec(fields.get("smooth") ?? "") ?? [];
  return {
    lowercase: fields.get("case") === "lc",
    effectiveOrder: fields.get("eff") === "yes",
    tokenizer: fields.get("tok") as Tokenizer,
    smoothing: smoothing as Smoothing,
    ...(value === undefined ? {} : { smoothValue: Number(value) }),
  };
}

function compareMultiBleu(
  hypotheses: string,
  references: readonly string[],
  lowercase: boolean,
  { line, xlm_score, unrounded }: RecordedMultiBleu,
): void {
  const result = multiBleu(hypotheses, references, { lowercase });
  expect(result.line).toBe(line);
  expect(result.score).toBe(xlm_score);
  if (unrounded === null) return;
  const { figures } = result;
  if (figures === null) return expect.fail("there are no figures");
  expectClose(100 * figures.bleu, unrounded.bleu, "bleu");
  expectAllClose(
    figures.precisions.map((precision) => 100 * precision),
    unrounded.precisions,
    "precision",
  );
  expectClose(figures.brevityPenalty, unrounded.bp, "bp");
  expectClose(figures.ratio, unrounded.ratio, "ratio");
  expect([figures.hypLength, figures.refLength]).toEqual([unrounded.hyp_len, unrounded.ref_len]);
}

/** multi-bleu.perl to the letter, sacreBLEU's scores, counts and signatures, chrF2 and words. */
export function compareBleu({ cases, tokenizer_13a }: BleuFile): void {
  expect(cases.length).toBeGreaterThan(0);
  const asFile = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  for (const { name, hypotheses, references, multi_bleu, multi_bleu_lc, sacrebleu } of cases) {
    compareMultiBleu(asFile(hypotheses), references.map(asFile), false, multi_bleu);
    if (multi_bleu_lc) compareMultiBleu(asFile(hypotheses), references.map(asFile), true, multi_bleu_lc);
    for (const [key, recorded] of Object.entries(sacrebleu)) {
      const label = `${name}, ${key}`;
      if (typeof recorded === "number") {
        expect(key).toBe("chrf2");
        expectClose(chrf(hypotheses, references).score, recorded, label);
      } else if ("signature" in recorded) {
        const result = corpusBleu(hypotheses, references, optionsOf(recorded.signature));
        expect(result.signature).toBe(recorded.signature);
        expectClose(result.score, recorded.score, label);
        expectAllClose(result.precisions, recorded.precisions, label);
        expectClose(result.brevityPenalty, recorded.bp, label);
        expect([result.hypLength, result.refLength]).toEqual([recorded.sys_len, recorded.ref_len]);
        expect([result.counts, result.totals]).toEqual([recorded.counts, recorded.totals]);
      } else {
        expect(key).toBe("sentence_13a_effective_order");
        const scores = hypotheses.map(
          (line, i) =>
            sentenceBleu(
              line,
              references.map((lines) => lines[i] as string),
            ).score,
        );
        expectAllClose(scores, recorded, label);
      }
    }
  }
  for (const { input, output } of tokenizer_13a) expect(tokenize(input, "13a").join(" ")).toBe(output);
}

export function compareStreams(file: StreamsFile): void {
  expect(file.length).toBeGreaterThan(0);
  for (const { hyp_stdin, ref_file, line, exit_code } of file) {
    expect(multiBleu(hyp_stdin, [ref_file])).toMatchObject({ line, exitCode: exit_code });
  }
}

/** The original's scores are times 100. */
export function compareMetrics(file: MetricsFile): void {
  expect(file.length).toBeGreaterThan(0);
  for (const item of file) {
    const { gold, pred } = item;
    if (item.kind === "regression") {
      expectClose(100 * pearson(gold, pred), item.prs, "Pearson");
      expectClose(100 * spearman(gold, pred), item.spr, "Spearman");
    } else {
      const nClasses = item.n_classes;
      expectClose(100 * accuracy(gold, pred), item.acc, "accuracy");
      expectClose(100 * f1(gold, pred, { nClasses }), item.f1, "f1");
      expectClose(100 * matthews(gold, pred), item.mc, "matthews");
      if (item.f1_macro !== undefined) {
        expectClose(100 * f1(gold, pred, { nClasses, average: "macro" }), item.f1_macro, "macro f1");
      }
    }
  }
}
