import { createRng, OptionError, type Rng, type TensorData } from "@xlm/core";
import type { Corpus } from "@xlm/data";
import { createTrainingData, mlm, tlm, type Classifier, type TrainingStep } from "@xlm/trainer";
import { createHead, createTransformer, joinModels, partWeights, type TransformerOptions } from "@xlm/transformer";
import { createTextClassifier, type TextClassifier } from "../classification/classifier.js";
import { indexExamples } from "../classification/examples.js";
import { createExampleSource } from "../classification/source.js";
import { learnTextCodec, type TextCodec } from "../text-codec.js";
import type { ArmResult, Column, Experiment, ExperimentKind, Picture } from "./experiment.js";
import { freshModel } from "./fresh-model.js";
import type { Lab } from "./lab.js";
import { readXnliText, type XnliTask, type XnliText } from "./xnli-text.js";

/** What decides the result of `xnli`. */
export interface XnliSizes {
  readonly merges: number;
  readonly embDim: number;
  readonly hiddenDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly maxLen: number;
  /**
   * Whether a language adds an embedding of its own to its words, as in the paper. In a single layer it goes straight into what attention looks
   * for; in a trial of one seed TLM was no better than MLM with it, and better without.
   */
  readonly useLangEmb: boolean;
  readonly dropout: number;
  readonly attentionGain: number;
  /** Rows and tokens of a batch of MLM; a batch of TLM has as many tokens. */
  readonly batchSize: number;
  readonly seqLen: number;
  /** Most subwords of a side of a pair that TLM reads: in short pairs the words that belong together are found sooner. */
  readonly maxWords: number;
  /** Rare words are favoured as targets by this power of how frequent they are (§3.3: 0.5). */
  readonly sampleAlpha: number;
  /** Updates of pretraining, the same in both arms: of MLM alone, or half of them of TLM. */
  readonly updates: number;
  readonly lr: number;
  readonly warmup: number;
  /**
   * Of fine-tuning, by task. The best of ten points on English validation text is kept; the mean of several times, from other heads and in
   * another order, is reported, as one time with few examples says little.
   */
  readonly tune: Readonly<Record<string, { readonly updates: number; readonly times: number }>>;
  readonly tuneBatchSize: number;
  readonly tuneLr: number;
  readonly tuneWarmup: number;
  readonly tuneDropout: number;
  /** Most examples of a language to choose by, and to score. */
  readonly maxValid: number;
  readonly maxTest: number;
}

const ARMS = [
  { name: "none", label: "No pretraining" },
  { name: "mlm", label: "MLM" },
  { name: "mlm-tlm", label: "MLM + TLM" },
] as const;

/**
 * Classifiers that learn in English and are asked in other languages (§5.1, table 1). The paper's task is XNLI alone, with 393 thousand
 * English examples of MultiNLI and encoders of 250 million parameters; models of a few minutes learn topics (SIB-200) and hardly inference.
 */
export const xnli: ExperimentKind<XnliSizes> = {
  name: "xnli",
  title: "Cross-lingual classification: learnt in English, asked in other languages",
  claim:
    "Pretraining makes a classifier that learnt in English alone work in languages it has no examples of, and parallel text (TLM) makes it better still.",
  paper: {
    source: "Table 1: accuracy on XNLI of classifiers fine-tuned in English, and the mean of 15 languages",
    header: ["", ..."en fr es de el bg ru tr ar vi th zh hi sw ur mean".split(" ")],
    rows: [
      ["MLM", ..."83.2 76.5 76.3 74.2 73.1 74.0 73.1 67.8 68.5 71.2 69.2 71.9 65.7 64.6 63.4 71.5".split(" ")],
      ["MLM + TLM", ..."85.0 78.7 78.9 77.8 76.6 77.4 75.3 72.5 73.1 76.1 73.2 76.5 69.6 68.4 67.3 75.1".split(" ")],
    ],
  },
  sizes: {
    full: {
      ...{ merges: 3000, embDim: 128, hiddenDim: 128, nLayers: 1, nHeads: 1, maxLen: 192, dropout: 0 },
      ...{ useLangEmb: false, attentionGain: 4, batchSize: 32, seqLen: 32, maxWords: 40, sampleAlpha: 0.5 },
      ...{ updates: 5000, lr: 0.003, warmup: 200 },
      ...{ tuneBatchSize: 16, tuneLr: 0.003, tuneWarmup: 20, tuneDropout: 0.1, maxValid: 500, maxTest: 1000 },
      tune: {
        sib200: { updates: 200, times: 4 },
        xnli: { updates: 1500, times: 1 },
        pawsx: { updates: 100, times: 1 },
      },
    },
    shipped: {
      ...{ merges: 1500, embDim: 128, hiddenDim: 128, nLayers: 1, nHeads: 1, maxLen: 192, dropout: 0 },
      ...{ useLangEmb: false, attentionGain: 4, batchSize: 32, seqLen: 32, maxWords: 30, sampleAlpha: 0.5 },
      ...{ updates: 1500, lr: 0.005, warmup: 100 },
      ...{ tuneBatchSize: 16, tuneLr: 0.003, tuneWarmup: 20, tuneDropout: 0.1, maxValid: 300, maxTest: 600 },
      tune: { bible: { updates: 300, times: 2 } },
    },
  },
  open: (read, variant, sizes) => openXnli(readXnliText(read, variant), sizes),
};

