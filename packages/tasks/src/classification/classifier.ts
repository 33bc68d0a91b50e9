import { MismatchError } from "@xlm/core";
import { accuracy, pearson, spearman } from "@xlm/metrics";
import type { Classifier } from "@xlm/trainer";
import type { TextCodec } from "../text-codec.js";
import { checkAnswers, indexExamples, indexPassages, type Answers, type Example, type Passage } from "./examples.js";
import { bestOutputs, scorePassages, type PassageScores, type ScoreOptions } from "./score.js";

/** What a classifier says of passages. */
export interface Predictions {
  /** `[n]` places in `labels`. */
  readonly classes: Int32Array;
  /** `[n, labels]`, each row adds up to 1. */
  readonly probabilities: Float32Array;
}

/** How a classifier does on examples. */
export interface ClassificationScores {
  /** 0..1 */
  readonly accuracy: number;
  /** `[gold][predicted]` examples. */
  readonly confusion: readonly (readonly number[])[];
  /** `[n]` places in `labels`. */
  readonly gold: Int32Array;
  readonly predictions: Int32Array;
}

/** A model that sorts passages into classes. Whoever made it disposes it. */
export interface TextClassifier {
  readonly labels: readonly string[];
  readonly model: Classifier;
  /** @throws DataError (`XLM_DATA`) for no passage; OptionError (`XLM_OPTION`) for a language that the model has not; the signal's reason. */
  predict(passages: readonly Passage[], lang: string, options?: ScoreOptions): Promise<Predictions>;
  /** @throws as `predict`; DataError (`XLM_DATA`) for a label that is none of `labels`. */
  evaluate(examples: readonly Example[], lang: string, options?: ScoreOptions): Promise<ClassificationScores>;
  dispose(): void;
}

/** How a regressor does on examples. */
export interface RegressionScores {
  /** NaN where gold or predicted values are all the same. */
  readonly pearson: number;
  readonly spearman: number;
  /** `[n]`. */
  readonly predictions: Float32Array;
}

/** A model that gives passages a number each, such as how alike two sentences are. Whoever made it disposes it. */
export interface TextRegressor {
  readonly model: Classifier;
  /** @throws as a classifier's. */
  predict(passages: readonly Passage[], lang: string, options?: ScoreOptions): Promise<Float32Array>;
  /** @throws as `predict`; DataError (`XLM_DATA`) for a label that is no number, and for a single example. */
  evaluate(examples: readonly Example[], lang: string, options?: ScoreOptions): Promise<RegressionScores>;
  dispose(): void;
}

/**
 * A trained encoder and head as a classifier of text.
 * @param model disposed with the classifier.
 * @param labels the classes in the order of the head's outputs.
 * @param options defaults of `predict` and `evaluate`.
 * @throws MismatchError (`XLM_MISMATCH`) for a codec of another vocabulary or other languages, or a head with another number of outputs;
 *   OptionError (`XLM_OPTION`) for fewer than two labels, or one named twice.
 */
export function createTextClassifier(
  model: Classifier,
  codec: TextCodec,
  labels: readonly string[],
  options: ScoreOptions = {},
): TextClassifier {
  checkParts(model, codec, labels);
  return {
    labels: [...labels],
    model,
    predict: async (passages, lang, more) => {
      const scores = await scorePassages(model, indexPassages(passages, codec, lang), { ...options, ...more });
      return { classes: bestOutputs(scores), probabilities: softmaxRows(scores) };
    },
    evaluate: async (examples, lang, more) => {
      const set = indexExamples(examples, codec, lang, labels);
      const predictions = bestOutputs(await scorePassages(model, set, { ...options, ...more }));
      const gold = set.labels as Int32Array;
      return {
        accuracy: accuracy(gold, predictions),
        confusion: confusionOf(gold, predictions, labels.length),
        gold,
        predictions,
      };
    },
    dispose: () => model.dispose(),
  };
}

/**
 * The same for a head with a single output: a number for each passage.
 * @throws MismatchError (`XLM_MISMATCH`) as `createTextClassifier`.
 */
export function createTextRegressor(model: Classifier, codec: TextCodec, options: ScoreOptions = {}): TextRegressor {
  checkParts(model, codec, "number");
  return {
    model,
    predict: async (passages, lang, more) =>
      (await scorePassages(model, indexPassages(passages, codec, lang), { ...options, ...more })).data,
    evaluate: async (examples, lang, more) => {
      const set = indexExamples(examples, codec, lang, "number");
      const { data } = await scorePassages(model, set, { ...options, ...more });
      return { pearson: pearson(set.labels, data), spearman: spearman(set.labels, data), predictions: data };
    },
    dispose: () => model.dispose(),
  };
}

/** How many examples of each class were taken for each class, `[gold][predicted]`. */
function confusionOf(gold: Int32Array, predicted: Int32Array, nLabels: number): number[][] {
  const counts = Array.from({ length: nLabels }, () => new Array<number>(nLabels).fill(0));
  gold.forEach((truth, i) => {
    const row = counts[truth] as number[];
    const guess = predicted[i] as number;
    row[guess] = (row[guess] as number) + 1;
  });
  return counts;
}

function softmaxRows({ data, shape: [n, nOutputs] }: PassageScores): Float32Array {
  const probabilities = new Float32Array(data.length);
  for (let row = 0; row < n; row++) {
    const own = data.subarray(row * nOutputs, (row + 1) * nOutputs);
    const top = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Float64Array.from(own, (value) => Math.exp(value - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    probabilities.set(
      powers.map((power) => power / sum),
      row * nOutputs,
    );
  }
  return probabilities;
}

/** That codec, encoder, head and answers belong together. */
export function checkParts(
  { encoder, head }: { encoder: Pick<Classifier["encoder"], "config">; head?: Pick<Classifier["head"], "config"> },
  codec: TextCodec,
  answers: Answers,
): void {
  checkAnswers(answers);
  const { vocabSize, nLangs } = encoder.config;
  const nAnswers = answers === "number" ? 1 : answers.length;
  const odd = [
    ["words", vocabSize, codec.dictionary.size],
    ["languages", nLangs, codec.langs.length],
    ["answers", head?.config.nOutputs ?? nAnswers, nAnswers],
  ].find(([, ofModel, given]) => ofModel !== given);
  if (!odd) return;
  const [what, ofModel, given] = odd;
  throw new MismatchError({
    what: `the model knows ${ofModel} ${what} and is given ${given}`,
    why: "ids and outputs would stand for something else than it has learnt",
    fix: "use the codes, vocabulary and labels that it was trained with",
  });
}
