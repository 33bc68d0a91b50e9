import { createRng, type Rng, type TensorData } from "@xlm/core";
import { createTrainingData, mlm, type Vectors } from "@xlm/trainer";
import { completeConfig, initWeights, type TransformerConfig } from "@xlm/transformer";
import { pca } from "../projection/pca.js";
import { learnTextCodec, type TextCodec, type Texts } from "../text-codec.js";
import {
  alignWords,
  pairSimilarity,
  translateWords,
  translationPrecision,
  wordSimilarity,
  wordVectors,
  type WordPair,
  type WordVectors,
} from "../words/index.js";
import { rowsOf } from "../words/rows.js";
import type { ArmResult, Column, Experiment, ExperimentKind, Picture } from "./experiment.js";
import { freshModel } from "./fresh-model.js";
import type { Lab, Scores } from "./lab.js";
import {
  knownWords,
  readPairs,
  readTexts,
  wordCounts,
  wordsFrom,
  type WordLimits,
  type WordPairs,
} from "./word-embeddings-text.js";

/** What decides the result of `wordEmbeddings`. */
export interface WordEmbeddingSizes extends WordLimits {
  /** BPE merges of all languages together, and of one alone. */
  readonly merges: number;
  readonly monoMerges: number;
  readonly embDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dropout: number;
  readonly attentionGain: number;
  /** Rows and tokens of a batch. Short rows: the neighbours of a word say most about it, and few are soon told apart. */
  readonly batchSize: number;
  readonly seqLen: number;
  /** Share of tokens that are predicted. `Differs:` more than the paper's 15 %, so that a short run learns more of its text. */
  readonly predictProb: number;
  /** Updates on all languages together. Alone, each language has as many as it has had there on average. */
  readonly updates: number;
  readonly lr: number;
  readonly warmup: number;
  /** Takes from the table what was drawn at the start and no text keeps up. */
  readonly weightDecay: number;
}

const ARMS = [
  { name: "untrained", label: "Untrained table" },
  { name: "aligned", label: "One model a language, aligned by dictionary" },
  { name: "xlm", label: "XLM (MLM), one model" },
] as const;

interface Prepared {
  readonly joint: TextCodec;
  readonly mono: Readonly<Record<string, TextCodec>>;
  readonly texts: Texts;
  readonly pairs: readonly WordPairs[];
  readonly sizes: WordEmbeddingSizes;
}

/**
 * Words of different languages in the lookup table of one model that has only read text of each, against tables that know nothing and tables
 * that were learnt apart and laid on each other with a dictionary (§5.5, table 5).
 *
 * Every table is read for the same words, those that are frequent in the text, each language's mean taken off: what then differs between arms
 * is not where a language lies as a whole. Words spelt alike in both languages share their rows in a joint table, trained or not, and are
 * part of its score, as they are in the paper; so `untrained` shows what spelling alone comes to.
 *
 * L2 is that of the rows as they are, whose length changes with training and weight decay whatever they mean. Claims therefore read the
 * distance of translations over that of each word to the next word's translation, about as frequent a word, which no scale changes.
 * `Differs:` a model of seconds, of frequent words, with text of captions and help pages; MUSE's dictionary is split by hash, so that both
 * halves have frequent words; judged pairs are few.
 */
