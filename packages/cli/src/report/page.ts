import fs from "node:fs";
import { createRequire } from "node:module";
import { Eta } from "eta";
import { percent, ppl } from "../output.js";
import type { ReportData, Scores } from "./data.js";
import { SCRIPT } from "./script.js";
import { smooth, type ShareCheck } from "./statistics.js";
import { STYLE } from "./style.js";
import { SHARE_TABLE, TEMPLATE } from "./template.js";

/** JSON that cannot end the script element it stands in. */
export const inlineJson = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

/** uPlot's own files, so that the page needs no network. */
export function uplotFiles(): { js: string; css: string } {
  const require = createRequire(import.meta.url);
  const dist = (name: string): string => fs.readFileSync(require.resolve(`uplot/dist/${name}`), "utf8");
  return { js: dist("uPlot.iife.min.js"), css: dist("uPlot.min.css") };
}

const COLORS = ["--a", "--b", "--good", "--bad"];
const POINTS = 1500; // more than a screen has columns

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Every k-th step, so that a long run's page stays small. Objectives take turns, so k shares no factor with their number:
 * otherwise some of them would never be among the steps kept.
 */
function thin(n: number, most: number, nObjectives: number): number[] {
  let stride = Math.ceil(n / most) || 1;
  while (gcd(stride, nObjectives) !== 1) stride++;
  return [...Array(n).keys()].filter((i) => i % stride === 0 || i === n - 1);
}

function charts(data: ReportData): { steps: number[]; charts: Record<string, unknown>[] } {
  const window = Math.max(1, Math.round(data.steps.length / 40));
  const objectives = [...new Set(data.steps.map((record) => record.objective))];
  const kept = new Set(thin(data.steps.length, POINTS, objectives.length));
  const pick = <T>(values: readonly T[]): T[] => values.filter((_, i) => kept.has(i));
  const losses = objectives.flatMap((objective, i) => {
    const raw = data.steps.map((record) => (record.objective === objective ? record.loss : null));
    const color = COLORS[i % COLORS.length];
    const label = objective.toUpperCase();
    return [
      { label: `${label} batch`, values: pick(raw), color, faint: true },
      { label, values: pick(smooth(raw, window)), color },
    ];
  });
  const speeds = smooth(
    data.steps.map((record) => record.tokensPerSecond),
    window,
  );
  const line = (label: string, values: (number | null)[]): unknown[] => [{ label, values: pick(values), color: "--a" }];
  const rates = data.steps.map((record) => record.lr);
  return {
    steps: pick(data.steps.map((record) => record.step)),
    charts: [
      {
        id: "chart-loss",
        title: "Loss",
        caption: `Nats a hidden token: each batch (faint), and the mean over the last ${window} of the kind.`,
        series: losses,
        digits: 4,
        tall: true,
      },
      {
        id: "chart-lr",
        title: "Learning rate",
        caption: "As given to the optimiser.",
        series: line("rate", rates),
        digits: 3,
        zero: true,
      },
      {
        id: "chart-speed",
        title: "Speed",
        caption: `Tokens a second, mean over ${window} steps.`,
        series: line("tokens/s", speeds),
        zero: true,
      },
    ],
  };
}

/** The mean over languages or directions, for the tiles. */
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const meanPpl = ({ langs }: Scores): number => Math.exp(mean(langs.map((score) => Math.log(score.perplexity))));

function tiles({ before, after }: ReportData): unknown[] {
  const langs = after.langs.map((score) => score.lang).join(", ");
  const accuracy = (scores: Scores): string => percent(mean(scores.langs.map((score) => score.accuracy)));
  const found = (scores: Scores): string => percent(mean(scores.retrieval.map((score) => score.accuracy)));
  const sentences = after.retrieval[0]?.sentences ?? 0;
  return [
    {
      label: "Perplexity of hidden words",
      before: ppl(meanPpl(before)),
      after: ppl(meanPpl(after)),
      note: `geometric mean of ${langs}`,
    },
    { label: "Hidden words guessed", before: accuracy(before), after: accuracy(after), note: `mean of ${langs}` },
    ...(sentences > 0
      ? [
          {
            label: "Translations found",
            before: found(before),
            after: found(after),
            note: `both directions, among ${sentences}; chance is ${percent(1 / sentences)}`,
          },
        ]
      : []),
  ];
}

function scoreRows({ before, after }: ReportData): string[][] {
  const rows: string[][] = [];
  for (const [i, now] of after.langs.entries()) {
    const was = before.langs[i]!;
    const over = `${now.targets.toLocaleString("en-US")} hidden tokens`;
    rows.push([`${now.lang} perplexity`, ppl(was.perplexity), ppl(now.perplexity), "", over]);
    rows.push([`${now.lang} accuracy`, percent(was.accuracy), percent(now.accuracy), "", over]);
  }
  for (const [i, now] of after.retrieval.entries()) {
    const was = before.retrieval[i]!;
    const over = `${now.sentences.toLocaleString("en-US")} sentences`;
    rows.push([
      `${now.from} \u2192 ${now.to} retrieval`,
      percent(was.accuracy),
      percent(now.accuracy),
      percent(1 / now.sentences),
      over,
    ]);
  }
  return rows;
}

/** The interval drawn in the middle third of its track, so that a share outside has room to show it. */
function shareRow({ label, expected, seen, low, high, n }: ShareCheck): Record<string, unknown> {
  const reach = Math.max(expected - low, high - expected) || 1;
  const place = (value: number): number => Math.min(98, Math.max(2, 50 + (value - expected) * (100 / 6 / reach)));
  const digits = n > 20_000 ? 2 : 1;
  const share = (value: number): string => `${(100 * value).toFixed(digits)} %`;
  return {
    label,
    expected: share(expected),
    seen: share(seen),
    interval: `${share(low)} to ${share(high)}`,
    n: n.toLocaleString("en-US"),
    inside: seen >= low && seen <= high,
    left: place(low),
    width: place(high) - place(low),
    dot: place(seen),
  };
}

/** The report as one HTML page that needs nothing beside it. All text in it is escaped. */
export function renderReport(data: ReportData): string {
  const eta = new Eta({ autoEscape: true });
  const uplot = uplotFiles();
  const curves = charts(data);
  return eta.renderString(TEMPLATE, {
    title: data.title,
    lead: "Cross-lingual language model pretraining (Lample & Conneau 2019), small.",
    facts: data.facts,
    tiles: tiles(data),
    scores: scoreRows(data),
    noRetrieval: data.after.retrieval.length === 0,
    charts: curves.charts,
    masking: data.masking,
    sampling: data.sampling,
    words: data.words,
    shareTable: (shares: readonly ShareCheck[]) => eta.renderString(SHARE_TABLE, { rows: shares.map(shareRow) }),
    style: STYLE,
    script: SCRIPT,
    uplotCss: uplot.css,
    uplotJs: uplot.js,
    curvesJson: inlineJson(curves),
  });
}
