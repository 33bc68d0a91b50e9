import { createRng, type Rng } from "@xlm/core";
import { sentenceLengths, type Corpus } from "@xlm/data";
import { clm, createTrainingData, evaluate, evaluationBatches, wordEnds, type TrainingStep } from "@xlm/trainer";
import { createTransformer, type Transformer } from "@xlm/transformer";
import { learnTextCodec, type TextCodec, type Texts } from "../text-codec.js";
import { annealed } from "./annealed.js";
import type { ArmResult, Experiment, ExperimentKind, ReadLines, Variant } from "./experiment.js";
import { freshModel } from "./fresh-model.js";
import type { Lab } from "./lab.js";

/** What decides the result of `lowResourceLm`. */
export interface LowResourceSizes {
  /** Lines of Nepali to learn from, the first ones. The paper has six times as many of Hindi, and many more of English. */
  readonly lines: number;
  readonly merges: number;
  readonly embDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dropout: number;
  readonly attentionGain: number;
  /** Rows and tokens of a batch. */
  readonly batchSize: number;
  readonly seqLen: number;
  /** Updates on Nepali, the same in every arm; each further language gets as many of its own. */
  readonly updates: number;
  /** Nepali updates between two evaluations; the best on the validation text is kept. */
  readonly every: number;
  readonly lr: number;
  readonly warmup: number;
}

const LOW = "ne";
const ARMS = [
  { name: "ne", label: "Nepali", langs: ["ne"] },
  { name: "ne-en", label: "Nepali + English", langs: ["ne", "en"] },
  { name: "ne-hi", label: "Nepali + Hindi", langs: ["ne", "hi"] },
  { name: "ne-hi-en", label: "Nepali + Hindi + English", langs: ["ne", "hi", "en"] },
] as const;

interface Split {
  readonly train: Texts;
  readonly valid: readonly string[];
  readonly test: readonly string[];
}

/**
 * Perplexity of a language with little text, learnt alone and together with others (§5.4, table 4). All arms share one vocabulary, so that
 * their perplexities are of the same tokens.
 */
export const lowResourceLm: ExperimentKind<LowResourceSizes> = {
  name: "low-resource-lm",
  title: "Low-resource language modelling: Nepali",
  claim:
    "Text of other languages makes a better language model of Nepali; that of the related Hindi more than English, and both together most.",
  paper: {
    source: "Table 4: perplexity of Nepali, 100k sentences of Wikipedia, alone and with English and Hindi",
    header: ["training languages", "Nepali perplexity"],
    rows: [
      ["Nepali", "157.2"],
      ["Nepali + English", "140.1"],
      ["Nepali + Hindi", "115.6"],
      ["Nepali + English + Hindi", "109.3"],
    ],
  },
  sizes: {
    // One layer: two leave the frequencies of words behind at a moment that differs from seed to seed, by more than the languages do. So little
    // Nepali that alone it is learnt by heart, and the best model comes before the last update.
    full: {
      ...{ lines: 2000, merges: 4000, embDim: 128, nLayers: 1, nHeads: 1, dropout: 0.2, attentionGain: 4 },
      ...{ batchSize: 32, seqLen: 32, updates: 500, every: 50, lr: 0.007, warmup: 100 },
    },
    shipped: {
      ...{ lines: 24, merges: 500, embDim: 64, nLayers: 1, nHeads: 2, dropout: 0.1, attentionGain: 4 },
      ...{ batchSize: 4, seqLen: 48, updates: 120, every: 20, lr: 0.003, warmup: 20 },
    },
  },
  open: (read, variant, sizes) => {
    const { train, valid, test } = readSplit(read, variant, sizes.lines);
    const codec = learnTextCodec(train, createRng(0), { merges: sizes.merges });
    const corpora = Object.fromEntries(codec.langs.map((lang) => [lang, codec.corpus(train[lang] ?? [], lang)]));
    const held = { valid: codec.corpus(valid, LOW), test: codec.corpus(test, LOW) };
    return {
      arms: ARMS,
      columns: [
        { name: "ppl", label: "perplexity", better: "lower", digits: 1 },
        { name: "word", label: "perplexity per word", better: "lower", digits: 0 },
      ],
      claims: [claimOf("ne-en", "ne"), claimOf("ne-hi", "ne-en"), claimOf("ne-hi-en", "ne-hi")],
      facts: [
        ...codec.langs.map((lang): [string, string] => [`${lang}, to learn from`, sizeOf(corpora[lang] as Corpus)]),
        ["ne, scored", sizeOf(held.test)],
        ["Vocabulary", `${codec.dictionary.size} subwords, joint`],
      ],
      run: (lab, arm, seed) => runArm(lab, arm, seed, { codec, corpora, held, sizes }),
    };
  },
};