export const wordEmbeddings: ExperimentKind<WordEmbeddingSizes> = {
  name: "word-embeddings",
  title: "Cross-lingual word embeddings",
  claim:
    "Translations lie nearer to each other in the lookup table of one model of all languages than in tables learnt apart and aligned, though it has seen no dictionary.",
  paper: {
    source: "Table 5: cosine similarity and L2 distance of translations, Pearson on SemEval'17 (unsupervised)",
    header: ["embeddings", "cosine", "L2", "Pearson"],
    rows: [
      ["MUSE", "0.38", "5.13", "0.65"],
      ["Concat (fastText)", "0.36", "4.89", "0.52"],
      ["XLM", "0.55", "2.64", "0.69"],
    ],
  },
  sizes: {
    full: {
      ...{ merges: 3000, monoMerges: 1500, embDim: 64, nLayers: 1, nHeads: 1, dropout: 0, attentionGain: 4 },
      ...{ batchSize: 128, seqLen: 8, predictProb: 0.3, updates: 5000, lr: 0.004, warmup: 100, weightDecay: 0.2 },
      ...{ minCount: 20, judgedMinCount: 5, vocabulary: 2000 },
    },
    shipped: {
      ...{ merges: 1500, monoMerges: 1000, embDim: 64, nLayers: 1, nHeads: 1, dropout: 0, attentionGain: 4 },
      ...{ batchSize: 128, seqLen: 8, predictProb: 0.3, updates: 1200, lr: 0.004, warmup: 60, weightDecay: 0.2 },
      ...{ minCount: 40, judgedMinCount: 5, vocabulary: 2000 },
    },
  },
  open: (read, variant, sizes) => {
    const texts = readTexts(read, variant);
    const learn = (of: Texts, merges: number): TextCodec => learnTextCodec(of, createRng(0), { merges });
    const joint = learn(texts, sizes.merges);
    const mono = Object.fromEntries(
      joint.langs.map((lang) => [lang, learn({ [lang]: texts[lang] ?? [] }, sizes.monoMerges)]),
    );
    const counts = Object.fromEntries(joint.langs.map((lang) => [lang, wordCounts(joint, texts, lang)]));
    const pairs = readPairs(read, variant, joint).map((pair) => knownWords(pair, counts, sizes));
    const judged = pairs.some((pair) => pair.judged.length > 0);
    return {
      arms: ARMS,
      columns: scoreColumns(judged),
      claims: claimsOf(judged),
      facts: [
        ...joint.langs.map((lang): [string, string] => [
          `Text, ${lang}`,
          `${texts[lang]!.length} lines, ${wordsFrom(counts[lang]!, sizes.minCount).length} words from ${sizes.minCount} times on`,
        ]),
        ["Vocabulary", `${joint.dictionary.size} subwords, joint`],
        ...pairs.map(({ langs, train, test, judged: rated }): [string, string] => [
          langs.join("-"),
          `${train.length} pairs to align with, ${test.length} to score${rated.length > 0 ? `, ${rated.length} judged` : ""}`,
        ]),
      ],
      run: (lab, arm, seed) => runArm(lab, arm, seed, { joint, mono, texts, pairs, sizes }),
    };
  },
};

const scoreColumns = (judged: boolean): Column[] => [
  { name: "cosine", label: "cosine", better: "higher", digits: 2 },
  { name: "l2", label: "L2", better: "lower", digits: 2 },
  { name: "ratio", label: "L2 / L2 of others", better: "lower", digits: 2 },
  { name: "nn1", label: "p@1 nearest", better: "higher", digits: 3 },
  { name: "csls1", label: "p@1 CSLS", better: "higher", digits: 3 },
  { name: "csls5", label: "p@5 CSLS", better: "higher", digits: 3 },
  ...(judged ? [{ name: "pearson", label: "Pearson", better: "higher", digits: 2 } as const] : []),
];

const claimsOf = (judged: boolean): Experiment["claims"] =>
  ["aligned", "untrained"].flatMap((worse) =>
    ["cosine", "ratio", "csls1", ...(judged ? ["pearson"] : [])].map((column) => {
      const label = ARMS.find(({ name }) => name === worse)!.label.toLowerCase();
      return { text: `XLM is better than: ${label}`, better: "xlm", worse, column };
    }),
  );

