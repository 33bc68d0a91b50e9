import { createRng, type Rng, type TensorData } from "@xlm/core";
import { keepSentences, sentenceLengths, type Corpus } from "@xlm/data";
import { clm, createTrainingData, mlm, type TrainingCorpora, type TrainingStep } from "@xlm/trainer";
import { completeConfig, createEncoderDecoder, type EncoderDecoder, type TransformerOptions } from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";
import { translationAttention } from "../translation/attention.js";
import { scoreTranslations } from "../translation/score.js";
import type { SentencePairs } from "../translation/sentence-pairs.js";
import { translate, type Direction } from "../translation/translate.js";
import { annealed } from "./annealed.js";
import type { ArmResult, Column, Picture } from "./experiment.js";
import { freshModel, freshWeights } from "./fresh-model.js";
import type { Lab, Scores } from "./lab.js";

type Weights = Readonly<Record<string, TensorData<"F32">>>;

/** How long and how fast a stage of training goes. */
export interface StageSizes {
  readonly updates: number;
  /** The highest rate of Adam: after a warm-up it falls, half a cosine, to nothing at the last update. */
  readonly lr: number;
  readonly warmup: number;
}

/** Pretraining reads streams of text. */
export interface PretrainingSizes extends StageSizes {
  readonly batchSize: number;
  readonly seqLen: number;
}

/** What decides the result of a translation experiment. */
export interface MtSizes {
  readonly merges: number;
  readonly embDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  /** Positions of the model. */
  readonly maxLen: number;
  /** Sentences with more subwords are left out, in training and in the test. */
  readonly maxTokens: number;
  readonly attentionGain: number;
  readonly dropout: number;
  readonly mlm: PretrainingSizes;
  readonly clm: PretrainingSizes;
  /** Tokens of a batch of sentences. */
  readonly tokensPerBatch: number;
  /** Dropout while learning to translate. */
  readonly translationDropout: number;
  /** Lines of the validation text that points of the learning curve are scored on; nothing is chosen by them. */
  readonly validLines: number;
  /** Lines of each test that are scored, the first ones. */
  readonly testLines: number;
}

/** What the encoder or the decoder starts from. */
export type Pretraining = "mlm" | "clm";

/** Everything of one pair of languages that all arms share. */
export interface MtPair {
  /** In front of the names of its stages, such as `"en-fr"`. */
  readonly name: string;
  readonly codec: TextCodec;
  /** Text of each language; for supervised training pairs too. */
  readonly corpora: TrainingCorpora;
  readonly valid: readonly MtTest[];
  readonly tests: readonly MtTest[];
}

/** Pairs to score, with the column they are scored in. */
export interface MtTest extends Direction, SentencePairs {
  readonly column: string;
}

/** Of a corpus the sentences that are not too long. */
export function shortSentences(codec: TextCodec, lines: readonly string[], lang: string, maxTokens: number): Corpus {
  return keepSentences([codec.corpus(lines, lang)], { maxLen: maxTokens })[0];
}

/** The first pairs of which no side is empty or too long. */
export function shortPairs(
  codec: TextCodec,
  { source, target }: SentencePairs,
  { from, to }: Direction,
  { maxTokens, most = Infinity }: { readonly maxTokens: number; readonly most?: number },
): SentencePairs {
  const lengths = [codec.corpus(source, from), codec.corpus(target, to)].map((side) => sentenceLengths([side]));
  const fits = (i: number): boolean =>
    lengths.every((of) => (of[i] as number) > 2 && (of[i] as number) <= maxTokens + 2);
  const kept = source.flatMap((_, i) => (fits(i) ? [i] : [])).slice(0, most);
  return { source: kept.map((i) => source[i] as string), target: kept.map((i) => target[i] as string) };
}

