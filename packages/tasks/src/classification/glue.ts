import { DataError, OptionError } from "@xlm/core";
import { accuracy, f1, matthews, pearson, spearman } from "@xlm/metrics";
import type { Answers, Example, Passage } from "./examples.js";

/** A score of the benchmark's. */
export type GlueScore = "accuracy" | "f1" | "matthews" | "pearson" | "spearman";

/** A task of the GLUE benchmark (Wang et al. 2018). */
export interface GlueTask {
  readonly name: string;
  /** Whether two texts are judged together. */
  readonly pairs: boolean;
  /** Sorted, as the original numbers them; of two, F1 is the second one's. */
  readonly answers: Answers;
  /** What the benchmark reports of it. */
  readonly scores: readonly GlueScore[];
  /** Names of the columns in its files. */
  readonly columns: { readonly text: string; readonly pair?: string; readonly label: string };
  /** The columns of a file without a header line. */
  readonly header?: readonly string[];
}

const YES_NO = ["0", "1"];
const ENTAILED = ["entailment", "not_entailment"];
const PAIR = { text: "sentence1", pair: "sentence2", label: "label" };

/**
 * The tasks by name, as in the original's `src/evaluation/glue.py`, with the columns of the benchmark's files.
 * `Differs:` of MNLI the original has both halves of the validation set as tasks of their own (`MNLI-m`, `MNLI-mm`); they are files of one
 * task here. It also knows no columns of CoLA, MRPC, RTE and WNLI, which its scripts do not fetch.
 */
export const glueTasks = {
  CoLA: {
    ...{ name: "CoLA", pairs: false, answers: YES_NO, scores: ["matthews"] },
    columns: { text: "sentence", label: "label" },
    header: ["source", "label", "judgement", "sentence"],
  },
  "SST-2": {
    ...{ name: "SST-2", pairs: false, answers: YES_NO, scores: ["accuracy"] },
    columns: { text: "sentence", label: "label" },
  },
  MRPC: {
    ...{ name: "MRPC", pairs: true, answers: YES_NO, scores: ["accuracy", "f1"] },
    columns: { text: "#1 String", pair: "#2 String", label: "Quality" },
  },
  "STS-B": {
    ...{ name: "STS-B", pairs: true, answers: "number", scores: ["pearson", "spearman"] },
    columns: { ...PAIR, label: "score" },
  },
  QQP: {
    ...{ name: "QQP", pairs: true, answers: YES_NO, scores: ["accuracy", "f1"] },
    columns: { text: "question1", pair: "question2", label: "is_duplicate" },
  },
  MNLI: {
    ...{ name: "MNLI", pairs: true, answers: ["contradiction", "entailment", "neutral"], scores: ["accuracy"] },
    columns: { ...PAIR, label: "gold_label" },
  },
  QNLI: {
    ...{ name: "QNLI", pairs: true, answers: ENTAILED, scores: ["accuracy"] },
    columns: { text: "question", pair: "sentence", label: "label" },
  },
  RTE: { name: "RTE", pairs: true, answers: ENTAILED, scores: ["accuracy"], columns: PAIR },
  WNLI: { name: "WNLI", pairs: true, answers: YES_NO, scores: ["accuracy"], columns: PAIR },
} as const satisfies Readonly<Record<string, GlueTask>>;

/** As the benchmark calls it. */
export type GlueTaskName = keyof typeof glueTasks;

/**
 * The scores the benchmark reports of a task, -1..1; the original prints them times 100.
 * `Differs:` gold similarities of STS-B are read as they are; the original cuts them to whole numbers.
 * @param gold, predicted `[n]` places in the task's `answers`, or numbers.
 * @throws ShapeError (`XLM_SHAPE`) for lists of different lengths; DataError (`XLM_DATA`) for empty ones; OptionError (`XLM_OPTION`) for a
 *   task that is not in `glueTasks`.
 */
export function taskScores(
  task: GlueTaskName,
  gold: ArrayLike<number>,
  predicted: ArrayLike<number>,
): Partial<Record<GlueScore, number>> {
  const scorers = {
    accuracy,
    f1: (a: ArrayLike<number>, b: ArrayLike<number>) => f1(a, b),
    matthews,
    pearson,
    spearman,
  };
  return Object.fromEntries(known(task).scores.map((score) => [score, scorers[score](gold, predicted)]));
}

