import { createRng } from "@xlm/core";
import type { Corpus } from "@xlm/data";
import { bt, mt, type TrainingStep } from "@xlm/trainer";
import { learnTextCodec, type TextCodec, type Texts } from "../text-codec.js";
import { checkPairs, trainTestOverlap, type SentencePairs } from "../translation/sentence-pairs.js";
import type { Claim, Column, ExperimentKind, ReadLines, Variant } from "./experiment.js";
import {
  joinResults,
  MEAN_COLUMNS,
  shortPairs,
  shortSentences,
  sizeOf,
  translationArm,
  type MtPair,
  type MtSizes,
  type MtTest,
  type Pretraining,
  type StageSizes,
} from "./mt-common.js";

/** What decides the result of `supervisedMt`. */
export interface SupervisedMtSizes extends MtSizes {
  /** Lines of each file that are read. */
  readonly lines: number;
  /** The first of them are sentence pairs to learn from; of the others one half is text in one language, one half in the other. */
  readonly parallel: number;
  /** Updates on the sentence pairs of one direction; every direction has as many, and as many again of back-translation. */
  readonly translation: StageSizes;
}

const INITS = [
  { name: "none", label: "no pretraining" },
  { name: "clm", label: "CLM" },
  { name: "mlm", label: "MLM" },
] as const;
type Init = (typeof INITS)[number]["name"];

const MODES = [
  { name: "mono", label: "one way", turns: 1 },
  { name: "bi", label: "both ways", turns: 2 },
  { name: "bi-bt", label: "both ways and back-translation", turns: 4 },
] as const;
type Mode = (typeof MODES)[number]["name"];

const ARMS = MODES.flatMap((mode) =>
  INITS.map((init) => ({
    turns: mode.turns,
    name: `${init.name}-${mode.name}`,
    label: `${init.label}, ${mode.label}`,
    init: init.name,
    mode: mode.name,
  })),
);

/** Into English, from `lang`. */
interface PairFiles {
  readonly lang: string;
  readonly train: string;
  readonly valid: string;
  readonly tests: readonly { readonly file: string; readonly column: string; readonly label: string }[];
  /** Columns that the mean is of. */
  readonly mean: string;
}

const FILES: Readonly<Record<Variant, readonly PairFiles[]>> = {
  full: [
    {
      ...{ lang: "ro", train: "ro-sts/train", valid: "ro-sts/dev", mean: "ro-en" },
      tests: [
        { file: "ro-sts/test", column: "ro-en", label: "ro-en BLEU" },
        { file: "ntrex/newstest2019", column: "ro-en-news", label: "ro-en news BLEU" },
      ],
    },
    {
      ...{ lang: "de", train: "multi30k/train", valid: "multi30k/val", mean: "de-en" },
      tests: [{ file: "multi30k/test_2016_flickr", column: "de-en", label: "de-en BLEU" }],
    },
  ],
  shipped: [
    {
      ...{ lang: "es", train: "bible/train", valid: "bible/valid", mean: "es-en" },
      tests: [{ file: "bible/test", column: "es-en", label: "es-en BLEU" }],
    },
  ],
};

/**
 * Supervised translation into English (§5.3, table 3): from no pretraining, CLM or MLM, learnt one way, both ways, or both ways with
 * back-translation. As in the paper, there is more text of each language than there are sentence pairs.
 */
