import type { Figures } from "./harness.js";

interface Row {
  group: string;
  impl: string;
  runs: Figures[];
  facts: Record<string, unknown>;
}

const HEAD = ["model", "", "tokens/s", "ours x", "ms a step", "TFLOP/s", "of product", "GiB", "smi GiB"];

/** Collects runs, and shows them side by side. @param ours the contender that the others are compared with. */
export function createTable(ours: string) {
  const rows: Row[] = [];
  const find = (group: string, impl: string): Row | undefined =>
    rows.find((row) => row.group === group && row.impl === impl);
  /** The median, the upper one of an even number. */
  const middle = ({ runs }: Row, figure: string): number =>
    runs.map((run) => run[figure] as number).sort((a, b) => a - b)[runs.length >> 1] as number;
  const most = ({ runs }: Row, figure: string): number => Math.max(...runs.map((run) => run[figure] as number));

  /** The fastest square product that anybody made in this precision. */
  const markOf = (group: string): number =>
    Math.max(...rows.filter((row) => row.group === group).map(({ facts }) => Number(facts["productTflops"])));

  function cells(row: Row): string[] {
    const own = find(row.group, ours);
    const speed = middle(row, "tokensPerSecond");
    const tflops = middle(row, "tflops");
    const smi = row.facts["smiMiB"] as number | undefined;
    return [
      row.group,
      row.impl,
      speed.toFixed(0),
      own && row !== own ? (middle(own, "tokensPerSecond") / speed).toFixed(2) : "",
      middle(row, "stepMs").toFixed(1),
      tflops.toFixed(1),
      `${((100 * tflops) / markOf(row.group)).toFixed(0)} % of ${markOf(row.group).toFixed(0)}`,
      (most(row, "peakMiB") / 1024).toFixed(2),
      smi === undefined ? "" : (smi / 1024).toFixed(2),
    ];
  }

  return {
    add(group: string, impl: string, figures: Figures, facts: Record<string, unknown>): void {
      const row = find(group, impl);
      if (row) row.runs.push(figures);
      else rows.push({ group, impl, runs: [figures], facts });
    },
    /** Groups that a contender has figures in. */
    count: (impl: string): number => rows.filter((row) => row.impl === impl).length,
    text(): string {
      const all = [HEAD, ...rows.map(cells)];
      const widths = HEAD.map((_, i) => Math.max(...all.map((line) => (line[i] as string).length)));
      const lines = all.map((line) =>
        line
          .map((cell, i) => pad(cell, widths[i] as number, i))
          .join("  ")
          .trimEnd(),
      );
      const facts = rows.filter((row, i) => rows.findIndex(({ impl }) => impl === row.impl) === i);
      return [...lines, ...facts.map((row) => `${row.impl}: ${JSON.stringify(row.facts)}`)].join("\n");
    },
  };
}

const pad = (cell: string, width: number, column: number): string =>
  column < 2 ? cell.padEnd(width) : cell.padStart(width);
