import fs from "node:fs";
import path from "node:path";
import { createRng, sha256Hex } from "@xlm/core";
import { createBpe } from "@xlm/bpe";
import { formatDictionary, limitDictionary } from "@xlm/data";
import { CODES, VOCAB } from "../data-folder.js";
import { countSubwords, learnMixture } from "./learn.js";
import type { From } from "./plan.js";
import type { Folder } from "./folder.js";
import { limits, type Given, type Recipe } from "./recipe.js";
import type { Job } from "./run.js";
import { writeRecorded, type Part } from "./state.js";

const limitsFrom = ({ maxVocab, minCount }: Recipe): From => ({
  "--max-vocab": String(maxVocab),
  "--min-count": String(minCount),
});
const givenCodes = (codes: Uint8Array): From => ({ "the codes": sha256Hex(codes) });
const givenVocab = (vocab: Uint8Array, recipe: Recipe): From => ({
  "the vocabulary": sha256Hex(vocab),
  ...limitsFrom(recipe),
});

/** Whether the codes and the vocabulary that are given lie in the folder already, and so were checked before. */
export const isGivenKept = ({ codes, vocab }: Given, recipe: Recipe, folder: Folder): boolean =>
  (!codes || folder.decide("codes", givenCodes(codes)).do === "keep") &&
  (!vocab || folder.decide("vocabulary", givenVocab(vocab, recipe)).do === "keep");

/** Brings codes and vocabulary up to date: copies those that are given, learns the others on the text to train on. */
export async function bringVocabulary(job: Job, given: Given): Promise<void> {
  const { folder, recipe, words } = job;
  const codesFrom: From = given.codes
    ? givenCodes(given.codes)
    : {
        ...words.from,
        "--merges": String(recipe.merges),
        "--alpha": String(recipe.alpha),
        "--seed": String(recipe.seed),
      };
  const vocabFrom = (codes: string): From =>
    given.vocab ? givenVocab(given.vocab, recipe) : { ...words.from, codes, ...limitsFrom(recipe) };
  const readCodes = (): Uint8Array => fs.readFileSync(path.join(folder.dir, CODES));

  if (!given.vocab) {
    const codesKept = folder.decide("codes", codesFrom).do === "keep";
    const vocabKept = codesKept && folder.decide("vocabulary", vocabFrom(sha256Hex(readCodes()))).do === "keep";
    if (vocabKept) words.retain();
    else await words.keep();
  }
  await folder.bring("codes", codesFrom, () => makeCodes(job, given.codes));
  const codes = readCodes();
  await folder.bring("vocabulary", vocabFrom(sha256Hex(codes)), () => makeVocabulary(job, codes, given));
}

/** The lines of all text to train on. */
const linesOf = ({ words }: Job): number => words.training.reduce((sum, { lines }) => sum + lines, 0);

async function* makeCodes(job: Job, given: Uint8Array | undefined): AsyncGenerator<Part> {
  const { session, recipe, folder, words, check } = job;
  if (given) {
    yield { files: [writeRecorded(folder.dir, CODES, given)], facts: null };
    return;
  }
  const total = linesOf(job);
  let bar = session.progress("Mixing the languages", total, "lines");
  const { codes, nMerges } = await learnMixture(words.training, createRng(recipe.seed), {
    nMerges: recipe.merges,
    alpha: recipe.alpha,
    onLines: (n) => {
      check();
      bar.update(n);
      if (n < total) return;
      bar.stop();
      bar = session.progress("Learning BPE", recipe.merges, "merges");
    },
    onMerge: (n) => {
      check();
      bar.update(n);
    },
  });
  bar.stop();
  if (nMerges < recipe.merges) session.say(`only ${nMerges} merges were there to be learned`);
  yield { files: [writeRecorded(folder.dir, CODES, codes)], facts: null };
}

async function* makeVocabulary(
  job: Job,
  codes: Uint8Array,
  { vocab, dictionary: limited }: Given,
): AsyncGenerator<Part> {
  const { session, recipe, folder, words, check } = job;
  let file = vocab;
  if (!limited) {
    const bar = session.progress("Counting subwords", linesOf(job), "lines");
    const dictionary = await countSubwords(words.training, createBpe(codes), (n) => {
      check();
      bar.update(n);
    });
    bar.stop();
    file = new TextEncoder().encode(formatDictionary(limitDictionary(dictionary, limits(recipe))));
  } else if (Object.keys(limits(recipe)).length > 0) file = new TextEncoder().encode(formatDictionary(limited()));
  yield { files: [writeRecorded(folder.dir, VOCAB, file as Uint8Array)], facts: null };
}