export const supervisedMt: ExperimentKind<SupervisedMtSizes> = {
  name: "supervised-mt",
  title: "Supervised machine translation",
  claim:
    "Pretraining makes translation learnt from sentence pairs better, MLM more than CLM; learning both ways and back-translation add to it.",
  paper: {
    source: "Table 3: BLEU of Romanian to English, WMT'16",
    header: ["pretraining", "none", "CLM", "MLM"],
    rows: [
      ["ro to en", "28.4", "31.5", "35.3"],
      ["both ways", "28.5", "31.5", "35.6"],
      ["both ways and back-translation", "34.4", "37.0", "38.5"],
    ],
  },
  sizes: {
    full: {
      ...{ merges: 2000, embDim: 128, nLayers: 1, nHeads: 2, maxLen: 128, maxTokens: 60 },
      ...{ attentionGain: 4, dropout: 0, translationDropout: 0.1 },
      mlm: { updates: 10000, lr: 0.004, warmup: 200, batchSize: 32, seqLen: 32 },
      clm: { updates: 1500, lr: 0.004, warmup: 150, batchSize: 32, seqLen: 32 },
      ...{ tokensPerBatch: 800, lines: 29000, parallel: 5000, validLines: 50, testLines: 500 },
      translation: { updates: 500, lr: 0.003, warmup: 50 },
    },
    shipped: {
      ...{ merges: 1000, embDim: 96, nLayers: 1, nHeads: 2, maxLen: 64, maxTokens: 30 },
      ...{ attentionGain: 4, dropout: 0, translationDropout: 0.1 },
      mlm: { updates: 2000, lr: 0.005, warmup: 100, batchSize: 32, seqLen: 32 },
      clm: { updates: 600, lr: 0.005, warmup: 60, batchSize: 32, seqLen: 32 },
      ...{ tokensPerBatch: 600, lines: 30000, parallel: 10000, validLines: 20, testLines: 60 },
      translation: { updates: 50, lr: 0.003, warmup: 10 },
    },
  },
  open: (read, variant, sizes) => {
    const pairs = FILES[variant].map((files) => ({ files, ...openPair(read, files, sizes) }));
    const columns = FILES[variant].flatMap(({ tests }) =>
      tests.map(({ column, label }): Column => ({ ...BLEU, name: column, label })),
    );
    return {
      arms: ARMS.map(({ name, label }) => ({ name, label })),
      columns: [...columns, ...MEAN_COLUMNS],
      claims: CLAIMS,
      facts: pairs.flatMap(({ facts }) => facts),
      run: async (lab, arm, seed) => {
        const { init, mode, turns } = ARMS.find(({ name }) => name === arm) as (typeof ARMS)[number];
        const pretraining: Pretraining | undefined = init === "none" ? undefined : init;
        const results = [];
        for (const { files, pair } of pairs) {
          const training = {
            lr: sizes.translation.lr,
            ...{ updates: sizes.translation.updates * turns, warmup: sizes.translation.warmup * turns },
            ...{ encoder: pretraining, decoder: pretraining, steps: stepsOf(files.lang, mode) },
          };
          const picture = arm === "mlm-bi-bt";
          results.push(await translationArm(lab, pair, { arm, seed, picture }, sizes, training));
        }
        return joinResults(
          results,
          pairs.map(({ files }) => files.mean),
        );
      },
    };
  },
};

const BLEU = { better: "higher", digits: 2 } as const;

const claimOf = (better: readonly [Init, Mode], worse: readonly [Init, Mode]): Claim => {
  const labelOf = (name: string): string => ARMS.find((arm) => arm.name === name)?.label ?? name;
  const [one, other] = [better.join("-"), worse.join("-")];
  return { text: `${labelOf(one)} is better than ${labelOf(other)}`, better: one, worse: other, column: "mean" };
};

const CLAIMS: readonly Claim[] = [
  ...MODES.flatMap(({ name }) => [claimOf(["clm", name], ["none", name]), claimOf(["mlm", name], ["clm", name])]),
  ...INITS.map(({ name }) => claimOf([name, "bi-bt"], [name, "bi"])),
];

/** What takes turns: `--mt_steps ro-en,en-ro --bt_steps ro-en-ro,en-ro-en`. */
function stepsOf(lang: string, mode: Mode): TrainingStep[] {
  const ways = [`${lang}-en`, `en-${lang}`];
  if (mode === "mono") return [{ objective: mt(), on: ways.slice(0, 1) }];
  const both = { objective: mt(), on: ways };
  return mode === "bi" ? [both] : [both, { objective: bt(), on: [`${lang}-en-${lang}`, `en-${lang}-en`] }];
}

