import * as Plot from "@observablehq/plot";
import type { Column, Picture, Row } from "@xlm/tasks/reproduce";
import { parseHTML } from "linkedom";
import type { CurveChart } from "./curves.js";
import { isScore, scoreText, whole } from "./format.js";
import { placeLabels, textWidth } from "./labels.js";
import { colorOf, DASHES, SYMBOLS } from "./style.js";

const FONT = 12;
const WIDTH = 380; // as wide as a telephone: letters keep their size there
const [INK, DIM, LINE] = ["var(--ink)", "var(--dim)", "var(--line)"];

/** An SVG that grows and shrinks with the page, as far as its letters stay readable, in the page's own colours. */
function draw(options: Plot.PlotOptions & { readonly width: number }): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ ...options, document, style: { fontSize: `${FONT}px` } });
  svg.setAttribute(
    "style",
    `min-width:${Math.round(options.width * 0.75)}px;max-width:${Math.round(options.width * 1.4)}px`,
  );
  svg.querySelector("style")?.remove(); // the page's style says it once
  // Hundredths of a pixel are enough. Inside tags there are only numbers and colours of ours.
  return svg.outerHTML.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/\d+\.\d{3,}/g, (number) => String(+(+number).toFixed(2))),
  );
}

const shortened = (text: string, most: number): string =>
  [...text].length <= most ? text : `${[...text].slice(0, most - 1).join("")}…`;

const ROW = 46;

/** One dot a seed, a tick for the mean: arms from top to bottom as in the table, each under its name. */
export function dotPlot(rows: readonly Row[], { name, digits }: Column): string {
  const dots = rows.flatMap(({ arm, runs }) =>
    runs.flatMap(({ seed, scores }) => {
      const x = scores[name];
      return isScore(x) ? [{ arm, x, title: `seed ${seed}: ${scoreText(x, digits)}` }] : [];
    }),
  );
  const xs = dots.map(({ x }) => x);
  const [low, high] = xs.length > 0 ? [Math.min(...xs), Math.max(...xs)] : [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  const means = rows.map(({ arm, label, mean }) => ({ arm, label, mean: mean[name] }));
  return draw({
    width: WIDTH,
    height: rows.length * ROW + 40,
    margin: 10,
    marginBottom: 30,
    x: { domain: [low - room, high + room], label: null, ticks: 5, tickSize: 0 },
    y: { domain: rows.map(({ arm }) => arm), axis: null, padding: 0 },
    marks: [
      Plot.gridX({ stroke: LINE, strokeOpacity: 1, ticks: 5 }),
      Plot.ruleY(means, { y: "arm", dy: 10, stroke: LINE }),
      Plot.text(means, {
        ...{ y: "arm", dy: -9, frameAnchor: "left", fill: INK, stroke: "var(--card)", strokeWidth: 4 },
        text: ({ label }: { label: string }) => shortened(label, 42),
        title: "label",
      }),
      Plot.text(means, {
        ...{ y: "arm", dy: -9, frameAnchor: "right", fill: DIM, stroke: "var(--card)", strokeWidth: 4 },
        text: ({ mean }: { mean?: number }) => scoreText(mean, digits),
      }),
      Plot.tickX(
        means.filter(({ mean }) => isScore(mean)),
        { x: "mean", y: "arm", stroke: INK, strokeWidth: 2, insetTop: 24, insetBottom: 4 },
      ),
      Plot.dot(dots, { x: "x", y: "arm", dy: 10, r: 4.5, fill: colorOf(0), fillOpacity: 0.65, title: "title" }),
    ],
  });
}

/** Values by update, one line a seed; a dot where the weights were chosen. */
export function curvePlot({ series, logarithmic }: CurveChart): string {
  const flat = series.flatMap(({ lines, color }) =>
    lines.flatMap(({ points }, line) => points.map((point) => ({ ...point, line, color }))),
  );
  const chosen = series.flatMap(({ lines, color }) =>
    lines.flatMap((line) => (line.chosen ? [{ ...line.chosen, color }] : [])),
  );
  const ticks = logarithmic ? decades(flat.map(({ y }) => y)) : 5;
  return draw({
    width: WIDTH,
    height: 230,
    ...{ marginLeft: 46, marginRight: 12, marginTop: 12, marginBottom: 36 },
    x: { label: "update", labelArrow: "none", ticks: 5, tickSize: 0, tickFormat: short, labelOffset: 34 },
    y: {
      ...{ label: null, ticks, tickSize: 0, tickFormat: short, nice: true },
      type: logarithmic ? "log" : "linear",
    },
    marks: [
      Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks }),
      ...series.map(({ color }) =>
        Plot.line(
          flat.filter((point) => point.color === color),
          {
            ...{ x: "x", y: "y", z: "line", stroke: colorOf(color), strokeWidth: 1.6, strokeOpacity: 0.85 },
            strokeDasharray: DASHES[color % DASHES.length]!,
          },
        ),
      ),
      Plot.dot(chosen, { x: "x", y: "y", r: 2.8, fill: ({ color }: { color: number }) => colorOf(color) }),
    ],
    color: { type: "identity" },
  });
}

/** Powers of ten around the values, and twice and five times as much where there are few of them. */
function decades(values: readonly number[]): number[] {
  const logs = values.map(Math.log10);
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))];
  const powers = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return high - low > 2
    ? powers
    : powers.flatMap((power, i) => (i < high - low ? [power, 2 * power, 5 * power] : [power]));
}

/** `12k` for 12000. */
const short = (value: number): string =>
  Math.abs(value) >= 1000 ? `${whole(value / 1000)}k` : String(+value.toPrecision(3));

