import { Eta } from "eta";
import type { Picture, Reproduction, Verdict } from "@xlm/tasks/reproduce";
import { STYLE } from "../report/style.js";
import { curveCharts, type CurveChart } from "./curves.js";
import {
  cellText,
  differenceTexts,
  isBest,
  missingSeeds,
  NONE,
  scoreText,
  VARIANTS,
  verdictCounts,
  whole,
} from "./format.js";
import { attentionPlot, confusionPlot, curvePlot, dotPlot, groupsOf, MANY_POINTS, mapPlot } from "./plots.js";
import { colorOf, DASHES, REPRODUCTION_STYLE, SYMBOLS } from "./style.js";
import { FIGURE, TEMPLATE, TREE } from "./template.js";

const SAMPLE_LINES = 60; // shown of one arm

interface Figure {
  readonly title: string;
  /** What is to be seen, for those who do not see it. */
  readonly about: string;
  readonly svg: string;
  readonly caption: string;
  /** Whether it needs the whole width. */
  readonly wide?: boolean;
  readonly legend?: readonly { label: string; color: string; dash?: string; letter?: string }[];
}

/** Everything a run came to as one HTML page that needs nothing beside it. All text in it is escaped. */
export function renderReproduction(data: Reproduction): string {
  const eta = new Eta({ autoEscape: true });
  const html = (figures: readonly Figure[]): string[] =>
    figures.map((figure) => eta.renderString(FIGURE, { legend: [], wide: false, ...figure }));
  const { charts, left } = curveCharts(data);
  return eta.renderString(TEMPLATE, {
    title: data.title,
    claim: data.claim,
    variant: VARIANTS[data.variant],
    counts: verdictCounts(data.verdicts),
    allHeld: data.verdicts.every(({ verdict }) => verdict === "held"),
    complete: data.complete,
    missing: missingSeeds(data),
    columns: data.columns,
    aboutTable: aboutTable(data),
    rows: tableRows(data),
    paper: data.paper,
    claims: data.verdicts.map((verdict) => claimRow(verdict, data)),
    dots: html(dotFigures(data)),
    curves: html(charts.map(curveFigure)),
    curvesLeft: left,
    pictures: pictureParts(data).map((part) => ({ ...part, figures: html(part.figures) })),
    samples: data.samples.map(({ arm, seed, lines }) => ({
      title: `${labelOf(data, arm)}, seed ${seed}`,
      lines: lines.slice(0, SAMPLE_LINES),
      left: Math.max(0, lines.length - SAMPLE_LINES),
    })),
    facts: [...data.facts, ["Seeds", data.seeds.join(", ")], ["Backend", data.backend]],
    sizes: tree(isPlain(data.sizes) ? [data.sizes] : data.sizes, eta),
    files: data.data.map((file) => ({ ...file, lines: whole(file.lines) })),
    stages: data.stages.map(({ arm, seed, name, updates, chosen, tokens, targets }) => [
      ...[labelOf(data, arm), String(seed), name],
      ...[updates, chosen, tokens, targets].map(whole),
    ]),
    style: STYLE + REPRODUCTION_STYLE,
  });
}

const labelOf = ({ rows }: Reproduction, arm: string): string => rows.find((row) => row.arm === arm)?.label ?? arm;

const columnOf = ({ columns }: Reproduction, wanted: string): Reproduction["columns"][number] =>
  columns.find(({ name }) => name === wanted) ?? { name: wanted, label: wanted, better: "higher", digits: 2 };

const aboutTable = ({ seeds }: Reproduction): string =>
  seeds.length === 1
    ? `One seed, ${seeds[0]}. The best of a column is bold.`
    : `Mean ± standard deviation over seeds ${seeds.join(", ")}, and each seed below. The best of a column is bold.`;

function tableRows({ rows, columns }: Reproduction): unknown[] {
  return rows.map((row) => ({
    label: row.label,
    cells: columns.map((column) => {
      const runs = row.runs.map(({ seed, scores }) => ({ seed, text: scoreText(scores[column.name], column.digits) }));
      return {
        text: cellText(row, column),
        best: isBest(row, column, rows),
        seeds: runs.length > 1 ? runs.map(({ text }) => text).join(" · ") : "",
        title: runs.map(({ seed, text }) => `seed ${seed}: ${text}`).join(", "),
      };
    }),
  }));
}

const LOOKS: Readonly<Record<Verdict["verdict"], { kind: string; mark: string }>> = {
  held: { kind: "held", mark: "✓" },
  "held within spread": { kind: "spread", mark: "≈" },
  "did not hold": { kind: "not", mark: "✗" },
  "not run": { kind: "open", mark: NONE },
};

