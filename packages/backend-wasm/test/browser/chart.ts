import type { Step } from "./messages.js";

/** Height of the chart, in pixels as its width. */
export const HEIGHT = 260;
const LEFT = 28;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 26;
/** Steps of one objective whose mean makes a point of its line. */
const WINDOW = 8;
/** Points of a line, at most. */
const POINTS = 240;

export interface Series {
  readonly objective: string;
  readonly points: readonly { update: number; loss: number }[];
}

/** A line of running means for each objective, thinned. */
export function lossSeries(steps: readonly Step[]): Series[] {
  return [...new Set(steps.map(({ objective }) => objective))].sort().map((objective) => {
    const own = steps.filter((step) => step.objective === objective);
    const every = Math.ceil(own.length / POINTS);
    const points = own.flatMap(({ update }, i) => {
      if (i % every !== 0 && i !== own.length - 1) return [];
      const window = own.slice(Math.max(0, i - WINDOW + 1), i + 1);
      return [{ update, loss: window.reduce((sum, { loss }) => sum + loss, 0) / window.length }];
    });
    return { objective, points };
  });
}

/** About `n` round numbers from 0 to `most`. */
function ticks(most: number, n: number): number[] {
  const rough = most / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

/**
 * The inside of an `svg`: loss by update, a line an objective, and the loss of one who guesses blindly.
 * @param chance that loss, in nats.
 */
export function drawLosses(series: readonly Series[], chance: number, width: number): string {
  const all = series.flatMap(({ points }) => points);
  const right = Math.max(20, ...all.map(({ update }) => update));
  const top = Math.max(chance * 1.12, ...all.map(({ loss }) => loss));
  const x = (update: number): string => (LEFT + (update / right) * (width - LEFT - RIGHT)).toFixed(1);
  const y = (loss: number): string => (HEIGHT - BOTTOM - (loss / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const across = (loss: number, name: string): string =>
    `<line class="${name}" x1="${LEFT}" x2="${width - RIGHT}" y1="${y(loss)}" y2="${y(loss)}"/>`;
  return [
    ...ticks(top, 4).map(
      (loss) => `${across(loss, "grid")}<text class="y" x="${LEFT - 8}" y="${y(loss)}">${loss}</text>`,
    ),
    ...ticks(right, 5).map((update) => `<text class="x" x="${x(update)}" y="${HEIGHT - 8}">${update}</text>`),
    across(chance, "chance"),
    `<text class="end" x="${width - RIGHT}" y="${Number(y(chance)) - 5}">chance</text>`,
    ...series.map(({ objective, points }) => {
      const line = points.map(({ update, loss }) => `${x(update)},${y(loss)}`).join(" ");
      return `<polyline class="${objective}" points="${line}"/>`;
    }),
  ].join("");
}
