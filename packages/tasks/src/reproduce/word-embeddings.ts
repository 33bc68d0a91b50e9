import { createRng, DataError, sha256Hex, type Rng, type TensorData } from "@xlm/core";
import { createTrainingData, mlm, type Vectors } from "@xlm/trainer";
import {
  completeConfig,
  createTransformer,
  exportWeights,
  initWeights,
  type Transformer,
  type TransformerConfig,
} from "@xlm/transformer";
import { pca } from "../projection/pca.js";
import { learnTextCodec, type TextCodec, type Texts } from "../text-codec.js";
import {
  alignWords,
  pairSimilarity,
  translateWords,
  translationPrecision,
  wordSimilarity,
  wordVectors,
  type JudgedPair,
  type WordPair,
  type WordVectors,
} from "../words/index.js";
import { rowsOf } from "../words/rows.js";
import type { ArmResult, Column, Experiment, ExperimentKind, Picture, ReadLines, Variant } from "./experiment.js";
import { freshModel } from "./fresh-model.js";
import type { Lab, Scores } from "./lab.js";

/** What decides the result of `wordEmbeddings`. */
export interface WordEmbeddingSizes {
  /** BPE merges of all languages together, and of one alone. */
  readonly merges: number;
  readonly monoMerges: number;
  readonly embDim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dropout: number;
  readonly attentionGain: number;
  /** Embeddings start so many times as wide as published: what is learnt in little time then outweighs what was drawn. */
  readonly tableGain: number;
  /** Rows and tokens of a batch. */
  readonly batchSize: number;
  readonly seqLen: number;
  /** Tokens are chosen for prediction by `count ^ -sampleAlpha` (§3.3). */
  readonly sampleAlpha: number;
  /** Updates on all languages together. Alone, each language has as many as it has had there on average. */
  readonly updates: number;
  readonly lr: number;
  readonly warmup: number;
  /** Fewest times that a word stands in the text to be looked at. */
  readonly minCount: number;
  /** Most frequent words of each language that can be answered, translations of the test words besides. */
  readonly vocabulary: number;
}

const ARMS = [
  { name: "untrained", label: "Untrained table" },
  { name: "aligned", label: "One model a language, aligned by dictionary" },
  { name: "xlm", label: "XLM (MLM), one model" },
] as const;

/** Two languages, with what is known of their words. */
interface Pair {
  readonly langs: readonly [source: string, target: string];
  /** For the alignment of tables alone. */
  readonly train: readonly WordPair[];
  readonly test: readonly WordPair[];
  readonly judged: readonly JudgedPair[];
  /** All words of either side that are looked at: the same in every arm. */
  readonly words: readonly [source: readonly string[], target: readonly string[]];
}

interface Prepared {
  readonly joint: TextCodec;
  readonly mono: Readonly<Record<string, TextCodec>>;
  readonly texts: Texts;
  readonly pairs: readonly Pair[];
  readonly sizes: WordEmbeddingSizes;
}

/**
 * Words of different languages in the lookup table of one model that has only read text of each, against tables that know nothing and tables
 * that were learnt apart and laid on each other with a dictionary (§5.5, table 5).
 *
 * Every table is read for the same words, each language's mean taken off: what then differs between arms is not where a language lies as a
 * whole. L2 is that of the rows as they are and so depends on how far training has lengthened them; a fresh table has short ones. Claims
 * therefore read the ratio of the distance of translations to that of words paired at random, which no scale changes.
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
      ...{
        merges: 8000,
        monoMerges: 4000,
        embDim: 128,
        nLayers: 1,
        nHeads: 2,
        dropout: 0,
        attentionGain: 4,
        tableGain: 0.2,
      },
      ...{ batchSize: 64, seqLen: 32, sampleAlpha: 0, updates: 1500, lr: 0.003, warmup: 100 },
      ...{ minCount: 5, vocabulary: 2000 },
    },
    shipped: {
      ...{
        merges: 3000,
        monoMerges: 2000,
        embDim: 96,
        nLayers: 1,
        nHeads: 2,
        dropout: 0,
        attentionGain: 4,
        tableGain: 0.2,
      },
      ...{ batchSize: 32, seqLen: 32, sampleAlpha: 0, updates: 600, lr: 0.003, warmup: 60 },
      ...{ minCount: 3, vocabulary: 1500 },
    },
  },
  open: (read, variant, sizes) => {
    const texts = readTexts(read, variant);
    const learn = (of: Texts, merges: number): TextCodec => learnTextCodec(of, createRng(0), { merges });
    const joint = learn(texts, sizes.merges);
    const mono = Object.fromEntries(
      joint.langs.map((lang) => [lang, learn({ [lang]: texts[lang] ?? [] }, sizes.monoMerges)]),
    );
    const known = Object.fromEntries(
      joint.langs.map((lang) => [lang, frequentWords(joint, texts, lang, sizes.minCount)]),
    );
    const pairs = readPairs(read, variant).map((pair) => knownWords(pair, known, sizes.vocabulary));
    const judged = pairs.some((pair) => pair.judged.length > 0);
    return {
      arms: ARMS,
      columns: columnsOf(judged),
      claims: claimsOf(judged),
      facts: [
        ...joint.langs.map((lang): [string, string] => [
          `Text, ${lang}`,
          `${(texts[lang] ?? []).length} lines, ${(known[lang] ?? []).length} words from ${sizes.minCount} times on`,
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

const columnsOf = (judged: boolean): Column[] => [
  { name: "cosine", label: "cosine", better: "higher", digits: 2 },
  { name: "l2", label: "L2", better: "lower", digits: 2 },
  { name: "ratio", label: "L2 / random pairs", better: "lower", digits: 2 },
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

/**
 * Text of which no sentence stands beside its translation: of files that are translations of each other, line by line, every language has
 * lines of its own.
 */
