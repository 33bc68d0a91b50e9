import type { Lab, Scores } from "./lab.js";

/** Reads the lines of a data file by its name in the data folder, such as `"multi30k/train.en"`. @throws DataError (`XLM_DATA`) */
export type ReadLines = (name: string) => readonly string[];

/** Whether an experiment runs on the paper's kind of data (`--data DIR`), or in small on the text that may be shipped. */
export type Variant = "full" | "shipped";

/** A column of the table. */
export interface Column {
  /** The key of a score, such as `"en-fr"`. */
  readonly name: string;
  readonly label: string;
  readonly better: "higher" | "lower";
  /** Digits behind the point. */
  readonly digits: number;
}

/** "`better` scores better than `worse`", read in one column. */
export interface Claim {
  readonly text: string;
  readonly better: string;
  readonly worse: string;
  readonly column: string;
}

/** What the paper reports, for the eye: rows of cells as they are printed there. */
export interface PaperTable {
  readonly source: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Something to look at. */
export type Picture =
  | {
      readonly kind: "confusion";
      readonly title: string;
      readonly labels: readonly string[];
      /** `[gold][predicted]` examples. */
      readonly counts: readonly (readonly number[])[];
    }
  | {
      readonly kind: "attention";
      readonly title: string;
      readonly source: readonly string[];
      readonly target: readonly string[];
      /** `[target][source]`, each row adds up to 1. */
      readonly weights: readonly (readonly number[])[];
    }
  | {
      readonly kind: "map";
      readonly title: string;
      readonly points: readonly {
        readonly x: number;
        readonly y: number;
        readonly label: string;
        readonly group: string;
      }[];
      /** Pairs of points to join, such as a word and its translation. */
      readonly links: readonly (readonly [number, number])[];
    };

/** What an arm came to with one seed. Plain JSON. */
export interface ArmResult {
  /** One score for each column. */
  readonly scores: Scores;
  /** Pictures of this arm; shown of one seed. */
  readonly pictures?: readonly Picture[];
  /** Lines for the reader, such as a translation beside its reference. */
  readonly samples?: readonly (readonly [label: string, text: string])[];
}

/** An experiment with its text read: what is compared, and how one arm is run. */
export interface Experiment {
  /** Rows of the table, worst first by the claim. */
  readonly arms: readonly { readonly name: string; readonly label: string }[];
  readonly columns: readonly Column[];
  readonly claims: readonly Claim[];
  /** What was read and made of it: label and value. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Runs one arm. Work that arms share has the same name in the lab and is done once a seed. */
  run(lab: Lab, arm: string, seed: number): Promise<ArmResult>;
}

/**
 * A table of the paper that can be made again.
 * @typeParam S every size and rate that decides the result, plain JSON.
 */
export interface ExperimentKind<S = unknown> {
  /** As `xlm reproduce NAME` calls it. */
  readonly name: string;
  readonly title: string;
  /** What the paper claims, in words. */
  readonly claim: string;
  readonly paper: PaperTable;
  /** Of the runs that are reported (`full`), and of the one that needs no data but what is shipped. */
  readonly sizes: Readonly<Record<Variant, S>>;
  /**
   * Reads text and learns codes: the same for all seeds.
   * @throws DataError (`XLM_DATA`) for text that is missing or of another form.
   */
  open(read: ReadLines, variant: Variant, sizes: S): Experiment;
}
