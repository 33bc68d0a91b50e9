import { DataError, OptionError, type LangId, type TokenBatch } from "@xlm/core";
import { concatPairs } from "@xlm/objectives";
import { sentenceBatch, sentenceLengths, truncateBatch, type Corpus, type Dictionary } from "@xlm/data";
import type { LabelledBatch } from "@xlm/trainer";
import type { TextCodec } from "../text-codec.js";

/** A text, or two of them, to be judged. */
export interface Passage {
  readonly text: string;
  /** The second text of a pair, such as a hypothesis. */
  readonly pair?: string;
}

/** A passage with the right answer: the name of a class, or a number. */
export interface Example extends Passage {
  readonly label: string | number;
}

/** What answers there are: classes by name, in the order of the head's outputs, or a number. */
export type Answers = readonly string[] | "number";

/** Passages of one language as ids. */
export interface PassageSet {
  readonly lang: string;
  readonly langId: LangId;
  readonly dictionary: Dictionary;
  /** One sentence for each passage; of pairs both. */
  readonly sides: readonly [Corpus] | readonly [Corpus, Corpus];
  /** How many. */
  readonly size: number;
}

/** The same with answers. */
export interface ExampleSet extends PassageSet {
  readonly answers: Answers;
  /** `[size]`: places in `answers`, or numbers. */
  readonly labels: Int32Array | Float32Array;
}

/** How much of a passage a model reads. */
export interface CutOptions {
  /** Tokens of a side, marks included; what is longer is cut (`--max_len`). @default 256 */
  readonly maxLen?: number;
  /** Positions of the model: each side of a pair gets half of them. @default 512 */
  readonly positions?: number;
}

/**
 * Turns passages of a language into ids.
 * @throws DataError (`XLM_DATA`) for none, or single texts among pairs; OptionError (`XLM_OPTION`) for a language that the model has not.
 */
export function indexPassages(passages: readonly Passage[], codec: TextCodec, lang: string): PassageSet {
  if (passages.length === 0) {
    throw new DataError({
      what: `there are no examples in ${JSON.stringify(lang)}`,
      why: "there is nothing to learn from and nothing to score",
      fix: "give at least one",
    });
  }
  const corpusOf = (side: (passage: Passage) => string): Corpus => codec.corpus(passages.map(side), lang);
  const first = corpusOf(({ text }) => text);
  const arePairs = passages[0]?.pair !== undefined;
  const odd = passages.findIndex(({ pair }) => (pair !== undefined) !== arePairs);
  if (odd >= 0) {
    throw new DataError({
      what: `example 0 is ${arePairs ? "a pair" : "a single text"} and example ${odd} is not`,
      why: "a model judges the one or the other",
      fix: "give all of them a pair, or none",
    });
  }
  const common = { lang, langId: codec.langId(lang), dictionary: codec.dictionary, size: passages.length };
  return { ...common, sides: arePairs ? [first, corpusOf(({ pair = "" }) => pair)] : [first] };
}

/**
 * Turns examples of a language into ids and labels.
 * @throws DataError (`XLM_DATA`) for a label that is empty, unknown or no number, and as `indexPassages`.
 */
export function indexExamples(
  examples: readonly Example[],
  codec: TextCodec,
  lang: string,
  answers: Answers,
): ExampleSet {
  const passages = indexPassages(examples, codec, lang);
  const labels =
    answers === "number"
      ? Float32Array.from(examples, ({ label }, i) => numberOf(label, i))
      : Int32Array.from(examples, ({ label }, i) => placeOf(label, i, answers));
  return { ...passages, answers, labels };
}

/**
 * The classes of examples, in alphabetical order as the original sorts them.
 * @throws DataError (`XLM_DATA`) for an empty label, or fewer than two classes.
 */
export function labelsOf(examples: readonly Example[]): string[] {
  const labels = [...new Set(examples.map(({ label }, i) => nameOf(label, i)))].sort();
  if (labels.length >= 2) return labels;
  throw new DataError({
    what: labels.length === 0 ? "there are no examples" : `all examples are ${JSON.stringify(labels[0])}`,
    why: "with one class there is nothing to tell apart",
    fix: "give examples of at least two classes",
  });
}

/** @throws OptionError (`XLM_OPTION`) unless there are two classes or more, each named once. */
export function checkAnswers(answers: Answers): void {
  if (answers === "number") return;
  const twice = answers.find((label, i) => answers.indexOf(label) < i);
  if (answers.length >= 2 && twice === undefined && !answers.includes("")) return;
  throw new OptionError({
    what: `the classes are ${answers.map((label) => JSON.stringify(label)).join(", ") || "none"}`,
    why: "the head has one output for each, and at least two",
    fix: "name two or more, and each once",
  });
}

/**
 * Passages as the model reads them: `</s> text </s>`, pairs `</s> text </s> pair </s>` with positions running on, both in the same language
 * (the original's `truncate` and `concat_batches` with `reset_positions=False`).
 * `Differs:` the original cuts in training alone, and fails on what is longer than its positions.
 * @param indices which passages; a row each.
 */
export function passageBatch(set: PassageSet, indices: Int32Array, options: CutOptions = {}): TokenBatch {
  const { maxLen = 256, positions = 512 } = options;
  const { sides, dictionary, langId } = set;
  const side = (corpus: Corpus, room: number): TokenBatch =>
    truncateBatch(
      sentenceBatch(corpus, indices, dictionary, { lang: langId }),
      dictionary,
      Math.min(maxLen, Math.floor(room)),
    );
  const [first, second] = sides;
  if (!second) return side(first, positions);
  const half = (positions + 1) / 2; // one mark is both the end of the first and the beginning of the second
  const join = { resetPositions: false, langs: [langId, langId] as const, maxLen: positions };
  return concatPairs(side(first, half), side(second, half), dictionary, join);
}

/** The same with labels: what `classify` learns from. */
export function labelledBatch(set: ExampleSet, indices: Int32Array, options: CutOptions = {}): LabelledBatch {
  const { labels: all } = set;
  const labels =
    all instanceof Int32Array
      ? indices.map((index) => all[index] as number)
      : Float32Array.from(indices, (index) => all[index] as number);
  return { ...passageBatch(set, indices, options), labels };
}

/** Tokens of each passage before it is cut, `[size]`: what batches of like length are made by. */
export const passageLengths = ({ sides }: PassageSet): Int32Array => sentenceLengths(sides);

const nameOf = (label: string | number, i: number): string => {
  const name = String(label);
  if (name.trim() !== "") return name;
  throw new DataError({
    what: `the label of example ${i} is empty`,
    why: "it is what the model shall answer",
    fix: "give it a label, or leave the example out",
  });
};

function placeOf(label: string | number, i: number, answers: readonly string[]): number {
  const place = answers.indexOf(nameOf(label, i));
  if (place >= 0) return place;
  throw new DataError({
    what: `the label of example ${i} is ${JSON.stringify(label)} and the classes are ${answers.join(", ")}`,
    why: "the model can give no other answer",
    fix: "use those labels, or train with examples of this class too",
  });
}

function numberOf(label: string | number, i: number): number {
  const value = Number(nameOf(label, i));
  if (Number.isFinite(value)) return value;
  throw new DataError({
    what: `the label of example ${i} is ${JSON.stringify(label)}`,
    why: "the model is asked for a number",
    fix: "give every example a number, or train a classifier",
  });
}
