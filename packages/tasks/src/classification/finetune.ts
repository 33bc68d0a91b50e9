import { breathe, checkInt, type Rng, type TensorData } from "@xlm/core";
import { accuracy, pearson } from "@xlm/metrics";
import {
  createTensorOptimizer,
  joinOptimizers,
  parametersOfLayers,
  parseOptimizer,
  trainStep,
  type Classifier,
  type Optimizer,
  type TensorOptimizer,
} from "@xlm/trainer";
import {
  createHead,
  createTransformer,
  exportWeights,
  joinModels,
  partWeights,
  type Transformer,
} from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";
import {
  checkParts,
  createTextClassifier,
  createTextRegressor,
  type TextClassifier,
  type TextRegressor,
} from "./classifier.js";
import { indexExamples, labelsOf, type Answers, type Example, type ExampleSet } from "./examples.js";
import { bestOutputs, scorePassages } from "./score.js";
import { createExampleSource } from "./source.js";

/** What is learnt from. */
export interface FinetuneText {
  readonly train: readonly Example[];
  /** Chooses the epoch whose weights are kept. @default none: the last epoch's are */
  readonly valid?: readonly Example[];
  /** The language of both, one of the codec's. */
  readonly lang: string;
  /** Classes, in the order of the head's outputs. @default those of `train`, sorted */
  readonly labels?: readonly string[];
}

export interface FinetuneOptions {
  /** Most times through the examples (`--n_epochs`; 100 unless told, and stopped by hand). @default 10 */
  readonly epochs?: number;
  /** Examples after which an epoch ends (`--epoch_size`). @default all */
  readonly epochSize?: number;
  /** About how many examples a batch has. @default 8, as the original's command for XNLI says; its flag defaults to 32 */
  readonly batchSize?: number;
  /** Whether a batch has passages of similar length (`--group_by_size`). @default false */
  readonly groupBySize?: boolean;
  /** Of the encoder (`--optimizer_e`). Small models want larger rates. @default "adam,lr=0.000025", as that command says */
  readonly encoderOptimizer?: Optimizer | string;
  /** Of the head (`--optimizer_p`). @default "adam,lr=0.000025" */
  readonly headOptimizer?: Optimizer | string;
  /** Which of the encoder's layers move (`--finetune_layers`); see `parametersOfLayers`. @default "0:_1", all of them */
  readonly layers?: string;
  /** On the state that the head reads (`--dropout`); the encoder keeps its own rates. @default 0 */
  readonly dropout?: number;
  /** Gradients together are scaled down to this length; 0 for never, as the original. @default 0 */
  readonly clip?: number;
  /** Tokens of a side, marks included; what is longer is cut (`--max_len`). @default 256 */
  readonly maxLen?: number;
  /** Epochs without a better score on `valid` after which it ends. @default Infinity */
  readonly patience?: number;
  readonly onStep?: (event: FinetuneStep) => void;
  readonly onEpoch?: (event: FinetuneEpoch) => void;
  /** Stops before the next step: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface FinetuneStep {
  /** From 1. */
  readonly epoch: number;
  /** Updates made, of those of all epochs. */
  readonly update: number;
  readonly updates: number;
  /** Nats an example, or the square of what a number is off. */
  readonly loss: number;
}

export interface FinetuneEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Mean of its batches. */
  readonly loss: number;
  /** Accuracy on `valid`, or Pearson's correlation; absent without. */
  readonly score?: number;
}

/** How the model came about. */
export interface FinetuneHistory {
  readonly epochs: readonly FinetuneEpoch[];
  /** The epoch whose weights these are, from 1. */
  readonly chosen: number;
}

/**
 * Fine-tunes a pretrained encoder to tell classes apart: a linear map of the first hidden state, all parameters trained (Lample & Conneau
 * 2019, §5.1; the original's `glue-xnli.py`). What is learnt in one language can be asked in all others of the model.
 * @param encoder left as it was: a copy is trained.
 * @param rng split, not advanced: the head's first weights, the order of the examples, dropout.
 * @throws DataError (`XLM_DATA`) for no examples, fewer than two classes, an empty or unknown label; OptionError (`XLM_OPTION`);
 *   MismatchError (`XLM_MISMATCH`) for a codec that is not the encoder's; DivergenceError (`XLM_DIVERGED`); the signal's reason. Whatever
 *   is thrown, no tensor is left.
 * @example
 * const train = [{ text: "the match was lost", label: "sports" }, { text: "the senate voted", label: "politics" }];
 * const classifier = await finetuneClassifier(encoder, codec, { train, lang: "en" }, createRng(1), { epochs: 20 });
 * const { accuracy } = await classifier.evaluate(french, "fr");
 */
export async function finetuneClassifier(
  encoder: Transformer,
  codec: TextCodec,
  { train, valid, lang, labels = labelsOf(train) }: FinetuneText,
  rng: Rng,
  options: FinetuneOptions = {},
): Promise<TextClassifier & FinetuneHistory> {
  const { model, ...history } = await finetune(encoder, codec, { train, valid, lang, answers: labels }, rng, options);
  return { ...createTextClassifier(model, codec, labels, cutOf(options)), ...history };
}

/**
 * The same for a number, such as how alike two sentences are, by its square error; the best epoch is that of Pearson's correlation.
 * @throws as `finetuneClassifier`; DataError (`XLM_DATA`) for a label that is no number.
 */
