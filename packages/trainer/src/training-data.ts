import {
  checkInt,
  DataError,
  langId,
  MismatchError,
  OptionError,
  rngFromState,
  type LangId,
  type Rng,
  type RngState,
  type TokenBatch,
} from "@xlm/core";
import { corpusHash, dictionaryHash, type Corpus, type Dictionary } from "@xlm/data";
import {
  createBatchSchedule,
  DEFAULT_BATCH,
  languageProbs,
  restoreBatchSchedule,
  scheduleValue,
  type BatchScheduleState,
  type Schedule,
} from "@xlm/sampler";
import { sentenceFeed, streamFeed, type Feed, type FeedState } from "./feeds.js";
import type { Batch, TextObjective } from "./objective.js";
import { mlm } from "./objectives/mlm.js";
import { tlm } from "./objectives/tlm.js";
import type { BatchSource } from "./source.js";
import { lambdaOf, textsFor, type Text, type TrainingStep } from "./steps.js";

/** Sentence pairs: sentence `i` of each side is a translation of the other. */
export interface ParallelCorpus {
  readonly langs: readonly [first: string, second: string];
  readonly sides: readonly [Corpus, Corpus];
}

export interface TrainingCorpora {
  /** Text of each language. */
  readonly mono?: Readonly<Record<string, Corpus>>;
  /** Sentence pairs. */
  readonly para?: readonly ParallelCorpus[];
}

export interface TrainingDataOptions {
  /** What is learnt, in the order of turns. @default MLM on all text and TLM on all pairs, without one that has no text */
  steps?: readonly TrainingStep[];
  /** Exponent of language sampling (`--lg_sampling_factor`). @default 0.7 (§5.1) */
  alpha?: number | "uniform";
  /** Rows of a stream; about how many sentences a batch has (`--batch_size`). @default 64 (§5.1) */
  batchSize?: number;
  /** Tokens of a row of a stream (`--bptt`). @default 256 (§5.1) */
  seqLen?: number;
  /** About how many tokens a batch of sentences has, instead of `batchSize` (`--tokens_per_batch`). @default batchSize decides */
  tokensPerBatch?: number;
  /** Most sentences of a batch; of a larger one the rest is left out that epoch (`--max_batch_size`). @default no limit */
  maxBatchSize?: number;
  /** Whether a batch has sentences of similar length, so that little is padded (`--group_by_size`). @default true */
  groupBySize?: boolean;
  /** Sentences with more words, or pairs with more on a side, are left out (`--max_len`); streams have all. @default 100 */
  maxWords?: number;
  /** Positions of the model. @default 512 */
  maxLen?: number;
  /** All languages of the model, when it knows more than there is text of here. @default those of the corpora */
  langs?: readonly string[];
}

interface SourceState {
  readonly schedule: BatchScheduleState;
  readonly feeds: Readonly<Record<string, FeedState>>;
  readonly chance: RngState;
}

/** One text of one step, ready to serve. */
interface Line {
  readonly objective: TextObjective;
  readonly text: Text;
  readonly feed: Feed;
  readonly make: (sides: readonly [TokenBatch, ...TokenBatch[]], rng: Rng) => Batch;
}

/**
 * An endless source of training batches: steps take turns, languages are drawn by `alpha`, text comes in a new random order every
 * epoch (Lample & Conneau 2019, §3 and §5.1; the loop of the original's `train.py` up to the model).
 *
 * A batch has one language, or one pair. Streams are `[batchSize, seqLen]` tokens without padding, sentences come in batches of similar
 * length. A language's id is its place in sorted order. An iteration, which `lambda` counts in, is one turn of every step.
 * `Differs:` a step draws one language a turn (`draws` makes it more), by `alpha`, or evenly where the original goes through all of them
 * (sentences and round trips); the original draws up to five languages, then up to five pairs, an iteration.
 * @param rng split, not advanced.
 * @throws DataError (`XLM_DATA`) for a step without text; OptionError (`XLM_OPTION`) for what cannot be; what
 *   `corpusHash` throws for a corpus of another vocabulary.
 */
