import path from "node:path";
import { createHash } from "node:crypto";
import type { LangFile } from "../options.js";
import type { Session } from "../session.js";
import { lineTokenizer } from "../tokenize.js";
import { WORK, type Folder } from "./folder.js";
import type { LearningText } from "./learn.js";
import { readLineBatches } from "./lines.js";
import type { From } from "./plan.js";
import { lineRules, wordsFrom, type Recipe } from "./recipe.js";
import { writePieces, type Part } from "./state.js";
import { checkCurrent, type Survey } from "./survey.js";
import { distinctSides, type TextSet } from "./texts.js";

/** Tokenised text: read from where it was kept, or made on the way. */
export interface Words {
  /** What codes and vocabulary are learnt on: every file of the text to train on, once. */
  readonly training: readonly LearningText[];
  /** What `training` is, as a part of what is made from it. */
  readonly from: From;
  /** Keeps the text to train on, tokenised, since it is about to be read several times. */
  keep(): Promise<void>;
  /** Leaves what was kept before on record. */
  retain(): void;
  /** Tokenised lines of a text in batches, from line `skip` on. */
  read(side: LangFile, skip?: number): AsyncGenerator<string[]>;
}

export interface WordsOptions {
  folder: Folder;
  recipe: Recipe;
  surveys: ReadonlyMap<string, Survey>;
  session: Session;
  check: () => void;
}

export function createWords(sets: readonly TextSet[], options: WordsOptions): Words {
  const { folder, recipe, surveys, session, check } = options;
  const rules = lineRules(recipe);
  const sides = distinctSides(sets.filter(({ split }) => split === "train"));
  const nameOf = (side: LangFile): string =>
    `words.${side.lang}.${sides.filter(({ lang }) => lang === side.lang).indexOf(side)}`;
  const kept = new Map<string, string>(); // where a file's words lie, by file and language
  const keyOf = ({ lang, file }: LangFile): string => `${lang}=${file}`;

  async function* tokenised({ lang, file }: LangFile, skip: number): AsyncGenerator<string[]> {
    const tokenize = lineTokenizer(recipe, lang);
    for await (const lines of readLineBatches(file, rules, skip)) {
      check();
      yield tokenize === undefined ? lines : lines.map(tokenize);
    }
  }

  async function* read(side: LangFile, skip = 0): AsyncGenerator<string[]> {
    const work = kept.get(keyOf(side));
    yield* work === undefined
      ? tokenised(side, skip)
      : readLineBatches(work, { cr: "stays", invalidUtf8: "refuse" }, skip);
  }

  async function* keepSide(side: LangFile): AsyncGenerator<Part> {
    const survey = surveys.get(side.file) as Survey;
    const bar = session.progress(`Tokenising ${side.file}`, survey.lines, "lines");
    const hash = createHash("sha256");
    let [size, lines] = [0, 0];
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const batch of tokenised(side, 0)) {
        const bytes = Buffer.from(`${batch.join("\n")}\n`);
        yield bytes;
        hash.update(bytes);
        size += bytes.length;
        bar.update((lines += batch.length));
      }
    }
    const file = `${WORK}/${nameOf(side)}.txt`;
    await writePieces(folder.dir, file, pieces());
    bar.stop();
    checkCurrent(survey, side.file, rules);
    yield { files: [{ file, size, sha256: hash.digest("hex") }], facts: null };
  }

  return {
    training: sides.map((side) => ({
      lang: side.lang,
      lines: (surveys.get(side.file) as Survey).lines,
      read: () => read(side),
    })),
    from: {
      ...wordsFrom(recipe),
      ...Object.fromEntries(sides.map((side) => [`text of ${nameOf(side)}`, surveys.get(side.file)!.sha256])),
    },
    async keep() {
      if (recipe.tokenizer === "none") return;
      for (const side of sides) {
        const from = { ...wordsFrom(recipe), [`text in ${side.lang}`]: surveys.get(side.file)!.sha256 };
        await folder.bring(nameOf(side), from, () => keepSide(side));
        kept.set(keyOf(side), path.join(folder.dir, WORK, `${nameOf(side)}.txt`));
      }
    },
    retain() {
      if (recipe.tokenizer !== "none") for (const side of sides) folder.retain(nameOf(side));
    },
    read,
  };
}
