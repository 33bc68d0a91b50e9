// A made-up bilingual text and a model small enough to train in a test.
import { createRng, drawInt, type Rng } from "@xlm/core";
import { dictionaryFromCounts, indexText, type Corpus, type Dictionary } from "@xlm/data";
import {
  createEncoderDecoder,
  createTransformer,
  presets,
  type EncoderDecoder,
  type Transformer,
} from "@xlm/transformer";
import {
  ae,
  bt,
  clm,
  mlm,
  mt,
  pc,
  tlm,
  type TextObjective,
  type TrainingCorpora,
  type TrainingDataOptions,
} from "../src/index.js";

const NOUNS = ["sun", "moon", "sea", "tree", "bird", "stone"];
const VERBS = ["sees", "calls", "lo@@ ves", "finds"];
const english = (rng: Rng): string => {
  const noun = (): string => NOUNS[drawInt(rng, NOUNS.length)]!;
  return `the ${noun()} ${VERBS[drawInt(rng, VERBS.length)]!} the ${noun()}`;
};
const other = (line: string): string => line.replaceAll(/[a-z]+/g, (word) => `${[...word].reverse().join("")}o`);

export interface TinyText {
  dictionary: Dictionary;
  corpora: Required<TrainingCorpora>;
}

export function tinyText(nLines = 60, seed = 5): TinyText {
  const rng = createRng(seed);
  const lines = Array.from({ length: nLines }, () => english(rng));
  const others = lines.map(other);
  const counts = new Map<string, number>();
  for (const word of [...lines, ...others].join(" ").split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  const dictionary = dictionaryFromCounts(counts);
  const index = (text: string[]): Corpus => {
    const { ids, positions } = indexText(text, dictionary);
    return { ids, positions };
  };
  const [en, xx] = [index(lines), index(others)];
  return { dictionary, corpora: { mono: { en, xx }, para: [{ langs: ["en", "xx"], sides: [en, xx] }] } };
}

export const tinyOptions: TrainingDataOptions = { batchSize: 4, seqLen: 12, maxWords: 10, maxLen: 32 };

/** Every objective that makes its batches of text. */
export const tinyObjectives = {
  mlm: mlm(),
  tlm: tlm(),
  clm: clm(),
  pc: pc(),
  ae: ae(),
  mt: mt(),
  bt: bt(),
} satisfies Record<string, TextObjective>;
export type TinyObjective = keyof typeof tinyObjectives;

/** One step of each objective, on all the text it can read. */
export const stepsOf = (...names: TinyObjective[]): { steps: { objective: TextObjective }[] } => ({
  steps: names.map((name) => ({ objective: tinyObjectives[name] })),
});

export const tinyModel = (dictionary: Dictionary, dropout = 0): Transformer =>
  createTransformer(
    { ...presets.tiny, vocabSize: dictionary.size, nLangs: 2, dropout, attentionDropout: dropout },
    { rng: createRng(1) },
  );

/** An encoder and a decoder of the same sizes. */
export const tinyTranslator = (dictionary: Dictionary, dropout = 0): EncoderDecoder =>
  createEncoderDecoder(
    { ...presets.tiny, vocabSize: dictionary.size, nLangs: 2, dropout, attentionDropout: dropout },
    { rng: createRng(1) },
  );