/** The experiment on text of any kind. */
export function openXnli(text: XnliText, sizes: XnliSizes): Experiment {
  const codec = learnTextCodec(text.mono, createRng(0), { merges: sizes.merges, tokenizer: "plain" });
  const mono = Object.fromEntries(codec.langs.map((lang) => [lang, codec.corpus(text.mono[lang] ?? [], lang)]));
  const para = text.para.map(({ langs, sides }) => ({
    langs,
    sides: [codec.corpus(sides[0], langs[0]), codec.corpus(sides[1], langs[1])] as const,
  }));
  const tasks = text.tasks.map((task) => cutTask(task, sizes));
  const claimed = tasks.filter(({ isClaimed }) => isClaimed);
  return {
    arms: ARMS,
    columns: tasks.flatMap(columnsOf),
    claims: claimed.flatMap(({ name, label }) => [
      { text: `${label}: MLM is better than no pretraining`, better: "mlm", worse: "none", column: `${name} mean` },
      { text: `${label}: TLM makes MLM better`, better: "mlm-tlm", worse: "mlm", column: `${name} mean` },
    ]),
    facts: [
      ...codec.langs.map((lang): [string, string] => [`${lang}, to pretrain on`, sizeOf(mono[lang] as Corpus)]),
      ...para.map(({ langs, sides }): [string, string] => [`${langs.join("-")}, pairs`, String(nSentences(sides[0]))]),
      ["Vocabulary", `${codec.dictionary.size} subwords, joint`],
      ...tasks.map(({ label, train, valid, test }): [string, string] => [
        label,
        `${train.length} English examples, ${valid.length} to choose by; ${Object.entries(test)
          .map(([lang, { length }]) => `${length} ${lang}`)
          .join(", ")} to score`,
      ]),
      ...tasks.map(({ label, test }): [string, string] => [
        `${label}, always the same answer`,
        percent(majorityOf(test)),
      ]),
    ],
    run: (lab, arm, seed) => runArm(lab, arm, seed, { codec, mono, para, tasks, sizes }),
  };
}

const nSentences = ({ positions }: Corpus): number => positions.length / 2;
const sizeOf = (corpus: Corpus): string =>
  `${nSentences(corpus)} lines, ${corpus.ids.length - nSentences(corpus)} tokens`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const others = (test: XnliTask["test"]): string[] => Object.keys(test).filter((lang) => lang !== "en");

/** Every task: the mean over the languages that there were no examples of, and English beside it. */
const columnsOf = ({ name, label, test }: XnliTask): Column[] => [
  { name: `${name} mean`, label: `${label}, ${others(test).join(" ")}`, better: "higher", digits: 1 },
  { name: `${name} en`, label: `${label}, en`, better: "higher", digits: 1 },
];

const cutTask = (task: XnliTask, { maxValid, maxTest }: XnliSizes): XnliTask => ({
  ...task,
  valid: evenly(task.valid, maxValid),
  test: Object.fromEntries(Object.entries(task.test).map(([lang, examples]) => [lang, evenly(examples, maxTest)])),
});