export function createTrainingData(
  corpora: TrainingCorpora,
  dictionary: Dictionary,
  rng: Rng,
  options: TrainingDataOptions = {},
): BatchSource {
  const { mono = {}, para = [] } = corpora;
  const { alpha = 0.7, batchSize = DEFAULT_BATCH.batchSize, seqLen = DEFAULT_BATCH.seqLen, tokensPerBatch } = options;
  const { maxBatchSize, groupBySize = true, maxWords = 100, maxLen = 512 } = options;
  const textLangs = [...Object.keys(mono), ...para.flatMap((pair) => pair.langs)];
  const langs = [...new Set(options.langs ?? textLangs)].sort();
  checkCorpora(corpora);
  const idOf = (lang: string): LangId => {
    if (langs.includes(lang)) return langId(langs.indexOf(lang), langs.length);
    throw new OptionError({
      what: `there is text in ${JSON.stringify(lang)} and the languages are ${langs.join(", ")}`,
      why: "the model has an embedding for each of its languages alone",
      fix: "name all languages in langs, or leave the text out",
    });
  };
  textLangs.forEach(idOf);
  const chosen = (options.steps ?? defaultSteps(corpora)).map((step) => ({
    objective: step.objective,
    texts: textsFor(step, corpora),
    lambda: lambdaOf(step),
    draws: step.draws ?? 1,
  }));
  if (chosen.some(({ objective }) => objective.reads === "stream")) checkInt("seqLen", seqLen, 2, maxLen);
  const settings = {
    vocabulary: dictionaryHash(dictionary),
    corpora: hashesOf(corpora, dictionary),
    ...{ langs, alpha, batchSize, seqLen, tokensPerBatch: tokensPerBatch ?? null, maxWords, maxLen },
    ...{ maxBatchSize: maxBatchSize ?? null, groupBySize },
    steps: chosen.map(({ objective: { name, options: own }, texts, lambda, draws }) => ({
      ...{ objective: name, options: own, on: texts.map((text) => text.name), lambda: lambda.points, draws },
    })),
  };

  let chance = rng.split();
  const sizes = { batchSize, seqLen, tokensPerBatch, maxBatchSize, groupBySize, maxWords };
  const lines = new Map<string, Line>();
  const groups = chosen.map(({ objective, texts, draws }) => {
    for (const text of texts) {
      const name = `${objective.name} ${text.name}`;
      if (lines.has(name)) throw servedTwice(name);
      const ids = text.langs.map(idOf);
      const feed =
        objective.reads === "stream"
          ? streamFeed(text.corpora[0], ids[0] as LangId, dictionary, sizes, rng)
          : sentenceFeed(name, text.corpora, ids, dictionary, sizes, rng);
      lines.set(name, { objective, text, feed, make: objective.maker({ vocab: dictionary, langs: ids, maxLen }) });
    }
    const counts = texts.map(({ corpora: [first] }) => nSentences(first));
    const isDrawn = objective.reads === "stream" || objective.reads === "pairs";
    const probs = languageProbs(counts, { alpha: isDrawn ? alpha : "uniform" });
    return { objective: objective.name, choices: texts.map((text) => `${objective.name} ${text.name}`), probs, draws };
  });
  let schedule = createBatchSchedule(groups, rng);
  const turns = groups.reduce((sum, { draws }) => sum + draws, 0);
  const lambdas = chosen.flatMap(({ lambda, draws }) => Array.from({ length: draws }, () => lambda));

  /** The next turn whose coefficient is above 0. */
  const nextTurn = (): { line: Line; lambda: number } => {
    for (;;) {
      const { step } = schedule.state();
      const iteration = Math.floor(step / turns);
      if (step % turns === 0) checkSomeAhead(lambdas, iteration);
      const lambda = scheduleValue(lambdas[step % turns] as Schedule, iteration);
      const { choice } = schedule.next();
      if (lambda > 0) return { line: lines.get(choice) as Line, lambda };
    }
  };

  return {
    settings,
    objectives: chosen.map(({ objective }) => objective),
    next: () => {
      const { line, lambda } = nextTurn();
      const { objective, text, feed, make } = line;
      const { sides, nSentences: sentences } = feed.next();
      return { objective, batch: make(sides, chance), langs: text.langs, nSentences: sentences, lambda };
    },
    state: (): SourceState => ({
      schedule: schedule.state(),
      feeds: Object.fromEntries([...lines].map(([name, { feed }]) => [name, feed.state()])),
      chance: chance.state(),
    }),
    restore: (saved) => {
      const state = saved as SourceState;
      checkNames(lines, state.feeds);
      schedule = restoreBatchSchedule(groups, state.schedule);
      for (const [name, { feed }] of lines) feed.restore(state.feeds[name] as FeedState);
      chance = rngFromState(state.chance);
    },
  };
}

