import {
  checkInt,
  DataError,
  langId,
  MismatchError,
  OptionError,
  rngFromState,
  type LangId,
  type Rng,
} from "@xlm/core";
import type { RngState } from "@xlm/core";
import { dictionaryHash, encodeCorpus, type Corpus, type Dictionary } from "@xlm/data";
import { createMasker, type MaskOptions } from "@xlm/objectives";
import {
  createBatchSchedule,
  DEFAULT_BATCH,
  languageProbs,
  restoreBatchSchedule,
  type BatchScheduleState,
  type EpochOrderState,
  type StepGroup,
} from "@xlm/sampler";
import { pairFeed, streamFeed, type Feed, type FeedContext, type PairsState } from "./feeds.js";
import type { BatchSource, Objective } from "./source.js";

/** Sentence pairs: sentence `i` of each side is a translation of the other. */
export interface ParallelCorpus {
  readonly langs: readonly [first: string, second: string];
  readonly sides: readonly [Corpus, Corpus];
}

export interface PretrainingCorpora {
  /** Text of each language, for MLM and CLM. */
  readonly mono?: Readonly<Record<string, Corpus>>;
  /** Sentence pairs, for TLM and PC, in the order in which they are put behind one another. */
  readonly para?: readonly ParallelCorpus[];
}

export interface PretrainingOptions {
  /** In the order of their turns. @default `["mlm", "tlm"]`, without one that has no text */
  objectives?: readonly Objective[];
  /** Exponent of language sampling (`--lg_sampling_factor`). @default 0.7 (§5.1) */
  alpha?: number | "uniform";
  /** Rows of a stream; about how many pairs a batch has (`--batch_size`). @default 64 (§5.1) */
  batchSize?: number;
  /** Tokens of a row of a stream (`--bptt`). @default 256 (§5.1) */
  seqLen?: number;
  /** About how many tokens a batch of pairs has, instead of `batchSize` (`--tokens_per_batch`). @default batchSize decides */
  tokensPerBatch?: number;
  /** Pairs with more words on a side are left out (`--max_len`). @default 100 */
  maxWords?: number;
  /** Positions of the model. @default 512 */
  maxLen?: number;
  /** How MLM and TLM choose and hide words. */
  masking?: MaskOptions;
  /** Tokens at the start of a row that CLM does not predict from (`--context_size`). @default 0 */
  contextSize?: number;
  /** All languages of the model, when it knows more than there is text of here. @default those of the corpora */
  langs?: readonly string[];
}

interface SourceState {
  readonly schedule: BatchScheduleState;
  readonly streams: Readonly<Record<string, EpochOrderState>>;
  readonly pairs: Readonly<Record<string, PairsState>>;
  readonly chance: RngState;
}

/**
 * An endless source of pretraining batches: objectives take turns, languages are drawn by `alpha`, text comes in a new random
 * order every epoch (Lample & Conneau 2019, §3 and §5.1; the original's `mlm_step`, `clm_step`, `pc_step` up to the model).
 *
 * A batch has one language, or one pair. MLM and CLM read streams of `[batchSize, seqLen]` tokens without padding, TLM and PC
 * sentence pairs of similar length. A language's id is its place in sorted order.
 * `Differs:` one language is drawn at a time; the original draws up to five languages, then up to five pairs.
 * @param rng split, not advanced.
 * @throws DataError (`XLM_DATA`) for an objective without text; OptionError (`XLM_OPTION`) for what cannot be; what
 *   `encodeCorpus` throws for a corpus of another vocabulary.
 */