export async function finetuneRegressor(
  encoder: Transformer,
  codec: TextCodec,
  { train, valid, lang }: Omit<FinetuneText, "labels">,
  rng: Rng,
  options: FinetuneOptions = {},
): Promise<TextRegressor & FinetuneHistory> {
  const { model, ...history } = await finetune(encoder, codec, { train, valid, lang, answers: "number" }, rng, options);
  return { ...createTextRegressor(model, codec, cutOf(options)), ...history };
}

const cutOf = ({ maxLen }: FinetuneOptions): { maxLen?: number } => (maxLen === undefined ? {} : { maxLen });

interface Task {
  readonly train: readonly Example[];
  readonly valid: readonly Example[] | undefined;
  readonly lang: string;
  readonly answers: Answers;
}

async function finetune(
  encoder: Transformer,
  codec: TextCodec,
  { train, valid, lang, answers }: Task,
  rng: Rng,
  options: FinetuneOptions,
): Promise<FinetuneHistory & { readonly model: Classifier }> {
  const { epochs: nEpochs = 10, batchSize = 8, epochSize, patience = Infinity, clip = 0, maxLen = 256 } = options;
  const { onStep, onEpoch, signal } = options;
  checkInt("epochs", nEpochs, 1);
  checkInt("batchSize", batchSize, 1);
  if (epochSize !== undefined) checkInt("epochSize", epochSize, 1);
  if (patience !== Infinity) checkInt("patience", patience, 1);
  checkParts({ encoder }, codec, answers);
  const examples = indexExamples(train, codec, lang, answers);
  const held = valid && indexExamples(valid, codec, lang, answers);
  const [headRng, orderRng, dropoutRng] = [rng.split(), rng.split(), rng.split()];
  const source = createExampleSource(examples, orderRng, {
    ...{ batchSize, maxLen, positions: encoder.config.maxLen, groupBySize: options.groupBySize ?? false },
  });
  const perEpoch = Math.min(source.batchesPerEpoch, Math.ceil((epochSize ?? Infinity) / batchSize));
  const model = classifierOn(encoder, answers, headRng, options.dropout ?? 0);
  let optimizer: TensorOptimizer | undefined;
  try {
    optimizer = optimizerOf(model, options);
    const epochs: FinetuneEpoch[] = [];
    let best: { epoch: number; score: number; weights: Weights } | undefined;
    for (let epoch = 1; epoch <= nEpochs; epoch++) {
      let sum = 0;
      for (let i = 0; i < perEpoch; i++) {
        signal?.throwIfAborted();
        const { loss } = await trainStep(model, optimizer, [source.next()], { clip, dropoutRng });
        sum += loss;
        onStep?.({ epoch, update: (epoch - 1) * perEpoch + i + 1, updates: nEpochs * perEpoch, loss });
        await breathe();
      }
      const score = held && (await scoreOn(model, held, maxLen, signal));
      const event = { epoch, loss: sum / perEpoch, ...(score !== undefined && { score }) };
      epochs.push(event);
      onEpoch?.(event);
      if (score === undefined) continue;
      if (!best || score > best.score) best = { epoch, score, weights: exportWeights(model) };
      else if (epoch - best.epoch >= patience) break;
    }
    const last = epochs.length;
    if (!best || best.epoch === last) return { model, epochs, chosen: last };
    const chosen = restored(model, best.weights);
    model.dispose();
    return { model: chosen, epochs, chosen: best.epoch };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer?.dispose();
  }
}

type Weights = Readonly<Record<string, TensorData<"F32">>>;

/** A copy of the encoder with a fresh head. */
function classifierOn(encoder: Transformer, answers: Answers, rng: Rng, dropout: number): Classifier {
  const nOutputs = answers === "number" ? 1 : answers.length;
  const head = createHead({ inputDim: encoder.config.embDim, nOutputs, dropout }, { rng });
  return joinModels({ encoder: createTransformer(encoder.config, { weights: exportWeights(encoder) }), head });
}

function restored({ encoder, head }: Classifier, weights: Weights): Classifier {
  return joinModels({
    encoder: createTransformer(encoder.config, { weights: partWeights(weights, "encoder") }),
    head: createHead(head.config, { weights: partWeights(weights, "head") }),
  });
}

function optimizerOf({ encoder, params }: Classifier, options: FinetuneOptions): TensorOptimizer {
  const { layers = "0:_1", encoderOptimizer = DEFAULT, headOptimizer = DEFAULT } = options;
  const names = parametersOfLayers(encoder.config, layers).map((name) => `encoder.${name}`);
  const head = Object.keys(params).filter((name) => name.startsWith("head."));
  const parsed = (given: Optimizer | string): Optimizer => (typeof given === "string" ? parseOptimizer(given) : given);
  const rules = [parsed(encoderOptimizer), parsed(headOptimizer)] as const; // both, before anything is made
  const bound = (optimizer: Optimizer, own: readonly string[]): TensorOptimizer =>
    createTensorOptimizer(optimizer, Object.fromEntries(own.map((name) => [name, params[name]!])));
  return joinOptimizers([bound(rules[0], names), bound(rules[1], head)]);
}

const DEFAULT = "adam,lr=0.000025";

/** Higher is better; a correlation that is not defined is worst. */
async function scoreOn(
  model: Classifier,
  set: ExampleSet,
  maxLen: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const scores = await scorePassages(model, set, { maxLen, ...(signal && { signal }) });
  if (set.answers !== "number") return accuracy(set.labels, bestOutputs(scores));
  const score = pearson(set.labels, scores.data);
  return Number.isNaN(score) ? -1 : score;
}