/** A table of cells, shaded by `share`, with the names of rows on the left and of columns below. */
function cells(
  values: readonly { row: number; column: number; share: number; text: string; title: string }[],
  names: { readonly rows: readonly string[]; readonly columns: readonly string[] },
): string {
  const most = 18;
  const shorten = (texts: readonly string[]): string[] => texts.map((text) => shortened(text, most));
  const [rows, columns] = [shorten(names.rows), shorten(names.columns)];
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => textWidth(text, FONT)));
  const written = longest(values.map(({ text }) => text));
  const left = Math.ceil(longest(rows)) + 14;
  const size = Math.min(64, Math.max(20, Math.ceil(written) + 8, Math.floor((WIDTH - left - 10) / columns.length)));
  const turned = longest(columns) + 6 > size;
  const below = turned ? Math.ceil(longest(columns) * 0.77) + 22 : 24;
  const right = turned ? 14 : 10;
  const high = Math.min(size, 34);
  return draw({
    width: Math.max(left + size * columns.length + right, 240),
    height: 6 + high * rows.length + below,
    ...{ marginLeft: left, marginRight: right, marginTop: 6, marginBottom: below, padding: 0 },
    x: { ...axis(columns), ...(turned && { tickRotate: -50 }) },
    y: axis(rows),
    marks: [
      Plot.cell(values, {
        x: "column",
        y: "row",
        fill: colorOf(0),
        fillOpacity: { value: ({ share }: { share: number }) => share * (written > 0 ? 0.6 : 0.95), scale: null },
        stroke: LINE,
        strokeWidth: 0.5,
        title: "title",
      }),
      ...(written > 0 ? [Plot.text(values, { x: "column", y: "row", text: "text", fill: INK })] : []),
    ],
  });
}

/** Places are numbers, since a name may come twice. */
const axis = (names: readonly string[]): Plot.ScaleOptions => ({
  ...{ type: "band", domain: [...names.keys()], tickSize: 0, label: null },
  tickFormat: (i: number) => names[i] ?? "",
});

type Of<K extends Picture["kind"]> = Extract<Picture, { kind: K }>;

/** Counts, shaded by their share of the row. */
export function confusionPlot({ labels, counts }: Of<"confusion">): string {
  const values = counts.flatMap((row, gold) => {
    const sum = row.reduce((total, n) => total + n, 0) || 1;
    return row.map((n, predicted) => ({
      ...{ row: gold, column: predicted, share: n / sum, text: whole(n) },
      title: `${labels[gold]} taken for ${labels[predicted]}: ${whole(n)} (${((100 * n) / sum).toFixed(0)} %)`,
    }));
  });
  return cells(values, { rows: labels, columns: labels });
}

/** Where each target token looked. */
export function attentionPlot({ source, target, weights }: Of<"attention">): string {
  const values = weights.flatMap((row, i) =>
    row.map((weight, j) => ({
      ...{ row: i, column: j, share: isScore(weight) ? weight : 0, text: "" },
      title: `${target[i]} → ${source[j]}: ${scoreText(weight, 2)}`,
    })),
  );
  return cells(values, { rows: target, columns: source });
}

/** Many words need more room. */
const mapSize = (nPoints: number): { width: number; height: number; fontSize: number } =>
  nPoints > MANY_POINTS ? { width: 640, height: 520, fontSize: 11 } : { width: 400, height: 360, fontSize: 11 };

export const MANY_POINTS = 40;

/** Groups of a map in the order they come, each with its own colour and shape. */
export const groupsOf = ({ points }: Of<"map">): string[] => [...new Set(points.map(({ group }) => group))];

/** Points with their names, as far as there is room for them, and faint links. */
export function mapPlot(picture: Of<"map">): string {
  const groups = groupsOf(picture);
  const box = mapSize(picture.points.length);
  const toPixels = (axis: "x" | "y", size: number): ((value: number) => number) => {
    const values = picture.points.map((point) => point[axis]).filter(isScore);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value) => 14 + ((value - low) / (high - low || 1)) * (size - 28);
  };
  const [x, y] = [toPixels("x", box.width), toPixels("y", box.height)];
  const dots = picture.points.map((point) => ({
    ...point,
    x: x(point.x),
    y: box.height - y(point.y),
    title: `${point.label} (${point.group})`,
  }));
  const links = picture.links.map(([a, b]) => ({ x1: dots[a]?.x, y1: dots[a]?.y, x2: dots[b]?.x, y2: dots[b]?.y }));
  const labels = placeLabels(dots, box).map(({ index, dx, dy, anchor }) => {
    const { x: px, y: py, label, group } = dots[index]!;
    return { x: px + dx, y: py + dy, label, group, anchor };
  });
  return draw({
    ...box,
    margin: 0,
    x: { domain: [0, box.width], axis: null },
    y: { domain: [box.height, 0], axis: null },
    color: { type: "ordinal", domain: groups, range: groups.map((_, i) => colorOf(i)) },
    symbol: { domain: groups, range: groups.map((_, i) => SYMBOLS[i % SYMBOLS.length]!.name) },
    marks: [
      Plot.link(links, { x1: "x1", y1: "y1", x2: "x2", y2: "y2", stroke: DIM, strokeOpacity: 0.3 }),
      Plot.dot(dots, { x: "x", y: "y", fill: "group", symbol: "group", r: 3.5, title: "title" }),
      ...(["start", "end", "middle"] as const).map((side) =>
        Plot.text(
          labels.filter(({ anchor }) => anchor === side),
          { x: "x", y: "y", text: "label", textAnchor: side, fontSize: box.fontSize, fill: "group" },
        ),
      ),
    ],
  });
}
