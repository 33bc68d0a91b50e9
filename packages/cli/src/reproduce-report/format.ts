import type { Column, Reproduction, Row, Verdict } from "@xlm/tasks/reproduce";

/** What stands where there is nothing to say. */
export const NONE = "–";

/** A whole number, thousands set apart. */
export const whole = (n: number): string => n.toLocaleString("en-US");

export const isScore = (value: number | null | undefined): value is number => Number.isFinite(value);

/** A score with its column's digits; one that is missing or no number (null, once it was JSON) is a dash. */
export const scoreText = (value: number | null | undefined, digits: number): string =>
  isScore(value) ? value.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1") : NONE;

/** `34.1 ± 0.4`. One seed has no spread. */
export function cellText({ mean, spread, runs }: Row, { name, digits }: Column): string {
  const middle = scoreText(mean[name], digits);
  return middle === NONE || runs.length < 2 ? middle : `${middle} ± ${scoreText(spread[name], digits)}`;
}

/** Whether a row's mean is the best of its column, as far as is printed. */
export function isBest(row: Row, { name, better, digits }: Column, rows: readonly Row[]): boolean {
  const means = rows.map(({ mean }) => mean[name]).filter(isScore);
  const best = better === "higher" ? Math.max(...means) : Math.min(...means);
  return isScore(row.mean[name]) && scoreText(row.mean[name], digits) === scoreText(best, digits);
}

/** `+1.2` or `-0.3`; `-0.0` is less than nothing. */
const signed = (value: number, digits: number): string =>
  (value > 0 ? "+" : value < 0 ? "-" : "") + scoreText(Math.abs(value), digits);

/** By how much a claim held, seed by seed, in the digits of its column. */
export function differenceTexts({ differences, column }: Verdict, columns: readonly Column[]): string[] {
  const digits = columns.find(({ name }) => name === column)?.digits ?? 2;
  return differences.map((value) => signed(value, digits));
}

/** How many claims came to each verdict, in words: `2 of 3 claims held`, `1 held within spread`. */
export function verdictCounts(verdicts: readonly Verdict[]): { held: string; others: string[] } {
  const count = (wanted: Verdict["verdict"]): number => verdicts.filter(({ verdict }) => verdict === wanted).length;
  const others = (["held within spread", "did not hold", "not run"] as const).filter((wanted) => count(wanted) > 0);
  return {
    held: `${count("held")} of ${verdicts.length} claims held`,
    others: others.map((wanted) => `${count(wanted)} ${wanted}`),
  };
}

/** Rows that were not run with every seed, and the seeds they lack. */
export const missingSeeds = ({ rows, seeds }: Reproduction): { label: string; seeds: number[] }[] =>
  rows
    .map(({ label, runs }) => ({ label, seeds: seeds.filter((seed) => !runs.some((run) => run.seed === seed)) }))
    .filter((row) => row.seeds.length > 0);

export const VARIANTS: Readonly<Record<Reproduction["variant"], string>> = {
  full: "on the paper's kind of data",
  shipped: "in small, on the text that is shipped",
};
