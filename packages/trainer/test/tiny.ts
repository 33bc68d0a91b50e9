// A made-up bilingual text and a model small enough to train in a test.
import { createRng, drawInt, type Rng } from "@xlm/core";
import { dictionaryFromCounts, indexText, type Corpus, type Dictionary } from "@xlm/data";
import { createTransformer, presets, type Transformer } from "@xlm/transformer";
import type { PretrainingCorpora, PretrainingOptions } from "../src/index.js";

const NOUNS = ["sun", "moon", "sea", "tree", "bird", "stone"];
const VERBS = ["sees", "calls", "lo@@ ves", "finds"];
const english = (rng: Rng): string => {
  const noun = (): string => NOUNS[drawInt(rng, NOUNS.length)]!;
  return `the ${noun()} ${VERBS[drawInt(rng, VERBS.length)]!} the ${noun()}`;
};
const other = (line: string): string => line.replaceAll(/[a-z]+/g, (word) => `${[...word].reverse().join("")}o`);

export interface TinyText {
  dictionary: Dictionary;
  corpora: Required<PretrainingCorpora>;
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

export const tinyOptions: PretrainingOptions = { batchSize: 4, seqLen: 12, maxWords: 10, maxLen: 32 };

export const tinyModel = (dictionary: Dictionary, dropout = 0): Transformer =>
  createTransformer(
    { ...presets.tiny, vocabSize: dictionary.size, nLangs: 2, dropout, attentionDropout: dropout },
    { rng: createRng(1) },
  );
