import type { Claim, Column, PaperTable, Picture, Variant } from "./experiment.js";
import type { Scores, TrainingRecord } from "./lab.js";

/** How a claim fared over seeds. */
export interface Verdict extends Claim {
  /** For each seed, by how much `better` is better; below 0 it is worse. */
  readonly differences: readonly number[];
  /**
   * `"held"`: better with every seed. `"held within spread"`: better in the mean, not with every seed. `"did not hold"`: not better in the
   * mean. `"not run"`: a score is missing.
   */
  readonly verdict: "held" | "held within spread" | "did not hold" | "not run";
}

/** A row of the table. */
export interface Row {
  readonly arm: string;
  readonly label: string;
  /** In the order of seeds; those not run are left out. */
  readonly runs: readonly { readonly seed: number; readonly scores: Scores }[];
  /** Over seeds, by column; absent where a score is no number. */
  readonly mean: Scores;
  /** Standard deviation of a sample; 0 with one seed. */
  readonly spread: Scores;
}

/** A stage of training, as it went in one arm and seed. Stages that arms share stand in the first one. */
export interface Stage extends TrainingRecord {
  readonly arm: string;
  readonly seed: number;
}

/** Everything a run came to: what is written as JSON and shown as a page. */
export interface Reproduction {
  readonly format: "xlm-reproduction";
  readonly version: 1;
  readonly experiment: string;
  readonly title: string;
  readonly claim: string;
  readonly variant: Variant;
  readonly backend: string;
  readonly seeds: readonly number[];
  /** Sizes and rates that decide the result. */
  readonly sizes: unknown;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Files read, with the SHA-256 of their lines joined by line ends. */
  readonly data: readonly { readonly name: string; readonly lines: number; readonly sha256: string }[];
  /** Whether every arm was run with every seed. */
  readonly complete: boolean;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
  readonly paper: PaperTable;
  readonly stages: readonly Stage[];
  readonly pictures: readonly { readonly arm: string; readonly seed: number; readonly picture: Picture }[];
  readonly samples: readonly {
    readonly arm: string;
    readonly seed: number;
    readonly lines: readonly (readonly [label: string, text: string])[];
  }[];
}

/** Mean and spread over seeds. */
export function rowOf(
  { name, label }: { name: string; label: string },
  columns: readonly Column[],
  runs: Row["runs"],
): Row {
  const mean: Record<string, number> = {};
  const spread: Record<string, number> = {};
  for (const column of columns) {
    const values = runs.map(({ scores }) => scores[column.name]).filter(isNumber);
    if (values.length === 0 || values.length < runs.length) continue;
    const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    mean[column.name] = middle;
    spread[column.name] = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  }
  return { arm: name, label, runs, mean, spread };
}

/** Looks up what became of a claim, seed by seed. */
export function judge(claim: Claim, columns: readonly Column[], rows: readonly Row[]): Verdict {
  const isLower = columns.find(({ name }) => name === claim.column)?.better === "lower";
  const runsOf = (arm: string): Row["runs"] => rows.find((row) => row.arm === arm)?.runs ?? [];
  const others = new Map(runsOf(claim.worse).map(({ seed, scores }) => [seed, scores[claim.column]]));
  const differences = runsOf(claim.better).flatMap(({ seed, scores }) => {
    const [own, other] = [scores[claim.column], others.get(seed)];
    return isNumber(own) && isNumber(other) ? [isLower ? other - own : own - other] : [];
  });
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const verdict =
    differences.length === 0
      ? "not run"
      : differences.every((value) => value > 0)
        ? "held"
        : mean > 0
          ? "held within spread"
          : "did not hold";
  return { ...claim, differences, verdict };
}

/** What was NaN comes back from a store as null. */
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
