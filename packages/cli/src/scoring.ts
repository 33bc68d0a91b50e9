import { langId, type LangId, type TokenBatch } from "@xlm/core";
import {
  keepSentences,
  planBatches,
  selectSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
  type Dictionary,
} from "@xlm/data";
import { evaluationMask, createNumpyRng } from "@xlm/objectives";
import { embedSentences, evaluate, retrievalAccuracy, type EvaluationBatch, type Vectors } from "@xlm/trainer";
import type { Transformer } from "@xlm/transformer";
import type { MonoText, PairText } from "./data-folder.js";
import type { StartProgress } from "./progress.js";
import type { LangScore, RetrievalScore, Scores } from "./report/data.js";

/** A model with what it takes to read text. */
export interface Reader {
  readonly model: Transformer;
  readonly dictionary: Dictionary;
  /** All languages of the model, sorted: a language's id is its place. */
  readonly langs: readonly string[];
}

export interface ScoringOptions {
  progress: StartProgress;
  /** Sentences of each text that are looked at, the first ones. @default 1000 */
  maxSentences?: number;
}

const ROWS = 32; // sentences a batch

/** Sentences in order of length, a batch after another, and the sentence that each row is. */
function* batchesOf(
  corpus: Corpus,
  dictionary: Dictionary,
  lang: LangId,
): Generator<{ rows: Int32Array; batch: TokenBatch }> {
  const plan = planBatches(sentenceLengths([corpus]), { batchSize: ROWS, groupBySize: true });
  for (const rows of plan) yield { rows, batch: sentenceBatch(corpus, rows, dictionary, { lang }) };
}

/** At most so many sentences, each at most as long as the model's positions, two of which the marks take. */
function shorten<const T extends readonly Corpus[]>(sides: T, maxLen: number, most: number): T {
  const kept = keepSentences(sides, { maxLen: maxLen - 2 });
  const n = (kept[0] as Corpus).positions.length / 2;
  return (n > most ? selectSentences(kept, 0, most) : kept) as unknown as T;
}

const idOf = ({ langs }: Reader, lang: string): LangId => langId(langs.indexOf(lang), langs.length);

/** Perplexity and accuracy of hidden words, sentence by sentence, with masks that are the same every time. */
async function scoreText(reader: Reader, { lang, corpus }: MonoText, options: ScoringOptions): Promise<LangScore> {
  const { model, dictionary } = reader;
  const [text] = shorten([corpus], model.config.maxLen, options.maxSentences ?? 1000);
  const nBatches = Math.ceil(text.positions.length / 2 / ROWS);
  const bar = options.progress(`Scoring ${lang}`, nBatches, "batches");
  const rng = createNumpyRng(0);
  function* masked(): Generator<EvaluationBatch> {
    let done = 0;
    for (const { batch } of batchesOf(text, dictionary, idOf(reader, lang))) {
      bar.update(done++);
      yield { objective: "mlm", batch: evaluationMask(batch, dictionary, rng) };
    }
  }
  const { perplexity, accuracy, nTargets } = await evaluate(model, masked());
  bar.stop();
  return { lang, perplexity, accuracy, targets: nTargets };
}

/** Mean-pooled states of all sentences of a text, `[sentences, dim]`, in the text's order. */
export async function embedCorpus(
  reader: Reader,
  { lang, corpus }: Omit<MonoText, "split">,
  progress: StartProgress,
): Promise<Vectors> {
  const dim = reader.model.config.embDim;
  const n = corpus.positions.length / 2;
  const data = new Float32Array(n * dim);
  const bar = progress(`Embedding ${lang}`, n, "sentences");
  let done = 0;
  for (const { rows, batch } of batchesOf(corpus, reader.dictionary, idOf(reader, lang))) {
    const vectors = await embedSentences(reader.model, [batch]);
    rows.forEach((row, i) => data.set(vectors.data.subarray(i * dim, (i + 1) * dim), row * dim));
    bar.update((done += rows.length));
  }
  bar.stop();
  return { data, shape: [n, dim] };
}

/** How often the nearest sentence of the other language is the translation, both ways. */
async function scorePair(
  reader: Reader,
  { langs, sides }: PairText,
  options: ScoringOptions,
): Promise<RetrievalScore[]> {
  const texts = shorten(sides, reader.model.config.maxLen, options.maxSentences ?? 1000);
  const [first, second] = [
    await embedCorpus(reader, { lang: langs[0], corpus: texts[0] }, options.progress),
    await embedCorpus(reader, { lang: langs[1], corpus: texts[1] }, options.progress),
  ];
  const { forward, backward } = retrievalAccuracy(first, second, { center: true });
  const sentences = first.shape[0];
  return [
    { from: langs[0], to: langs[1], accuracy: forward, sentences },
    { from: langs[1], to: langs[0], accuracy: backward, sentences },
  ];
}

/** All scores of a model on held-out text. */
export async function scoreAll(
  reader: Reader,
  text: { readonly mono: readonly MonoText[]; readonly pairs: readonly PairText[] },
  options: ScoringOptions,
): Promise<Scores> {
  const langs: LangScore[] = [];
  const retrieval: RetrievalScore[] = [];
  for (const mono of text.mono) langs.push(await scoreText(reader, mono, options));
  for (const pair of text.pairs) retrieval.push(...(await scorePair(reader, pair, options)));
  return { langs, retrieval };
}
