import type { CurvePoint, Reproduction, Stage } from "@xlm/tasks/reproduce";
import { isScore } from "./format.js";

/** Lines of one colour: an arm or a name, with every seed. */
export interface Series {
  readonly label: string;
  /** Place in the palette. */
  readonly color: number;
  readonly lines: readonly {
    readonly seed: number;
    readonly points: readonly { readonly x: number; readonly y: number }[];
    /** The point whose weights were chosen. */
    readonly chosen?: { readonly x: number; readonly y: number };
  }[];
}

export interface CurveChart {
  readonly title: string;
  readonly unit: string;
  /** Whether values are so far apart that only their ratios can be seen. */
  readonly logarithmic: boolean;
  readonly series: readonly Series[];
}

const POINTS = 10_000; // of all lines together: about 150 kB
const CHARTS = 36;

/**
 * Learning curves by kind of stage: first what was learnt from, then what was scored. Arms that do the same kind of work share a chart;
 * with several losses or scores of a sort, each has a chart of its own then.
 */
export function curveCharts({ stages, rows }: Reproduction): { charts: CurveChart[]; left: number } {
  const kinds = groupBy(stages, kindOf);
  const charts = [...kinds].flatMap(([kind, of]) => [
    ...chartsOf(
      kind,
      of,
      rows,
      ({ losses }) => losses,
      () => "nats a target",
    ),
    ...chartsOf(kind, of, rows, ({ scores }) => scores, unitOf),
  ]);
  const kept = charts.slice(0, CHARTS);
  const nLines = kept.flatMap(({ series }) => series.flatMap(({ lines }) => lines)).length;
  const most = Math.max(10, Math.floor(POINTS / nLines));
  return { charts: kept.map((chart) => thinned(chart, most)), left: charts.length - kept.length };
}

/** A stage's name without seed and arm, so that arms meet: `en-fr/mlm` of `seed-1/en-fr/mlm`. */
const kindOf = ({ name, arm }: Stage): string =>
  name
    .split("/")
    .filter((part) => !/^seed-\d+$/.test(part) && part !== arm)
    .join("/") || "training";

/** What comes last in the original's names of scores: `ppl` of `valid_en_mlm_ppl`. */
const unitOf = (name: string): string => (name.includes("_") ? name.slice(name.lastIndexOf("_") + 1) : "score");

function chartsOf(
  kind: string,
  stages: readonly Stage[],
  rows: Reproduction["rows"],
  values: (point: CurvePoint) => CurvePoint["scores"],
  unit: (name: string) => string,
): CurveChart[] {
  const names = [...new Set(stages.flatMap(({ curve }) => curve.flatMap((point) => Object.keys(values(point)))))];
  const arms = [...groupBy(stages, ({ arm }) => arm)];
  const linesOf = (of: readonly Stage[], name: string): Series["lines"] =>
    of.map(({ seed, curve, chosen }) => {
      const points = curve.map((point) => ({ x: point.update, y: values(point)[name] })).filter(isPoint);
      const at = points.find(({ x }) => x === chosen);
      return { seed, points, ...(at && { chosen: at }) };
    });
  return [...groupBy(names, unit)].flatMap(([sort, alike]) => {
    const chart = (what: string, series: readonly Series[]): CurveChart => ({
      title: `${kind}: ${what}`,
      unit: sort,
      logarithmic: isWide(series),
      series,
    });
    if (arms.length === 1 && alike.length > 1) {
      const series = alike.map((name, color) => ({ label: name, color, lines: linesOf(stages, name) }));
      return [chart(sort === "nats a target" ? "loss" : sort, series)];
    }
    return alike.map((name) =>
      chart(
        sort === "nats a target" ? `loss of ${name}` : name,
        arms.map(([arm, of]) => {
          const at = rows.findIndex((row) => row.arm === arm);
          return { label: rows[at]?.label ?? arm, color: Math.max(0, at), lines: linesOf(of, name) };
        }),
      ),
    );
  });
}

const isPoint = (point: { x: number; y: number | undefined }): point is { x: number; y: number } => isScore(point.y);

function isWide(series: readonly Series[]): boolean {
  const ys = series.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ y }) => y)));
  const low = ys.reduce((least, y) => Math.min(least, y), Infinity);
  return low > 0 && ys.some((y) => y > 20 * low);
}

/** Every k-th point and the last. */
function thinned(chart: CurveChart, most: number): CurveChart {
  const few = <T>(points: readonly T[]): T[] => {
    const stride = Math.ceil(points.length / most) || 1;
    return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
  };
  const series = chart.series.map((one) => ({
    ...one,
    lines: one.lines.map((line) => ({ ...line, points: few(line.points) })),
  }));
  return { ...chart, series };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