/** The lookup table that an arm has for a language. */
async function tableFor(
  lab: Lab,
  arm: string,
  lang: string,
  seed: number,
  { joint, mono, texts, sizes }: Prepared,
): Promise<Vectors> {
  if (arm === "untrained") return tableOf(initWeights(configOf(joint, sizes), streams(seed)[0]));
  if (arm === "xlm") return pretrained(lab, `seed-${seed}/joint/mlm`, joint, texts, sizes, streams(seed));
  // Chance of its own for each: the same draws for the words of the same rank would be an alignment of a kind.
  const chance = streams(seed, 1 + joint.langs.indexOf(lang));
  return pretrained(lab, `seed-${seed}/mono-${lang}/mlm`, mono[lang]!, texts, sizes, chance);
}

async function runArm(lab: Lab, arm: string, seed: number, prepared: Prepared): Promise<ArmResult> {
  const { joint, mono, pairs } = prepared;
  const apart = arm === "aligned";
  const codecOf = (lang: string): TextCodec => (apart ? mono[lang]! : joint);
  const tables: Record<string, Vectors> = {};
  for (const lang of joint.langs) tables[lang] = await tableFor(lab, arm, lang, seed, prepared);
  return lab.measure(`seed-${seed}/${arm}/words`, () => {
    const spaces = pairs.map((pair): Space => {
      const side = (i: 0 | 1, words: readonly string[]): WordVectors =>
        centred(wordVectors(tables[pair.langs[i]]!, codecOf(pair.langs[i]), words, pair.langs[i]));
      const [source, target] = [side(0, pair.words[0]), side(1, pair.words[1])];
      if (!apart) return { pair, source, target };
      const [from, to] = [pair.train.map(([word]) => word), pair.train.map(([, word]) => word)];
      const { apply } = alignWords(side(0, from), side(1, to), pair.train);
      return { pair, source: { ...source, vectors: apply(source.vectors) }, target };
    });
    const all = spaces.map(scoresOf);
    const mean = Object.keys(all[0] as Scores).map((name): [string, number] => [
      name,
      all.reduce((sum, scores) => sum + (scores[name] as number), 0) / all.length,
    ]);
    const first = spaces[0] as Space;
    return Promise.resolve<ArmResult>({
      scores: Object.fromEntries(mean),
      ...(arm === "xlm" && { pictures: [mapOf(first)] }),
      samples: samplesOf(first),
    });
  });
}

const configOf = ({ dictionary, langs }: TextCodec, sizes: WordEmbeddingSizes): TransformerConfig => {
  const { embDim, nLayers, nHeads, dropout, seqLen: maxLen } = sizes;
  const rates = { dropout, attentionDropout: dropout };
  return completeConfig({
    vocabSize: dictionary.size,
    nLangs: langs.length,
    embDim,
    nLayers,
    nHeads,
    maxLen,
    ...rates,
  });
};

const tableOf = (weights: Readonly<Record<string, TensorData<"F32">>>): Vectors => {
  const { data, shape } = weights["embeddings.weight"] as TensorData<"F32">;
  return { data, shape: [shape[0] as number, shape[1] as number] };
};

/** The lookup table after MLM on the text of the codec's languages. */
async function pretrained(
  lab: Lab,
  name: string,
  codec: TextCodec,
  texts: Texts,
  sizes: WordEmbeddingSizes,
  [weightRng, dataRng, stepRng]: Streams,
): Promise<Vectors> {
  const { attentionGain, batchSize, seqLen, predictProb, lr, warmup, weightDecay } = sizes;
  const updates = Math.round((sizes.updates * codec.langs.length) / Object.keys(texts).length);
  const up = Math.min(warmup, updates - 1);
  const { weights } = await lab.train(name, {
    updates,
    make: () => {
      const mono = Object.fromEntries(codec.langs.map((lang) => [lang, codec.corpus(texts[lang] ?? [], lang)]));
      const steps = [{ objective: mlm({ predictProb }) }];
      return {
        model: freshModel(configOf(codec, sizes), weightRng, attentionGain),
        data: createTrainingData({ mono }, codec.dictionary, dataRng, { steps, batchSize, seqLen, maxLen: seqLen }),
        rng: stepRng,
        options: {
          optimizer: `adam_cosine,lr=${lr},warmup_updates=${up},warmup_init_lr=0,init_period=${updates - up},min_lr=0,beta2=0.98,weight_decay=${weightDecay}`,
        },
      };
    },
  });
  return tableOf(weights);
}