function readTexts(read: ReadLines, variant: Variant): Texts {
  const share = (name: string, langs: readonly string[], lang: string): string[] =>
    read(`${name}.${lang}`).filter((_, i) => i % langs.length === langs.indexOf(lang));
  if (variant === "shipped") {
    const langs = ["en", "es"];
    return Object.fromEntries(langs.map((lang) => [lang, share("bible/train", langs, lang)]));
  }
  const langs = ["de", "en", "es"];
  const captions = ["de", "en"];
  return Object.fromEntries(
    langs.map((lang) => [
      lang,
      [
        ...read(`mlqa-contexts/paragraphs.${lang}`).flatMap((paragraph) => paragraph.split(/(?<=[.!?]) +(?=\p{Lu})/u)),
        ...share("libreoffice-help/train", langs, lang),
        ...share("ntrex/newstest2019", langs, lang),
        ...(captions.includes(lang) ? share("multi30k/train", captions, lang) : []),
      ],
    ]),
  );
}

/** Dictionaries as they are read, before it is known which words the text has. */
type Dictionaries = Omit<Pair, "words">;

function readPairs(read: ReadLines, variant: Variant): Dictionaries[] {
  if (variant === "full") {
    return ["de", "es"].map((lang) => ({
      langs: ["en", lang],
      train: wordPairs(read(`muse/en-${lang}.0-5000.txt`)),
      test: wordPairs(read(`muse/en-${lang}.5000-6500.txt`)),
      judged: read(`semeval2017-task2/en-${lang}.test.tsv`).map((line) => {
        const [source = "", target = "", score] = line.split("\t");
        return [source.toLowerCase(), target.toLowerCase(), Number(score)];
      }),
    }));
  }
  const langs = ["en", "es"] as const;
  const all = ["emoji-names", "languages", "territories"].flatMap((name) =>
    wordPairs(columnsNamed(`cldr/${name}.tsv`, read, langs)),
  );
  // A word with all its translations is on one side; a hash, so that more words in a later release leave the others where they are.
  const forTest = ([word]: WordPair): boolean => Number.parseInt(sha256Hex(new TextEncoder().encode(word))[0]!, 16) < 8;
  return [{ langs, train: all.filter((pair) => !forTest(pair)), test: all.filter(forTest), judged: [] }];
}

/** Pairs of single words, in lower case. */
const wordPairs = (lines: readonly string[]): WordPair[] =>
  lines
    .map((line) => line.toLowerCase().split("\t"))
    .filter(([from, to]) => from && to && !/\s/.test(from + to))
    .map(([from, to]) => [from as string, to as string]);

/** Two columns of a table with a header. */
function columnsNamed(name: string, read: ReadLines, wanted: readonly string[]): string[] {
  const [header = "", ...lines] = read(name);
  const places = wanted.map((column) => header.split("\t").indexOf(column));
  if (places.includes(-1)) {
    throw new DataError({
      what: `the columns are ${header.split("\t").join(", ")}`,
      why: `${wanted.join(" and ")} are read`,
      fix: "use the file that its README describes",
      at: { file: name, line: 1 },
    });
  }
  return lines.map((line) => places.map((place) => line.split("\t")[place] ?? "").join("\t"));
}

