import { OptionError } from "@xlm/core";
import { countNgrams, matchNgrams, mergeNgrams } from "./words.js";

const MAX_ORDER = 4;
const NO_REFERENCE = 9999; // length of the reference of a line that has none

export interface MultiBleuOptions {
  /** Whether ASCII letters are lowered, `-lc`. @default false */
  lowercase?: boolean;
}

export interface MultiBleuFigures {
  /** 0..1, like the precisions: the line has them times 100. */
  readonly bleu: number;
  /** `[4]`. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  readonly ratio: number;
  readonly hypLength: number;
  readonly refLength: number;
}

export interface MultiBleuResult {
  /** What the script prints, without its newline; empty where it dies. */
  readonly line: string;
  readonly exitCode: 0 | 1 | 255;
  /** 0..100, two digits: what facebookresearch/XLM reads off the line; -1 when there is none. */
  readonly score: number;
  /** All digits; null where the line is empty. */
  readonly figures: MultiBleuFigures | null;
}

/**
 * BLEU of tokenised text as Moses' `multi-bleu.perl` prints it, by which the paper reports translation. It reads bytes: words end at
 * ASCII white space alone, and `-lc` lowers ASCII letters alone. Its oddities are kept:
 * the last character of a file is lost unless it is a newline; a line without reference has one of 9999 words; empty hypotheses
 * against a reference end in a division by zero, which prints nothing.
 * @param hypotheses the whole file, a sentence a line.
 * @param references `[nRefs]` whole files.
 * @throws OptionError (`XLM_OPTION`) without references.
 * @example
 * multiBleu("a b c d\n", ["a b c d\n"]).line;
 * // "BLEU = 100.00, 100.0/100.0/100.0/100.0 (BP=1.000, ratio=1.000, hyp_len=4, ref_len=4)"
 */
export function multiBleu(
  hypotheses: string | Uint8Array,
  references: readonly (string | Uint8Array)[],
  options: MultiBleuOptions = {},
): MultiBleuResult {
  if (references.length === 0) {
    throw new OptionError({
      what: "there are no references",
      why: "BLEU compares with at least one",
      fix: "pass a list with the text of a reference file",
    });
  }
  const { lowercase = false } = options;
  const streams = references.map((file) => linesOf(file, lowercase));
  if (streams.every((lines) => lines.length === 0)) return DEAD;

  const matches = new Array<number>(MAX_ORDER).fill(0);
  const totals = new Array<number>(MAX_ORDER).fill(0);
  let hypLength = 0;
  let refLength = 0;
  linesOf(hypotheses, lowercase).forEach((words, i) => {
    const refs = streams.map((lines) => lines[i]).filter((line) => line !== undefined);
    const allowed = mergeNgrams(refs.map((ref) => countNgrams(ref, MAX_ORDER, " ")));
    countNgrams(words, MAX_ORDER, " ").forEach((ngrams, order) => {
      const { match, total } = matchNgrams(ngrams, allowed[order] ?? new Map<string, number>());
      matches[order]! += match;
      totals[order]! += total;
    });
    hypLength += words.length;
    refLength += closest(
      words.length,
      refs.map((ref) => ref.length),
    );
  });
  if (refLength === 0) return NOTHING;
  if (hypLength === 0) return DEAD;
  return report(matches, totals, hypLength, refLength);
}

const DEAD: MultiBleuResult = Object.freeze({ line: "", exitCode: 255, score: -1, figures: null });

const NOTHING: MultiBleuResult = Object.freeze({
  line: "BLEU = 0, 0/0/0/0 (BP=0, ratio=0, hyp_len=0, ref_len=0)", // whatever the hypotheses are
  exitCode: 1,
  score: 0,
  figures: { bleu: 0, precisions: [0, 0, 0, 0], brevityPenalty: 0, ratio: 0, hypLength: 0, refLength: 0 },
});

/** The words of each line, bytes as characters. */
function linesOf(file: string | Uint8Array, lowercase: boolean): string[][] {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  let text = "";
  for (let begin = 0; begin < bytes.length; begin += 8192) {
    text += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
  }
  const lines = text.split("\n");
  // Perl's chop takes the last character of every line: the newline, or without one what stands there.
  const last = (lines.pop() as string).slice(0, -1);
  if (text !== "" && !text.endsWith("\n")) lines.push(last);
  return lines.map((line) => {
    const lowered = lowercase ? line.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : line;
    return lowered.split(/[\t-\r ]+/).filter((word) => word !== "");
  });
}

/** The length nearest to `length`, of two as near the shorter; the script starts from a difference and length of 9999. */
function closest(length: number, lengths: readonly number[]): number {
  let best = NO_REFERENCE;
  let least = NO_REFERENCE;
  for (const other of lengths) {
    const difference = Math.abs(length - other);
    if (difference < least || (difference === least && other < best)) best = other;
    least = Math.min(least, difference);
  }
  return best;
}

function report(
  matches: readonly number[],
  totals: readonly number[],
  hypLength: number,
  refLength: number,
): MultiBleuResult {
  const precisions = matches.map((match, i) => (totals[i] === 0 ? 0 : match / (totals[i] as number)));
  const brevityPenalty = hypLength < refLength ? Math.exp(1 - refLength / hypLength) : 1;
  const logs = precisions.reduce((sum, precision) => sum + Math.log(precision), 0);
  const bleu = brevityPenalty * Math.exp(logs / MAX_ORDER);
  const ratio = hypLength / refLength;
  const percent = fixed(100 * bleu, 2);
  const line =
    `BLEU = ${percent}, ${precisions.map((precision) => fixed(100 * precision, 1)).join("/")} ` +
    `(BP=${fixed(brevityPenalty, 3)}, ratio=${fixed(ratio, 3)}, hyp_len=${hypLength}, ref_len=${refLength})`;
  const figures = { bleu, precisions, brevityPenalty, ratio, hypLength, refLength };
  return { line, exitCode: 0, score: Number(percent), figures };
}

/** C's `%.Nf`: exactly halfway it rounds to even, where `toFixed` rounds up. */
function fixed(value: number, digits: number): string {
  const halves = value * 2 ** (digits + 1); // an odd whole number exactly when `value` lies halfway; the product is exact
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const below = Math.floor(value * 10 ** digits);
  return ((below + (below % 2)) / 10 ** digits).toFixed(digits);
}