type Streams = readonly [weights: Rng, data: Rng, steps: Rng];

/** One stream of chance for each part of the `nth` training of a seed. */
function streams(seed: number, nth = 0): Streams {
  const rng = createRng(seed);
  const all = Array.from({ length: 3 * (nth + 1) }, () => rng.split());
  return all.slice(-3) as [Rng, Rng, Rng];
}

/** Two languages in one space. */
interface Space {
  readonly pair: WordPairs;
  readonly source: WordVectors;
  readonly target: WordVectors;
}

/** Without what all words of the language have in common. */
function centred({ words, vectors: { data, shape } }: WordVectors): WordVectors {
  const [n, dim] = shape;
  const mean = new Float64Array(dim);
  data.forEach((value, at) => (mean[at % dim] = (mean[at % dim] as number) + value / n));
  return { words, vectors: { data: data.map((value, at) => value - (mean[at % dim] as number)), shape } };
}

function scoresOf({ pair: { test, judged }, source, target }: Space): Scores {
  const { cosine, l2 } = pairSimilarity(source, target, test);
  // Of the next word: about as frequent, so that it is not frequency alone that brings translations together.
  const others = test.map(([word], i): WordPair => {
    const rest = [...test.slice(i + 1), ...test.slice(0, i)];
    return [word, rest.find(([other]) => other !== word)![1]];
  });
  const { at1, at5 } = translationPrecision(source, target, test);
  return {
    cosine,
    l2,
    ratio: l2 / pairSimilarity(source, target, others).l2,
    nn1: translationPrecision(source, target, test, { method: "cosine" }).at1,
    csls1: at1,
    csls5: at5,
    ...(judged.length > 0 && { pearson: wordSimilarity(source, target, judged).pearson }),
  };
}

/** The first pairs to be scored, each word once, and none that is spelt the same: those would show spelling alone. */
const shownPairs = ({ test }: WordPairs, count: number): WordPair[] => {
  const seen = new Set<string>();
  return test
    .filter(([from, to]) => from !== to && !seen.has(from) && !seen.has(to) && seen.add(from) && seen.add(to))
    .slice(0, count);
};

function mapOf({ pair, source, target }: Space): Picture {
  const shown = shownPairs(pair, 40);
  const sides = [source, target].map(
    (side, i) =>
      rowsOf(
        side,
        shown.map((words) => words[i] as string),
      ).data,
  );
  const data = Float32Array.from(sides.flatMap((side) => [...side]));
  const shape = [2 * shown.length, source.vectors.shape[1]] as const;
  const places = pca({ data, shape }).data;
  return {
    kind: "map",
    title: `Words and their translations, ${pair.langs.join("-")}: the two directions of most spread`,
    points: Array.from({ length: shape[0] }, (_, i) => ({
      x: places[2 * i] as number,
      y: places[2 * i + 1] as number,
      label: (shown[i % shown.length] as WordPair)[i < shown.length ? 0 : 1],
      group: pair.langs[i < shown.length ? 0 : 1],
    })),
    links: shown.map((_, i) => [i, i + shown.length] as const),
  };
}

/** What some words are translated to, best first. */
function samplesOf({ pair, source, target }: Space): [string, string][] {
  const shown = shownPairs(pair, 8);
  const words = shown.map(([word]) => word);
  const sourceVocabulary = rowsOf(
    source,
    pair.test.map(([word]) => word),
  );
  const { rows, shape } = translateWords(rowsOf(source, words), target.vectors, { sourceVocabulary });
  return shown.map(([word, right], i) => {
    const found = Array.from(rows.subarray(i * shape[1], (i + 1) * shape[1]), (j) => target.words[j] as string);
    return [`${word} (${right})`, found.join(", ")];
  });
}
