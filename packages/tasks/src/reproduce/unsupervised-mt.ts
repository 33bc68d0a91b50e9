import { createRng } from "@xlm/core";
import type { Corpus } from "@xlm/data";
import { ae, bt } from "@xlm/trainer";
import { learnTextCodec } from "../text-codec.js";
import { checkPairs } from "../translation/sentence-pairs.js";
import type { Column, Experiment, ExperimentKind, ReadLines, Variant } from "./experiment.js";
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
  type StageSizes,
} from "./mt-common.js";

/** What decides the result of `unsupervisedMt`. */
export interface UnsupervisedMtSizes extends MtSizes {
  /** Lines of each language to learn from. */
  readonly lines: number;
  readonly translation: StageSizes & {
    /** Coefficient of denoising by iterations, a turn of denoising and one of back-translation each (`--lambda_ae`). */
    readonly lambdaAe: string;
  };
}

const ARMS = [
  { name: "random", label: "none" },
  { name: "clm-clm", label: "CLM, encoder and decoder", encoder: "clm", decoder: "clm" },
  { name: "mlm-none", label: "MLM, encoder only", encoder: "mlm" },
  { name: "mlm-mlm", label: "MLM, encoder and decoder", encoder: "mlm", decoder: "mlm" },
] as const;

/** Files of an experiment: sentences `i` are translations of each other, and never both learnt from. */
interface PairFiles {
  readonly langs: readonly [string, string];
  readonly train: string;
  readonly valid: string;
  readonly test: string;
}

const MULTI30K = { train: "multi30k/train", valid: "multi30k/val", test: "multi30k/test_2016_flickr" };
const BIBLE = { train: "bible/train", valid: "bible/valid", test: "bible/test" };
const FILES: Readonly<Record<Variant, readonly PairFiles[]>> = {
  full: [
    { langs: ["en", "fr"], ...MULTI30K },
    { langs: ["en", "de"], ...MULTI30K },
  ],
  shipped: [{ langs: ["en", "es"], ...BIBLE }],
};

/**
 * Unsupervised translation (§5.2, table 2): encoder and decoder are pretrained or not, then learn by denoising and online back-translation
 * alone. The text is that of one language from the first half of a parallel corpus and that of the other from the second, so that no line
 * has its translation there.
 */
export const unsupervisedMt: ExperimentKind<UnsupervisedMtSizes> = {
  name: "unsupervised-mt",
  title: "Unsupervised machine translation",
  claim:
    "Without a single sentence pair, translation becomes much better when encoder and decoder start from a cross-lingual language model, and better from a masked one than from a causal one; the encoder matters most.",
  paper: {
    source: "Table 2: BLEU on newstest2014 (en-fr) and newstest2016 (en-de)",
    header: ["encoder", "decoder", "en-fr", "fr-en", "en-de", "de-en"],
    rows: [
      ["random", "random", "13.0", "15.8", "6.7", "15.3"],
      ["CLM", "CLM", "30.4", "30.0", "22.7", "30.5"],
      ["MLM", "random", "31.6", "32.1", "27.0", "33.2"],
      ["MLM", "MLM", "33.4", "33.3", "26.4", "34.3"],
    ],
  },
  sizes: {
    // One layer: two stay at the frequencies of words for thousands of updates (docs/decisions/0003-quickstart.md). The vocabulary is small, so
    // that the languages share much of it.
    full: {
      ...{ merges: 1000, embDim: 128, nLayers: 1, nHeads: 2, maxLen: 128, maxTokens: 60 },
      ...{ attentionGain: 4, dropout: 0, translationDropout: 0 },
      mlm: { updates: 6000, lr: 0.004, warmup: 200, batchSize: 32, seqLen: 32 },
      clm: { updates: 2000, lr: 0.004, warmup: 200, batchSize: 32, seqLen: 32 },
      ...{ tokensPerBatch: 800, lines: 14500, validLines: 100, testLines: 1000 },
      translation: { updates: 800, lr: 0.003, warmup: 50, lambdaAe: "0:1,200:0.5,400:0.1" },
    },
    shipped: {
      ...{ merges: 1000, embDim: 96, nLayers: 1, nHeads: 2, maxLen: 64, maxTokens: 30 },
      ...{ attentionGain: 4, dropout: 0, translationDropout: 0 },
      mlm: { updates: 2000, lr: 0.005, warmup: 100, batchSize: 32, seqLen: 32 },
      clm: { updates: 600, lr: 0.005, warmup: 60, batchSize: 32, seqLen: 32 },
      ...{ tokensPerBatch: 600, lines: 15000, validLines: 20, testLines: 60 },
      translation: { updates: 250, lr: 0.003, warmup: 20, lambdaAe: "0:1,60:0.5,120:0.1" },
    },
  },
  open: (read, variant, sizes) => {
    const pairs = FILES[variant].map((files) => ({ files, pair: openPair(read, files, sizes) }));
    const directions = pairs.flatMap(({ pair }) => pair.tests.map(({ column }) => column));
    const columns = directions.map((name): Column => ({ ...BLEU, name, label: `${name} BLEU` }));
    return {
      arms: ARMS.map(({ name, label }) => ({ name, label })),
      columns: [...columns, ...MEAN_COLUMNS],
      claims: [claimOf("mlm-mlm", "mlm-none"), claimOf("mlm-none", "clm-clm"), claimOf("clm-clm", "random")],
      facts: pairs.flatMap(({ files, pair }) => factsOf(files, pair)),
      run: async (lab, arm, seed) => {
        const chosen = ARMS.find(({ name }) => name === arm) as (typeof ARMS)[number];
        const { lambdaAe, ...stage } = sizes.translation;
        const training = {
          ...stage,
          ...("encoder" in chosen && { encoder: chosen.encoder }),
          ...("decoder" in chosen && { decoder: chosen.decoder }),
          steps: [{ objective: ae(), lambda: lambdaAe }, { objective: bt() }],
        };
        const results = [];
        for (const { pair } of pairs) {
          const picture = arm === "mlm-mlm";
          results.push(await translationArm(lab, pair, { arm, seed, picture }, sizes, training));
        }
        return joinResults(results, directions);
      },
    };
  },
};

