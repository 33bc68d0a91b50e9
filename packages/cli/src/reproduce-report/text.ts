import type { Reproduction, Row } from "@xlm/tasks/reproduce";
import { table } from "../output.js";
import { cellText, differenceTexts, isBest, missingSeeds, VARIANTS, whole } from "./format.js";

/** The table and what became of the claims, for a terminal. */
export function reproductionText({ columns, rows, verdicts }: Reproduction): string {
  const cells = rows.map((row) => [row.label, ...columns.map((column) => cellText(row, column))]);
  const claims = verdicts.map((verdict) => {
    const by = differenceTexts(verdict, columns).join(", ");
    return `${verdict.verdict} in ${labelOf(columns, verdict.column)}: ${verdict.text}${by && ` (${by})`}\n`;
  });
  return `${table([["", ...columns.map(({ label }) => label)], ...cells])}\n${claims.join("")}`;
}

/** The same as a section of a Markdown document, with what was run and the paper's own table. */
export function reproductionMarkdown(data: Reproduction): string {
  const { title, claim, columns, rows, verdicts, paper, facts } = data;
  const cell = (row: Row, i: number): string => {
    const text = cellText(row, columns[i]!);
    return isBest(row, columns[i]!, rows) ? `**${text}**` : text;
  };
  const claims = verdicts.map((verdict) => {
    const by = differenceTexts(verdict, columns);
    return `- **${verdict.verdict}** in ${escaped(labelOf(columns, verdict.column))}: ${escaped(verdict.text)}${by.length > 0 ? ` (by seed: ${by.join(", ")})` : ""}\n`;
  });
  const missing = missingSeeds(data).map((row) => `${escaped(row.label)} lacks seed ${row.seeds.join(", ")}`);
  return [
    `## ${escaped(title)}\n`,
    `${escaped(claim)}\n`,
    `${ranWith(data)}\n`,
    ...(facts.length > 0 ? [`${facts.map(([label, value]) => escaped(`${label}: ${value}`)).join(". ")}.\n`] : []),
    `Sizes: \`${JSON.stringify(data.sizes).replaceAll("`", "'")}\`\n`,
    ...(missing.length > 0 ? [`Not finished: ${missing.join("; ")}.\n`] : []),
    markdownTable([
      ["", ...columns.map(({ label }) => escaped(label))],
      ...rows.map((row) => [escaped(row.label), ...columns.map((_, i) => cell(row, i))]),
    ]),
    `The paper's own, ${escaped(paper.source)}:\n`,
    markdownTable([paper.header, ...paper.rows].map((row) => row.map(escaped))),
    claims.join(""),
  ].join("\n");
}

const labelOf = (columns: Reproduction["columns"], name: string): string =>
  columns.find((column) => column.name === name)?.label ?? name;

/** One sentence on data and sizes. */
function ranWith({ variant, data, rows, seeds, stages, backend }: Reproduction): string {
  const lines = data.reduce((sum, file) => sum + file.lines, 0);
  const arms = rows.map(({ arm, label }) => {
    const own = stages.filter((stage) => stage.arm === arm);
    const nSeeds = new Set(own.map(({ seed }) => seed)).size;
    if (nSeeds === 0) return `${escaped(label)} none of its own`;
    const each = (of: "updates" | "targets"): string =>
      whole(Math.round(own.reduce((sum, stage) => sum + stage[of], 0) / nSeeds));
    return `${escaped(label)} ${each("updates")} updates on ${each("targets")} target tokens`;
  });
  const shown = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(", ")}`;
  return (
    `Run ${VARIANTS[variant]}: ${whole(lines)} lines in ${data.length} file${data.length === 1 ? "" : "s"}; training, with one seed: ` +
    `${arms.join("; ")} (work that arms share counts in the first of them); ${shown}; backend ${escaped(backend)}.`
  );
}

/** Text that Markdown shows as it is, in a cell too. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]<>|]/g, "\\$&").replace(/\s+/g, " ");

/** Columns as prettier would set them: the first flush left, the others flush right. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const nColumns = Math.max(...rows.map((row) => row.length));
  const length = (text: string): number => [...text].length;
  const widths = Array.from({ length: nColumns }, (_, i) => Math.max(3, ...rows.map((row) => length(row[i] ?? ""))));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const [head = "", ...body] = rows.map((row) =>
    line(
      widths.map((width, i) => {
        const space = " ".repeat(width - length(row[i] ?? ""));
        return i === 0 ? (row[i] ?? "") + space : space + (row[i] ?? "");
      }),
    ),
  );
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return head + rule + body.join("");
}