const claimRow = (verdict: Verdict, data: Reproduction): unknown => ({
  ...LOOKS[verdict.verdict],
  verdict: verdict.verdict,
  text: verdict.text,
  column: columnOf(data, verdict.column).label,
  differences: differenceTexts(verdict, data.columns).join(", "),
});

/** Of the columns that claims are about. */
function dotFigures(data: Reproduction): Figure[] {
  return [...new Set(data.verdicts.map(({ column }) => column))].map((name) => {
    const column = columnOf(data, name);
    const means = data.rows.map((row) => `${row.label} ${cellText(row, column)}`).join("; ");
    return {
      title: column.label,
      about: `${column.label} by arm: ${means}`,
      svg: dotPlot(data.rows, column),
      caption: `One dot a seed; the tick and the number on the right are the mean. ${column.better === "higher" ? "Higher" : "Lower"} is better.`,
    };
  });
}

function curveFigure(chart: CurveChart): Figure {
  const labels = chart.series.map(({ label }) => label);
  return {
    title: chart.title,
    about: `${chart.title} by update, for ${labels.join(", ")}`,
    svg: curvePlot(chart),
    legend: chart.series.map(({ label, color }) => ({
      label,
      color: colorOf(color),
      dash: DASHES[color % DASHES.length]!,
    })),
    caption: `${chart.unit}, by update${chart.logarithmic ? "; logarithmic" : ""}`,
  };
}

const AXES: Readonly<Record<Picture["kind"], string>> = {
  confusion: "Rows: true class; columns: given. ",
  attention: "Rows: predicted; columns: source. ",
  map: "",
};

const WIDE = 14; // columns of cells

const PARTS: Readonly<Record<Picture["kind"], { title: string; about: string }>> = {
  confusion: {
    title: "What was taken for what",
    about:
      "Examples by their true class (rows) and the class they were given (columns), shaded by their share of the row.",
  },
  attention: {
    title: "Where the model looks",
    about:
      "Each row is a token that is predicted; the stronger the colour of a cell, the more of its attention goes to that token of the source.",
  },
  map: {
    title: "Maps of words",
    about:
      "Points that are near each other are alike to the model, as far as two dimensions can show. Faint lines join translations.",
  },
};

function pictureParts(data: Reproduction): { title: string; about: string; figures: Figure[] }[] {
  return (["confusion", "attention", "map"] as const)
    .map((kind) => ({
      ...PARTS[kind],
      figures: data.pictures
        .filter(({ picture }) => picture.kind === kind)
        .map(({ picture, arm, seed }) => ({
          title: picture.title,
          ...drawn(picture),
          caption: `${AXES[picture.kind]}${labelOf(data, arm)}, seed ${seed}`,
        })),
    }))
    .filter(({ figures }) => figures.length > 0);
}

function drawn(picture: Picture): Pick<Figure, "about" | "svg" | "legend" | "wide"> {
  switch (picture.kind) {
    case "confusion":
      return {
        about: `Confusion of ${picture.labels.join(", ")}`,
        svg: confusionPlot(picture),
        wide: picture.labels.length > WIDE,
      };
    case "attention":
      return {
        about: `Attention from “${picture.target.join(" ")}” to “${picture.source.join(" ")}”`,
        svg: attentionPlot(picture),
        wide: picture.source.length > WIDE,
      };
    case "map": {
      const legend = groupsOf(picture).map((label, i) => ({
        label,
        color: colorOf(i),
        letter: SYMBOLS[i % SYMBOLS.length]!.letter,
      }));
      return {
        about: `Map of ${picture.points.length} words in ${legend.map(({ label }) => label).join(", ")}`,
        svg: mapPlot(picture),
        wide: picture.points.length > MANY_POINTS,
        legend,
      };
    }
  }
}

/** Plain JSON as lists within lists. */
function tree(value: unknown, eta: Eta): string {
  const pairs = Array.isArray(value)
    ? value.map((item: unknown, i): [string, unknown] => [String(i + 1), item])
    : Object.entries(value as Record<string, unknown>);
  const entries = pairs.map(([key, inner]) =>
    isPlain(inner) ? { key, text: plainText(inner) } : { key, inner: tree(inner, eta) },
  );
  return eta.renderString(TREE, { entries });
}

const isPlain = (value: unknown): boolean =>
  typeof value !== "object" ||
  value === null ||
  (Array.isArray(value) ? value.every((item) => typeof item !== "object" || item === null) : false);

function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(", ") || NONE;
  if (typeof value === "number") return Number.isInteger(value) ? whole(value) : String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : NONE;
}