export function createPretrainingData(
  corpora: PretrainingCorpora,
  dictionary: Dictionary,
  rng: Rng,
  options: PretrainingOptions = {},
): BatchSource {
  const { mono = {}, para = [] } = corpora;
  const { alpha = 0.7, batchSize = DEFAULT_BATCH.batchSize, seqLen = DEFAULT_BATCH.seqLen, tokensPerBatch } = options;
  const { maxWords = 100, maxLen = 512, masking = {}, contextSize = 0 } = options;
  const textLangs = [...Object.keys(mono), ...para.flatMap((pair) => pair.langs)];
  const langs = [...new Set(options.langs ?? textLangs)].sort();
  const objectives = options.objectives ?? (["mlm", "tlm"] as const).filter((name) => textOf(name, corpora) > 0);
  checkInt("seqLen", seqLen, 2, maxLen);
  checkCorpora(corpora);
  checkObjectives(objectives, corpora);
  const idOf = (lang: string): LangId => {
    if (langs.includes(lang)) return langId(langs.indexOf(lang), langs.length);
    throw new OptionError({
      what: `there is text in ${JSON.stringify(lang)} and the languages are ${langs.join(", ")}`,
      why: "the model has an embedding for each of its languages alone",
      fix: "name all languages in langs, or leave the text out",
    });
  };
  textLangs.forEach(idOf);
  const settings = {
    vocabulary: dictionaryHash(dictionary),
    corpora: hashesOf(corpora, dictionary),
    ...{ langs, objectives, alpha, batchSize, seqLen, tokensPerBatch: tokensPerBatch ?? null, maxWords, maxLen },
    ...{ masking, contextSize },
  };

  const mask = createMasker(dictionary, masking);
  const sizes = { batchSize, seqLen, tokensPerBatch, maxWords, maxLen, contextSize };
  const context: FeedContext = { dictionary, mask, chance: rng.split(), ...sizes };
  const streams = new Map<string, Feed<EpochOrderState>>();
  const pairs = new Map<string, Feed<PairsState>>();
  const groups = objectives.map((objective): StepGroup<Objective> => {
    if (objective === "mlm" || objective === "clm") {
      const texts = Object.entries(mono).sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [lang, corpus] of texts) {
        streams.set(`${objective} ${lang}`, streamFeed(objective, [lang, idOf(lang)], corpus, context, rng));
      }
      const probs = languageProbs(
        texts.map(([, corpus]) => nSentences(corpus)),
        { alpha },
      );
      return { objective, choices: texts.map(([lang]) => lang), probs };
    }
    for (const {
      langs: [a, b],
      sides,
    } of para) {
      const feed = pairFeed(objective, [a, b], [idOf(a), idOf(b)], sides, context, rng);
      pairs.set(`${objective} ${a}-${b}`, feed);
    }
    const probs = languageProbs(
      para.map(({ sides }) => nSentences(sides[0])),
      { alpha },
    );
    return { objective, choices: para.map((pair) => pair.langs.join("-")), probs };
  });
  let schedule = createBatchSchedule(groups, rng);

  return {
    settings,
    next: () => {
      const { objective, choice } = schedule.next();
      const name = `${objective} ${choice}`;
      return (streams.get(name) ?? (pairs.get(name) as Feed<PairsState>)).next();
    },
    state: (): SourceState => ({
      schedule: schedule.state(),
      streams: statesOf(streams),
      pairs: statesOf(pairs),
      chance: context.chance.state(),
    }),
    restore: (saved) => {
      const state = saved as SourceState;
      checkNames(streams, state.streams);
      checkNames(pairs, state.pairs);
      schedule = restoreBatchSchedule(groups, state.schedule);
      for (const [name, feed] of streams) feed.restore(state.streams[name] as EpochOrderState);
      for (const [name, feed] of pairs) feed.restore(state.pairs[name] as PairsState);
      context.chance = rngFromState(state.chance);
    },
  };
}

const nSentences = (corpus: Corpus): number => corpus.positions.length / 2;

const statesOf = <S>(feeds: ReadonlyMap<string, Feed<S>>): Record<string, S> =>
  Object.fromEntries([...feeds].map(([name, feed]) => [name, feed.state()]));

/** How many texts an objective has to draw from. */
const textOf = (objective: Objective, { mono = {}, para = [] }: PretrainingCorpora): number =>
  objective === "mlm" || objective === "clm" ? Object.keys(mono).length : para.length;

/** SHA-256 of every text as ids; on the way, that its ids are this vocabulary's. */
function hashesOf({ mono = {}, para = [] }: PretrainingCorpora, dictionary: Dictionary): Record<string, string> {
  const named = [
    ...Object.entries(mono).map(([lang, corpus]) => [lang, lang, corpus] as const),
    ...para.flatMap(({ langs, sides }) =>
      langs.map((lang, i) => [`${langs.join("-")}.${lang}`, lang, sides[i] as Corpus] as const),
    ),
  ];
  return Object.fromEntries(
    named.map(([file, lang, corpus]) => [file, encodeCorpus(corpus, dictionary, { file, lang }).manifest.sha256]),
  );
}

function checkCorpora({ mono = {}, para = [] }: PretrainingCorpora): void {
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

function checkObjectives(objectives: readonly Objective[], corpora: PretrainingCorpora): void {
  for (const objective of objectives) {
    if (!["mlm", "tlm", "clm", "pc"].includes(objective)) {
      throw new OptionError({
        what: `there is no objective ${JSON.stringify(objective)}`,
        why: "pretraining knows masked, translation and causal language modelling, and parallel classification",
        fix: "use mlm, tlm, clm or pc",
      });
    }
    if (textOf(objective, corpora) > 0) continue;
    const needs = objective === "mlm" || objective === "clm" ? "text in some language" : "sentence pairs";
    throw new DataError({
      what: `${objective} has no data`,
      why: `it needs ${needs}`,
      fix: `give it ${needs}, or leave the objective out`,
    });
  }
}

function checkNames(feeds: ReadonlyMap<string, unknown>, saved: Readonly<Record<string, unknown>>): void {
  const [here, there] = [[...feeds.keys()].sort(), Object.keys(saved).sort()];
  if (here.join() === there.join()) return;
  throw new MismatchError({
    what: `the saved run read ${there.join(", ") || "nothing"} and this one reads ${here.join(", ") || "nothing"}`,
    why: "a resumed run goes on with the batches it would have had",
    fix: "resume with the objectives and languages of the saved run, or start a new one",
  });
}