const claimOf = (better: string, worse: string): Experiment["claims"][number] => ({
  ...{ text: `${label(better)} is better than ${label(worse)}`, better, worse, column: "ppl" },
});

const label = (name: string): string => ARMS.find((arm) => arm.name === name)!.label;

const sizeOf = (corpus: Corpus): string => {
  const lengths = sentenceLengths([corpus]);
  return `${lengths.length} lines, ${corpus.ids.length - lengths.length} tokens`;
};

function readSplit(read: ReadLines, variant: Variant, lines: number): Split {
  if (variant === "full") {
    const of = (lang: string): readonly string[] => read(`low-resource/train.${lang}`);
    return {
      train: { ne: of("ne").slice(0, lines), hi: of("hi"), en: of("en") },
      valid: read("low-resource/valid.ne"),
      test: read("low-resource/test.ne"),
    };
  }
  // Articles of the declaration: every eighth is for choosing, the one behind it for scoring, in no language learnt from.
  const part = (lang: string, wanted: (i: number) => boolean): string[] =>
    read(`udhr/articles.${lang}`).filter((_, i) => wanted(i % 8));
  const learnt = (lang: string): string[] => part(lang, (i) => i < 6);
  return {
    train: { ne: learnt("ne").slice(0, lines), hi: learnt("hi"), en: learnt("en") },
    valid: part("ne", (i) => i === 6),
    test: part("ne", (i) => i === 7),
  };
}

interface Prepared {
  readonly codec: TextCodec;
  readonly corpora: Readonly<Record<string, Corpus>>;
  readonly held: Readonly<Record<"valid" | "test", Corpus>>;
  readonly sizes: LowResourceSizes;
}

async function runArm(
  lab: Lab,
  arm: string,
  seed: number,
  { codec, corpora, held, sizes }: Prepared,
): Promise<ArmResult> {
  const { langs } = ARMS.find(({ name }) => name === arm)!;
  const { dictionary } = codec;
  const { embDim, nLayers, nHeads, dropout, attentionGain, batchSize, seqLen, lr, warmup } = sizes;
  const config = { embDim, nLayers, nHeads, dropout, attentionDropout: dropout, maxLen: Math.max(seqLen, 64) };
  const model = { ...config, vocabSize: dictionary.size, nLangs: codec.langs.length };
  const score = async (of: Transformer, corpus: Corpus): Promise<Record<"ppl" | "word", number>> => {
    const text = { objective: "clm" as const, corpus, lang: codec.langId(LOW) };
    const { perplexity, perplexityPerWord } = await evaluate(
      of,
      evaluationBatches(text, dictionary, { batchSize, seqLen, maxLen: config.maxLen }),
      { endsWord: wordEnds(dictionary) },
    );
    return { ppl: perplexity, word: perplexityPerWord };
  };
  const { weights } = await lab.train(`seed-${seed}/${arm}`, {
    // Turns of Nepali and the others: an update of each language's own for every Nepali one.
    updates: sizes.updates * langs.length,
    every: sizes.every * langs.length,
    select: "_valid_ppl",
    evaluate: async (of: Transformer) => ({ valid_ppl: (await score(of, held.valid)).ppl }),
    make: () => {
      const [weightRng, dataRng, dropoutRng] = streams(seed);
      const steps = langs.map((lang): TrainingStep => ({ objective: clm(), on: [lang] }));
      const mono = Object.fromEntries(langs.map((lang) => [lang, corpora[lang] as Corpus]));
      const data = { steps, batchSize, seqLen, maxLen: config.maxLen, langs: codec.langs };
      return {
        model: freshModel(model, weightRng, attentionGain),
        data: createTrainingData({ mono }, dictionary, dataRng, data),
        rng: dropoutRng,
        options: { optimizer: annealed(lr, warmup * langs.length, sizes.updates * langs.length) },
      };
    },
  });
  const scores = await lab.measure(`seed-${seed}/${arm}/test`, async () => {
    const trained = createTransformer(model, { weights });
    try {
      return await score(trained, held.test);
    } finally {
      trained.dispose();
    }
  });
  return { scores };
}

/** One stream of chance for each part of a run. */
function streams(seed: number): [weights: Rng, data: Rng, dropout: Rng] {
  const rng = createRng(seed);
  return [rng.split(), rng.split(), rng.split()];
}