/**
 * Reads a train or dev file of a task, as GLUE hands it out: tab-separated, without quoting, a header line in all but CoLA. Columns are
 * found by name.
 * `Differs:` QQP has a few lines cut short, which are left out; the original learns them as 0.
 * @param lines of the whole file.
 * @throws DataError (`XLM_DATA`) for a file without the task's columns, such as a test file without labels, and a line without them.
 */
export function parseTask(lines: readonly string[], task: GlueTaskName): Example[] {
  const { columns, answers, name } = known(task);
  const rows = readRows(lines, task, [columns.label]);
  const whole = name === "QQP" ? rows.filter(({ fields }) => (fields.get(columns.label) ?? "") !== "") : rows;
  return whole.map(({ fields, line }) => {
    const label = fields.get(columns.label);
    const isKnown = label !== undefined && (answers === "number" ? isNumber(label) : answers.includes(label));
    if (!isKnown) {
      throw new DataError({
        what: `${name} has the label ${JSON.stringify(label ?? "")} and may have ${answers === "number" ? "a number" : answers.join(", ")}`,
        why: "it would be learnt as an answer of its own, or none",
        fix: "give the file of this task as it was handed out",
        at: { line },
      });
    }
    return { ...passageOf(fields, task, line), label: answers === "number" ? Number(label) : label };
  });
}

/**
 * Reads a test file of a task, which has no labels.
 * @throws as `parseTask`.
 */
export function parseTaskTest(lines: readonly string[], task: GlueTaskName): Passage[] {
  return readRows(lines, task, []).map(({ fields, line }) => passageOf(fields, task, line));
}

interface Row {
  readonly fields: ReadonlyMap<string, string>;
  /** From 1. */
  readonly line: number;
}

function readRows(lines: readonly string[], task: GlueTaskName, more: readonly string[]): Row[] {
  const { columns, header: own, name } = known(task);
  const wanted = [columns.text, ...(columns.pair === undefined ? [] : [columns.pair]), ...more];
  const cut = (line: string): string[] => line.replace(/\r$/, "").split("\t");
  const first = cut((lines[0] ?? "").replace(/^\uFEFF/, "")); // MRPC begins with a byte order mark
  const hasHeader = wanted.every((column) => first.includes(column));
  const header = hasHeader ? first : own && first.length === own.length ? own : undefined;
  if (!header) {
    throw new DataError({
      what: `the file of ${name} begins with the columns ${JSON.stringify(first.slice(0, 12))}`,
      why: `its texts and labels are read from ${wanted.map((column) => JSON.stringify(column)).join(", ")}`,
      fix: "give the tab-separated file of this task, with its header line",
      at: { line: 1 },
    });
  }
  return lines.flatMap((text, i) => {
    if ((hasHeader && i === 0) || text === "") return [];
    const fields = cut(text).map((field, column): [string, string] => [header[column] ?? "", field]);
    return [{ fields: new Map(fields), line: i + 1 }];
  });
}

function passageOf(fields: ReadonlyMap<string, string>, task: GlueTaskName, line: number): Passage {
  const { columns, name } = known(task);
  const read = (column: string): string => {
    const field = fields.get(column);
    if (field !== undefined) return field;
    throw new DataError({
      what: `a line of ${name} has ${fields.size} columns and no ${JSON.stringify(column)}`,
      why: "there is a text missing to judge",
      fix: "look at the line; a tab or a line break may be lost",
      at: { line },
    });
  };
  return { text: read(columns.text), ...(columns.pair !== undefined && { pair: read(columns.pair) }) };
}

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

function known(task: GlueTaskName): GlueTask {
  if (Object.hasOwn(glueTasks, task)) return glueTasks[task];
  throw new OptionError({
    what: `there is no task ${JSON.stringify(task)}`,
    why: "its columns and scores are not known",
    fix: `use one of ${Object.keys(glueTasks).join(", ")}`,
  });
}
