import { OptionError } from "@xlm/core";

/** What an evaluation found, by name: the original's are such as `"valid_en_mlm_ppl"`. */
export type Scores = Readonly<Record<string, number>>;

/** A score that models are chosen by, and which way it gets better. */
export interface Metric {
  readonly name: string;
  readonly better: "higher" | "lower";
}

/** Training stops when `metric` has not improved in more than `patience` evaluations in a row. */
export interface StoppingCriterion {
  readonly metric: Metric;
  readonly patience: number;
}

/** What models are chosen by, and what ends the search. */
export interface Criteria {
  readonly metrics: readonly Metric[];
  readonly stopping?: StoppingCriterion | undefined;
}

/** Where the choice of a model stands. Plain JSON. */
export interface Selection {
  /** The best score so far of each metric, by its name as it is written in a flag. */
  readonly best: Readonly<Record<string, number>>;
  /** Evaluations in a row in which the stopping criterion did not improve (the original's `decrease_counts`). */
  readonly notBetter: number;
}

const NAME = /^[A-Za-z0-9][\w.-]*$/; // it becomes part of a folder's name

/**
 * Reads metrics as the original's `--validation_metrics` are written: `"_valid_mlm_ppl,valid_en-fr_mt_bleu"`. With `_` in front, lower is
 * better.
 * @returns none for an empty text.
 * @throws OptionError (`XLM_OPTION`) for a metric without a name, or named twice.
 */
export function parseMetrics(text: string): Metric[] {
  const metrics = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseMetric(part.trim()));
  const twice = metrics.find(({ name }, i) => metrics.findIndex((other) => other.name === name) < i);
  if (twice === undefined) return metrics;
  throw new OptionError({
    what: `the metric ${JSON.stringify(twice.name)} is named twice`,
    why: "there is one best model for each metric",
    fix: "name it once",
  });
}

/**
 * Reads a criterion as the original's `--stopping_criterion` is written: `"_valid_mlm_ppl,10"`.
 * @throws OptionError (`XLM_OPTION`) for another form, and for a patience that is not a whole number of 0 or more.
 */
export function parseCriterion(text: string): StoppingCriterion {
  const [metric = "", patience = "", ...rest] = text.split(",").map((part) => part.trim());
  if (/^\d+$/.test(patience) && Number.isSafeInteger(Number(patience)) && rest.length === 0) {
    return { metric: parseMetric(metric), patience: Number(patience) };
  }
  throw new OptionError({
    what: `the stopping criterion is ${JSON.stringify(text)}`,
    why: "it is a metric, and how many evaluations without improvement are borne, a whole number",
    fix: 'write it as "_valid_mlm_ppl,10"',
  });
}

function parseMetric(text: string): Metric {
  const better = text.startsWith("_") ? "lower" : "higher";
  const name = better === "lower" ? text.slice(1) : text;
  if (NAME.test(name)) return { name, better };
  throw new OptionError({
    what: `a metric is named ${JSON.stringify(text)}`,
    why: "folders are named after metrics: letters, digits, _ . -",
    fix: 'write it as "valid_en-fr_mt_bleu", or "_valid_mlm_ppl" where lower is better',
  });
}

/** Before the first evaluation. */
export const initSelection = (): Selection => ({ best: {}, notBetter: 0 });

/**
 * Takes an evaluation into account (the original's `save_best_model` and `end_epoch`). A score is better than none, and otherwise only
 * when it is truly above, or below, the best; one that is not finite never is.
 * `Differs:` the original begins with -1e12 or 1e12 in place of none; it passes over a metric without a score with a warning.
 * @returns the next state, the names of the metrics that improved, and whether to stop.
 * @throws OptionError (`XLM_OPTION`) naming the scores there are, when one is missing.
 */
export function updateSelection(
  criteria: Criteria,
  state: Selection,
  scores: Scores,
): { state: Selection; improved: string[]; stop: boolean } {
  const { metrics, stopping } = criteria;
  const all = stopping ? [...metrics, stopping.metric] : metrics;
  for (const { name } of all) checkScore(name, scores);
  const better = new Set(all.filter((metric) => isBetter(metric, scores, state)));
  const best = [...better].map((metric) => [written(metric), scores[metric.name]] as [string, number]);
  const next: Selection = {
    best: { ...state.best, ...Object.fromEntries(best) },
    notBetter: stopping && !better.has(stopping.metric) ? state.notBetter + 1 : 0,
  };
  const improved = metrics.filter((metric) => better.has(metric)).map(({ name }) => name);
  return { state: next, improved, stop: isOver(criteria, next) };
}

/** Whether the stopping criterion has been met. */
export const isOver = ({ stopping }: Criteria, { notBetter }: Selection): boolean =>
  stopping !== undefined && notBetter > stopping.patience;

const written = ({ name, better }: Metric): string => (better === "lower" ? `_${name}` : name);

function isBetter(metric: Metric, scores: Scores, { best }: Selection): boolean {
  const score = scores[metric.name] as number;
  const key = written(metric);
  if (!Number.isFinite(score)) return false;
  if (!Object.hasOwn(best, key)) return true;
  return metric.better === "higher" ? score > (best[key] as number) : score < (best[key] as number);
}

function checkScore(name: string, scores: Scores): void {
  if (Object.hasOwn(scores, name) && typeof scores[name] === "number") return;
  throw new OptionError({
    what: `the evaluation has no score ${JSON.stringify(name)}`,
    why: "models are chosen, or training stopped, by it",
    fix: `name one of ${Object.keys(scores).join(", ") || "its scores: there are none"}`,
  });
}