/** At most so many, spread over the whole. */
const evenly = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length <= most
    ? items
    : Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);

/** How often the most frequent class of the English test is right. */
function majorityOf(test: XnliTask["test"]): number {
  const counts = new Map<string | number, number>();
  const examples = test["en"] ?? [];
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / examples.length;
}

interface Prepared {
  readonly codec: TextCodec;
  readonly mono: Readonly<Record<string, Corpus>>;
  readonly para: readonly { readonly langs: readonly [string, string]; readonly sides: readonly [Corpus, Corpus] }[];
  readonly tasks: readonly XnliTask[];
  readonly sizes: XnliSizes;
}

type Weights = Readonly<Record<string, TensorData<"F32">>>;
type TestScores = Readonly<Record<string, { accuracy: number; confusion: readonly (readonly number[])[] }>>;

async function runArm(lab: Lab, arm: string, seed: number, prepared: Prepared): Promise<ArmResult> {
  const { codec, tasks, sizes } = prepared;
  const { embDim, hiddenDim, nLayers, nHeads, dropout, maxLen, useLangEmb } = sizes;
  const model = { embDim, hiddenDim, nLayers, nHeads, maxLen, useLangEmb, dropout, attentionDropout: dropout };
  const config = { ...model, vocabSize: codec.dictionary.size, nLangs: codec.langs.length };
  const pretrained = arm === "none" ? undefined : await pretrain(lab, arm, seed, config, prepared);
  const scores: Record<string, number> = {};
  const pictures: Picture[] = [];
  for (const task of tasks) {
    const times: TestScores[] = [];
    const plan = planOf(task, sizes);
    for (let time = 1; time <= plan.times; time++) {
      const stage = `seed-${seed}/${arm}/${task.name}-${time}`;
      const weights = await finetune(lab, stage, { ...plan, seed, time, config, pretrained, codec, task, sizes });
      times.push(await lab.measure(`${stage}/test`, (signal) => testAll(task, config, weights, codec, signal)));
    }
    const accuracyOf = (lang: string): number => 100 * mean(times.map((found) => found[lang]?.accuracy ?? 0));
    scores[`${task.name} mean`] = mean(others(task.test).map(accuracyOf));
    scores[`${task.name} en`] = accuracyOf("en");
    if (task.isClaimed) pictures.push(confusionOf(task, times));
  }
  return { scores, pictures };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function planOf({ name }: XnliTask, { tune }: XnliSizes): XnliSizes["tune"][string] {
  const plan = tune[name];
  if (plan) return plan;
  throw new OptionError({
    what: `tune says nothing of ${name}`,
    why: "every task needs a number of updates",
    fix: `give tune.${name} updates and times`,
  });
}

/** One stream of chance for each part of pretraining; both arms of a seed begin with the same weights. */
function streams(seed: number): Record<"weights" | "data" | "dropout" | "tuning", Rng> {
  const rng = createRng(seed);
  return { weights: rng.split(), data: rng.split(), dropout: rng.split(), tuning: rng.split() };
}

/**
 * MLM on text of all languages, in the other arm by turns with TLM on the sentence pairs: the text is the same, both sides of the pairs
 * included, and so are the updates; only the objective differs.
 */
async function pretrain(
  lab: Lab,
  arm: string,
  seed: number,
  config: TransformerOptions,
  { codec, mono, para, sizes }: Prepared,
): Promise<Weights> {
  const { batchSize, seqLen, maxLen, attentionGain } = sizes;
  const { weights } = await lab.train(`seed-${seed}/${arm}/pretrain`, {
    updates: sizes.updates,
    make: () => {
      const chance = streams(seed);
      const masking = { sampleAlpha: sizes.sampleAlpha };
      const steps: TrainingStep[] = [
        { objective: mlm(masking) },
        ...(arm === "mlm-tlm" ? [{ objective: tlm(masking) }] : []),
      ];
      return {
        model: freshModel(config, chance.weights, attentionGain),
        data: createTrainingData({ mono, para }, codec.dictionary, chance.data, {
          ...{ steps, batchSize, seqLen, tokensPerBatch: batchSize * seqLen, maxLen, langs: codec.langs },
          maxWords: sizes.maxWords,
        }),
        rng: chance.dropout,
        options: { optimizer: rateOf(sizes.lr, sizes.warmup, sizes.updates) },
      };
    },
  });
  return weights;
}

/** Adam with a warm-up and then half a cosine down to nothing at the last update, which learns most in few of them. */
function rateOf(lr: number, warmup: number, updates: number): string {
  const up = Math.max(1, Math.min(warmup, updates - 1));
  const down = Math.max(1, updates - up);
  return `adam_cosine,lr=${lr},warmup_updates=${up},warmup_init_lr=0,init_period=${down},min_lr=0,beta2=0.98`;
}

interface Tuning {
  readonly seed: number;
  /** From 1: each time has a head and an order of its own, the same in all arms. */
  readonly time: number;
  readonly updates: number;
  readonly config: TransformerOptions;
  /** Of the encoder; without, it begins afresh. */
  readonly pretrained: Weights | undefined;
  readonly codec: TextCodec;
  readonly task: XnliTask;
  readonly sizes: XnliSizes;
}

/** English alone: the weights that do best on English validation text. */
async function finetune(
  lab: Lab,
  stage: string,
  { seed, time, updates, config, pretrained, codec, task, sizes }: Tuning,
): Promise<Weights> {
  const { tuneBatchSize, tuneLr, tuneWarmup, tuneDropout, attentionGain } = sizes;
  const { weights } = await lab.train(stage, {
    updates,
    select: "valid_accuracy",
    evaluate: async (model: Classifier) => {
      const { accuracy } = await createTextClassifier(model, codec, task.labels).evaluate(task.valid, "en");
      return { valid_accuracy: accuracy };
    },
    make: () => {
      const { weights: fresh, tuning } = streams(seed);
      const [headRng, orderRng, dropoutRng] = timesOf(tuning, time);
      const encoder = pretrained
        ? createTransformer(config, { weights: pretrained })
        : freshModel(config, fresh, attentionGain);
      const size = { inputDim: config.embDim, nOutputs: task.labels.length, dropout: tuneDropout };
      return {
        model: joinModels({ encoder, head: createHead(size, { rng: headRng }) }),
        data: createExampleSource(indexExamples(task.train, codec, "en", task.labels), orderRng, {
          ...{ batchSize: tuneBatchSize, groupBySize: true, positions: sizes.maxLen },
        }),
        rng: dropoutRng,
        options: { optimizer: rateOf(tuneLr, tuneWarmup, updates) },
      };
    },
  });
  return weights;
}

function timesOf(rng: Rng, time: number): [head: Rng, order: Rng, dropout: Rng] {
  const own = Array.from({ length: time }, () => rng.split())[time - 1] as Rng;
  return [own.split(), own.split(), own.split()];
}

/** Asks in every language. */
async function testAll(
  task: XnliTask,
  config: TransformerOptions,
  weights: Weights,
  codec: TextCodec,
  signal: AbortSignal,
): Promise<TestScores> {
  const classifier = classifierOf(task, config, weights, codec);
  try {
    const found: Record<string, TestScores[string]> = {};
    for (const [lang, examples] of Object.entries(task.test)) {
      const { accuracy, confusion } = await classifier.evaluate(examples, lang, { signal });
      found[lang] = { accuracy, confusion };
    }
    return found;
  } finally {
    classifier.dispose();
  }
}

function classifierOf(task: XnliTask, config: TransformerOptions, weights: Weights, codec: TextCodec): TextClassifier {
  const encoder = createTransformer(config, { weights: partWeights(weights, "encoder") });
  const size = { inputDim: config.embDim, nOutputs: task.labels.length };
  const head = createHead(size, { weights: partWeights(weights, "head") });
  return createTextClassifier(joinModels({ encoder, head }), codec, task.labels);
}

/** Of all languages without examples, and all times, together. */
function confusionOf({ label, labels, test }: XnliTask, times: readonly TestScores[]): Picture {
  const langs = others(test);
  const found = times.flatMap((scores) => langs.map((lang) => scores[lang]?.confusion ?? []));
  const counts = labels.map((_, gold) =>
    labels.map((__, guess) => found.reduce((sum, confusion) => sum + (confusion[gold]?.[guess] ?? 0), 0)),
  );
  return { kind: "confusion", title: `${label}: ${langs.join(", ")}`, labels, counts };
}