const BLEU = { better: "higher", digits: 2 } as const;

const labelOf = (arm: string): string => ARMS.find(({ name }) => name === arm)?.label ?? arm;

const claimOf = (better: string, worse: string): Experiment["claims"][number] => ({
  ...{ text: `${labelOf(better)} is better than ${labelOf(worse)}`, better, worse, column: "mean" },
});

function openPair(read: ReadLines, { langs, train, valid, test }: PairFiles, sizes: UnsupervisedMtSizes): MtPair {
  const [a, b] = langs;
  const sides = { source: read(`${train}.${a}`), target: read(`${train}.${b}`) };
  checkPairs(sides);
  const half = Math.floor(sides.source.length / 2);
  const texts = {
    [a]: sides.source.slice(0, Math.min(half, sizes.lines)),
    [b]: sides.target.slice(half, half + sizes.lines),
  };
  const codec = learnTextCodec(texts, createRng(0), { merges: sizes.merges });
  const mono = Object.fromEntries(
    langs.map((lang) => [lang, shortSentences(codec, texts[lang] as string[], lang, sizes.maxTokens)]),
  );
  const bothWays = (file: string, most: number, prefix: string): MtTest[] => {
    const pairs = { source: read(`${file}.${a}`), target: read(`${file}.${b}`) };
    checkPairs(pairs);
    const { source, target } = shortPairs(codec, pairs, { from: a, to: b }, { maxTokens: sizes.maxTokens, most });
    return [
      { column: `${prefix}${a}-${b}`, from: a, to: b, source, target },
      { column: `${prefix}${b}-${a}`, from: b, to: a, source: target, target: source },
    ];
  };
  return {
    name: langs.join("-"),
    codec,
    corpora: { mono },
    valid: bothWays(valid, sizes.validLines, "valid_"),
    tests: bothWays(test, sizes.testLines, ""),
  };
}

const factsOf = ({ langs, train, test }: PairFiles, pair: MtPair): [string, string][] => [
  ...langs.map((lang, half): [string, string] => [
    `${pair.name}: text in ${lang}`,
    `${sizeOf(pair.corpora.mono?.[lang] as Corpus)}, of the ${half === 0 ? "first" : "second"} half of ${train}`,
  ]),
  [`${pair.name}: vocabulary`, `${pair.codec.dictionary.size} subwords, joint`],
  [`${pair.name}: test`, `${pair.tests[0]?.source.length ?? 0} pairs of ${test}`],
  [`${pair.name}: score`, "BLEU as sacreBLEU's 13a, case ignored: the model writes small letters"],
];
