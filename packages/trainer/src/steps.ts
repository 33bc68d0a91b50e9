import { checkInt, DataError, OptionError } from "@xlm/core";
import type { Corpus } from "@xlm/data";
import { parseSchedule, type Schedule } from "@xlm/sampler";
import type { TextObjective } from "./objective.js";
import type { TrainingCorpora } from "./training-data.js";

/** One turn of training: something to learn, on some texts, so much of it. */
export interface TrainingStep {
  readonly objective: TextObjective;
  /**
   * Texts it learns from: `"en"`, `"en-fr"` (either order of a pair), `"en-fr-en"` for back-translation (`--mlm_steps` and its sisters).
   * @default every language; every pair as it is given; every way from one language through another and back
   */
  readonly on?: readonly string[];
  /** Factor of the loss, constant or by iterations (`--lambda_mlm 0:1,100000:0`); at 0 the turn is passed over. @default 1 */
  readonly lambda?: number | string | Schedule;
  /** Batches in a row before the next step's turn. @default 1 */
  readonly draws?: number;
}

/** What a batch of a step is made of. */
export interface Text {
  /** As in `on`. */
  readonly name: string;
  readonly langs: readonly string[];
  /** One, or the two sides of pairs. */
  readonly corpora: readonly [Corpus, ...Corpus[]];
}

const NEEDS = {
  stream: "text in some language",
  sentences: "text in some language",
  pairs: "sentence pairs",
  roundTrip: "text in two languages",
} as const;

/**
 * The texts of a step.
 * @throws DataError (`XLM_DATA`) when there is none; OptionError (`XLM_OPTION`) for a name that no text has.
 */
export function textsFor({ objective, on, draws }: TrainingStep, corpora: TrainingCorpora): Text[] {
  const { name, reads } = objective;
  if (draws !== undefined) checkInt(`draws of ${name}`, draws, 1);
  const { given, more } = candidates(reads, corpora);
  if (given.length === 0) {
    const needs = NEEDS[reads];
    throw new DataError({
      what: `${name} has no data`,
      why: `it needs ${needs}`,
      fix: `give it ${needs}, or leave the step out`,
    });
  }
  if (on === undefined) return given;
  const known = new Map([...given, ...more].map((text) => [text.name, text]));
  return on.map((wanted) => {
    const text = known.get(wanted);
    if (text) return text;
    throw new OptionError({
      what: `${name} is to learn from ${JSON.stringify(wanted)} and can from ${[...known.keys()].join(", ")}`,
      why: "a step names its languages in their order",
      fix: "name one of these, or give that text",
    });
  });
}

/** What an objective may read; of pairs, `more` are the other ways round. */
function candidates(
  reads: TextObjective["reads"],
  { mono = {}, para = [] }: TrainingCorpora,
): Record<"given" | "more", Text[]> {
  const langs = Object.keys(mono).sort();
  const corpusOf = (lang: string): Corpus => mono[lang] as Corpus;
  if (reads === "pairs") {
    const pair = ([a, b]: readonly [string, string], [one, other]: readonly [Corpus, Corpus]): Text => ({
      ...{ name: `${a}-${b}`, langs: [a, b], corpora: [one, other] },
    });
    const given = para.map(({ langs: [a, b], sides }) => pair([a, b], sides));
    const names = new Set(given.map(({ name }) => name));
    const turned = para.map(({ langs: [a, b], sides: [one, other] }) => pair([b, a], [other, one]));
    return { given, more: turned.filter(({ name }) => !names.has(name)) };
  }
  if (reads === "roundTrip") {
    const ways = langs.flatMap((a) => langs.filter((b) => b !== a).map((b) => [a, b, a] as const));
    return { given: ways.map((way) => ({ name: way.join("-"), langs: way, corpora: [corpusOf(way[0])] })), more: [] };
  }
  return { given: langs.map((lang) => ({ name: lang, langs: [lang], corpora: [corpusOf(lang)] })), more: [] };
}

/**
 * The coefficient of a step as a schedule.
 * @throws OptionError (`XLM_OPTION`) for one that is not a schedule, or falls below 0.
 */
export function lambdaOf({ objective, lambda = 1 }: TrainingStep): Schedule {
  const schedule =
    typeof lambda === "string"
      ? parseSchedule(lambda)
      : typeof lambda === "number"
        ? { points: [[0, lambda]] as const }
        : lambda;
  const bad = schedule.points.find(([, value]) => !(value >= 0 && value < Infinity));
  if (bad === undefined) return schedule;
  throw new OptionError({
    what: `lambda of ${objective.name} is ${bad[1]} at iteration ${bad[0]}`,
    why: "below 0 the model would unlearn",
    fix: "use numbers of 0 or more",
  });
}