const nSentences = (corpus: Corpus): number => corpus.positions.length / 2;

const defaultSteps = ({ mono = {}, para = [] }: TrainingCorpora): TrainingStep[] => [
  ...(Object.keys(mono).length > 0 ? [{ objective: mlm() }] : []),
  ...(para.length > 0 ? [{ objective: tlm() }] : []),
];

/** SHA-256 of every text as ids; on the way, that its ids are this vocabulary's. */
function hashesOf({ mono = {}, para = [] }: TrainingCorpora, dictionary: Dictionary): Record<string, string> {
  const named = [
    ...Object.entries(mono),
    ...para.flatMap(({ langs, sides }) =>
      langs.map((lang, i) => [`${langs.join("-")}.${lang}`, sides[i] as Corpus] as const),
    ),
  ];
  return Object.fromEntries(named.map(([name, corpus]) => [name, corpusHash(corpus, dictionary, name)]));
}

function checkCorpora({ mono = {}, para = [] }: TrainingCorpora): void {
  const empty = Object.keys(mono).find((lang) => nSentences(mono[lang] as Corpus) === 0);
  if (empty !== undefined) {
    throw new DataError({
      what: `the text of ${JSON.stringify(empty)} is empty`,
      why: "there is nothing to learn the language from",
      fix: "give it text, or leave the language out",
    });
  }
  const names = para.map((pair) => pair.langs.join("-"));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new OptionError({
      what: `there are two parallel corpora ${JSON.stringify(twice)}`,
      why: "a pair of languages is drawn by its name",
      fix: "join them into one",
    });
  }
}

const servedTwice = (name: string): OptionError =>
  new OptionError({
    what: `two steps are ${JSON.stringify(name)}`,
    why: "a step is known by its objective and languages",
    fix: "name it once, with draws for more turns",
  });

/** @throws OptionError (`XLM_OPTION`) when every coefficient is 0 from here on. */
function checkSomeAhead(lambdas: readonly Schedule[], iteration: number): void {
  const isOver = ({ points }: Schedule): boolean =>
    points.every(
      ([step, value], i) =>
        value === 0 || (step < iteration && i < points.length - 1 && points[i + 1]![0] <= iteration),
    );
  if (!lambdas.every(isOver)) return;
  throw new OptionError({
    what: `every coefficient is 0 from iteration ${iteration} on`,
    why: "there is nothing left to learn",
    fix: "train for fewer updates, or let one lambda stay above 0",
  });
}

function checkNames(lines: ReadonlyMap<string, unknown>, saved: Readonly<Record<string, unknown>>): void {
  const [here, there] = [[...lines.keys()].sort(), Object.keys(saved).sort()];
  if (here.join() === there.join()) return;
  throw new MismatchError({
    what: `the saved run read ${there.join(", ")} and this one reads ${here.join(", ")}`,
    why: "a resumed run goes on with the batches it would have had",
    fix: "resume with the steps and languages of the saved run, or start a new one",
  });
}