/** Sentence pairs, and for each language those of its side and text without translation. */
interface PairText {
  readonly parallel: SentencePairs;
  readonly texts: Texts;
}

function readText(read: ReadLines, { lang, train }: PairFiles, { lines, parallel }: SupervisedMtSizes): PairText {
  const all = { source: read(`${train}.${lang}`).slice(0, lines), target: read(`${train}.en`).slice(0, lines) };
  checkPairs(all);
  const half = parallel + Math.floor((all.source.length - parallel) / 2);
  return {
    parallel: { source: all.source.slice(0, parallel), target: all.target.slice(0, parallel) },
    texts: {
      [lang]: all.source.slice(0, half),
      en: [...all.target.slice(0, parallel), ...all.target.slice(half)],
    },
  };
}

function openPair(
  read: ReadLines,
  files: PairFiles,
  sizes: SupervisedMtSizes,
): { pair: MtPair; facts: readonly (readonly [string, string])[] } {
  const { lang } = files;
  const { parallel, texts } = readText(read, files, sizes);
  const codec = learnTextCodec(texts, createRng(0), { merges: sizes.merges });
  const direction = { from: lang, to: "en" };
  const mono = Object.fromEntries(
    [lang, "en"].map((of) => [of, shortSentences(codec, texts[of] ?? [], of, sizes.maxTokens)]),
  );
  const learnt = shortPairs(codec, parallel, direction, sizes);
  const sides = [codec.corpus(learnt.source, lang), codec.corpus(learnt.target, "en")] as const;
  const held = (file: string): ReturnType<typeof trainTestOverlap> =>
    trainTestOverlap(
      { source: read(`${file}.${lang}`), target: read(`${file}.en`) },
      { source: texts[lang] ?? [], target: texts["en"] ?? [] },
    );
  const testOf = (column: string, file: string, most: number): { test: MtTest; dropped: number } => {
    const { kept, dropped } = held(file);
    const pairs = shortPairs(codec, kept, direction, { maxTokens: sizes.maxTokens, most });
    return { test: { column, ...direction, ...pairs }, dropped: dropped.length };
  };
  const tests = files.tests.map(({ column, file }) => ({ file, ...testOf(column, file, sizes.testLines) }));
  const valid = testOf(`valid_${files.mean}`, files.valid, sizes.validLines).test;
  const name = `${lang}-en`;
  return {
    pair: {
      ...{ name, codec, valid: [valid], tests: tests.map(({ test }) => test) },
      corpora: { mono, para: [{ langs: [lang, "en"], sides }] },
    },
    facts: factsOf(name, codec, { mono, sides, tests }),
  };
}

function factsOf(
  name: string,
  codec: TextCodec,
  {
    mono,
    sides,
    tests,
  }: {
    readonly mono: Readonly<Record<string, Corpus>>;
    readonly sides: readonly Corpus[];
    readonly tests: readonly { readonly file: string; readonly test: MtTest; readonly dropped: number }[];
  },
): [string, string][] {
  return [
    [
      `${name}: sentence pairs`,
      `${(sides[0] as Corpus).positions.length / 2}, few beside the text on purpose, as in the paper`,
    ],
    ...Object.entries(mono).map(([lang, corpus]): [string, string] => [
      `${name}: text in ${lang}`,
      `${sizeOf(corpus)}: the pairs' side and lines whose translation is not there`,
    ]),
    [`${name}: vocabulary`, `${codec.dictionary.size} subwords, joint`],
    ...tests.map(({ file, test, dropped }): [string, string] => [
      `${name}: ${file}`,
      `${test.source.length} pairs; ${dropped} that share a line with the training text were dropped first`,
    ]),
    [`${name}: score`, "BLEU as sacreBLEU's 13a, case ignored: the model writes small letters"],
  ];
}