/** Words that stand in the text so often, most frequent first. */
function frequentWords(codec: TextCodec, texts: Texts, lang: string, minCount: number): string[] {
  const counts = new Map<string, number>();
  for (const line of texts[lang] ?? []) {
    for (const word of codec.words(line, lang).split(" ")) {
      if (/^\p{L}[\p{L}\p{M}'-]*$/u.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([word]) => word);
}

/** What of the dictionaries is in the text, and which words are looked at. */
function knownWords(
  { langs, train, test, judged }: Dictionaries,
  known: Readonly<Record<string, readonly string[]>>,
  vocabulary: number,
): Pair {
  const lists = [known[langs[0]] ?? [], known[langs[1]] ?? []] as const;
  const sets = [new Set(lists[0]), new Set(lists[1])] as const;
  const inText = ([from, to]: WordPair | JudgedPair): boolean => sets[0].has(from) && sets[1].has(to);
  const kept = { langs, train: train.filter(inText), test: test.filter(inText), judged: judged.filter(inText) };
  if (kept.test.length === 0 || kept.train.length === 0) {
    throw new DataError({
      what: `of ${test.length} pairs to score ${kept.test.length} are in the text, of ${train.length} to align with ${kept.train.length}`,
      why: "both words of a pair must be frequent there",
      fix: "use more text, or a smaller minCount",
    });
  }
  const sideOf = (i: 0 | 1): string[] => [
    ...new Set([...lists[i].slice(0, vocabulary), ...[...kept.test, ...kept.judged].map((pair) => pair[i])]),
  ];
  return { ...kept, words: [sideOf(0), sideOf(1)] };
}

async function runArm(lab: Lab, arm: string, seed: number, prepared: Prepared): Promise<ArmResult> {
  const { joint, mono, texts, sizes, pairs } = prepared;
  const codecOf = (lang: string): TextCodec => (arm === "aligned" ? (mono[lang] as TextCodec) : joint);
  const tables = new Map<string, Vectors>();
  for (const lang of joint.langs) {
    tables.set(
      lang,
      arm === "untrained"
        ? tableOf(initWeights(configOf(joint, sizes), streams(seed)[0]))
        : arm === "aligned"
          ? await pretrained(lab, `seed-${seed}/mono-${lang}/mlm`, seed, codecOf(lang), texts, sizes)
          : (tables.get(joint.langs[0] as string) ??
            (await pretrained(lab, `seed-${seed}/joint/mlm`, seed, joint, texts, sizes))),
    );
  }
  return lab.measure(`seed-${seed}/${arm}/words`, async () => {
    const spaces = pairs.map((pair) => {
      const side = (i: 0 | 1, words: readonly string[]): WordVectors => {
        const lang = pair.langs[i];
        return centred(wordVectors(tables.get(lang) as Vectors, codecOf(lang), words, lang));
      };
      const [source, target] = [side(0, pair.words[0]), side(1, pair.words[1])];
      if (arm !== "aligned") return { pair, source, target };
      const learnt = [0, 1] as const;
      const [from, to] = learnt.map((i) =>
        side(
          i,
          pair.train.map((words) => words[i]),
        ),
      ) as [WordVectors, WordVectors];
      const { apply } = alignWords(from, to, pair.train);
      return { pair, source: { ...source, vectors: apply(source.vectors) }, target };
    });
    const all = spaces.map(scoresOf);
    const mean = Object.keys(all[0] as Scores).map((name): [string, number] => [
      name,
      all.reduce((sum, scores) => sum + (scores[name] as number), 0) / all.length,
    ]);
    const first = spaces[0] as Space;
    return Promise.resolve({
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
  seed: number,
  codec: TextCodec,
  texts: Texts,
  sizes: WordEmbeddingSizes,
): Promise<Vectors> {
  const { attentionGain, tableGain, batchSize, seqLen, sampleAlpha, lr, warmup } = sizes;
  const updates = Math.round((sizes.updates * codec.langs.length) / Object.keys(texts).length);
  const up = Math.min(warmup, updates - 1);
  const { weights } = await lab.train(name, {
    updates,
    make: () => {
      const [weightRng, dataRng, stepRng] = streams(seed);
      const mono = Object.fromEntries(codec.langs.map((lang) => [lang, codec.corpus(texts[lang] ?? [], lang)]));
      const steps = [{ objective: mlm({ sampleAlpha }) }];
      return {
        model: narrowed(freshModel(configOf(codec, sizes), weightRng, attentionGain), tableGain),
        data: createTrainingData({ mono }, codec.dictionary, dataRng, { steps, batchSize, seqLen, maxLen: seqLen }),
        rng: stepRng,
        options: {
          optimizer: `adam_cosine,lr=${lr},warmup_updates=${up},warmup_init_lr=0,init_period=${updates - up},min_lr=0,beta2=0.98`,
        },
      };
    },
  });
  return tableOf(weights);
}

function narrowed(model: Transformer, gain: number): Transformer {
  const weights = exportWeights(model);
  model.dispose();
  for (const [name, { data }] of Object.entries(weights)) {
    if (name.endsWith("embeddings.weight")) data.forEach((value, at) => (data[at] = value * gain));
  }
  return createTransformer(model.config, { weights });
}

/** One stream of chance for each part of a run. */
function streams(seed: number): [weights: Rng, data: Rng, steps: Rng] {
  const rng = createRng(seed);
  return [rng.split(), rng.split(), rng.split()];
}

/** Two languages in one space. */
interface Space {
  readonly pair: Pair;
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
  // The words of half the list away: pairs of the same words that are no translations, or hardly any.
  const away = Math.ceil(test.length / 2);
  const others = test.map(([word], i): WordPair => [word, (test[(i + away) % test.length] as WordPair)[1]]);
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
const shownPairs = ({ test }: Pair, count: number): WordPair[] => {
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