/** How much text a corpus is, for the reader. */
export const sizeOf = (corpus: Corpus): string => {
  const lengths = sentenceLengths([corpus]);
  return `${lengths.length} lines, ${lengths.reduce((sum, length) => sum + length - 2, 0)} subwords`;
};

const modelOf = ({ codec }: MtPair, sizes: MtSizes): TransformerOptions => {
  const { embDim, nLayers, nHeads, maxLen, dropout } = sizes;
  const size = { vocabSize: codec.dictionary.size, nLangs: codec.langs.length };
  return { ...size, embDim, nLayers, nHeads, maxLen, dropout, attentionDropout: dropout };
};

/** Streams of chance of a stage, one for each part of it. */
function streamsOf(seed: number, stage: "pretraining" | "translation"): Record<"weights" | "data" | "dropout", Rng> {
  const both = createRng(seed);
  const streams = { pretraining: both.split(), translation: both.split() };
  const rng = streams[stage];
  return { weights: rng.split(), data: rng.split(), dropout: rng.split() };
}

/** Pretrains an encoder on the text of both languages (§3.2, §3.3), once a seed. */
export async function pretrain(
  lab: Lab,
  pair: MtPair,
  kind: Pretraining,
  seed: number,
  sizes: MtSizes,
): Promise<Weights> {
  const { updates, batchSize, seqLen, ...rate } = sizes[kind];
  const { codec, corpora } = pair;
  const { weights } = await lab.train(`seed-${seed}/${pair.name}/${kind}`, {
    updates,
    make: () => {
      const streams = streamsOf(seed, "pretraining");
      const objective = kind === "mlm" ? mlm() : clm();
      const options = { steps: [{ objective }], batchSize, seqLen, maxLen: sizes.maxLen };
      return {
        model: freshModel(modelOf(pair, sizes), streams.weights, sizes.attentionGain),
        data: createTrainingData({ mono: corpora.mono ?? {} }, codec.dictionary, streams.data, options),
        rng: streams.dropout,
        options: { optimizer: annealed(rate.lr, rate.warmup, updates) },
      };
    },
  });
  return weights;
}

/** An encoder and a decoder, each fresh or pretrained. What is drawn is the same whatever is pretrained. */
function startTranslator(
  options: TransformerOptions,
  rng: Rng,
  gain: number,
  pretrained: { readonly encoder?: Weights; readonly decoder?: Weights },
): EncoderDecoder {
  const fresh = (crossAttention: boolean): Weights =>
    freshWeights(completeConfig({ ...options, crossAttention }), rng.split(), gain);
  const parts = {
    encoder: { ...fresh(false), ...pretrained.encoder },
    decoder: { ...fresh(true), ...pretrained.decoder },
  };
  const named = Object.entries(parts).flatMap(([part, weights]) =>
    Object.entries(weights).map(([name, weight]) => [`${part}.${name}`, weight] as const),
  );
  return createEncoderDecoder(options, { weights: Object.fromEntries(named) });
}

/** How an arm learns to translate. */
export interface MtTraining extends StageSizes {
  readonly steps: readonly TrainingStep[];
  readonly encoder?: Pretraining | undefined;
  readonly decoder?: Pretraining | undefined;
}

