import fs from "node:fs";
import path from "node:path";
import { createBpe, type Bpe } from "@xlm/bpe";
import { parseDictionary, type Dictionary } from "@xlm/data";
import { CODES, MANIFEST, VOCAB } from "../data-folder.js";
import { Interrupted } from "../exit.js";
import type { Session } from "../session.js";
import { openFolder, type Folder } from "./folder.js";
import { surveyAll } from "./inputs.js";
import { checkGiven, lineRules, readGiven, type Recipe } from "./recipe.js";
import type { Survey } from "./survey.js";
import { bringText, type Side } from "./text.js";
import type { TextSet } from "./texts.js";
import { tokenizerNotes } from "../tokenize.js";
import { bringVocabulary, isGivenKept } from "./vocabulary.js";
import { createWords, type Words } from "./words.js";

export const STATISTICS = "statistics.json";
export const REPORT = "report.html";

/** What the steps of the work share. */
export interface Job {
  readonly session: Session;
  readonly folder: Folder;
  readonly recipe: Recipe;
  readonly surveys: ReadonlyMap<string, Survey>;
  readonly words: Words;
  /** @throws Interrupted when the command was told to stop. */
  check(): void;
}

/** Everything a folder holds, once it is up to date. */
export interface Prepared {
  readonly codes: Uint8Array;
  readonly dictionary: Dictionary;
  readonly texts: readonly { readonly set: TextSet; readonly sides: readonly Side[] }[];
  /** Names of the pieces that were made, and of files that were removed, in this run. */
  readonly made: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Brings a folder of binarised text up to date: makes what is missing or was made from something else, keeps the rest.
 * @param verify whether files are compared by their hashes, even those of the same size (and, of inputs, time).
 * @throws Interrupted with everything that is finished on record; before anything is written, what is wrong with the recipe,
 *   the files or the folder.
 */
export async function preprocess(
  session: Session,
  dir: string,
  sets: readonly TextSet[],
  recipe: Recipe,
  { verify }: { verify: boolean },
): Promise<Prepared> {
  const given = readGiven(recipe, sets);
  const made: string[] = [];
  const folder = openFolder(dir, {
    verify,
    summaries: [MANIFEST, STATISTICS, REPORT],
    onMake: (name, decision) => {
      if (made.length === 0) for (const note of tokenizerNotes(recipe, langsOf(sets))) session.say(note);
      made.push(name);
      if (decision.do !== "keep" && decision.because !== "new") session.say(`${name}: ${decision.because}`);
    },
  });
  if (!isGivenKept(given, recipe, folder)) checkGiven(given, recipe);
  const check = (): void => {
    if (session.io.signal.aborted) {
      throw new Interrupted("what is finished is kept. To go on: run the same command again");
    }
  };
  const rules = lineRules(recipe);
  const surveys = await surveyAll(sets, rules, folder, { verify, progress: session.progress, check });
  const words = createWords(sets, { folder, recipe, surveys, session, check });
  const job: Job = { session, folder, recipe, surveys, words, check };

  await bringVocabulary(job, given);
  const codes = fs.readFileSync(path.join(dir, CODES));
  const vocab = fs.readFileSync(path.join(dir, VOCAB));
  const dictionary = given.dictionary?.() ?? parseDictionary(vocab, { file: path.join(dir, VOCAB) });
  let bpe: Bpe | undefined; // made when it is needed: with nothing to do it would take most of the time
  const coder = (): Bpe => (bpe ??= createBpe(codes, recipe.splitUnknown ? { vocab } : {}));
  const texts = [];
  for (const set of sets) {
    texts.push({ set, sides: await bringText(job, set, { codes, dictionary, coder }) });
  }
  return { codes, dictionary, texts, made, removed: folder.finish() };
}

const langsOf = (sets: readonly TextSet[]): string[] => [
  ...new Set(sets.flatMap(({ sides }) => sides.map(({ lang }) => lang))),
];
