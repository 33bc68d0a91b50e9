// Made-up languages for tests: English-like sentences, and the same with every word turned round.
import { createRng, drawInt, type Rng } from "@xlm/core";
import { createTrainingData, mlm } from "@xlm/trainer";
import { createTransformer, type Transformer } from "@xlm/transformer";
import { learnTextCodec, type TextCodec } from "../src/text-codec.js";
import type { Training } from "../src/reproduce/lab.js";

const NOUNS = ["sun", "moon", "sea", "tree", "bird", "stone"];
const VERBS = ["sees", "calls", "loves", "finds"];
const pick = (rng: Rng, words: readonly string[]): string => words[drawInt(rng, words.length)]!;

/** `n` sentences of the one language. */
export function toyLines(n: number, seed = 1): string[] {
  const rng = createRng(seed);
  return Array.from({ length: n }, () => `the ${pick(rng, NOUNS)} ${pick(rng, VERBS)} the ${pick(rng, NOUNS)}`);
}

/** The same sentences in the other language. */
export const toyTranslation = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replaceAll(/[a-z]+/g, (word) => `${[...word].reverse().join("")}o`));

/** Two parallel texts in `en` and `xx`, and what turns them into ids. */
export function toyTexts(n = 60): { en: string[]; xx: string[]; codec: TextCodec } {
  const en = toyLines(n);
  const xx = toyTranslation(en);
  return { en, xx, codec: learnTextCodec({ en, xx }, createRng(2), { merges: 60, tokenizer: "none" }) };
}

/** A small model to train by masked language modelling on both languages. */
export function toyTraining(updates: number): Training<Transformer> {
  const { en, xx, codec } = toyTexts();
  const sizes = { embDim: 8, nLayers: 1, nHeads: 2, maxLen: 32, vocabSize: codec.dictionary.size, nLangs: 2 };
  return {
    updates,
    make: () => ({
      model: createTransformer(sizes, { rng: createRng(3) }),
      data: createTrainingData(
        { mono: { en: codec.corpus(en, "en"), xx: codec.corpus(xx, "xx") } },
        codec.dictionary,
        createRng(4),
        { steps: [{ objective: mlm() }], batchSize: 4, seqLen: 12, maxLen: 32 },
      ),
      rng: createRng(5),
      options: { optimizer: "adam,lr=0.01" },
    }),
  };
}