/** Pretrains, trains and scores one arm on one pair of languages. */
export async function translationArm(
  lab: Lab,
  pair: MtPair,
  { arm, seed, picture }: { readonly arm: string; readonly seed: number; readonly picture: boolean },
  sizes: MtSizes,
  { steps, encoder, decoder, ...stage }: MtTraining,
): Promise<ArmResult> {
  const kinds = { ...(encoder && { encoder }), ...(decoder && { decoder }) };
  const pretrained: { encoder?: Weights; decoder?: Weights } = {};
  for (const [part, kind] of Object.entries(kinds)) {
    pretrained[part as keyof typeof kinds] = await pretrain(lab, pair, kind, seed, sizes);
  }
  const { codec, corpora } = pair;
  const dropout = sizes.translationDropout;
  const options = { ...modelOf(pair, sizes), dropout, attentionDropout: dropout };
  const name = `seed-${seed}/${pair.name}/${arm}`;
  const { weights } = await lab.train(name, {
    updates: stage.updates,
    evaluate: async (model: EncoderDecoder) => (await scoreAll(model, pair, pair.valid)).scores,
    make: () => {
      const streams = streamsOf(seed, "translation");
      const { maxLen, maxTokens: maxWords, tokensPerBatch } = sizes;
      return {
        model: startTranslator(options, streams.weights, sizes.attentionGain, pretrained),
        data: createTrainingData(corpora, codec.dictionary, streams.data, { steps, tokensPerBatch, maxWords, maxLen }),
        rng: streams.dropout,
        options: { optimizer: annealed(stage.lr, stage.warmup, stage.updates) },
      };
    },
  });
  return lab.measure(`${name}/test`, async (signal) => {
    const model = createEncoderDecoder(options, { weights });
    try {
      return await scoreAll(model, pair, pair.tests, { signal, picture });
    } finally {
      model.dispose();
    }
  });
}

const bleu = (hypotheses: readonly string[], references: readonly string[]): number =>
  scoreTranslations(hypotheses, references, { lowercase: true }).bleu.score;

/**
 * The score of the same translations against the reference of the next line. Sentences of one kind resemble each other: whoever writes the
 * likeliest ones without a look at the source has this much, and only what goes beyond it is translation.
 */
export const unrelated = (column: string): string => `${column}-unrelated`;

/** BLEU of every test, ignoring case since the codec writes small letters; one translation of each to read, one to look at. */
async function scoreAll(
  model: EncoderDecoder,
  { codec }: MtPair,
  tests: readonly MtTest[],
  { signal, picture = false }: { readonly signal?: AbortSignal; readonly picture?: boolean } = {},
): Promise<ArmResult> {
  const scores: Record<string, number> = {};
  const samples: (readonly [string, string])[] = [];
  const pictures: Picture[] = [];
  for (const { column, from, to, source, target } of tests) {
    const written = await translate(model, codec, source, { from, to, batchSize: 64, ...(signal && { signal }) });
    scores[column] = bleu(written, target);
    scores[unrelated(column)] = bleu(written, [...target.slice(1), target[0] as string]);
    const [line, own, reference] = [source[0] as string, written[0] as string, target[0] as string];
    samples.push([`${column}, source`, line], [`${column}, translation`, own], [`${column}, reference`, reference]);
    if (!picture || pictures.length > 0) continue;
    // The reference is written by no model, and so never empty or endless.
    const attention = translationAttention(model, codec, line, reference, { from, to });
    pictures.push({
      kind: "attention",
      title: `Where the decoder looks for the reference: ${from} to ${to}`,
      ...attention,
    });
  }
  return { scores, samples, ...(picture && { pictures }) };
}

/** The last columns of a table. */
export const MEAN_COLUMNS: readonly Column[] = [
  { name: "mean", label: "mean BLEU", better: "higher", digits: 2 },
  { name: unrelated("mean"), label: "mean BLEU with references of other lines", better: "lower", digits: 2 },
];

/** Results of several pairs as one, with the mean of some columns, and of the same against unrelated references. */
export function joinResults(results: readonly ArmResult[], mean: readonly string[]): ArmResult {
  const scores = Object.assign({}, ...results.map((result) => result.scores)) as Scores;
  const average = (columns: readonly string[]): number =>
    columns.reduce((sum, column) => sum + (scores[column] as number), 0) / columns.length;
  const pictures = results.flatMap((result) => result.pictures ?? []);
  return {
    scores: { ...scores, mean: average(mean), [unrelated("mean")]: average(mean.map(unrelated)) },
    samples: results.flatMap((result) => result.samples ?? []),
    ...(pictures.length > 0 && { pictures }),
  };
}
